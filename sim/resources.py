"""What projects wait for: offices, quotas, pools, meetings; ladders; the calendar rules they follow."""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator, model_validator

from sim.quantities import Quantity, Unit
from sim.spec import (
    Amount,
    Block,
    CarryOver,
    Date,
    FixedTime,
    Flag,
    Label,
    Number,
    Share,
    StatusBlock,
    TimeLaw,
    When,
    wrong,
)

Owner = Literal["government", "applicant", "third_party", "factor", "nature"]
Every = Literal["week", "month", "quarter", "half", "year"]
Roll = Literal["next", "previous", "none"]
ClockName = Literal["natural", "working", "office", "site"]

_MONTHS: Final[dict[str, int]] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORDINALS: Final[dict[str, int]] = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_DAY: Final = re.compile(r"day (\d{1,2})")
_EVERY: Final = re.compile(r"every (\w+)")
_NTH: Final = re.compile(r"(first|second|third|fourth|last) (\w+)(?: after the (\d{1,2})(?:st|nd|rd|th)?)?")
_NTH_WORKING: Final = re.compile(r"(first|last) working day")


def _rule_text(raw: str) -> str:
    """Normalise a rule, or say which rules there are."""
    text = " ".join(raw.lower().split())
    nth, day, every = _NTH.fullmatch(text), _DAY.fullmatch(text), _EVERY.fullmatch(text)
    known = (
        _NTH_WORKING.fullmatch(text)
        or (day and 1 <= int(day[1]) <= 31)
        or (every and every[1] in _WEEKDAYS)
        or (nth and nth[2] in _WEEKDAYS and 0 <= int(nth[3] or 0) <= 24)
    )
    if not known:
        raise wrong(
            "a calendar rule",
            "write `first Monday`, `first Monday after the 18th`, `last Friday`, `day 25`, `every Monday`,"
            " `last working day`, or a list of dates",
        )
    return text


class DateRule(Block):
    """Dates that come back.

    Parameters
    ----------
    rule : str or list of date
        ``first Monday``, ``first Monday after the 18th``, ``day 25`` (the month's last day where it is
        shorter), ``every Monday``, ``first working day``, ``last working day``; or the dates themselves.
    every : {"week", "month", "quarter", "half", "year"}
        The rule holds in one month of each quarter, half, year; ``every Monday`` needs none.
    month : {"first", "last"}
        Which month of the quarter, half or year that is.
    roll : {"next", "previous", "none"}
        Where a date goes that is no working day.

    Examples
    --------
    >>> rule = DateRule.model_validate("first Monday after the 18th")
    >>> rule.rule, rule.every
    ('first monday after the 18th', 'month')
    """

    rule: str | tuple[Date, ...] = Field(description="rule in words, or a list of dates")
    every: Every = Field("month", description="how often the rule holds")
    month: Literal["first", "last"] = Field("first", description="month of the period in which it holds")
    roll: Roll = Field("none", description="where a date goes that is no working day")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, raw: Any) -> Any:
        """Read a bare rule or a bare list of dates."""
        return {"rule": raw} if isinstance(raw, (str, list)) else raw

    @field_validator("rule", mode="before")
    @classmethod
    def _known(cls, raw: Any) -> Any:
        """Normalise the rule."""
        if isinstance(raw, str):
            return _rule_text(raw)
        if isinstance(raw, (list, tuple)) and raw and all(type(item) is date for item in raw):
            return tuple(sorted(set(raw)))
        raise wrong("a calendar rule in words, or a list of dates", "write `first Monday` or `[2021-03-01]`")


class Refills(DateRule, StatusBlock):
    """Dates on which a quota gains an amount (first day of each period unless `rule` says otherwise)."""

    rule: str | tuple[Date, ...] = Field("day 1", description="rule in words, or a list of dates")
    amount: Amount = Field(description="added on each date")


class Change(Block):
    """A dated change of the number of reviewers or of a pool."""

    on: Date
    to: Number


class _Resource(StatusBlock):
    """What the four kinds share."""

    label: Label | None = None
    scope: Literal["city", "county"] = Field("city", description="one for all, or one for each unit")
    order: tuple[str, ...] = Field(
        ("joined",), description="queue order; `-` before a number: greatest first"
    )
    discipline: Literal["strict", "skip"] = Field(
        "strict", description="does a head that does not fit block?"
    )


class Office(_Resource):
    """A queue with reviewers and opening hours."""

    kind: Literal["office"]
    reviewers: Number = Field(description="cases served at once")
    hours: ClockName = Field("office", description="clock that gates service")
    keeps_place: Flag = Field(False, description="a returned case keeps its place in the queue")
    changes: tuple[Change, ...] = ()
    owner: Owner = "government"


class Quota(_Resource):
    """A consumable account refilled on dates."""

    kind: Literal["quota"]
    unit: str = Field("mu", description="mu, 亿元, 万元, or 1 for plain numbers")
    initial: Amount = Field(description="opening balance, open and reserved accounts together")
    refills: Refills | None = None
    reserved_share: Share | None = Field(
        None, description="part of every amount that goes to the reserved account"
    )
    reserved_for: When | None = Field(None, description="projects that may use the reserved account")
    carry_over: CarryOver = Field("all", description="kept at a refill: all, none, an amount")
    returns_on_withdrawal: Flag = False
    owner: Owner = "factor"


