"""Fans, P(plan met), promises and required rates, from arrays made by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from forecasts.outlook import (
    Period,
    counts,
    joint,
    minutes_after,
    monthly_rows,
    p_met,
    paired,
    promise,
    target_row,
)
from sim.trace import NEVER

DAY = 1440
YEAR = Period.of(date(2021, 9, 30), date(2021, 12, 31))


def test_period_is_the_year_of_until_and_stops_there() -> None:
    assert YEAR.labels == tuple(f"2021-{m:02d}" for m in range(1, 13))
    assert YEAR.ends[1] == date(2021, 2, 28)
    short = Period.of(date(2021, 1, 15), date(2021, 3, 10))
    assert short.ends == (date(2021, 1, 31), date(2021, 2, 28), date(2021, 3, 10))
    assert Period.of(date(2020, 12, 31), date(2021, 12, 31)).start == date(2021, 1, 1)


def test_months_left_counts_from_the_as_of_date() -> None:
    assert YEAR.months_left == pytest.approx(92 / 30.436875)
    assert Period.of(date(2020, 12, 31), date(2021, 12, 31)).months_left == pytest.approx(365 / 30.436875)


def test_counts_are_cumulative_from_1_january_and_leave_earlier_events_out() -> None:
    epoch = date(2021, 10, 1)
    before, march, november = (-300 * DAY, -200 * DAY, 40 * DAY)
    times = np.array([[before, march, november, NEVER]], dtype=np.int32)
    found = counts(times, np.ones(4, dtype=bool), YEAR, epoch)
    assert found[0].tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2]


def test_an_event_in_the_last_minute_of_the_year_counts_and_the_next_does_not() -> None:
    epoch = date(2021, 10, 1)
    edge = int(minutes_after([date(2021, 12, 31)], epoch)[0])
    times = np.array([[edge - 1, edge]], dtype=np.int32)
    assert counts(times, np.ones(2, dtype=bool), YEAR, epoch)[0, -1] == 1


def test_only_members_count() -> None:
    times = np.zeros((1, 3), dtype=np.int32)
    members = np.array([True, False, True])
    assert counts(times, members, YEAR, date(2021, 10, 1))[0, -1] == 2


def test_p_met_is_shown_no_finer_than_its_error() -> None:
    values = np.array([1.0] * 137 + [0.0] * 63)
    p, error = p_met(values, 1.0)
    assert p == pytest.approx(0.69, abs=0.01)
    assert error == pytest.approx(0.033, abs=5e-4)


def test_p_met_counts_a_total_equal_to_the_plan_despite_rounding() -> None:
    assert p_met(np.array([0.1 + 0.2, 0.3]), 0.3)[0] == 1.0


def test_promise_is_the_largest_count_reached_with_that_probability() -> None:
    values = np.array([10.0, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    assert promise(values, 0.8) == 12
    assert promise(values, 0.9) == 11
    assert (values >= promise(values, 0.8)).mean() >= 0.8


def test_target_row_names_what_is_needed_a_month() -> None:
    row = target_row("starts", "all", "original", 40.0, np.array([30.0, 35.0, 40.0, 45.0]), 20.0, YEAR)
    assert row["required_rate"] == pytest.approx(20 / (92 / 30.436875), abs=1e-5)
    assert row["p_met"] == 0.5
    without = target_row("starts", "all", None, None, np.array([30.0, 35.0]), 20.0, YEAR)
    assert without["p_met"] is None
    assert without["required_rate"] is None


def test_quantiles_of_counts_are_counts() -> None:
    """Half of 101 and 102 is a project that nobody has; money is interpolated."""
    totals = np.array([101.0, 102.0, 104.0, 107.0])
    starts = target_row("starts", "all", None, 103.0, totals, 7.0, YEAR)
    assert [(type(starts[key]), starts[key]) for key in ("p10", "p50", "p90", "promise80", "done")] == [
        (int, 101), (int, 102), (int, 107), (int, 101), (int, 7),
    ]  # fmt: skip
    money = target_row("investment_true", "all", None, 103.0, totals, 7.0, YEAR)
    assert (money["p50"], money["p90"]) == (103.0, pytest.approx(106.1))
    series = np.repeat(totals[:, None], len(YEAR.ends), axis=1)
    assert monthly_rows("starts", "all", "projects", series, {}, YEAR)[-1]["p50"] == 102
    assert monthly_rows("investment", "all", "yi", series, {}, YEAR)[-1]["p50"] == 103.0


def test_joint_is_not_the_product() -> None:
    one, other = np.array([1.0, 1, 0, 0]), np.array([1.0, 1, 0, 0])
    assert joint([one, other], [1.0, 1.0])[0] == 0.5
    assert joint([], []) == (None, None)


def test_monthly_rows_hold_the_plan_where_it_says_something() -> None:
    rows = monthly_rows("starts", "all", "projects", np.zeros((3, 12)), {"2021-06": 20.0}, YEAR)
    assert [r["plan"] for r in rows if r["month"] in ("2021-05", "2021-06")] == [None, 20.0]


def test_paired_difference_says_when_it_cannot_separate() -> None:
    base = np.array([1.0, 2.0, 3.0, 4.0])
    assert paired(base, base + np.array([1.0, -1.0, 1.0, -1.0]), 0.95)["verdict"] == "cannot separate"
    assert paired(base, base, 0.95)["verdict"] == "equal"
    assert paired(base, base - np.array([1.0, 1.1, 0.9, 1.0]), 0.95)["verdict"] == "worse"
