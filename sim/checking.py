"""Checking every input of a command at once, without running anything."""

from __future__ import annotations

import os
from pathlib import Path

from sim.errors import InputError, Problem
from sim.ledger import read_ledger
from sim.plan import read_plan
from sim.scenario import Scenario, load_scenario, shipped_names
from sim.scenario.fit import never_fits, unknown_units

StrPath = str | os.PathLike[str]


def check_inputs(
    scenario: StrPath, *, ledger: StrPath | None = None, plan: StrPath | None = None, money: str | None = None
) -> tuple[Problem, ...]:
    """Return every problem of a scenario, its ledger and its plan, warnings included.

    Parameters
    ----------
    scenario : str or path
    ledger, plan : path, optional
        Default: what the scenario names.
    money : str, optional
        Money unit of a ledger without one.

    Returns
    -------
    tuple of Problem

    Raises
    ------
    InputError
        If a file is missing or cannot be opened: there is nothing to check then.

    Examples
    --------
    >>> [p for p in check_inputs("hello") if p.severity == "error"]
    []
    """
    for path in (scenario, ledger, plan):
        if path is not None and str(path) not in shipped_names():
            _readable(Path(path))
    try:
        loaded = load_scenario(scenario)
    except InputError as error:
        return error.problems
    return (*loaded.warnings, *_ledger(loaded, ledger, money), *_plan(loaded, ledger, plan))


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


def _ledger(scenario: Scenario, ledger: StrPath | None, money: str | None) -> tuple[Problem, ...]:
    try:
        path = Path(ledger) if ledger is not None else scenario.ledger_path()
        if path is None:
            return ()
        table = read_ledger(
            path,
            {m.name: m.zh or m.name for m in scenario.milestones},
            money=money,
            attributes={name: spec.type for name, spec in scenario.attributes.items()},
            required=("investment",) if scenario.investment else (),
            form=scenario.ledger_format if ledger is None else None,
            as_of=scenario.as_of if ledger is None else None,
        )
    except InputError as error:
        return error.problems
    names = ("id", *table.columns)
    rows = zip(table.ids, *(table.attribute(name) for name in table.columns), strict=True)
    projects = [dict(zip(names, row, strict=True)) for row in rows]
    units = table.text(scenario.units)
    return (*table.warnings, *unknown_units(scenario, units), *never_fits(scenario, projects))


def _plan(scenario: Scenario, ledger: StrPath | None, plan: StrPath | None) -> tuple[Problem, ...]:
    try:
        path = Path(plan) if plan is not None else (scenario.plan_path() if ledger is None else None)
        if path is None:
            return ()
        year = scenario.as_of.year if scenario.as_of else None
        further, words = list(scenario.counts.by_measure), scenario.measure_words()
        return read_plan(path, year=year, measures=further, words=words).warnings
    except InputError as error:
        return error.problems
