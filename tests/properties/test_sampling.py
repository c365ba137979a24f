"""Draws belong to names: nothing that is added, reordered or run beside them moves one."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.model.arrays import MEETING, OFFICE, Model
from sim.sampling import Draws, Sampler, sample
from tests.city import DAY, Act, Place, city

STEPS = (("signed", None), ("land", "L"), ("permitted", "C"), ("built", "D"))
FEW = settings(max_examples=8, deadline=None, derandomize=True)
SEEDS = st.integers(0, 2**62)


def acts(returned: float | str = "returned", *, void: float = 0.2, chain: float = 0.4) -> tuple[Act, ...]:
    return (
        Act("A", prepare=("exponential", 9 * DAY), work=("lognormal", 20 * DAY, "sigma"), returned=returned,
            correct=("exponential", 5 * DAY), refused=0.05, clock=1, resource="desk", tolerated=0.3,
            tolerated_share=0.5, flag="A.t", stop_rate=0.0001, stops=2),
        Act("A.papers", after=("A",), kind=2, target="A", rounds=1, applies=0.3, flag="A.t", work=None),
        Act("L", work=("gamma", 100 * DAY, 2.0), applies=0.8),
        Act("X", after=("A", "L"), kind=2, target="A", reference="L", void=void, rounds=1),
        Act("C", after=("X", "A.papers"), chain={"A.papers": chain}, work=("lognormal", 15 * DAY, 0.5)),
        Act("D", after=("C",), work=("weibull", 2.0, 300 * DAY), rounds=1),
    )  # fmt: skip


def places(count: int = 12) -> dict[str, Place]:
    past = [(), (-80 * DAY,), (-200 * DAY, -40 * DAY), (-400 * DAY, -300 * DAY, -90 * DAY)]
    known = {f"p{i:02d}": Place(past[i % 4], unit=f"u{i % 3}", signed=i * DAY) for i in range(count)}
    return known | {f"z{i}": Place(month=i % 3, unit="u1") for i in range(9)}


def build(projects: dict[str, Place] | None = None, given: tuple[Act, ...] | None = None) -> Model:
    return city(
        projects or places(),
        given or acts(),
        STEPS,
        parameters={"sigma": (0.5, 0.3, 0.8), "returned": (0.3, 0.1, 0.5)},
        resources={"desk": (OFFICE, 3), "board": (MEETING, 0)},
        sessions=[(30 * DAY * k, "board") for k in range(6)],
        cancelled=0.3,
        shocks={"flood": 0.5},
        patience=("exponential", 900 * DAY),
        rate=2.0,
        ladder=((0.5, ("constant", DAY)), (1.0, ("exponential", 3 * DAY))),
    )


def same(a: Draws, b: Draws, names: tuple[str, ...] | None = None) -> None:
    for field in fields(Draws):
        if names is None or field.name in names:
            assert np.array_equal(getattr(a, field.name), getattr(b, field.name)), field.name


def by_case(model: Model, draws: Draws) -> dict[tuple[str, str], tuple[object, ...]]:
    """All that belongs to a case, under its names."""
    cases, found = model.cases, {}
    for c in range(len(cases.kind)):
        key = model.project_ids[cases.project[c]], model.activities[cases.activity[c]]
        visits = slice(cases.slot_offset[c], cases.slot_offset[c] + draws.rounds[c])
        stops = slice(cases.stop_offset[c], cases.stop_offset[c + 1])
        found[key] = (
            *(getattr(draws, n)[c] for n in ("applies", "rounds", "refused", "void")),
            *(getattr(draws, n)[c] for n in ("state", "remaining", "ended")),
            draws.applicant[visits].tolist(), draws.work[visits].tolist(), draws.stop_gap[stops].tolist(),
            draws.rung_solved[stops].tolist(), draws.rung_work[stops].tolist(),
        )  # fmt: skip
    return found


def by_project(model: Model, draws: Draws) -> dict[str, tuple[object, ...]]:
    return {
        i: (draws.signed[p], draws.lane[p], draws.patience[p].tolist(), draws.factor[model.unit[p]].tolist())
        for p, i in enumerate(model.project_ids)
        if not i.startswith("z")
    }


@FEW
@given(SEEDS, st.integers(0, 10**7))
def test_same_seed_same_bytes_and_alone_as_in_company(seed: int, first: int) -> None:
    model = build()
    sampler = Sampler(model)
    many = [sampler.draw(seed, first + r) for r in range(8)]
    same(many[7], sample(model, seed, first + 7))
    assert any((many[0].work != many[k].work).any() for k in range(1, 8))


@FEW
@given(SEEDS)
def test_a_project_more_moves_nobody_else(seed: int) -> None:
    new = {"o-new": Place((-50 * DAY,), unit="u0"), "q-new": Place(signed=0, unit="u2")}
    few, more = build(), build(places() | new)
    one, two = sample(few, seed, 0), sample(more, seed, 0)
    small, large = by_case(few, one), by_case(more, two)
    assert all(large[key] == value for key, value in small.items())
    people, crowd = by_project(few, one), by_project(more, two)
    assert all(crowd[key] == value for key, value in people.items())
    same(one, two, ("parameters", "capacity", "event_value", "session_work", "factor"))


@FEW
@given(SEEDS)
def test_an_item_more_moves_no_other_case(seed: int) -> None:
    # The open phase of a project is played with the item, so projects without a past are compared.
    fresh = {i: replace(p, milestones=()) for i, p in places().items()}
    few, more = build(fresh), build(fresh, (Act("0-extra", returned=0.5), *acts()))
    small, large = by_case(few, sample(few, seed, 0)), by_case(more, sample(more, seed, 0))
    assert all(large[key] == value for key, value in small.items())


@FEW
@given(SEEDS)
def test_the_order_of_the_ledger_is_irrelevant(seed: int) -> None:
    forward, backward = build(), build(dict(reversed(places().items())))
    assert forward.content_hash == backward.content_hash
    same(sample(forward, seed, 3), sample(backward, seed, 3))


@FEW
@given(SEEDS, st.floats(0.01, 0.9), st.floats(0.01, 0.9))
def test_a_lower_share_gives_a_subset(seed: int, a: float, b: float) -> None:
    low, high = sorted((a, b))
    fresh = {i: replace(p, milestones=()) for i, p in places(30).items()}
    few = sample(build(fresh, acts(low, void=low, chain=low)), seed, 0)
    many = sample(build(fresh, acts(high, void=high, chain=high)), seed, 0)
    assert (few.rounds <= many.rounds).all()
    assert (few.void <= many.void).all()
    assert (few.arc <= many.arc).all()
    same(few, many, ("refused", "applies", "patience", "factor", "parameters"))


def _with_rate(model: Model, rate: float) -> Model:
    scalars = list(model.scalars)
    scalars[model.arrivals.rate] = replace(scalars[model.arrivals.rate], value=rate)
    return replace(model, scalars=tuple(scalars))


@FEW
@given(SEEDS, st.floats(0.1, 3), st.floats(0.1, 3))
def test_more_arrivals_contain_the_fewer(seed: int, a: float, b: float) -> None:
    model = build()
    low, high = (_with_rate(model, x) for x in sorted((a, b)))
    few, many = sample(low, seed, 0), sample(high, seed, 0)
    assert (few.active <= many.active).all()
    assert (few.signed[few.active] == many.signed[few.active]).all()


@FEW
@given(SEEDS)
def test_fixed_parameters_keep_every_other_uniform(seed: int) -> None:
    model = build({i: replace(p, milestones=()) for i, p in places().items()})
    free, fixed = sample(model, seed, 0), sample(model, seed, 0, fixed=True)
    same(
        free, fixed, ("applies", "arc", "lane", "active", "signed", "patience", "factor", "void", "stop_gap")
    )
    assert fixed.parameters.tolist() == [0.5, 0.3]
