"""Rates of cohorts beyond the plain share of a list, and the chain from start to production lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from forecasts.money import attribute_rows, drawn, meets
from forecasts.outlook import middle, minutes_after, quantiles
from forecasts.path import Path
from forecasts.ratings import dated, judged_by, list_members, moments, rate_row
from sim.clocks import NEVER, minute_of
from sim.cohorts import open_cohort_share, removal_draws, removed_on
from sim.experiment import Outcome
from sim.rates import Rate, cohort_share, joined, within
from sim.scenario.measures import ListSpec

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]

#: Ages at which a start is promised: three and six months.
DAYS: Final = (91, 183)

#: A rate of some replications at a minute.
Rating = Callable[[Outcome, int], Rate]


def cohort_rows(path: Path, *, fixed: bool) -> list[dict[str, Any]]:
    """Return the second column of lists with a removal, matured shares of sign lists, and open cohorts."""
    rows: list[dict[str, Any]] = []
    members = list_members(path)
    for spec in path.inputs.scenario.lists:
        cohort, judged = members[spec.name], judged_by(path, spec)
        if judged is None or not cohort.any():
            continue
        if spec.removal is not None:
            rows.append(_row(path, _less_removed(path, spec, cohort, judged, fixed=fixed), spec.name))
        if spec.kind == "sign":
            rows += [_row(path, _matured(path, cohort, judged[0], days), spec.name) for days in DAYS]
    return rows + _open_cohorts(path)


def _row(path: Path, rating: Rating, group: str) -> dict[str, Any]:
    """Return one rate at the as-of date and at the period's end, read from a few replications at a time."""
    now, then = moments(path)
    pairs = [(rating(part, now), rating(part, then)) for part in path.outcome.blocks()]
    first, last = (joined(side) for side in zip(*pairs, strict=True))
    return rate_row(first, last, group)


def _times(path: Path, part: Outcome, milestone: str) -> Ints:
    return part.milestones[..., path.model.milestones.index(milestone)]


def _less_removed(
    path: Path, spec: ListSpec, cohort: Flags, judged: tuple[str, str], *, fixed: bool
) -> Rating:
    """Return the share of a list without those who were taken off it."""
    milestone, name = judged

    def rating(part: Outcome, at: int) -> Rate:
        removed = removed_minutes(path, spec, part, milestone, fixed=fixed)
        times = _times(path, part, milestone)
        return cohort_share(times, cohort, at, milestone=milestone, cohort_name=name, removed=removed)

    return rating


def removed_minutes(path: Path, spec: ListSpec, part: Outcome, milestone: str, *, fixed: bool) -> Ints:
    """Return the minute each project is taken off a list in some replications, `NEVER` if it is not."""
    removal, model = spec.removal, path.model
    assert removal is not None
    times = _times(path, part, milestone)
    may = None if removal.when is None else meets(removal.when, attribute_rows(model))
    found = np.full(times.shape, NEVER, dtype=np.int32)
    numbers = [int(n) for n in part.numbers]
    for day in removal_days(spec, path.period.until):
        last = int(minutes_after([day], model.epoch)[0]) - 1
        share, draws = None, None
        if removal.share is not None:
            share = drawn(removal.share, part.seed, numbers, fixed=fixed)[:, None]
            draws = removal_draws(model.project_ids, part.seed, numbers, f"{spec.name} {day}")
        off = removed_on(
            times, part.withdrawn, last, may=may, share=1.0 if share is None else share, draws=draws
        )
        found = np.where(off & (found == NEVER), np.int32(last), found)
    return found


def removal_days(spec: ListSpec, until: date) -> list[date]:
    """Return the days on which projects are taken off a list, from its cut-off on.

    Examples
    --------
    >>> spec = ListSpec.model_validate({"name": "one", "kind": "sign", "cutoff": date(2021, 5, 10),
    ...     "event": date(2021, 7, 10), "removal": {"on": "12-31"}})
    >>> removal_days(spec, date(2022, 12, 30))
    [datetime.date(2021, 12, 31)]
    """
    assert spec.removal is not None
    years = range(spec.cutoff.year, until.year + 1)
    days = [date.fromisoformat(f"{year}-{spec.removal.on}") for year in years]
    return [day for day in days if spec.cutoff <= day <= until]


