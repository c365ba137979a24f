"""From replications to what a planner reads: fans, P(plan met), promises, required rates.

Every function takes plain arrays; nothing is drawn here. Definitions: "P(plan met)" and "Year rates".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from sim.clocks import DAY, minute_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

DAYS_A_MONTH = 365.2425 / 12


@dataclass(frozen=True)
class Period:
    """The months from 1 January to the end of the forecast.

    Parameters
    ----------
    start, as_of, until : date
        First day that counts; date of knowledge; last day that counts.
    ends : tuple of date
        Last counted day of each month, the final one being `until`.

    Examples
    --------
    >>> period = Period.of(date(2021, 9, 30), date(2021, 12, 31))
    >>> period.start, len(period.ends), round(period.months_left, 2)
    (datetime.date(2021, 1, 1), 12, 3.02)
    """

    start: date
    as_of: date
    until: date
    ends: tuple[date, ...]

    @classmethod
    def of(cls, as_of: date, until: date) -> Period:
        """Return the period of the year in which `until` lies."""
        start = date(until.year, 1, 1)
        firsts = [date(until.year + (m // 12), m % 12 + 1, 1) for m in range(1, 13)]
        ends = [
            min(first - timedelta(days=1), until)
            for first in firsts
            if first.month != 1 or first.year > until.year
        ]
        kept = [end for i, end in enumerate(ends) if i == 0 or end > ends[i - 1]]
        return cls(start, as_of, until, tuple(kept))

    @property
    def months_left(self) -> float:
        """Months (of mean length) between the as-of date and the end."""
        return max(0.0, (self.until - max(self.as_of, self.start - timedelta(days=1))).days / DAYS_A_MONTH)

    @property
    def labels(self) -> tuple[str, ...]:
        """``YYYY-MM`` of each month."""
        return tuple(end.isoformat()[:7] for end in self.ends)


def minutes_after(days: Sequence[date], epoch: date) -> Ints:
    """Return the first minute after each day, counted from 00:00 of `epoch`.

    Examples
    --------
    >>> minutes_after([date(2021, 9, 30)], date(2021, 10, 1))
    array([0], dtype=int32)
    """
    return np.array([minute_of(d, epoch) + DAY for d in days], dtype=np.int32)


def counts(
    times: Ints, members: Flags, period: Period, epoch: date, shows: Callable[[Ints], Any] | None = None
) -> Floats:
    """Count the projects that reached a milestone since the period's start, at each month's end.

    Parameters
    ----------
    times : (R, P) int32
        Minutes of the milestone per replication and project (`NEVER` = not reached).
    members : (R, P) bool or (P,) bool
        Who counts.
    period : Period
    epoch : date
    shows : callable, optional
        Gives the minutes whose true state is reported at some minutes; default: those themselves.

    Returns
    -------
    (R, M) float64
        Cumulative counts.

    Examples
    --------
    >>> period = Period.of(date(2021, 10, 31), date(2021, 12, 31))
    >>> days = np.array([[-1440, 1440 * 40]], dtype=np.int32)
    >>> counts(days, np.ones(2, bool), period, date(2021, 11, 1))[0, -3:]
    array([1., 1., 2.])
    """
    first = np.array([minute_of(period.start, epoch)], dtype=np.int32)
    ends = minutes_after(period.ends, epoch)
    if shows is not None:
        first, ends = shows(first), shows(ends)
    inside = (times >= first) & members
    return np.stack([(inside & (times < end)).sum(axis=1) for end in ends], axis=1).astype(np.float64)


def quantiles(values: Floats, *, whole: bool = False) -> dict[str, float]:
    """Return p10, p50 and p90 of one sample, by linear interpolation.

    Parameters
    ----------
    values : (R,) float64
    whole : bool
        Counts: the smallest count not passed in so great a share of the futures, never half a project.

    Examples
    --------
    >>> quantiles(np.array([101.0, 102.0])), quantiles(np.array([101.0, 102.0]), whole=True)
    ({'p10': 101.1, 'p50': 101.5, 'p90': 101.9}, {'p10': 101, 'p50': 101, 'p90': 102})
    """
    method: Literal["inverted_cdf", "linear"] = "inverted_cdf" if whole else "linear"
    found = np.quantile(values, [0.1, 0.5, 0.9], method=method)
    return {name: _said(value, whole=whole) for name, value in zip(("p10", "p50", "p90"), found, strict=True)}


def middle(counts: npt.NDArray[Any]) -> int:
    """Return the median of counts, a count itself."""
    return int(np.quantile(counts, 0.5, method="inverted_cdf"))


def p_met(values: Floats, plan: float) -> tuple[float, float]:
    """Return P(value >= plan) and its Monte Carlo error, the probability no finer than the error.

    Parameters
    ----------
    values : (R,) float64
    plan : float

    Returns
    -------
    tuple of float
        Share of replications at or above the plan; ``sqrt(p (1 - p) / R)``.

    Examples
    --------
    >>> p_met(np.array([1.0, 2.0, 3.0, 4.0]), 3.0)
    (0.5, 0.25)
    """
    n = len(values)
    # The last digit of a plan in 亿元 must not turn "met" into "missed" by a rounding of the sum.
    p = float((values >= plan - 1e-9 * max(1.0, abs(plan))).mean())
    error = math.sqrt(p * (1 - p) / n)
    digits = max(1, math.ceil(-math.log10(error)) if error > 0 else len(str(n)) - 1)
    return round(p, digits), round(error, digits + 1)


def promise(values: Floats, confidence: float) -> float:
    """Return the largest value reached with at least the given probability.

    Examples
    --------
    >>> promise(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 0.8)
    2.0
    """
    ordered = np.sort(values)[::-1]
    return _tidy(ordered[math.ceil(confidence * len(ordered) - 1e-9) - 1])


def target_row(
    measure: str,
    group: str,
    version: str | None,
    plan: float | None,
    totals: Floats,
    done: float,
    period: Period,
) -> dict[str, Any]:
    """Return one row of ``targets``: the plan, its probability, the promises and the required rate.

    Parameters
    ----------
    measure, group, version : str
    plan : float or None
        None where no plan names this measure: the probability is then left out.
    totals : (R,) float64
        Totals of the period.
    done : float
        Known at the as-of date.
    period : Period
    """
    whole = not measure.startswith("investment")
    shown = None if plan is None else _said(plan, whole=whole and plan == int(plan))
    row: dict[str, Any] = {"measure": measure, "group": group, "version": version, "plan": shown}
    if plan is None:
        row |= {"p_met": None, "p_met_error": None, "shortfall": None}
    else:
        row["p_met"], row["p_met_error"] = p_met(totals, plan)
        row["shortfall"] = _tidy(np.maximum(plan - totals, 0.0).mean())
    row |= quantiles(totals, whole=whole)
    known = {"promise80": promise(totals, 0.8), "promise90": promise(totals, 0.9), "done": done}
    row |= {name: _said(value, whole=whole) for name, value in known.items()}
    left = period.months_left
    row["required_rate"] = _tidy(max(0.0, plan - done) / left) if plan is not None and left > 0 else None
    row["p50_rate"] = _tidy((row["p50"] - done) / left) if left > 0 else None
    return row


def joint(totals: Sequence[Floats], plans: Sequence[float]) -> tuple[float | None, float | None]:
    """Return P(all targets met together) and its Monte Carlo error; None without targets."""
    if not totals:
        return None, None
    met = np.all(
        [t >= plan - 1e-9 * max(1.0, abs(plan)) for t, plan in zip(totals, plans, strict=True)], axis=0
    )
    return p_met(met.astype(np.float64), 1.0)


def monthly_rows(
    measure: str, group: str, unit: str, series: Floats, plan: Mapping[str, float], period: Period
) -> list[dict[str, Any]]:
    """Return the fan: one row a month with quantiles of the cumulative series and the plan's pace.

    Parameters
    ----------
    series : (R, M) float64
        Cumulative, per replication and month.
    plan : mapping of str to float
        Cumulative plan by ``YYYY-MM``; months it does not name get None.
    """
    return [
        {"month": label, "month_end": end.isoformat(), "measure": measure, "group": group, "unit": unit}
        | quantiles(series[:, i], whole=unit == "projects")
        | {"plan": plan.get(label)}
        for i, (label, end) in enumerate(zip(period.labels, period.ends, strict=True))
    ]


def paired(base: Floats, other: Floats, level: float) -> dict[str, Any]:
    """Return the paired difference of two paths with its t interval and a verdict (more is better).

    Examples
    --------
    >>> paired(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]), 0.95)["verdict"]
    'better'
    """
    difference = other - base
    n = len(difference)
    half = float(stdtrit(n - 1, 1 - (1 - level) / 2)) * float(difference.std(ddof=1)) / math.sqrt(n)
    middle = float(difference.mean())
    low, high = middle - half, middle + half
    verdict = "cannot separate" if low <= 0 <= high else ("better" if low > 0 else "worse")
    return {
        "baseline_value": _tidy(base.mean()),
        "value": _tidy(other.mean()),
        "difference": _tidy(middle),
        "low": _tidy(low),
        "high": _tidy(high),
        "verdict": "equal" if low == high == 0 else verdict,
    }


def _said(value: float | np.floating[Any], *, whole: bool) -> float:
    """Return a count as a whole number, an amount with six digits."""
    return round(float(value)) if whole else _tidy(value)


def _tidy(value: float | np.floating[Any]) -> float:
    return round(float(value), 6)
