"""Reading a plan: file to checked targets, with every problem at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.errors import Problems
from sim.ledger.headers import WORDS, Column, known_headers, nearest, normal, split_unit
from sim.ledger.raw import Sheet, find_file, read_sheets, sheets_of_bytes, table
from sim.ledger.table import nfc
from sim.ledger.values import MONEY_UNITS, Raw, clean, is_empty, parse_date, parse_number
from sim.plan.targets import COLUMNS, MEASURES, Plan, Scope, Target, Version

#: Attributes with the values that projects have, None where any will do.
Groups = Mapping[str, Collection[str] | None]

_VERSIONS: Mapping[str, Version] = {
    "": "original",
    "original": "original",
    "原计划": "original",
    "原": "original",
    "年初计划": "original",
    "adjusted": "adjusted",
    "调整": "adjusted",
    "调整后": "adjusted",
    "调整计划": "adjusted",
    "中期调整": "adjusted",
}
_PIECES: frozenset[str] = frozenset({"", "个", "项", "projects", "project", "1"})
_MONTH = re.compile(r"(?:(\d{4})[-/.年])?\s*(\d{1,2})月?")


def read_plan(
    path: str | Path,
    *,
    year: int | None = None,
    measures: Sequence[str] = (),
    words: Mapping[str, str] | None = None,
    groups: Groups | None = None,
) -> Plan:
    """Read and check a plan file (CSV or XLSX, English or Chinese headers).

    Parameters
    ----------
    path : str or Path
    year : int or None
        Year of targets that name none.
    measures : sequence of str
        Further counts the scenario declares.
    words : mapping of str to str, optional
        Further words for measures, such as the Chinese names of the counted milestones.
    groups : mapping of str to collection of str or None, optional
        What a target may be narrowed by: attributes with the values there are (None: any), and ``id``.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        Every problem of the file, with row and column.
    """
    found = find_file(path)
    return _plan(found.name, read_sheets(found), year, measures, words or {}, groups)


def plan_of_bytes(data: bytes, name: str, *, year: int | None = None, measures: Sequence[str] = ()) -> Plan:
    """Read a plan from a file's bytes (see `read_plan`)."""
    return _plan(name, sheets_of_bytes(data, name), year, measures, {})


def _plan(
    name: str,
    sheets: Mapping[str, list[list[Raw]]],
    year: int | None,
    measures: Sequence[str],
    words: Mapping[str, str],
    groups: Groups | None = None,
) -> Plan:
    chosen = next((s for s in sheets if normal(s) in ("plan", "年度计划", "计划")), next(iter(sheets), ""))
    headers = [normal(h) for h in COLUMNS[1].headers]
    sheet = table(name, sheets.get(chosen, []), headers, "measure")
    known = known_headers(COLUMNS)
    problems = Problems()
    reader = _Reader(
        sheet, _places(sheet, known, problems), year, dict(words) | _measures(measures), problems, groups
    )
    targets = tuple(target for number, cells in sheet.rows if (target := reader.target(number, cells)))
    if not sheet.rows:
        problems.add(name, "", "no rows", "at least one target", "give a row for each target")
    _against_each_other(name, targets, problems)
    problems.raise_if_any()
    return Plan(name, targets, problems.warnings)


def _measures(further: Sequence[str]) -> dict[str, str]:
    known = {measure: measure for measure in (*MEASURES, *further)}
    return known | {word: measure for measure, words in MEASURES.items() for word in words}


def _places(
    sheet: Sheet, known: Mapping[str, Column], problems: Problems
) -> dict[str, tuple[int, str | None]]:
    """Find the columns of a plan: name to index and unit of the header."""
    where = f"{sheet.source} row {sheet.header_row}"
    places: dict[str, tuple[int, str | None]] = {}
    for index, header in enumerate(sheet.header):
        name, unit = split_unit(header)
        column = known.get(name)
        if column is None:
            close = nearest(name, known) if header else None
            if close is not None:
                problems.add(where, header, "an unknown column", f"perhaps `{known[close].name}`",
                             "left out; correct the header if it was meant", "warning")  # fmt: skip
        elif column.name in places:
            problems.add(where, header, f"a second column for `{column.name}`", "one column for one thing",
                         "remove one of them")  # fmt: skip
        else:
            places[column.name] = (index, unit)
    if "target" not in places:
        problems.add(where, "target", "no such column", "a column `target`", "add the column")
    return places


