"""The clocks of a model: one for each kind and each set of shocks that stop it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from sim.clocks import Clock, Slow, build_clock, projected_years, working_days
from sim.model.windows import Patterns
from sim.resources import ClockName
from sim.scenario.schema import Calendar
from sim.scenario.shocks import Shock

#: A shock by its number, and the pattern in which it hits.
Hit = tuple[int, int]


class ClockBook:
    """Clocks by kind and lane, each distinct one once.

    A lane says of every shock whether it hits, and in which of its patterns: a number in mixed radix, the
    first shock its lowest digit, 0 = spared. Of fixed shocks, which have one pattern, it is a set of bits.
    A clock that a shock does not stop is the same in all of its digits.

    Parameters
    ----------
    calendar : Calendar
    shocks : sequence of Shock
    windows : sequence of Patterns
        Of each shock.
    epoch : date
    first, last : date
        Days the tables must cover.
    """

    def __init__(
        self,
        calendar: Calendar,
        shocks: Sequence[Shock],
        windows: Sequence[Patterns],
        epoch: date,
        *,
        first: date,
        last: date,
    ) -> None:
        self._calendar, self._shocks, self._windows = calendar, tuple(shocks), tuple(windows)
        self._epoch, self._first, self._last = epoch, first, last
        self._found: dict[tuple[ClockName, tuple[Hit, ...]], int] = {}
        self._clocks: list[Clock] = []
        self._by_lane: dict[ClockName, tuple[int, ...]] = {}
        self._working = working_days(first, last, calendar.country)

    @property
    def lanes(self) -> int:
        """Number of lanes: of each shock one where it spares, and one for each of its patterns."""
        return math.prod(len(patterns) + 1 for patterns in self._windows)

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """All clocks asked for so far."""
        return tuple(self._clocks)

    def lane_clocks(self, kind: ClockName) -> tuple[int, ...]:
        """Index of the clock of this kind in every lane."""
        if kind not in self._by_lane:
            self._by_lane[kind] = tuple(self._clock(kind, lane) for lane in range(self.lanes))
        return self._by_lane[kind]

    def working(self, day: date) -> bool:
        """Whether a day is a working day (Monday to Friday outside the table)."""
        row = (day - self._first).days
        return bool(self._working[row]) if 0 <= row < len(self._working) else day.weekday() < 5

    def projected(self, last: date) -> tuple[int, ...]:
        """Years from the epoch to a date whose working days follow the law's pattern."""
        return projected_years(self._epoch, last, self._calendar.country)

    def _hits(self, lane: int) -> tuple[Hit, ...]:
        """Shocks that hit on a lane, each with its pattern."""
        found = []
        for s, patterns in enumerate(self._windows):
            lane, digit = divmod(lane, len(patterns) + 1)
            if digit:
                found.append((s, digit - 1))
        return tuple(found)

    def _clock(self, kind: ClockName, lane: int) -> int:
        hits = tuple(
            (s, k) for s, k in self._hits(lane) if kind in self._shocks[s].stops and self._windows[s][k]
        )
        key = (kind, hits)
        if key not in self._found:
            self._found[key] = len(self._clocks)
            self._clocks.append(self._build(kind, hits))
        return self._found[key]

    def _name(self, s: int, k: int) -> str:
        return self._shocks[s].name + (f"#{k}" if self._shocks[s].sampled else "")

    def _build(self, kind: ClockName, hits: tuple[Hit, ...]) -> Clock:
        stops = [span for s, k in hits for span in self._windows[s][k]]
        site = self._calendar.site
        if kind == "site":
            stops += [(window.from_, window.to) for window in site.stops]
        return build_clock(
            kind,
            self._epoch,
            self._first,
            self._last,
            hours=self._calendar.hours,
            stops=stops,
            slow=[Slow(s.from_, s.to, (s.open, s.of)) for s in site.slow] if kind == "site" else (),
            calendar=self._calendar.country,
            name="+".join([kind, *(self._name(s, k) for s, k in hits)]),
        )


def table_span(dates: Sequence[date], epoch: date, horizon: date) -> tuple[date, date]:
    """Days that the clocks must cover: all dates known, and a year beyond the horizon.

    Examples
    --------
    >>> [str(d) for d in table_span([date(2019, 5, 2)], date(2021, 1, 1), date(2022, 1, 1))]
    ['2018-05-02', '2023-01-01']
    """
    year = timedelta(days=365)
    return min([*dates, epoch]) - year, horizon + year


def month_minutes(epoch: date, horizon: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """First minutes of the calendar months that [0, horizon) touches, and the end of the last.

    Examples
    --------
    >>> (month_minutes(date(2021, 10, 11), 40 * 1440) // 1440).tolist()
    [-10, 21, 51]
    """
    year, month = epoch.year, epoch.month
    starts: list[int] = []
    while not starts or starts[-1] < horizon:
        starts.append((date(year, month, 1) - epoch).days * 1440)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    found = np.array(starts, dtype=np.int32)
    found.setflags(write=False)
    return found
