"""Earlier ledgers of the one at hand: files beside it that are named alike but for the date."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from forecasts.months import end_of

_DATED = re.compile(r"(20\d{2})[-_.年]?(0[1-9]|1[0-2])(?:月)?(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")


def date_in(name: str) -> date | None:
    """Read the date in a file's name: a month stands for its end.

    Examples
    --------
    >>> date_in("ledger-2021-09.csv"), date_in("台账2021年09月.xlsx"), date_in("ledger.csv")
    (datetime.date(2021, 9, 30), datetime.date(2021, 9, 30), None)
    """
    match = _DATED.search(name)
    if match is None:
        return None
    if match[3] is None:
        return end_of(12 * int(match[1]) + int(match[2]) - 1)
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def earlier_ledgers(path: Path) -> tuple[tuple[date, Path], ...]:
    """Give the ledgers beside a dated one that are named alike and older, oldest first.

    Examples
    --------
    >>> earlier_ledgers(Path("ledger.csv"))
    ()
    """
    own = date_in(path.name)
    if own is None or not path.parent.is_dir():
        return ()
    pattern = _DATED.sub("", path.name, count=1)
    found = [
        (day, other)
        for other in path.parent.iterdir()
        if other.is_file()
        and _DATED.sub("", other.name, count=1) == pattern
        and (day := date_in(other.name)) is not None
        and day < own
    ]
    return tuple(sorted(found))
