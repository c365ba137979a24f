"""Adopted reforms: grandfathered ones by signing date, switched ones as regimes of laws."""

import pytest

from sim.errors import InputError
from sim.model.lawrows import Laws
from sim.model.noderow import Names
from sim.model.scalars import Numbers
from sim.model.template import TemplateMaker
from sim.trace import NEVER
from tests.support import case_of, preds_of, toy_model, toy_scenario

DAY = 1440
BODY = """\
activities:
  land: {work: {law: lognormal, mean: 114 wd, sigma: 0.5}}
  review: {work: 30 wd, returned: 0.2, prepare: 3 d}
  permit: {after: [land, review], work: 7 wd}
resources: {desk: {kind: office, reviewers: 1}}
reforms:
  fast: {set: {activities: {land: {work: {mean: {value: 25 wd, range: [20 wd, 30 wd]}}}}}}
  swift: {set: {activities: {review: {work: 9 wd}}}}
  order: {set: {activities: {review: {after: [land]}}}}
  papers: {set: {activities: {review: {prepare: 1 d}}}}
  desks: {set: {resources: {desk: {reviewers: 9}}}}
adopted: [ADOPTED]
"""
ROWS = [{"id": "old", "signed": "2021-01-04"}, {"id": "young", "signed": "2021-07-01"}]


def model_of(*adopted, rows=ROWS, use=True, **options):
    listed = ", ".join("{reform: %s, from: %s, applies: %s}" % entry for entry in adopted)  # noqa: UP031
    return toy_model(BODY.replace("ADOPTED", listed), rows, adopted=use, **options)


def mean_of(model, activity, project, regime=0):
    return model.laws.args[model.rules.work[case_of(model, activity, project), regime], 0] / DAY


def test_grandfathered_reform_goes_by_the_signing_date():
    model = model_of(("fast", "2021-07-01", "grandfathered"))
    assert [mean_of(model, "land", p) for p in (0, 1)] == [114, 25]
    assert model.regime_start.tolist() == [-NEVER]


def test_reform_of_the_graph_may_be_grandfathered():
    model = model_of(("order", "2021-03-01", "grandfathered"))
    assert preds_of(model, "review", 0) == set()
    assert preds_of(model, "review", 1) == {"land"}


def test_one_name_with_two_values_is_two_parameters_and_one_draw():
    body = BODY.replace("mean: 114 wd", "mean: {value: 114 wd, range: [100 wd, 130 wd]}")
    adopted = "{reform: fast, from: 2021-07-01}"
    model = toy_model(body.replace("ADOPTED", adopted), ROWS, adopted=True)
    assert [(p.name, p.low) for p in model.parameters] == [
        ("activities.land.work.mean", 100.0), ("activities.land.work.mean", 20.0),
    ]  # fmt: skip


def test_adopted_reforms_are_out_unless_asked_for():
    model = model_of(("fast", "2021-07-01", "grandfathered"), use=False)
    assert [mean_of(model, "land", p) for p in (0, 1)] == [114, 114]


def test_switched_reform_is_a_regime_from_its_date():
    model = model_of(("swift", "2021-02-03", "switched"))
    assert model.regime_start.tolist() == [-NEVER, 30 * DAY]
    assert [mean_of(model, "review", 0, g) for g in (0, 1)] == [30, 9]
    assert model.rules.work.shape == (6, 2)
    later = case_of(model, "review", 1)
    assert model.rules.rework[later].tolist() == model.rules.work[later].tolist()


def test_regime_before_the_epoch():
    model = model_of(("swift", "2021-02-03", "switched"), as_of="2021-07-31")
    assert model.regime_start[1] < 0


def test_both_kinds_together():
    model = model_of(("fast", "2021-07-01", "grandfathered"), ("swift", "2021-09-01", "switched"))
    assert [mean_of(model, "land", p, 1) for p in (0, 1)] == [114, 25]
    assert [mean_of(model, "review", p, 1) for p in (0, 1)] == [9, 9]


@pytest.mark.parametrize("reform", ["order", "papers"])
def test_switched_reform_may_change_lengths_of_work_only(reform):
    scenario = toy_scenario(BODY.replace("ADOPTED", ""))
    numbers = Numbers()
    maker = TemplateMaker([scenario, scenario.with_reforms([reform])], numbers, Laws(numbers), Names())
    with pytest.raises(
        InputError, match=rf"toy adopted: got {reform}, expected switched reforms that change laws"
    ):
        maker.make({})


def test_adopted_reform_of_a_resource_is_refused():
    with pytest.raises(InputError, match=r"adopted"):
        model_of(("desks", "2021-02-03", "grandfathered"))
