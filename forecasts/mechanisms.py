"""The table of mechanisms: what a place does, the switch that stands for it, and what it should move.

One ``mechanisms.csv`` beside each scenario; all of its problems are found at once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from sim.errors import InputError, Problems
from sim.scenario import Scenario, load_scenario
from sim.scenario.files import shipped_root
from sim.spec import When, nearest
from sim.spec.condition import read_when

COLUMNS: Final = (
    "id", "mechanism_en", "mechanism_zh", "switch", "measure", "group", "direction", "keys", "facts", "note",
)  # fmt: skip

#: Columns that may be left out.
FURTHER: Final = ("run", "given")

#: Measures and the number of parts behind the name.
MEASURES: Final[Mapping[str, int]] = {
    "days": 2, "share": 1, "within": 2, "wait": 1, "stops": 1, "stopped": 0, "visits": 0, "invested": 0,
    "reported": 0, "withdrawn": 0, "signed": 0, "overdue": 0, "rank": 1, "shows": 0,
}  # fmt: skip

#: Measures at the end of a day, written after `@`.
AT_A_DAY: Final = ("share", "invested", "reported")

#: Keys of a scenario that work on the calendar only: their effect is looked for in the year of a forecast.
DATED: Final = ("reviews", "shocks", "reporting", "arrivals", "lists", "ranking")

_COMPARED = re.compile(r"\s*([A-Za-z_]+)\s*(=|>=|<=|>|<)\s*(.+?)\s*")


@dataclass(frozen=True)
class Measure:
    """What a mechanism moves.

    Parameters
    ----------
    name : str
        Of `MEASURES`.
    parts : tuple of str
        What stands behind the colons: milestones, a resource, a ladder, a unit.
    day : date or None
        Behind `@`.
    """

    name: str
    parts: tuple[str, ...]
    day: date | None = None


@dataclass(frozen=True)
class Mechanism:
    """One row of a table of mechanisms.

    Parameters
    ----------
    id : str
    place : str
        Name of the scenario.
    title : mapping of str to str
        ``en`` and ``zh``.
    switch : str
        A reform of the scenario or several joined by ``+``; "" where only an output shows the mechanism.
    turned_off : bool
        The mechanism is always on and the reform takes it away.
    given : str
        Reforms on both sides, "" for none.
    measure : Measure
    written : str
        The measure as written.
    group : str
        ``all``, or conditions joined by ``;``.
    direction : int
        +1 or -1: what switching the mechanism on should do to the measure.
    keys, facts : tuple of str
    note : str
    dated : bool
        Run like a forecast, from the as-of date; else like a comparison, from signing.
    """

    id: str
    place: str
    title: Mapping[str, str]
    switch: str
    turned_off: bool
    given: str
    measure: Measure
    written: str
    group: str
    direction: int
    keys: tuple[str, ...]
    facts: tuple[str, ...]
    note: str
    dated: bool

    @property
    def shows(self) -> bool:
        """Whether only an output shows it."""
        return self.measure.name == "shows"


def places() -> tuple[str, ...]:
    """Return the shipped scenarios that have a table of mechanisms."""
    return tuple(sorted(p.parent.name for p in shipped_root().glob("*/mechanisms.csv")))


def read_mechanisms(place: str, path: Path | None = None) -> tuple[Mechanism, ...]:
    """Read the table of a scenario.

    Parameters
    ----------
    place : str
        A shipped scenario.
    path : Path, optional
        The table; default ``mechanisms.csv`` beside the scenario.

    Returns
    -------
    tuple of Mechanism

    Raises
    ------
    InputError
        With every problem of the table.
    """
    file = path or shipped_root() / place / "mechanisms.csv"
    problems = Problems()
    scenario = load_scenario(place)
    lines = _lines(file, problems)
    known: set[str] = set()
    found = [_row(_Cells(line, row, file, problems), scenario, place, known) for line, row in lines]
    problems.raise_if_any()
    return tuple(row for row in found if row is not None)


def _lines(file: Path, problems: Problems) -> list[tuple[int, dict[str, str]]]:
    """Return the rows with their line numbers; without the right columns there are none."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.add(str(file), "", type(error).__name__, "a table in UTF-8", "write one beside the scenario")
        raise InputError(problems.errors) from None
    reader = csv.DictReader(text.splitlines())
    heads = tuple(reader.fieldnames or ())
    for name in [c for c in COLUMNS if c not in heads]:
        problems.add(f"{file.parent.name}/{file.name}:1", name, "no such column", "the column", "add it")
    for name in [h for h in heads if h not in (*COLUMNS, *FURTHER)]:
        problems.add(
            f"{file.parent.name}/{file.name}:1",
            name,
            "a column",
            *nearest(name, [*COLUMNS, *FURTHER], what="column"),
        )
    problems.raise_if_any()
    return [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]


@dataclass(frozen=True)
class _Cells:
    """One row with its place, for problems."""

    line: int
    row: Mapping[str, str]
    file: Path
    problems: Problems

    def __getitem__(self, name: str) -> str:
        return self.row.get(name, "")

    def wrong(self, name: str, expected: str, remedy: str, got: str | None = None) -> None:
        """Note a problem of a cell."""
        self.problems.add(
            f"{self.file.parent.name}/{self.file.name}:{self.line}",
            name,
            got or repr(self[name]),
            expected,
            remedy,
        )


