from collections import Counter
from datetime import date

import numpy as np
import pytest
from scipy.stats import poisson

from sim.arrivals import ENOUGH, candidates, donors_like
from sim.errors import InputError
from sim.spec.condition import read_when
from tests.support import case_of, toy_model

MONTHS = [(date(2021, 10, 1), 1.0), (date(2021, 11, 1), 0.5)]


def test_enough_candidates_for_practically_every_month():
    found = Counter(c.month for c in candidates(["a"], [0], MONTHS, 7.0))
    assert found[0] == poisson.ppf(ENOUGH, 7.0)
    assert found[1] == poisson.ppf(ENOUGH, 3.5)


def test_donors_take_turns():
    found = Counter(c.donor for c in candidates(["a", "b", "c"], [0, 2], MONTHS, 7.0))
    assert set(found) == {0, 2}
    assert abs(found[0] - found[2]) <= 1


def test_choice_of_donors_does_not_depend_on_their_order():
    one = [c.donor for c in candidates(["a", "b", "c"], [0, 1, 2], MONTHS, 2.0)]
    other = [c.donor for c in candidates(["a", "b", "c"], [2, 0, 1], MONTHS, 2.0)]
    assert one == other


def test_no_rate_no_candidates():
    assert list(candidates(["a"], [0], MONTHS, 0.0)) == []


def test_a_class_nobody_belongs_to_is_an_error():
    rule = read_when({"kind": "social"})
    with pytest.raises(InputError, match=r"toy arrivals\.like: .* a class of which the ledger has a project"):
        donors_like(rule, [{"kind": "industry"}], "toy")


BODY = """\
activities: {permit: {work: 5 wd}}
arrivals: {rate: {value: 2 /mo, range: [1 /mo, 3 /mo]}, like: {kind: industry}}
"""
ROWS = [
    {
        "id": "a",
        "county": "x",
        "kind": "industry",
        "signed": "2021-01-04",
        "plan_this_year": 3.0,
        "list": "s1",
    },
    {"id": "b", "county": "y", "kind": "social", "signed": "2021-01-04"},
]


def test_candidates_are_projects_of_their_own():
    model = toy_model(BODY, ROWS, as_of="2021-03-10")
    pool = model.arrivals
    ids = [model.project_ids[p] for p in pool.project]
    assert ids[0] == "arrival-2021-03-001"
    assert list(model.project_ids) == sorted(model.project_ids)
    assert set(np.array(model.signed)[pool.project]) == {2**30}
    assert {model.attributes.kind[p] for p in pool.project} == {"industry"}
    assert {model.attributes.extra["list"][p] for p in pool.project} == {""}
    assert {model.attributes.plan_this_year[p] for p in pool.project} == {0.0}
    assert model.attributes.plan_this_year[model.project_ids.index("a")] == 3.0
    assert model.scalars[pool.rate].value == pytest.approx(2.0)
    assert model.parameters[model.scalars[pool.rate].parameter].high == 3.0


def test_months_of_candidates_are_rows_of_the_months_of_the_model():
    model = toy_model(BODY, ROWS, as_of="2021-03-10")
    assert model.arrivals.month.min() == 0
    assert model.arrivals.month.max() == len(model.months) - 2
    assert model.months[0] <= 0 < model.months[1]


def test_arrivals_are_off_in_a_comparison_and_on_demand():
    assert len(toy_model(BODY, ROWS).arrivals.project) == 0
    model = toy_model(BODY, ROWS, as_of="2021-03-10", arrivals=False)
    assert model.project_ids == ("a", "b")
    assert model.arrivals.rate == -1


def test_arrivals_move_no_case_of_the_ledger():
    with_them = toy_model(BODY, ROWS, as_of="2021-03-10")
    without = toy_model(BODY, ROWS, as_of="2021-03-10", arrivals=False)
    p = with_them.project_ids.index("a")
    one, other = case_of(with_them, "permit", p), case_of(without, "permit")
    assert with_them.known.ready[one] == without.known.ready[other]
