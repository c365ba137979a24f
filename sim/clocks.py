"""When: minutes since an epoch, and clocks that say which of them count.

Simulated time is an integer number of minutes; dates exist only at the edges. A clock is a set of
half-open windows [open, close) and so a monotone map between natural minutes and its own.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from sim.workdays import Country, Flags, projected_years, public_holidays, working_days

__all__ = [
    "DAY", "NEVER", "Clock", "ClockKind", "Slow", "build_clock", "date_of", "minute_of", "projected_years",
    "working_days",
]  # fmt: skip

Longs = npt.NDArray[np.int64]
ClockKind = Literal["natural", "working", "office", "site"]
DateRange = tuple[date, date]

#: Beyond the table of every clock; the sentinel of what does not happen.
NEVER: Final = 2**30
DAY: Final = 1440


def minute_of(day: date, epoch: date) -> int:
    """Return the minute at which a date begins.

    Examples
    --------
    >>> minute_of(date(2021, 10, 2), date(2021, 10, 1))
    1440
    """
    return (day - epoch).days * DAY


def date_of(t: int, epoch: date) -> date:
    """Return the date a minute lies in.

    Examples
    --------
    >>> date_of(-1, date(2021, 10, 1))
    datetime.date(2021, 9, 30)
    """
    return epoch + timedelta(days=int(t) // DAY)


def _longs(values: npt.ArrayLike) -> Longs:
    """Return a read-only int64 copy."""
    array = np.array(values, dtype=np.int64).reshape(-1)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Clock:
    """A set of open windows; equal and hashed by content.

    ``advance(t, 0) = t``; ``advance(t, d > 0)`` is the smallest ``s > t`` with d open minutes in
    [t, s): work that fills a window ends at its closing minute, and at that minute the clock is
    closed. Windows that touch are joined.

    Parameters
    ----------
    name : str
    opens, closes : (W,) int64
        Half-open windows in order, not overlapping, none empty.

    Raises
    ------
    ValueError
        If a window is empty or overlaps the one before.

    Examples
    --------
    >>> clock = Clock("office", [540, 780], [720, 1020])
    >>> clock.advance(540, 180), clock.advance(540, 181), clock.is_open(720), clock.next_open(720)
    (720, 781, False, 780)
    """

    name: str
    opens: Longs
    closes: Longs
    _before: Longs = field(init=False, repr=False)
    _lists: tuple[list[int], list[int], list[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check, join touching windows and count the open minutes before each."""
        opens, closes = _longs(self.opens), _longs(self.closes)
        if len(opens) != len(closes) or np.any(opens >= closes) or np.any(opens[1:] < closes[:-1]):
            raise ValueError(f"windows of clock {self.name}: expected each to end before the next begins")
        seam = opens[1:] == closes[:-1]
        opens = _longs(opens[np.r_[True, ~seam]] if len(opens) else opens)
        closes = _longs(closes[np.r_[~seam, True]] if len(closes) else closes)
        before = _longs(np.r_[0, np.cumsum(closes - opens)])
        object.__setattr__(self, "opens", opens)
        object.__setattr__(self, "closes", closes)
        object.__setattr__(self, "_before", before)
        # Plain lists and bisect are ten times faster than NumPy for one minute at a time.
        object.__setattr__(self, "_lists", (opens.tolist(), closes.tolist(), before.tolist()))

    def __eq__(self, other: object) -> bool:
        """Compare by name and windows."""
        if not isinstance(other, Clock):
            return NotImplemented
        same = np.array_equal(self.opens, other.opens) and np.array_equal(self.closes, other.closes)
        return self.name == other.name and same

    def __hash__(self) -> int:
        """Hash the windows; the same in every process."""
        digest = hashlib.blake2b(self.opens.tobytes() + self.closes.tobytes(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 4

    def _position(self, t: int) -> int:
        """Return the open minutes before t."""
        opens, closes, before = self._lists
        i = bisect_right(closes, t)
        return before[i] + (max(0, t - opens[i]) if i < len(opens) else 0)

    def _positions(self, t: Longs) -> Longs:
        """Return the open minutes before each t."""
        if len(self.opens) == 0:
            return np.zeros(t.shape, dtype=np.int64)
        i = np.searchsorted(self.closes, t, side="right")
        inside = t - self.opens[np.minimum(i, len(self.opens) - 1)]
        return self._before[i] + np.where(i < len(self.opens), np.maximum(inside, 0), 0)

    def advance(self, t: int, d: int) -> int:
        """Return the moment at which `d` own minutes from t are over; `NEVER` beyond the table."""
        if d <= 0:
            return t
        if t >= NEVER or d >= NEVER:
            return NEVER
        opens, closes, before = self._lists
        i = bisect_right(closes, t)
        if i == len(opens):
            return NEVER
        start = opens[i] if opens[i] > t else t
        if start + d <= closes[i]:
            return min(start + d, NEVER)
        target = before[i] + start - opens[i] + d
        j = bisect_left(before, target, lo=i + 1) - 1
        return min(opens[j] + target - before[j], NEVER) if j < len(opens) else NEVER

    def advance_many(self, t: npt.ArrayLike, d: npt.ArrayLike) -> Longs:
        """Return `advance` of each pair; arrays broadcast, `NEVER` in either gives `NEVER`.

        Examples
        --------
        >>> Clock("office", [540], [720]).advance_many([0, 0, 600], [0, 180, 121]).tolist()
        [0, 720, 1073741824]
        """
        start, length = np.broadcast_arrays(np.asarray(t, dtype=np.int64), np.asarray(d, dtype=np.int64))
        if len(self.opens) == 0:
            return np.where(length <= 0, start, NEVER)
        target = self._positions(start) + length
        j = np.searchsorted(self._before, target, side="left") - 1
        inside = np.clip(j, 0, len(self.opens) - 1)
        end = np.minimum(self.opens[inside] + target - self._before[inside], NEVER)
        end = np.where((j >= len(self.opens)) | (start >= NEVER) | (length >= NEVER), NEVER, end)
        return np.where(length <= 0, start, end)

    def elapsed(self, t0: int, t1: int) -> int:
        """Return the own minutes in [t0, t1); negative when t1 < t0."""
        return self._position(t1) - self._position(t0)

    def elapsed_many(self, t0: npt.ArrayLike, t1: npt.ArrayLike) -> Longs:
        """Return `elapsed` of each pair."""
        late, early = np.asarray(t1, dtype=np.int64), np.asarray(t0, dtype=np.int64)
        minutes: Longs = self._positions(late) - self._positions(early)
        return minutes

    def is_open(self, t: int) -> bool:
        """Return whether minute t counts."""
        opens, closes, _ = self._lists
        i = bisect_right(closes, t)
        return i < len(opens) and opens[i] <= t

    def next_open(self, t: int) -> int:
        """Return the first open minute at or after t; `NEVER` beyond the table."""
        opens, closes, _ = self._lists
        i = bisect_right(closes, t)
        return min(max(t, opens[i]), NEVER) if i < len(opens) else NEVER

    def next_open_many(self, t: npt.ArrayLike) -> Longs:
        """Return `next_open` of each minute."""
        minute = np.asarray(t, dtype=np.int64)
        i = np.searchsorted(self.closes, minute, side="right")
        opens = np.r_[self.opens, NEVER]
        found: Longs = np.minimum(np.maximum(minute, opens[i]), NEVER)
        return found


@dataclass(frozen=True)
class Slow:
    """A season of the year in which a site works only part of the days.

    Parameters
    ----------
    from_md, to_md : str
        ``MM-DD``, both included; the season may pass the new year.
    open_of : (int, int)
        Of each n consecutive days, counted from the season's first, the first k are open: ``(k, n)``.
    """

    from_md: str
    to_md: str
    open_of: tuple[int, int] = (3, 5)

    def __post_init__(self) -> None:
        """Check the pattern and both ends."""
        k, n = self.open_of
        if not 0 <= k <= n or n < 1:
            raise ValueError(f"got open {k} of {n}, expected 0 <= open <= of and of >= 1")
        _month_day(self.from_md, 2021)
        _month_day(self.to_md, 2021)


def _month_day(text: str, year: int) -> date:
    """Return ``MM-DD`` in a year; 29 February is the 28th where there is none."""
    found = re.fullmatch(r"(\d\d?)-(\d\d?)", text)
    try:
        month, day = (int(part) for part in found.groups()) if found else (0, 0)
        return date(year, month, 28 if (month, day) == (2, 29) and year % 4 else day)
    except ValueError:
        raise ValueError(f"got {text!r}, expected a month and day such as `11-15`") from None


def _close_slow(is_open: Flags, season: Slow, first: date) -> None:
    """Close the days of a slow season that are not worked."""
    last = first + timedelta(days=len(is_open) - 1)
    k, n = season.open_of
    for year in range(first.year - 1, last.year + 1):
        start, end = _month_day(season.from_md, year), _month_day(season.to_md, year)
        if end < start:
            end = _month_day(season.to_md, year + 1)
        day = np.arange((end - start).days + 1)
        rows = day[day % n >= k] + (start - first).days
        is_open[rows[(rows >= 0) & (rows < len(is_open))]] = False


def _parse_hours(hours: Sequence[str]) -> list[tuple[int, int]]:
    """Return opening hours as minutes of the day, in order."""
    spans = []
    for text in hours:
        found = re.fullmatch(r"\s*(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)\s*", text)
        parts = [int(part) for part in found.groups()] if found else [0, 0, 0, 0]
        start, end = parts[0] * 60 + parts[1], parts[2] * 60 + parts[3]
        if not start < end <= DAY or parts[1] > 59 or parts[3] > 59:
            raise ValueError(f"got hours {text!r}, expected opening hours such as `09:00-12:00`")
        spans.append((start, end))
    spans.sort()
    if any(b[0] < a[1] for a, b in pairwise(spans)):
        raise ValueError(f"got hours {', '.join(hours)}, expected opening hours that do not overlap")
    return spans


def _without(opens: Longs, closes: Longs, holes: Sequence[tuple[int, int]]) -> tuple[Longs, Longs]:
    """Return the windows with each hole cut out."""
    for start, end in holes:
        left, right = (opens, np.minimum(closes, start)), (np.maximum(opens, end), closes)
        opens = np.concatenate([left[0], right[0]])
        closes = np.concatenate([left[1], right[1]])
        keep = np.flatnonzero(opens < closes)
        keep = keep[np.argsort(opens[keep], kind="stable")]
        opens, closes = opens[keep], closes[keep]
    return opens, closes


def build_clock(
    kind: ClockKind,
    epoch: date,
    first: date,
    last: date,
    *,
    hours: Sequence[str] = ("09:00-12:00", "13:00-17:00"),
    stops: Sequence[DateRange] = (),
    slow: Sequence[Slow] = (),
    calendar: Country = "CN",
    name: str | None = None,
) -> Clock:
    """Return a clock of one kind for the days `first` to `last`, both included.

    Parameters
    ----------
    kind : {"natural", "working", "office", "site"}
        Every minute; whole working days; the opening hours of working days; every day but public
        holidays and the closed days of slow seasons.
    epoch : date
        Its midnight is minute 0.
    first, last : date
        Range of the table; the natural clock has none.
    hours : sequence of str
        Opening hours of an office.
    stops : sequence of (date, date)
        Days, both included, on which the clock stands still (shocks); for every kind.
    slow : sequence of Slow
        Slow seasons of a site.
    calendar : {"CN", "UK", "none"}
    name : str, optional
        Default: the kind.

    Examples
    --------
    >>> day = date(2021, 10, 8)
    >>> build_clock("working", day, day, date(2021, 10, 11)).closes.tolist()
    [2880, 5760]
    """
    holes = [(minute_of(a, epoch), minute_of(b, epoch) + DAY) for a, b in stops]
    opens, closes = _longs([-NEVER]), _longs([NEVER])
    if kind != "natural":
        if kind == "site":
            is_open = ~public_holidays(first, last, calendar)
            for season in slow:
                _close_slow(is_open, season, first)
        else:
            is_open = working_days(first, last, calendar)
        spans = _parse_hours(hours) if kind == "office" else [(0, DAY)]
        days = minute_of(first, epoch) + np.flatnonzero(is_open).astype(np.int64) * DAY
        edges = np.array(spans, dtype=np.int64).reshape(-1, 2)
        opens = (days[:, None] + edges[:, 0]).reshape(-1)
        closes = (days[:, None] + edges[:, 1]).reshape(-1)
    opens, closes = _without(opens, closes, holes)
    return Clock(name or kind, opens, closes)
