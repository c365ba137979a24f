"""The sampler's kernels against a replication drawn by hand, one key at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest

from forecasts.inputs import read_inputs
from sim.model.arrays import CHECK, INFERRED, Model
from sim.model.compile import compile_model
from sim.sampling import Draws, Sampler
from sim.sampling.kernels import returned
from tests.city import DAY, Act, Place, city
from tests.oracles.sampling import ByHand


def shipped(name: str, *, dated: bool) -> Model:
    inputs = read_inputs(name, adopted=dated, dated=dated)
    return compile_model(
        inputs.scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until, arrivals=dated
    )


def everything() -> Model:
    """A small city with all that cases can do: returns, refusals, papers, checks, stoppages, patience."""
    acts = (
        Act("A", returned=0.5, rounds=3, correct=("gamma", 3.0 * DAY, 2.0), flag="A.t", tolerated=0.5,
            tolerated_share=0.25, prepare=("weibull_mean", 0.8, 9.0 * DAY), stop_rate=1 / (9 * DAY), stops=2),
        Act("A.papers", after=("A",), kind=CHECK, target="A", rounds=1, flag="A.t", applies=0.5, work=None),
        Act("L", refused=0.2, work=("triangular", 1.0, 4.0 * DAY, 9.0 * DAY)),
        Act("A.convert", after=("A", "L"), kind=CHECK, target="A", reference="L", rounds=1, void=0.4),
        Act("B", after=("A.convert",), chain={"A": 0.3}, applies=0.6, work=("lognormal", 5.0 * DAY, 0.7)),
    )  # fmt: skip
    return city(
        {f"p{i:03d}": Place(signed=0) for i in range(60)},
        acts,
        (("signed", None), ("done", "B")),
        patience=("weibull", 1.3, 900.0 * DAY),
        ladder=((0.6, ("exponential", DAY)), (0.0, ("uniform", DAY, 2.0 * DAY))),
    )


MODELS = {
    "everything": everything,
    "hello": lambda: shipped("hello", dated=False),
    "hello forecast": lambda: shipped("hello", dated=True),
    "kaifeng": lambda: shipped("kaifeng", dated=False),
}


@pytest.fixture(scope="module", params=list(MODELS))
def pair(request: pytest.FixtureRequest) -> tuple[Model, Draws, ByHand, list[int]]:
    """A model, its draws, the same by hand, and cases (a sample of a large model) not played up to now."""
    model = MODELS[request.param]()
    draws = Sampler(model).draw(7, 2)
    open_now = np.unique(model.cases.project[model.known.state == INFERRED])
    free = np.flatnonzero(~np.isin(model.cases.project, open_now))
    chosen = free[:: max(len(free) // 250, 1)].tolist()
    return model, draws, ByHand(model, 7, 2, draws.parameters), chosen


def test_choices_are_those_drawn_by_hand(pair) -> None:
    model, draws, hand, cases = pair
    for c in cases:
        assert draws.applies[c] == hand.applies(c)
        into = slice(model.cases.pred_offset[c], model.cases.pred_offset[c + 1])
        assert draws.arc[into].tolist() == hand.arcs(c)


def test_visits_are_those_drawn_by_hand(pair) -> None:
    model, draws, hand, cases = pair
    for c in cases:
        active = bool(draws.active[model.cases.project[c]])
        assert draws.rounds[c] == hand.rounds(c, active)
        assert (draws.refused[c], draws.void[c]) == hand.outcomes(c)
        first, last = model.cases.slot_offset[c : c + 2].tolist()
        seen = set(range(draws.rounds[c])) if hand.most(c) and draws.applies[c] and active else set()
        checks = np.flatnonzero((model.cases.target == c) & (model.cases.kind == CHECK))
        if hand.rerun(c) and draws.applies[c] and any(hand.outcomes(int(k))[1] for k in checks):
            seen.add(hand.most(c))
        for visit in range(last - first):
            mine = (int(draws.applicant[first + visit]), draws.work[first + visit].tolist())
            assert mine == (hand.lengths(c, visit) if visit in seen else (0, [0] * draws.work.shape[1]))


def test_stoppages_are_those_drawn_by_hand(pair) -> None:
    model, draws, hand, cases = pair
    for c in cases:
        first, last = model.cases.stop_offset[c : c + 2].tolist()
        for x in range(first, last):
            gap, climb = hand.stop(c, x - first)
            assert draws.stop_gap[x] == gap
            mine = zip(draws.rung_solved[x].tolist(), draws.rung_work[x].tolist(), strict=True)
            empty = [(False, 0)] * (draws.rung_work.shape[1] - len(climb))
            assert list(mine) == climb + empty


def test_patience_is_that_drawn_by_hand(pair) -> None:
    model, draws, hand, _ = pair
    projects = range(0, len(model.project_ids), max(len(model.project_ids) // 60, 1))
    for p in projects:
        by_hand = [hand.patience(p, k, draws.milestones[p]) for k in range(len(model.milestones))]
        assert draws.patience[p].tolist() == by_hand


def test_the_common_factor_is_that_drawn_by_hand(pair) -> None:
    _, draws, hand, _ = pair
    units, phases, months = draws.factor.shape
    for unit in range(0, units, 4):
        for k in range(phases):
            for month in {0, months // 2, months - 1}:
                assert draws.factor[unit, k, month] == hand.factor(unit, k, month)


def test_returns_are_the_inverse_of_a_truncated_geometric_law() -> None:
    u, share = np.random.default_rng(4).random((2, 4000))
    share[:3], most = (0.0, 1.0, 1 - 1e-14), np.arange(4000) % 7
    mine = [returned(*args) for args in zip(u.tolist(), share.tolist(), most.tolist(), strict=True)]
    safe = np.clip(share, 1e-300, 1 - 1e-12)
    drawn = np.floor(np.minimum(np.log(u) / np.log(safe), 1e6)).astype(int)
    drawn = np.where(share <= 0, 0, np.where(share >= 1, most, drawn))
    assert mine == np.minimum(drawn, most).tolist()


def test_threads_draw_the_same() -> None:
    sampler = Sampler(everything())
    alone = [sampler.draw(1, r) for r in range(12)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda r: sampler.draw(1, r), range(12)))
    for one, other in zip(alone, together, strict=True):
        for field in fields(Draws):
            assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


def test_draws_are_made_as_engines_take_them() -> None:
    draws = Sampler(everything()).draw(1, 0)
    kinds = {f.name: getattr(draws, f.name).dtype for f in fields(Draws)[2:]}
    assert {str(kind) for kind in kinds.values()} == {"bool", "int8", "int32", "float64"}
    assert kinds["state"] == np.int8
    assert all(getattr(draws, name).flags.c_contiguous for name in kinds)
