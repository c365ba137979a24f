"""Load of resources: time held over time offered, waits by activity and resource."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.clocks import DAY
from sim.columns import frame
from sim.engine.reference import run
from sim.model.arrays import REFILL, SESSION, SET_CAPACITY, UNLIMITED
from sim.queues import activity_table, load_of, pilot_waits, resource_table, total
from sim.trace import NEVER
from tests.support_engine import Do, Meeting, Office, On, Pool, Project, Quota, build


def measured(projects: list[Project], *more: Any, until: int | None = None, **world: Any) -> Any:
    model, draws = build(projects, *more, **world)
    return model, load_of(model, draws, run(model, draws), until)


def test_an_office_is_used_in_its_opening_hours() -> None:
    projects = [Project(n, [Do("a", 5, asks="desk")]) for n in "pqr"]
    model, load = measured(
        projects, [Office("desk", 2, hours=["day"])], [On(12, SET_CAPACITY, "desk", 1)],
        clocks={"day": [(0, 8), (12, 100)]}, until=20,
    )  # fmt: skip
    # p and q 0-5, r 5-10, of which 8-10 closed; two reviewers for 8 minutes, one for 8 more.
    row = frame(resource_table(model, load)).iloc[0]
    assert (load.held[0], load.offered[0]) == (13, 24)
    assert row["utilisation"] == pytest.approx(13 / 24)
    assert (row["requests"], row["served"]) == (3, 3)
    assert row["mean_wait_days"] * DAY == pytest.approx(5 / 3)
    assert row["longest_wait_days"] * DAY == 5


def test_who_still_waits_counts_to_the_horizon() -> None:
    projects = [Project(n, [Do("a", NEVER, asks="desk")]) for n in "pq"]
    _, load = measured(projects, [Office("desk")], horizon=40)
    assert (load.requests[0], load.served[0], load.waited[0]) == (2, 1, 40)
    _, load = measured(projects, [Office("desk")], horizon=40, until=15)
    assert load.waited[0] == 15


def test_quota_pool_and_meeting() -> None:
    projects = [
        Project("p", [Do("q", asks="land", amount=3), Do("m", asks="board", after=["q"]),
                      Do("b", 4, asks="crews", amount=2, after=["m"], release="c"), Do("c", 6, after=["b"])]),
        Project("r", [Do("q", asks="land", amount=3)]),
    ]  # fmt: skip
    model, load = measured(
        projects,
        [Meeting("board"), Meeting("open"), Pool("crews", 3), Quota("land", 4)],
        [On(2, SESSION, "board", 5), On(3, SESSION, "open", UNLIMITED), On(5, REFILL, "land", 1, 1)],
        until=20,
    )
    assert load.held.tolist() == [1, 0, 2 * 10, 3]
    assert load.offered.tolist() == [5, np.inf, 60, 6]
    table = frame(resource_table(model, load))
    assert table["utilisation"].isna().tolist() == [False, True, False, False]
    assert table["kind"].tolist() == ["meeting", "meeting", "pool", "quota"]


def test_helpers_of_stoppages_are_busy_too() -> None:
    stopped = Do("a", 9, ladder="one", stops=[(4, [(True, 3)])])
    _, load = measured(
        [Project("p", [stopped])], [Office("help")], ladders={"one": [("help", "natural")]}, until=20
    )
    assert (load.held[0], load.offered[0], load.requests[0]) == (3, 20, 0)


def test_loads_add_up_and_give_the_pilot_its_waits() -> None:
    cases = [Do("a", 4, asks="desk"), Do("b", 1, asks="desk", after=["a"]), Do("c", 1)]
    projects = [Project("p", cases), Project("q", cases)]
    model, load = measured(projects, [Office("desk")])
    # a: p 0, q 4; b: both behind what is served: p waits from 4 to 8, q not at all after 8-9.
    both = total([load, load])
    assert both.replications == 2
    assert both.waited[0] == 2 * load.waited[0]
    table = frame(activity_table(model, both))
    assert table["activity"].tolist() == ["a", "b"]
    assert (table["mean_wait_days"] * DAY).tolist() == pytest.approx([2, 2.5])
    assert pilot_waits(model, both).tolist() == [2, 3, 0, 2, 3, 0]


def test_no_replication_no_load() -> None:
    with pytest.raises(ValueError, match="loads: got none"):
        total([])
