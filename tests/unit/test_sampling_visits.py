"""Visits: rounds, refusals, reruns, applicant time, work, stoppages."""

from __future__ import annotations

import numpy as np
import pytest

from sim import philox
from sim.model.arrays import CHECK
from sim.sampling import Sampler, sample
from sim.sampling.kernels import returned
from sim.sampling.luck import whole_minutes
from sim.trace import NEVER
from tests.city import DAY, Act, Place, city

MANY = {f"p{i:04d}": Place(signed=0) for i in range(2000)}
LINE = (("signed", None), ("done", "B"))


def line(**changes: object) -> tuple[Act, ...]:
    return (Act("A", **changes), Act("B", after=("A",), work=("constant", 7 * DAY)))  # type: ignore[arg-type]


def slots(model, name):
    activity = model.activities.index(name)
    return model.cases.slot_offset[:-1][model.cases.activity == activity]


def test_work_is_the_law_at_the_keyed_uniform() -> None:
    model = city({"p": Place(signed=0)}, line(work=("exponential", 10 * DAY)), LINE)
    u = philox.uniforms(5, 3, philox.hash_name("p"), philox.hash_name("A"), 0, philox.VISIT)[0, 0]
    draws = sample(model, 5, 3)
    assert draws.work[slots(model, "A")[0], 0] == int(np.floor(-np.log1p(-u) * 10 * DAY + 0.5))


def test_rounds_follow_a_truncated_geometric_law() -> None:
    model = city(MANY, line(returned=0.4, rounds=3), LINE)
    rounds = sample(model, 1, 0).rounds[model.cases.activity == 0]
    shares = [(rounds == k).mean() for k in (1, 2, 3)]
    # 1 - s, s (1 - s), s^2: the last round cannot return. Tolerance: 3.5 standard errors of n = 2,000.
    assert shares == pytest.approx([0.6, 0.24, 0.16], abs=3.5 * np.sqrt(0.24 / 2000))


def test_returns_never_pass_the_last_round() -> None:
    shares = ((0.0, 2), (0.5, 2), (1.0, 2), (0.999999, 0))
    assert [returned(1e-12, share, most) for share, most in shares] == [0, 2, 2, 0]


def test_slots_beyond_the_last_round_stay_zero() -> None:
    model = city(MANY, line(returned=0.4, correct=("constant", 3 * DAY)), LINE)
    draws = sample(model, 1, 0)
    first = slots(model, "A")
    rounds = draws.rounds[model.cases.activity == 0]
    for visit in range(3):
        used = visit < rounds
        assert (draws.work[first + visit, 0][~used] == 0).all()
        assert (draws.work[first + visit, 0][used] > 0).all()
        assert (draws.applicant[first + visit][used] == (3 * DAY if visit else 0)).all()


def test_refusal_does_not_depend_on_the_number_of_rounds() -> None:
    few = sample(city(MANY, line(refused=0.2, returned=0.1, rounds=2), LINE), 1, 0).refused
    many = sample(city(MANY, line(refused=0.2, returned=0.7, rounds=5), LINE), 1, 0).refused
    assert (few == many).all()
    assert few.mean() * 2 == pytest.approx(0.2, abs=0.03)


def checked(**changes: object) -> tuple[Act, ...]:
    check = Act("A.convert", after=("A", "L"), kind=CHECK, target="A", reference="L", rounds=1, void=0.3)
    return (Act("A", **changes), Act("L"), check, Act("B", after=("A.convert",)))  # type: ignore[arg-type]


def test_a_void_check_gives_its_target_a_rerun_in_the_last_slot() -> None:
    model = city(MANY, checked(returned=0.4), LINE)
    draws = sample(model, 1, 0)
    void = draws.void[model.cases.activity == model.activities.index("A.convert")]
    last = slots(model, "A") + 3
    assert void.mean() == pytest.approx(0.3, abs=0.04)
    assert (draws.work[last, 0][void] > 0).all()
    assert (draws.work[last, 0][~void] == 0).all()