@dataclass(frozen=True)
class _Reader:
    """Reads the rows of one plan sheet."""

    sheet: Sheet
    places: Mapping[str, tuple[int, str | None]]
    year: int | None
    measures: Mapping[str, str]
    problems: Problems
    groups: Groups | None = None

    def target(self, number: int, cells: Sequence[Raw]) -> Target | None:
        """Read one row; None where it has errors."""
        before = len(self.problems.errors)
        measure = self._measure(number, cells)
        amount = self._amount(number, cells, measure)
        year, month = self._span(number, cells)
        version, adopted = self._version(number, cells)
        self._group(number, cells)
        if len(self.problems.errors) > before:
            return None
        kind = self._text("kind", cells)
        return Target(
            measure=measure,
            target=amount,
            unit="亿元" if measure == "investment" else "projects",
            year=year,
            month=month,
            county=self._text("county", cells),
            kind=WORDS["kind"].get(kind, kind),
            version=version,
            adopted=adopted,
            scope=Scope.parse(self._text("scope", cells)),
            row=number,
        )

    def _text(self, name: str, cells: Sequence[Raw]) -> str:
        if name not in self.places:
            return ""
        cell = cells[self.places[name][0]]
        text = nfc(cell) if isinstance(cell, str) else clean(cell)
        return "" if is_empty(text) or text in ("全市", "全部", "all") else text

    def _bad(self, number: int, path: str, got: str, expected: str, remedy: str) -> None:
        self.problems.add(f"{self.sheet.source} row {number}", path, got, expected, remedy)

    def _measure(self, number: int, cells: Sequence[Raw]) -> str:
        text = clean(self._text("measure", cells))
        if text in self.measures:
            return self.measures[text]
        names = ", ".join(dict.fromkeys(self.measures.values()))
        close = nearest(text, self.measures, alike=0.7) if text else None
        remedy = f"did you mean `{close}`?" if close else "use one of them"
        self._bad(number, "measure", repr(text), f"one of {names}", remedy)
        return ""

    def _group(self, number: int, cells: Sequence[Raw]) -> None:
        """See that there are projects of the county, the kind and the scope."""
        if self.groups is None:
            return
        kind, scope = self._text("kind", cells), Scope.parse(self._text("scope", cells))
        given = {"county": self._text("county", cells), "kind": WORDS["kind"].get(kind, kind)}
        asked = [(name, name, value) for name, value in given.items() if value]
        asked += [("scope", name, value) for name, values in scope.rule.items() for value in values]
        for path, name, value in asked:
            if name not in self.groups:
                self._nobody(number, path, name, "attribute", self.groups)
            elif (known := self.groups[name]) is not None and value not in known:
                self._nobody(number, path, value, f"{name} with projects", known)
        if scope.ids and not set(scope.ids) & set(self.groups.get("id") or ()):
            self._nobody(number, "scope", ", ".join(scope.ids), "project, or a rule", self.groups["id"] or ())

    def _nobody(self, number: int, path: str, got: str, what: str, known: Iterable[str]) -> None:
        names = sorted(name for name in known if name)
        close = difflib.get_close_matches(got, names, n=1, cutoff=0.6)
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        remedy = f"did you mean `{close[0]}`?" if close else "use one of them, or leave the target out"
        self._bad(number, path, repr(got), f"a known {what}: {shown}", remedy)

    def _amount(self, number: int, cells: Sequence[Raw], measure: str) -> float:
        """Read the target, in 亿元 or in projects."""
        if "target" not in self.places:
            return 0.0
        index, header_unit = self.places["target"]
        got = repr(clean(cells[index]))
        try:
            value, behind = parse_number(cells[index])
        except ValueError:
            self._bad(number, "target", got, "a number", "correct the cell")
            return 0.0
        unit = behind or self._text("unit", cells).casefold() or header_unit or ""
        if not value >= 0:
            self._bad(number, "target", got, "a number that is not negative", "fill or correct the cell")
        elif measure == "investment":
            return self._money(number, value, unit)
        elif measure and unit not in _PIECES:
            self._bad(
                number, "unit", repr(unit), "projects (个) for a count", "correct the unit or the measure"
            )
        elif measure and value != int(value):
            self._bad(number, "target", got, "a whole number of projects", "correct the cell")
        return value

    def _money(self, number: int, value: float, unit: str) -> float:
        if unit not in MONEY_UNITS:
            got = repr(unit) if unit else "no unit"
            self._bad(number, "unit", got, "a unit of money", "write 亿元 or 万元 in the column `unit`")
            return 0.0
        return float(f"{value * MONEY_UNITS[unit]:.12g}")

    def _span(self, number: int, cells: Sequence[Raw]) -> tuple[int, int | None]:
        """Read year and month; a month may carry its year."""
        year_text, month_text = (
            clean(self._text("year", cells)).removesuffix("年"),
            clean(self._text("month", cells)),
        )
        match = _MONTH.fullmatch(re.sub(r"^(\d{4}-\d{2})-\d{2}$", r"\1", month_text)) if month_text else None
        if month_text and (match is None or not 1 <= int(match[2]) <= 12):
            self._bad(number, "month", repr(month_text), "a month such as 6 or 2021-06", "correct the cell")
            return 0, None
        written = year_text or (match[1] if match and match[1] else "")
        year = int(written) if written.isdecimal() and written.isascii() else (self.year or 0)
        if not 1990 <= year <= 2100 or (written and not written.isdecimal()):
            got = repr(written) if written else "no year"
            self._bad(
                number,
                "year",
                got,
                "a year such as 2021",
                "add a column `year`, or write the month as 2021-06",
            )
        return year, int(match[2]) if match else None

    def _version(self, number: int, cells: Sequence[Raw]) -> tuple[Version, date | None]:
        text = self._text("version", cells).casefold()
        version = _VERSIONS.get(text)
        if version is None:
            self._bad(number, "version", repr(text), "original or adjusted", "write one of the two")
        cell = cells[self.places["date"][0]] if "date" in self.places else ""
        try:
            found = parse_date(cell)
        except ValueError as error:
            self._bad(number, "date", repr(clean(cell)), str(error), "correct the date")
            return "original", None
        adopted = found if isinstance(found, date) else None
        if version == "adjusted" and adopted is None:
            self._bad(number, "date", "''", "the date of the adjustment", "fill the column `date`")
        return version or "original", adopted


def _against_each_other(name: str, targets: Sequence[Target], problems: Problems) -> None:
    """Find a target given twice, and monthly targets that fall or pass the year's."""
    seen: dict[tuple[object, ...], Target] = {}
    last: dict[tuple[object, ...], Target] = {}
    for t in sorted(targets, key=lambda t: (t.year, t.month or 13, t.row)):
        series = (t.measure, t.year, t.county, t.kind, t.version, t.adopted, str(t.scope))
        first = seen.setdefault((*series, t.month), t)
        where = f"{name} row {t.row}"
        if first is not t:
            got = f"{t.measure} again (first in row {first.row})"
            remedy = "join the two rows, or give an adjusted version"
            problems.add(where, "target", got, "one row for each target", remedy)
            continue
        before = last.get(series)
        if before is not None and t.target < before.target:
            got = f"{t.target:g} after {before.target:g} in row {before.row}"
            remedy = "kept as it is; add up the months if they stand alone"
            problems.add(where, "target", got, "targets that count from 1 January", remedy, "warning")
        last[series] = t
