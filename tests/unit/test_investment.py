"""Money: the formulas of DEFINITIONS by hand, the two series, and memory that stays in bounds."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

from sim import investment
from sim.clocks import DAY, Clock
from sim.engine.reference import run
from sim.investment import (
    Budget,
    Course,
    Halts,
    Reporting,
    construction_length,
    course_of,
    double_half,
    halts_of,
    imputed,
    invested,
    linear_progress,
    measure,
    overruns,
    recovered,
    share_done,
    share_of_year,
)
from sim.model.arrays import SERVICE
from sim.trace import NEVER
from tests.support_engine import Do, Project, build

NATURAL = Clock("natural", np.array([-NEVER]), np.array([NEVER]))


def times(*values: int) -> Any:
    return np.array([values], dtype=np.int64)


def course(
    supplied: int, started: int, built: int, left: int = NEVER, length: int = 0, **more: Any
) -> Course:
    cells = (times(v) for v in (supplied, started, built, left, length))
    return Course(*cells, clocks=[NATURAL], clock=np.array([0]), **more)


def budget(total: float = 10.0, early: float = 2.0, **more: Any) -> Budget:
    numbers = {"a": 2.0, "b": 3.0, "overrun": 1.0, "booked": np.nan, **more}
    base = numbers.pop("base", None)
    return Budget(
        np.array([total]), np.array([early]), **{k: np.array([v]) for k, v in numbers.items()}, base=base
    )


def line(money: Any) -> list[float]:
    return [round(float(v), 9) for v in money[0, 0]]


def test_a_project_not_started_books_land_then_the_curve() -> None:
    s = beta(2, 3).cdf
    found = invested(budget(), course(5, 10, 30), [4, 5, 15, 20, 30, 99])
    assert line(found) == [0, 2, round(2 + 8 * s(0.25), 9), round(2 + 8 * s(0.5), 9), 10, 10]


def test_a_project_under_way_goes_on_from_what_is_booked() -> None:
    s = beta(2, 3).cdf
    money = budget(booked=4.0, overrun=1.2, base=15)
    found = invested(money, course(5, 10, 30), [15, 20, 30])
    part = (s(0.5) - s(0.25)) / (1 - s(0.25))
    assert line(found) == [4, round(4 + (12 - 4) * part, 9), 12]


def test_unknown_c0_is_imputed_and_counted() -> None:
    s = beta(2, 3).cdf
    money, life = budget(base=15), course(5, 10, 30)
    assert line(invested(money, life, [15])) == [round(10 * s(0.25), 9)]
    assert imputed(money, life).tolist() == [True]
    assert imputed(budget(base=5), life).tolist() == [False]


def test_what_is_known_before_the_start_is_not_booked_twice() -> None:
    money = budget(booked=2.0, base=6)
    assert line(invested(money, course(5, 10, 30), [6, 10, 30])) == [2, 2, 10]
    over = budget(booked=11.0, base=15)
    assert line(invested(over, course(5, 10, 30), [15, 20, 30])) == [11, 11, 11]


def test_a_withdrawn_project_books_nothing_more() -> None:
    s = beta(2, 3).cdf
    found = invested(budget(), course(5, 10, NEVER, left=20, length=20), [20, 25, 99])
    assert line(found) == [round(2 + 8 * s(0.5), 9)] * 3


def test_the_share_follows_the_site_clock_and_stops_book_nothing() -> None:
    site = Clock("site", np.array([0, 20]), np.array([10, 100]))
    base = course(0, 0, 30)
    shares = share_done(replace(base, clocks=[site]), np.array([5, 10, 20, 25]))
    assert shares[0, 0].tolist() == [0.25, 0.5, 0.5, 0.75]
    halts = Halts(np.array([0]), np.array([0]), np.array([2]), np.array([7]))
    shares = share_done(replace(base, clocks=[site], halts=halts), np.array([2, 7, 10, 20, 30]))
    assert shares[0, 0].tolist() == pytest.approx([2 / 15, 2 / 15, 5 / 15, 5 / 15, 1])
    natural = share_done(replace(base, clocks=[site], clock=np.array([-1])), np.array([15]))
    assert natural.tolist() == [[[0.5]]]


def test_work_of_no_length_is_done_when_it_starts() -> None:
    assert share_done(course(0, 10, 10), np.array([9, 10]))[0, 0].tolist() == [0.0, 1.0]


def test_projects_under_construction_need_their_length() -> None:
    with pytest.raises(ValueError, match="length: got 0 for a project under construction"):
        share_done(course(0, 10, NEVER), np.array([20]))
    assert share_done(course(0, 10, NEVER, length=40), np.array([20]))[0, 0].tolist() == [0.25]


def test_reported_runs_ahead_and_late_and_goes_on_from_the_ledger() -> None:
    reporting = Reporting(lag=5, ahead=np.array([0.5]))
    to_date = np.array([3.0])
    money = replace(budget(a=1.0, b=1.0), base=-5, booked=recovered(to_date, reporting, 1))
    life = course(-20, -15, 25)
    found = measure(
        money,
        life,
        reporting,
        [0, 10, 30],
        groups=np.array([[True]]),
        year_start=-100,
        year_to_date=np.array([1.5]),
    )
    # True at the base: 2 of 10 with x = 1/4; then 8/30 a minute until the end at 25.
    assert found.reported[0, 0].tolist() == pytest.approx([1.5, 1.5 + 1.5 * 8 * 10 / 30, 1.5 + 1.5 * 8])
    assert found.true[0, 0].tolist() == pytest.approx([1 + 8 * 5 / 30, 1 + 8 * 15 / 30, 1 + 8])
    # The true year begins later than the reported one by the lag: what was spent between is last year's.
    later = measure(
        money, life, reporting, [0], groups=np.array([[True]]), year_start=-7, year_to_date=np.array([1.5])
    )
    spent_before = 2.0 * (3.6 - 2.6) / 4.0
    assert later.true[0, 0].tolist() == pytest.approx([1 + 8 * 5 / 30 - spent_before])
    assert later.reported[0, 0].tolist() == pytest.approx([1.5])
    assert found.year_reported.tolist() == [[pytest.approx(13.5)]]


def test_without_an_epoch_the_year_counts_from_its_start() -> None:
    found = measure(
        budget(a=1.0, b=1.0),
        course(0, 10, 30),
        Reporting(lag=10),
        [20, 30],
        groups=np.array([[True], [False]]),
        year_start=15,
    )
    assert found.true[0].tolist() == pytest.approx(np.array([[2.0, 6.0], [0, 0]]))
    assert found.reported[0, 0].tolist() == pytest.approx([0.0, 4.0])
    assert found.imputed.tolist() == [False]


def test_a_year_that_begins_after_the_base_starts_from_nothing() -> None:
    money = replace(budget(a=1.0, b=1.0), base=-5, booked=np.array([[2.0]]))
    found = measure(
        money, course(-20, -15, 25), Reporting(lag=5), [10, 20], groups=np.array([[True]]), year_start=10,
        year_to_date=np.array([1.5]),
    )  # fmt: skip
    assert found.true[0, 0].tolist() == pytest.approx([0.0, 8 * 10 / 30])
    assert found.reported[0, 0].tolist() == pytest.approx([0.0, 8 * 10 / 30])


def test_money_of_the_year_that_is_not_known_is_read_from_the_course() -> None:
    money = budget(early=0.0, a=1.0, b=1.0, base=0)
    found = measure(
        money, course(-20, -10, 10), Reporting(), [0, 10], groups=np.array([[True]]), year_start=-5,
        year_to_date=np.array([np.nan]),
    )  # fmt: skip
    assert found.true[0, 0].tolist() == pytest.approx([2.5, 7.5])
    assert found.imputed.tolist() == [True]


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    shape = (7, 5)
    started = rng.integers(-50, 50, shape)
    built, none = started + rng.integers(1, 60, shape), np.full(shape, NEVER)
    halts = Halts(np.array([1, 6]), np.array([2, 4]), np.array([0, 9]), np.array([1, 12]))
    zeros = np.zeros(shape, dtype=int)
    life = Course(started - 5, started, built, none, zeros, [NATURAL], zeros, halts)
    ones = np.ones(5)
    money = Budget(9 * ones, ones, 2 * ones, 2 * ones, 1 + rng.random(shape), rng.random(shape), base=-3)
    options: Any = {"groups": np.ones((2, 5), dtype=bool), "year_start": -30, "year_to_date": ones}
    reporting = Reporting(3, rng.random(7))
    whole = measure(money, life, reporting, [10, 40], **options)
    monkeypatch.setattr(investment.books, "CELLS", 70)
    parts = measure(money, life, reporting, [10, 40], **options)
    for name in ("true", "reported", "year_true", "year_reported"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name


def test_overruns_belong_to_projects_not_rows() -> None:
    both = overruns(["a", "b"], 7, [3, 4], lambda u: u)
    assert np.array_equal(overruns(["b"], 7, [4], lambda u: u), both[1:, 1:])
    assert not np.array_equal(both[0], both[1])


def test_length_of_work_under_way_at_the_horizon() -> None:
    clocks = {"site": [(-100, -50), (-20, 10), (30, 10_000)]}
    begun = Do("build", 500, state=SERVICE, ready=-60, joined=-60, served=-60, remaining=70, clock="site")
    fresh = Do(
        "build", [[100, 400]], applicant=5, clock="site", scaled=True, ladder="one", stops=[(5, [(True, 9)])]
    )
    waits = Do("build", 7, applicant=99)
    projects = [
        Project("a", [begun], signed=-60, reached=[-60], milestones=["build"]),
        Project("b", [fresh], milestones=["build"]), Project("c", [waits], milestones=["build"]),
        Project("d", [Do("build", 3)], milestones=["build"]),
    ]  # fmt: skip
    model, draws = build(
        projects, clocks=clocks, ladders={"one": [(None, "natural")]}, horizon=60, regimes=[-NEVER, 3],
        factor=[[[1500]] * 2] * 2,
    )  # fmt: skip
    trace = run(model, draws)
    assert construction_length(model, draws, trace, 1).tolist() == [30 + 70, 600, NEVER, 0]
    halts = halts_of(model, trace, 1, replication=4)
    assert [a.tolist() for a in (halts.replication, halts.project, halts.started, halts.ended)] == [
        [4], [1], [10], [19],
    ]  # fmt: skip
    rows = {name: np.array([getattr(trace, name)]) for name in ("milestones", "withdrawn")}
    lengths = construction_length(model, draws, trace, 1)[None]
    life = course_of(model, **rows, lane=draws.lane[None], lengths=lengths, land=None, start=0, end=1)
    assert share_done(life, np.array([0, 40]))[0, 0].tolist() == [0.3, 0.5]


def test_the_year() -> None:
    assert linear_progress(6) == 0.5
    assert share_of_year([12], 0.99, 1.32, 1.06).tolist() == [1.06]
    found = double_half(np.array([[10.0, 30.0], [1.0, 2.0], [50.0, 60.0]]), 40.0, 0, [100, 200])
    assert found.tolist() == [150, NEVER, 40]


def test_six_thousand_projects_and_two_hundred_replications_stay_below_half_a_gigabyte() -> None:
    rng = np.random.default_rng(1)
    shape = (40, 6000)  # memory does not grow with replications but for the arrays kept by project
    started = rng.integers(-700, 300, shape).astype(np.int32) * DAY
    built = started + rng.integers(100, 1500, shape).astype(np.int32) * DAY
    none = np.full(shape, NEVER, dtype=np.int32)
    life = Course(started, started, built, none, np.zeros(shape, np.int32), [NATURAL], np.zeros(6000, int))
    ones = np.ones(6000)
    money = Budget(9 * ones, ones, 2 * ones, 2 * ones, ones, np.nan * ones, base=0)
    ends = np.arange(1, 16) * 30 * DAY
    tracemalloc.start()
    found = measure(
        money, life, Reporting(30 * DAY, 0.1), ends, groups=np.ones((3, 6000), bool), year_start=0
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.reported.shape == (40, 3, 15)
    assert peak < 350e6


def test_reports_of_a_year_are_ahead_early_and_right_at_its_end() -> None:
    """1 + front (1 - x)^2 by hand, and the way back from what a ledger says in mid-year."""
    year = round(365.2425 * 1440)
    told = Reporting(ahead=0.1, front=0.8)
    assert told.profile([0, year // 4, year], 0, 2)[1] == pytest.approx([1.8, 1.45, 1.0], abs=1e-3)
    share = told.profile(year // 4, 0, 1)[:, 0]
    before, this, none = np.array([3.0]), np.array([1.0]), np.zeros(1)
    reported = 1.1 * (before + share * this)
    works = told.works(1.1 * share * this, none, year // 4, 0, 1)
    back = recovered(reported, told, 1, this_year=1.1 * share * this, works=works)
    assert back[0] == pytest.approx(before + this)


def test_reports_lean_to_the_plan_until_a_project_leaves() -> None:
    """(1 - lean) of the works and lean of the plan's even pace, by hand, and the way back."""
    near = partial(pytest.approx, rel=1e-4, abs=1e-3)  # a month has no half
    year, one = round(365.2425 * 1440), np.ones(2)
    at = [np.array([[t, u]]) for t, u in ((0, 0), (0, 0), (year, year), (NEVER, year // 4), (0, 0))]
    life = Course(at[0], at[1], at[2], at[3], at[4], [NATURAL], np.zeros(2, int))
    money = Budget(10 * one, 0 * one, one, one, one, np.nan * one)
    told, plan = Reporting(ahead=0.1, front=0.8, lean=0.6), np.array([20.0, 8.0])
    groups = np.eye(2, dtype=bool)
    found = measure(money, life, told, [year // 2, year], groups=groups, year_start=0, plan=plan)
    assert found.true[0].tolist() == [near([5, 10]), near([2.5, 2.5])]
    stays, half = 0.4 * 5 + 0.6 * 10, 1.1 * 1.2
    assert found.reported[0, 0] == near([half * stays, 1.1 * (0.4 * 10 + 0.6 * 20)])
    assert found.reported[0, 1] == near([half * 2.2, 1.1 * 2.2])
    back = told.works(np.array([half * stays, 0.0]), plan, year // 2, 0, 1)
    assert back[0] == near([5, 0])
    alone = measure(money, life, told, [year // 2], groups=groups, year_start=0)
    assert alone.reported[0, 0] == near([half * 5])
