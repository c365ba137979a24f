"""The compiled arrays: cases, modes, known past, names and time."""

import dataclasses
from datetime import date

import numpy as np
import pytest

from sim.errors import InputError
from sim.model.arrays import CHECK, ENDED, GATE, INFERRED, NOT_YET, SERVICE, WORK, Model
from sim.model.compile import compile_model, with_pilot
from sim.trace import NEVER
from tests.support import case_of, preds_of, toy_ledger, toy_model, toy_scenario

DAY = 1440
LONG = "milestones: [{name: signed}, {name: land, activity: LND}, {name: permitted, activity: CPM}, " \
    "{name: full, activity: ramp, applies_if: {kind: industry}}]"  # fmt: skip
BODY = """\
mode: {approval: MODE, serial_fraction: {value: 0.4, range: [0.3, 0.5]}}
pre_review: {convert: {law: uniform, low: 1 wd, high: 4 wd}, void: 0.05, land: LND, filing: FIL, permit: CPM}
tolerance: {share: SHARE, postponed: 0.5, fails: 0.1, due_at: CPM}
catalogue: {file: items.csv, law: {law: lognormal, sigma: 0.5}, returned: 0.3, correct: 5 d, prepare: 3 d}
activities:
  LND: {after_add: [quota], applies_if: {not: {land_route: factory}}}
  quota: {after: [FIL], applies_if: {land_state: conversion}, work: 10 wd}
  ramp: {after: [CPM], work: 60 d, applies_if: {kind: industry}}
"""
ITEMS = """\
id,name_en,name_zh,stage,department_en,department_zh,statutory_working_days,promised_working_days,predecessors,predecessors_allocated_land,can_pre_review,can_tolerate_deficiency,applies_if,share
FIL,Filing,备案,1,DR,发改,5,0,,,false,true,,
LND,Land,供地,1,NR,自然资源,100,25,FIL,FIL,false,false,,
EIA,Impact,环评,1,EE,生态,30,7,FIL,FIL,true,true,,0.5
EPP,Works permit,工程规划许可,2,NR,自然资源,20,7,LND,LND,true,true,,
CPM,Construction permit,施工许可,3,HC,住建,7,5,LND;EPP;EIA,LND;EPP;EIA,true,false,,
"""
INDUSTRY = {"kind": "industry", "land_route": "granted", "land_state": "net", "county": "x"}
FACTORY = {**INDUSTRY, "land_route": "factory"}
SCHOOL = {**INDUSTRY, "kind": "social", "land_state": "conversion", "county": "y"}
ROWS = [
    {"id": "a", "signed": "2021-01-04", **INDUSTRY},
    {"id": "b", "signed": "2021-01-06", **FACTORY},
    {"id": "c", "signed": "2021-03-01", **SCHOOL},
]


def model_of(mode="parallel", share="0", rows=ROWS, **options) -> Model:
    body = BODY.replace("MODE", mode).replace("SHARE", share)
    return toy_model(body, rows, milestones=LONG, files={"items.csv": ITEMS}, **options)


def arrays_of(value):
    if isinstance(value, np.ndarray):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from arrays_of(getattr(value, field.name))


def test_every_array_is_read_only():
    model = model_of("pre-review", "0.3", as_of="2021-02-01")
    assert not [a for a in arrays_of(model) if a.flags.writeable]


def test_time_of_a_comparison_and_of_a_forecast():
    model = model_of()
    assert (model.epoch, model.horizon) == (
        date(2021, 1, 4),
        (date(2041, 1, 4) - date(2021, 1, 4)).days * DAY,
    )
    assert model.signed.tolist() == [0, 2 * DAY, 56 * DAY]
    model = model_of(as_of="2021-02-01", until=date(2021, 12, 31))
    assert (model.epoch, model.horizon) == (
        date(2021, 2, 2),
        (date(2023, 2, 2) - date(2021, 2, 2)).days * DAY,
    )
    late = model_of(as_of="2021-02-01", until=date(2024, 12, 31))
    assert late.horizon == (date(2025, 1, 1) - date(2021, 2, 2)).days * DAY
    assert model_of(horizon_months=6).horizon == 181 * DAY
    assert model_of(until=date(2021, 1, 31)).horizon == 28 * DAY


def test_clocks_reach_beyond_the_horizon_and_back_to_the_first_date():
    model = model_of(as_of="2021-02-01")
    working = next(c for c in model.clocks if c.name == "working")
    assert working.closes[-1] > model.horizon
    assert working.opens[0] < -360 * DAY