def _row(cells: _Cells, scenario: Scenario, place: str, known: set[str]) -> Mechanism | None:
    """Check one row; None if it has a problem."""
    before = len(cells.problems.errors)
    for name in ("id", "mechanism_en", "mechanism_zh", "keys"):
        if not cells[name]:
            cells.wrong(name, "something", "fill the cell")
    if cells["id"] in known:
        cells.wrong("id", "an id that no other row has", "give it one of its own")
    known.add(cells["id"])
    measure = _measure(cells, scenario)
    switch, turned_off = _switch(cells, scenario, shows=measure is not None and measure.name == "shows")
    if cells["direction"] not in ("+", "-"):
        cells.wrong("direction", "+ or -", "write what switching it on does to the measure")
    if cells["run"] not in ("", "compare", "forecast"):
        cells.wrong("run", "compare, forecast or nothing", "choose one of them")
    condition_of(cells["group"], cells)
    if len(cells.problems.errors) > before or measure is None:
        return None
    keys = tuple(k.strip() for k in cells["keys"].split(";"))
    on_the_calendar = any(k.split(".")[0].split("[")[0] in DATED for k in keys)
    needs = measure.name in ("invested", "reported", "signed", "rank") or measure.day is not None
    return Mechanism(
        cells["id"], place, {"en": cells["mechanism_en"], "zh": cells["mechanism_zh"]}, switch, turned_off,
        cells["given"], measure, cells["measure"], cells["group"] or "all",
        1 if cells["direction"] == "+" else -1, keys,
        tuple(f.strip() for f in cells["facts"].split(";") if f.strip()), cells["note"],
        cells["run"] == "forecast" or (cells["run"] == "" and (on_the_calendar or needs)),
    )  # fmt: skip


def _switch(cells: _Cells, scenario: Scenario, *, shows: bool) -> tuple[str, bool]:
    """Return the reforms of a switch and whether they take the mechanism away."""
    text = cells["switch"]
    if shows:
        if text not in ("", "-"):
            cells.wrong("switch", "- where an output shows the mechanism", "write -, or name a measure")
        return "", False
    name, turned_off = text.removeprefix("off:"), text.startswith("off:")
    for column, names in (("switch", name), ("given", cells["given"])):
        for part in names.split("+") if names or column == "switch" else ():
            if part not in scenario.reforms:
                expected, remedy = nearest(part, tuple(scenario.reforms), what="reform of the scenario")
                cells.wrong(column, expected, remedy, part or "nothing")
    return name, turned_off


def _measure(cells: _Cells, scenario: Scenario) -> Measure | None:
    """Return the measure of a row; None if there is no such measure."""
    text, _, day = cells["measure"].partition("@")
    name, _, rest = text.partition(":")
    if name not in MEASURES:
        cells.wrong("measure", *nearest(name, tuple(MEASURES), what="measure"))
        return None
    parts = _parts(name, rest)
    if len(parts) != MEASURES[name]:
        cells.wrong(
            "measure", f"{MEASURES[name]} parts behind {name}", "write for example days:signed:started"
        )
        return None
    if (name in AT_A_DAY) != bool(day):
        cells.wrong(
            "measure",
            f"{'a' if name in AT_A_DAY else 'no'} day",
            "write for example share:started@2021-12-31",
        )
        return None
    for part in _milestones(name, parts):
        if part not in scenario.milestone_names:
            expected, remedy = nearest(part, scenario.milestone_names, what="milestone")
            cells.wrong("measure", expected, remedy, part)
    if name == "stops" and parts[0] not in scenario.ladders:
        expected, remedy = nearest(parts[0], tuple(scenario.ladders), what="ladder")
        cells.wrong("measure", expected, remedy, parts[0])
    if name == "within" and not re.fullmatch(r"\d+d", parts[1]):
        cells.wrong("measure", "days", "write for example within:started:183d")
        return None
    try:
        return Measure(name, parts, date.fromisoformat(day) if day else None)
    except ValueError:
        cells.wrong("measure", "a day such as 2021-12-31", "write YYYY-MM-DD", day)
        return None


def _parts(name: str, rest: str) -> tuple[str, ...]:
    """Split what stands behind a measure's name; a resource's own colon splits nothing."""
    if not rest:
        return ()
    return (rest,) if MEASURES[name] == 1 else tuple(rest.split(":"))


def _milestones(name: str, parts: Sequence[str]) -> Sequence[str]:
    return parts if name == "days" else parts[:1] if name in ("share", "within") else ()


def condition_of(text: str, cells: _Cells | None = None) -> When | None:
    """Return the condition of a group, None for all projects.

    Examples
    --------
    >>> condition_of("kind=industry; investment>=1").holds({"kind": "industry", "investment": 2})
    True
    >>> condition_of("all") is None
    True
    """
    if text in ("", "all"):
        return None
    tests: dict[str, str] = {}
    for part in text.split(";"):
        match = _COMPARED.fullmatch(part)
        if match is None:
            if cells is not None:
                cells.wrong(
                    "group", "all, or conditions such as kind=industry", "write them joined by ;", part
                )
            return None
        tests[match[1]] = match[3] if match[2] == "=" else match[2] + match[3]
    return read_when(tests)


def all_mechanisms() -> tuple[Mechanism, ...]:
    """Return the rows of every shipped table.

    Raises
    ------
    InputError
        With every problem of all of them.
    """
    problems = Problems()
    found: list[Mechanism] = []
    for place in places():
        try:
            found += read_mechanisms(place)
        except InputError as error:
            problems.found += error.problems
    problems.raise_if_any()
    return tuple(found)
