"""Rates of a forecast: year rates, matured shares and shares of the lists, counts beside each."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.money import aligned_dates
from forecasts.outlook import Period, minutes_after, quantiles
from forecasts.path import Path
from sim.clocks import NEVER, minute_of
from sim.ledger import Ledger
from sim.model.arrays import Model
from sim.rates import Rate, cohort_share, within, year_rates

#: Which milestone a list is judged by, and what its members are called.
JUDGED = {
    "sign": ("starts", "signed"),
    "start": ("productions", "started"),
    "production": (None, "in_production"),
}


def rate_row(now: Rate, then: Rate, group: str = "all") -> dict[str, Any]:
    """Return one rate: known now, forecast at the end, with counts.

    Parameters
    ----------
    now, then : Rate
        At the as-of date and at the period's end.
    group : str
    """
    values = then.value[~np.isnan(then.value)]
    if not len(values):
        spread: dict[str, Any] = {"p10": None, "p50": None, "p90": None}
    else:
        spread = dict(quantiles(values))
    known = now.value[~np.isnan(now.value)]
    return {
        "name": then.name,
        "kind": then.kind,
        "group": group,
        "count": float(np.median(then.numerator)),
        "denominator": float(np.median(then.denominator)),
        "known": float(known.mean()) if len(known) else None,
        "known_count": float(np.median(now.numerator)),
        "known_denominator": float(np.median(now.denominator)),
        **spread,
    }


def year_rate_rows(path: Path) -> list[dict[str, Any]]:
    """Return year rates of every counted milestone and the matured start shares."""
    model, outcome, period = path.model, path.outcome, path.period
    ledger = path.inputs.ledger
    now, then, year = _moments(period, model)
    rows = []
    for milestone in path.inputs.scenario.counts.by_measure.values():
        k = model.milestones.index(milestone)
        times, planned = outcome.milestones[..., k], planned_minutes(ledger, model, milestone)
        if (planned < NEVER).any():
            pairs = [
                year_rates(times, planned, at, year, milestone=milestone, active=outcome.active)
                for at in (now, then)
            ]
            rows += [rate_row(a, b) for a, b in zip(*pairs, strict=True)]
    starts = path.inputs.scenario.counts.starts
    if starts is not None:
        signed, started = (_dated(path, k) for k in (0, model.milestones.index(starts)))
        for days in (91, 183):
            first, last = (
                within(
                    signed,
                    started,
                    at,
                    days,
                    milestone=starts,
                    cohort=outcome.active,
                    cohort_name=model.milestones[0],
                )
                for at in (now, then)
            )
            rows.append(rate_row(first, last))
    return rows


def _dated(path: Path, milestone: int) -> npt.NDArray[np.int32]:
    """Minutes of a milestone (R, P), `-NEVER` where it was reached at a date the ledger does not know."""
    unknown = path.model.known.milestones[:, milestone] <= -NEVER
    return np.where(unknown, np.int32(-NEVER), path.outcome.milestones[..., milestone])


def list_rates(path: Path) -> list[dict[str, Any]]:
    """Return the share of every list that reached its milestone, at the as-of date and at the end."""
    model, scenario = path.model, path.inputs.scenario
    now, then, _ = _moments(path.period, model)
    written = dict(zip(path.inputs.ledger.ids, path.inputs.ledger.text("list"), strict=True))
    names = [set(re.split(r"[;,；，、\s]+", written.get(i, ""))) for i in model.project_ids]
    rows = []
    for spec in scenario.lists:
        measure, cohort = JUDGED[spec.kind]
        milestone = scenario.counts.by_measure.get(measure) if measure else model.milestones[-1]
        members = np.array([spec.name in found for found in names], dtype=np.bool_)
        if milestone is None or not members.any():
            continue
        times = path.outcome.milestones[..., model.milestones.index(milestone)]
        first, last = (
            cohort_share(times, members, at, milestone=milestone, cohort_name=cohort) for at in (now, then)
        )
        rows.append(rate_row(first, last, group=spec.name))
    return rows


def planned_minutes(ledger: Ledger, model: Model, milestone: str) -> npt.NDArray[np.int64]:
    """Return the planned minute of a milestone by project row, `NEVER` without a plan."""
    days = aligned_dates(ledger, model, ledger.planned, milestone)
    return np.array([NEVER if d is None else minute_of(d, model.epoch) for d in days], dtype=np.int64)


def _moments(period: Period, model: Model) -> tuple[int, int, tuple[int, int]]:
    """Last minutes of the as-of day and of the period, and the plan year from its first to the next's."""
    now, then = (int(m) - 1 for m in minutes_after([period.as_of, period.until], model.epoch))
    start = minute_of(period.start, model.epoch)
    return now, then, (start, minute_of(period.start.replace(year=period.start.year + 1), model.epoch))
