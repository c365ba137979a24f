"""Clocks by hand, clause by clause, and the working-day calendars."""

import pickle
from datetime import date, timedelta
from time import perf_counter

import chinese_calendar
import numpy as np
import pytest

from sim.clocks import NEVER, Clock, Slow, build_clock, date_of, minute_of, projected_years, working_days
from sim.trace import NEVER as TRACE_NEVER
from sim.workdays import legal_holidays, public_holidays

EPOCH = date(2021, 10, 1)
OFFICE = Clock("office", [540, 780, 1980], [720, 1020, 2160])


def test_one_sentinel_in_the_whole_house():
    assert NEVER == TRACE_NEVER == 2**30


@pytest.mark.parametrize(
    ("t", "d", "expected"),
    [
        (100, 0, 100),  # nothing to do: at once, open or not
        (540, 1, 541),
        (0, 1, 541),  # waits for the opening
        (540, 180, 720),  # fills the window: ends at the closing minute
        (540, 181, 781),
        (720, 1, 781),  # at the closing minute the clock is closed
        (719, 1, 720),
        (600, 120 + 240, 1020),
        (600, 120 + 240 + 1, 1981),
        (1000, 20 + 180, 2160),
        (1000, 20 + 181, NEVER),  # beyond the table
        (2160, 1, NEVER),
        (5000, 0, 5000),
        (NEVER, 1, NEVER),
        (540, NEVER, NEVER),
    ],
)
def test_advance(t, d, expected):
    assert OFFICE.advance(t, d) == expected
    assert OFFICE.advance_many([t], [d]).tolist() == [expected]


@pytest.mark.parametrize(
    ("t", "is_open", "following"),
    [(0, False, 540), (540, True, 540), (719, True, 719), (720, False, 780), (2160, False, NEVER)],
)
def test_open_and_next_open(t, is_open, following):
    assert OFFICE.is_open(t) is is_open
    assert OFFICE.next_open(t) == OFFICE.next_open_many([t])[0] == following


def test_elapsed_counts_open_minutes():
    assert OFFICE.elapsed(0, 541) == 1
    assert OFFICE.elapsed(600, 800) == 140
    assert OFFICE.elapsed(800, 600) == -140
    assert OFFICE.elapsed_many([0, 600], [541, 800]).tolist() == [1, 140]


def test_advance_many_broadcasts_and_keeps_the_shape():
    table = OFFICE.advance_many(np.array([[0], [600]]), np.array([0, 1, 180]))
    assert table.tolist() == [[0, 541, 720], [600, 601, 840]]


def test_an_empty_clock_never_opens():
    clock = Clock("shut", [], [])
    assert (clock.advance(5, 0), clock.advance(5, 1), clock.next_open(5)) == (5, NEVER, NEVER)
    assert clock.advance_many([5, 5], [0, 1]).tolist() == [5, NEVER]
    assert clock.elapsed(0, 9) == clock.elapsed_many(0, 9) == 0
    assert not clock.is_open(0)


def test_windows_that_touch_are_one():
    assert Clock("a", [0, 1440], [1440, 2880]) == Clock("a", [0], [2880])


@pytest.mark.parametrize(
    ("opens", "closes"), [([5], [5]), ([0, 5], [6, 9]), ([9, 0], [10, 5]), ([0], [1, 2])]
)
def test_bad_windows_are_refused(opens, closes):
    with pytest.raises(ValueError, match="windows of clock x: expected each to end before the next begins"):
        Clock("x", opens, closes)


def test_clocks_are_compared_by_content_and_cannot_be_changed():
    same = Clock("office", OFFICE.opens, OFFICE.closes)
    assert same == OFFICE
    assert hash(same) == hash(OFFICE)
    assert Clock("other", OFFICE.opens, OFFICE.closes) != OFFICE
    assert OFFICE != "office"
    assert pickle.loads(pickle.dumps(OFFICE)) == OFFICE
    with pytest.raises(ValueError, match="read-only"):
        OFFICE.opens[0] = 1


def test_minutes_and_dates():
    assert minute_of(EPOCH, EPOCH) == 0
    assert minute_of(date(2021, 9, 30), EPOCH) == -1440
    assert date_of(-1, EPOCH) == date(2021, 9, 30)
    assert date_of(1439, EPOCH) == EPOCH
    assert date_of(np.int32(1440), EPOCH) == date(2021, 10, 2)


