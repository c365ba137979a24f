"""Cohort shares, matured shares and year rates, from arrays of milestone times; counts beside each.

A share has its numerator inside its denominator; a ratio (flow over due) may pass one and is never
capped. The name says which and names the denominator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.clocks import DAY
from sim.trace import NEVER

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Times = npt.NDArray[np.integer]

#: Nouns of the counted milestones: what a rate and a flow are called.
NOUNS: dict[str, tuple[str, str]] = {
    "started": ("start", "starts"),
    "accepted": ("completion", "completions"),
    "in_production": ("production", "productions"),
    "at_capacity": ("capacity", "capacities"),
    "permitted": ("permit", "permits"),
}


@dataclass(frozen=True)
class Rate:
    """One rate per replication, with its counts.

    Parameters
    ----------
    name : str
        ``start_rate_of_signed``: what, and of what.
    kind : {"share", "ratio"}
    numerator, denominator : (R,) int64
    """

    name: str
    kind: Literal["share", "ratio"]
    numerator: npt.NDArray[np.int64]
    denominator: npt.NDArray[np.int64]

    @property
    def value(self) -> Floats:
        """Numerator over denominator; NaN where there is nothing to divide by.

        Examples
        --------
        >>> Rate("start_rate_of_signed", "share", np.array([6, 0]), np.array([7, 0])).value.round(3)
        array([0.857,   nan])
        """
        whole = self.denominator.astype(np.float64)
        found = np.full(whole.shape, np.nan)
        np.divide(self.numerator, whole, out=found, where=whole > 0)
        return found


def joined(rates: Sequence[Rate]) -> Rate:
    """Put one rate of some replications after another.

    Examples
    --------
    >>> two = [Rate("start_rate_of_signed", "share", np.array([n]), np.array([7])) for n in (6, 5)]
    >>> joined(two).numerator.tolist()
    [6, 5]
    """
    counts = (
        np.concatenate([getattr(rate, name) for rate in rates]) for name in ("numerator", "denominator")
    )
    return Rate(rates[0].name, rates[0].kind, *counts)


def _nouns(milestone: str) -> tuple[str, str]:
    """Singular and plural of a counted milestone; one of a scenario's own is its own noun."""
    return NOUNS.get(milestone, (milestone, milestone))


def _rate(name: str, kind: Literal["share", "ratio"], top: Flags, bottom: Flags) -> Rate:
    """Count projects (last axis) of two masks."""
    shape = np.broadcast_shapes(top.shape, bottom.shape)
    counts = (np.broadcast_to(mask, shape).sum(axis=-1, dtype=np.int64) for mask in (top, bottom))
    return Rate(name, kind, *counts)


def cohort_share(
    times: Times, cohort: Flags, at: int, *, milestone: str, cohort_name: str, removed: Times | None = None
) -> Rate:
    """Share of a list, fixed at its cut-off, that reached a milestone by a minute.

    Parameters
    ----------
    times : (R, P) int
        When each project reached the milestone.
    cohort : (P,) or (R, P) bool
        The list; withdrawn projects stay in.
    at : int
        Minute, included.
    milestone, cohort_name : str
        ``started`` and ``signed`` make ``start_rate_of_signed``.
    removed : (R, P) or (P,) int, optional
        Minute of official removal from the list; given, those removed by `at` are taken off (the
        second column, named ``..._less_removed``).

    Examples
    --------
    >>> times = np.array([[10, 20, NEVER]])
    >>> rate = cohort_share(times, np.ones(3, bool), 20, milestone="started", cohort_name="signed")
    >>> rate.name, rate.numerator.tolist(), rate.denominator.tolist()
    ('start_rate_of_signed', [2], [3])
    """
    name = f"{_nouns(milestone)[0]}_rate_of_{cohort_name}"
    members = np.broadcast_to(cohort, times.shape)
    if removed is not None:
        name, members = f"{name}_less_removed", members & ~(np.broadcast_to(removed, times.shape) <= at)
    return _rate(name, "share", members & (times <= at) & (times < NEVER), members)


def within(
    signed: Times, reached: Times, at: int, days: int, *, milestone: str = "started",
    cohort: Flags | None = None, cohort_name: str = "signed",
) -> Rate:  # fmt: skip
    """Matured share: of those signed long enough ago, how many reached the milestone in time.

    ``#{signed <= t - d and reached - signed <= d} / #{signed <= t - d}``. A project that was signed, or
    reached the milestone, at an unknown date (`-NEVER`) is in neither: nobody knows how long it took.

    Examples
    --------
    >>> signed, started = np.array([[0, 0, 50]]) * DAY, np.array([[80, 95, 60]]) * DAY
    >>> rate = within(signed, started, at=100 * DAY, days=91)
    >>> rate.name, rate.numerator.tolist(), rate.denominator.tolist()
    ('started_within_91d_of_signed', [1], [2])
    """
    shape = np.broadcast_shapes(signed.shape, reached.shape)
    dated = (signed > -NEVER) & (signed < NEVER) & (reached > -NEVER)
    mature = np.broadcast_to((signed <= at - days * DAY) & dated, shape)
    if cohort is not None:
        mature = mature & cohort
    span = reached.astype(np.int64) - signed
    in_time = mature & (reached < NEVER) & (span <= days * DAY)
    return _rate(f"{milestone}_within_{days}d_of_{cohort_name}", "share", in_time, mature)


