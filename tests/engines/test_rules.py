"""One hand-written case for each clause of the engine contract, sections 1 and 2."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from sim.model.arrays import (
    APPLICANT,
    CHECK,
    ENDED,
    LAPSE,
    QUEUED,
    REFILL,
    SERVICE,
    SESSION,
    SET_CAPACITY,
    UNLIMITED,
)
from sim.trace import NEVER
from tests.engines.played import ENGINES, play
from tests.support_engine import Do, Meeting, Office, On, Pool, Project, Quota, check, gate


@pytest.fixture(params=sorted(ENGINES))
def run(request: pytest.FixtureRequest) -> Any:
    return partial(play, request.param)


def one(name: str, *cases: Do, **more: Any) -> Project:
    return Project(name, cases, **more)


# -- 1. the same-instant rule ----------------------------------------------------------------------


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


# -- 2. what things do -----------------------------------------------------------------------------


def test_visit_applicant_time_queue_work(run: Any) -> None:
    do = Do("a", [3, 2], applicant=[4, 1], asks="desk")
    p = run([one("p", do), one("q", Do("a", 10, asks="desk"))], [Office("desk")])
    assert p.visits("p", "a") == [(0, 4, 10, 13, "returned"), (13, 14, 14, 16, "done")]


def test_visit_the_reviewer_is_free_between_visits(run: Any) -> None:
    projects = [one("p", Do("a", [3, 3], applicant=[0, 9], asks="desk")), one("q", Do("a", 1, asks="desk"))]
    assert run(projects, [Office("desk")]).served("q", "a") == [3]


@pytest.mark.parametrize(("keeps", "expected"), [(False, 7), (True, 5)])
def test_visit_a_returned_case_queues_as_new_unless_it_keeps_its_place(
    run: Any, keeps: bool, expected: int
) -> None:
    projects = [
        one("p", Do("a", [3, 1], applicant=[0, 1], asks="desk")),
        one("q", Do("a", 2, applicant=1, asks="desk")),
        one("r", Do("a", 2, applicant=2, asks="desk")),
    ]
    assert run(projects, [Office("desk", keeps_place=keeps)]).served("p", "a") == [0, expected]


def test_what_does_not_apply_ends_with_its_predecessors_without_a_row(run: Any) -> None:
    cases = [Do("a", 4), Do("b", 9, after=["a"], applies=False), Do("c", 1, after=["b"])]
    p = run([one("p", *cases, milestones=["b"])])
    assert p.visits("p", "b") == []
    assert p.visits("p", "c") == [(4, 4, 4, 5, "done")]
    assert p.reached("p") == [0, 4]


def test_all_predecessors_must_end_and_absent_arcs_do_not_count(run: Any) -> None:
    cases = [
        Do("a", 4),
        Do("b", 7),
        Do("c", 1, after=["a", ("b", False)]),
        Do("d", 1, after=["a", ("b", True)]),
    ]
    p = run([one("p", *cases)])
    assert (p.ended("p", "c"), p.ended("p", "d")) == (5, 8)


def test_clock_work_that_fills_a_window_ends_when_it_closes(run: Any) -> None:
    clocks = {"site": [(0, 5), (8, 12)]}
    p = run(
        [one("p", Do("a", 5, clock="site"), Do("b", 6, clock="site"), Do("c", 0, after=["a"], clock="site"))],
        clocks=clocks,
    )
    assert (p.ended("p", "a"), p.ended("p", "b"), p.ended("p", "c")) == (5, 9, 5)


def test_clock_work_beyond_the_table_never_ends(run: Any) -> None:
    assert run([one("p", Do("a", 6, clock="site"))], clocks={"site": [(0, 5)]}).visits("p", "a") == [
        (0, 0, 0, None, "open")
    ]


def test_office_hours_gate_service_only(run: Any) -> None:
    p = run([one("p", Do("a", 9, asks="desk"))], [Office("desk", hours=["open"])], clocks={"open": [(3, 5)]})
    assert p.visits("p", "a") == [(0, 0, 3, 12, "done")]


def test_office_with_fewer_reviewers_interrupts_nobody(run: Any) -> None:
    projects = [one(name, Do("a", 6, asks="desk")) for name in "pqr"]
    p = run(
        projects,
        [Office("desk", 2)],
        [On(2, SET_CAPACITY, "desk", 1), On(6, SET_CAPACITY, "desk", 0), On(9, SET_CAPACITY, "desk", 1)],
    )
    assert [p.served(name, "a") for name in "pqr"] == [[0], [0], [9]]


def test_quota_key_projects_take_the_reserved_account_first(run: Any) -> None:
    projects = [
        one("p", Do("a", asks="land", amount=3, key=True)),
        one("q", Do("a", asks="land", amount=4, applicant=1)),
    ]
    p = run(projects, [Quota("land", 5, reserved=2)])
    assert (p.served("p", "a"), p.served("q", "a")) == ([0], [1])


def test_quota_others_use_the_open_account_only(run: Any) -> None:
    p = run([one("p", Do("a", asks="land", amount=6))], [Quota("land", 5, reserved=5)])
    assert p.served("p", "a") == [None]


def test_quota_is_strict_within_a_lane(run: Any) -> None:
    projects = [
        one("p", Do("a", asks="land", amount=6)),
        one("q", Do("a", asks="land", amount=6, key=True)),
        one("r", Do("a", asks="land", amount=1)),
    ]
    p = run(projects, [Quota("land", 5, reserved=3)])
    assert [p.served(name, "a") for name in "pqr"] == [[None], [0], [None]]


@pytest.mark.parametrize(("kept", "expected"), [(0, None), (2, None), (3, 5), (UNLIMITED, 5)])
def test_quota_carries_over_none_an_amount_or_all(run: Any, kept: int, expected: int | None) -> None:
    dates = [On(5, LAPSE, "land", kept), On(5, REFILL, "land", 1)]
    p = run([one("p", Do("a", asks="land", amount=4, applicant=1))], [Quota("land", 3)], dates)
    assert p.served("p", "a") == [expected]


@pytest.mark.parametrize(("returns", "expected"), [(False, None), (True, 6)])
def test_quota_goes_back_part_by_part_on_withdrawal(run: Any, returns: bool, expected: int | None) -> None:
    projects = [
        one("p", Do("a", asks="land", amount=4, key=True), Do("b", 50), milestones=["b"], patience=[6]),
        one("q", Do("a", asks="land", amount=3, applicant=1)),
        one("r", Do("a", asks="land", amount=3, applicant=2, key=True)),
    ]
    p = run(projects, [Quota("land", 3, reserved=3, returns=returns)])
    assert (p.served("q", "a"), p.served("r", "a")) == ([expected], [6 if returns else None])


def test_quota_is_granted_once_to_a_case(run: Any) -> None:
    p = run([one("p", Do("a", [1, 1, 1], asks="land", amount=4))], [Quota("land", 4)])
    assert p.served("p", "a") == [0, 1, 2]


def test_two_quotas_are_two_activities_in_a_row(run: Any) -> None:
    cases = [Do("a", asks="land", amount=2), Do("b", asks="arable", amount=2, after=["a"])]
    p = run([one("p", *cases)], [Quota("land", 2), Quota("arable")], [On(4, REFILL, "arable", 2)])
    assert (p.served("p", "a"), p.served("p", "b")) == ([0], [4])


def test_meeting_of_unlimited_places_is_a_date_gate(run: Any) -> None:
    projects = [one(f"p{i}", Do("a", 1, asks="board", amount=9, applicant=i)) for i in range(6)]
    p = run(projects, [Meeting("board")], [On(4, SESSION, "board", UNLIMITED)])
    assert [p.served(f"p{i}", "a")[0] for i in range(6)] == [4] * 5 + [None]


def test_meeting_counts_amounts_and_has_a_capacity(run: Any) -> None:
    projects = [one(name, Do("a", 1, asks="board", amount=2)) for name in "pqr"]
    p = run(projects, [Meeting("board")], [On(3, SESSION, "board", 5), On(7, SESSION, "board", 5)])
    assert [p.served(name, "a") for name in "pqr"] == [[3], [3], [7]]


def test_meeting_late_papers_wait_and_block_nobody(run: Any) -> None:
    projects = [
        one("p", Do("a", 1, asks="board", applicant=4, rank=-1)),
        one("q", Do("a", 1, asks="board", applicant=3)),
    ]
    p = run(projects, [Meeting("board", lead=2)], [On(5, SESSION, "board", 1), On(9, SESSION, "board", 1)])
    assert (p.served("p", "a"), p.served("q", "a")) == ([9], [5])


def test_meeting_a_cancelled_session_hears_nobody(run: Any) -> None:
    p = run(
        [one("p", Do("a", 1, asks="board", amount=0))],
        [Meeting("board")],
        [On(3, SESSION, "board", 0), On(6, SESSION, "board", 1)],
    )
    assert p.served("p", "a") == [6]


def test_meeting_cases_of_one_session_share_one_duration(run: Any) -> None:
    projects = [one(name, Do("a", 1, asks="board", session_law=True)) for name in "pq"]
    p = run(projects, [Meeting("board")], [On(3, SESSION, "board", UNLIMITED, shared_work=8)])
    assert [p.ended(name, "a") for name in "pq"] == [11, 11]


def test_pool_is_given_back_at_the_end_of_the_named_activity(run: Any) -> None:
    cases = [Do("a", 2, asks="crews", release="c"), Do("b", 3, after=["a"]), Do("c", 4, after=["b"])]
    p = run([one("p", *cases), one("q", Do("a", 1, applicant=1, asks="crews"))], [Pool("crews")])
    assert p.served("q", "a") == [9]


def test_pool_is_given_back_on_withdrawal(run: Any) -> None:
    cases = [Do("a", 2, asks="crews", release="c"), Do("c", 40, after=["a"])]
    p = run(
        [one("p", *cases, milestones=["c"], patience=[5]), one("q", Do("a", 1, applicant=1, asks="crews"))],
        [Pool("crews")],
    )
    assert p.served("q", "a") == [5]


def test_zero_capacity_waits(run: Any) -> None:
    resources = [Office("desk", 0), Pool("crews", 0), Quota("land"), Meeting("board")]
    cases = [Do(r.name, 1, asks=r.name) for r in resources]
    p = run([one("p", *cases)], resources)
    assert all(p.visits("p", r.name) == [(0, 0, None, None, "open")] for r in resources)


def test_stops_hold_the_clock_up_and_keep_the_resource(run: Any) -> None:
    stops = [(2, [(True, 4)]), (3, [(True, 1)])]
    projects = [
        one("p", Do("a", 7, asks="desk", ladder="up", stops=stops)),
        one("q", Do("a", 1, asks="desk")),
    ]
    p = run(projects, [Office("desk")], ladders={"up": [(None, "natural")]})
    assert p.stops("p", "a") == [(0, 0, 2, 2, 6, True), (1, 0, 9, 9, 10, True)]
    assert (p.ended("p", "a"), p.served("q", "a")) == (12, [12])


def test_stops_come_before_the_end_of_the_work_and_in_the_first_visit_only(run: Any) -> None:
    do = Do("a", [3, 9], ladder="up", stops=[(3, [(True, 4)])])
    p = run([one("p", do)], ladders={"up": [(None, "natural")]})
    assert p.stops("p", "a") == []


def test_stops_climb_rungs_and_a_meeting_rung_takes_no_time(run: Any) -> None:
    do = Do("a", 4, ladder="up", stops=[(1, [(False, 2), (False, 50), (False, 3)])])
    ladders = {"up": [("help", "natural"), ("board", "natural"), (None, "late")]}
    p = run([one("p", do)], [Office("help"), Meeting("board")], [On(5, SESSION, "board", 1)], ladders=ladders,
            clocks={"late": [(10, 30)]})  # fmt: skip
    assert p.stops("p", "a") == [(0, 0, 1, 1, 3, False), (0, 1, 3, 5, 5, False), (0, 2, 5, 5, 13, True)]
    assert p.ended("p", "a") == 16


def test_withdrawal_ends_open_rows_and_leaves_no_row_of_what_was_not_ready(run: Any) -> None:
    cases = [
        Do("a", 20, ladder="up", stops=[(1, [(True, 30)])]), Do("b", 20, applicant=30), Do("c", 1, asks="desk"),
        Do("d", 1, after=["a"]),
    ]  # fmt: skip
    p = run(
        [one("p", *cases, milestones=["d"], patience=[6])],
        [Office("desk", 0)],
        ladders={"up": [(None, "natural")]},
    )
    assert p.visits("p", "a") == [(0, 0, 0, 6, "withdrawn")]
    assert p.visits("p", "b") == [(0, None, None, 6, "withdrawn")]
    assert p.visits("p", "c") == [(0, 0, None, 6, "withdrawn")]
    assert p.visits("p", "d") == []
    assert p.stops("p", "a") == [(0, 0, 1, 1, 6, False)]


def test_patience_starts_with_a_phase_and_ends_with_the_last_milestone(run: Any) -> None:
    cases = [Do("a", 4), Do("b", 9, after=["a"]), Do("c", 30)]
    p = run([one("p", *cases, milestones=["a", "b"], patience=[5, 10, 1])])
    assert p.left("p") == (None, 0)
    q = run([one("p", *cases, milestones=["a", "b"], patience=[5, 8, 1])])
    assert (q.left("p"), q.reached("p")) == ((12, 1), [0, 4, None])


def test_prereview_an_item_that_ends_with_land_or_later_is_direct(run: Any) -> None:
    for item in (6, 8):
        cases = [
            Do("land", 6),
            Do("item", item),
            check("item.convert", "item", 2, after=["land", "item"], reference="land"),
        ]
        p = run([one("p", *cases, Do("next", 1, after=["item.convert"]))])
        assert p.visits("p", "item.convert") == [(item,) * 4 + ("direct",)]
        assert p.ended("p", "next") == item + 1


def test_prereview_an_item_that_ended_before_land_converts(run: Any) -> None:
    cases = [
        Do("land", 6),
        Do("item", 5),
        check("item.convert", "item", 2, after=["land", "item"], reference="land"),
    ]
    p = run([one("p", *cases)])
    assert p.visits("p", "item.convert") == [(6, 6, 6, 8, "done")]


def test_prereview_a_void_conversion_reopens_the_item_and_waits_for_it(run: Any) -> None:
    convert = check("item.convert", "item", 2, after=["land", "item"], reference="land", void=True)
    cases = [Do("land", 6), Do("item", [1, 3], applicant=[0, 0], asks="desk", rerun=(1, 4)), convert,
             Do("next", 1, after=["item.convert"]), Do("other", 1, after=["item"])]  # fmt: skip
    p = run(
        [one("p", *cases, milestones=["item.convert"]), one("q", Do("item", 12, asks="desk", applicant=5))],
        [Office("desk")],
    )
    assert p.visits("p", "item.convert") == [(6, 6, 6, 8, "void")]
    assert p.visits("p", "item") == [(0, 0, 0, 1, "returned"), (1, 1, 1, 4, "done"), (8, 9, 17, 21, "done")]
    assert p.numbers("p", "item") == [0, 1, 2]
    assert p.reached("p") == [0, 21]
    assert p.ended("p", "next") == 22
    assert p.visits("p", "other") == [(4, 4, 4, 5, "done")]


def test_a_check_without_reference_is_never_direct_and_may_be_due_later(run: Any) -> None:
    cases = [
        Do("a", 2),
        check("a.papers", "a", 1, after=["a"], applicant=5, void=True),
        Do("b", 3, after=["a"]),
    ]
    cases[0].rerun = (0, 2)
    p = run([one("p", *cases)])
    assert p.visits("p", "a.papers") == [(2, 7, 7, 8, "void")]
    assert p.visits("p", "a")[1] == (8, 8, 8, 10, "done")
    assert p.ended("p", "b") == 5


def test_at_the_epoch_service_goes_on_with_what_is_left(run: Any) -> None:
    past = {"state": SERVICE, "ready": -9, "joined": -8, "served": -7, "remaining": 4}
    projects = [
        Project("p", [Do("a", 50, asks="desk", clock="work", scaled=True, **past)], signed=-10),
        one("q", Do("a", 1, asks="desk")),
    ]
    p = run(projects, [Office("desk")], clocks={"work": [(0, 3), (5, 9)]}, factor=[[[5000]] * 2] * 2)
    assert p.visits("p", "a") == [(-9, -8, -7, 6, "done")]
    assert p.served("q", "a") == [6]


def test_at_the_epoch_holders_may_exceed_the_capacity(run: Any) -> None:
    past = {"state": SERVICE, "ready": -9, "joined": -8, "served": -7}
    projects = [
        Project(n, [Do("a", 9, asks="desk", remaining=t, **past)], signed=-10)
        for n, t in (("p", 2), ("q", 5))
    ]
    p = run([*projects, one("r", Do("a", 1, asks="desk"))], [Office("desk")])
    assert p.served("r", "a") == [5]


def test_at_the_epoch_queues_follow_the_past_joined(run: Any) -> None:
    projects = [
        Project("p", [Do("a", 2, asks="desk", state=QUEUED, ready=-9, joined=-3)], signed=-10),
        Project("q", [Do("a", 2, asks="desk", state=QUEUED, ready=-9, joined=-4)], signed=-10),
        Project("r", [Do("a", 2, asks="desk", state=APPLICANT, ready=-9, remaining=3)], signed=-10),
    ]
    p = run(projects, [Office("desk")])
    assert [p.visits(n, "a")[0] for n in "pqr"] == [
        (-9, -3, 2, 4, "done"),
        (-9, -4, 0, 2, "done"),
        (-9, 3, 4, 6, "done"),
    ]


def test_at_the_epoch_what_has_ended_leaves_no_row_and_opens_the_next(run: Any) -> None:
    cases = [
        Do("a", 9, state=ENDED, ended=-4),
        Do("b", 2, after=["a"], ready=-4, applicant=3),
        Do("c", 2, after=["a"], applicant=3),
    ]
    p = run([Project("p", cases, signed=-10, milestones=["a", "b"], reached=[-10, -4])])
    assert p.visits("p", "a") == []
    assert p.visits("p", "b") == [(-4, 0, 0, 2, "done")]
    assert p.visits("p", "c") == [(0, 3, 3, 5, "done")]
    assert p.reached("p") == [-10, -4, 2]


def test_at_the_epoch_patience_counts_from_minute_zero(run: Any) -> None:
    cases = [Do("a", 9, state=ENDED, ended=-4), Do("b", 20, after=["a"])]
    p = run([Project("p", cases, signed=-10, milestones=["a", "b"], reached=[-10, -4], patience=[1, 7])])
    assert p.left("p") == (7, 1)


def test_at_the_epoch_a_pool_taken_before_is_held_to_its_release(run: Any) -> None:
    cases = [Do("a", 1, state=ENDED, ended=-4, asks="crews", release="b"), Do("b", 6, after=["a"])]
    p = run([Project("p", cases, signed=-10), one("q", Do("a", 1, asks="crews"))], [Pool("crews")])
    assert p.served("q", "a") == [6]


def test_a_known_milestone_stands_and_a_late_activity_does_not_move_it(run: Any) -> None:
    cases = [Do("a", 3), Do("b", 20)]
    p = run([Project("p", cases, signed=-10, milestones=["a", "b"], reached=[-10, -2, NEVER])])
    assert p.reached("p") == [-10, -2, 20]


def test_the_law_is_fixed_in_the_instant_of_joining(run: Any) -> None:
    projects = [
        one("p", Do("a", [(4, 9)], asks="desk")),
        one("q", Do("a", [(4, 9)], asks="desk", applicant=2)),
        one("r", Do("a", [(4, 9)], applicant=3)),
    ]
    p = run(projects, [Office("desk")], regimes=[-NEVER, 3])
    assert [p.ended(n, "a") for n in "pqr"] == [4, 8, 12]


def test_the_common_factor_is_that_of_the_month_of_joining(run: Any) -> None:
    factor = [[[1000, 1000], [500, 2000]]] * 2
    projects = [
        one("p", Do("a", 5, scaled=True)),
        one("q", Do("a", 5, scaled=True, applicant=9)),
        one("r", Do("a", 5, applicant=9)),
        one("s", Do("a", 1, scaled=True, phase=1)),
    ]
    p = run(projects, months=[0, 8, NEVER], factor=factor)
    assert [p.ended(n, "a") for n in "pqrs"] == [3, 19, 14, 1]


def test_a_project_signed_later_starts_then_and_others_do_nothing(run: Any) -> None:
    projects = [
        one("p", Do("a", 2), signed=7, milestones=["a"]),
        one("q", Do("a", 2), active=False),
        one("r", Do("a", 2), withdrawn=-3, signed=-5, reached=[-5]),
        one("s", Do("a", 2), signed=60),
    ]
    p = run(projects)
    assert p.visits("p", "a") == [(7, 7, 7, 9, "done")]
    assert p.reached("p") == [7, 9]
    assert [p.visits(n, "a") for n in "qrs"] == [[], [], []]
    assert (p.left("r"), p.reached("r"), p.reached("s")) == ((-3, 1), [-5, None], [None, None])


def test_events_before_the_horizon_happen_and_no_others(run: Any) -> None:
    p = run([one("p", Do("a", 59), Do("b", 60), milestones=["a", "b"])])
    assert p.visits("p", "a") == [(0, 0, 0, 59, "done")]
    assert p.visits("p", "b") == [(0, 0, 0, None, "open")]
    assert p.reached("p") == [0, 59, None]


def test_check_kind_is_what_the_builder_says() -> None:
    assert check("b", "a").kind == CHECK
