"""Files to cells: CSV (UTF-8, GB18030, UTF-16, gzip) and XLSX, with the row numbers of the file."""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem
from sim.ledger.headers import split_unit
from sim.ledger.values import Raw, clean

#: The variable that names the folder of real data, and the folder where it is not set.
DATA, DEFAULT_DATA = "KAIGONG_DATA", "../shared/data"

#: A title may stand above the header: so many rows are searched for it.
SEARCHED_ROWS = 8


@dataclass(frozen=True)
class Sheet:
    """Cells of one table: the header, and the rows that are not blank with their numbers."""

    source: str
    header: tuple[str, ...]
    header_row: int
    rows: tuple[tuple[int, tuple[Raw, ...]], ...]


def find_file(path: str | Path) -> Path:
    """Expand ``$KAIGONG_DATA`` and ``~`` in a path and see that the file is there.

    Raises
    ------
    InputError
        The variable is not set, or there is no such file.
    """
    text = str(Path(path).expanduser())
    if not os.environ.get(DATA):
        text = text.replace(f"${DATA}", DEFAULT_DATA, 1)
    for name in re.findall(r"\$\{?(\w+)\}?", text):
        if name not in os.environ:
            raise InputError([Problem(text, "", f"${name}, which is not set", "a folder", _remedy(name))])
    found = Path(os.path.expandvars(text))
    if found.is_file():
        return found
    variable = re.match(r"\$\{?(\w+)\}?", str(path))
    remedy = _remedy(variable[1]) if variable else "give the path of a CSV or XLSX file"
    raise InputError([Problem(str(path), "", "no such file", "a file", remedy)])


def _remedy(variable: str) -> str:
    return f"set {variable} to the folder that holds the data, e.g. `export {variable}=/path/to/data`"


def read_sheets(path: Path) -> dict[str, list[list[Raw]]]:
    """Read every table of a file: sheet name to rows (a CSV has one table, named "").

    Raises
    ------
    InputError
        The file cannot be read as CSV or XLSX.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(path.name, str(error), "see that the file may be read") from None
    return sheets_of_bytes(data, path.name)


def sheets_of_bytes(data: bytes, name: str) -> dict[str, list[list[Raw]]]:
    """Read every table of a file's bytes (see `read_sheets`)."""
    if data[:2] == b"\x1f\x8b":
        data = _gunzip(data, name)
    if data[:4] == b"PK\x03\x04":
        return _workbook(data, name)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _workbook(data, name)
    return {"": _comma_separated(_decode(data, name), name)}


def _gunzip(data: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(name, str(error), "write the .gz file again") from None


def _decode(data: bytes, name: str) -> str:
    """Decode text: UTF-16 with its mark, UTF-8, else GB18030."""
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise unreadable(name, "bytes that are no text", "save it as CSV in UTF-8 or GB18030, or as XLSX")


def _comma_separated(text: str, name: str) -> list[list[Raw]]:
    head = text[:4000].partition("\n")[0]
    separator = max(",;\t", key=head.count) if any(c in head for c in ",;\t") else ","
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error as error:
        raise unreadable(name, str(error), "see that every quoted cell is closed") from None


def _workbook(data: bytes, name: str) -> dict[str, list[list[Raw]]]:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - here: a CSV user does not pay for it

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = {
            sheet: book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            for sheet in book.sheet_names
        }
    except Exception as error:  # noqa: BLE001 - calamine raises several kinds, all mean the same to a person
        raise unreadable(
            name, str(error) or type(error).__name__, "save the workbook again as XLSX"
        ) from None
    return {sheet: [[_cell(cell) for cell in row] for row in rows] for sheet, rows in sheets.items()}


def _cell(cell: Any) -> Raw:
    """Fold what calamine gives into text, number or date."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return float(cell) if math.isfinite(cell) else ""
    return cell if isinstance(cell, date) else str(cell)


def table(source: str, cells: Sequence[Sequence[Raw]], wanted: Iterable[str], what: str) -> Sheet:
    """Find the header among the first rows and leave blank rows out.

    Parameters
    ----------
    source : str
        Name of the file, with the sheet where there are several.
    cells : sequence of rows
    wanted : iterable of str
        Folded headers one of which marks the header row (those of the id column).
    what : str
        The column that is looked for, for the message.

    Raises
    ------
    InputError
        Nothing in it, or no header.
    """
    marks = set(wanted)
    for number, row in enumerate(cells[:SEARCHED_ROWS], start=1):
        if any(split_unit(clean(cell))[0] in marks for cell in row):
            header = tuple(clean(cell) for cell in row)
            rows = _filled(cells[number:], number + 1, len(header))
            return Sheet(source, header, number, rows)
    if not any(clean(cell) for row in cells for cell in row):
        raise unreadable(source, "an empty file", "give a table with a header and rows")
    first = next(row for row in cells if any(clean(cell) for cell in row))
    got = ", ".join(clean(cell) for cell in first[:6] if clean(cell))
    expected = f"a column `{what}`"
    remedy = "give the header its name in English or Chinese"
    raise InputError([Problem(f"{source} row 1", what, f"a header without it ({got})", expected, remedy)])


def _filled(rows: Sequence[Sequence[Raw]], first: int, width: int) -> tuple[tuple[int, tuple[Raw, ...]], ...]:
    """Give the rows that hold anything with their numbers, each brought to the header's width."""
    return tuple(
        (number, tuple(row[:width]) + ("",) * (width - len(row)))
        for number, row in enumerate(rows, start=first)
        if any(clean(cell) for cell in row)
    )


def unreadable(source: str, got: str, remedy: str) -> InputError:
    """Make the error of a file that cannot be read at all."""
    return InputError([Problem(source, "", got, "a CSV or XLSX table", remedy)])
