"""The driving path tiles [signed, milestone] exactly, on random worlds full of ties."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.engine.reference import run
from sim.model.arrays import ENDED, GATE, Model
from sim.paths import case_ends, driving_path, load
from sim.sampling.draws import Draws
from sim.trace import DIRECT, DONE, NEVER, VOID, Trace
from tests.engines.worlds import make_world


def world(seed: int) -> tuple[Model, Draws, Trace]:
    model, draws = make_world(random.Random(seed))
    return model, draws, run(model, draws)


def total(table: pd.DataFrame, count: int) -> Any:
    return np.bincount(table["project"], weights=table["minutes"], minlength=count).astype(np.int64)


def plain_ends(model: Model, draws: Draws, trace: Trace) -> list[int]:
    """The ends of cases, one by one, in the words of the contract."""
    c, ends = model.cases, []
    for i in range(len(c.project)):
        rows = [
            r for r in range(len(trace.project))
            if (trace.project[r], trace.activity[r]) == (c.project[i], c.activity[i])
        ]  # fmt: skip
        regular = [r for r in rows if trace.visit[r] < draws.rounds[i]]
        last = regular[-1] if regular else -1
        before = [
            ends[c.pred[a]]
            for a in range(c.pred_offset[i], c.pred_offset[i + 1])
            if c.pred_flag[a] < 0 or draws.arc[a]
        ]
        if draws.state[i] == ENDED:
            ends.append(int(draws.ended[i]))
        elif c.kind[i] == GATE or not draws.applies[i]:
            ends.append(max(before, default=int(trace.milestones[c.project[i], 0])))
        elif last >= 0 and trace.outcome[last] in (DONE, DIRECT):
            ends.append(int(trace.ended[last]))
        elif last >= 0 and trace.outcome[last] == VOID:
            t = c.target[i]
            again = [
                r for r in range(len(trace.project))
                if (trace.project[r], trace.activity[r]) == (c.project[t], c.activity[t])
                and trace.visit[r] == draws.rounds[t] and trace.outcome[r] == DONE
            ]  # fmt: skip
            ends.append(int(trace.ended[again[0]]) if again else NEVER)
        else:
            ends.append(NEVER)
    return ends


def check_seed(seed: int) -> None:
    model, draws, trace = world(seed)
    count, signed = len(model.project_ids), trace.milestones[:, 0].astype(np.int64)
    assert case_ends(model, draws, trace).tolist() == plain_ends(model, draws, trace)
    for k in (None, *range(1, len(model.milestones))):
        last = trace.milestones.shape[1] - 1 - np.argmax(trace.milestones[:, ::-1] < NEVER, axis=1)
        reached = trace.milestones[np.arange(count), last if k is None else k].astype(np.int64)
        there = (reached < NEVER) & (signed < NEVER) & draws.active
        since = (None, 0, 7)[(seed + (k or 0)) % 3]
        lower = signed if since is None else np.maximum(signed, since)
        table = driving_path(model, draws, trace, k, since=since)
        want = np.where(there, np.maximum(reached - lower, 0), 0)
        assert total(table, count).tolist() == want.tolist(), (k, since)
        assert (table["minutes"] > 0).all()
        stuck = (signed < NEVER) & draws.active & ~there
        end = np.minimum(trace.withdrawn, model.horizon).astype(np.int64)
        want = np.where(stuck, np.maximum(end - lower, 0), want)
        table = driving_path(model, draws, trace, k, since=since, unreached=True)
        assert total(table, count).tolist() == want.tolist(), (k, since, "unreached")


def plain_path(world: tuple[Model, Draws, Trace], p: int, k: int) -> dict[str, int]:
    """Minutes by activity on the path of one project to one milestone, step by step."""
    model, draws, trace = world
    c, ends = model.cases, plain_ends(model, draws, trace)
    signed, at, case = (
        int(x) for x in (trace.milestones[p, 0], trace.milestones[p, k], model.milestone_case[p, k])
    )
    found: dict[str, int] = {}

    def book(name: str, start: int) -> int:
        start = max(min(start, at), signed)
        found[name] = found.get(name, 0) + at - start
        return start

    while at > signed:
        name = model.activities[c.activity[case]]
        rows = [
            r
            for r in range(len(trace.project))
            if trace.project[r] == p and trace.activity[r] == c.activity[case]
        ]
        gate = (c.kind[case] == GATE or not draws.applies[case]) and draws.state[case] != ENDED
        own = [r for r in rows if trace.visit[r] < draws.rounds[case] or case not in c.target]
        if case < 0 or (not gate and not own):
            at = book("history", signed)
            break
        if own:
            at = book(name, ends[case])
            if trace.outcome[own[-1]] == VOID:
                t = c.target[case]
                again = [
                    r
                    for r in range(len(trace.project))
                    if trace.project[r] == p and trace.activity[r] == c.activity[t]
                ][-1]
                at = book(model.activities[c.activity[t]], int(trace.ready[again]))
            at = book(name, int(trace.ready[own[0]]))
        arcs = range(c.pred_offset[case], c.pred_offset[case + 1])
        before = [c.pred[a] for a in arcs if c.pred_flag[a] < 0 or draws.arc[a]]
        case = max(before, key=lambda b: ends[b], default=-1)  # the first of equals
        at = book(name, ends[case] if case >= 0 else signed)
        if case < 0:
            break
    return {name: minutes for name, minutes in found.items() if minutes}


def check_path(seed: int) -> None:
    model, draws, trace = world(seed)
    k = 1 + seed % 3
    table = driving_path(model, draws, trace, k)
    sums = table.groupby(["project", "activity"], observed=True)["minutes"].sum()
    for p in range(len(model.project_ids)):
        there = draws.active[p] and trace.milestones[p, 0] < NEVER and trace.milestones[p, k] < NEVER
        want = plain_path((model, draws, trace), p, k) if there else {}
        assert {str(a): int(m) for (q, a), m in sums.items() if q == p} == want, p


def check_load(seed: int) -> None:
    """The load of a project is the sum of all its rows, parallel ones twice."""
    model, draws, trace = world(seed)
    end = np.minimum(np.minimum(trace.ended, trace.withdrawn[trace.project]), model.horizon).astype(np.int64)
    signed = trace.milestones[trace.project, 0]
    rows = np.maximum(end - np.maximum(trace.ready, signed), 0)
    want = np.bincount(trace.project, weights=rows, minlength=len(model.project_ids)).astype(np.int64)
    assert total(load(model, draws, trace), len(model.project_ids)).tolist() == want.tolist()


@pytest.mark.parametrize("block", range(2))
def test_tiles_exactly(block: int) -> None:
    for seed in range(block * 40, block * 40 + 40):
        check_seed(seed)
        check_load(seed)
        check_path(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(2, 10))
def test_tiles_exactly_often(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        check_seed(seed)
        check_load(seed)
        check_path(seed)
