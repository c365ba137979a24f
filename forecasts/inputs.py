"""What a command is given: scenario, ledger, plan and dates, read and checked together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem, Problems
from sim.ledger import Ledger, read_ledger
from sim.plan import Plan, read_plan
from sim.provenance import content_hash
from sim.scenario import Scenario, load_scenario

StrPath = str | os.PathLike[str]


@dataclass(frozen=True)
class Inputs:
    """The checked inputs of one run.

    Parameters
    ----------
    scenario : Scenario
    ledger : Ledger
        As known on `as_of`; every row where `as_of` is None (compare from signing).
    plan : Plan or None
    as_of, until : date or None
    hashes : mapping of str to str
        Content hash of each file.
    paths : mapping of str to str
        Where each file was read.
    synthetic : bool
        The projects are made up: the scenario's own are, or the ledger says so of any of them.
    given : mapping
        What the command line said of ledger and plan, so that a run can be made again.
    """

    scenario: Scenario
    ledger: Ledger
    plan: Plan | None
    as_of: date | None
    until: date | None
    hashes: dict[str, str]
    paths: dict[str, str]
    given: dict[str, Any]
    synthetic: bool


def read_inputs(
    scenario: StrPath,
    *,
    reforms: Sequence[str] = (),
    adopted: bool,
    ledger: StrPath | None = None,
    plan: StrPath | None = None,
    as_of: date | str | None = None,
    until: date | str | None = None,
    dated: bool = True,
    money: str | None = None,
    skip_bad_rows: bool = False,
) -> Inputs:
    """Read a scenario with its ledger and plan; the command line comes before what the scenario names.

    Parameters
    ----------
    scenario : str or path
    reforms, adopted
        See `load_scenario`.
    ledger, plan : path, optional
        Instead of the scenario's own.
    as_of, until : date, optional
        Default: the scenario's dates with its own ledger, else the latest event or report in the ledger
        and 31 December of that year.
    dated : bool
        False: no as-of date; projects are sent in from signing.
    money, skip_bad_rows
        See `read_ledger`.

    Returns
    -------
    Inputs

    Raises
    ------
    InputError
        With every problem found, or if there is no ledger at all.
    """
    as_of, until = day(as_of, "as_of"), day(until, "until")
    loaded = load_scenario(scenario, reforms, adopted=adopted)
    path = Path(ledger) if ledger is not None else loaded.ledger_path()
    if path is None:
        place, remedy = loaded.path.name, "name one with --ledger or write `ledger:` in the scenario"
        raise InputError([Problem(place, "ledger", "no ledger", "a ledger of projects", remedy)])
    read = _reader(loaded, path, money, skip_bad_rows, own=ledger is None)
    known_on = as_of or (loaded.as_of if ledger is None else None)
    table = read(known_on if dated else None)
    if dated and known_on is None:
        known_on = _latest(table)
        table = read(known_on)
    if not table.ids:
        first = min(
            (d for column in read(None).dates.values() for d in column if isinstance(d, date)), default=None
        )
        expected = f"a date on which a project is on record (the first event is of {first})"
        raise InputError([Problem("--as-of", "", str(known_on), expected, "give a later date")])
    end = _until(loaded, known_on, until, own=ledger is None) if dated else None
    targets_path = Path(plan) if plan is not None else (loaded.plan_path() if ledger is None else None)
    further = [
        name for name in loaded.counts.by_measure if name not in ("starts", "completions", "productions")
    ]
    year = end.year if end else None
    targets = (
        read_plan(targets_path, year=year, measures=further, words=loaded.measure_words())
        if targets_path
        else None
    )
    paths = {"scenario": str(loaded.path), "ledger": str(path)} | (
        {"plan": str(targets_path)} if targets_path else {}
    )
    hashes = {"scenario": loaded.content_hash, "ledger": content_hash(path)}
    if targets_path:
        hashes["plan"] = content_hash(targets_path)
    said = {cell.strip().lower() for cell in table.text("synthetic")}
    synthetic = bool(said & {"true", "yes", "1", "是"}) or (loaded.synthetic and ledger is None)
    given = {
        "scenario": str(scenario),
        "ledger": str(ledger) if ledger is not None else None,
        "plan": str(plan) if plan is not None else None,
        "money": money,
        "skip_bad_rows": skip_bad_rows,
    }
    return Inputs(loaded, table, targets, known_on if dated else None, end, hashes, paths, given, synthetic)


def day(given: date | str | None, name: str) -> date | None:
    """Return a date given as one or as ISO text.

    Raises
    ------
    InputError
        If the text is no date.

    Examples
    --------
    >>> day("2021-09-30", "as_of")
    datetime.date(2021, 9, 30)
    """
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError:
        expected = "a date such as 2021-09-30"
        raise InputError([Problem(name, "", given, expected, "write YYYY-MM-DD")]) from None


def _reader(scenario: Scenario, path: Path, money: str | None, skip_bad_rows: bool, *, own: bool) -> Any:
    """Return a function that reads the ledger as known on a date."""
    milestones = {m.name: m.zh or m.name for m in scenario.milestones}
    options: dict[str, Any] = {
        "money": money,
        "skip_bad_rows": skip_bad_rows,
        "attributes": {name: spec.type for name, spec in scenario.attributes.items()},
        "required": ("investment",) if scenario.investment else (),
        "form": scenario.ledger_format if own else None,
    }

    def read(as_of: date | None) -> Ledger:
        return read_ledger(path, milestones, as_of=as_of, **options)

    return read


def _latest(ledger: Ledger) -> date:
    latest = ledger.latest_date()
    if latest is None:
        raise InputError(
            [
                Problem(
                    ledger.source,
                    "",
                    "no dates",
                    "at least one milestone date",
                    "fill the dates or give --as-of",
                )
            ]
        )
    return latest


def _until(scenario: Scenario, as_of: date | None, until: date | None, *, own: bool) -> date | None:
    """Return the last day of the forecast: as asked, the scenario's, or the end of the as-of year."""
    if as_of is None:
        return until
    default = scenario.until if own and scenario.until is not None and scenario.until >= as_of else None
    end = until or default or date(as_of.year, 12, 31)
    if end < as_of:
        problems = Problems()
        problems.add("--until", "", end, f"a date on or after the as-of date {as_of}", "give a later date")
        problems.raise_if_any()
    return end
