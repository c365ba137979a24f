"""Approval items: the catalogue as a data file, one row an item, read into activities."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sim.errors import Problems
from sim.spec import nearest

#: Columns every catalogue has; others are kept for people and not read.
REQUIRED: Final = (
    "id", "name_en", "name_zh", "stage", "department_en", "statutory_working_days", "promised_working_days",
    "predecessors",
)  # fmt: skip
OPTIONAL: Final = (
    "department_zh", "predecessors_allocated_land", "can_pre_review", "can_tolerate_deficiency", "applies_if",
    "share", "status", "source",
)  # fmt: skip

_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_BOOLS: Final = {"true": True, "yes": True, "1": True, "是": True, "false": False, "no": False, "0": False,
                 "否": False, "": False}  # fmt: skip
_CLAUSE: Final = re.compile(r"\s*(\w+)\s*(!=|>=|<=|=|>|<)\s*(.+?)\s*")


@dataclass(frozen=True)
class Item:
    """One row of the catalogue.

    Parameters
    ----------
    id : str
    row : int
        Row of the file, the header being row 1.
    name_en, name_zh, stage, department_en, department_zh : str
    statutory, promised : float
        Working days.
    predecessors, predecessors_allocated : tuple of str
        By land route: granted (and others), allocated.
    pre_review, tolerate : bool
    applies_if : mapping
        As `sim.spec.read_when` takes it; empty: every project.
    share : float or None
        Share of projects it applies to; None: all.
    status, source : str or None
        Of the working days, where the row gives its own.
    """

    id: str
    row: int
    name_en: str
    name_zh: str
    stage: str
    department_en: str
    department_zh: str
    statutory: float
    promised: float
    predecessors: tuple[str, ...]
    predecessors_allocated: tuple[str, ...]
    pre_review: bool
    tolerate: bool
    applies_if: Mapping[str, Any]
    share: float | None
    status: str | None
    source: str | None


def parse_applies(text: str) -> dict[str, Any]:
    """Read the condition of a row: clauses joined by `;`, values by `|`.

    Raises
    ------
    ValueError
        If a clause is none of ``a=x|y``, ``a!=x``, ``a>=3``.

    Examples
    --------
    >>> parse_applies("kind=industry|social; area>=7.5; land_route!=factory")
    {'kind': ['industry', 'social'], 'area': '>= 7.5', 'not': {'land_route': ['factory']}}
    """
    found: dict[str, Any] = {}
    excluded: dict[str, Any] = {}
    for clause in filter(str.strip, text.split(";")):
        match = _CLAUSE.fullmatch(clause)
        values = [value.strip() for value in match[3].split("|")] if match else []
        if match is None or not all(values):
            raise ValueError(clause.strip())
        name, op = match[1], match[2]
        if name in found or (op == "!=" and excluded):
            raise ValueError(clause.strip())
        if op == "!=":
            excluded[name] = values
        elif op == "=":
            found[name] = values
        elif re.fullmatch(r"[+-]?\d+(\.\d+)?", match[3]):
            found[name] = f"{op} {match[3]}"
        else:
            raise ValueError(clause.strip())
    return {**found, "not": excluded} if excluded else found


def read_items(path: Path, problems: Problems) -> tuple[Item, ...]:
    """Read a catalogue; every row that is wrong is a problem, and left out.

    Parameters
    ----------
    path : Path
        CSV, UTF-8, with the columns of `REQUIRED`.
    problems : Problems

    Returns
    -------
    tuple of Item
        In the order of the rows.
    """
    rows = _rows(path, problems)
    if not rows:
        return ()
    header = [cell.strip() for cell in rows[0]]
    if not _header(path, header, problems):
        return ()
    found: dict[str, Item] = {}
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        place = f"{path} row {number}"
        if len(cells) != len(header):
            problems.add(
                place, "", f"{len(cells)} cells", f"{len(header)} cells", "quote cells that hold commas"
            )
            continue
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        item = _Row(row, place, problems).item(number)
        if item is not None and item.id in found:
            first = found[item.id].row
            problems.add(
                place, "id", item.id, f"an id once (row {first})", "rename or remove one of the two rows"
            )
        elif item is not None:
            found[item.id] = item
    return tuple(found.values())


def _rows(path: Path, problems: Problems) -> list[list[str]]:
    """Read all cells of a CSV file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(text.splitlines(), strict=True)) if '\n"' not in text else _quoted(text)
    except UnicodeDecodeError as error:
        problems.add(
            str(path), "", f"byte {error.start} that is no UTF-8", "a UTF-8 file", "save it as UTF-8"
        )
        return []
    except (OSError, ValueError) as error:
        got = f"no readable file ({getattr(error, 'strerror', None) or error})"
        problems.add(str(path), "", got, "a catalogue of items", "check `catalogue.file`")
        return []
    except csv.Error as error:
        problems.add(str(path), "", str(error), "a CSV file", "quote cells that hold commas or quotes")
        return []
    if not rows:
        problems.add(
            str(path), "", "an empty file", "a header and rows", "copy the header from the reference page"
        )
    return rows


def _quoted(text: str) -> list[list[str]]:
    """Read text whose quoted cells may hold line ends."""
    return list(csv.reader(text.splitlines(keepends=True), strict=True))


def _header(path: Path, header: Sequence[str], problems: Problems) -> bool:
    """Check the header: nothing missing, nothing twice."""
    place, good = f"{path} row 1", True
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        problems.add(place, name, "the column a second time", "it once", "remove one of the two")
        good = False
    for name in REQUIRED:
        if name not in header:
            close = nearest(name, [cell for cell in header if cell not in REQUIRED], what="column")[1]
            remedy = f"rename {close[13:-1]}" if close.startswith("did you mean") else "add the column"
            problems.add(place, name, "no such column", f"the column `{name}`", remedy)
            good = False
    return good


