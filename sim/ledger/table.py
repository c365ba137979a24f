"""The ledger as one read-only table: the projects as known on a date."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Final, Literal, TypeVar

from sim.errors import Problem


class Reached(Enum):
    """Marks of a milestone that was reached without a date."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        """Short, as it stands in messages and in files."""
        return "UNKNOWN"


#: The milestone was reached, at a date nobody wrote down.
UNKNOWN: Final = Reached.UNKNOWN

#: A milestone cell: a date, reached at an unknown date, or not reached.
When = date | Literal[Reached.UNKNOWN] | None

#: A cell of any other column.
Cell = str | float

#: Columns that hold numbers (money in 亿元, area in mu).
NUMBERS: tuple[str, ...] = (
    "area",
    "investment",
    "invested_to_date",
    "invested_this_year",
    "plan_this_year",
)

#: What a known attribute is where the ledger has no column for it.
DEFAULTS: Mapping[str, str] = {"key_level": "none"}

_T = TypeVar("_T")


@dataclass(frozen=True)
class ItemRow:
    """One row of the optional table `items`: what is known of one approval item of one project.

    Parameters
    ----------
    id, item : str
        The project and the item (activity) it concerns.
    accepted, returned, decided : date or None
        Handed in and taken; last sent back; decided.
    row : int
        Row of the file.
    """

    id: str
    item: str
    accepted: date | None
    returned: date | None
    decided: date | None
    row: int


@dataclass(frozen=True)
class Ledger:
    """The projects as known on a date, sorted by id (NFC, code points); every column P long.

    Parameters
    ----------
    source : str
        Name of the file it was read from.
    ids : tuple of str
    milestones : tuple of str
        The scenario's milestones in order; the keys of `dates`.
    columns : mapping of str to tuple
        Attributes the file had: numbers as float (NaN = empty), everything else as str.
    dates : mapping of str to tuple
        Per milestone: a date, `UNKNOWN` (reached, date unknown) or None (not reached). Where a
        later milestone is reached, an earlier one never is None.
    reported, planned : mapping of str to tuple
        Per milestone that has such a column: a date or None.
    withdrawn : tuple
        A date, `UNKNOWN` or None.
    items : tuple of ItemRow
    row_numbers : tuple of int
        Row of the file of each project (the header is row 1).
    warnings : tuple of Problem
    counts : mapping of str to int
        How many rows each tolerated oddity concerns (``started before permitted``), and
        ``rows skipped`` under ``--skip-bad-rows``.
    as_of : date or None
        The view's date, where one was asked for.

    Examples
    --------
    >>> ledger = from_rows([{"id": "b", "signed": date(2021, 1, 4)}], ("signed", "started"))
    >>> ledger.ids, ledger.dates["started"], ledger.latest_date()
    (('b',), (None,), datetime.date(2021, 1, 4))
    """

    source: str
    ids: tuple[str, ...]
    milestones: tuple[str, ...]
    columns: Mapping[str, tuple[Cell, ...]]
    dates: Mapping[str, tuple[When, ...]]
    reported: Mapping[str, tuple[date | None, ...]]
    planned: Mapping[str, tuple[date | None, ...]]
    withdrawn: tuple[When, ...]
    items: tuple[ItemRow, ...] = ()
    row_numbers: tuple[int, ...] = ()
    warnings: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    as_of: date | None = None

    def __len__(self) -> int:
        """Count the projects."""
        return len(self.ids)

    def has(self, name: str) -> bool:
        """Tell whether the file had this attribute."""
        return name in self.columns

    def attribute(self, name: str) -> list[Cell]:
        """Give one attribute, P long; NaN or the word for "nothing known" where there is no column.

        Parameters
        ----------
        name : str
            ``county``, ``kind``, ``area``, an extra column ...

        Returns
        -------
        list of float or of str
        """
        if name in self.columns:
            return list(self.columns[name])
        empty: Cell = math.nan if name in NUMBERS else DEFAULTS.get(name, "")
        return [empty] * len(self.ids)

    def text(self, name: str) -> tuple[str, ...]:
        """Give an attribute as words."""
        return tuple(_as_text(cell) for cell in self.attribute(name))

    def number(self, name: str) -> tuple[float, ...]:
        """Give an attribute as numbers, NaN where it is none."""
        return tuple(_as_number(cell) for cell in self.attribute(name))

    def declared(self) -> tuple[date | None, ...]:
        """Give the planned first milestone of projects that are not signed yet (future signings)."""
        first = self.milestones[0]
        planned = self.planned.get(first, (None,) * len(self.ids))
        return tuple(
            plan if reached is None else None
            for plan, reached in zip(planned, self.dates[first], strict=True)
        )

    def latest_date(self) -> date | None:
        """Give the latest event or report date (planned dates left out): the default as-of date."""
        cells = [cell for column in self.dates.values() for cell in column]
        cells += self.withdrawn
        cells += [cell for column in self.reported.values() for cell in column]
        found = [cell for cell in cells if isinstance(cell, date)]
        return max(found, default=None)

    def take(self, keep: Sequence[int]) -> Ledger:
        """Give the ledger of some rows only (row numbers of the table, in order)."""
        kept_ids = {self.ids[i] for i in keep}

        def pick(column: Sequence[_T]) -> tuple[_T, ...]:
            return tuple(column[i] for i in keep)

        return replace(
            self,
            ids=pick(self.ids),
            columns={name: pick(column) for name, column in self.columns.items()},
            dates={name: pick(column) for name, column in self.dates.items()},
            reported={name: pick(column) for name, column in self.reported.items()},
            planned={name: pick(column) for name, column in self.planned.items()},
            withdrawn=pick(self.withdrawn),
            items=tuple(row for row in self.items if row.id in kept_ids),
            row_numbers=pick(self.row_numbers) if self.row_numbers else (),
        )

    def where(self, keep: Callable[[int], bool]) -> Ledger:
        """Give the ledger of the rows for which `keep` holds."""
        return self.take([i for i in range(len(self.ids)) if keep(i)])


def from_rows(
    rows: Iterable[Mapping[str, object]], milestones: Sequence[str], *, source: str = "rows"
) -> Ledger:
    """Make a ledger in memory from rows with our own column names, without the checks of a file.

    Parameters
    ----------
    rows : iterable of mapping
        ``id``, milestones as dates, ``planned_<m>``, ``reported_<m>``, ``withdrawn`` and attributes.
    milestones : sequence of str
    source : str

    Returns
    -------
    Ledger
    """
    listed = sorted(rows, key=lambda row: nfc(str(row["id"])))
    special = {"id", "withdrawn", *milestones}
    special |= {f"{prefix}{m}" for prefix in ("planned_", "reported_") for m in milestones}
    names = list(dict.fromkeys(name for row in listed for name in row if name not in special))
    return Ledger(
        source=source,
        ids=tuple(nfc(str(row["id"])) for row in listed),
        milestones=tuple(milestones),
        columns={name: tuple(_cell(row.get(name), name) for row in listed) for name in names},
        dates=fill_earlier({m: tuple(_when(row.get(m)) for row in listed) for m in milestones}, milestones),
        reported=_prefixed(listed, "reported_", milestones),
        planned=_prefixed(listed, "planned_", milestones),
        withdrawn=tuple(_when(row.get("withdrawn")) for row in listed),
        row_numbers=tuple(range(2, len(listed) + 2)),
    )


def fill_earlier(
    dates: Mapping[str, tuple[When, ...]], milestones: Sequence[str]
) -> dict[str, tuple[When, ...]]:
    """Mark a milestone as reached at an unknown date where a later one is reached.

    Examples
    --------
    >>> fill_earlier({"a": (None,), "b": (date(2021, 1, 1),)}, ("a", "b"))["a"]
    (UNKNOWN,)
    """
    filled: dict[str, tuple[When, ...]] = {}
    later: list[bool] = [False] * (len(dates[milestones[0]]) if milestones else 0)
    for name in reversed(milestones):
        column = dates[name]
        filled[name] = tuple(
            UNKNOWN if cell is None and reached else cell for cell, reached in zip(column, later, strict=True)
        )
        later = [reached or cell is not None for cell, reached in zip(column, later, strict=True)]
    return {name: filled[name] for name in milestones}


def nfc(text: str) -> str:
    """Normalise a name: Unicode NFC, no space at the ends."""
    return unicodedata.normalize("NFC", text).strip()


def _prefixed(
    rows: Sequence[Mapping[str, object]], prefix: str, milestones: Sequence[str]
) -> dict[str, tuple[date | None, ...]]:
    """Collect the ``planned_`` or ``reported_`` columns that exist."""
    return {
        m: tuple(_only_date(row.get(f"{prefix}{m}")) for row in rows)
        for m in milestones
        if any(f"{prefix}{m}" in row for row in rows)
    }


def _when(value: object) -> When:
    return value if isinstance(value, date | Reached) else None


def _only_date(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _cell(value: object, name: str) -> Cell:
    if isinstance(value, int | float):
        return float(value)
    if value is None:
        return math.nan if name in NUMBERS else ""
    return str(value)


def _as_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if math.isnan(cell):
        return ""
    return str(int(cell)) if cell.is_integer() else repr(cell)


def _as_number(cell: Cell) -> float:
    if isinstance(cell, float):
        return cell
    try:
        return float(cell)
    except ValueError:
        return math.nan