def test_the_natural_clock_counts_every_minute():
    clock = build_clock("natural", EPOCH, EPOCH, EPOCH)
    assert clock.opens.tolist() == [-(2**30)]
    assert clock.closes.tolist() == [2**30]
    assert clock.advance(-5, 10**6) == 10**6 - 5
    assert clock.advance(NEVER - 1, 5) == NEVER


def test_a_working_clock_has_whole_working_days():
    # 2021: 1-7 October off, Friday 8 and (swapped) Saturday 9 worked, Sunday 10 off, Monday 11 worked
    clock = build_clock("working", EPOCH, EPOCH, date(2021, 10, 11))
    assert (clock.opens // 1440).tolist() == [7, 10]
    assert (clock.closes // 1440).tolist() == [9, 11]
    assert clock.advance(0, 1440) == 8 * 1440
    assert clock.advance(0, 2 * 1440) == 9 * 1440  # ends with the Saturday, not on Monday
    assert clock.advance(0, 3 * 1440 + 1) == NEVER


def test_an_office_clock_has_opening_hours():
    hours = ("09:30-12:00", "13:00-17:00")
    clock = build_clock("office", EPOCH, date(2021, 10, 8), date(2021, 10, 10), hours=hours)
    day = 7 * 1440
    assert clock.opens.tolist() == [day + 570, day + 780, day + 1440 + 570, day + 1440 + 780]
    assert clock.elapsed(0, NEVER) == 2 * (150 + 240)


@pytest.mark.parametrize("hours", [["9-12"], ["12:00-09:00"], ["09:70-12:00"], ["09:00-25:00"]])
def test_bad_hours_are_named(hours):
    with pytest.raises(ValueError, match=f"got hours '{hours[0]}', expected opening hours such as"):
        build_clock("office", EPOCH, EPOCH, EPOCH, hours=hours)


def test_overlapping_hours_are_refused():
    with pytest.raises(ValueError, match="expected opening hours that do not overlap"):
        build_clock("office", EPOCH, EPOCH, EPOCH, hours=["09:00-12:00", "11:00-17:00"])


@pytest.mark.parametrize("kind", ["natural", "working", "office", "site"])
def test_stops_stand_still_on_both_end_days(kind):
    stops = [(date(2021, 10, 13), date(2021, 10, 14)), (date(2021, 10, 14), date(2021, 10, 18))]
    first, last = date(2021, 10, 8), date(2021, 10, 29)
    clock = build_clock(kind, EPOCH, first, last, stops=stops)
    free = build_clock(kind, EPOCH, first, last)
    start, end = minute_of(date(2021, 10, 13), EPOCH), minute_of(date(2021, 10, 19), EPOCH)
    assert clock.elapsed(start, end) == 0
    assert clock.elapsed(0, start) == free.elapsed(0, start)
    assert clock.elapsed(end, 10**6) == free.elapsed(end, 10**6)


def test_a_site_works_weekends_but_not_holidays_and_three_days_of_five_in_winter():
    first = date(2021, 9, 20)  # Mid-Autumn break 19-21 September
    clock = build_clock("site", first, first, date(2022, 4, 30), slow=[Slow("11-15", "03-15", (3, 5))])

    def open_on(day):
        return clock.is_open(minute_of(day, first) + 600)

    assert [open_on(first + timedelta(days=k)) for k in range(4)] == [False, False, True, True]
    assert open_on(date(2021, 11, 13))  # a Saturday
    assert [open_on(date(2021, 11, 15) + timedelta(days=k)) for k in range(7)] == [1, 1, 1, 0, 0, 1, 1]
    assert not open_on(date(2022, 2, 1))  # Spring Festival
    # 13, 14 March are days 118 and 119 of the season, the 15th is day 120, then the season is over
    assert [open_on(date(2022, 3, 13) + timedelta(days=k)) for k in range(5)] == [0, 0, 1, 1, 1]


def test_a_slow_season_that_began_last_year_counts_from_its_first_day():
    season = [Slow("11-15", "03-15", (3, 5))]
    whole = build_clock("site", EPOCH, date(2021, 11, 1), date(2022, 3, 31), slow=season, calendar="none")
    late = build_clock("site", EPOCH, date(2022, 1, 10), date(2022, 3, 31), slow=season, calendar="none")
    start = minute_of(date(2022, 1, 10), EPOCH)
    assert late.elapsed(start, NEVER) == whole.elapsed(start, NEVER)


def test_bad_seasons_are_refused():
    with pytest.raises(ValueError, match=r"got '13-40', expected a month and day such as `11-15`"):
        Slow("13-40", "03-15")
    with pytest.raises(ValueError, match=r"got 'winter', expected a month and day"):
        Slow("11-15", "winter")
    with pytest.raises(ValueError, match=r"got open 6 of 5, expected 0 <= open <= of"):
        Slow("11-15", "03-15", (6, 5))


def test_seasons_may_end_on_a_leap_day():
    shut = [Slow("12-01", "02-29", (0, 1))]
    clock = build_clock("site", EPOCH, EPOCH, date(2022, 4, 1), slow=shut, calendar="none")
    assert clock.closes[0] == minute_of(date(2021, 12, 1), EPOCH)
    assert clock.opens[1] == minute_of(date(2022, 3, 1), EPOCH)


def test_announced_years_agree_with_the_published_calendar():
    first, last = date(2004, 1, 1), date(2026, 12, 31)
    days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    assert working_days(first, last).tolist() == [chinese_calendar.is_workday(day) for day in days]
    assert projected_years(first, last) == ()


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 248), (2027, 248), (2028, 248), (2030, 248)])
def test_working_days_of_a_year(year, days):
    assert working_days(date(year, 1, 1), date(year, 12, 31)).sum() == days


