"""A ledger in somebody else's columns: the block ``ledger_format`` of a scenario.

Ours on the left, theirs on the right; the result is a sheet with our headers, so one reader and one
set of checks serve every ledger.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.errors import InputError, Problem
from sim.ledger.headers import nearest
from sim.ledger.raw import Sheet
from sim.ledger.values import Raw, clean, parse_date

#: A condition: every named column holds the word, or one of the words.
Condition = dict[str, str | tuple[str, ...]]


class ColumnRule(BaseModel):
    """Where one of our columns comes from.

    Exactly one of ``from``, ``first_of``, ``earliest_of``, ``latest_of`` names their columns: the
    cell itself; the first that is filled; the earliest or the latest date among them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    source: str | None = Field(default=None, alias="from")
    first_of: tuple[str, ...] = ()
    earliest_of: tuple[str, ...] = ()
    latest_of: tuple[str, ...] = ()
    when: Condition = Field(default_factory=dict, description="the rule holds for these rows only")
    unknown_when: Condition = Field(
        default_factory=dict, description="an empty cell of these rows means: reached, date unknown"
    )
    date: str | None = Field(default=None, description="how their dates are written, e.g. %d/%m/%Y")
    take: Literal["year"] | None = Field(default=None, description="the year of their date, as a number")
    map: dict[str, str] = Field(default_factory=dict, description="their word: our word")
    other: str | None = Field(default=None, description="our word for theirs that `map` does not name")

    @model_validator(mode="after")
    def _one_source(self) -> ColumnRule:
        given = [bool(self.source), bool(self.first_of), bool(self.earliest_of), bool(self.latest_of)]
        if sum(given) != 1:
            raise ValueError("give exactly one of from, first_of, earliest_of, latest_of")
        return self

    def names(self) -> tuple[str, ...]:
        """Every column of theirs the rule reads."""
        read = (self.source,) if self.source else self.first_of + self.earliest_of + self.latest_of
        return (*read, *self.when, *self.unknown_when)


class LedgerFormat(BaseModel):
    """How to read a ledger whose columns are not ours.

    Examples
    --------
    >>> rule = LedgerFormat(columns={"id": "ref", "started": {"earliest_of": ["d1", "d2"]}})
    >>> rule.columns["id"]
    'ref'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str | ColumnRule | tuple[ColumnRule, ...]] = Field(
        description="our column: theirs, a rule, or a list of rules of which the first that holds wins"
    )
    filter: Condition = Field(default_factory=dict, description="rows that count")
    vintage: str | None = Field(
        default=None,
        description="column of the extract a row belongs to (YYYY-MM or a date); the last one at or "
        "before the as-of date is read",
    )
    skip_bad_rows: bool = Field(default=False, description="leave bad rows out, and say so")


def translate(form: LedgerFormat, sheet: Sheet, as_of: date | None) -> Sheet:
    """Rewrite a sheet into our columns.

    Parameters
    ----------
    form : LedgerFormat
    sheet : Sheet
    as_of : date or None
        Chooses the vintage; None = the last.

    Raises
    ------
    InputError
        Columns that the file does not have; no vintage at or before the as-of date.
    """
    place = {name: index for index, name in reversed(list(enumerate(sheet.header)))}
    _all_there(form, sheet, place)
    rows = [row for row in sheet.rows if _holds(form.filter, row[1], place)]
    if form.vintage is not None:
        wanted = _vintage(form, sheet, place, as_of)
        rows = [row for row in rows if clean(row[1][place[form.vintage]]) == wanted]
    makers = [_maker(_rules(spec), place) for spec in form.columns.values()]
    out = tuple((number, tuple(make(cells) for make in makers)) for number, cells in rows)
    return Sheet(sheet.source, tuple(form.columns), sheet.header_row, out)


def vintages(form: LedgerFormat, sheet: Sheet) -> dict[str, date]:
    """Give the extracts a file holds, label to date (the month's end where the label is a month)."""
    if form.vintage is None or form.vintage not in sheet.header:
        return {}
    column = sheet.header.index(form.vintage)
    labels = sorted({clean(cells[column]) for _, cells in sheet.rows})
    return {label: day for label in labels if (day := _label_date(label)) is not None}


def _rules(spec: str | ColumnRule | tuple[ColumnRule, ...]) -> tuple[ColumnRule, ...]:
    if isinstance(spec, str):
        return (ColumnRule(source=spec),)
    return (spec,) if isinstance(spec, ColumnRule) else spec


def _all_there(form: LedgerFormat, sheet: Sheet, place: Mapping[str, int]) -> None:
    """See that every column of theirs that is named exists, and list all that do not."""
    named: dict[str, str] = {}
    for ours, spec in form.columns.items():
        for rule in _rules(spec):
            named |= dict.fromkeys(rule.names(), f"ledger_format.columns.{ours}")
    named |= dict.fromkeys(form.filter, "ledger_format.filter")
    if form.vintage is not None:
        named[form.vintage] = "ledger_format.vintage"
    missing = {name: path for name, path in named.items() if name not in place}
    found = [
        Problem(
            f"{sheet.source} row {sheet.header_row}",
            path,
            f"no column {name!r}",
            "a column of the file",
            f"did you mean {close!r}?" if (close := nearest(name, place)) else "correct the name",
        )
        for name, path in missing.items()
    ]
    if found:
        raise InputError(found)


def _vintage(form: LedgerFormat, sheet: Sheet, place: Mapping[str, int], as_of: date | None) -> str:
    known = vintages(form, sheet)
    usable = {label: day for label, day in known.items() if as_of is None or day <= as_of}
    if usable:
        return max(usable, key=lambda label: usable[label])
    got = f"as-of {as_of}, extracts {', '.join(known) or 'none'}"
    remedy = "choose a later as-of date or another file"
    raise InputError(
        [Problem(sheet.source, str(form.vintage), got, "an extract of that date or before", remedy)]
    )


def _label_date(label: str) -> date | None:
    match = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", label)
    if not match or not 1 <= int(match[2]) <= 12:
        return None
    year, month = int(match[1]), int(match[2])
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(int(match[3]), last) if match[3] else last)


