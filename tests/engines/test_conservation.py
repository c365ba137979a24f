"""Every law of conservation notices a trace that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.engine import reference
from sim.engine.conservation import ConservationError, check, violations
from sim.errors import KaigongError
from sim.model.arrays import REFILL, SESSION
from sim.trace import DONE, NEVER, OPEN, RETURNED, Trace
from tests.support_engine import Do, Meeting, Office, On, Pool, Project, Quota, build
from tests.support_engine import check as checks


def town() -> tuple[Any, Any, Trace]:
    """Two projects through an office, a quota, a meeting, a pool, a void check and a stop; one leaves."""
    cases = [
        Do("a", [3, 2], asks="desk", applicant=1), Do("b", 2, after=["a"], asks="land", amount=4),
        Do("c", 1, after=["b"], asks="board"), Do("d", 5, after=["c"], asks="crews", release="e"),
        Do("e", 2, after=["d"], ladder="up", stops=[(1, [(False, 1), (True, 2)])]),
        checks("f", "a", 2, after=["a"], void=True), Do("g", 2, refused=True, after=["e"]),
    ]  # fmt: skip
    cases[0].rerun = (0, 4)
    other = [Do("a", 4, asks="desk"), Do("d", 30, asks="crews"), Do("e", 1, after=["d"])]
    projects = [
        Project("p", cases, milestones=["b", "e"]),
        Project("q", other, milestones=["a", "e"], patience=[40, 20]),
    ]
    resources = [Office("desk", hours=["open"]), Quota("land", 2), Meeting("board", lead=1), Pool("crews", 1)]
    dates = [On(11, REFILL, "land", 3), *(On(t, SESSION, "board", 1) for t in (6, 20))]
    model, draws = build(
        projects, resources, dates, clocks={"open": [(0, 12), (14, 90)]}, horizon=80,
        ladders={"up": [(None, "natural"), (None, "natural")]},
    )  # fmt: skip
    return model, draws, reference.run(model, draws)


def put(column: str, row: int, value: int) -> Callable[[Trace], Trace]:
    def change(trace: Trace) -> Trace:
        cells = getattr(trace, column).copy()
        cells[row] = value
        return replace(trace, **{column: cells})

    return change


def without(row: int) -> Callable[[Trace], Trace]:
    def change(trace: Trace) -> Trace:
        names = ("project", "activity", "visit", "ready", "joined", "served", "ended", "outcome")
        return replace(trace, **{name: np.delete(getattr(trace, name), row) for name in names})

    return change


def test_an_honest_trace_passes() -> None:
    model, draws, trace = town()
    check(model, draws, trace)
    assert trace.withdrawn_cause.tolist() == [2, 1]


# Rows of the town: p: 0 a/0, 1 a/1, 2 a/2 (reopened), 3 b, 4 c, 5 d, 6 e, 7 f, 8 g; q: 9 a, 10 d.
LIES: list[tuple[str, list[Callable[[Trace], Trace]]]] = [
    ("rows out of order or twice", [put("visit", 1, 0)]),
    ("moments of a visit out of order", [put("joined", 3, 60)]),
    ("moments at or after the horizon", [put("ended", 8, 80)]),
    ("served without joining", [put("joined", 3, NEVER)]),
    ("finished visits with open moments", [put("served", 3, NEVER)]),
    ("open visits that ended", [put("outcome", 3, OPEN)]),
    ("visits withdrawn at another minute", [put("ended", 10, 21)]),
    ("visits open in a project that left", [put("outcome", 10, OPEN), put("ended", 10, NEVER)]),
    ("visits after one that was not returned", [put("outcome", 0, DONE)]),
    ("returned visits without a next", [put("outcome", 3, RETURNED)]),
    ("visits that do not follow on the one before", [put("ready", 1, 3)]),
    ("outcomes other than drawn", [put("outcome", 7, DONE)]),
    ("direct though it is no check", [put("outcome", 3, 4)]),
    ("reopened without a void check", [put("ready", 2, 1)]),
    ("void checks that reopen nothing", [without(2)]),
    ("not ready when all before it ended", [put("ready", 3, 5)]),
    ("not ready when all before it ended", [without(4)]),
    (
        "milestones that are not the end of their activity",
        [lambda t: replace(t, milestones=t.milestones + 1)],
    ),
    ("something happened after the project left", [put("withdrawn", 0, 30)]),
    ("refused, but the project stays", [put("withdrawn", 0, NEVER)]),
    ("causes without one", [put("withdrawn_cause", 0, 0)]),
    ("moments of a stop out of order, or at or after the horizon", [put("stop_served", 0, 9)]),
    ("rungs that do not follow each other", [put("stop_solved", 0, 1)]),
    ("stops outside the first visit", [put("stop_ended", 1, 79)]),
    ("desk beyond its capacity", [put("served", 0, 1)]),
    ("crews beyond its capacity", [put("served", 5, 21)]),
    ("land overdrawn$", [put("served", 3, 10)]),
    ("heard outside a session", [put("served", 4, 19)]),
    ("served while open is closed", [put("served", 2, 13)]),
]


@pytest.mark.parametrize(("law", "lies"), LIES, ids=lambda x: x if isinstance(x, str) else "")
def test_a_lie_is_noticed(law: str, lies: list[Callable[[Trace], Trace]]) -> None:
    model, draws, trace = town()
    for lie in lies:
        trace = lie(trace)
    with pytest.raises(ConservationError, match=f"(?m){law}"):
        check(model, draws, trace)


def test_places_and_lists_of_meetings_are_checked() -> None:
    projects = [Project(name, [Do("a", 1, asks="board", applicant=3)]) for name in "pq"]
    for extra, law in (({"lead": 3}, "joining in time"), ({}, "without a place")):
        dates = [On(5, SESSION, "board", 1), On(9, SESSION, "board", 1)]
        model, draws = build(projects, [Meeting("board", **extra)], dates, horizon=20)
        trace = reference.run(model, draws)
        assert violations(model, draws, trace) == ()
        lie = replace(trace, served=np.full(2, 5, dtype=np.int32), ended=np.full(2, 6, dtype=np.int32),
                      outcome=np.zeros(2, dtype=np.int8))  # fmt: skip
        with pytest.raises(ConservationError, match=law):
            check(model, draws, lie)


def test_the_open_account_is_checked_on_its_own() -> None:
    projects = [Project("p", [Do("a", 1, asks="land", amount=3, key=True)])]
    model, draws = build(projects, [Quota("land", 2, reserved=2)], horizon=20)
    trace = reference.run(model, draws)
    check(model, draws, trace)
    other = replace(model, cases=replace(model.cases, reserved=np.array([False])))
    with pytest.raises(ConservationError, match="land overdrawn on its open account"):
        check(other, draws, trace)


def test_the_error_lists_everything_and_is_one_of_ours() -> None:
    model, draws, trace = town()
    broken = put("ready", 3, 5)(put("withdrawn_cause", 0, 0)(trace))
    with pytest.raises(KaigongError, match="replication 0: the trace does not add up") as caught:
        check(model, draws, broken)
    assert isinstance(caught.value, ConservationError)
    assert len(caught.value.found) == 2
    assert "(p b)" in str(caught.value)
