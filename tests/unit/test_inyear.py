"""In-year totals: members by hand, no look ahead, honest widths, real year-to-date figures."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from forecasts.inyear import by_curve, by_path, faded_path, months_of, year_to_date, year_total
from forecasts.inyear.totals import PERIODS, YEARS

Floats = np.typing.NDArray[np.float64]
DATA = Path(os.environ.get("KAIGONG_DATA", "../shared/data"))
SHAPE = np.array([8.0, 6, 7, 8, 11, 8, 8, 9, 8, 8, 19])
MAY = PERIODS.index(5) + 1


def years(count: int, noise: float = 0.05, growth: float = 0.1, seed: int = 1) -> Floats:
    """Year-to-date figures: a level that wanders from month to month, a season, noise."""
    luck = np.random.default_rng(seed)
    level = np.cumsum(luck.normal(growth / 11, noise, count * 11)).reshape(count, 11)
    return np.cumsum(SHAPE * np.exp(level + luck.normal(0, 0.05, (count, 11))), axis=1)


def test_curve_and_path_by_hand() -> None:
    past = np.array([[10.0, 100.0], [20.0, 100.0], [20.0, 100.0], [40.0, 200.0]])
    assert by_curve(past, np.array([50.0])) == pytest.approx(250.0)  # the last three years: a fifth each
    assert by_path(past, np.array([50.0])) == pytest.approx(250.0)


def test_the_growth_so_far_fades_as_it_did_before() -> None:
    begun = np.exp(np.cumsum([0.0, 0.3, -0.3, 0.3, -0.3, 0.3, -0.3, 0.3, -0.3] * 4))
    rest = np.exp(0.5 * np.log(begun))  # the rest of a year shows half of the growth so far
    rest *= np.exp(np.random.default_rng(1).normal(0, 0.001, len(rest)))
    past = np.stack([begun, begun + rest], axis=1)
    now = np.array([begun[-1] * 1.4])
    assert faded_path(past, now)[99] == pytest.approx(rest[-1] * np.sqrt(1.4), rel=0.01)


def test_a_past_without_growth_leaves_half_of_it() -> None:
    past = np.cumsum(np.tile(SHAPE, (6, 1)), axis=1)
    past *= 1 + 1e-6 * np.random.default_rng(1).normal(size=(6, 1))
    rest = past[-1, -1] - past[-1, MAY - 1]
    assert faded_path(past, past[-1, :MAY] * 1.21)[99] == pytest.approx(rest * 1.1, rel=1e-3)


def test_months_are_year_to_date_figures_taken_apart() -> None:
    past = years(4)
    apart = months_of(past, past[-1, :3])
    assert len(apart) == 47
    np.testing.assert_allclose(np.cumsum(apart[:11]), past[0])
    np.testing.assert_allclose(np.cumsum(apart[-3:]), past[-1, :3])


def test_total_and_paths_agree_and_never_fall_below_what_is_done() -> None:
    past = years(10)
    found = year_total(past[:-1], past[-1, :MAY], key=(1,))
    assert found.cumulative.shape == (1000, 11)
    np.testing.assert_array_equal(found.cumulative[:, :MAY], np.tile(past[-1, :MAY], (1000, 1)))
    assert (np.diff(found.cumulative, axis=1) >= -1e-9).all()
    np.testing.assert_allclose(
        np.quantile(found.cumulative[:, -1], [0.1, 0.5, 0.9]), found.total[[19, 99, 179]], rtol=2e-3
    )
    assert found.total.min() >= past[-1, MAY - 1]


def test_nothing_known_only_later_is_used() -> None:
    past = years(10)
    current = past[-1].copy()
    one = year_total(past[:-1], current[:MAY], key=(1,))
    current[MAY:] *= 100
    same = year_total(past[:-1], current[:MAY], key=(1,))
    assert one.total.tobytes() == same.total.tobytes()
    assert one.cumulative.tobytes() == same.cumulative.tobytes()


def test_same_key_same_bytes_and_no_other() -> None:
    past = years(8)
    one, same, other = (year_total(past[:-1], past[-1, :MAY], key=(k,)).total.tobytes() for k in (1, 1, 2))
    assert one == same != other


def test_the_width_is_learned_from_the_forecasts_of_past_years() -> None:
    past = years(12, seed=3)
    assert year_total(past[:YEARS], past[YEARS, :MAY]).tested == 0
    calm = year_total(past[:-1], past[-1, :MAY])
    assert calm.tested == 12 - 1 - YEARS
    shaken = past.copy()
    shaken[YEARS:-1, -1] += np.where(np.arange(12 - 1 - YEARS) % 2, 0.9, 0.0) * shaken[YEARS:-1, -1]
    wild = year_total(shaken[:-1], past[-1, :MAY])
    assert np.diff(wild.interval())[0] > 2 * np.diff(calm.interval())[0]


def test_chance_required_rate_pace_and_double_half_by_counting() -> None:
    past = years(9)
    found = year_total(past[:-1], past[-1, :MAY], key=(1,))
    plan = float(np.quantile(found.cumulative[:, -1], 0.3))
    assert found.chance(plan) == pytest.approx(np.mean(found.cumulative[:, -1] >= plan), abs=0.01)
    required, at_median = found.required_rate(plan)
    done = past[-1, MAY - 1]
    assert required == pytest.approx((plan - done) / 7)
    assert at_median == pytest.approx((found.total[99] - done) / 7)
    pace, middle, behind = found.shares_of_plan(plan)
    assert pace[MAY - 1] == pytest.approx(5 / 12)
    assert middle[MAY - 1] == pytest.approx(done / plan)
    np.testing.assert_allclose(behind, pace - middle)
    naive = np.zeros(12)
    for path in found.cumulative:
        passed = [p for p, money in enumerate(path) if money >= plan / 2]
        naive[passed[0] if passed else 11] += 1 / len(found.cumulative)
    np.testing.assert_allclose(found.double_half(plan), naive)
    assert found.double_half(1e9)[-1] == 1.0


def test_year_to_date_joins_january_to_february() -> None:
    values = np.arange(40.0)
    year, past, to_date = year_to_date(values, 12 * 2010 + 5)  # from June 2010
    assert (year, past.shape) == (2011, (2, 11))
    assert past[0, 0] == values[7] + values[8]
    assert past[1, -1] == values[19:31].sum()
    np.testing.assert_allclose(to_date, np.cumsum(values[31:40])[1:])


@pytest.mark.parametrize(
    ("past", "to_date", "word"),
    [
        (years(2), years(1)[0, :3], "past"),
        (years(4)[:, :10], years(1)[0, :3], "past"),
        (years(4), years(1)[0], "to_date"),
        (years(4), [], "to_date"),
        (years(4), [-1.0, 4.0], "to_date"),
        (years(4) * np.r_[np.ones(10), np.nan], years(1)[0, :3], "past"),
    ],
)
def test_figures_that_cannot_be_are_refused(past: Floats, to_date: Floats, word: str) -> None:
    with pytest.raises(ValueError, match=f"^{word}: got"):
        year_total(past, to_date)


@pytest.mark.parametrize("rate", [0.0, pytest.param(0.2, marks=pytest.mark.slow), 2.0])
@pytest.mark.parametrize(
    "known", [pytest.param(1, marks=pytest.mark.slow), 4, pytest.param(10, marks=pytest.mark.slow)]
)
def test_a_small_county_is_forecast_too(rate: float, known: int) -> None:
    counts = np.random.default_rng(3).poisson(rate, (60, 9, 11)).cumsum(axis=2)
    inside = 0
    for years_ in counts:
        found = year_total(years_[:-1], years_[-1, :known], n=100)
        assert np.isfinite(found.cumulative).all()
        assert all(np.isfinite(point) for point in found.members.values())
        low, high = found.interval()
        inside += low - 0.5 <= years_[-1, -1] <= high + 0.5
    assert inside >= 0.7 * len(counts)


def test_corrected_figures_may_fall() -> None:
    past = years(8)
    past[3, 5] = past[3, 4] * 0.9
    found = year_total(past[:-1], past[-1, :MAY])
    assert found.interval()[0] < past[-1, -1] < found.interval()[1]


def published(column: str) -> Floats:
    """National year-to-date figures 2005 to 2017, (13, 11)."""
    path = DATA / "china_nbs_realestate_monthly_ytd.csv.gz"
    if not path.exists():
        pytest.skip("set KAIGONG_DATA to the folder of real data")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return np.array([float(row[column]) for row in csv.DictReader(file)]).reshape(13, 11)


@pytest.mark.parametrize(
    ("column", "most"), [("房地产投资_累计值", 4.0), ("房地产新开工施工面积_累计值", 7.5)]
)
def test_real_totals_at_the_end_of_may(column: str, most: float) -> None:
    figures = published(column)
    found = [year_total(figures[:y], figures[y, :MAY], key=(1,)) for y in range(YEARS, 13)]
    truth = figures[YEARS:, -1]

    def error(points: list[float]) -> float:
        return float(100 * np.mean(np.abs(np.array(points) / truth - 1)))

    ours = error([float(f.total[99]) for f in found])
    assert ours <= most
    for simple in ("pro_rata", "share_of_year", "last_year_path"):
        assert ours < error([f.members[simple] for f in found])
    inside = [f.interval()[0] <= y <= f.interval()[1] for f, y in zip(found, truth, strict=True)]
    assert 7 <= sum(inside) <= 10
