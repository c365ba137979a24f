"""Resources and their calendar rules."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from sim.resources import DateRule, Meeting, Office, Quota, Refills, Resource, dates_of


def rule(raw: object) -> DateRule:
    return DateRule.model_validate(raw)


def days(raw: object, first: str, last: str) -> list[str]:
    return [str(day) for day in dates_of(rule(raw), date.fromisoformat(first), date.fromisoformat(last))]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("first Monday", ["2024-01-01", "2024-02-05", "2024-03-04"]),
        ("second tuesday", ["2024-01-09", "2024-02-13", "2024-03-12"]),
        ("last Friday", ["2024-01-26", "2024-02-23", "2024-03-29"]),
        ("first Monday after the 18th", ["2024-01-22", "2024-02-19", "2024-03-25"]),
        ("First  Monday after the 18", ["2024-01-22", "2024-02-19", "2024-03-25"]),
        ("day 31", ["2024-01-31", "2024-02-29", "2024-03-31"]),
        ("last working day", ["2024-01-31", "2024-02-29", "2024-03-29"]),
        ("first working day", ["2024-01-01", "2024-02-01", "2024-03-01"]),
        ({"rule": "day 10", "every": "quarter"}, ["2024-01-10"]),
        ({"rule": "day 10", "every": "half", "roll": "next"}, ["2024-01-10"]),
        ({"rule": "day 10", "every": "year"}, ["2024-01-10"]),
        ([date(2024, 3, 9), date(2024, 1, 2), date(2025, 1, 1)], ["2024-01-02", "2024-03-09"]),
        ({"rule": [date(2024, 3, 9)], "roll": "next"}, ["2024-03-11"]),
        ({"rule": [date(2024, 3, 9)], "roll": "previous"}, ["2024-03-08"]),
        ({"rule": "day 31", "roll": "next"}, ["2024-01-01", "2024-01-31", "2024-02-29"]),
    ],
)
def test_dates(raw: object, expected: list[str]) -> None:
    assert days(raw, "2024-01-01", "2024-03-31") == expected


def test_every_weekday() -> None:
    found = days("every Monday", "2024-01-02", "2024-02-05")
    assert found == ["2024-01-08", "2024-01-15", "2024-01-22", "2024-01-29", "2024-02-05"]


def test_a_date_rolled_into_the_span_from_outside_counts() -> None:
    assert days({"rule": "day 30", "roll": "next"}, "2024-04-01", "2024-04-30") == [
        "2024-04-01",
        "2024-04-30",
    ]


def test_the_given_calendar_decides_what_is_open() -> None:
    holiday = {date(2024, 1, 1) + timedelta(days=k) for k in range(7)}
    found = dates_of(
        rule({"rule": "first Monday", "roll": "next"}), date(2024, 1, 1), date(2024, 1, 31),
        working=lambda day: day.weekday() < 5 and day not in holiday,
    )  # fmt: skip
    assert found == (date(2024, 1, 8),)
    with_roll = dates_of(rule("day 6"), date(2024, 1, 1), date(2024, 1, 31), "previous")
    assert with_roll == (date(2024, 1, 5),)


def test_a_calendar_without_working_days_ends() -> None:
    found = dates_of(
        rule({"rule": "day 1", "roll": "next"}), date(2024, 1, 1), date(2024, 2, 28), working=lambda _: False
    )
    assert found


@pytest.mark.parametrize(
    "raw",
    [
        "first Funday",
        "day 0",
        "day 32",
        "fifth Monday",
        "every day",
        [],
        [1],
        3,
        "first Monday after the 29th",
    ],
)
def test_unknown_rules(raw: object) -> None:
    with pytest.raises(ValidationError, match=r"a calendar rule|valid dictionary"):
        rule(raw)


def test_kinds_and_defaults() -> None:
    adapter: TypeAdapter[Resource] = TypeAdapter(Resource)
    office = adapter.validate_python({"kind": "office", "reviewers": 2})
    assert isinstance(office, Office)
    assert (office.hours, office.order, office.owner, office.discipline) == (
        "office",
        ("joined",),
        "government",
        "strict",
    )
    quota = adapter.validate_python(
        {"kind": "quota", "initial": "3 mu", "refills": {"every": "quarter", "amount": "9 mu"}}
    )
    assert isinstance(quota, Quota)
    assert isinstance(quota.refills, Refills)
    assert (quota.refills.rule, quota.carry_over, quota.owner) == ("day 1", "all", "factor")
    meeting = adapter.validate_python({"kind": "meeting", "dates": "day 25"})
    assert isinstance(meeting, Meeting)
    assert (meeting.capacity, meeting.lead.number, meeting.counts) == (None, 0.0, "case")
    with pytest.raises(ValidationError, match="frozen"):
        office.hours = "site"
