"""The year's total from year-to-date figures, with intervals that its own past forecasts have earned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts import blend
from forecasts.inyear.members import by_curve, by_path, by_series, faded_path

Floats = npt.NDArray[np.float64]

#: Months at whose end a year is counted: January is published with February.
PERIODS: Final = tuple(range(2, 13))

#: Complete years a forecast needs.
YEARS: Final = 3


@dataclass(frozen=True)
class YearTotal:
    """Forecast of one year's total.

    Parameters
    ----------
    months : (P,) int
        Months of the year at whose end it is counted.
    to_date : (i,) float64
        Year-to-date figures so far.
    total : (199,) float64
        Quantiles of the year's total on `forecasts.blend.LEVELS`.
    cumulative : (n, P) float64
        Paths of the year-to-date figures, known periods included.
    factor : float
        By which the width was corrected, from past forecasts made at the same month.
    tested : int
        How many of those there were.
    members : dict of str to float
        What each view says, as a point: ``pro_rata``, ``share_of_year``, ``last_year_path``,
        ``faded_path``, ``series``; the last two are blended.
    """

    months: npt.NDArray[np.int64]
    to_date: Floats
    total: Floats
    cumulative: Floats
    factor: float
    tested: int
    members: dict[str, float]

    def chance(self, plan: float) -> float:
        """Return P(total >= plan), in steps of half a point."""
        return 1.0 - float(np.sum(self.total < plan)) / 200.0

    def interval(self, level: float = 0.8) -> tuple[float, float]:
        """Return the central interval of the total."""
        low, high = blend.at(self.total, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def required_rate(self, plan: float) -> tuple[float, float]:
        """Return what a month must bring for the plan, and what it brings at the median."""
        left = 12 - int(self.months[len(self.to_date) - 1])
        done = float(self.to_date[-1])
        return max(plan - done, 0.0) / left, (float(self.total[99]) - done) / left

    def shares_of_plan(self, plan: float) -> Floats:
        """Return (3, P): even pace (month / 12), p50 of the share of plan, how far that is behind."""
        pace = self.months / 12.0
        middle = np.median(self.cumulative, axis=0) / plan
        return np.stack([pace, middle, pace - middle])

    def double_half(self, plan: float) -> Floats:
        """Return (P + 1,): chance that half the plan is first passed in each period; last: never."""
        passed = self.cumulative >= plan / 2
        first = np.where(passed.any(axis=1), passed.argmax(axis=1), len(self.months))
        return np.bincount(first, minlength=len(self.months) + 1) / len(self.cumulative)


def year_total(
    past: npt.ArrayLike,
    to_date: npt.ArrayLike,
    *,
    months: tuple[int, ...] = PERIODS,
    n: int = 1000,
    key: tuple[str | int, ...] = (0,),
) -> YearTotal:
    """Forecast a year's total from year-to-date figures.

    Parameters
    ----------
    past : (Y, P) array_like
        Year-to-date figures of complete years, oldest first.
    to_date : (i,) array_like
        Those of the current year, 1 <= i < P.
    months : tuple of int
        Months of the year at whose end there is a figure.
    n : int
        Paths.
    key : tuple of str or int
        Seed and names; equal keys, equal forecast.

    Raises
    ------
    ValueError
        With fewer than three complete years, no figure of the current one, or figures missing or negative.

    Notes
    -----
    Equal quantile average of `faded_path` and `by_series`; then one factor of width from the same forecast
    made in past years at the same month (`forecasts.blend.width_factor`). No figure after `to_date` is seen.

    Examples
    --------
    >>> growth = np.array([1.0, 1.1, 1.15, 1.3, 1.4])[:, None]
    >>> years = growth * np.cumsum([8.0, 6, 7, 8, 11, 8, 8, 9, 8, 8, 9])
    >>> found = year_total(years, years[-1, :4] * 1.1)
    >>> bool(found.interval()[0] < years[-1, -1] * 1.1 < found.interval()[1])
    True
    """
    history, known = _checked(past, to_date, months)
    i = len(known)
    forecast, drawn, points = _blended(history, known, n, key)
    ratios = [
        blend.past_ratios(_blended(history[:y], history[y, :i], n, key)[0][:, None], history[y, -1:])[0]
        for y in range(YEARS, len(history))
    ]
    factor = blend.width_factor(np.array(ratios), np.arange(len(ratios)), len(ratios))
    total = blend.rescale(forecast, factor, lowest=known[-1])
    elapsed = months[i - 1] / 12.0
    return YearTotal(
        months=np.array(months),
        to_date=known,
        total=total,
        cumulative=_cumulative(known, drawn, total),
        factor=factor,
        tested=len(ratios),
        members={
            "pro_rata": float(known[-1] / elapsed),
            "share_of_year": by_curve(history, known),
            "last_year_path": by_path(history, known),
            **points,
        },
    )


def _blended(
    past: Floats, to_date: Floats, n: int, key: tuple[str | int, ...]
) -> tuple[Floats, Floats, dict[str, float]]:
    """Return quantiles of the total before any correction, paths of the periods left, and the two medians."""
    done = to_date[-1]
    faded = done + faded_path(past, to_date)
    drawn = by_series(past, to_date, n, (*key, len(past)))
    walked = done + blend.quantiles(drawn.sum(axis=1))
    return blend.blend([faded, walked]), drawn, {"faded_path": float(faded[99]), "series": float(walked[99])}


def _cumulative(to_date: Floats, drawn: Floats, total: Floats) -> Floats:
    """Stretch each path of the periods left so that the totals are those of the blend, ranks kept."""
    rest = drawn.sum(axis=1)
    ranks = np.argsort(np.argsort(rest, kind="stable"), kind="stable")
    wanted = np.maximum(blend.samples(total, len(drawn))[ranks] - to_date[-1], 0.0)
    even = np.full_like(drawn, 1.0 / drawn.shape[1])
    parts = np.divide(drawn, rest[:, None], out=even, where=rest[:, None] > 0)
    future = to_date[-1] + np.cumsum(parts * wanted[:, None], axis=1)
    return np.concatenate([np.tile(to_date, (len(drawn), 1)), future], axis=1)


def _checked(past: npt.ArrayLike, to_date: npt.ArrayLike, months: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return the figures as arrays, or say what is wrong with them."""
    history, known = np.asarray(past, dtype=np.float64), np.asarray(to_date, dtype=np.float64)
    if history.ndim != 2 or history.shape[1] != len(months) or len(history) < YEARS:
        raise ValueError(
            f"past: got shape {history.shape}, expected {YEARS} years or more of {len(months)} periods"
        )
    if known.ndim != 1 or not 0 < len(known) < len(months):
        raise ValueError(f"to_date: got {known.shape}, expected 1 to {len(months) - 1} periods")
    for name, figures in (("past", history), ("to_date", known)):
        if not np.all(np.isfinite(figures)) or np.any(figures < 0):
            raise ValueError(f"{name}: got figures missing or negative, expected sums since the year began")
    return history, known


def year_to_date(values: npt.ArrayLike, first_month: int) -> tuple[int, Floats, Floats]:
    """Arrange monthly values as year-to-date figures, January joined to February.

    Parameters
    ----------
    values : (M,) array_like
        One a month; a first year that does not begin in January is left out.
    first_month : int
        12 * year + month - 1 of the first value.

    Returns
    -------
    first_year : int
    past : (Y, 11) float64
        Complete years.
    to_date : (i,) float64
        The year after; empty where not even February is known.

    Examples
    --------
    >>> year, past, to_date = year_to_date(np.ones(2 + 12 + 3), 12 * 2019 + 10)
    >>> year, past[0].tolist()[:2], to_date.tolist()
    (2020, [2.0, 3.0], [2.0, 3.0])
    """
    counts = np.asarray(values, dtype=np.float64)
    skipped = -first_month % 12
    kept = counts[skipped:]
    years = len(kept) // 12
    past = np.cumsum(kept[: 12 * years].reshape(years, 12), axis=1)[:, 1:]
    return (first_month + skipped) // 12, past, np.cumsum(kept[12 * years :])[1:]
