"""Scores of published numbers against values worked out by hand."""

from __future__ import annotations

from math import comb
from pathlib import Path

import numpy as np
import pytest

from forecasts.scoring import (
    against_binomial,
    cohort_width,
    is_outside,
    mid_p,
    progress_width,
    read_reference,
    spread,
)
from sim.scenario import shipped_root

SCORED = ("Luohe", "Zaozhuang", "Xinzheng", "Wugang", "Liangyuan", "Kaifeng", "Tengzhou")


def test_mid_p_of_six_of_seven_by_hand() -> None:
    # Of twenty futures: five start 5 of 7, eight start 6, seven start all 7.
    rates = 100 * np.repeat([5, 6, 7], [5, 8, 7]) / 7
    # 6/7 = 85.714 is published as 85.7: the eight are the published number, not just above it.
    assert mid_p(rates, 85.7, 0.1) == pytest.approx(5 / 20 + 8 / 20 / 2)
    assert mid_p(rates, 85.7, 0.0) == pytest.approx(5 / 20)
    # All of seven: half of what reaches the top counts, so a certain 100 % is no miss.
    assert mid_p(rates, 100.0, 0.1) == pytest.approx(13 / 20 + 7 / 20 / 2)
    assert mid_p(np.full(9, 100.0), 100.0) == 0.5


def test_mid_p_counts_what_is_published_the_same_on_both_sides() -> None:
    days = np.array([5.9, 6.0, 7.0, 8.0, 8.1])
    assert mid_p(days, 7.0, 2.0) == pytest.approx(1 / 5 + 3 / 5 / 2)  # "6 to 8 months"


def test_outside_is_beyond_five_percent_on_either_side() -> None:
    samples = np.arange(1000.0)
    for value, expected in ((48.5, True), (51.5, False), (948.5, False), (951.5, True)):
        assert is_outside(mid_p(samples, value)) is expected, value
    assert spread(samples) == pytest.approx({"p05": 49.95, "p50": 499.5, "p95": 949.05})


@pytest.mark.parametrize(("k", "n"), [(0, 7), (1, 1), (3, 10), (7, 7)])
def test_binomial_tails_are_sums_of_the_formula(k: int, n: int) -> None:
    terms = [comb(n, j) * 0.1**j * 0.9 ** (n - j) for j in range(n + 1)]
    found = against_binomial(k, n)
    assert found["at_least"] == pytest.approx(sum(terms[k:]))
    assert found["at_most"] == pytest.approx(sum(terms[: k + 1]))
    assert found["two_sided"] == pytest.approx(min(1.0, 2 * min(sum(terms[k:]), sum(terms[: k + 1]))))
    assert found["expected"] == pytest.approx(n / 10)


def test_nothing_scored_is_no_evidence() -> None:
    assert against_binomial(0, 0)["two_sided"] == 1.0


def reports(*rows: tuple[str, int, float]) -> list[dict[str, str]]:
    return [
        {"place": place, "month_end": str(month), "pct_of_annual_plan": str(rate), "project_class": "all"}
        for place, month, rate in rows
    ]


def test_width_of_a_month_with_enough_rows_is_its_own_quantiles() -> None:
    rows = reports(*((f"P{i}", 8, 60.0 + 10 * i) for i in range(5)), ("Q", 9, 500.0))
    found = progress_width(rows, 8)
    assert found["width"] == pytest.approx(0.9 * 40)
    assert (found["rows"], found["places"], found["months_around"]) == (5, 5, 0)
    assert found["covers"] == pytest.approx(4 / 6)


def test_a_month_with_few_rows_borrows_its_neighbours_by_the_even_pace() -> None:
    rows = reports(*((f"P{i}", 7 + i % 3, 100 * (7 + i % 3) / 12 + 5.0) for i in range(6)))
    found = progress_width(rows, 8)
    assert found["months_around"] == 1
    # Every place is five points ahead of the even pace: set against their own months nothing is left.
    assert found["width"] == pytest.approx(0.0, abs=1e-9)
    assert found["low"] == pytest.approx(100 * 8 / 12 + 5)


def test_few_rows_give_no_width() -> None:
    found = progress_width(reports(("A", 6, 50.0), ("B", 6, 70.0)), 6)
    assert found["width"] is None
    assert found["rows"] == 2


def test_rows_of_other_classes_do_not_count() -> None:
    rows = reports(*((f"P{i}", 8, 60.0 + i) for i in range(6)))
    rows[0]["project_class"] = "new start"
    assert progress_width(rows, 8)["rows"] == 5


def test_cohorts_leave_empty_cells_out() -> None:
    rows = [{"place": "A", "start_rate": "79.5"}, {"place": "B", "start_rate": ""}]
    assert cohort_width(rows, "start_rate")["rows"] == 1


@pytest.mark.parametrize("name", ["reference_class.csv", "reference_cohorts.csv"])
def test_no_place_that_is_scored_is_in_its_own_reference_class(name: str) -> None:
    rows = read_reference(shipped_root() / name, "nowhere")
    assert rows
    assert not [row for row in rows if row["place"].startswith(SCORED)]


def test_the_place_being_scored_is_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "reference.csv"
    path.write_text("# remark\nplace,x\nHere,1\nThere,2\n", encoding="utf-8")
    assert [row["place"] for row in read_reference(path, "here")] == ["There"]
