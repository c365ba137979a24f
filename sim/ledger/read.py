"""Reading a ledger: file to checked table, with every problem at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sim.errors import InputError, Problem
from sim.ledger.cells import blank, layout, read_row
from sim.ledger.check import Findings, Row, check_rows
from sim.ledger.format import LedgerFormat, translate, vintages
from sim.ledger.headers import ATTRIBUTES, Milestones, labels, normal
from sim.ledger.items import find_items
from sim.ledger.raw import Sheet, find_file, read_sheets, sheets_of_bytes, table
from sim.ledger.table import NUMBERS, Cell, Ledger, fill_earlier
from sim.ledger.values import MONEY_UNITS, Raw
from sim.ledger.view import known_on

#: Sheets of a workbook that are the ledger; else the first sheet is.
LEDGER_SHEETS: tuple[str, ...] = ("ledger", "台账", "项目台账")

#: Headers that mark the header row of a ledger.
ID_HEADERS: tuple[str, ...] = tuple(normal(h) for h in ATTRIBUTES[0].headers)


@dataclass(frozen=True)
class Reading:
    """How a ledger is to be read.

    Parameters
    ----------
    milestones : mapping of str to str, or sequence of str
        The scenario's milestones in order, with Chinese labels where it has them.
    money : str or None
        Unit of money columns whose header has none (``万元``, ``亿元``, ``元``).
    skip_bad_rows : bool
        Leave rows with errors out, count them and warn, instead of stopping.
    attributes : mapping of str to str
        Extra columns the scenario uses: name to ``text`` or ``number``.
    required : sequence of str
        Attributes without which the scenario cannot be answered (``investment``).
    form : LedgerFormat or None
        Somebody else's columns.
    as_of : date or None
        The view's date: what happened or was reported later is left out.
    today : date or None
        Without an as-of date, events later than this are errors.
    items : str, Path or None
        File of item rows; by default ``<ledger>.items.csv`` beside it, or a sheet ``items``.
    """

    milestones: Milestones
    money: str | None = None
    skip_bad_rows: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)
    required: Sequence[str] = ()
    form: LedgerFormat | None = None
    as_of: date | None = None
    today: date | None = None
    items: str | Path | None = None


def read_ledger(
    path: str | Path,
    milestones: Milestones,
    *,
    money: str | None = None,
    skip_bad_rows: bool = False,
    attributes: Mapping[str, str] | None = None,
    required: Sequence[str] = (),
    form: LedgerFormat | None = None,
    as_of: date | None = None,
    today: date | None = None,
    items: str | Path | None = None,
) -> Ledger:
    """Read and check a ledger file.

    Parameters
    ----------
    path : str or Path
        CSV (also ``.csv.gz``) or XLSX; ``$KAIGONG_DATA`` is allowed.
    milestones, money, skip_bad_rows, attributes, required, form, as_of, today, items
        See `Reading`.

    Returns
    -------
    Ledger

    Raises
    ------
    InputError
        Every problem of the file, with row and column.
    """
    how = Reading(
        milestones,
        money,
        skip_bad_rows,
        attributes or {},
        required,
        form,
        as_of,
        today or date.today(),
        items,
    )
    found = find_file(path)
    return _read(found.name, read_sheets(found), how, found)


def read_extracts(
    path: str | Path, milestones: Milestones, form: LedgerFormat, as_of: date, *, last: int = 2
) -> tuple[tuple[date, Ledger], ...]:
    """Read the last extracts of a register up to a date, oldest first; none where it holds but one.

    Parameters
    ----------
    path : str or Path
    milestones : mapping of str to str, or sequence of str
    form : LedgerFormat
        Names the column of extracts.
    as_of : date
    last : int
        How many.
    """
    if form.vintage is None:
        return ()
    found = find_file(path)
    sheets = read_sheets(found)
    header = _own_sheet(found.name, sheets, form)
    days = sorted(day for day in vintages(form, header).values() if day <= as_of)[-last:]
    return tuple(
        (day, _read(found.name, sheets, Reading(milestones, form=form, as_of=day), None)) for day in days
    )


def ledger_of_bytes(data: bytes, name: str, how: Reading) -> Ledger:
    """Read a ledger from a file's bytes (an upload, a test)."""
    return _read(name, sheets_of_bytes(data, name), how, None)


