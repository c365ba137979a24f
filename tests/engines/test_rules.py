"""One hand-written case for each clause of the same-instant rule (ENGINE 1)."""

from __future__ import annotations

from typing import Any

import pytest

from sim.model.arrays import LAPSE, REFILL, SESSION, SET_CAPACITY
from tests.support_engine import Do, Meeting, Office, On, Pool, Project, Quota, gate


def one(name: str, *cases: Do, **more: Any) -> Project:
    return Project(name, cases, **more)


def test_1_capacity_changes_before_anybody_is_served(run: Any) -> None:
    p = run(
        [one("p", Do("a", 5, asks="desk", applicant=4))],
        [Office("desk", 0)],
        [On(4, SET_CAPACITY, "desk", 1)],
    )
    assert p.served("p", "a") == [4]


def test_1_unused_quota_lapses_before_the_refill(run: Any) -> None:
    land = [Quota("land", 5)]
    dates = [On(3, REFILL, "land", 4), On(3, LAPSE, "land", 0)]
    p = run([one("p", Do("a", asks="land", amount=5, applicant=3))], land, dates)
    assert p.served("p", "a") == [None]


def test_1_a_refill_serves_requests_of_the_same_minute(run: Any) -> None:
    p = run(
        [one("p", Do("a", asks="land", amount=5, applicant=3))], [Quota("land")], [On(3, REFILL, "land", 5)]
    )
    assert p.visits("p", "a") == [(0, 3, 3, 3, "done")]


def test_1_a_case_ready_in_the_minute_of_a_session_is_heard(run: Any) -> None:
    p = run(
        [one("p", Do("a", 3), Do("b", 2, after=["a"], asks="board"))],
        [Meeting("board")],
        [On(3, SESSION, "board", 1)],
    )
    assert p.visits("p", "b") == [(3, 3, 3, 5, "done")]


def test_2_the_key_decides_and_not_the_order_of_arrival_in_a_minute(run: Any) -> None:
    # q ends its first case in the same minute as p; p's request is made last but comes first.
    projects = [
        one("p", Do("a", 1), Do("b", 2, after=["a"]), gate("c", ["b"]), Do("d", 5, after=["c"], asks="desk")),
        one("q", Do("d", 5, applicant=3, asks="desk")),
    ]
    p = run(projects, [Office("desk")])
    assert (p.served("p", "d"), p.served("q", "d")) == ([3], [8])


def test_2_a_reviewer_freed_now_serves_now(run: Any) -> None:
    projects = [one("p", Do("a", 4, asks="desk")), one("q", Do("a", 1, applicant=4, asks="desk"))]
    assert run(projects, [Office("desk")]).served("q", "a") == [4]


def test_2_zero_length_activities_without_a_resource_take_no_time(run: Any) -> None:
    p = run([one("p", Do("a", 2), Do("b", after=["a"]), Do("c", after=["b"]), Do("d", 1, after=["c"]))])
    assert p.visits("p", "c") == [(2, 2, 2, 2, "done")]
    assert p.visits("p", "d") == [(2, 2, 2, 3, "done")]


def test_3_finishing_beats_leaving(run: Any) -> None:
    p = run([one("p", Do("a", 5), Do("b", 9, after=["a"]), milestones=["a", "b"], patience=[5])])
    assert p.reached("p") == [0, 5, 14]
    assert p.left("p") == (None, 0)


def test_3_leaving_beats_being_served(run: Any) -> None:
    projects = [
        one("p", Do("a", 5, asks="desk")),
        one("q", Do("a", 1, asks="desk"), milestones=["a"], patience=[5]),
    ]
    p = run(projects, [Office("desk")])
    assert p.visits("q", "a") == [(0, 0, None, 5, "withdrawn")]
    assert p.left("q") == (5, 1)


def test_3_what_a_project_held_serves_others_in_the_same_minute(run: Any) -> None:
    projects = [
        one("p", Do("a", 50, asks="desk"), milestones=["a"], patience=[7]),
        one("q", Do("a", 1, asks="desk")),
    ]
    assert run(projects, [Office("desk")]).served("q", "a") == [7]


def test_3_a_queued_project_that_leaves_unblocks_its_lane(run: Any) -> None:
    projects = [
        one("p", Do("a", 9, asks="crews", amount=2)),
        one("q", Do("a", 9, asks="crews", amount=3, applicant=1), milestones=["a"], patience=[4]),
        one("r", Do("a", 9, asks="crews", amount=1, applicant=2)),
    ]
    assert run(projects, [Pool("crews", 3)]).served("r", "a") == [4]


def test_3_a_refusal_takes_effect_in_its_minute_after_all_completions(run: Any) -> None:
    cases = [Do("a", 3, refused=True), Do("b", 3), Do("c", 9)]
    p = run([one("p", *cases, milestones=["b", "c"])])
    assert p.visits("p", "a")[-1][3:] == (3, "refused")
    assert p.visits("p", "b")[-1][3:] == (3, "done")
    assert p.visits("p", "c")[-1][3:] == (3, "withdrawn")
    assert p.left("p") == (3, 2)
    assert p.reached("p") == [0, 3, None]


