"""The present: cases in service, waiting applicants, and open phases played up to the epoch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.model.arrays import APPLICANT, CHECK, ENDED, GATE, NOT_YET, QUEUED, SERVICE
from sim.sampling import Sampler, sample
from sim.trace import NEVER
from tests.city import DAY, Act, Place, city

LINE = (("signed", None), ("done", "B"))


NO_FACTOR = (0.0, 0.0, 0.0)


def in_service(elapsed: int, law: tuple[object, ...], count: int = 2000, factor=NO_FACTOR):
    state = {"state": SERVICE, "ready": -elapsed, "joined": -elapsed, "served": -elapsed}
    place = Place((-elapsed,), states={"A": state, "B": {"state": NOT_YET}})
    acts = (Act("A", work=law), Act("B", after=("A",)))
    return city({f"p{i:04d}": place for i in range(count)}, acts, LINE, factor=factor)


def first_cases(model, draws):
    return draws.remaining[model.cases.activity == 0]


def test_what_is_left_of_an_exponential_does_not_depend_on_the_past() -> None:
    model = in_service(400 * DAY, ("exponential", 50 * DAY))
    left = first_cases(model, sample(model, 1, 0))
    assert left.mean() == pytest.approx(50 * DAY, rel=0.08)


def test_what_is_left_of_a_uniform_is_uniform_on_the_rest() -> None:
    model = in_service(60 * DAY, ("uniform", 0, 100 * DAY))
    left = first_cases(model, sample(model, 1, 0))
    assert left.max() <= 40 * DAY
    assert left.mean() == pytest.approx(20 * DAY, rel=0.05)


def test_work_that_joined_in_one_month_shares_its_luck() -> None:
    law = ("lognormal", 50 * DAY, 0.5)
    shared = in_service(20 * DAY, law, 300, factor=(0.5, 0.0, 0.8))
    means = [np.median(first_cases(shared, sample(shared, 1, r))) for r in range(40)]
    plain = in_service(20 * DAY, law, 300)
    alone = [np.median(first_cases(plain, sample(plain, 1, r))) for r in range(40)]
    assert np.log(means).std() > 3 * np.log(alone).std()


def test_work_that_lasts_long_speaks_for_a_slow_month() -> None:
    law, sd = ("lognormal", 50 * DAY, 0.2), 0.4
    model = in_service(100 * DAY, law, 20, factor=(sd, 0.0, 0.8))
    left = np.concatenate([first_cases(model, sample(model, 1, r)) for r in range(400)])
    # Work and factor together: lognormal with both spreads, known to last longer than 100 days.
    whole = np.exp(np.random.default_rng(1).normal(0, np.hypot(sd, 0.2), 2_000_000)) * 50 * DAY
    expected = whole[whole > 100 * DAY] - 100 * DAY
    assert left.mean() == pytest.approx(expected.mean(), rel=0.1)


def test_overdue_work_has_at_least_a_minute_left() -> None:
    model = in_service(600 * DAY, ("constant", 100 * DAY), 3)
    assert first_cases(model, sample(model, 1, 0)).tolist() == [1, 1, 1]


def test_elapsed_time_counts_on_the_case_s_own_clock() -> None:
    model = in_service(60 * DAY, ("constant", 100 * DAY), 1)
    model = replace(model, cases=replace(model.cases, clock=np.ones_like(model.cases.clock)))
    worked = model.clocks[1].elapsed(-60 * DAY, 0)
    assert 30 * DAY < worked < 50 * DAY
    assert first_cases(model, sample(model, 1, 0)).tolist() == [100 * DAY - worked]


def test_a_waiting_applicant_has_the_rest_of_the_preparation_left() -> None:
    state = {"state": APPLICANT, "ready": -30 * DAY}
    places = {f"p{i:03d}": Place((-40 * DAY,), states={"A": state}) for i in range(500)}
    acts = (Act("A", prepare=("uniform", 0, 50 * DAY)), Act("B", after=("A",)))
    model = city(places, acts, LINE)
    draws = sample(model, 1, 0)
    left = first_cases(model, draws)
    assert left.max() <= 20 * DAY
    assert left.mean() == pytest.approx(10 * DAY, rel=0.1)
    assert (draws.joined[model.cases.activity == 0] == NEVER).all()


def test_a_known_visit_is_not_the_last_by_law() -> None:
    state = {"state": QUEUED, "ready": -9 * DAY, "joined": -9 * DAY, "visit": 1}
    places = {f"p{i:04d}": Place((-40 * DAY,), states={"A": state}) for i in range(2000)}
    model = city(places, (Act("A", returned=0.3, rounds=4), Act("B", after=("A",))), LINE)
    rounds = sample(model, 1, 0).rounds[model.cases.activity == 0]
    assert rounds.min() == 2
    assert (rounds > 2).mean() == pytest.approx(0.3, abs=0.035)


ACTS = (
    Act("A", prepare=("exponential", 10 * DAY), work=("lognormal", 30 * DAY, 0.5), returned=0.3, clock=1),
    Act("B", after=("A",), work=("lognormal", 60 * DAY, 0.5)),
    Act("C", after=("B",), work=("lognormal", 20 * DAY, 0.5), kind=GATE),
    Act("D", after=("C",), work=("lognormal", 200 * DAY, 0.5)),
)
STEPS = (("signed", None), ("permitted", "C"), ("built", "D"))


def test_states_that_no_luck_decides_are_the_same_memory_in_all_replications() -> None:
    still = {"state": NOT_YET}
    model = city(
        {"p": Place((-DAY,), states={"A": still, "B": still})}, (Act("A"), Act("B", after=("A",))), LINE
    )
    sampler = Sampler(model)
    one, other = sampler.draw(1, 0), sampler.draw(1, 1)
    assert np.shares_memory(one.ready, other.ready)
    with pytest.raises(ValueError, match="read-only"):
        one.ready[0] = 1
    model = in_service(DAY, ("exponential", DAY), count=3)
    sampler = Sampler(model)
    assert not np.shares_memory(sampler.draw(1, 0).remaining, sampler.draw(1, 1).remaining)


def test_open_phases_leave_no_case_inferred_and_every_state_consistent() -> None:
    places = {f"p{i:03d}": Place((-(5 + i) * DAY,)) for i in range(150)}
    model = city(places, ACTS, STEPS)
    for r in range(5):
        draws = sample(model, 1, r)
        state = draws.state
        assert set(np.unique(state)) <= {NOT_YET, ENDED, APPLICANT, QUEUED, SERVICE}
        assert (draws.ended[state == ENDED] <= 0).all()
        assert (draws.remaining[(state == SERVICE) | (state == APPLICANT)] >= 1).all()
        assert (draws.served[state == SERVICE] <= 0).all()
        assert (draws.ready[state == SERVICE] <= draws.joined[state == SERVICE]).all()
        assert (draws.joined[state == SERVICE] <= draws.served[state == SERVICE]).all()
        # Nothing has begun before what it waits for has ended.
        waits = np.repeat(np.arange(len(state)), np.diff(model.cases.pred_offset))
        begun = state[waits] != NOT_YET
        assert (state[model.cases.pred][begun] == ENDED).all()
        # The phase is still open: the case that closes it has not ended.
        assert (state[model.milestone_case[:, 1]] != ENDED).all()


def test_the_visit_under_way_is_one_of_the_case_s_rounds() -> None:
    places = {f"p{i:03d}": Place((-(5 + i % 60) * DAY,)) for i in range(300)}
    model = city(places, ACTS, STEPS)
    draws = sample(model, 1, 0)
    begun = np.isin(draws.state, (APPLICANT, QUEUED, SERVICE))
    assert (draws.visit[begun] < draws.rounds[begun]).all()
    assert draws.visit.max() > 0


def test_an_old_phase_is_strained_and_held_in_service() -> None:
    acts = (
        Act("A", work=("uniform", 10 * DAY, 20 * DAY)),
        Act("B", after=("A",), work=("constant", 0), kind=GATE),
    )
    model = city({"old": Place((-900 * DAY,)), "new": Place((-5 * DAY,))}, acts, LINE)
    draws = sample(model, 1, 0)
    assert draws.strained.tolist() == [False, True]
    cases = slice(*model.case_offset[1:3])
    assert draws.state[cases].tolist() == [SERVICE, NOT_YET]
    assert draws.remaining[cases][0] == 1


def test_a_stretched_case_with_a_long_tail_has_more_than_a_minute_left() -> None:
    acts = (Act("A", work=("lognormal", 10 * DAY, 0.3)), Act("B", after=("A",), work=("constant", 0)))
    model = city({f"p{i}": Place((-300 * DAY,)) for i in range(50)}, acts, LINE)
    draws = sample(model, 1, 0)
    assert draws.strained.all()
    held = draws.state == SERVICE
    assert held.sum() == 50
    assert np.median(draws.remaining[held]) >= 1


def test_queue_waits_are_those_of_the_pilot() -> None:
    acts = (Act("A", work=("constant", 10 * DAY), resource="desk"), Act("B", after=("A",)))
    model = city({"p": Place((-30 * DAY,))}, acts, LINE, resources={"desk": (0, 1)}, factor=NO_FACTOR)
    waited = replace(model, pilot_wait=np.array([25 * DAY, 0], dtype=np.int32))
    draws = sample(waited, 1, 0)
    assert draws.state[0] == SERVICE
    assert (draws.joined[0], draws.served[0], draws.remaining[0]) == (-30 * DAY, -5 * DAY, 5 * DAY)
    queued = sample(replace(model, pilot_wait=np.array([40 * DAY, 0], dtype=np.int32)), 1, 0)
    assert queued.state[0] == QUEUED
    assert (queued.joined[0], queued.served[0]) == (-30 * DAY, NEVER)


def test_who_would_be_served_in_minute_zero_still_queues() -> None:
    acts = (Act("A", work=("constant", 10 * DAY), resource="desk"), Act("B", after=("A",)))
    model = city({"p": Place((-30 * DAY,))}, acts, LINE, resources={"desk": (0, 1)}, factor=NO_FACTOR)
    draws = sample(replace(model, pilot_wait=np.array([30 * DAY, 0], dtype=np.int32)), 1, 0)
    assert (draws.state[0], draws.joined[0], draws.served[0]) == (QUEUED, -30 * DAY, NEVER)


def test_what_is_left_is_left_of_the_visit_under_way() -> None:
    act = Act(
        "A", work=("constant", 30 * DAY), later_work=("constant", 50 * DAY), returned=0.999999, rounds=2
    )
    model = city({"p": Place((-20 * DAY,))}, (act, Act("B", after=("A",))), LINE, factor=NO_FACTOR)
    draws = sample(model, 1, 0)
    assert (draws.rounds[0], draws.visit[0], draws.remaining[0]) == (2, 0, 10 * DAY)


def test_what_ran_beside_a_phase_that_is_over_began_with_the_project() -> None:
    acts = (
        Act("L", work=("constant", 100 * DAY)),
        Act("A", work=("constant", 130 * DAY)),
        Act("B", after=("L", "A"), work=("constant", 40 * DAY)),
    )
    steps = (("signed", None), ("land", "L"), ("done", "B"))
    model = city({"p": Place((-120 * DAY, -20 * DAY))}, acts, steps, factor=NO_FACTOR)
    draws = sample(model, 1, 0)
    assert draws.state.tolist() == [ENDED, SERVICE, NOT_YET]
    assert draws.remaining[1] == 10 * DAY


def test_long_open_phases_are_likelier_to_have_the_long_item() -> None:
    acts = (
        Act("A", work=("exponential", 100 * DAY), applies=0.3),
        Act("B", after=("A",), work=("exponential", 10 * DAY)),
    )
    model = city({f"p{i:04d}": Place((-60 * DAY,)) for i in range(2000)}, acts, LINE, factor=NO_FACTOR)
    draws = sample(model, 1, 0)
    # Bayes: 0.3 x P(A + B > 60) against 0.7 x P(B > 60).
    long = (100 * np.exp(-0.6) - 10 * np.exp(-6)) / 90
    expected = 0.3 * long / (0.3 * long + 0.7 * np.exp(-6))
    assert draws.applies[model.cases.activity == 0].mean() == pytest.approx(expected, abs=0.03)


def test_a_conversion_that_came_after_land_is_direct() -> None:
    acts = (
        Act("A", work=("constant", 30 * DAY)),
        Act("L", work=("constant", 10 * DAY)),
        Act("A.convert", after=("A", "L"), kind=CHECK, target="A", reference="L", rounds=1,
            work=("constant", 50 * DAY)),
        Act("B", after=("A.convert",), work=("constant", 90 * DAY)),
    )  # fmt: skip
    late = sample(city({"p": Place((-45 * DAY,))}, acts, LINE, factor=NO_FACTOR), 1, 0)
    assert late.state.tolist() == [ENDED, ENDED, ENDED, SERVICE]
    assert late.ended[2] == -15 * DAY
    early = sample(
        city(
            {"p": Place((-45 * DAY,))},
            (replace(acts[0], work=("constant", 5 * DAY)), *acts[1:]),
            LINE,
            factor=NO_FACTOR,
        ),
        1,
        0,
    )
    assert early.state.tolist() == [ENDED, ENDED, SERVICE, NOT_YET]
    assert early.remaining[2] == 15 * DAY


def test_later_phases_wait_and_reached_phases_are_over() -> None:
    model = city({"p": Place((-90 * DAY, -20 * DAY))}, ACTS, STEPS)
    draws = sample(model, 1, 0)
    assert draws.state[:3].tolist() == [ENDED] * 3
    assert draws.ended[:3].tolist() == [-20 * DAY] * 3
    assert draws.state[3] == SERVICE
    assert draws.ready[3] == -20 * DAY


def test_withdrawn_projects_are_not_played() -> None:
    model = city({"p": Place((-90 * DAY,), withdrawn=-5 * DAY)}, ACTS, STEPS)
    draws = sample(model, 1, 0)
    assert (draws.state == NOT_YET).all()
    assert draws.withdrawn.tolist() == [-5 * DAY]
