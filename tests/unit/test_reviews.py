"""Reviews: each rule moves what it should under common draws, and nothing else; both engines alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.engine import compiled, reference
from sim.engine.conservation import check
from sim.experiment.bench import Bench, Setup
from sim.experiment.one import Collect
from sim.model.arrays import Model
from sim.review import Board, entered, work_factors
from sim.review.situation import so_far
from sim.sampling import Draws, sample
from sim.trace import NEVER, Trace
from tests.engines.generated.play import different
from tests.plain.reviews import Look, ordered
from tests.support import toy_model, toy_scenario

DAY = 1440
PLAIN = "activities: {permit: {work: 20 d}}\n"
QUEUE = """\
activities: {permit: {work: 10 d, resource: desk}}
resources: {desk: {kind: office, reviewers: 1, hours: natural, order: [key_level, joined]}}
"""
STOPS = """\
activities: {permit: {work: 40 d, stops: {rate: 6 /mo, ladder: way, max: 4}}}
ladders: {way: [{work: 4 d}]}
"""


def projects(count: int, **columns: Any) -> list[dict[str, Any]]:
    """Projects signed on the first of January one after the other, a day apart, in three counties."""
    return [
        {"id": f"p{i}", "signed": f"2021-01-{i + 1:02d}", "county": "abc"[i % 3]}
        | {name: value(i) for name, value in columns.items()}
        for i in range(count)
    ]


def played(
    body: str, reviews: str, rows: Any = None, seed: int = 3, **more: Any
) -> tuple[Model, Draws, Trace]:
    """Run on both engines, which have to agree; what happened adds up."""
    model = toy_model(body + (f"reviews: [{reviews}]\n" if reviews else ""), rows or projects(6), **more)
    draws = sample(model, seed, 0)
    trace = reference.run(model, draws)
    assert different(trace, compiled.run(model, draws)) == []
    check(model, draws, trace)
    return model, draws, trace


def days(model: Model, trace: Trace) -> dict[str, float]:
    """Days from signing to the permit, by project."""
    took = (trace.milestones[:, 1].astype(float) - trace.milestones[:, 0]) / DAY
    return dict(zip(model.project_ids, took.tolist(), strict=True))


def test_effort_goes_to_the_unit_that_lags() -> None:
    """On the 15th only b and c owe permits; a's have come, so that one of the others gets less work."""
    body = """\
activities:
  file: {work: [{when: {county: a}, law: 1 d}, {law: 9 d}]}
  permit: {after: [file], work: [{when: {county: a}, law: 1 d}, {law: 20 d}]}
"""
    rule = "{name: rank, rule: effort, dates: [2021-01-08], gain: 0.5, due: 3 d%s}"
    usual = days(*played(body, "")[::2])
    lagging = days(*played(body, rule % "")[::2])
    leading = days(*played(body, rule % ", scope: leading")[::2])
    # The permit of p1 and p4 (county b) had not joined on the 8th; that of p0 and p3 had.
    assert {p for p in usual if lagging[p] < usual[p]} == {"p1", "p4"}
    assert lagging["p1"] == usual["p1"] - 10
    assert leading == usual  # those of the leading county have it behind them


def test_effort_weighs_investment() -> None:
    """County a has filed one of two, b two of three; most of the money of b is in the third."""
    body = """\
activities:
  a: {work: [{when: {area: 1}, law: 1 d}, {law: 15 d}]}
  permit: {after: [a], work: 20 d}
"""
    table = (("a1", 1, 9.0), ("a2", 2, 1.0), ("b1", 1, 1.0), ("b2", 1, 1.0), ("b3", 2, 9.0))
    rows = [
        {"id": i, "county": i[0], "area": a, "investment": m, "signed": "2021-01-01"} for i, a, m in table
    ]
    milestones = (
        "milestones: [{name: signed}, {name: filed, activity: a}, {name: permitted, activity: permit}]"
    )
    rule = "{name: rank, rule: effort, dates: [2021-01-10], gain: 0.5, milestone: filed, due: 1 d%s}"

    def faster(more: str) -> set[str]:
        _, _, usual = played(body, "", rows, milestones=milestones)
        model, _, trace = played(body, rule % more, rows, milestones=milestones)
        return {model.project_ids[p] for p in np.flatnonzero(trace.milestones[:, 2] < usual.milestones[:, 2])}

    assert faster("") == {"a2"}
    assert faster(", weigh: investment") == {"b3"}


