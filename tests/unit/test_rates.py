"""Rates: counts beside every rate, shares inside their denominator, ratios not capped."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter

from sim.clocks import DAY
from sim.rates import aalen_johansen, cohort_share, count_between, counts_by_month, within, year_rates
from sim.trace import NEVER


def test_cohort_share_keeps_the_withdrawn_in_and_the_removed_in_a_second_column() -> None:
    times = np.array([[5, 7, NEVER, NEVER, 30], [5, 40, 41, NEVER, 42]])
    cohort = np.array([True, True, True, True, False])
    rate = cohort_share(times, cohort, 7, milestone="started", cohort_name="signed")
    assert (rate.numerator.tolist(), rate.denominator.tolist()) == ([2, 1], [4, 4])
    assert rate.value.tolist() == [0.5, 0.25]
    removed = np.array([NEVER, NEVER, 6, 8, NEVER])
    second = cohort_share(times, cohort, 7, milestone="started", cohort_name="signed", removed=removed)
    assert second.name == "start_rate_of_signed_less_removed"
    assert second.denominator.tolist() == [3, 3]


def test_production_and_capacity_rates_are_named_for_their_lists() -> None:
    times = np.array([[1]])
    for milestone, name, want in [
        ("in_production", "started", "production_rate_of_started"),
        ("at_capacity", "produced", "capacity_rate_of_produced"),
        ("operational", "consented", "operational_rate_of_consented"),
    ]:
        rate = cohort_share(times, np.array([True]), 2, milestone=milestone, cohort_name=name)
        assert (rate.name, rate.kind) == (want, "share")


def test_within_counts_only_the_matured() -> None:
    signed = np.array([[0, 0, 10, 200]]) * DAY
    started = np.array([[183, 184, NEVER // DAY, 201]]) * DAY
    started[0, 2] = NEVER
    rate = within(signed, started, at=193 * DAY, days=183)
    assert rate.name == "started_within_183d_of_signed"
    assert (rate.numerator.tolist(), rate.denominator.tolist()) == ([1], [3])


def test_within_leaves_out_what_happened_at_an_unknown_date() -> None:
    signed = np.array([[0, 0, -NEVER, 0]])
    started = np.array([[10 * DAY, -NEVER, 10 * DAY, NEVER]])
    rate = within(signed, started, at=100 * DAY, days=91)
    assert (rate.numerator.tolist(), rate.denominator.tolist()) == ([1], [2])


def test_within_of_nobody_is_nan() -> None:
    rate = within(np.array([[NEVER]]), np.array([[NEVER]]), at=0, days=91)
    assert np.isnan(rate.value).all()


def test_year_rates_name_their_denominators_and_the_ratio_passes_one() -> None:
    year = (0, 365 * DAY)
    planned = np.array([30, 60, 300, NEVER // DAY, NEVER // DAY]) * DAY
    planned[planned >= NEVER - DAY] = NEVER
    times = np.array([[20, 100, 50, 10, 40]]) * DAY
    plan, due, ratio = year_rates(times, planned, 70 * DAY, year, milestone="accepted")
    assert [r.name for r in (plan, due, ratio)] == [
        "completion_rate_of_year_plan", "completion_rate_of_due_to_date", "completions_to_due_ratio",
    ]  # fmt: skip
    assert plan.value.tolist() == [2 / 3]
    assert due.value.tolist() == [0.5]
    assert (ratio.kind, ratio.value.tolist()) == ("ratio", [2.0])


def test_year_rates_leave_out_inactive_projects_and_starts_of_earlier_years() -> None:
    times, planned = np.array([[-5, 10, 10]]) * DAY, np.array([10, 10, 10]) * DAY
    active = np.array([[True, True, False]])
    plan, _, ratio = year_rates(times, planned, 20 * DAY, (0, 365 * DAY), milestone="started", active=active)
    assert plan.denominator.tolist() == [2]
    assert ratio.value.tolist() == [0.5]


@given(st.lists(st.integers(-50, 150), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_months_add_up_to_the_count_between(values: list[int]) -> None:
    times, months = np.array([values, values[::-1]]), np.array([0, 31, 59, 90])
    by_month = counts_by_month(times, months)
    assert by_month.sum(axis=1).tolist() == count_between(times, 0, 90).tolist()
    assert [int(((times[0] >= a) & (times[0] < b)).sum()) for a, b in itertools.pairwise(months)] == by_month[
        0
    ].tolist()


def test_aalen_johansen_equals_lifelines() -> None:
    rng = np.random.default_rng(5)
    # Even exits and odd entries: no ties, which lifelines breaks by jitter (exits) and counts in (entries).
    leave = 2 * rng.permutation(np.arange(1, 301))
    entry = np.where(rng.random(300) < 0.4, leave * rng.random(300) // 4 * 2 + 1, 0).astype(int)
    outcome = rng.choice([0, 1, 2], 300, p=[0.3, 0.5, 0.2])
    fitter = AalenJohansenFitter(calculate_variance=False).fit(
        leave, outcome, event_of_interest=1, entry=entry
    )
    at = np.array([10, 91, 183, 600])
    want = [float(fitter.cumulative_density_.loc[:t].iloc[-1, 0]) for t in at]
    assert aalen_johansen(entry, leave, outcome, at) == pytest.approx(want, abs=1e-9)


def test_aalen_johansen_by_hand_with_delayed_entry() -> None:
    # Ages 2 (withdraws), 3 (reaches), 5 (reaches); the last is seen from age 2.5 on.
    entry, leave, outcome = np.array([0, 0, 2]), np.array([2, 3, 5]), np.array([2, 1, 1])
    # Age 2: two at risk (the third enters at 2, after), one withdraws; age 3: two at risk, one reaches.
    assert aalen_johansen(entry, leave, outcome, np.array([1, 3, 5])).tolist() == [0.0, 0.25, 0.5]