class Pool(_Resource):
    """An amount taken and given back."""

    kind: Literal["pool"]
    amount: Amount
    changes: tuple[Change, ...] = ()
    owner: Owner = "factor"


class Meeting(_Resource):
    """Sessions on calendar dates, each with a capacity."""

    kind: Literal["meeting"]
    dates: DateRule
    counts: str = Field("case", description="what fills a session: case, area, investment")
    capacity: Amount | None = Field(None, description="of one session; left out: unlimited (a date gate)")
    lead: FixedTime = Field(Quantity(0.0, Unit("d")), description="a case joins so long before its session")
    cancelled: Share | None = Field(None, description="share of sessions cancelled")
    duration: TimeLaw | None = Field(None, description="work shared by all cases of one session")
    owner: Owner = "government"


Resource = Annotated[Office | Quota | Pool | Meeting, Field(discriminator="kind")]


class Rung(StatusBlock):
    """One rung of a ladder: who is asked, how long it takes, how often it solves the matter."""

    resource: str | None = Field(None, description="asked for one case; left out: nobody waits")
    work: TimeLaw | None = Field(None, description="left out, or the resource is a meeting: no time")
    clock: ClockName | None = Field(None, description="default from the unit of `work`")
    solved: Share | None = Field(None, description="share solved here; the last rung always solves")


def _workday(day: date) -> bool:
    """Working day where no calendar is given: Monday to Friday."""
    return day.weekday() < 5


def _periods(every: Every, first: date, last: date) -> list[tuple[int, int]]:
    """Year and month of each period's first month, one period of margin on both sides."""
    step = _MONTHS[every]
    start, stop = (
        (first.year * 12 + first.month - 1) // step - 1,
        (last.year * 12 + last.month - 1) // step + 1,
    )
    return [divmod(index * step, 12) for index in range(start, stop + 1)]


def _nth_weekday(year: int, month: int, ordinal: int, weekday: int, after: int) -> date:
    """n-th weekday of a month, or n-th strictly after a day of it; -1 = the last."""
    if ordinal < 0:
        end = date(year, month, calendar.monthrange(year, month)[1])
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    begin = date(year, month, 1) + timedelta(days=after)
    return begin + timedelta(days=(weekday - begin.weekday()) % 7 + 7 * ordinal)


def _in_month(rule: str, year: int, month: int, working: Callable[[date], bool]) -> date:
    """Return the date of a rule in one month."""
    length = calendar.monthrange(year, month)[1]
    if day := _DAY.fullmatch(rule):
        return date(year, month, min(int(day[1]), length))
    if found := _NTH_WORKING.fullmatch(rule):
        days = [date(year, month, day) for day in range(1, length + 1)]
        open_days = [day for day in days if working(day)] or days
        return open_days[0 if found[1] == "first" else -1]
    nth = _NTH.fullmatch(rule)
    assert nth is not None  # the schema lets no other rule in
    return _nth_weekday(year, month, _ORDINALS[nth[1]], _WEEKDAYS.index(nth[2]), int(nth[3] or 0))


def _rolled(day: date, roll: Roll, working: Callable[[date], bool]) -> date:
    """Move a date that is no working day; give up after a month of holidays."""
    step = {"next": 1, "previous": -1, "none": 0}[roll]
    for _ in range(31 if step else 0):
        if working(day):
            break
        day += timedelta(days=step)
    return day


def dates_of(
    rule: DateRule,
    first: date,
    last: date,
    roll: Roll | None = None,
    *,
    working: Callable[[date], bool] | None = None,
) -> tuple[date, ...]:
    """Every date of a rule between two days, both included.

    Parameters
    ----------
    rule : DateRule
    first, last : date
    roll : {"next", "previous", "none"}, optional
        Instead of the rule's own.
    working : callable date -> bool, optional
        Working days of the scenario's calendar; Monday to Friday when left out.

    Returns
    -------
    tuple of date
        Sorted, each once.

    Examples
    --------
    >>> rule = DateRule.model_validate({"rule": "first Monday after the 18th", "roll": "next"})
    >>> [str(day) for day in dates_of(rule, date(2021, 1, 1), date(2021, 3, 31))]
    ['2021-01-25', '2021-02-22', '2021-03-22']
    >>> rule = DateRule(rule="day 25", every="quarter", month="last")
    >>> [str(day) for day in dates_of(rule, date(2021, 1, 1), date(2021, 7, 1))]
    ['2021-03-25', '2021-06-25']
    """
    is_open = working or _workday
    days = _raw_dates(rule, first, last, is_open)
    moved = sorted({_rolled(day, roll or rule.roll, is_open) for day in days})
    return tuple(moved[bisect_left(moved, first) : bisect_right(moved, last)])


def _raw_dates(rule: DateRule, first: date, last: date, working: Callable[[date], bool]) -> list[date]:
    """Dates before rolling, with a margin on both sides."""
    if isinstance(rule.rule, tuple):
        return list(rule.rule)
    if found := _EVERY.fullmatch(rule.rule):
        begin = first - timedelta(days=35)
        begin += timedelta(days=(_WEEKDAYS.index(found[1]) - begin.weekday()) % 7)
        return [begin + timedelta(days=step) for step in range(0, (last - begin).days + 36, 7)]
    every: Every = "month" if rule.every == "week" else rule.every
    later = _MONTHS[every] - 1 if rule.month == "last" else 0
    return [
        _in_month(rule.rule, year, month + later + 1, working) for year, month in _periods(every, first, last)
    ]
