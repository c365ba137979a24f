"""The forecast: one experiment read against the year's plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from forecasts.cohorts import chain_rows, cohort_rows
from forecasts.combined import Combined, fresh_reforms, ratio_of
from forecasts.delay import Delay, statement
from forecasts.earned import Earned
from forecasts.hindcast import Hindcast, hindcast_of, looking_back
from forecasts.inputs import Inputs
from forecasts.money import aligned_dates, attribute_rows, collect_for, year_money
from forecasts.nextlist import next_lists
from forecasts.outlook import Period, joint, minutes_after, monthly_rows, paired, target_row
from forecasts.past import past_of
from forecasts.path import Path
from forecasts.ratings import list_rates, year_rate_rows
from forecasts.record import MOST, with_record
from forecasts.results import common_parts, rounded
from forecasts.standing import standing
from forecasts.vintages import KEPT, reporting_delay
from forecasts.warning import Promise, promises, waits_summary, warning_rows
from forecasts.words import LANGUAGES, word
from sim.clocks import NEVER
from sim.errors import InputError, Problem
from sim.experiment import Collect, Outcome, blocks_of
from sim.ledger import Ledger, read_extracts
from sim.model.arrays import Model
from sim.model.compile import compile_model
from sim.plan import Target

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Compiles (with a pilot) and runs a named model.
Runner = Callable[[str, Model, Collect], Outcome]

#: A path as targets and fans are read from it: simulated, or told by the ledger's past.
Reading = Path | Combined

Method = Literal["auto", "simulation", "past"]
SEE = {
    "en": "How late: `reporting_delay` in result.json; see The present, section Reporting delay.",
    "zh": "滞后多久见 result.json 的 `reporting_delay`,说明见文档 The present 的“上报滞后”一节。",
}
REMEDY = "leave --method out, or give a ledger with three years of dated milestones"


def open_promises(inputs: Inputs, model: Model, as_of: date) -> tuple[list[Promise], list[Promise]]:
    """Return the planned dates still open: due within twelve months, and overdue."""
    ledger = inputs.ledger
    planned = {
        k: aligned_dates(ledger, model, ledger.planned, name)
        for k, name in enumerate(model.milestones)
        if name in ledger.planned
    }
    known = model.known.milestones < NEVER
    return promises(planned, known, model.known.withdrawn < NEVER, as_of)


def path_ends(model: Model, found: Sequence[Promise]) -> tuple[int, ...]:
    """Return where each project's driving path ends: its promise, its next milestone, else its last."""
    reached = model.known.milestones < NEVER
    exists = model.milestone_case >= 0
    ahead = exists & ~reached
    last = len(model.milestones) - 1 - exists[:, ::-1].argmax(axis=1)
    ends = np.where(ahead.any(axis=1), ahead.argmax(axis=1), last)
    for promise in found:
        ends[promise.project] = max(ends[promise.project], promise.milestone)
    return tuple(int(k) for k in ends)


