"""One project's life as lines."""

from __future__ import annotations

from typing import Any

import pytest

from sim.clocks import DAY
from sim.engine.reference import run
from sim.explain import explain, steps
from sim.trace import NEVER
from tests.support_engine import Do, Office, Pool, Project, build

D = DAY


def world(*projects: Project, **more: Any) -> Any:
    resources = [Office("desk", 1), Pool("crews", 1)]
    model, draws = build(list(projects), resources, horizon=100 * D, **more)
    return model, draws, run(model, draws)


def test_it_says_who_held_and_who_went_before() -> None:
    told = world(
        Project("a", [Do("x", 3 * D, asks="desk")]),
        Project("b", [Do("x", 2 * D, asks="desk", applicant=D, rank=-1)]),
        Project("p", [Do("x", [4 * D, D], asks="desk", applicant=[D, 2 * D])], milestones=["x"]),
    )
    first, second = steps(*told, "p")
    assert (first.holders, first.before, first.resource) == (("a",), ("b",), "desk")
    assert (second.holders, second.visit, second.driving) == ((), 1, True)
    lines = explain(*told, "p")
    assert lines == [
        "2021-01-01  reached m0",
        "2021-01-01 - 2021-01-10  x; applicant 1.0 d; waited 4.0 d for desk; held by a; served before it: b; "
        "returned; on the driving path",
        "2021-01-10 - 2021-01-13  x; visit 2; applicant 2.0 d; on the driving path",
        "2021-01-13  reached m1",
    ]
    line = explain(*told, "p", lang="zh", labels={"x": "环评", "desk": "窗口"})[1]
    assert line.endswith(
        "  环评; 申请人 1.0 天; 等候窗口 4.0 天; 占用者：a; 先于它办理：b; 退回补正; 在关键路径上"
    )


def test_pools_are_held_to_their_release_and_long_lists_are_counted() -> None:
    many = [Project(n, [Do("x", D, asks="desk")]) for n in "abcdef"]
    pool = [
        Project("g", [Do("y", D, asks="crews", release="z"), Do("z", 5 * D, after=["y"])]),
        Project("h", [Do("y", D, asks="crews", applicant=3 * D)]),
    ]
    told = world(*many, *pool, Project("p", [Do("x", D, asks="desk", applicant=60)]))
    line = explain(*told, "p")[-1]
    assert "held by a; served before it: b, c, d, and 2 more" in line
    assert steps(*told, "h")[0].holders == ("g",)


def test_open_and_withdrawn_lives() -> None:
    stopped = Do("x", 5 * D, ladder="one", stops=[(D, [(True, 2 * D)])])
    told = world(
        Project("a", [Do("y", NEVER, asks="desk")]),
        Project("p", [stopped, Do("y", D, asks="desk", after=["x"])], milestones=["y"], patience=[20 * D]),
        ladders={"one": [(None, "natural")]},
    )
    lines = explain(*told, "p")
    assert lines[1].endswith("x; stopped 2.0 d; on the driving path")
    assert "waited 13.0 d for desk; not yet served; held by a; withdrawn" in lines[2]
    assert lines[-1] == "2021-01-21  withdrew (withdrawn)"
    assert " - still open  y" in explain(*told, "a")[-1]


def test_an_unknown_project_is_named() -> None:
    with pytest.raises(ValueError, match="project: got nobody, expected an id of the ledger"):
        explain(*world(Project("p", [Do("x", 1)])), "nobody")
