"""The early-warning list, on a city of two projects."""

from __future__ import annotations

from datetime import date
from functools import partial

import numpy as np

from forecasts.warning import Promise, promises, warning_rows
from sim.trace import NEVER
from tests.waits import waits_of

AS_OF, EPOCH = date(2021, 9, 30), date(2021, 10, 1)
DAY = 1440
MILESTONES = ("signed", "permitted", "started")


PHASES = ("signed", "signed_to_permitted", "permitted_to_started", "started_to_built")
waits = partial(waits_of, phases=PHASES)


def test_eligible_is_due_after_the_as_of_date_within_twelve_months() -> None:
    days = [AS_OF, date(2021, 10, 1), date(2022, 9, 30), date(2022, 10, 1), None]
    due, overdue = promises({2: days}, np.zeros((5, 3), bool), np.zeros(5, bool), AS_OF)
    assert [p.project for p in due] == [1, 2]
    assert [p.project for p in overdue] == [0]


def test_twelve_months_from_a_leap_day_end_with_february() -> None:
    days = [date(2021, 2, 28), date(2021, 3, 1)]
    due, _ = promises({2: days}, np.zeros((2, 3), bool), np.zeros(2, bool), date(2020, 2, 29))
    assert [p.project for p in due] == [0]


def test_reached_or_gone_projects_are_not_listed() -> None:
    reached = np.array([[True, True, True], [True, False, False]])
    planned = {2: [date(2021, 12, 1), date(2021, 12, 1)]}
    due, _ = promises(planned, reached, np.array([False, True]), AS_OF)
    assert due == []


def test_cause_is_the_one_with_most_driving_days_among_late_futures() -> None:
    times = np.full((2, 1, 3), -DAY, dtype=np.int32)
    times[0, 0, 2], times[1, 0, 2] = 10 * DAY, 200 * DAY
    table = waits(
        [
            (0, 0, "permitted_to_started", "finance", "work", "factor", "", 900),
            (1, 0, "permitted_to_started", "LND", "quota:land", "factor", "land", 500),
            (1, 0, "permitted_to_started", "finance", "work", "factor", "", 100),
            (1, 0, "started_to_built", "build", "work", "third_party", "", 9000),
        ],
        2,
    )
    rows = warning_rows(
        [Promise(0, 2, date(2021, 12, 31))], ["P1"], ["East"], (*MILESTONES, "built"), times,
        np.full((2, 1), NEVER, dtype=np.int32), table, np.array([1.5]), EPOCH,
    )  # fmt: skip
    assert rows[0]["p_late"] == 0.5
    assert (rows[0]["cause"], rows[0]["owner"], rows[0]["resource"]) == ("quota:land", "factor", "land")
    assert rows[0]["activity"] == "LND"
    assert rows[0]["at_stake"] == 1.5


def test_a_cause_counts_whole_before_it_is_split_by_owner() -> None:
    times = np.full((1, 1, 3), NEVER, dtype=np.int32)
    table = waits(
        [
            (0, 0, "permitted_to_started", "finance", "work", "factor", "", 40),
            (0, 0, "permitted_to_started", "review", "work", "government", "", 50),
            (0, 0, "permitted_to_started", "LND", "quota:land", "factor", "land", 60),
        ],
        1,
    )
    rows = warning_rows(
        [Promise(0, 2, date(2021, 12, 31))], ["P1"], ["East"], MILESTONES, times,
        np.full((1, 1), NEVER, dtype=np.int32), table, None, EPOCH,
    )  # fmt: skip
    assert [rows[0][k] for k in ("cause", "owner", "activity")] == ["work", "government", "review"]


def test_a_withdrawal_before_the_date_is_late_and_its_own_cause() -> None:
    times = np.full((1, 1, 3), NEVER, dtype=np.int32)
    rows = warning_rows(
        [Promise(0, 2, date(2021, 12, 31))], ["P1"], ["East"], MILESTONES, times,
        np.array([[5 * DAY]], dtype=np.int32), waits([], 1), None, EPOCH,
    )  # fmt: skip
    assert rows[0]["p_late"] == 1.0
    assert rows[0]["p50"] is None


def test_rows_are_sorted_by_money_at_stake() -> None:
    times = np.full((1, 2, 3), NEVER, dtype=np.int32)
    found = [Promise(0, 2, date(2021, 12, 31)), Promise(1, 2, date(2021, 12, 31))]
    gone = np.full((1, 2), NEVER, dtype=np.int32)
    rows = warning_rows(
        found, ["P1", "P2"], ["", ""], MILESTONES, times, gone, waits([], 1), np.array([1.0, 2.0]), EPOCH
    )
    assert [r["id"] for r in rows] == ["P2", "P1"]