def test_a_visit_to_the_slowest_or_to_the_showcase() -> None:
    body = """\
activities:
  file: {work: [{when: {county: a}, law: 2 d}, {law: 30 d}]}
  land: {work: 30 d}
  permit: {after: [file, land], work: 20 d}
"""
    rule = "{name: go, rule: visit, dates: [2021-01-10], count: 1, gain: 0.5, choose: %s}"
    usual = days(*played(body, "")[::2])
    slowest, showcase = (days(*played(body, rule % choose)[::2]) for choose in ("slowest", "showcase"))
    # p1 is the oldest without any activity ended; p3 the youngest with one.
    assert {p: usual[p] - slowest[p] for p in usual if usual[p] != slowest[p]} == {"p1": 10}
    assert {p: usual[p] - showcase[p] for p in usual if usual[p] != showcase[p]} == {"p3": 10}


def test_a_project_signed_nobody_knows_when_is_not_the_slowest_for_that() -> None:
    body = """\
activities:
  land: {work: 30 d}
  file: {after: [land], work: [{when: {county: a}, law: 20 d}, {law: 60 d}]}
  permit: {after: [file], work: 20 d}
"""
    three = (
        "milestones: [{name: signed}, {name: landed, activity: land}, {name: permitted, activity: permit}]"
    )
    rows = [
        {"id": "p0", "county": "a", "signed": None, "landed": "2021-03-01"},
        {"id": "p1", "county": "b", "signed": "2020-12-01", "landed": "2021-02-01"},
    ]
    rule = "{name: go, rule: visit, dates: [2021-03-10], count: 1, gain: 0.5}"
    model, draws, trace = played(body, rule, rows, milestones=three, as_of="2021-03-05")
    assert model.known.milestones[0, 0] == -NEVER
    t = Board(model, draws).times[0]
    assert Board(model, draws).sit(so_far(trace, draws, t), t).effort.min(axis=1).tolist() == [1000, 500]


def test_orders_end_on_the_next_date_and_reach_the_phases_named_only() -> None:
    body = "activities: {a: {work: 10 d}, permit: {after: [a], work: 10 d}}\n"
    milestones = (
        "milestones: [{name: signed}, {name: filed, activity: a}, {name: permitted, activity: permit}]"
    )
    rows = projects(1)

    def end(dates: str, more: str = "") -> float:
        rule = f"{{name: go, rule: visit, dates: [{dates}], count: 1, gain: 0.5{more}}}"
        _, _, trace = played(body, rule, rows, milestones=milestones)
        return float(trace.milestones[0, 2]) / DAY

    assert end("2021-01-02") == 15  # `a` has joined before, the permit joins on the 11th
    assert end("2021-01-11") == 15  # in the very minute of the review: it comes first
    assert end("2021-01-12") == 20
    assert end("2021-01-02", ", phases: [filed]") == 20
    rule = "{name: go, rule: effort, dates: [2021-01-02, 2021-01-05], gain: 0.5, due: 300 d, of: {county: a}}"
    _, _, trace = played(body, rule, rows, milestones=milestones)
    assert trace.milestones[0, 2] / DAY == 20  # nothing was due: nobody was chosen


