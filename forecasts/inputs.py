"""What a command is given: scenario, ledger, plan and dates, read and checked together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from forecasts.monthly import earlier_ledgers
from sim.errors import InputError, Problem, Problems
from sim.ledger import Ledger, far_dates, read_extracts, read_ledger
from sim.plan import MEASURES, Plan, read_plan
from sim.provenance import content_hash
from sim.scenario import Scenario, load_scenario
from sim.scenario.fit import groups_of

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
    own = ledger is None
    path = _ledger_file(loaded, ledger)
    read = _reader(loaded, path, money, skip_bad_rows, own=own)
    table, known_on = _table(read, (as_of or (loaded.as_of if own else None)), dated=dated)
    end = _until(loaded, known_on, until, own=own) if dated else None
    plan_file = Path(plan) if plan is not None else (loaded.plan_path() if own else None)
    files = {"ledger": path} | ({"plan": plan_file} if plan_file else {})
    said = {cell.strip().lower() for cell in table.text("synthetic")}
    return Inputs(
        scenario=loaded,
        ledger=table,
        plan=_targets(loaded, plan_file, end, table) if plan_file else None,
        as_of=known_on,
        until=end,
        hashes={"scenario": loaded.content_hash}
        | {name: content_hash(f) for name, f in files.items()}
        | {f"ledger of {day}": content_hash(f) for day, f in _before(path, known_on)},
        paths={"scenario": str(loaded.path)} | {name: str(f) for name, f in files.items()},
        given={
            "scenario": str(scenario),
            "ledger": None if ledger is None else str(ledger),
            "plan": None if plan is None else str(plan),
            "money": money,
            "skip_bad_rows": skip_bad_rows,
        },
        synthetic=bool(said & {"true", "yes", "1", "是"}) or (loaded.synthetic and own),
    )


def read_earlier(inputs: Inputs) -> tuple[tuple[date, Ledger], ...]:
    """Read the earlier ledgers beside the one given, named alike but for the date; oldest first.

    A planner who keeps monthly ledgers in one folder has them; they alone tell what was planned when.
    """
    path, given = Path(inputs.paths["ledger"]), inputs.given
    own = given["ledger"] is None
    return tuple(
        (known, _reader(inputs.scenario, file, given["money"], given["skip_bad_rows"], own=own)(known))
        for known, file in _before(path, inputs.as_of)
    )


def read_extracts_of(inputs: Inputs, *, last: int) -> tuple[tuple[date, Ledger], ...]:
    """Read the last extracts up to the as-of date of a register that keeps several, oldest first.

    Delays show between them, and what was planned when. None of a ledger that is not the scenario's own.
    """
    form, own = inputs.scenario.ledger_format, inputs.scenario.ledger_path()
    if form is None or own is None or inputs.as_of is None or str(own) != inputs.paths["ledger"]:
        return ()
    return read_extracts(own, [m.name for m in inputs.scenario.milestones], form, inputs.as_of, last=last)


def _before(path: Path, as_of: date | None) -> tuple[tuple[date, Path], ...]:
    """Return the earlier ledgers of a dated view."""
    if as_of is None:
        return ()
    return tuple((known, file) for known, file in earlier_ledgers(path) if known < as_of)


def _ledger_file(scenario: Scenario, given: StrPath | None) -> Path:
    """Return the ledger's file: as given, or the scenario's own."""
    path = Path(given) if given is not None else scenario.ledger_path()
    if path is None:
        place, remedy = scenario.path.name, "name one with --ledger or write `ledger:` in the scenario"
        raise InputError([Problem(place, "ledger", "no ledger", "a ledger of projects", remedy)])
    return path


def _table(
    read: Callable[[date | None], Ledger], as_of: date | None, *, dated: bool
) -> tuple[Ledger, date | None]:
    """Return the ledger as known on a date (default: its latest event), and the date."""
    if not dated:
        return read(None), None
    whole = None if as_of else read(None)
    known_on = as_of if whole is None else _latest(whole)
    assert known_on is not None
    table = read(known_on)
    if whole is not None:
        table = replace(table, warnings=(*far_dates(whole), *table.warnings))
    if not table.ids:
        days = [d for column in read(None).dates.values() for d in column if isinstance(d, date)]
        first = min(days, default="no day at all")
        expected = f"a date on which a project is on record (the first event is of {first})"
        raise InputError([Problem("--as-of", "", str(known_on), expected, "give a later date")])
    return table, known_on


def _targets(scenario: Scenario, path: Path, until: date | None, ledger: Ledger) -> Plan:
    """Read the plan; a measure may be named by the milestone it counts."""
    further = [name for name in scenario.counts.by_measure if name not in MEASURES]
    year = until.year if until else None
    groups = groups_of(scenario, ledger)
    return read_plan(path, year=year, measures=further, words=scenario.measure_words(), groups=groups)


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
