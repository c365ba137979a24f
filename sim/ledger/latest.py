"""Events that lie far beyond all others: the as-of date follows the latest, so one slip moves everything."""

from __future__ import annotations

from datetime import date
from typing import Final

from sim.errors import Problem
from sim.ledger.table import Ledger

#: Days after the events of all other projects from which an event is said to be far.
FAR: Final = 180
#: Projects with a date, below which nothing is said.
LEAST: Final = 5


def far_dates(ledger: Ledger) -> tuple[Problem, ...]:
    """Warn about the events of a few projects (one in a hundred, at least one) far beyond all others.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from sim.ledger.table import from_rows
    >>> rows = [{"id": f"p{i}", "signed": date(2021, 1, 4) + timedelta(days=i)} for i in range(6)]
    >>> far_dates(from_rows(rows, ("signed",)))
    ()
    >>> rows[2]["signed"] = date(2022, 1, 6)
    >>> [warning.got for warning in far_dates(from_rows(rows, ("signed",)))]
    ['2022-01-06']
    """
    columns = {**ledger.dates, "withdrawn": ledger.withdrawn}
    columns |= {f"reported_{name}": days for name, days in ledger.reported.items()}
    newest: dict[int, tuple[date, str]] = {}
    for name, cells in columns.items():
        for i, day in enumerate(cells):
            if isinstance(day, date) and (i not in newest or day > newest[i][0]):
                newest[i] = (day, name)
    ordered = sorted(newest, key=lambda i: newest[i][0])
    if len(ordered) < LEAST:
        return ()
    for count in range(max(1, len(ordered) // 100), 0, -1):
        last = newest[ordered[-count - 1]][0]
        if (newest[ordered[-count]][0] - last).days > FAR:
            return tuple(_far(ledger, i, *newest[i], last) for i in ordered[-count:])
    return ()


def _far(ledger: Ledger, i: int, day: date, name: str, last: date) -> Problem:
    place = f"{ledger.source} row {ledger.row_numbers[i]}" if ledger.row_numbers else ledger.source
    expected = f"a date near those of all other projects, up to {last}"
    remedy = "correct it, or give the as-of date with --as-of: by itself it is the latest date"
    return Problem(place, name, str(day), expected, remedy, "warning")
