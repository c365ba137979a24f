"""Resources, dated events, queue ranks, clocks by lane, ladders, laws and scalars of the model."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.model.arrays import LAPSE, MEETING, OFFICE, POOL, QUOTA, REFILL, SESSION, SET_CAPACITY, UNLIMITED
from sim.model.feasible import never_fits
from sim.model.lawrows import read_lifetable
from sim.model.ranks import dense_ranks
from tests.support import case_of, toy_model

DAY = 1440
ROWS = [
    {"id": "a", "signed": "2021-01-04", "county": "x", "key_level": "city", "area": 40.4, "investment": 1.5},
    {
        "id": "b",
        "signed": "2021-01-04",
        "county": "y",
        "key_level": "provincial",
        "area": 0.2,
        "investment": 9.0,
    },
    {"id": "c", "signed": "2021-01-04", "county": "x", "key_level": "none", "area": 7.5, "investment": 2.0},
]


def events_of(model, kind):
    events = model.events
    at = np.flatnonzero(events.kind == kind)
    return [(int(events.time[i]) // DAY, int(events.value[i]), int(events.reserved[i])) for i in at]


def test_office_of_counties_is_one_resource_a_unit():
    model = toy_model(
        """\
activities: {permit: {work: 5 wd, resource: desk, returned: 0.3}}
resources: {desk: {kind: office, scope: county, reviewers: 3, keeps_place: true, order: [key_level, joined]}}
""",
        ROWS,
    )
    desk = model.resources
    assert desk.names == ("desk@x", "desk@y")
    assert desk.kind.tolist() == [OFFICE, OFFICE]
    assert desk.capacity.tolist() == [3, 3]
    assert desk.keeps_place.all()
    assert not desk.skip.any()
    assert [desk.names[r] for r in model.cases.resource] == ["desk@x", "desk@y", "desk@x"]
    assert model.cases.rank.tolist() == [1, 0, 2]
    assert model.clocks[desk.clock[0, 0]].name == "office"
    assert model.cases.amount.tolist() == [1, 1, 1]
    assert np.diff(model.cases.slot_offset).tolist() == [3, 3, 3]


def test_dated_change_of_reviewers():
    body = """\
activities: {permit: {work: 5 wd, resource: desk}}
resources:
  desk: {kind: office, reviewers: 3, hours: natural,
         changes: [{on: 2020-06-01, to: 4}, {on: 2021-02-03, to: 6}]}
"""
    model = toy_model(body, ROWS, as_of="2021-01-31")
    assert model.resources.capacity.tolist() == [4]
    assert model.resources.clock.tolist() == [[-1]]
    assert events_of(model, SET_CAPACITY) == [(2, 6, 0)]


QUOTA_BODY = """\
activities: {{permit: {{work: 0 d, resource: land, amount: area}}}}
resources:
  land: {{kind: quota, initial: {{value: 101 mu, range: [50 mu, 150 mu]}}, reserved_share: 0.25,
         reserved_for: {{key_level: [provincial, city]}}, discipline: skip, returns_on_withdrawal: true,
         carry_over: {carry}, refills: {{every: quarter, amount: 50 mu}}}}
"""


def test_quota_accounts_and_amounts():
    model = toy_model(QUOTA_BODY.format(carry="all"), ROWS, horizon_months=12)
    land = model.resources
    assert (land.kind.tolist(), land.capacity.tolist(), land.reserved.tolist()) == ([QUOTA], [76], [25])
    assert land.skip.all()
    assert land.returns.all()
    assert model.scalars[model.capacity_scalar[0]].factor == pytest.approx(0.75)
    assert model.scalars[model.reserved_scalar[0]].factor == pytest.approx(0.25)
    assert model.cases.amount.tolist() == [40, 1, 8]
    assert model.cases.reserved.tolist() == [True, True, False]
    assert events_of(model, REFILL) == [(87, 38, 12), (178, 38, 12), (270, 38, 12), (362, 38, 12)]
    assert events_of(model, LAPSE) == []
    assert model.event_scalar.tolist() == [-1] * 4
    assert model.event_factor.tolist() == [1000] * 4


def test_unused_quota_lapses_before_the_refill():
    model = toy_model(QUOTA_BODY.format(carry="none"), ROWS, horizon_months=6)
    assert events_of(model, LAPSE) == [(87, 0, 0), (178, 0, 0)]
    assert model.events.kind.tolist() == [LAPSE, REFILL, LAPSE, REFILL]
    model = toy_model(QUOTA_BODY.format(carry="20 mu"), ROWS, horizon_months=6)
    assert events_of(model, LAPSE) == [(87, 15, 5), (178, 15, 5)]


def test_money_is_counted_in_wan():
    model = toy_model(
        """\
