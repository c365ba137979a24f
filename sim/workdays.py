"""Working days: announced calendars where there are any, the law's pattern elsewhere.

China announces each year's holidays and swapped weekends (调休) the autumn before; `chinesecalendar`
holds them. In other years the holidays of the 2024 regulation lie on their dates, one that falls on a
weekend is made up on the next working day, and nothing is swapped: the number of working days is
right, single dates shift by a few days. Such years are *projected* and flagged in every result.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from chinese_calendar.constants import holidays as _announced_off
from chinese_calendar.constants import workdays as _announced_on

Country = Literal["CN", "UK", "none"]
Flags = npt.NDArray[np.bool_]

_DAY: Final = timedelta(days=1)
_FIRST_ANNOUNCED: Final[int] = min(_announced_off).year
_LAST_ANNOUNCED: Final[int] = max(_announced_off).year

#: Spring Festival, Dragon Boat and Mid-Autumn as MMDD, one entry a year from 2000 to 2050.
_LUNAR_FIRST: Final = 2000
_LUNAR_TABLE: Final = """
    0205-0606-0912 0124-0625-1001 0212-0615-0921 0201-0604-0911 0122-0622-0928 0209-0611-0918
    0129-0531-1006 0218-0619-0925 0207-0608-0914 0126-0528-1003 0214-0616-0922 0203-0606-0912
    0123-0623-0930 0210-0612-0919 0131-0602-0908 0219-0620-0927 0208-0609-0915 0128-0530-1004
    0216-0618-0924 0205-0607-0913 0125-0625-1001 0212-0614-0921 0201-0603-0910 0122-0622-0929
    0210-0610-0917 0129-0531-1006 0217-0619-0925 0206-0609-0915 0126-0528-1003 0213-0616-0922
    0203-0605-0912 0123-0624-1001 0211-0612-0919 0131-0601-0908 0219-0620-0927 0208-0610-0916
    0128-0530-1004 0215-0618-0924 0204-0607-0913 0124-0527-1002 0212-0614-0920 0201-0603-0910
    0122-0622-0928 0210-0611-0917 0130-0531-1005 0217-0619-0925 0206-0608-0915 0126-0529-1004
    0214-0615-0922 0202-0604-0911 0123-0623-0930
"""
_LUNAR: Final = tuple(_LUNAR_TABLE.split())


def _lunar_days(year: int) -> tuple[date, date, date]:
    """Return the three lunar festivals.

    Beyond the table those of 19, 38, ... years away, at most a day off: 19 years are 235 lunations.
    """
    nearest = year
    while nearest >= _LUNAR_FIRST + len(_LUNAR):
        nearest -= 19
    while nearest < _LUNAR_FIRST:
        nearest += 19
    spring, dragon, autumn = (
        date(year, int(day[:2]), int(day[2:])) for day in _LUNAR[nearest - _LUNAR_FIRST].split("-")
    )
    return spring, dragon, autumn


def _qingming(year: int) -> date:
    """Return Qingming by the usual solar-term formula (constant of the 20th or 21st century)."""
    constant = 4.81 if year >= 2000 else 5.59
    return date(year, 4, int(year % 100 * 0.2422 + constant) - year % 100 // 4)


def legal_holidays(year: int) -> tuple[date, ...]:
    """Return the holidays of the 2024 regulation in date order: 13, or 12 when two share a date.

    Examples
    --------
    >>> [str(day) for day in legal_holidays(2027)[:3]]
    ['2027-01-01', '2027-02-05', '2027-02-06']
    """
    spring, dragon, autumn = _lunar_days(year)
    days = [date(year, 1, 1), _qingming(year), date(year, 5, 1), date(year, 5, 2), dragon, autumn]
    days += [spring + k * _DAY for k in range(-1, 3)]
    days += [date(year, 10, k) for k in (1, 2, 3)]
    return tuple(sorted(set(days)))


def _projected_off(year: int) -> set[date]:
    """Return the legal holidays and the working days that make up for those on a weekend.

    The regulation makes up for weekends only: two holidays on one date give one day off.
    """
    legal = legal_holidays(year)
    off = set(legal)
    for day in legal:
        substitute = day
        while day.weekday() >= 5 and (substitute.weekday() >= 5 or substitute in off):
            substitute += _DAY
        off.add(substitute)
    return off


def _mark(flags: Flags, days: Iterable[date], first: date, value: bool) -> None:
    """Set the days that lie inside the range starting at `first`."""
    rows = np.array([(day - first).days for day in days], dtype=np.int64)
    flags[rows[(rows >= 0) & (rows < len(flags))]] = value


def _is_weekday(first: date, last: date) -> Flags:
    """Return True for Monday to Friday."""
    if last < first:
        raise ValueError(f"got a last day {last} before the first day {first}, expected them in order")
    ordinal = np.arange(first.toordinal(), last.toordinal() + 1)
    flags: Flags = (ordinal + 6) % 7 < 5
    return flags


def projected_years(first: date, last: date, country: Country = "CN") -> tuple[int, ...]:
    """Return the years of the range whose working days are not announced and follow the law's pattern.

    Examples
    --------
    >>> projected_years(date(2020, 1, 1), date(2025, 12, 31))
    ()
    >>> projected_years(date(2003, 5, 1), date(2004, 5, 1))
    (2003,)
    """
    if country != "CN":
        return ()
    years = range(first.year, last.year + 1)
    return tuple(y for y in years if not _FIRST_ANNOUNCED <= y <= _LAST_ANNOUNCED)


def working_days(first: date, last: date, country: Country = "CN") -> Flags:
    """Return one flag a day from `first` to `last`, both included: True on working days.

    Parameters
    ----------
    first, last : date
    country : {"CN", "UK", "none"}
        ``CN`` with 调休; the others Monday to Friday without holidays.

    Returns
    -------
    (days,) bool

    Examples
    --------
    >>> working_days(date(2021, 9, 17), date(2021, 9, 22)).tolist()  # Saturday swapped for Monday
    [True, True, False, False, False, True]
    """
    flags = _is_weekday(first, last)
    if country == "CN":
        _mark(flags, _announced_off, first, value=False)
        _mark(flags, _announced_on, first, value=True)
        for year in projected_years(first, last):
            _mark(flags, _projected_off(year), first, value=False)
    return flags


def public_holidays(first: date, last: date, country: Country = "CN") -> Flags:
    """Return one flag a day: True on public holidays (not on mere weekends).

    In announced years these are the days off as announced, swapped ones included; in projected years
    the legal holidays alone.

    Examples
    --------
    >>> int(public_holidays(date(2021, 10, 1), date(2021, 10, 31)).sum())
    7
    """
    flags = np.zeros((last - first).days + 1, dtype=np.bool_)
    if country == "CN":
        _mark(flags, _announced_off, first, value=True)
        for year in projected_years(first, last):
            _mark(flags, legal_holidays(year), first, value=True)
    return flags