def test_years_not_announced_are_projected_and_never_stop_a_run():
    assert projected_years(date(2025, 1, 1), date(2028, 1, 1)) == (2027, 2028)
    for year in (1990, 2003, 2051, 2070, 2100):
        assert 245 <= working_days(date(year, 1, 1), date(year, 12, 31)).sum() <= 251
        assert projected_years(date(year, 5, 1), date(year, 5, 2)) == (year,)
    assert projected_years(date(2050, 1, 1), date(2050, 12, 31), "UK") == ()


def test_the_legal_holidays_were_days_off_in_every_announced_year():
    # Since 2008 all five lunar and solar festivals are holidays; a wrong table would hit working days.
    for year in range(2008, 2027):
        worked = [d for d in legal_holidays(year) if chinese_calendar.is_workday(d)]
        # 2 May and the eve of Spring Festival became holidays only with the 2024 regulation.
        old = {date(year, 5, 2), legal_holidays(year)[1], legal_holidays(year)[0]} if year < 2025 else set()
        assert set(worked) <= old, worked


def test_legal_holidays_of_a_year_by_hand():
    assert [day.strftime("%m%d") for day in legal_holidays(2027)] == [
        "0101", "0205", "0206", "0207", "0208", "0405", "0501", "0502", "0609", "0915", "1001", "1002", "1003"
    ]  # fmt: skip


def test_beyond_the_table_the_festivals_of_nineteen_years_before():
    assert {d.strftime("%m%d") for d in legal_holidays(2051)} >= {"0211", "0612", "0919"}  # as in 2032


def test_lunar_table_against_holidays_package():
    holidays = pytest.importorskip("holidays")
    for year in range(2025, 2051):
        names = holidays.country_holidays("CN", years=year)
        missing = [d for d in legal_holidays(year) if d not in names]
        assert not missing, missing


@pytest.mark.parametrize("country", ["UK", "none"])
def test_other_calendars_are_monday_to_friday(country):
    assert working_days(date(2021, 10, 1), date(2021, 10, 10), country).tolist() == [
        True, False, False, True, True, True, True, True, False, False
    ]  # fmt: skip
    assert not public_holidays(date(2021, 10, 1), date(2021, 10, 10), country).any()


def test_a_range_that_runs_backwards_is_refused():
    with pytest.raises(ValueError, match="before the first day 2021-10-10, expected them in order"):
        working_days(date(2021, 10, 10), date(2021, 10, 1))


def test_many_moments_at_once_are_fast():
    clock = build_clock("office", EPOCH, date(2021, 1, 1), date(2031, 12, 31))
    rng = np.random.default_rng(1)
    t, d = rng.integers(0, 10**6, 100_000), rng.integers(0, 10**5, 100_000)
    start = perf_counter()
    clock.advance_many(t, d)
    assert perf_counter() - start < 1.0