def _read(name: str, sheets: Mapping[str, list[list[Raw]]], how: Reading, path: Path | None) -> Ledger:
    sheet = _ledger_sheet(name, sheets, how)
    milestones = tuple(labels(how.milestones))
    findings = Findings(name, sheet.header_row)
    rows = _rows(sheet, how, milestones, findings)
    latest = how.today if how.as_of is None else None
    check_rows(rows, milestones, findings, latest=latest)
    skip = how.skip_bad_rows or (how.form is not None and how.form.skip_bad_rows)
    good = _good_rows(rows, findings, skip)
    ledger = _assemble(name, good, milestones, findings)
    ledger = replace(ledger, items=find_items(ledger, sheets, path, how.items, findings))
    _raise(findings, skip)
    ledger = replace(ledger, warnings=findings.warnings())
    return ledger if how.as_of is None else known_on(ledger, how.as_of)


def _ledger_sheet(name: str, sheets: Mapping[str, list[list[Raw]]], how: Reading) -> Sheet:
    """Choose the sheet, find its header, put it into our columns."""
    if how.money is not None and how.money.casefold() not in MONEY_UNITS:
        expected = f"one of {', '.join(MONEY_UNITS)}"
        raise InputError(
            [Problem("--money", "", how.money, expected, "give the unit of the ledger's money columns")]
        )
    chosen = next((s for s in sheets if normal(s) in LEDGER_SHEETS), next(iter(sheets), ""))
    cells = sheets.get(chosen, [])
    if how.form is None:
        return table(name, cells, ID_HEADERS, "id")
    return translate(how.form, _own_sheet(name, sheets, how.form), how.as_of)


def _own_sheet(name: str, sheets: Mapping[str, list[list[Raw]]], form: LedgerFormat) -> Sheet:
    """Find the header of a ledger in somebody else's columns, in the file's first sheet."""
    spec = form.columns.get("id")
    theirs = spec if isinstance(spec, str) else "id"
    return table(name, next(iter(sheets.values()), []), [normal(theirs)], theirs)


def _rows(sheet: Sheet, how: Reading, milestones: Sequence[str], findings: Findings) -> list[Row]:
    money = how.money.casefold() if how.money else None
    places = layout(sheet, how.milestones, how.attributes, money, findings)
    have = {place.column.name for place in places} | {problem.path for problem in findings.fatal}
    where = f"{sheet.source} row {sheet.header_row}"
    for column in (c for c in how.required if c not in have):
        findings.fatal.append(
            Problem(
                where,
                column,
                "no such column",
                f"a column `{column}`",
                "the scenario needs it: add the column",
            )
        )
    return [
        read_row(number, cells, places, milestones, findings)
        for number, cells in sheet.rows
        if not blank(cells)
    ]


def _good_rows(rows: Sequence[Row], findings: Findings, skip: bool) -> list[Row]:
    """Give the rows without errors; note those left out."""
    good = [row for row in rows if row.number not in findings.rows]
    if skip and findings.rows:
        for row in sorted(findings.rows):
            findings.notes += [replace(p, severity="warning") for p in findings.rows[row]]
            findings.strange(row, "", "rows skipped", "rows without errors", "left out, as asked")
    if not rows or (skip and not good):
        got = "no rows" if not rows else "no row without errors"
        findings.fatal.append(
            Problem(
                findings.source, "", got, "at least one project", "give a ledger with a row for each project"
            )
        )
    return good


def _raise(findings: Findings, skip: bool) -> None:
    """Raise every error found, in the order of the file."""
    errors = list(findings.fatal)
    if not skip or findings.fatal:
        errors += [problem for row in sorted(findings.rows) for problem in findings.rows[row]]
    if errors:
        raise InputError(errors)


def _assemble(name: str, rows: Sequence[Row], milestones: Sequence[str], findings: Findings) -> Ledger:
    """Turn good rows into columns, sorted by id."""
    ordered = sorted(rows, key=lambda row: row.id)
    columns = list(dict.fromkeys(key for row in ordered for key in row.cells))
    planned = [m for m in milestones if any(m in row.planned for row in ordered)]
    reported = [m for m in milestones if any(m in row.reported for row in ordered)]
    return Ledger(
        source=name,
        ids=tuple(row.id for row in ordered),
        milestones=tuple(milestones),
        columns={key: tuple(row.cells.get(key, _nothing(key)) for row in ordered) for key in columns},
        dates=fill_earlier({m: tuple(row.dates[m] for row in ordered) for m in milestones}, milestones),
        planned={m: tuple(row.planned.get(m) for row in ordered) for m in planned},
        reported={m: tuple(row.reported.get(m) for row in ordered) for m in reported},
        withdrawn=tuple(row.withdrawn for row in ordered),
        row_numbers=tuple(row.number for row in ordered),
        counts=findings.counts(),
    )


def _nothing(key: str) -> Cell:
    return math.nan if key in NUMBERS else ""
