"""Windows of shocks: the dates of a fixed one, or those of each compiled future of a sampled one.

The futures of a sampled shock are a stratified sample: the number of windows that begin in a calendar year
follows a Poisson law whose quantiles are spread evenly over the futures. Keys are names and calendar years:
a window lies where it lies whatever the epoch, the horizon or the seed. Each future draws the rate and the
arguments of the length from their ranges too, under the names of the parameters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.laws import LawTable
from sim.model.lawrows import Laws
from sim.model.scalars import Numbers
from sim.quantities import DAY, YEAR_DAYS
from sim.scenario.shocks import Shock

Floats = npt.NDArray[np.float64]
#: First and last day of a window.
Span = tuple[date, date]
#: Windows by pattern.
Patterns = tuple[tuple[Span, ...], ...]

_COUNT, _WINDOW = (np.uint64(philox.hash_name(name)) for name in ("windows of a year", "window"))
#: Windows of one shock that may begin in a year.
MOST: int = 100


def windows_of(shock: Shock, epoch: date, last: date) -> Patterns:
    """Windows of a shock by pattern.

    Parameters
    ----------
    shock : Shock
    epoch, last : date
        Sampled windows begin between the two: what was before is known, and given as fixed shocks.

    Returns
    -------
    tuple of tuple of (date, date)
        First and last day of each window, in order; one pattern for a fixed shock.

    Examples
    --------
    >>> shock = Shock.model_validate({"name": "flood", "from": date(2021, 7, 20), "to": date(2021, 8, 5)})
    >>> windows_of(shock, date(2021, 1, 1), date(2022, 1, 1))
    (((datetime.date(2021, 7, 20), datetime.date(2021, 8, 5)),),)
    """
    if shock.from_ is not None and shock.to is not None:
        return (((shock.from_, shock.to),),)
    return _Sampled(shock, epoch, last).patterns()


class _Sampled:
    """Draws the windows of one shock."""

    def __init__(self, shock: Shock, epoch: date, last: date) -> None:
        assert shock.rate is not None  # the schema asks for both
        assert shock.length is not None
        self.shock, self.epoch, self.last = shock, epoch, last
        self.key = np.uint64(philox.hash_name(shock.name))
        self.years = np.arange(epoch.year, last.year + 1)
        self.numbers = Numbers()
        laws = Laws(self.numbers)
        self.law, self.rate = laws.row(shock.length), self.numbers.scalar(shock.rate)
        self.table: LawTable = laws.build()

    def patterns(self) -> Patterns:
        """Windows by pattern."""
        count = self.shock.pattern_count
        u = np.stack([
            philox.uniforms(0, k, self.key, _COUNT, self.years, philox.SHOCK)[:, :2] for k in range(count)
        ])  # fmt: skip
        place = np.argsort(np.argsort(u[..., 0], axis=0), axis=0)
        spread = (place + u[..., 1]) / count
        return tuple(self._pattern(k, spread[k]) for k in range(count))

    def _pattern(self, k: int, spread: Floats) -> tuple[Span, ...]:
        """Windows of one pattern, given the quantile of each year's number."""
        values = self._values(k)
        mean = values[self.rate] * YEAR_DAYS * DAY
        found: list[Span] = []
        for year, u in zip(self.years.tolist(), spread.tolist(), strict=True):
            number = poisson_inverse(u, mean)
            if number:
                found += self._windows(k, year, number, values)
        return tuple(sorted(span for span in found if self.epoch <= span[0] <= self.last))

    def _values(self, k: int) -> Floats:
        """Scalars of one pattern, drawn where they have a range."""
        names = philox.hash_names(p.name for p in self.numbers.parameters)
        u = philox.uniforms(0, k, names, 0, 0, philox.PARAMETER)[:, 0] if len(names) else np.zeros(0)
        drawn = [p.low + (p.high - p.low) * v for p, v in zip(self.numbers.parameters, u, strict=True)]
        return np.array([
            s.value if s.parameter < 0 else s.factor * drawn[s.parameter] for s in self.numbers.scalars
        ])  # fmt: skip

    def _windows(self, k: int, year: int, number: int, values: Floats) -> list[Span]:
        """Windows that begin in a year."""
        days = _days(year, self.shock.months or range(1, 13))
        keys = year * MOST + np.arange(number)
        u = philox.uniforms(0, k, self.key, _WINDOW, keys, philox.SHOCK)
        lengths = np.zeros(number)
        if self.law >= 0:
            lengths = self.table.ppf(np.full(number, self.law), u[:, 1], values)
        starts = [days[math.floor(v * len(days))] for v in u[:, 0].tolist()]
        # A window stops whole days, at least one and at most what is left of the calendar.
        whole = np.clip(np.floor(lengths / DAY + 0.5), 1, 36_525).astype(int).tolist()
        return [(day, day + timedelta(days=n - 1)) for day, n in zip(starts, whole, strict=True)]


def _days(year: int, months: Sequence[int]) -> list[date]:
    """Days of a year that lie in some months."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=k) for k in range((date(year + 1, 1, 1) - first).days))
    return [day for day in days if day.month in months]


def poisson_inverse(u: float, mean: float) -> int:
    """Return the least count whose cumulative Poisson share is at least u, at most `MOST`.

    Examples
    --------
    >>> [poisson_inverse(u, 0.3) for u in (0.5, 0.75, 0.97)]
    [0, 1, 2]
    """
    count, share = 0, math.exp(-mean)
    total = share
    while total < u and count < MOST:
        count += 1
        share *= mean / count
        total += share
    return count
