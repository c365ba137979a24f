"""Sampled shocks: windows of the futures compiled, the lanes they make, and what they do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from sim.clocks import minute_of
from sim.engine import reference
from sim.experiment import simulate
from sim.model.arrays import Model
from sim.model.windows import Patterns, windows_of
from sim.sampling import sample
from sim.scenario.shocks import Shock
from tests.support import case_of, toy_model, toy_scenario

FIRST, LAST = date(2021, 3, 1), date(2040, 12, 31)
ROWS = [
    {
        "id": f"p{i:02d}",
        "signed": "2021-03-01",
        "county": "abcd"[i % 4],
        "key_level": ["none", "city"][i // 20],
    }
    for i in range(24)
]
BODY = """\
activities:
  permit: {{work: 20 wd, resource: desk}}
  build: {{after: [permit], work: 400 d, clock: site}}
resources: {{desk: {{kind: office, reviewers: 4}}}}
shocks:
  - {{name: closed, from: 2021-04-01, to: 2021-04-10, stops: [office], share_of_units: 0.5}}
  - {{name: flood, rate: {rate}, length: {{law: uniform, low: 5 d, high: 40 d}}, stops: [site, working],
     share_of_units: 0.5, exempt: {{key_level: city}}, patterns: 6{more}}}
"""
LINE = "milestones: [{name: signed}, {name: permitted, activity: permit}, {name: built, activity: build}]"


def model_of(rate: str = "2 /y", more: str = "", **options: Any) -> Model:
    return toy_model(BODY.format(rate=rate, more=more), ROWS, milestones=LINE, **options)


def shock(**given: Any) -> Shock:
    """A sampled shock as a scenario completes it."""
    keys = {"rate": "0.3 /y", "length": "10 d", **given}
    text = ", ".join(f"{key}: {value}" for key, value in keys.items())
    return toy_scenario(f"activities: {{permit: {{}}}}\nshocks: [{{name: flood, {text}}}]").shocks[0]


def days(patterns: Patterns) -> list[int]:
    return [(to - first).days + 1 for pattern in patterns for first, to in pattern]


def test_a_year_has_as_many_windows_as_the_rate_says_to_within_one_future() -> None:
    patterns = windows_of(shock(patterns=20), FIRST, LAST)
    assert len(patterns) == 20
    for year in range(2022, 2041):
        counts = [sum(first.year == year for first, _ in pattern) for pattern in patterns]
        # exp(-0.3) = 0.741 of the futures have none; strata leave at most one more or less
        assert abs(counts.count(0) - 20 * np.exp(-0.3)) <= 1
    assert len({pattern[0] for pattern in patterns if pattern}) > 10


def test_windows_lie_in_their_months_and_last_as_long_as_the_law_says() -> None:
    law = "{law: uniform, low: 5 d, high: 40 d}"
    patterns = windows_of(shock(months=[6, 7], rate="2 /y", length=law, patterns=30), FIRST, LAST)
    firsts = [first for pattern in patterns for first, _ in pattern]
    assert {first.month for first in firsts} == {6, 7}
    assert {first.day for first in firsts} == set(range(1, 32))
    assert (min(days(patterns)), max(days(patterns))) == (5, 40)
    assert np.mean(days(patterns)) == pytest.approx(22.5, abs=1)
    assert len(firsts) / (30 * 20) == pytest.approx(2.0, abs=0.1)


def test_a_window_stays_where_it_is_whatever_the_span() -> None:
    whole, part = (
        windows_of(shock(rate="2 /y"), *span) for span in ((FIRST, LAST), (date(2025, 5, 5), LAST))
    )
    assert part == tuple(tuple(w for w in pattern if w[0] >= date(2025, 5, 5)) for pattern in whole)
    # a higher rate keeps every window where it was, and adds some
    more = windows_of(shock(rate="4 /y"), FIRST, LAST)
    same = windows_of(shock(rate="4 /y", length="20 d"), FIRST, LAST)
    assert len(days(more)) > 1.8 * len(days(whole))
    assert [w[0] for pattern in more for w in pattern] == [w[0] for pattern in same for w in pattern]


def test_a_range_of_the_rate_differs_from_future_to_future() -> None:
    wide = shock(rate="{value: 3 /y, range: [0 /y, 6 /y], status: assumed, source: x}", patterns=40)
    numbers = [len(pattern) for pattern in windows_of(wide, FIRST, LAST)]
    narrow = [len(pattern) for pattern in windows_of(shock(rate="3 /y", patterns=40), FIRST, LAST)]
    assert np.std(numbers) > 2 * np.std(narrow)


def test_lanes_of_a_sampled_shock_are_its_futures() -> None:
    model = model_of()
    assert model.cases.clock.shape[1] == 2 * 7
    assert model.shock_patterns.tolist() == [1, 6]
    names = [model.clocks[i].name for i in model.cases.clock[case_of(model, "build")]]
    assert names == [f"site{k}" for k in ("", *(f"+flood#{k}" for k in range(6))) for _ in range(2)]
    office = {model.clocks[i].name for i in model.resources.clock[0]}
    assert office == {"office", "office+closed"}  # the flood multiplies no clock that it does not stop
    windows = windows_of(shock(rate="2 /y", patterns=6), model.epoch, date(2041, 2, 28))
    first, _ = windows[2][0]
    minute = minute_of(first, model.epoch)
    natural = [model.clocks[model.cases.clock[case_of(model, "build"), lane]] for lane in (0, 2 * 3)]
    assert [clock.is_open(minute) for clock in natural][1] is False


def test_fixed_shocks_make_the_lanes_they_made() -> None:
    body = BODY.format(rate="2 /y", more="").rpartition("  - {name: flood")[0]
    body += "  - {name: heat, from: 2021-05-01, to: 2021-05-10, share_of_units: 0.5}\n"
    model = toy_model(body, ROWS, milestones=LINE)
    for number in range(5):
        lane = sample(model, 1, number).lane
        one, two = (
            sample(replace(model, shock_share=model.shock_share[[k, k]]), 1, number).lane for k in (0, 1)
        )
        assert np.array_equal(one, two)  # both shares are one half
        assert set(np.unique(lane)) <= {0, 1, 2, 3}


def test_one_future_is_drawn_for_all_whom_the_shock_hits() -> None:
    model = model_of()
    seen = set()
    for number in range(60):
        digits = sample(model, 1, number).lane // 2
        assert (digits[20:] == 0).all()  # exempt
        assert len(set(digits[:20].tolist()) - {0}) <= 1
        by_unit = digits[:20].reshape(5, 4)
        assert (by_unit == by_unit[0]).all()
        seen |= set(digits.tolist())
    assert seen == set(range(7))


def test_both_engines_agree_and_a_flood_delays() -> None:
    model, calm = model_of(), model_of(rate="0 /y")
    later = 0
    for number in range(8):
        draws, trace = simulate(model, 1, number, engine="compiled")
        other = reference.run(model, draws)
        assert np.array_equal(trace.ended, other.ended)
        still = simulate(calm, 1, number)[1]
        built, dry = trace.milestones[:, 2], still.milestones[:, 2]
        assert (built >= dry).all()
        later += int((built > dry).sum())
    assert later > 20


def test_nothing_is_sampled_in_the_past() -> None:
    as_of = date(2022, 6, 30)
    model = model_of(rate="12 /y", as_of=as_of.isoformat())
    free, hit = (model.clocks[model.cases.clock[case_of(model, "build"), lane]] for lane in (0, 2))
    start = minute_of(date(2021, 1, 1), as_of + timedelta(days=1))
    assert free.elapsed(start, 0) == hit.elapsed(start, 0)
    assert free.elapsed(0, 1440 * 700) > hit.elapsed(0, 1440 * 700)