class _Row:
    """Reads the cells of one row, noting what is wrong."""

    def __init__(self, row: Mapping[str, str], place: str, problems: Problems) -> None:
        self.row, self.place, self.problems = row, place, problems
        self.good = True

    def item(self, number: int) -> Item | None:
        """Return the item, or None when a cell is wrong."""
        names = self._names("predecessors")
        allocated = (
            self._names("predecessors_allocated_land") if "predecessors_allocated_land" in self.row else names
        )
        item = Item(
            id=self._id(), row=number, name_en=self.row["name_en"], name_zh=self.row["name_zh"],
            stage=self.row["stage"], department_en=self.row["department_en"],
            department_zh=self.row.get("department_zh", ""),
            statutory=self._days("statutory_working_days"), promised=self._days("promised_working_days"),
            predecessors=names, predecessors_allocated=allocated,
            pre_review=self._flag("can_pre_review"), tolerate=self._flag("can_tolerate_deficiency"),
            applies_if=self._applies(), share=self._share(), status=self._status(),
            source=self.row.get("source") or None,
        )  # fmt: skip
        return item if self.good else None

    def _wrong(self, column: str, expected: str, remedy: str) -> None:
        """Note a wrong cell."""
        self.good = False
        self.problems.add(self.place, column, self.row[column] or "an empty cell", expected, remedy)

    def _id(self) -> str:
        """Id of the item."""
        if not _ID.fullmatch(self.row["id"]):
            self._wrong("id", "an id of letters, digits, _ and -", "write a short name such as `EIA`")
        return self.row["id"]

    def _names(self, column: str) -> tuple[str, ...]:
        """Names joined by `;`."""
        return tuple(dict.fromkeys(name.strip() for name in self.row[column].split(";") if name.strip()))

    def _number(self, column: str, high: float, expected: str) -> float:
        """Read a number between 0 and `high`."""
        try:
            value = float(self.row[column])
        except ValueError:
            value = -1.0
        if not 0 <= value <= high:
            self._wrong(column, expected, "correct the cell")
        return value

    def _days(self, column: str) -> float:
        """Read working days."""
        return self._number(column, 10_000, "working days, at least 0")

    def _share(self) -> float | None:
        """Share of projects, None when the cell is empty."""
        if not self.row.get("share"):
            return None
        return self._number("share", 1, "a share between 0 and 1")

    def _flag(self, column: str) -> bool:
        """Read yes or no, strictly."""
        text = self.row.get(column, "").lower()
        if text not in _BOOLS:
            self._wrong(column, "true or false", "correct the cell")
        return _BOOLS.get(text, False)

    def _status(self) -> str | None:
        """Status of the days."""
        text = self.row.get("status") or None
        if text not in (None, "sourced", "calibrated", "assumed"):
            self._wrong("status", "sourced, calibrated or assumed", "correct the cell, or leave it empty")
        return text

    def _applies(self) -> dict[str, Any]:
        """Condition of the row."""
        try:
            return parse_applies(self.row.get("applies_if", ""))
        except ValueError:
            self._wrong(
                "applies_if", "clauses such as `kind=industry|social;area>=7.5`", "correct the clause"
            )
            return {}


def mean_of(law: Mapping[str, Any]) -> str | None:
    """Name the argument of a law that the column of days fills; None for a family without a mean.

    Examples
    --------
    >>> mean_of({"law": "gamma", "shape": 2}), mean_of({}), mean_of({"law": "uniform"})
    ('mean', 'value', None)
    """
    family = law.get("law", "constant")
    if family == "constant":
        return "value"
    return "mean" if family in ("exponential", "lognormal", "gamma") else None


def activity_of(
    item: Item, days: str, law: Mapping[str, Any], offices: Mapping[str, Any], limit: str | None = None
) -> dict[str, Any]:
    """Write a row as the activity a scenario file would hold.

    Parameters
    ----------
    item : Item
    days : {"statutory", "promised"}
        Which column is the mean of the work.
    law : mapping
        Law of the work without its mean.
    offices : mapping
        Department to resource; a department not named has no queue.
    limit : {"statutory", "promised"}, optional
        Which column limits the office; default: `days`.

    Examples
    --------
    >>> from pathlib import Path
    >>> item = Item(
    ...     "EIA", 2, "Impact", "环评", "1", "Ecology", "", 60, 15, (), (), True, False, {}, None, None, None)
    >>> activity_of(item, "promised", {"law": "lognormal", "sigma": "$sigma"}, {"Ecology": "office"})["work"]
    {'law': 'lognormal', 'sigma': '$sigma', 'mean': '15 wd'}
    """
    own = {key: value for key, value in (("status", item.status), ("source", item.source)) if value}

    def number_in(column: str) -> Any:
        text = f"{item.promised if column == 'promised' else item.statutory:g} wd"
        return {"value": text, **own} if own else text

    number = number_in(days)
    mean = number["value"] if own else number
    shape = {"law": "constant"} if mean == "0 wd" else {"law": "constant", **law}
    key = mean_of(shape) or "mean"
    activity: dict[str, Any] = {
        "label": {"en": item.name_en, "zh": item.name_zh},
        "after": list(item.predecessors),
        "work": {**shape, key: number},
        "limit": number_in(limit or days),
        "pre_review": item.pre_review,
        "tolerate": item.tolerate,
    }
    if item.predecessors_allocated != item.predecessors:
        activity["after_by"] = {"land_route": {"allocated": list(item.predecessors_allocated)}}
    if item.applies_if:
        activity["applies_if"] = dict(item.applies_if)
    if item.share is not None:
        activity["share"] = item.share
    if item.department_en in offices:
        activity["resource"] = offices[item.department_en]
    return activity
