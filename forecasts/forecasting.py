"""The forecast: one experiment read against the year's plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.cohorts import chain_rows, cohort_rows
from forecasts.earned import Earned, Method
from forecasts.inputs import Inputs, read_extracts_of
from forecasts.lateness import delays_in, lateness
from forecasts.nextlist import next_lists
from forecasts.outlook import joint, minutes_after, monthly_rows, paired, target_row
from forecasts.path import Path
from forecasts.ratings import list_rates, year_rate_rows
from forecasts.record import MOST, with_record
from forecasts.results import common_parts, rounded
from forecasts.simulated import Runner, run_path, year_targets
from forecasts.standing import standing
from forecasts.telling import Reading, coverage_of, told
from forecasts.warning import Promise, waits_summary, warning_rows
from sim.clocks import NEVER
from sim.experiment import Outcome, blocks_of
from sim.ledger import Ledger

Floats = npt.NDArray[np.float64]


def make_forecast(
    inputs: Inputs,
    run: Runner,
    *,
    seed: int,
    fixed: bool,
    method: Method = "auto",
    earned: Earned | None = None,
) -> tuple[dict[str, Any], Reading]:
    """Return the forecast as the command prints it, and the reading it was made of.

    Parameters
    ----------
    inputs : Inputs
        With as-of and until dates.
    run : callable
        Compiles and runs a named model.
    seed : int
    fixed : bool
    method : {"auto", "simulation", "past"}
        Whether the ledger's past tells the counts: where it can, never, or it must.
    earned : Earned, optional
        A backtest of the scenario: it stretches what the past tells, and says how often that held.
    """
    path, due, overdue = run_path(inputs, run, "forecast", fixed=fixed)
    extracts = read_extracts_of(inputs, last=MOST)
    delays = delays_in(inputs, extracts)
    reading, said = told(path, run, delays, earned, seed=seed, fixed=fixed, method=method)
    result = {
        "kind": "forecast",
        **common_parts(inputs, [path.model], [inputs.scenario], seed, path.outcome.replications, fixed=fixed),
        "as_of": str(inputs.as_of),
        "until": str(inputs.until),
        "level": 0.8,
        "coverage": coverage_of(reading, earned),
        "reporting_delay": lateness(inputs, delays, reading),
        **targets_and_fans(reading),
        **said,
        **_warnings(path, due, overdue, extracts),
        "rates": [*year_rate_rows(path), *list_rates(path), *cohort_rows(path, fixed=fixed)],
        **next_lists(path),
        "chain": chain_rows(path),
        **standing(path, fixed=fixed),
        "waits": waits_summary(path.outcome.waits, path.model, path.outcome.taking_part),
        "strained": _strained(path.outcome),
        "strained_share": path.outcome.strained_share,
        "arrivals": _arrivals(path),
    }
    return dict(rounded(result)), reading


def targets_and_fans(path: Reading) -> dict[str, Any]:
    """Return targets, joint probability and monthly fans of every measure and planned group."""
    plans = _plans(path)
    targets: list[dict[str, Any]] = []
    monthly: list[dict[str, Any]] = []
    met: dict[tuple[str, str], tuple[Floats, float]] = {}
    for measure in path.measures:
        for g, group in enumerate(path.groups):
            versions = plans.get((measure, group), {})
            if g and not versions:
                continue
            series = path.series(measure, g)
            done = float(np.median(path.done(measure, g)))
            unit = "yi" if measure.startswith("investment") else "projects"
            pace = versions.get("adjusted") or next(iter(versions.values()), {})
            rows = monthly_rows(measure, group, unit, series, pace, path.period)
            # A ledger tells money on its own date only: earlier months are no history to show.
            first = "" if unit == "projects" else path.period.as_of.isoformat()
            monthly += [row for row in rows if row["month_end"] >= first]
            last = path.period.labels[-1]
            for version, months in versions.items() or [(None, {})]:
                plan = months.get(last)
                targets.append(target_row(measure, group, version, plan, series[:, -1], done, path.period))
                if plan is not None and (version == "adjusted" or (measure, group) not in met):
                    met[measure, group] = (series[:, -1], plan)
    p, error = joint([t for t, _ in met.values()], [plan for _, plan in met.values()])
    return {"targets": targets, "joint_p_met": p, "joint_p_met_error": error, "monthly": monthly}


def _plans(path: Reading) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
    """Return the cumulative plan by (measure, group), version and month; even pace of a year alone."""
    found: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for target in year_targets(path.inputs, path.period):
        months = found.setdefault((target.measure, target.group), {}).setdefault(target.version, {})
        months[f"{target.year}-{target.month or 12:02d}"] = target.target
    for versions in found.values():
        for months in versions.values():
            if len(months) == 1 and (year := next(iter(months)))[-2:] == "12":
                months |= {f"{year[:4]}-{m:02d}": round(months[year] * m / 12, 6) for m in range(1, 12)}
    return found


def _warnings(
    path: Path,
    due: Sequence[Promise],
    overdue: Sequence[Promise],
    extracts: Sequence[tuple[date, Ledger]],
) -> dict[str, Any]:
    """Return the early-warning list and what is overdue, with what the record says of such dates."""
    model, outcome = path.model, path.outcome
    plan = np.nan_to_num(model.attributes.plan_this_year)
    at_stake = None
    if path.money is not None:
        at_stake = _shortfall(plan, path.money.year_reported)

    def rows(found: Sequence[Promise]) -> list[dict[str, Any]]:
        return warning_rows(
            found, model.project_ids, model.attributes.county, model.milestones, outcome.milestones,
            outcome.withdrawn, outcome.waits, at_stake, model.epoch,
        )  # fmt: skip

    listed = set(path.inputs.ledger.ids)
    planned = {
        i
        for k in path.inputs.ledger.planned.values()
        for i, d in zip(path.inputs.ledger.ids, k, strict=True)
        if d
    }
    found, statement = with_record(path.inputs, rows(due), extracts)
    return {
        "projects": found,
        "record": statement,
        "overdue": rows(overdue),
        "planned_dates_missing": len(listed - planned) if planned else 0,
    }


def _shortfall(plan: Floats, reported: Floats) -> Floats:
    """Return the mean over replications of what the year's money (R, P) lacks of the plan (P,)."""
    missing = np.zeros(len(plan))
    for block in blocks_of(reported):
        for row in np.maximum(plan - reported[block], 0.0):
            missing += row
    return missing / len(reported)