def _holds(condition: Condition, cells: Sequence[Raw], place: Mapping[str, int]) -> bool:
    return all(
        clean(cells[place[name]]) in ((words,) if isinstance(words, str) else words)
        for name, words in condition.items()
    )


def _maker(rules: Sequence[ColumnRule], place: Mapping[str, int]) -> Callable[[Sequence[Raw]], Raw]:
    """Make the function that gives our cell from their row."""

    def make(cells: Sequence[Raw]) -> Raw:
        for rule in rules:
            if _holds(rule.when, cells, place):
                cell = _word(rule, _pick(rule, cells, place))
                if clean(cell) or not rule.unknown_when:
                    return cell
                return "unknown" if _holds(rule.unknown_when, cells, place) else ""
        return ""

    return make


def _pick(rule: ColumnRule, cells: Sequence[Raw], place: Mapping[str, int]) -> Raw:
    """Take the cell a rule names, dates as dates where it compares them."""
    if rule.source:
        cell = cells[place[rule.source]]
        return _dated(rule, cell) if rule.date or rule.take else cell
    if rule.first_of:
        return next((cell for name in rule.first_of if clean(cell := cells[place[name]])), "")
    read = [_dated(rule, cells[place[name]]) for name in rule.earliest_of or rule.latest_of]
    bad = next((cell for cell in read if isinstance(cell, str) and cell), None)
    if bad is not None:
        return bad  # the reader names it with its row
    dates = [cell for cell in read if isinstance(cell, date)]
    if not dates:
        return ""
    return min(dates) if rule.earliest_of else max(dates)


def _dated(rule: ColumnRule, cell: Raw) -> Raw:
    try:
        found = parse_date(cell, pattern=rule.date)
    except ValueError:
        return clean(cell)
    return found if isinstance(found, date) else ("" if found is None else "unknown")


def _word(rule: ColumnRule, cell: Raw) -> Raw:
    if rule.take is not None:
        return float(cell.year) if isinstance(cell, date) else ""
    if not rule.map and rule.other is None:
        return cell
    word = clean(cell)
    return rule.map.get(word, rule.other if rule.other is not None else word)