def _matured(path: Path, cohort: Flags, milestone: str, days: int) -> Rating:
    """Return the share of a list that reached a milestone within so many days of signing."""
    first, ends = path.model.milestones[0], (0, path.model.milestones.index(milestone))

    def rating(part: Outcome, at: int) -> Rate:
        signed, reached = (dated(path.model, part, k) for k in ends)
        return within(signed, reached, at, days, milestone=milestone, cohort=cohort, cohort_name=first)

    return rating


def _open_cohorts(path: Path) -> list[dict[str, Any]]:
    """Return the share started by 91 and 183 days after signing, from all cohorts, open ones included."""
    starts = path.inputs.scenario.counts.starts
    if starts is None:
        return []
    since = minute_of(path.period.start, path.model.epoch)
    ends, (now, then) = (0, path.model.milestones.index(starts)), moments(path)

    def shares(parts: Iterable[Outcome], at: int) -> list[npt.NDArray[Any]]:
        found = []
        for part in parts:
            signed, reached = (dated(path.model, part, k) for k in ends)
            found.append(open_cohort_share(signed, reached, part.withdrawn, since, at, DAYS, part.active))
        return [np.concatenate(column) for column in zip(*found, strict=True)]

    # What is known now is the same in every replication.
    known, known_n = shares([path.outcome.rows(slice(0, 1))], now)
    share, n = shares(path.outcome.blocks(), then)
    return [
        _open_row(f"{starts}_by_{days}d_of_open_cohorts", known[:, i], known_n, share[:, i], n)
        for i, days in enumerate(DAYS)
    ]


def _open_row(name: str, known: Any, known_n: Any, share: Any, n: Any) -> dict[str, Any]:
    """Return one row in the columns of a rate; the counts are the projects observed."""
    values = share[~np.isnan(share)]
    spread = quantiles(values) if len(values) else dict.fromkeys(("p10", "p50", "p90"))
    now = known[~np.isnan(known)]
    return {
        "name": name,
        "kind": "share",
        "group": "all",
        "count": None,
        "denominator": middle(n),
        "known": float(now[0]) if len(now) else None,
        "known_count": None,
        "known_denominator": int(known_n[0]),
        **spread,
    }


def chain_rows(path: Path) -> list[dict[str, Any]]:
    """Return what became of each start list that a production list was turned over from.

    Returns
    -------
    list of dict
        ``from_size`` projects on the start list, ``size`` on the production list, ``turned_over`` on both;
        of the start list, how many are in production: now, and quantiles on the later list's event.
    """
    scenario, model = path.inputs.scenario, path.model
    milestone = scenario.counts.productions
    members, rows = list_members(path), []
    for spec in scenario.lists:
        if spec.from_ is None or milestone is None or not members[spec.from_].any():
            continue
        before, own = members[spec.from_], members[spec.name]
        days = [path.period.as_of, max(spec.event, path.period.as_of)]
        now, event = (int(m) for m in minutes_after(days, model.epoch))
        counts = np.concatenate(
            [
                (_times(path, part, milestone)[:, before] < np.array([[[now]], [[event]]])).sum(axis=2).T
                for part in path.outcome.blocks()
            ]
        )
        rows.append(
            {
                "list": spec.name,
                "from": spec.from_,
                "event": spec.event.isoformat(),
                "from_size": int(before.sum()),
                "size": int(own.sum()),
                "turned_over": int((own & before).sum()),
                "known_count": middle(counts[:, 0]),
                **quantiles(counts[:, 1].astype(np.float64), whole=True),
            }
        )
    return rows