def test_3_a_refusal_beats_patience_as_the_cause(run: Any) -> None:
    assert run([one("p", Do("a", 3, refused=True), milestones=["a"], patience=[3])]).left("p") == (3, 2)


@pytest.mark.parametrize(("skip", "expected"), [(False, 9), (True, 1)])
def test_4_strict_blocks_the_rest_of_the_lane_and_skip_passes_over(
    run: Any, skip: bool, expected: int
) -> None:
    projects = [
        one("p", Do("a", 9, asks="crews", amount=2)),
        one("q", Do("a", 9, asks="crews", amount=2)),
        one("r", Do("a", 9, asks="crews", amount=1, applicant=1)),
    ]
    assert run(projects, [Pool("crews", 3, skip=skip)]).served("r", "a") == [expected]


def test_4_order_is_rank_joined_project_activity(run: Any) -> None:
    projects = [
        one("p", Do("a", 1, asks="desk", applicant=1), Do("b", 1, asks="desk", applicant=1)),
        one("q", Do("a", 1, asks="desk", applicant=1), Do("b", 1, asks="desk", rank=-1, applicant=3)),
        one("r", Do("a", 3, asks="desk")),
        one("s", Do("a", 1, asks="desk", applicant=2)),
    ]
    p = run(projects, [Office("desk")])
    served = {(x, y): p.served(x, y)[0] for x in "pqs" for y in ("ab" if x != "s" else "a")}
    assert sorted(served, key=served.__getitem__) == [
        ("q", "b"),
        ("p", "a"),
        ("p", "b"),
        ("q", "a"),
        ("s", "a"),
    ]


def test_4_a_closed_lane_does_not_block_the_other(run: Any) -> None:
    desk = Office("desk", hours=["late", None])
    projects = [
        one("p", Do("a", 2, asks="desk", clock=["natural"] * 2)),
        one("q", Do("a", 2, asks="desk", clock=["natural"] * 2, applicant=1), lane=1),
    ]
    p = run(projects, [desk], clocks={"late": [(10, 20)]}, lanes=2)
    assert (p.served("p", "a"), p.served("q", "a")) == ([10], [1])


def test_4_all_resources_settle_before_what_that_caused(run: Any) -> None:
    # p is served at "first" for zero minutes and would come first at "second", but only in the next round.
    projects = [
        one("p", Do("a", 0, asks="first", applicant=2), Do("b", 5, after=["a"], asks="second", rank=-1)),
        one("q", Do("b", 5, asks="second", applicant=2)),
    ]
    for names in (["first", "second"], ["second", "first"]):
        p = run(projects, [Office(name) for name in names])
        assert (p.served("q", "b"), p.served("p", "b")) == ([2], [7])


def test_5_work_of_zero_length_goes_round_again_in_the_same_minute(run: Any) -> None:
    projects = [one(name, Do("a", 0, asks="desk", applicant=3)) for name in "pqr"]
    p = run(projects, [Office("desk")])
    assert [p.served(name, "a") for name in "pqr"] == [[3], [3], [3]]


def test_5_a_session_stays_open_for_later_rounds(run: Any) -> None:
    cases = [Do("a", 0, asks="desk", applicant=3), Do("b", 1, after=["a"], asks="board")]
    p = run([one("p", *cases)], [Office("desk"), Meeting("board")], [On(3, SESSION, "board", 1)])
    assert p.served("p", "b") == [3]


def test_5_a_stop_at_position_zero_asks_for_help_in_the_same_minute(run: Any) -> None:
    do = Do("a", 4, asks="desk", applicant=2, ladder="up", stops=[(0, [(True, 3)])])
    p = run([one("p", do)], [Office("desk"), Office("help")], ladders={"up": [("help", "natural")]})
    assert p.stops("p", "a") == [(0, 0, 2, 2, 5, True)]
    assert p.visits("p", "a") == [(0, 2, 2, 9, "done")]


def test_6_unused_places_lapse_at_the_end_of_the_minute(run: Any) -> None:
    p = run([one("p", Do("a", asks="board", applicant=4))], [Meeting("board")], [On(3, SESSION, "board", 9)])
    assert p.served("p", "a") == [None]


def test_corollary_a_case_is_heard_once_in_a_session(run: Any) -> None:
    dates = [On(3, SESSION, "board", 9), On(5, SESSION, "board", 9)]
    p = run([one("p", Do("a", [0, 0], asks="board", applicant=[0, 0]))], [Meeting("board")], dates)
    assert p.visits("p", "a") == [(0, 0, 3, 3, "returned"), (3, 4, 5, 5, "done")]


def test_corollary_a_reviewer_freed_at_closing_serves_at_opening(run: Any) -> None:
    projects = [one(name, Do("a", 5, asks="desk")) for name in "pq"]
    p = run(projects, [Office("desk", hours=["open"])], clocks={"open": [(0, 5), (8, 20)]})
    assert (p.ended("p", "a"), p.served("q", "a")) == (5, [8])