def test_parallel_graph_by_class():
    model = model_of()
    assert preds_of(model, "CPM", 0) == {"LND", "EPP", "EIA"}
    land = case_of(model, "LND", 1)
    assert model.cases.kind[land] == GATE
    assert model.cases.slot_offset[land + 1] == model.cases.slot_offset[land]
    assert preds_of(model, "LND", 0) == {"FIL"}
    assert preds_of(model, "LND", 2) == {"FIL", "quota"}


def test_milestones_that_a_class_does_not_have():
    model = model_of()
    assert model.milestone_case[:, 0].tolist() == [-1, -1, -1]
    assert model.milestone_case[2, 3] == -1
    assert model.milestone_case[0, 3] == case_of(model, "ramp", 0)


def test_rows_of_cases_follow_projects_and_topological_order():
    model = model_of("serial")
    assert (np.diff(model.cases.project) >= 0).all()
    waits = np.repeat(np.arange(len(model.cases.project)), np.diff(model.cases.pred_offset))
    assert (model.cases.pred < waits).all()
    assert (model.cases.project[model.cases.pred] == model.cases.project[waits]).all()


def test_serial_candidates_carry_the_fraction():
    model = model_of("serial")
    cases, c = model.cases, case_of(model, "EIA")
    arcs = range(cases.pred_offset[c], cases.pred_offset[c + 1])
    drawn = {model.activities[cases.activity[cases.pred[a]]]: model.rules.arc_share[a] for a in arcs}
    assert drawn["FIL"] == -1
    scalar = model.scalars[drawn["LND"]]
    assert scalar.value == 0.4
    assert model.parameters[scalar.parameter].name == "mode.serial_fraction"
    assert model.cases.pred_flag.tolist() == model.rules.arc_share.tolist()


def test_pre_review_makes_checks_and_moves_the_milestone():
    model = model_of("pre-review")
    check, item = case_of(model, "EPP.convert"), case_of(model, "EPP")
    assert model.cases.kind[check] == CHECK
    assert model.cases.target[check] == item
    assert model.cases.reference[check] == case_of(model, "LND")
    assert model.scalars[model.rules.void[check]].value == 0.05
    assert model.cases.slot_offset[item + 1] - model.cases.slot_offset[item] == 4
    assert model.cases.slot_offset[check + 1] - model.cases.slot_offset[check] == 1
    assert model.milestone_case[0, 2] == case_of(model, "CPM.convert")
    law = model.rules.work[check, 0]
    assert model.laws.args[law, :2].tolist() == [DAY, 4 * DAY]
    assert model.clocks[model.cases.clock[check, 0]].name == "working"
    assert model.milestone_case[1, 2] == case_of(model, "CPM", 1)


def test_a_conversion_applies_with_its_item():
    model = model_of("pre-review")
    rules, check, item = model.rules, case_of(model, "EIA.convert"), case_of(model, "EIA")
    assert rules.applies[check] == rules.applies[item] >= 0
    assert rules.flag_names[rules.applies_name[check]] == rules.flag_names[rules.applies_name[item]] == "EIA"


def test_tolerance_shares_one_draw_between_item_and_papers():
    model = model_of("parallel", "0.3")
    rules, item, papers = model.rules, case_of(model, "EPP"), case_of(model, "EPP.papers")
    assert rules.tolerated[item] == rules.applies[papers]
    assert rules.flag_names[rules.tolerated_name[item]] == "EPP.tolerated"
    assert rules.applies_name[papers] == rules.tolerated_name[item]
    assert model.scalars[rules.tolerated_share[item]].value == 0.5
    assert model.scalars[rules.void[papers]].value == 0.1
    assert (model.cases.kind[papers], model.cases.target[papers], model.cases.reference[papers]) == (
        CHECK,
        item,
        -1,
    )
    assert "EPP.papers" in preds_of(model, "CPM")


def test_only_one_check_may_reopen_an_item():
    model = model_of("pre-review", "0.3")
    assert model.rules.void[case_of(model, "EPP.papers")] == -1
    assert model.rules.void[case_of(model, "EPP.convert")] >= 0
    assert model.rules.void[case_of(model, "FIL.papers")] >= 0


def test_tolerance_of_nobody_is_off():
    assert "EPP.papers" not in model_of("parallel", "0").activities


def test_known_past_of_a_forecast():
    rows = [{**ROWS[0], "land": "2021-03-01"}, ROWS[1], {**ROWS[2], "signed": "2021-09-09"}]
    model = model_of(rows=rows, as_of="2021-03-31")
    assert model.project_ids == ("a", "b")
    known = model.known
    assert known.milestones[0].tolist() == [-87 * DAY, -31 * DAY, NEVER, NEVER]
    state = {name: known.state[case_of(model, name)] for name in ("FIL", "LND", "EIA", "EPP", "CPM", "ramp")}
    assert state == {
        "FIL": ENDED,
        "LND": ENDED,
        "EIA": INFERRED,
        "EPP": INFERRED,
        "CPM": INFERRED,
        "ramp": NOT_YET,
    }
    assert known.ended[case_of(model, "FIL")] == -31 * DAY


