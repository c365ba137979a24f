"""Choices by name: parameters, flags, arcs, lanes; amounts, sessions, arrivals, patience, factor."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.model.arrays import INFERRED, MEETING, OFFICE, SESSION
from sim.sampling import Sampler, sample
from sim.sampling.layout import make_layout
from sim.trace import NEVER
from tests.city import DAY, Act, Place, city
from tests.support import toy_model

ACTS = (Act("A"), Act("B", after=("A",)))
LINE = (("signed", None), ("done", "B"))
ONE = {"p": Place(signed=0)}
MANY = {f"p{i:04d}": Place(signed=0, unit=f"u{i % 40:02d}") for i in range(1000)}


def test_parameters_are_uniform_on_their_range_unless_fixed() -> None:
    model = city(
        ONE, (Act("A", work=("exponential", "mean")), ACTS[1]), LINE, parameters={"mean": (9e4, 8e4, 12e4)}
    )
    sampler = Sampler(model)
    drawn = np.array([sampler.draw(1, r).parameters[0] for r in range(300)])
    assert (drawn >= 8e4).all()
    assert (drawn <= 12e4).all()
    assert drawn.mean() == pytest.approx(10e4, rel=0.02)
    assert sample(model, 1, 0, fixed=True).parameters.tolist() == [9e4]


def test_a_drawn_parameter_reaches_the_law() -> None:
    acts = (Act("A", work=("constant", "length")), ACTS[1])
    model = city(ONE, acts, LINE, parameters={"length": (100.0, 50.0, 200.0)})
    draws = sample(model, 1, 4)
    assert draws.work[0, 0] == round(draws.parameters[0])


def test_cases_of_one_project_with_one_flag_share_their_draw() -> None:
    acts = (Act("A", applies=0.5, flag="f"), Act("B", after=("A",)), Act("C", applies=0.5, flag="f"))
    model = city(MANY, acts, LINE)
    applies = sample(model, 1, 0).applies.reshape(-1, 3)
    assert (applies[:, 0] == applies[:, 2]).all()
    assert applies[:, 0].mean() == pytest.approx(0.5, abs=0.05)


def test_candidate_arcs_appear_with_their_share() -> None:
    model = city(MANY, (Act("A"), Act("B", after=("A",), chain={"A": 0.3})), LINE)
    assert sample(model, 1, 0).arc.mean() == pytest.approx(0.3, abs=0.05)
    assert sample(city(MANY, ACTS, LINE), 1, 0).arc.all()


def test_shocks_hit_whole_units_and_spare_the_exempt() -> None:
    model = city(MANY, ACTS, LINE, shocks={"flood": 0.5, "heat": 1.0})
    exempt = np.zeros((2, 1000), dtype=np.bool_)
    exempt[1, :10] = True
    lane = sample(replace(model, shock_exempt=exempt), 1, 0).lane
    flood = (lane & 1).reshape(25, 40)
    assert (flood == flood[0]).all()
    assert 0.2 < flood.mean() < 0.8
    assert (lane[:10] & 2 == 0).all()
    assert (lane[10:] & 2 == 2).all()


def test_capacities_follow_their_parameter_and_round_half_up() -> None:
    model = city(ONE, ACTS, LINE, resources={"desk": (OFFICE, "n")}, parameters={"n": (9.0, 8.0, 12.0)})
    for r in range(10):
        draws = sample(model, 1, r)
        assert draws.capacity[0] == int(np.floor(draws.parameters[0] + 0.5))


def test_reserved_parts_round_down_and_the_rest_is_open() -> None:
    model = city(
        ONE,
        ACTS,
        LINE,
        resources={"desk": (OFFICE, "open")},
        parameters={"open": (7.5, 7.5, 7.5), "kept": (2.5, 2.5, 2.5)},
    )
    both = replace(model, reserved_scalar=np.array([len(model.scalars)], dtype=np.int32))
    both = replace(both, scalars=(*model.scalars, replace(model.scalars[0], value=2.5, parameter=1)))
    draws = sample(both, 1, 0)
    assert (draws.capacity[0], draws.reserved[0]) == (8, 2)


def test_cancelled_sessions_have_no_places_and_are_keyed_by_their_date() -> None:
    dates = [(7 * DAY * k, "batch") for k in range(200)]
    model = city(ONE, ACTS, LINE, resources={"batch": (MEETING, 0)}, sessions=dates, cancelled=0.3)
    fewer = city(ONE, ACTS, LINE, resources={"batch": (MEETING, 0)}, sessions=dates[::2], cancelled=0.3)
    value = sample(model, 1, 0).event_value
    assert (model.events.kind == SESSION).all()
    assert set(value.tolist()) == {0, 5}
    assert (value == 0).mean() == pytest.approx(0.3, abs=0.1)
    assert (sample(fewer, 1, 0).event_value == value[::2]).all()


def candidates(per_month: int, months: int) -> dict[str, Place]:
    return {f"new-{m:02d}-{i:02d}": Place(month=m) for m in range(months) for i in range(per_month)}


def test_arrivals_are_poisson_and_signed_in_their_month() -> None:
    model = city({**ONE, **candidates(20, 12)}, ACTS, LINE, rate=7.0, months=12)
    counts = []
    sampler = Sampler(model)
    for r in range(60):
        draws = sampler.draw(1, r)
        chosen = draws.active[model.arrivals.project]
        signed = draws.signed[model.arrivals.project]
        month = np.searchsorted(model.months, signed[chosen], side="right") - 1
        assert (month == model.arrivals.month[chosen]).all()
        assert (signed[chosen] % DAY == 0).all()
        assert (signed[~chosen] == NEVER).all()
        counts.extend(np.bincount(month, minlength=12))
    assert draws.active[model.project_ids.index("p")]
    assert np.mean(counts) == pytest.approx(7, abs=3 * np.sqrt(7 / 720))
    assert np.var(counts) == pytest.approx(7, rel=0.2)


def test_nobody_arrives_without_a_rate() -> None:
    draws = sample(city({**ONE, **candidates(3, 2)}, ACTS, LINE), 1, 0)
    assert draws.active.sum() == 1


def test_patience_has_the_law_of_its_phase_and_starts_with_the_open_one() -> None:
    model = city(MANY, ACTS, LINE, patience=("exponential", 100 * DAY))
    draws = sample(model, 1, 0)
    assert draws.patience[:, 1].mean() == pytest.approx(100 * DAY, rel=0.1)
    past = {i: Place((-5000 * DAY,)) for i in MANY}
    # The hazard is constant: what is left does not depend on the time already spent.
    late = sample(city(past, ACTS, LINE, patience=("exponential", 100 * DAY)), 1, 0)
    assert late.patience[:, 0].mean() == pytest.approx(100 * DAY, rel=0.1)
    assert (late.patience >= 1).all()


def test_patience_without_a_law_never_ends() -> None:
    assert (sample(city(ONE, ACTS, LINE), 1, 0).patience == NEVER).all()


def test_factor_has_its_spread_and_memory() -> None:
    model = city(ONE, ACTS, LINE, factor=(0.3, 0.4, 0.8), months=8)
    sampler = Sampler(model)
    x = np.array([-np.log(sampler.draw(1, r).factor[0, 1] / 1000) for r in range(400)])
    assert x[:, 5].std() == pytest.approx(0.5, rel=0.1)
    assert np.corrcoef(x[:, 5], x[:, 6])[0, 1] == pytest.approx(0.8, abs=0.06)


def test_factor_of_a_month_does_not_depend_on_the_epoch() -> None:
    early = city(ONE, ACTS, LINE)
    late = city(ONE, ACTS, LINE, epoch=date(2022, 1, 1))
    assert (sample(early, 1, 0).factor[:, :, 3:] == sample(late, 1, 0).factor[:, :, :-3]).all()


def test_projects_of_one_city_share_a_factor_and_counties_differ() -> None:
    two = {"a": Place(signed=0, unit="east"), "b": Place(signed=0, unit="west")}
    factor = sample(city(two, ACTS, LINE, factor=(0.2, 0.1, 0.5)), 1, 0).factor
    assert (factor[0] != factor[1]).any()
    alike = sample(city(two, ACTS, LINE, factor=(0.2, 0.0, 0.5)), 1, 0).factor
    assert (alike[0] == alike[1]).all()
    assert (sample(city(two, ACTS, LINE, factor=(0.0, 0.0, 0.5)), 1, 0).factor == 1000).all()


def test_unknown_dates_lie_between_their_neighbours() -> None:
    place = Place((-100 * DAY, -(2**30), -20 * DAY))
    model = city(
        {"p": place}, (*ACTS, Act("C", after=("B",))), (("signed", None), ("a", "A"), ("b", "B"), ("c", "C"))
    )
    assert make_layout(model).milestones.tolist() == [[-100 * DAY, -60 * DAY, -20 * DAY, NEVER]]
    nothing = city({"p": Place((-(2**30), -(2**30)))}, ACTS, (("signed", None), ("a", "A"), ("b", "B")))
    assert make_layout(nothing).milestones.tolist() == [[-1, -1, NEVER]]


def test_an_open_phase_is_played_where_nothing_waits_for_anything() -> None:
    """A model without a single arc, in which no attempt but the first is needed, or a second one is."""
    milestones = "milestones: [{name: signed}, {name: done, activity: A}, {name: built, activity: B}]"
    body = "activities: {A: {work: 30 d, resource: o}, B: {work: 2 d, share: 0.5}}\n"
    body += "resources: {o: {kind: office, reviewers: 1}}"
    rows = [{"id": f"p{day}", "signed": f"2021-01-{day:02d}"} for day in (1, 2, 20)]
    model = toy_model(body, rows, milestones=milestones, as_of="2021-01-20")
    assert not len(model.cases.pred)
    assert (model.known.state == INFERRED).any()
    for number in range(5):
        assert not (sample(model, 1, number).state == INFERRED).any()
