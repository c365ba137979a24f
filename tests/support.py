"""Models from a few lines of YAML and a few rows: the whole way through scenario, ledger and compiler.

>>> model = toy_model("activities: {permit: {work: 5 wd}}", [{"id": "a", "signed": "2021-01-04"}])
>>> model.activities, model.milestones
(('permit',), ('signed', 'permitted'))
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sim.ledger import Ledger, from_rows
from sim.ledger.table import ItemRow
from sim.model.arrays import Model
from sim.model.compile import compile_model
from sim.scenario import Scenario, load_scenario

_ITEM_DATES = ("accepted", "returned", "decided")
MILESTONES = "milestones: [{name: signed}, {name: permitted, activity: permit}]"


def scenario_text(body: str, *, milestones: str = MILESTONES) -> str:
    """A whole scenario file around some sections; a section in `body` replaces the default one."""
    head = {
        "schema": "schema: 1",
        "name": "name: toy",
        "defaults": "defaults: {status: sourced, source: test}",
        "calendar": "calendar: {country: none}",
        "milestones": milestones,
    }
    given = {line.split(":")[0] for line in body.splitlines() if line[:1].isalpha()}
    return "\n".join([text for name, text in head.items() if name not in given] + [body, ""])


def toy_scenario(
    body: str,
    reforms: Sequence[str] = (),
    *,
    adopted: bool = False,
    milestones: str = MILESTONES,
    files: Mapping[str, str] | None = None,
) -> Scenario:
    """A loaded scenario; `files` are written beside it (a catalogue, a life table)."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (files or {}).items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        path = Path(folder) / "toy.yaml"
        path.write_text(scenario_text(body, milestones=milestones), encoding="utf-8")
        return load_scenario(path, reforms, adopted=adopted)


def toy_ledger(
    rows: Iterable[Mapping[str, Any]],
    milestones: Sequence[str] = ("signed", "permitted"),
    items: Iterable[Mapping[str, str]] = (),
) -> Ledger:
    """A ledger; dates may be written as text (``2021-01-04``)."""
    names = [f"{p}{m}" for m in (*milestones, "withdrawn") for p in ("", "planned_", "reported_")]
    read = [{k: _date(v) if k in names else v for k, v in row.items()} for row in rows]
    ledger = from_rows(read, milestones)
    found = tuple(
        ItemRow(row["id"], row["item"], *(_date(row.get(name)) for name in _ITEM_DATES), row=i + 2)
        for i, row in enumerate(items)
    )
    return replace(ledger, items=found)


def toy_model(
    body: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    reforms: Sequence[str] = (),
    adopted: bool = False,
    milestones: str = MILESTONES,
    files: Mapping[str, str] | None = None,
    items: Iterable[Mapping[str, str]] = (),
    as_of: str | None = None,
    **options: Any,
) -> Model:
    """A compiled model of a toy scenario and ledger; further options go to `compile_model`."""
    scenario = toy_scenario(body, reforms, adopted=adopted, milestones=milestones, files=files)
    ledger = toy_ledger(rows, scenario.milestone_names, items)
    return compile_model(scenario, ledger, as_of=_date(as_of), **options)


def case_of(model: Model, activity: str, project: int = 0) -> int:
    """Row of the case of an activity of a project."""
    number = model.activities.index(activity)
    first, end = model.case_offset[project], model.case_offset[project + 1]
    return next(c for c in range(first, end) if model.cases.activity[c] == number)


def preds_of(model: Model, activity: str, project: int = 0) -> set[str]:
    """Names of the predecessors of a case, candidates included."""
    cases = model.cases
    c = case_of(model, activity, project)
    preds = cases.pred[cases.pred_offset[c] : cases.pred_offset[c + 1]]
    return {model.activities[cases.activity[p]] for p in preds}


def _date(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value