def _arrivals(path: Path) -> dict[str, Any]:
    pool = path.model.arrivals.project
    end = int(minutes_after([path.period.until], path.model.epoch)[0])
    counted = [
        (block.milestones[:, pool, 0] < min(end, NEVER)).sum(axis=1) for block in path.outcome.blocks()
    ]
    return {"signed_by_until_mean": float(np.concatenate(counted).mean())}


def _strained(outcome: Outcome) -> int:
    """Count the projects whose open phase fitted no attempt in more than half of the replications."""
    times = sum((block.strained & block.active).sum(axis=0) for block in outcome.blocks())
    return int(np.sum(times / outcome.replications > 0.5))


def second_path(base: Reading, other: Reading, reform: str, level: float = 0.95) -> dict[str, Any]:
    """Return the second path of ``--reform``: its targets and the paired difference at the period's end.

    The reform is taken to hold from signing for every activity that is still to come; what the ledger
    says of the past stays.
    """
    rows = []
    for measure in base.measures:
        for g, group in enumerate(base.groups):
            one, two = (path.series(measure, g)[:, -1] for path in (base, other))
            rows.append({"option": reform, "measure": measure, "group": group, **paired(one, two, level)})
    return {
        "option": reform,
        "applies": "to every activity still to come",
        "results": rows,
        "targets": targets_and_fans(other)["targets"],
    }