def waits(trace: Trace) -> list[int]:
    """Days in the queue, by project."""
    return [int(w) // DAY for w in trace.served - trace.joined]


def test_escalation_serves_those_who_have_waited_long() -> None:
    """By level all others come before one project, until on the ninth it alone has waited for a week."""
    rows = projects(6, key_level=lambda i: "none" if i == 1 else "city")
    _, _, usual = played(QUEUE, "", rows)
    _, _, trace = played(QUEUE, "{name: late, rule: escalate, dates: [2021-01-09], after: 6 d}", rows)
    assert waits(usual)[1] == max(waits(usual))
    assert waits(trace)[1] < waits(usual)[1]
    assert sum(waits(trace)) == sum(waits(usual))  # what one gains, others lose
    _, _, never = played(QUEUE, "{name: late, rule: escalate, dates: [2021-01-09], after: 7 d}", rows)
    assert different(usual, never) == []


def test_one_case_one_meeting_jumps_all_queues() -> None:
    rows = projects(6, kind=lambda i: "industry" if i == 5 else "social")
    _, _, usual = played(QUEUE, "", rows)
    rule = "{name: jump, rule: override, dates: [2021-01-15], count: 1, of: {kind: industry}}"
    _, _, trace = played(QUEUE, rule, rows)
    order, before = np.argsort(trace.served).tolist(), np.argsort(usual.served).tolist()
    assert before == [0, 1, 2, 3, 4, 5]
    assert order == [0, 1, 5, 2, 3, 4]  # two are heard by the 15th
    assert all(trace.served[i] > usual.served[i] for i in (2, 3, 4))  # those passed over


def test_a_visit_may_put_requests_in_front() -> None:
    _, _, usual = played(QUEUE, "")
    rule = "{name: go, rule: visit, dates: [2021-01-05], choose: showcase, count: 3, front: true}"
    _, _, trace = played(QUEUE, rule)
    # All have ended nothing: the pace is the same, the older come first. They would come first anyway.
    assert different(usual, trace) == []
    rows = projects(6, key_level=lambda i: "none" if i == 1 else "city")
    _, _, usual = played(QUEUE, "", rows)
    _, _, trace = played(QUEUE, rule, rows)
    assert trace.served[1] < usual.served[1]


def test_those_attached_to_a_project_save_work_throughout() -> None:
    usual = days(*played(PLAIN, "")[::2])
    found = days(*played(PLAIN, "{name: officer, rule: standing, gain: 0.25, of: {county: b}}")[::2])
    assert {p: usual[p] - found[p] for p in usual} == {p: 5.0 * (p in ("p1", "p4")) for p in usual}


def test_solve_one_open_a_class() -> None:
    """Only rungs asked after a stop was solved in the county are lighter, and until the next date."""
    model, _, usual = played(STOPS, "")
    rule = "{name: class, rule: class, dates: [2021-01-12], gain: 0.5}"
    _, _, trace = played(STOPS, rule)
    first = int(np.flatnonzero(trace.stop_started != usual.stop_started)[0])
    assert trace.stop_started[first] >= 11 * DAY
    review = 11 * DAY
    solved = {int(model.unit[p]) for p in trace.stop_project[trace.stop_ended < review]}
    length = (trace.stop_ended - trace.stop_started) // DAY
    lighter = (trace.stop_started >= review) & np.isin(model.unit[trace.stop_project], list(solved))
    assert set(length[lighter].tolist()) == {2}
    assert set(length[~lighter].tolist()) <= {4}
    assert lighter.any()
    model, _, other = played(
        STOPS.replace("way: [", "road: [{work: 1 d}], way: ["), rule[:-1] + ", ladders: [road]}"
    )
    assert different(usual, other) == []


def reserved(times: float, seed: int = 3) -> tuple[int, Model, Draws, Trace]:
    body = "activities: {permit: {work: 60 d}}\narrivals: {rate: 20 /mo}\n"
    rule = f"{{name: keep, rule: reserve, dates: day 1, times: {times}}}"
    model, draws, trace = played(body, rule, projects(20), seed, as_of="2021-02-28", horizon_months=18)
    return int(((trace.milestones[:, 0] >= 0) & (trace.milestones[:, 0] < NEVER)).sum()), model, draws, trace


def test_the_reserve_follows_the_starts() -> None:
    """More times the starts: more are signed; those turned away leave nothing, and nobody counts them."""
    many, few = reserved(3), reserved(1)
    assert few[0] < many[0]
    _, model, draws, trace = few
    away = draws.active & ~entered(model, draws, trace)
    assert away.any()
    assert (trace.milestones[away] == NEVER).all()
    assert not np.isin(trace.project, np.flatnonzero(away)).any()
    bench = Bench(Setup(model, 3, "compiled", False, Collect(names=()), ""))
    assert not bench.chunk([0]).arrays["active"][0][away].any()
    # The reserve never exceeds three times the starts of the quarter before by more than the least.
    _, model, draws, trace = many
    for t in model.reviews[0].time[4:].tolist():
        stock = (trace.milestones[:, 0] < t) & (trace.milestones[:, 1] >= t)
        starts = (trace.milestones[:, 1] < t) & (trace.milestones[:, 1] >= t - 91 * DAY)
        assert stock.sum() <= 3 * starts.sum() + 2


ALL = (
    "{name: a, rule: effort, dates: every monday, gain: %(gain)s, due: 5 d}",
    "{name: b, rule: visit, dates: day 10, count: 2, gain: %(gain)s}",
    "{name: c, rule: class, dates: every friday, gain: %(gain)s}",
    "{name: d, rule: standing, gain: %(gain)s}",
)


@pytest.mark.parametrize("body", [PLAIN, QUEUE, STOPS])
def test_without_a_gain_reviews_change_nothing(body: str) -> None:
    _, _, usual = played(body, "")
    assert different(usual, played(body, ", ".join(ALL) % {"gain": 0})[2]) == []
    assert different(usual, played(body, ", ".join(ALL) % {"gain": 0.5})[2]) != []


BUSY = """\
activities:
  file: {work: {law: exponential, mean: 10 d}, resource: desk, returned: 0.4, correct: 3 d, pre_review: false}
  permit:
    {after: [file], work: {law: exponential, mean: 20 d}, resource: desk, refused: 0.1,
     stops: {rate: 2 /mo, ladder: way, max: 3}}
resources:
  desk: {kind: office, reviewers: 3, hours: natural, keeps_place: true}
  helper: {kind: office, reviewers: 1, hours: natural}
ladders: {way: [{resource: helper, work: 5 d, solved: 0.5}, {work: 3 d}]}
arrivals: {rate: 10 /mo}
withdrawal: {signed: {law: exponential, mean: 300 d}}
"""
BUSY_RULES = ", ".join(
    [rule % {"gain": 0.4} for rule in ALL]
    + [
        "{name: e, rule: escalate, dates: every monday, after: 9 d}",
        "{name: f, rule: override, dates: day 1, count: 2}",
        "{name: g, rule: reserve, dates: day 1, times: 2}",
    ]
)


@pytest.mark.parametrize("engine", [reference.run, compiled.run])
def test_a_review_sees_what_had_happened_before_its_minute(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trace an engine hands over is the finished one with all from t on left out."""
    model = toy_model(BUSY + f"reviews: [{BUSY_RULES}]\n", projects(12), as_of="2021-01-08")
    draws = sample(model, 5, 1)
    handed: list[tuple[int, Trace]] = []
    sit = Board.sit

    def listen(board: Board, trace: Trace, t: int) -> Any:
        handed.append((t, trace))
        return sit(board, trace, t)

    with monkeypatch.context() as patch:
        patch.setattr(Board, "sit", listen)
        trace = engine(model, draws)
    assert [t for t, _ in handed] == list(Board(model, draws).times)
    assert sum(len(seen.stop_started) > 0 for _, seen in handed) > 5
    for t, seen in handed:
        assert different(seen, so_far(trace, draws, t)) == []


def test_construction_still_open_is_as_long_as_reviews_have_left_it() -> None:
    model, draws, trace = played(PLAIN, "{name: officer, rule: standing, gain: 0.25, of: {county: b}}")
    assert work_factors(model, draws, trace).tolist() == [1000, 750, 1000, 1000, 750, 1000]


def test_reviews_are_held_on_their_dates() -> None:
    rules = """\
{name: a, rule: override, count: 1, dates: {rule: day 2, roll: next}},
{name: b, rule: override, count: 1, dates: [2020-12-01, 2021-01-01, 2021-01-05]},
{name: c, rule: standing, gain: 0.1}"""
    model = toy_model(QUEUE + f"reviews: [{rules}]\n", projects(2), horizon_months=2)
    # The second of January 2021 is a Saturday; minute 0 is the first.
    assert [(review.time // DAY).tolist() for review in model.reviews] == [[3, 32], [0, 4], [0]]


def test_the_plan_of_the_ledger_says_what_is_due() -> None:
    rows = projects(2, planned_permitted=lambda i: "2021-01-20" if i else "")
    model = toy_model(
        PLAIN + "reviews: [{name: a, rule: effort, dates: day 1, gain: 0.1, due: 9 d}]\n",
        [{k: v for k, v in row.items() if v} for row in rows],
    )
    assert model.reviews[0].due.tolist() == [NEVER, 19 * DAY]
    assert model.reviews[0].allowance == 9 * DAY


def test_a_gain_with_a_range_is_drawn() -> None:
    rule = (
        "{name: a, rule: standing, gain: {value: 0.5, range: [0.1, 0.9], status: assumed, source: made up}}"
    )
    found = {seed: days(*played(PLAIN, rule, seed=seed)[::2])["p0"] for seed in (1, 2)}
    assert found[1] != found[2]
    assert all(2 <= took <= 18 for took in found.values())


VARIANTS = """
{name: h, rule: effort, dates: day 3, gain: 0.2, due: 20 d, scope: leading, weigh: investment, count: 2},
{name: i, rule: visit, dates: every tuesday, count: 3, choose: showcase, front: true, of: {county: [a, b]}},
{name: j, rule: reserve, dates: day 15, times: 1, period: 30 d, least: 0, of: {county: c}},
{name: k, rule: escalate, dates: day 7, after: 20 d, of: {county: c}}"""


@pytest.mark.parametrize("seed", range(4))
def test_the_rules_order_what_their_words_say(seed: int) -> None:
    """Every order of every review, against loops over projects and rows."""
    rows = projects(15, investment=lambda i: 1.0 + i % 4)
    model, draws, trace = played(BUSY, BUSY_RULES + "," + VARIANTS, rows, seed, as_of="2021-01-10")
    seen = dict.fromkeys(("helped", "front", "away", "rungs"), 0)
    for review in model.reviews:
        alone = replace(model, reviews=(review,))
        board, times = Board(alone, draws), [0, *review.time.tolist(), NEVER]
        for last, t, following in zip(times, times[1:], times[2:], strict=False):
            made = board.sit(so_far(trace, draws, t), t)
            wanted = ordered(review, Look(model, draws, trace, t, last, following))
            helped, less = np.zeros(made.effort.shape, dtype=bool), round(1000 * (1 - 0.4))
            less = {"h": 800, "i": 1000}.get(review.name, less)
            helped[sorted(wanted["helped"])] = True
            assert np.array_equal(made.effort, np.where(helped & review.phases, less, 1000)), (review, t)
            assert set(np.flatnonzero(made.front).tolist()) == wanted["front"], (review, t)
            assert set(np.flatnonzero(made.turned_away).tolist()) == wanted["away"], (review, t)
            assert {(u, d) for u, d in np.argwhere(made.rungs < 1000).tolist()} == wanted["rungs"], (
                review,
                t,
            )
            for name, who in wanted.items():
                seen[name] += len(who)
    assert all(seen.values()), seen


def test_a_review_comes_before_the_session_and_after_the_refill_of_its_minute() -> None:
    """Who is put in front on the tenth is heard, or granted, on the tenth."""
    meeting = """\
activities: {permit: {work: 1 d, resource: board}}
resources: {board: {kind: meeting, dates: [2021-01-10, 2021-01-20], capacity: 1}}
"""
    quota = """\
activities: {permit: {work: 1 d, resource: land}}
resources: {land: {kind: quota, unit: "1", initial: 0, refills: {rule: [2021-01-10, 2021-01-20], amount: 1}}}
"""
    rule = "{name: jump, rule: override, dates: [2021-01-10], count: 1, of: {kind: industry}}"
    rows = projects(3, kind=lambda i: "industry" if i == 2 else "social")
    for body in (meeting, quota):
        assert (played(body, "", rows)[2].served // DAY).tolist()[:2] == [9, 19]
        assert (played(body, rule, rows)[2].served // DAY).tolist()[::2] == [19, 9]


def test_orders_hold_for_what_joins_in_the_minute_of_the_review_and_not_for_what_waits() -> None:
    """Two wait for one reviewer; the law of a visit is that of its joining, however late it is served."""
    rule = "{name: go, rule: standing, gain: 0.5}"
    body = QUEUE + "common_factor: {city: {sd: 0.3}}\n"
    _, _, usual = played(body, "")
    _, _, trace = played(body, rule)
    half = np.maximum(((usual.ended - usual.served).astype(np.int64) * 500 + 500) // 1000, 1)
    assert (trace.ended - trace.served).tolist() == half.tolist()
    rule = "{name: go, rule: visit, dates: [2021-01-03, 2021-01-04], count: 9, gain: 0.5}"
    _, _, trace = played(QUEUE, rule)
    # p2 joins on the third, in the minute of the review, and is not yet seen by it; nobody joins later
    # who was seen: what waits keeps its length.
    assert ((trace.ended - trace.served) // DAY).tolist() == [10] * 6


def test_a_reserve_without_arrivals_is_odd() -> None:
    rule = "reviews: [{name: keep, rule: reserve, dates: day 1, times: 3}]\n"
    said = [str(problem) for problem in toy_scenario(PLAIN + rule).warnings]
    assert any("expected `arrivals:` beside it" in line for line in said)
    assert toy_scenario(PLAIN + rule + "arrivals: {rate: 2 /mo}\n").warnings == ()
