"""Hand-written cases of time: the epoch, dated laws, the common factor, signing, the horizon (ENGINE 2)."""

from __future__ import annotations

from typing import Any

from sim.model.arrays import APPLICANT, ENDED, QUEUED, SERVICE
from sim.trace import NEVER
from tests.support_engine import Do, Office, Pool, Project


def one(name: str, *cases: Do, **more: Any) -> Project:
    return Project(name, cases, **more)


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
