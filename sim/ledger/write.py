"""Writing a ledger back, so that reading it again gives the same projects."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from sim.atomic import write_bytes
from sim.ledger.headers import ATTRIBUTES, WORDS, Column, Milestones, milestone_columns
from sim.ledger.table import Cell, Ledger, When

Lang = Literal["en", "zh"]

_MONEY = {"investment", "invested_to_date", "invested_this_year", "plan_this_year"}


def write_ledger(
    ledger: Ledger, path: str | Path, *, lang: Lang = "en", milestones: Milestones | None = None
) -> Path:
    """Write a ledger as CSV or XLSX (by the ending), with English or Chinese headers.

    Parameters
    ----------
    ledger : Ledger
    path : str or Path
        Ends ``.csv`` or ``.xlsx``.
    lang : {"en", "zh"}
    milestones : mapping or None
        Chinese labels of the milestones, where the scenario has its own.

    Returns
    -------
    Path
        Where it was written.
    """
    target = Path(path)
    rows = ledger_rows(ledger, lang, milestones if milestones is not None else ledger.milestones)
    return write_rows(rows, target)


def write_rows(rows: Sequence[Sequence[str | float | date]], target: Path, sheet: str = "ledger") -> Path:
    """Write rows of cells as CSV (UTF-8 with a mark, so that spreadsheets see Chinese) or XLSX."""
    write_bytes(target, _xlsx(rows, sheet) if target.suffix == ".xlsx" else _csv(rows))
    return target


def ledger_rows(ledger: Ledger, lang: Lang, milestones: Milestones) -> list[list[str | float | date]]:
    """Give header and rows of a ledger: attributes, milestones, reported and planned dates, withdrawal."""
    known = {column.name: column for column in (*ATTRIBUTES, *milestone_columns(milestones))}
    columns: list[tuple[str, Sequence[str | float | date]]] = [("id", ledger.ids)]
    columns += [(name, _words(name, column, lang)) for name, column in ledger.columns.items()]
    for prefix, table in (("", ledger.dates), ("planned_", ledger.planned), ("reported_", ledger.reported)):
        columns += [(prefix + name, [_day(cell) for cell in column]) for name, column in table.items()]
    if any(cell is not None for cell in ledger.withdrawn):
        columns.append(("withdrawn", [_day(cell) for cell in ledger.withdrawn]))
    header: list[str | float | date] = [_header(name, known.get(name), lang) for name, _ in columns]
    return [header, *(list(cells) for cells in zip(*(column for _, column in columns), strict=True))]


def _header(name: str, column: Column | None, lang: Lang) -> str:
    """Name a column, with the unit its numbers are in."""
    label = column.label(lang) if column is not None else name
    if name in _MONEY:
        return f"{label} (亿元)"
    return f"{label} ({'亩' if lang == 'zh' else 'mu'})" if name == "area" else label


def _words(name: str, column: Sequence[Cell], lang: Lang) -> list[str | float | date]:
    """Give the cells of an attribute, coded words in the language, nothing for NaN."""
    chinese: dict[str, str] = {}
    if lang == "zh":
        for word, code in WORDS.get(name, {}).items():
            chinese.setdefault(code, word)
    return [
        chinese.get(cell, cell) if isinstance(cell, str) else ("" if math.isnan(cell) else cell)
        for cell in column
    ]


def _day(cell: When) -> str | date:
    return cell if isinstance(cell, date) else ("" if cell is None else cell.value)


def _csv(rows: Sequence[Sequence[str | float | date]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([_plain(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _plain(cell: str | float | date) -> str:
    if isinstance(cell, float):
        return repr(int(cell)) if cell.is_integer() else repr(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _xlsx(rows: Sequence[Sequence[str | float | date]], sheet: str) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - here: who writes no workbook does not pay for it

    data = io.BytesIO()
    # Constant creation date: the same ledger gives the same bytes.
    with xlsxwriter.Workbook(
        data, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        page, bold = book.add_worksheet(sheet), book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(i, j, datetime(cell.year, cell.month, cell.day), day)
                elif isinstance(cell, str):
                    page.write_string(i, j, cell, bold if i == 0 else None)
                else:
                    page.write_number(i, j, cell)
        page.freeze_panes(1, 1)
    return data.getvalue()