def run_path(
    inputs: Inputs, run: Runner, name: str, *, fixed: bool
) -> tuple[Path, list[Promise], list[Promise]]:
    """Compile, run and measure one path of the city from the as-of date."""
    scenario = inputs.scenario
    assert inputs.as_of is not None
    assert inputs.until is not None
    model = compile_model(scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    due, overdue = open_promises(inputs, model, inputs.as_of)
    ends = path_ends(model, [*due, *overdue])
    collect = collect_for(scenario, milestone=ends, since=0, unreached=True)
    outcome = run(name, model, collect)
    period = Period.of(inputs.as_of, inputs.until)
    groups, members = _groups(inputs, model, period)
    money = None
    if scenario.investment is not None:
        on_plan = np.nan_to_num(model.attributes.plan_this_year) > 0
        counted = members & on_plan if on_plan.any() else members
        money = year_money(scenario, inputs.ledger, model, outcome, period, counted, fixed=fixed)
    return Path(inputs, model, outcome, period, money, groups, members), due, overdue


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
    delays = _delays(inputs)
    reading, said = told(path, run, delays, earned, seed=seed, fixed=fixed, method=method)
    result = {
        "kind": "forecast",
        **common_parts(inputs, [path.model], [inputs.scenario], seed, path.outcome.replications, fixed=fixed),
        "as_of": str(inputs.as_of),
        "until": str(inputs.until),
        "level": 0.8,
        "coverage": _coverage(reading, earned),
        "reporting_delay": _delay(delays, reading),
        **targets_and_fans(reading),
        **said,
        **_warnings(path, due, overdue),
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


def _groups(inputs: Inputs, model: Model, period: Period) -> tuple[tuple[str, ...], Flags]:
    """Return the groups that have a target, all projects first, with their members (G, P)."""
    rows = attribute_rows(model)
    names, masks = ["all"], [np.ones(len(rows), dtype=np.bool_)]
    for target in _year_targets(inputs, period):
        if target.group not in names:
            names.append(target.group)
            masks.append(
                np.array([_inside(target, i, r) for i, r in zip(model.project_ids, rows, strict=True)])
            )
    return tuple(names), np.stack(masks)


def _inside(target: Target, project: str, row: Mapping[str, Any]) -> bool:
    in_place = target.county in ("", row["county"]) and target.kind in ("", row["kind"])
    return in_place and target.scope.holds(project, row)


def _year_targets(inputs: Inputs, period: Period) -> list[Target]:
    """Targets of the year as known on the as-of date, later adjustments after earlier ones."""
    if inputs.plan is None:
        return []
    targets = [t for t in inputs.plan.targets if t.year == period.start.year]
    known = [t for t in targets if t.adopted is None or t.adopted <= period.as_of]
    return sorted(known, key=lambda t: t.adopted or date.min)


def _plans(path: Reading) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
    """Return the cumulative plan by (measure, group), version and month; even pace of a year alone."""
    found: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for target in _year_targets(path.inputs, path.period):
        months = found.setdefault((target.measure, target.group), {}).setdefault(target.version, {})
        months[f"{target.year}-{target.month or 12:02d}"] = target.target
    for versions in found.values():
        for months in versions.values():
            if len(months) == 1 and (year := next(iter(months)))[-2:] == "12":
                months |= {f"{year[:4]}-{m:02d}": round(months[year] * m / 12, 6) for m in range(1, 12)}
    return found


def _warnings(path: Path, due: Sequence[Promise], overdue: Sequence[Promise]) -> dict[str, Any]:
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
    extracts = _extracts(path.inputs, path.period.as_of, MOST)
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


def _delays(inputs: Inputs) -> Mapping[str, Delay]:
    """Measure how late each milestone is reported."""
    assert inputs.as_of is not None
    extracts = _extracts(inputs, inputs.as_of, KEPT)
    return reporting_delay(inputs.ledger, inputs.as_of, extracts=extracts)


def _delay(delays: Mapping[str, Delay], reading: Reading) -> dict[str, Any]:
    """Return the statement about delay: measured or not, and what it adds to the counts of the year."""
    found: dict[str, Any] = dict(statement(delays))
    day = reading.period.as_of.isoformat()
    if not found["measured"]:
        found["statement"] = {
            "en": "Reporting delay: not measured, the ledger has no dates of first report.",
            "zh": "上报滞后:未测量,台账无首次上报日期。",
        }
        return found
    if not isinstance(reading, Combined) or not reading.told:
        found["statement"] = {
            "en": f"Events up to {day} reach the ledger late; the simulation's counts are not corrected."
            f" {SEE['en']}",
            "zh": f"截至 {day} 的事件存在上报滞后;仿真计数未作修正。{SEE['zh']}",
        }
        return found
    found["added"] = added = reading.unrecorded()
    more = {
        lang: ", ".join(f"{word(measure, lang)} {count:.3g}" for measure, count in added.items())
        for lang in LANGUAGES
    }
    found["statement"] = {
        "en": f"Events up to {day} reach the ledger late; corrected. Happened by then and not on record:"
        f" {more['en']}. {SEE['en']}",
        "zh": f"截至 {day} 的事件存在上报滞后;已修正。截至当日已发生未上报(平均):{more['zh']}。{SEE['zh']}",
    }
    return found


def _extracts(inputs: Inputs, as_of: date, last: int) -> Sequence[tuple[date, Ledger]]:
    """Return the last extracts of a register that keeps several; delays show between them."""
    form = inputs.scenario.ledger_format
    own = inputs.scenario.ledger_path() if form is not None else None
    if form is None or own is None or str(own) != inputs.paths["ledger"]:
        return ()
    return read_extracts(own, [m.name for m in inputs.scenario.milestones], form, as_of, last=last)


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


def told(
    path: Path,
    run: Runner,
    delays: Mapping[str, Delay],
    earned: Earned | None,
    *,
    seed: int,
    fixed: bool,
    method: Method,
) -> tuple[Reading, dict[str, Any]]:
    """Return the reading of a simulated path: its counts told by the ledger's past where that can tell them.

    Reforms that the past knows too little of are run without once more, for the simulation's ratio.
    """
    if method == "simulation":
        return path, {"told_by": dict.fromkeys(path.measures, "simulation"), "past_not_asked": "asked"}
    n, insist = path.outcome.replications, method == "past"
    past, why = past_of(path.inputs, path.period, delays, paths=n, seed=seed, insist=insist)
    if past is None:
        if method == "past":
            raise InputError([Problem("--method", "past", why, "a ledger with a past", REMEDY)])
        return path, {"told_by": dict.fromkeys(path.measures, "simulation"), "past_not_asked": why}
    if earned is not None:
        past = past.stretched(earned, path.inputs.scenario.counts.by_measure)
    ratios = {}
    if fresh := fresh_reforms(path.inputs):
        kept = tuple(a for a in path.inputs.scenario.adopted if a.reform not in fresh)
        before = replace(path.inputs, scenario=path.inputs.scenario.model_copy(update={"adopted": kept}))
        base = run_path(before, run, f"without {'+'.join(fresh)}", fixed=fixed)[0]
        ratios = ratio_of(path, base, None if fixed else hindcast(path.inputs, run))
    reading = Combined(path, past, ratios)
    said = {
        "told_by": {measure: reading.method(measure, 0) for measure in reading.measures},
        "members": reading.members(),
        "gate": reading.gate(),
        "contributions": reading.parts(),
    }
    return reading, said


def simulated(reading: Reading) -> Path:
    """Return the simulated path of a reading."""
    return reading.path if isinstance(reading, Combined) else reading


def _coverage(reading: Reading, earned: Earned | None) -> str | dict[str, Any]:
    """Return how often intervals like these held in a backtest, by measure that the past tells."""
    if earned is None or not isinstance(reading, Combined):
        return "not yet measured"
    named = reading.inputs.scenario.counts.by_measure
    found = {m: reading.past.coverage(earned, m) for m in named if m in reading.told}
    kept = {measure: row for measure, row in found.items() if row is not None}
    return {"knowledge": earned.result["knowledge"], "measures": kept} if kept else "not yet measured"


def hindcast(inputs: Inputs, run: Runner) -> Hindcast:
    """Run the last two years, with the filings that came, to see which parameters tell them."""
    assert inputs.as_of is not None
    ledger, back = looking_back(inputs.ledger, inputs.as_of)
    scenario = inputs.scenario.model_copy(update={"arrivals": None})
    model = compile_model(scenario, ledger, as_of=back, until=inputs.as_of)
    return hindcast_of(model, run("hindcast", model, Collect()), inputs.ledger, inputs.as_of)


def with_reform(base: Reading, path: Path, run: Runner, *, fixed: bool) -> Reading:
    """Return the reading of a second path: the past of the first times the ratio of both simulations."""
    if not isinstance(base, Combined):
        return path
    ratios = ratio_of(path, base.path, None if fixed else hindcast(base.inputs, run))
    found = {m: ratio * base.ratios.get(m, 1.0) for m, ratio in ratios.items()}
    return Combined(path, base.past, found, base.paired)


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
