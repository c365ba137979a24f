"""Simulates one path of the city from the as-of date: compiled, run, its targets' groups and its money."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.inputs import Inputs
from forecasts.money import aligned_dates, attribute_rows, collect_for, year_money
from forecasts.outlook import Period
from forecasts.path import Path
from forecasts.warning import Promise, promises
from sim.clocks import NEVER
from sim.experiment import Collect, Outcome
from sim.model.arrays import Model
from sim.model.compile import compile_model
from sim.plan import Target

Flags = npt.NDArray[np.bool_]

#: Compiles (with a pilot) and runs a named model.
Runner = Callable[[str, Model, Collect], Outcome]


def open_promises(inputs: Inputs, model: Model, as_of: date) -> tuple[list[Promise], list[Promise]]:
    """Return the planned dates still open: due within twelve months, and overdue."""
    ledger = inputs.ledger
    planned = {
        k: aligned_dates(ledger, model, ledger.planned, name)
        for k, name in enumerate(model.milestones)
        if name in ledger.planned
    }
    known = model.known.milestones < NEVER
    return promises(planned, known, model.known.withdrawn < NEVER, as_of)


def path_ends(model: Model, found: Sequence[Promise]) -> tuple[int, ...]:
    """Return where each project's driving path ends: its promise, its next milestone, else its last."""
    reached = model.known.milestones < NEVER
    exists = model.milestone_case >= 0
    ahead = exists & ~reached
    last = len(model.milestones) - 1 - exists[:, ::-1].argmax(axis=1)
    ends = np.where(ahead.any(axis=1), ahead.argmax(axis=1), last)
    for promise in found:
        ends[promise.project] = max(ends[promise.project], promise.milestone)
    return tuple(int(k) for k in ends)


def run_path(
    inputs: Inputs, run: Runner, name: str, *, fixed: bool
) -> tuple[Path, list[Promise], list[Promise]]:
    """Compile, run and measure one path of the city from the as-of date."""
    scenario = inputs.scenario
    assert inputs.as_of is not None
    assert inputs.until is not None
    model = compile_model(scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    due, overdue = open_promises(inputs, model, inputs.as_of)
    ends = path_ends(model, [*due, *overdue])
    collect = collect_for(scenario, milestone=ends, since=0, unreached=True)
    outcome = run(name, model, collect)
    period = Period.of(inputs.as_of, inputs.until)
    groups, members = _groups(inputs, model, period)
    money = None
    if scenario.investment is not None:
        on_plan = np.nan_to_num(model.attributes.plan_this_year) > 0
        counted = members & on_plan if on_plan.any() else members
        money = year_money(scenario, inputs.ledger, model, outcome, period, counted, fixed=fixed)
    return Path(inputs, model, outcome, period, money, groups, members), due, overdue


def _groups(inputs: Inputs, model: Model, period: Period) -> tuple[tuple[str, ...], Flags]:
    """Return the groups that have a target, all projects first, with their members (G, P)."""
    rows = attribute_rows(model)
    names, masks = ["all"], [np.ones(len(rows), dtype=np.bool_)]
    for target in year_targets(inputs, period):
        if target.group not in names:
            names.append(target.group)
            masks.append(
                np.array([_inside(target, i, r) for i, r in zip(model.project_ids, rows, strict=True)])
            )
    return tuple(names), np.stack(masks)


def _inside(target: Target, project: str, row: Mapping[str, Any]) -> bool:
    in_place = target.county in ("", row["county"]) and target.kind in ("", row["kind"])
    return in_place and target.scope.holds(project, row)


def year_targets(inputs: Inputs, period: Period) -> list[Target]:
    """Targets of the year as known on the as-of date, later adjustments after earlier ones."""
    if inputs.plan is None:
        return []
    targets = [t for t in inputs.plan.targets if t.year == period.start.year]
    known = [t for t in targets if t.adopted is None or t.adopted <= period.as_of]
    return sorted(known, key=lambda t: t.adopted or date.min)
