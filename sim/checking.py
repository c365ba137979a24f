"""Checking every input of a command at once, without running anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sim.errors import InputError, Problem
from sim.ledger import Ledger, far_dates, read_ledger
from sim.plan import read_plan
from sim.scenario import Scenario, load_scenario, shipped_names
from sim.scenario.fit import groups_of, never_fits, unknown_units

StrPath = str | os.PathLike[str]


@dataclass(frozen=True)
class Checked:
    """What checking has found.

    Parameters
    ----------
    problems : tuple of Problem
        Warnings included.
    as_of : date or None
        The date of knowledge a forecast would have; None where the ledger gives none.
    latest : bool
        It is the ledger's latest date: nobody gave one.
    labels : mapping of str to mapping of str to str
        Names of milestones by language.
    """

    problems: tuple[Problem, ...]
    as_of: date | None = None
    latest: bool = False
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def check_inputs(
    scenario: StrPath,
    *,
    ledger: StrPath | None = None,
    plan: StrPath | None = None,
    money: str | None = None,
    as_of: date | None = None,
    today: date | None = None,
) -> tuple[Problem, ...]:
    """Return every problem of a scenario, its ledger and its plan, warnings included; see `checked`.

    Examples
    --------
    >>> [p for p in check_inputs("hello") if p.severity == "error"]
    []
    """
    return checked(scenario, ledger=ledger, plan=plan, money=money, as_of=as_of, today=today).problems


def checked(
    scenario: StrPath,
    *,
    ledger: StrPath | None = None,
    plan: StrPath | None = None,
    money: str | None = None,
    as_of: date | None = None,
    today: date | None = None,
) -> Checked:
    """Check a scenario, its ledger and its plan.

    Parameters
    ----------
    scenario : str or path
    ledger, plan : path, optional
        Default: what the scenario names.
    money : str, optional
        Money unit of a ledger without one.
    as_of : date, optional
        Default: the scenario's with its own ledger, else the ledger's latest date.
    today : date, optional
        Events after it have not happened yet; default: the machine's day.

    Returns
    -------
    Checked

    Raises
    ------
    InputError
        If a file is missing or cannot be opened: there is nothing to check then.
    """
    for path in (scenario, ledger, plan):
        if path is not None and str(path) not in shipped_names():
            _readable(Path(path))
    try:
        loaded = load_scenario(scenario)
    except InputError as error:
        return Checked(error.problems)
    given = as_of or (loaded.as_of if ledger is None else None)
    problems, table = _ledger(loaded, ledger, money, given, today)
    latest = None if table is None else table.latest_date()
    return Checked(
        (*loaded.warnings, *problems, *_plan(loaded, ledger, plan, table)),
        given or latest,
        given is None and latest is not None,
        {"en": {m.name: m.en or m.name for m in loaded.milestones},
         "zh": {m.name: m.zh or m.name for m in loaded.milestones}},
    )  # fmt: skip


def _readable(path: Path) -> None:
    """Refuse a file that cannot be opened."""
    if path.is_dir():
        inside = path / "scenario.yaml"
        hint = f"give {inside}" if inside.is_file() else "give a file in it"
        raise InputError([Problem(str(path), "", "a folder", "a file", hint)])
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        remedy = "give the path of a file that can be read"
        raise InputError(
            [Problem(str(path), "", error.strerror or str(error), "a readable file", remedy)]
        ) from None


def _ledger(
    scenario: Scenario, ledger: StrPath | None, money: str | None, as_of: date | None, today: date | None
) -> tuple[tuple[Problem, ...], Ledger | None]:
    """Return the problems of the ledger, and the ledger where it can be read."""
    try:
        path = Path(ledger) if ledger is not None else scenario.ledger_path()
        if path is None:
            return (), None
        table = read_ledger(
            path,
            {m.name: m.zh or m.name for m in scenario.milestones},
            money=money,
            attributes={name: spec.type for name, spec in scenario.attributes.items()},
            required=("investment",) if scenario.investment else (),
            form=scenario.ledger_format if ledger is None else None,
            as_of=as_of,
            today=today,
        )
    except InputError as error:
        return error.problems, None
    if as_of is not None and not table.ids:
        expected = "a date on which a project is on record"
        return (Problem("--as-of", "", str(as_of), expected, "give a later date"),), None
    names = ("id", *table.columns)
    rows = zip(table.ids, *(table.attribute(name) for name in table.columns), strict=True)
    projects = [dict(zip(names, row, strict=True)) for row in rows]
    units = table.text(scenario.units)
    far = far_dates(table) if as_of is None else ()
    found = (*far, *table.warnings, *unknown_units(scenario, units), *never_fits(scenario, projects))
    return found, table


def _plan(
    scenario: Scenario, ledger: StrPath | None, plan: StrPath | None, table: Ledger | None
) -> tuple[Problem, ...]:
    try:
        path = Path(plan) if plan is not None else (scenario.plan_path() if ledger is None else None)
        if path is None:
            return ()
        year = scenario.as_of.year if scenario.as_of else None
        further, words = list(scenario.counts.by_measure), scenario.measure_words()
        groups = None if table is None else groups_of(scenario, table)
        return read_plan(path, year=year, measures=further, words=words, groups=groups).warnings
    except InputError as error:
        return error.problems
