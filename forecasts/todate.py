"""Year-to-date figures as an office reports them: a table with a row a month and a column a measure."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from forecasts.inyear import PERIODS
from forecasts.months import end_of, label, month_of, of_year
from sim.errors import Problems
from sim.ledger.headers import ATTRIBUTES, bracketed, nearest, normal
from sim.ledger.raw import Sheet, find_file, read_sheets, table
from sim.ledger.values import FIRST_YEAR, LAST_YEAR, MONEY_UNITS, Raw, clean, parse_amount, parse_number
from sim.plan.targets import COLUMNS, MEASURES

Floats = npt.NDArray[np.float64]

#: Headers of the month.
MONTHS: Final = tuple(normal(h) for c in COLUMNS if c.name == "month" for h in c.headers)

#: Units of a count.
_PIECES: Final = frozenset({"", "个", "项", "projects", "project"})

_MONTH = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?(?:[-/.]?\d{1,2}日?)?")
_AROUND = re.compile(r"^(?:本年|年内|今年|年度)?(?:累计)?|(?:项目)?(?:个?数)?$")


@dataclass(frozen=True)
class ToDate:
    """Year-to-date figures of several measures.

    Parameters
    ----------
    source : str
        Name of the file.
    figures : dict of str to dict of int to float
        By measure and absolute month: 亿元 for investment, else projects, since 1 January.
    notes : tuple of dict
        What was found odd and kept: ``what`` and what it is about.
    """

    source: str
    figures: dict[str, dict[int, float]]
    notes: tuple[dict[str, Any], ...] = ()

    def known_on(self, day: date) -> ToDate:
        """Return what was reported of months that had ended by a day, and say what was left out."""
        kept = {
            name: {m: v for m, v in row.items() if end_of(m) <= day} for name, row in self.figures.items()
        }
        late = sorted({m for row in self.figures.values() for m in row if end_of(m) > day})
        said = ({"what": "later", "month": label(late[0]), "day": str(day)},) if late else ()
        return ToDate(self.source, kept, self.notes + said)

    def years(self, measure: str, year: int) -> tuple[Floats, Floats]:
        """Return the complete years before a year, oldest first (Y, 11), and the year so far (i,).

        Examples
        --------
        >>> row = {12 * 2020 + m: m + 1.0 for m in range(1, 12)} | {12 * 2021 + 1: 3.0}
        >>> past, now = ToDate("a.csv", {"starts": row}).years("starts", 2021)
        >>> past.shape, now.tolist()
        ((1, 11), [3.0])
        """
        row = self.figures[measure]
        months = [[12 * y + m - 1 for m in PERIODS] for y in range(min(row, default=0) // 12, year)]
        past = [[row[m] for m in needed] for needed in months if all(m in row for m in needed)]
        now = [row[12 * year + m - 1] for m in PERIODS if 12 * year + m - 1 in row]
        return np.array(past, dtype=np.float64).reshape(len(past), len(PERIODS)), np.array(now)


def read_to_date(
    path: str | Path, *, measures: Sequence[str] = (), words: Mapping[str, str] | None = None,
    money: str | None = None,
) -> ToDate:  # fmt: skip
    """Read and check year-to-date figures (CSV or XLSX, English or Chinese headers).

    Parameters
    ----------
    path : str or Path
        Columns: ``month``, and one a measure.
    measures : sequence of str
        Further counts the scenario declares.
    words : mapping of str to str, optional
        Further words for measures.
    money : str, optional
        Unit of investment where the header has none.

    Returns
    -------
    ToDate

    Raises
    ------
    InputError
        Every problem of the file, with row and column.
    """
    found = find_file(path)
    cells = next(iter(read_sheets(found).values()), [])
    sheet = table(found.name, cells, MONTHS, "month")
    problems = Problems()
    columns = _columns(sheet, _known(measures, words or {}), money, problems)
    rows = _rows(sheet, problems)
    figures = {
        measure: _figures(sheet, rows, index, unit, measure, problems)
        for measure, (index, unit) in columns.items()
    }
    notes = [
        note
        for measure, (index, _) in columns.items()
        for note in _checked(sheet, rows, measure, index, figures[measure], problems)
    ]
    problems.raise_if_any()
    return ToDate(found.name, figures, tuple(notes))


def _known(measures: Sequence[str], words: Mapping[str, str]) -> dict[str, str]:
    """Return every header that is a measure, folded: those of a plan, of the scenario and of ledgers."""
    known = {normal(word): measure for word, measure in words.items()}
    known |= {name: name for name in (*MEASURES, *measures)}
    known |= {normal(word): measure for measure, row in MEASURES.items() for word in row}
    money = {normal(h): "investment" for c in ATTRIBUTES if c.name == "invested_this_year" for h in c.headers}
    return known | money


def _columns(
    sheet: Sheet, known: Mapping[str, str], money: str | None, problems: Problems
) -> dict[str, tuple[int, str | None]]:
    """Find the columns of the measures: name to index and unit of money (None for a count)."""
    where, places = f"{sheet.source} row {sheet.header_row}", dict[str, tuple[int, str | None]]()
    names = ", ".join(dict.fromkeys(known.values()))
    for index, header in enumerate(sheet.header):
        name, unit = bracketed(header)
        if name in MONTHS or not header:
            continue
        measure = known.get(name) or known.get(_AROUND.sub("", name))
        if measure is None:
            close = nearest(name, known, alike=0.7)
            remedy = f"did you mean `{close}`?" if close else "correct the header, or take the column out"
            problems.add(where, header, "no known measure", f"one of {names}", remedy)
        elif measure in places:
            problems.add(where, header, f"{measure} again", "one column a measure", "take one out")
        else:
            places[measure] = (index, _unit(where, header, measure, unit, money, problems))
    if not places and not problems.errors:
        problems.add(where, "", "no column but the month", f"one of {names}", "add a column a measure")
    return places


def _unit(
    where: str, header: str, measure: str, unit: str, money: str | None, problems: Problems
) -> str | None:
    """Return the unit of a column of money, None of a count."""
    written = unit.removeprefix("单位:").strip().casefold()
    if measure != "investment":
        if written not in _PIECES:
            problems.add(where, header, unit, "projects (个) for a count", "correct the unit or the measure")
        return None
    asked = written or (money or "").casefold()
    if asked not in MONEY_UNITS:
        got = unit or money or "no unit"
        remedy = "write 亿元 or 万元 in brackets behind the header, or give --money"
        problems.add(where, header, got, "a unit of money", remedy)
        return "亿元"  # the amounts are read all the same, for their own problems
    return asked


def _rows(sheet: Sheet, problems: Problems) -> dict[int, tuple[int, tuple[Raw, ...]]]:
    """Return rows by absolute month, with their numbers, in the order of time."""
    place = next(i for i, header in enumerate(sheet.header) if bracketed(header)[0] in MONTHS)
    found = dict[int, tuple[int, tuple[Raw, ...]]]()
    for number, cells in sheet.rows:
        where, month = f"{sheet.source} row {number}", _month(cells[place])
        if month is None:
            got = repr(clean(cells[place]))
            problems.add(where, "month", got, "a month such as 2021-06", "correct the cell")
        elif month in found:
            got = f"{label(month)} again (first in row {found[month][0]})"
            problems.add(where, "month", got, "one row a month", "join the two rows")
        else:
            found[month] = (number, cells)
    return dict(sorted(found.items()))


def _month(cell: Raw) -> int | None:
    """Return an absolute month.

    Examples
    --------
    >>> _month("2021-06") == _month("2021年6月") == _month("202106") == _month(date(2021, 6, 30)) == 24257
    True
    >>> _month("June 2021") is _month("2021-13") is None
    True
    """
    match = _MONTH.fullmatch(clean(cell))
    if match is None or not 1 <= int(match[2]) <= 12 or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        return None
    return month_of(date(int(match[1]), int(match[2]), 1))


def _figures(
    sheet: Sheet, rows: Mapping[int, tuple[int, tuple[Raw, ...]]], index: int, unit: str | None,
    measure: str, problems: Problems,
) -> dict[int, float]:  # fmt: skip
    """Read the figures of one column; empty cells are left out, wrong ones are problems and NaN."""
    found = dict[int, float]()
    for month, (number, cells) in rows.items():
        try:
            value = parse_amount(cells[index], MONEY_UNITS, unit) if unit else _count(cells[index])
        except ValueError as error:
            where, got = f"{sheet.source} row {number}", repr(clean(cells[index]))
            problems.add(where, sheet.header[index] or measure, got, str(error), "correct the cell")
            found[month] = math.nan
            continue
        if not math.isnan(value):
            found[month] = value
    return found


def _count(cell: Raw) -> float:
    value, unit = parse_number(cell)
    if unit not in _PIECES:
        raise ValueError("projects (个) for a count")
    if value < 0 or (not math.isnan(value) and value != int(value)):
        raise ValueError("a whole number of projects, not negative")
    return value


def _checked(
    sheet: Sheet, rows: Mapping[int, tuple[int, tuple[Raw, ...]]], measure: str, index: int,
    figures: Mapping[int, float], problems: Problems,
) -> list[dict[str, Any]]:  # fmt: skip
    """Find gaps, which are problems, and figures that fall within a year, which are only said."""
    header, notes = sheet.header[index], list[dict[str, Any]]()
    known = sorted(figures)
    if not known:
        problems.add(sheet.source, header, "no figure", "a figure each month", "fill or take out the column")
    for before, month in itertools.pairwise(known):
        # January is published with February, so it may miss.
        missing = [m for m in range(before + 1, month) if of_year(m)]
        if missing:
            got = (
                f"nothing for {', '.join(label(m) for m in missing[:6])}{' ...' if len(missing) > 6 else ''}"
            )
            line = rows[missing[0]][0] if missing[0] in rows else rows[month][0]
            remedy = "fill in what was reported (January may miss)"
            problems.add(f"{sheet.source} row {line}", header, got, "a figure each month", remedy)
        elif month // 12 == before // 12 and figures[month] < figures[before]:
            notes.append(
                {
                    "what": "falls",
                    "measure": measure,
                    "month": label(month),
                    "row": rows[month][0],
                    "value": figures[month],
                    "before": figures[before],
                }
            )
    return notes
