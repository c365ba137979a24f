"""One hand-written case for each thing of the model (ENGINE 2): visits, clocks, resources, stops, checks."""

from __future__ import annotations

from typing import Any

import pytest

from sim.model.arrays import LAPSE, REFILL, SESSION, SET_CAPACITY, UNLIMITED
from tests.support_engine import Do, Meeting, Office, On, Pool, Project, Quota, check


def one(name: str, *cases: Do, **more: Any) -> Project:
    return Project(name, cases, **more)


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
        Do("a", 20, ladder="up", stops=[(1, [(True, 30)])]),
        Do("b", 20, applicant=30),
        Do("c", 1, asks="desk"),
        Do("d", 1, after=["a"]),
    ]
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