def year_rates(
    times: Times, planned: Times, at: int, year: tuple[int, int], *, milestone: str,
    active: Flags | None = None,
) -> tuple[Rate, Rate, Rate]:  # fmt: skip
    """Count the three year rates of one milestone at a minute of the year.

    Parameters
    ----------
    times : (R, P) int
    planned : (P,) int
        Planned minute of the milestone, `NEVER` without a plan.
    at : int
        Minute, included.
    year : (int, int)
        First minute of the plan year and of the next.
    milestone : str
        ``started`` makes ``start_rate_of_year_plan``, ``start_rate_of_due_to_date`` (shares) and
        ``starts_to_due_ratio`` (all of the year's starts over the due: it may pass one).
    active : (R, P) bool, optional
        Projects that take part.

    Examples
    --------
    >>> year = (0, 365 * DAY)
    >>> times, planned = np.array([[5, 40, 30]]) * DAY, np.array([10, 300, NEVER // DAY]) * DAY
    >>> [r.value.tolist() for r in year_rates(times, planned, 50 * DAY, year, milestone="started")]
    [[1.0], [1.0], [3.0]]
    """
    noun, nouns = _nouns(milestone)
    everyone = np.broadcast_to(np.True_ if active is None else active, times.shape)
    done = everyone & (times <= at) & (times < NEVER)
    in_plan = everyone & (planned >= year[0]) & (planned < year[1])
    due = in_plan & (planned <= at)
    flow = done & (times >= year[0])
    return (
        _rate(f"{noun}_rate_of_year_plan", "share", done & in_plan, in_plan),
        _rate(f"{noun}_rate_of_due_to_date", "share", done & due, due),
        _rate(f"{nouns}_to_due_ratio", "ratio", flow, due),
    )


def count_between(times: Times, start: int, end: int, active: Flags | None = None) -> npt.NDArray[np.int64]:
    """Projects that reached a milestone in [start, end), per replication.

    Examples
    --------
    >>> count_between(np.array([[1, 5, NEVER], [0, 2, 9]]), 1, 6).tolist()
    [2, 1]
    """
    inside = (times >= start) & (times < end) & (times < NEVER)
    if active is not None:
        inside &= active
    return np.asarray(inside.sum(axis=-1, dtype=np.int64))


def counts_by_month(times: Times, months: Times, active: Flags | None = None) -> npt.NDArray[np.int64]:
    """Projects that reached a milestone in each month: (R, M) from (R, P) and month starts (M+1,).

    Examples
    --------
    >>> counts_by_month(np.array([[1, 5, 11]]), np.array([0, 10, 20])).tolist()
    [[2, 1]]
    """
    taken = (times >= months[0]) & (times < months[-1])
    if active is not None:
        taken &= active
    size = len(months) - 1
    month = np.searchsorted(months, times, side="right") - 1
    cell = (np.arange(len(times))[:, None] * size + month)[taken]
    return np.bincount(cell, minlength=len(times) * size).reshape(len(times), size)


def aalen_johansen(entry: Times, leave: Times, outcome: Times, at: Times, cause: int = 1) -> Floats:
    """Share that has reached a milestone by each age, from open cohorts.

    Withdrawal is a competing exit (it does not censor), entry may be delayed (a project is at risk
    only from the age at which it came under observation).

    Parameters
    ----------
    entry, leave : (n,) int
        Ages (any unit) at which observation begins and ends; ``entry < leave`` counts, other rows are
        left out.
    outcome : (n,) int
        0 still open (censored), 1 reached, 2 withdrew (or any other code: a competing exit).
    at : (m,) int
        Ages at which the share is read.
    cause : int
        The outcome whose share is wanted.

    Returns
    -------
    (m,) float64
        Cumulative incidence.

    References
    ----------
    Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150.

    Examples
    --------
    >>> ages = np.array([1, 2, 3, 4])
    >>> aalen_johansen(np.zeros(4, int), ages, np.array([1, 2, 1, 0]), np.array([2, 4]))
    array([0.25, 0.5 ])
    """
    valid = entry < leave
    entry, leave, outcome = entry[valid], leave[valid], outcome[valid]
    ages, place = np.unique(leave, return_inverse=True)
    # At risk just before an age: entered before it, not left before it.
    at_risk = np.searchsorted(np.sort(entry), ages, "left") - np.searchsorted(np.sort(leave), ages, "left")
    exits = np.bincount(place[outcome != 0], minlength=len(ages))
    reached = np.bincount(place[outcome == cause], minlength=len(ages))
    risk = np.maximum(at_risk, 1)
    survival = np.cumprod(1 - exits / risk)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.concatenate([[0.0], np.cumsum(before * reached / risk)])
    return np.asarray(incidence[np.searchsorted(ages, at, "right")], dtype=np.float64)