def test_running_construction_is_in_service():
    rows = [{**ROWS[0], "permitted": "2021-03-01"}]
    model = model_of(rows=rows, as_of="2021-03-31")
    ramp = case_of(model, "ramp")
    assert model.known.state[ramp] == SERVICE
    assert model.known.served[ramp] == -31 * DAY
    assert model.known.milestones[0, 1] == -(2**30)


def test_nothing_is_known_in_a_comparison():
    model = model_of(rows=[{**ROWS[0], "land": "2021-03-01", "withdrawn": "2021-04-01"}])
    assert (model.known.state == NOT_YET).all()
    assert (model.known.milestones == NEVER).all()
    assert (model.known.withdrawn == NEVER).all()


def test_declared_signing_is_in_the_future_and_overdue_ones_come_first():
    rows = [
        {**ROWS[0], "signed": None, "planned_signed": "2021-05-01"},
        {**ROWS[1], "signed": None, "planned_signed": "2021-02-01"},
    ]
    model = model_of(rows=rows, as_of="2021-03-31")
    assert model.signed.tolist() == [30 * DAY, 0]
    assert (model.known.state == NOT_YET).all()


def test_order_of_rows_changes_nothing():
    assert model_of(rows=ROWS).content_hash == model_of(rows=ROWS[::-1]).content_hash


def test_hash_sees_every_change():
    base = model_of().content_hash
    assert model_of("serial").content_hash != base
    assert model_of(rows=[{**ROWS[0], "investment": 2.0}, *ROWS[1:]]).content_hash != base
    assert model_of(horizon_months=12).content_hash != base


def test_cohort_cuts_the_ledger():
    assert model_of(cohort=["c", "a"]).project_ids == ("a", "c")
    with pytest.raises(InputError, match=r"rows cohort: got z, expected an id of the ledger"):
        model_of(cohort=["a", "z"])


def test_comparison_needs_signing_dates():
    with pytest.raises(InputError, match=r"rows row 2 signed: got no date, expected a date"):
        model_of(rows=[{**ROWS[0], "signed": None, "land": "2021-03-01"}])


def test_empty_ledger_and_empty_run_are_errors():
    with pytest.raises(InputError, match=r"got no project, expected at least one project"):
        model_of(rows=[])
    with pytest.raises(InputError, match=r"until: got 2020-01-01, expected a date after 2021-01-04"):
        model_of(until=date(2020, 1, 1))


def test_pilot_waits_change_the_hash():
    model = model_of()
    waits = np.full(len(model.cases.project), 7.5)
    piloted = with_pilot(model, waits)
    assert set(piloted.pilot_wait.tolist()) == {8}
    assert not piloted.pilot_wait.flags.writeable
    assert piloted.content_hash != model.content_hash
    assert piloted.content_hash == with_pilot(model, waits).content_hash


def test_names_are_sorted_and_owners_follow():
    model = model_of("pre-review")
    assert list(model.activities) == sorted(model.activities)
    assert len(model.activity_owner) == len(model.activities)
    assert model.units == ("x", "y")
    assert model.unit.tolist() == [0, 0, 1]


def test_work_in_working_days_runs_on_the_working_clock():
    model = model_of()
    names = [model.clocks[i].name for i in model.cases.clock[[case_of(model, n) for n in ("EPP", "ramp")], 0]]
    assert names == ["working", "natural"]
    assert model.cases.kind[case_of(model, "EPP")] == WORK


def test_months_and_projected_years():
    model = model_of(as_of="2021-02-01")
    assert model.months[0] == -DAY
    assert model.months[-1] >= model.horizon > model.months[-2]
    assert model.projected_years == ()


def test_items_table_decides():
    items = [{"id": "a", "item": "EIA", "accepted": "2021-01-20"}]
    model = model_of(as_of="2021-02-01", items=items)
    c = case_of(model, "EIA")
    assert model.known.state[c] == SERVICE
    assert model.known.served[c] == -13 * DAY


def test_many_projects_share_their_templates():
    rows = [{**ROWS[i % 3], "id": f"p{i:04d}", "area": i / 7} for i in range(300)]
    scenario = toy_scenario(
        BODY.replace("MODE", "serial").replace("SHARE", "0.3"), milestones=LONG, files={"items.csv": ITEMS}
    )
    model = compile_model(scenario, toy_ledger(rows, scenario.milestone_names))
    assert len(model.project_ids) == 300
    assert len(model.laws.family) < 20
