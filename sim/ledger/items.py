"""The optional table of item rows: what is known of single approval items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.ledger.check import Findings
from sim.ledger.headers import ITEM_COLUMNS, known_headers, normal, split_unit
from sim.ledger.raw import find_file, read_sheets, table
from sim.ledger.table import ItemRow, Ledger, nfc
from sim.ledger.values import Raw, clean, parse_date

#: Sheets of a workbook that hold item rows.
ITEM_SHEETS: tuple[str, ...] = ("items", "审批事项", "事项")


@dataclass(frozen=True)
class _Source:
    """Where the item rows come from: a name for messages and the cells."""

    name: str
    cells: list[list[Raw]]


def find_items(
    ledger: Ledger,
    sheets: Mapping[str, list[list[Raw]]],
    path: Path | None,
    named: str | Path | None,
    findings: Findings,
) -> tuple[ItemRow, ...]:
    """Read the item rows of a ledger: the file named, the sheet ``items``, or the file beside it.

    Parameters
    ----------
    ledger : Ledger
        Its ids are the ones item rows may name.
    sheets : mapping
        The tables of the ledger's file.
    path : Path or None
        The ledger's file; ``<stem>.items.csv`` beside it is read when it is there.
    named : str, Path or None
        A file given by the caller.
    findings : Findings
    """
    source = _source(ledger.source, sheets, path, named)
    if source is None:
        return ()
    own = Findings(source.name)
    rows = _read(source, set(ledger.ids), own)
    findings.fatal += own.fatal
    findings.fatal += [problem for row in sorted(own.rows) for problem in own.rows[row]]
    findings.notes += list(own.warnings())
    return rows


def _source(
    ledger: str, sheets: Mapping[str, list[list[Raw]]], path: Path | None, named: str | Path | None
) -> _Source | None:
    if named is not None:
        found = find_file(named)
        return _Source(found.name, next(iter(read_sheets(found).values()), []))
    sheet = next((s for s in sheets if normal(s) in ITEM_SHEETS), None)
    if sheet is not None:
        return _Source(f"{ledger} sheet {sheet}", sheets[sheet])
    beside = path.with_name(path.name.split(".")[0] + ".items.csv") if path is not None else None
    if beside is None or not beside.is_file():
        return None
    return _Source(beside.name, read_sheets(beside)[""])


def _read(source: _Source, ids: set[str], findings: Findings) -> tuple[ItemRow, ...]:
    known = known_headers(ITEM_COLUMNS)
    sheet = table(source.name, source.cells, [normal(h) for h in ITEM_COLUMNS[1].headers], "item")
    place = {known[split_unit(h)[0]].name: i for i, h in enumerate(sheet.header) if split_unit(h)[0] in known}
    rows = [_row(number, cells, place, ids, findings) for number, cells in sheet.rows]
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.id, row.item)
        if key in seen:
            findings.bad(
                row.row,
                "item",
                f"{row.item!r} of {row.id!r} again (first in row {seen[key]})",
                "one row for each item of a project",
                "join the two rows",
            )
        seen.setdefault(key, row.row)
    return tuple(sorted((row for row in rows if row.id in ids), key=lambda row: (row.id, row.item)))


def _row(
    number: int, cells: Sequence[Raw], place: Mapping[str, int], ids: set[str], findings: Findings
) -> ItemRow:
    def text(name: str) -> str:
        cell = cells[place[name]] if name in place else ""
        return nfc(cell) if isinstance(cell, str) else clean(cell)

    def day(name: str) -> date | None:
        try:
            found = parse_date(cells[place[name]]) if name in place else None
        except ValueError as error:
            findings.bad(number, name, repr(text(name)), str(error), "correct the date")
            return None
        return found if isinstance(found, date) else None

    row = ItemRow(text("id"), text("item"), day("accepted"), day("returned"), day("decided"), number)
    if row.id not in ids:
        findings.strange(
            number, "id", "item rows of projects not in the ledger", "a project of the ledger", "left out"
        )
    if not row.item:
        findings.bad(number, "item", "''", "the name of an item", "fill the cell")
    if row.accepted and row.decided and row.decided < row.accepted:
        findings.bad(
            number,
            "decided",
            f"decided {row.decided} before accepted {row.accepted}",
            "decided on or after accepted",
            "correct one of the two dates",
        )
    return row