activities: {permit: {work: 0 d, resource: bond, amount: investment}}
resources: {bond: {kind: quota, unit: 亿元, initial: 2 yi, refills: {every: year, amount: {value: 3 yi, range: [2 yi, 4 yi]}}}}
""",  # noqa: E501
        ROWS,
        horizon_months=13,
    )
    assert model.resources.capacity.tolist() == [20_000]
    assert model.cases.amount.tolist() == [15_000, 90_000, 20_000]
    assert events_of(model, REFILL) == [(362, 30_000, 0)]
    scalar = model.scalars[model.event_scalar[0]]
    assert (scalar.value, scalar.factor, model.parameters[scalar.parameter].value) == (
        30_000.0,
        10_000.0,
        3.0,
    )


MEETING_BODY = """\
activities: {{permit: {{resource: batch, amount: {amount}}}}}
resources:
  batch: {{kind: meeting, scope: county, dates: {{rule: "first Monday", every: month, roll: next}}, {more}}}
"""


def test_meeting_with_capacity_in_area_and_a_shared_length():
    more = "counts: area, capacity: 192 mu, lead: 3 d, cancelled: 0.1, "
    more += "duration: {law: uniform, low: 30 wd, high: 50 wd}"
    model = toy_model(MEETING_BODY.format(more=more, amount="area"), ROWS, horizon_months=3)
    batch = model.resources
    assert batch.kind.tolist() == [MEETING, MEETING]
    assert (batch.capacity.tolist(), batch.lead.tolist()) == ([0, 0], [3 * DAY] * 2)
    assert model.cases.amount.tolist() == [40, 1, 8]
    assert model.cases.session_law.all()
    assert model.laws.args[model.session_law[0], :2].tolist() == [30 * DAY, 50 * DAY]
    assert model.scalars[model.session_cancelled[1]].value == 0.1
    assert model.clocks[model.cases.clock[0, 0]].name == "working"
    assert events_of(model, SESSION) == [(d, 192, 0) for d in (0, 28, 56) for _ in "xy"]
    assert model.events.session.tolist() == [0, 0, 1, 1, 2, 2]
    assert model.events.resource.tolist() == [0, 1] * 3


def test_meeting_without_capacity_is_a_date_gate():
    model = toy_model(MEETING_BODY.format(more="order: [joined]", amount="case"), ROWS, horizon_months=2)
    assert {value for _, value, _ in events_of(model, SESSION)} == {UNLIMITED}
    assert model.cases.amount.tolist() == [1, 1, 1]
    assert not model.cases.session_law.any()


POOL_BODY = """\
activities:
  build: {{work: 9 d, resource: crews{more}}}
  permit: {{after: [build], work: 1 d}}
  roads: {{after: [build], work: 1 d, applies_if: {{key_level: provincial}}}}
resources: {{crews: {{kind: pool, amount: {size}}}}}
"""


def test_pool_is_given_back_at_the_named_end():
    model = toy_model(POOL_BODY.format(more=", releases_at: permit", size=30), ROWS)
    assert model.resources.kind.tolist() == [POOL]
    assert model.cases.release[case_of(model, "build")] == case_of(model, "permit")
    assert model.cases.release[case_of(model, "permit")] == -1


def test_pool_whose_named_end_does_not_apply_is_given_back_by_its_taker():
    model = toy_model(POOL_BODY.format(more=", releases_at: roads", size=30), ROWS)
    assert model.cases.release[case_of(model, "build")] == case_of(model, "build")


def test_amount_above_a_pool_is_an_error():
    with pytest.raises(InputError, match=r"rows row 2 crews: got 40, expected the amount .* at most 30"):
        toy_model(POOL_BODY.format(more=", amount: area, releases_at: permit", size="30 mu"), ROWS)


def test_missing_amount_is_an_error_only_while_it_matters():
    rows = [{**ROWS[0], "area": float("nan")}]
    with pytest.raises(
        InputError, match=r"rows row 2 land: got nothing, expected the amount that `land` counts"
    ):
        toy_model(QUOTA_BODY.format(carry="all"), rows)
    done = [{**rows[0], "permitted": "2021-01-20"}]
    assert toy_model(QUOTA_BODY.format(carry="all"), done, as_of="2021-01-31").resources.names == ("land",)


def test_lanes_are_the_subsets_of_shocks():
    body = """\
activities:
  permit: {work: 5 wd, resource: desk}
  build: {work: 5 d, clock: site}
resources: {desk: {kind: office, reviewers: 1}}
shocks:
  - {name: flood, from: 2021-02-01, to: 2021-02-10, stops: [site], share_of_units: 0.5,
     exempt: {key_level: city}}
  - {name: closed, from: 2021-03-01, to: 2021-03-10, stops: [office]}
"""
    model = toy_model(body, ROWS)
    names = [c.name for c in model.clocks]
    site = model.cases.clock[case_of(model, "build")]
    assert [names[i] for i in site] == ["site", "site+flood", "site", "site+flood"]
    office = [names[i] for i in model.resources.clock[0]]
    assert office == ["office", "office", "office+closed", "office+closed"]
    assert model.shock_exempt.tolist() == [[True, False, False], [False] * 3]
    assert [model.scalars[s].value for s in model.shock_share] == [0.5, 1.0]
    flooded = model.clocks[site[1]]
    assert not flooded.is_open((31 - 3) * DAY)


def test_ladders_follow_their_units():
    body = """\
activities:
  permit: {work: 50 wd, stops: {rate: 0.1 /mo, ladder: climb, max: 2}}