def test_a_rerun_has_the_key_of_its_slot() -> None:
    model = city(MANY, checked(), LINE)
    draws = sample(model, 1, 0)
    case = int(np.flatnonzero(draws.void)[0])
    target = int(model.cases.target[case])
    project = philox.hash_name(model.project_ids[model.cases.project[target]])
    u = philox.uniforms(1, 0, project, philox.hash_name("A"), 3, philox.VISIT)[0, 0]
    law = np.array([model.rules.rework[target, 0]])
    expected = whole_minutes(model.laws.ppf(law, np.array([u])))[0]
    assert draws.work[model.cases.slot_offset[target] + 3, 0] == expected


def test_a_check_of_an_item_that_does_not_apply_does_not_apply() -> None:
    model = city(MANY, checked(applies=0.5), LINE)
    draws = sample(model, 1, 0)
    item, check = (model.cases.activity == model.activities.index(n) for n in ("A", "A.convert"))
    assert (draws.applies[item] == draws.applies[check]).all()
    assert 0.4 < draws.applies[item].mean() < 0.6


def test_a_tolerated_item_leaves_part_of_its_papers_for_later() -> None:
    papers = Act(
        "A.papers", after=("A",), kind=CHECK, target="A", rounds=1, flag="A.tolerated", applies=0.5, work=None
    )
    item = Act(
        "A", prepare=("exponential", 20 * DAY), tolerated=0.5, tolerated_share=0.25, flag="A.tolerated"
    )
    model = city(MANY, (item, papers, Act("B", after=("A", "A.papers"))), LINE)
    plain = city(MANY, (Act("A", prepare=("exponential", 20 * DAY)), Act("B", after=("A",))), LINE)
    draws, whole = sample(model, 1, 0), sample(plain, 1, 0).applicant[slots(plain, "A")]
    before, later = draws.applicant[slots(model, "A")], draws.applicant[slots(model, "A.papers")]
    accepted = draws.applies[model.cases.activity == model.activities.index("A.papers")]
    assert 0.4 < accepted.mean() < 0.6
    assert (before[~accepted] == whole[~accepted]).all()
    assert (later[~accepted] == 0).all()
    assert np.abs(before + later - whole)[accepted].max() <= 1
    assert later[accepted].sum() / whole[accepted].sum() == pytest.approx(0.25, abs=0.001)


def test_stop_gaps_are_exponential_in_own_work_time() -> None:
    stopping = line(stop_rate=1 / (30 * DAY), stops=2)
    model = city(MANY, stopping, LINE, ladder=((0.6, ("constant", DAY)), (0.0, ("constant", 2 * DAY))))
    draws = sample(model, 1, 0)
    assert draws.stop_gap.shape == (4000,)
    assert draws.stop_gap.mean() == pytest.approx(30 * DAY, rel=0.06)
    assert draws.rung_solved[:, 1].all()
    assert draws.rung_solved[:, 0].mean() == pytest.approx(0.6, abs=0.03)
    assert (draws.rung_work == [DAY, 2 * DAY]).all()


def test_no_stops_without_a_rate() -> None:
    model = city(MANY, line(stop_rate=0.0, stops=2), LINE, ladder=((1.0, ("constant", DAY)),))
    assert (sample(model, 1, 0).stop_gap == NEVER).all()


def test_a_gate_has_no_visits_and_a_case_that_does_not_apply_no_lengths() -> None:
    model = city(MANY, line(applies=0.0), LINE)
    draws = Sampler(model).draw(1, 0)
    assert not draws.applies[model.cases.activity == 0].any()
    assert (draws.work[slots(model, "A"), 0] == 0).all()


def test_a_law_that_never_ends_is_never() -> None:
    assert whole_minutes(np.array([np.inf, 2.0**31, 0.0, 1e-9])).tolist() == [NEVER, NEVER, 0, 1]
