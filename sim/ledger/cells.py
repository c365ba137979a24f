"""Rows of a sheet to typed rows: which column is what, and every cell read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sim.errors import Problem
from sim.ledger.check import Findings, Row
from sim.ledger.headers import (
    ATTRIBUTES,
    WORDS,
    Column,
    Milestones,
    bracketed,
    known_headers,
    labels,
    milestone_columns,
    nearest,
    normal,
    split_unit,
)
from sim.ledger.raw import Sheet
from sim.ledger.table import Cell, When, nfc
from sim.ledger.values import (
    AREA_UNITS,
    DATE_EXPECTED,
    MONEY_UNITS,
    Raw,
    clean,
    is_empty,
    parse_amount,
    parse_date,
    parse_number,
)

#: First words of a row that adds up the others.
TOTALS: frozenset[str] = frozenset({"合计", "总计", "小计", "total", "sum"})


@dataclass(frozen=True)
class Place:
    """One column of the file: where it stands, which column it is, the unit of its bare numbers."""

    index: int
    column: Column
    unit: str | None
    header: str


def layout(
    sheet: Sheet,
    milestones: Milestones,
    attributes: Mapping[str, str],
    money: str | None,
    findings: Findings,
) -> list[Place]:
    """Decide what every column of a file is.

    Parameters
    ----------
    sheet : Sheet
    milestones : mapping of str to str, or sequence of str
    attributes : mapping of str to str
        Extra columns the scenario uses, ``text`` or ``number``.
    money : str or None
        Unit of money columns whose header has none.
    findings : Findings
        Gets double columns, near misses and a file without any milestone.
    """
    extra = [
        Column(name, "number" if kind == "number" else "text", (name,)) for name, kind in attributes.items()
    ]
    known = known_headers([*extra, *milestone_columns(milestones), *ATTRIBUTES])
    places: list[Place] = []
    where = f"{sheet.source} row {sheet.header_row}"
    for index, header in enumerate(sheet.header):
        if not header:
            continue
        name, unit = split_unit(header)
        column = known.get(name) or _extra(header, known, where, findings)
        double = next((p for p in places if p.column.name == column.name), None)
        if double is not None:
            got = f"a second column for `{column.name}`, after {double.header!r}"
            remedy = "remove or rename one of them"
            findings.fatal.append(Problem(where, header, got, "one column for one thing", remedy))
            continue
        default = {"money": money, "area": "mu"}.get(column.role)
        places.append(Place(index, column, unit or default, header))
    _strange_units(sheet, known, {place.column.name for place in places}, findings)
    _some_milestone(places, milestones, where, findings)
    return places


def _strange_units(sheet: Sheet, known: Mapping[str, Column], have: set[str], findings: Findings) -> None:
    """Say it when the only column of an amount has a strange unit: money stops the work, area does not."""
    for header in filter(None, sheet.header):
        name, unit = bracketed(header)
        column = known.get(name)
        if not unit or column is None or column.name in have or column.role not in ("money", "area"):
            continue
        money = column.role == "money"
        units = MONEY_UNITS if money else AREA_UNITS
        ours = "亿元" if money else "亩"
        remedy = f"give it in {ours} and write `{column.name} ({ours})`"
        problem = Problem(
            f"{sheet.source} row {sheet.header_row}",
            column.name,
            f"the unit {unit!r}",
            f"one of {', '.join(units)}",
            remedy if money else f"{remedy}; kept as an extra column",
            "error" if money else "warning",
        )
        (findings.fatal if money else findings.notes).append(problem)


def _extra(header: str, known: Mapping[str, Column], where: str, findings: Findings) -> Column:
    """Keep an unknown column as words, and say when it looks like a known one."""
    close = nearest(split_unit(header)[0], known)
    if close is not None:
        findings.notes.append(
            Problem(
                where,
                header,
                "a column that is not known",
                f"perhaps `{known[close].name}`",
                "kept as an extra column; correct the header if it was meant",
                "warning",
            )
        )
    return Column(nfc(header) if not header.isascii() else normal(header), "text", (header,))


def _some_milestone(places: Sequence[Place], milestones: Milestones, where: str, findings: Findings) -> None:
    names = list(labels(milestones))
    first = names[0]
    if not any(p.column.name in {*names, f"planned_{first}"} for p in places):
        findings.fatal.append(
            Problem(
                where,
                first,
                "no milestone column",
                f"a column `{first}` or of a later milestone",
                _meant(places, names) or f"name the milestone columns: {', '.join(names)}",
            )
        )


def _meant(places: Sequence[Place], names: Sequence[str]) -> str:
    """Say which column was probably meant to be a milestone."""
    close = ((p.header, nearest(p.header, names, alike=0.7)) for p in places if p.column.role == "text")
    return next((f"did you mean `{name}` by {header!r}?" for header, name in close if name), "")


def read_row(
    number: int, cells: Sequence[Raw], places: Sequence[Place], milestones: Sequence[str], findings: Findings
) -> Row:
    """Read one row; what cannot be read is noted and left empty."""
    found: dict[str, Cell] = {}
    days: dict[str, When] = {}
    project = ""
    for place in places:
        cell, role = cells[place.index], place.column.role
        if role == "id":
            project = _id(number, cell, findings)
        elif role in ("date", "planned", "reported", "withdrawn"):
            days[place.column.name] = _date(number, cell, place, findings)
        elif role == "text":
            found[place.column.name] = _word(cell, place.column.name)
        else:
            found[place.column.name] = _amount(number, cell, place, findings)
    return Row(
        number=number,
        id=project,
        cells=found,
        dates={name: days.get(name) for name in milestones},
        planned=_only_dates("planned_", days, milestones),
        reported=_only_dates("reported_", days, milestones),
        withdrawn=days.get("withdrawn"),
    )


def _only_dates(prefix: str, days: Mapping[str, When], milestones: Sequence[str]) -> dict[str, date | None]:
    found = {name: days[prefix + name] for name in milestones if prefix + name in days}
    return {name: day if isinstance(day, date) else None for name, day in found.items()}


def _id(number: int, cell: Raw, findings: Findings) -> str:
    text = nfc(cell) if isinstance(cell, str) else clean(cell)
    if not text:
        findings.bad(number, "id", "''", "an id", "fill the cell, or delete the row if it is no project")
    elif text.casefold() in TOTALS:
        findings.bad(number, "id", repr(text), "an id", "delete the row of totals")
    return text


def _date(number: int, cell: Raw, place: Place, findings: Findings) -> When:
    try:
        return parse_date(cell, planned=place.column.role == "planned")
    except ValueError as error:
        remedy = (
            "leave it empty if it has not happened" if str(error) == DATE_EXPECTED else "correct the date"
        )
        findings.bad(number, place.column.name, repr(clean(cell)), str(error), remedy)
        return None


def _word(cell: Raw, name: str) -> str:
    text = nfc(cell) if isinstance(cell, str) else clean(cell)
    return WORDS.get(name, {}).get(text, text)


def _amount(number: int, cell: Raw, place: Place, findings: Findings) -> float:
    """Read a number, an amount of money or an area; a missing unit is said once for the column."""
    role, name = place.column.role, place.column.name
    try:
        if role == "number":
            value, _ = parse_number(cell)
            return value
        return parse_amount(cell, MONEY_UNITS if role == "money" else AREA_UNITS, place.unit)
    except ValueError as error:
        if str(error) == "a unit":
            _no_unit(place, findings)
        else:
            findings.bad(number, name, repr(clean(cell)), str(error), "correct the cell")
        return math.nan


def _no_unit(place: Place, findings: Findings) -> None:
    problem = Problem(
        f"{findings.source} row {findings.header_row}",
        place.column.name,
        f"{place.header!r} without a unit",
        "a unit of money",
        f"write `{place.header} (万元)` or `{place.header} (亿元)`, or give --money 万元",
    )
    if problem not in findings.fatal:
        findings.fatal.append(problem)


def blank(cells: Sequence[Raw]) -> bool:
    """Tell whether a row says nothing at all."""
    return all(is_empty(cell) for cell in cells)
