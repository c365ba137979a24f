"""Rates of a forecast: year rates, matured shares and shares of the lists, counts beside each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from forecasts.money import aligned_dates
from forecasts.outlook import middle, minutes_after, quantiles
from forecasts.path import Path
from sim.clocks import NEVER, minute_of
from sim.experiment import Outcome
from sim.ledger import Ledger
from sim.model.arrays import Model
from sim.rates import Rate, cohort_share, joined, within, year_rates
from sim.scenario.measures import ListSpec

Flags = npt.NDArray[np.bool_]

#: What stands between the names of lists in a cell.
_BETWEEN: Final = re.compile(r"[;,；，、\s]+")

#: Which milestone a list is judged by, and what its members are called.
_JUDGED = {
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
        "count": middle(then.numerator),
        "denominator": middle(then.denominator),
        "known": float(known.mean()) if len(known) else None,
        "known_count": middle(now.numerator),
        "known_denominator": middle(now.denominator),
        **spread,
    }


def year_rate_rows(path: Path) -> list[dict[str, Any]]:
    """Return year rates of every counted milestone and the matured start shares."""
    model, scenario = path.model, path.inputs.scenario
    (now, then), year = moments(path), _year(path)
    rows = []
    for milestone in scenario.counts.by_measure.values():
        planned = planned_minutes(path.inputs.ledger, model, milestone)
        if (planned < NEVER).any():
            rows += _rows(path.outcome, partial(_of_year, model, planned, year, milestone), now, then)
    starts = scenario.counts.starts
    for days in (91, 183) if starts is not None else ():
        rows += _rows(path.outcome, partial(_matured, model, str(starts), days), now, then)
    return rows


def _rows(
    outcome: Outcome, rates: Callable[[Outcome, int], Sequence[Rate]], now: int, then: int, group: str = "all"
) -> list[dict[str, Any]]:
    """Return rates at two moments as rows, read from a few replications at a time."""
    parts = [(rates(part, now), rates(part, then)) for part in outcome.blocks()]
    sides = ([joined(column) for column in zip(*side, strict=True)] for side in zip(*parts, strict=True))
    return [rate_row(a, b, group) for a, b in zip(*sides, strict=True)]


def _of_year(
    model: Model,
    planned: npt.NDArray[np.int64],
    year: tuple[int, int],
    milestone: str,
    part: Outcome,
    at: int,
) -> Sequence[Rate]:
    """Return the year rates of a milestone in some replications."""
    times = part.milestones[..., model.milestones.index(milestone)]
    return year_rates(times, planned, at, year, milestone=milestone, active=part.active)


def _matured(model: Model, starts: str, days: int, part: Outcome, at: int) -> Sequence[Rate]:
    """Return the share of the projects in some replications that started within so many days of signing."""
    signed, started = (dated(model, part, k) for k in (0, model.milestones.index(starts)))
    first = model.milestones[0]
    return [within(signed, started, at, days, milestone=starts, cohort=part.active, cohort_name=first)]


def dated(model: Model, part: Outcome, k: int) -> npt.NDArray[np.int32]:
    """Minutes of a milestone (R, P), `-NEVER` where it was reached at a date the ledger does not know."""
    unknown = model.known.milestones[:, k] <= -NEVER
    return np.where(unknown, np.int32(-NEVER), part.milestones[..., k])


def lists_of(ledger: Ledger, ids: Sequence[str]) -> list[set[str]]:
    """Return the names in the cell `list` of every project; a project not in the ledger is on none."""
    written = dict(zip(ledger.ids, ledger.text("list"), strict=True))
    return [set(_BETWEEN.split(written.get(i, ""))) for i in ids]


def list_members(path: Path) -> Mapping[str, Flags]:
    """Return who is on each list of the scenario according to the ledger, (P,) each."""
    names = lists_of(path.inputs.ledger, path.model.project_ids)
    return {spec.name: on_list(names, spec.name) for spec in path.inputs.scenario.lists}


def on_list(names: Sequence[set[str]], name: str) -> Flags:
    """Say who is on a list (P,), given the lists that every project is on.

    Examples
    --------
    >>> on_list([{"start-1"}, {"start-2", "start-1"}, set()], "start-1").tolist()
    [True, True, False]
    """
    return np.array([name in found for found in names], dtype=np.bool_)


def judged_by(path: Path, spec: ListSpec) -> tuple[str, str] | None:
    """Return the milestone that the members of a list are to reach, and what they are called."""
    measure, members = _JUDGED[spec.kind]
    counted = path.inputs.scenario.counts.by_measure
    milestone = path.model.milestones[-1] if measure is None else counted.get(measure)
    return None if milestone is None else (milestone, members)


def list_rates(path: Path) -> list[dict[str, Any]]:
    """Return the share of every list that reached its milestone, at the as-of date and at the end."""
    now, then = moments(path)
    members, rows = list_members(path), []
    for spec in path.inputs.scenario.lists:
        cohort, judged = members[spec.name], judged_by(path, spec)
        if judged is None or not cohort.any():
            continue
        rows += _rows(path.outcome, partial(_of_list, path.model, cohort, *judged), now, then, spec.name)
    return rows


def _of_list(
    model: Model, members: Flags, milestone: str, cohort: str, part: Outcome, at: int
) -> Sequence[Rate]:
    """Return the share of a list that reached its milestone in some replications."""
    times = part.milestones[..., model.milestones.index(milestone)]
    return [cohort_share(times, members, at, milestone=milestone, cohort_name=cohort)]


def planned_minutes(ledger: Ledger, model: Model, milestone: str) -> npt.NDArray[np.int64]:
    """Return the planned minute of a milestone by project row, `NEVER` without a plan."""
    days = aligned_dates(ledger, model, ledger.planned, milestone)
    return np.array([NEVER if d is None else minute_of(d, model.epoch) for d in days], dtype=np.int64)


def moments(path: Path) -> tuple[int, int]:
    """Last minutes of the as-of day and of the period."""
    now, then = minutes_after([path.period.as_of, path.period.until], path.model.epoch)
    return int(now) - 1, int(then) - 1


def _year(path: Path) -> tuple[int, int]:
    """First minutes of the plan year and of the next."""
    first = path.period.start
    days = (first, first.replace(year=first.year + 1))
    start, end = (minute_of(day, path.model.epoch) for day in days)
    return start, end