resources:
  county_meeting: {kind: meeting, scope: county, dates: {rule: "every Monday"}}
  city_office: {kind: office, reviewers: 1}
ladders: {climb: [{resource: county_meeting, solved: 0.6}, {resource: city_office, work: 2 wd}]}
"""
    model = toy_model(body, ROWS, horizon_months=2)
    assert model.ladders.names == ("climb@x", "climb@y")
    assert model.cases.ladder.tolist() == [0, 1, 0]
    assert np.diff(model.cases.stop_offset).tolist() == [2, 2, 2]
    assert [model.resources.names[r] for r in model.ladders.resource] == [
        "county_meeting@x", "city_office", "county_meeting@y", "city_office",
    ]  # fmt: skip
    assert model.ladders.work[0] == -1
    assert model.ladders.work[1] >= 0
    assert model.scalars[model.ladders.solved[0]].value == 0.6
    rate = model.scalars[model.rules.stop_rate[0]].value
    assert rate == pytest.approx(0.1 / (30.436875 * DAY))


def test_common_factor_and_patience():
    body = """\
activities: {permit: {work: 5 wd}}
withdrawal: {signed: [{when: {key_level: city}, law: {law: exponential, mean: 10 mo}}, {law: {law: exponential, mean: 20 mo}}], permitted: {law: exponential, mean: 1 mo}}
common_factor: {city: {sd: {value: 0.2, range: [0.1, 0.3]}}, rho: 0.8}
"""  # noqa: E501
    model = toy_model(body, ROWS)
    means = model.laws.args[model.withdrawal_law[:, 0], 0] / (30.436875 * DAY)
    assert means.round(6).tolist() == [10.0, 20.0, 20.0]
    assert model.withdrawal_law[:, 1].tolist() == [-1] * 3
    assert model.factor_phase.all()
    city, county, rho = model.factor_scalars
    assert county == -1
    assert (model.scalars[city].value, model.scalars[rho].value) == (0.2, 0.8)


def test_drawn_arguments_of_laws_point_at_scalars():
    body = """\
parameters: {days: {value: 20 wd, range: [10 wd, 30 wd]}, sigma: {value: 0.5, range: [0.3, 0.8]}}
activities: {permit: {work: {law: lognormal, mean: $days, sigma: $sigma}, prepare: 0 d}}
"""
    model = toy_model(body, ROWS)
    law = model.rules.work[0, 0]
    drawn = [model.scalars[s] for s in model.laws.arg_scalar[law, :2]]
    assert [model.parameters[s.parameter].name for s in drawn] == ["days", "sigma"]
    assert [s.factor for s in drawn] == [1440.0, 1.0]
    assert model.laws.args[law, :2].tolist() == [20 * DAY, 0.5]
    assert model.rules.prepare[0] == -1


def test_ranks_of_numbers_texts_and_gaps():
    rows = [{"score": 3.0}, {"score": float("nan")}, {"score": 7.0}, {"score": 3.0}, {}]
    assert dense_ranks(["-score", "joined"], rows).tolist() == [1, 2, 0, 1, 2]
    assert dense_ranks(["joined", "score"], rows).tolist() == [0] * 5
    assert dense_ranks(["kind"], [{"kind": "b"}, {"kind": ""}, {"kind": "a"}]).tolist() == [1, 2, 0]


def test_lifetable_files(tmp_path):
    path = tmp_path / "life.csv"
    path.write_text(
        "# made by hand\nstratum,age,survival,never\na,10,0.5,\na,20,0.4,1\nb,5,0.1,\n", encoding="utf-8"
    )
    assert read_lifetable(path, "a") == ([10.0 * DAY, 20.0 * DAY], [0.5, 0.4], True)
    assert read_lifetable(path, "b") == ([5.0 * DAY], [0.1], False)
    with pytest.raises(InputError, match=r"life\.csv stratum: got z, expected a stratum of the file"):
        read_lifetable(path, "z")
    path.write_text("age\nten\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"life\.csv lifetable: .* expected columns age, survival"):
        read_lifetable(path, None)


def test_requests_that_never_fit_are_warned_of():
    more = "counts: area, capacity: 20 mu"
    model = toy_model(MEETING_BODY.format(more=more, amount="area"), ROWS, horizon_months=3)
    (warning,) = never_fits(model)
    assert warning.severity == "warning"
    assert str(warning).startswith("toy resources.batch@x: got 1 requests of up to 40, expected at most 20")
    assert never_fits(toy_model(QUOTA_BODY.format(carry="all"), ROWS, horizon_months=6)) == ()
    assert never_fits(toy_model("activities: {permit: {work: 1 d}}", ROWS)) == ()


def test_office_without_reviewers_serves_nobody_until_it_has_some():
    body = """\
activities: {permit: {work: 5 wd, resource: desk}}
resources: {desk: {kind: office, reviewers: 0, changes: CHANGES}}
"""
    assert len(never_fits(toy_model(body.replace("CHANGES", "[]"), ROWS))) == 1
    assert never_fits(toy_model(body.replace("CHANGES", "[{on: 2021-02-01, to: 1}]"), ROWS)) == ()
