"""The ledger as it stood on an earlier date, and what follows from a date."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sim.errors import Problem
from sim.ledger.table import UNKNOWN, Ledger, When, fill_earlier

#: Columns that stand on the ledger's own date and on no other.
_BOOKED = ("invested_to_date", "invested_this_year")


def known_on(ledger: Ledger, as_of: date) -> Ledger:
    """Give the ledger as known on a date: later events and later reports left out, and said.

    A project whose first milestone lies later is not known yet, unless an earlier date of it is; a
    future signing is declared by its planned date alone. A milestone at an unknown date of which only a
    later one tells is hidden with it, so that the view knows nothing of what came after. Money booked
    has no date of its own: where anything had to be hidden, it is hidden too.

    Examples
    --------
    >>> from sim.ledger.table import from_rows
    >>> rows = [{"id": "a", "signed": date(2021, 1, 1), "started": date(2021, 5, 1)}]
    >>> view = known_on(from_rows(rows, ("signed", "started")), date(2021, 3, 31))
    >>> view.dates["started"], view.counts["started after the as-of date"]
    ((None,), 1)
    """
    counts = dict(ledger.counts)
    hidden = {
        name: _hidden(ledger.dates[name], ledger.reported.get(name), as_of) for name in ledger.milestones
    }
    gone = _hidden(ledger.withdrawn, None, as_of)
    for name, cells in (*hidden.items(), ("withdrawn", gone)):
        if any(cells):
            counts[f"{name} after the as-of date"] = sum(cells)
    dates = _cut(ledger, hidden)
    withdrawn = tuple(None if hide else cell for cell, hide in zip(ledger.withdrawn, gone, strict=True))
    view = replace(
        ledger,
        dates=fill_earlier(dates, ledger.milestones),
        withdrawn=withdrawn,
        reported={
            name: tuple(day if day is not None and day <= as_of else None for day in column)
            for name, column in ledger.reported.items()
        },
        as_of=as_of,
    )
    return _known_rows(ledger, view, counts, as_of)


def _known_rows(ledger: Ledger, view: Ledger, counts: dict[str, int], as_of: date) -> Ledger:
    """Leave out the rows of which nothing is known yet."""
    declared = view.declared()
    keep: list[int] = []
    for i in range(len(view)):
        was_signed = any(ledger.dates[name][i] is not None for name in ledger.milestones)
        is_signed = any(view.dates[name][i] is not None for name in view.milestones)
        if is_signed or (declared[i] is not None and not was_signed):
            keep.append(i)
    if len(keep) < len(view):
        counts["projects not known on the as-of date"] = len(view) - len(keep)
    money = [name for name in _BOOKED if name in view.columns]
    if money and len(counts) > len(ledger.counts):
        # The ledger is younger than the date: what it has booked is not what was booked then.
        unknown = {name: (math.nan,) * len(view) for name in money}
        view = replace(view, columns={**view.columns, **unknown})
        counts["columns of money booked after the as-of date"] = len(money)
    fresh = {key: n for key, n in counts.items() if key not in ledger.counts}
    notes = tuple(
        Problem(ledger.source, "", f"{n} x {key}", f"what was known on {as_of}", "left out", "warning")
        for key, n in fresh.items()
    )
    return replace(view.take(keep), counts=counts, warnings=ledger.warnings + notes)


def _hidden(column: Sequence[When], reported: Sequence[date | None] | None, as_of: date) -> tuple[bool, ...]:
    """Tell which cells were not known on a date: they happened later, or were reported later."""
    reports = reported if reported is not None else (None,) * len(column)
    return tuple(
        cell is not None
        and ((isinstance(cell, date) and cell > as_of) or (report is not None and report > as_of))
        for cell, report in zip(column, reports, strict=True)
    )


def _cut(ledger: Ledger, hidden: Mapping[str, Sequence[bool]]) -> dict[str, tuple[When, ...]]:
    """Empty the hidden cells, and those at an unknown date that only a hidden later one vouches for."""
    dates: dict[str, tuple[When, ...]] = {}
    hides_later, shows_later = [False] * len(ledger), [False] * len(ledger)
    for name in reversed(ledger.milestones):
        column: list[When] = []
        for i, cell in enumerate(ledger.dates[name]):
            seen = None if hidden[name][i] else cell
            if seen is UNKNOWN and hides_later[i] and not shows_later[i]:
                seen = None
            hides_later[i] |= hidden[name][i]
            shows_later[i] |= seen is not None
            column.append(seen)
        dates[name] = tuple(column)
    return dates


def year_classes(ledger: Ledger, year: int, start: str, completion: str) -> tuple[str, ...]:
    """Give every project's year class: the ledger's own word, else from its planned dates.

    Parameters
    ----------
    ledger : Ledger
    year : int
        The plan year.
    start, completion : str
        The milestones that count as start and as completion.

    Returns
    -------
    tuple of str
        ``new_start``, ``reserve``, ``completing``, ``continuing``; "" where no date tells.

    Examples
    --------
    >>> from sim.ledger.table import from_rows
    >>> rows = [{"id": "a", "signed": date(2021, 1, 1), "planned_started": date(2021, 6, 1)}]
    >>> year_classes(from_rows(rows, ("signed", "started", "accepted")), 2021, "started", "accepted")
    ('new_start',)
    """
    written = ledger.text("year_class")
    empty: tuple[date | None, ...] = (None,) * len(ledger)
    starts = ledger.planned.get(start, empty)
    ends = ledger.planned.get(completion, empty)
    return tuple(
        written[i] or _year_class(starts[i] or _dated(ledger.dates[start][i]), ends[i], year)
        for i in range(len(ledger))
    )


def _dated(cell: When) -> date | None:
    return cell if isinstance(cell, date) else None


def _year_class(start: date | None, end: date | None, year: int) -> str:
    if start is None:
        return ""
    if start.year >= year:
        return "new_start" if start.year == year else "reserve"
    return "completing" if end is not None and end.year <= year else "continuing"
