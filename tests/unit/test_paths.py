"""The driving path of hand-made lives: every minute has an activity, a cause and an owner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from sim.engine.reference import run
from sim.model.arrays import ENDED, MEETING, SERVICE, SESSION
from sim.paths import case_ends, driving_path, load
from sim.trace import NEVER
from sim.waits import phase_name, queue_cause
from tests.support_engine import Do, Meeting, Office, On, Pool, Project, build, check, gate


def life(projects: list[Project], *more: Any, **world: Any) -> tuple[Any, Any, Any]:
    model, draws = build(projects, *more, **world)
    return model, draws, run(model, draws)


def told(table: pd.DataFrame, project: int = 0) -> list[tuple[str, str, int]]:
    """(activity, cause, minutes) of one project."""
    sums = table[table["project"] == project].groupby(["activity", "cause"], observed=True)["minutes"].sum()
    return sorted((str(activity), str(cause), int(minutes)) for (activity, cause), minutes in sums.items())


def test_the_longer_branch_owns_the_time() -> None:
    cases = [Do("a", 3), Do("b", 10, applicant=2), Do("c", 4, after=["a", "b"])]
    world = life([Project("p", cases, milestones=["c"])])
    assert told(driving_path(*world, 1)) == [("b", "applicant", 2), ("b", "work", 10), ("c", "work", 4)]


def test_ties_go_to_the_declared_order() -> None:
    cases = [Do("z", 5), Do("a", 5), Do("c", 1, after=["z", "a"])]
    world = life([Project("p", cases, milestones=["c"])])
    assert told(driving_path(*world, 1)) == [("c", "work", 1), ("z", "work", 5)]


def test_load_counts_parallel_time_twice() -> None:
    cases = [Do("a", 3), Do("b", 10), Do("c", 4, after=["a", "b"])]
    world = life([Project("p", cases, milestones=["c"])])
    assert told(load(*world)) == [("a", "work", 3), ("b", "work", 10), ("c", "work", 4)]


def test_returns_are_corrections_and_queues_have_owners() -> None:
    busy = Project("a", [Do("x", 7, asks="office:desk")])
    visits = Do("b", [3, 2], applicant=[1, 4], asks="office:desk")
    world = life([busy, Project("p", [visits], milestones=["b"])], [Office("office:desk")])
    table = driving_path(*world, 1)
    assert told(table, 1) == [
        ("b", "applicant", 1), ("b", "correction", 4), ("b", "office:desk", 6), ("b", "work", 5),
    ]  # fmt: skip
    queue = table[table["cause"] == "office:desk"].iloc[0]
    assert (queue["owner"], queue["resource"], queue["phase"]) == ("government", "office:desk", "m0_to_m1")


def test_closed_clocks_and_shocks_have_owners() -> None:
    clocks = {"site": [(0, 5), (10, 100)], "day": [(0, 4), (8, 100)], "shocked": [(0, 4), (8, 9), (20, 100)]}
    cases = [Do("a", 8, clock="site"), Do("b", 6, after=["a"], clock=("natural", "natural"))]
    world = life([Project("p", cases, milestones=["b"])], clocks=clocks, lanes=2)
    table = driving_path(*world, 1)
    assert told(table) == [("a", "closed", 5), ("a", "work", 8), ("b", "work", 6)]
    assert table.set_index("cause").loc["closed", "owner"] == "nature"
    cases = [Do("a", 8, clock=("day", "shocked"))]
    table = driving_path(*life([Project("p", cases, milestones=["a"], lane=1)], clocks=clocks, lanes=2), 1)
    owners = table[table["cause"] == "closed"].set_index("owner")["minutes"].to_dict()
    assert owners == {"government": 4, "nature": 11}


def test_stops_leave_the_clock_and_name_their_ladder() -> None:
    stopped = Do("a", 9, clock="day", ladder="one", stops=[(4, [(False, 3), (True, 0)])])
    ladders = {"one": [(None, "natural"), ("county", "natural")]}
    world = life(
        [Project("p", [stopped], milestones=["a"])], [Meeting("county")], [On(15, SESSION, "county", 1)],
        clocks={"day": [(0, 6), (9, 100)]}, ladders=ladders,
    )  # fmt: skip
    assert told(driving_path(*world, 1)) == [("a", "stop:one", 11), ("a", "work", 9)]
    since = driving_path(*world, 1, since=5)
    assert told(since) == [("a", "stop:one", 10), ("a", "work", 5)]


def test_gates_and_absent_arcs_are_passed_through() -> None:
    cases = [
        Do("a", 5), Do("skip", 99, after=["a"], applies=False), gate("g", ["skip"]),
        Do("late", 50), Do("c", 2, after=["g", ("late", False)]),
    ]  # fmt: skip
    model, draws, trace = life([Project("p", cases, milestones=["c"])])
    assert told(driving_path(model, draws, trace, 1)) == [("a", "work", 5), ("c", "work", 2)]
    assert case_ends(model, draws, trace).tolist() == [5, 5, 5, 50, 7]


def test_a_void_check_leads_through_the_rerun() -> None:
    cases = [
        Do("x", 4, rerun=(3, 6)),
        Do("land", 10),
        check("x.convert", "x", 2, after=["x", "land"], reference="land", void=True),
        Do("c", 1, after=["x.convert"]),
    ]
    model, draws, trace = life([Project("p", cases, milestones=["c"])])
    assert told(driving_path(model, draws, trace, 1)) == [
        ("c", "work", 1),
        ("land", "work", 10),
        ("x", "correction", 3),
        ("x", "work", 6),
        ("x.convert", "work", 2),
    ]
    assert case_ends(model, draws, trace).tolist() == [4, 10, 21, 22]


def test_a_direct_check_takes_no_time() -> None:
    cases = [
        Do("x", 12), Do("land", 10), check("x.convert", "x", 2, after=["x", "land"], reference="land"),
        Do("c", 1, after=["x.convert"]),
    ]  # fmt: skip
    world = life([Project("p", cases, milestones=["c"])])
    assert told(driving_path(*world, 1)) == [("c", "work", 1), ("x", "work", 12)]


def test_time_before_the_epoch_is_history_of_its_phase() -> None:
    past = [Do("a", state=ENDED, ended=-8), Do("b", 5, after=["a"], state=SERVICE, ready=-6, joined=-6,
            served=-4, remaining=3)]  # fmt: skip
    project = Project("p", past, signed=-20, reached=[-20, -8], milestones=["a", "b"])
    world = life([project])
    assert told(driving_path(*world, 2)) == [
        ("b", "history", 2), ("b", "work", 9), ("history", "history", 12),
    ]  # fmt: skip
    table = driving_path(*world, 2)
    assert set(table[table["cause"] == "history"]["phase"]) == {"m0_to_m1"}
    assert told(driving_path(*world, 2, since=0)) == [("b", "work", 3)]


def test_unreached_projects_follow_the_activity_open_longest() -> None:
    pair = [
        Do("a", 4),
        Do("long", NEVER, after=["a"]),
        Do("short", NEVER),
        Do("c", 1, after=["long", "short"]),
    ]
    world = life([Project("p", pair, milestones=["c"])], horizon=30)
    assert driving_path(*world, 1).empty
    assert told(driving_path(*world, 1, unreached=True)) == [("short", "work", 30)]
    leaves = Project("p", pair, milestones=["c"], patience=[12])
    assert told(driving_path(*life([leaves], horizon=30), 1, unreached=True)) == [("short", "work", 12)]


def test_batches_and_pools_are_named_by_kind() -> None:
    hold = Project("a", [Do("h", 9, asks="crews")])
    cases = [Do("b", 2, asks="crews"), Do("m", 0, after=["b"], asks="batch@East")]
    model, draws = build(
        [hold, Project("p", cases, milestones=["m"])], [Meeting("batch@East"), Pool("crews")],
        [On(20, SESSION, "batch@East", 1, shared_work=5)],
    )  # fmt: skip
    model = replace(model, session_law=model.session_law + 1)
    world = model, draws, run(model, draws)
    assert told(driving_path(*world, 1), 1) == [("b", "pool:crews", 9), ("b", "work", 2), ("m", "batch", 9)]


@pytest.mark.parametrize(
    ("name", "kind", "shared", "cause"),
    [
        ("board", MEETING, False, "meeting:board"),
        ("land@Weishi", 1, False, "quota:land"),
        ("x", 2, False, "pool:x"),
    ],
)
def test_causes_of_resources(name: str, kind: int, shared: bool, cause: str) -> None:
    assert queue_cause(name, kind, shared) == cause


def test_tables_of_replications_concatenate_as_categories() -> None:
    model, draws, trace = life([Project("p", [Do("a", 3)], milestones=["a"])])
    other = driving_path(model, draws, replace(trace, replication=1), 1)
    both = pd.concat([driving_path(model, draws, trace, 1), other], ignore_index=True)
    assert isinstance(both["cause"].dtype, pd.CategoricalDtype)
    assert both["replication"].tolist() == [0, 1]
    assert phase_name(("signed", "built"), 1) == "signed_to_built"
