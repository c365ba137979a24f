"""Copies of a city in one, for sizes that no ledger need be read for; each copy has luck of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.kaifeng import times as more
from sim.model.arrays import Model
from sim.sampling.draws import Draws

PER_PROJECT = ("active", "signed", "lane", "patience", "milestones", "withdrawn", "strained")
PER_CASE = (
    "applies", "rounds", "refused", "void", "state", "visit", "ready", "joined", "served", "ended",
    "remaining",
)  # fmt: skip
PER_SLOT = ("arc", "applicant", "work", "stop_gap", "rung_solved", "rung_work")
SUPPLY = ("capacity", "reserved", "event_value", "event_reserved")
PLAIN = (
    "activity", "kind", "phase", "clock", "resource", "amount", "reserved", "rank", "session_law", "scaled",
    "pred_flag", "ladder", "grace",
)  # fmt: skip


def repeat(values: Any, times: int) -> Any:
    """The array one after the other."""
    return np.concatenate([values] * times)


def moved(values: Any, times: int, step: int) -> Any:
    """The array one after the other, with indices that point into the same copy."""
    shape = (-1, *[1] * (values.ndim - 1))
    steps = np.repeat(np.arange(times, dtype=np.int32) * step, len(values)).reshape(shape)
    many = repeat(values, times)
    return np.where(many >= 0, many + steps, many).astype(np.int32)


def offsets(values: Any, times: int) -> Any:
    """Offsets of the array one after the other."""
    return np.concatenate([[0], np.cumsum(repeat(np.diff(values), times))]).astype(np.int32)


def grown(model: Model, times: int) -> Model:
    """So many copies of a city in one; the engines run it, but it cannot be sampled."""
    cases, count = model.cases, len(model.cases.project)
    indices = {
        n: moved(getattr(cases, n), times, count) for n in ("release", "target", "reference", "since", "pred")
    }
    rows = {n: offsets(getattr(cases, n), times) for n in ("pred_offset", "slot_offset", "stop_offset")}
    plain = {n: repeat(getattr(cases, n), times) for n in PLAIN}
    project = moved(cases.project, times, len(model.project_ids))
    return replace(
        model,
        cases=replace(cases, project=project, **indices, **rows, **plain),
        project_ids=tuple(f"{k:04}{name}" for k in range(times) for name in model.project_ids),
        unit=repeat(model.unit, times),
        signed=repeat(model.signed, times),
        case_offset=offsets(model.case_offset, times),
        milestone_case=moved(model.milestone_case, times, count),
        withdrawal_law=repeat(model.withdrawal_law, times),
    )


def stacked(draws: Sequence[Draws]) -> Draws:
    """The luck of copies, each its own, as that of one city with so many times the supply."""
    first = draws[0]
    each: dict[str, Any] = {
        n: np.concatenate([getattr(d, n) for d in draws]) for n in (*PER_PROJECT, *PER_CASE, *PER_SLOT)
    }
    supply = {n: more(getattr(first, n), len(draws)) for n in SUPPLY}
    return replace(first, **each, **supply)
