"""The block bootstrap: whole years, all series together, honest width."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from forecasts.bootstrap import Interval, block_weights, geometric_mean, mean_of, ratio_of_means, resample

Ints = npt.NDArray[np.int64]


def plain_weights(months: Ints, starts: Ints, block: int) -> Ints:
    blocks = (months.max() - months.min()) // block + 1
    span = blocks * block
    drawn = [(s + k) % span for s in starts for k in range(block)]
    return np.array([drawn.count(m - months.min()) for m in months])


def test_weights_are_those_of_blocks_written_out() -> None:
    months = np.array([5, 8, 8, 20, 31])
    found = block_weights(months, draws=30, seed=4)
    starts = np.random.default_rng(4).integers(0, 36, size=(30, 3))
    for weights, begun in zip(found, starts, strict=True):
        assert weights.tolist() == plain_weights(months, begun, 12).tolist()


def test_overlapping_origins_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    months = np.arange(240)
    yearly = np.repeat(rng.normal(size=20), 12)
    blocked = mean_of(months, yearly)
    plain = resample(months, lambda w: float((w @ yearly) / w.sum()), block=1, draws=500)
    assert (blocked.high - blocked.low) > 2 * (plain.high - plain.low)


def test_an_interval_of_90_holds_the_mean_about_90_times_in_100() -> None:
    rng = np.random.default_rng(2)
    held = [mean_of(np.arange(240), rng.normal(size=240), draws=300, seed=k).has(0.0) for k in range(300)]
    assert 0.82 <= np.mean(held) <= 0.95


def test_ratio_says_better_only_when_sure() -> None:
    rng = np.random.default_rng(3)
    months = np.arange(0, 120, 3)
    theirs = rng.gamma(2, size=40)
    assert ratio_of_means(months, 0.5 * theirs, theirs).verdict() == "better"
    assert ratio_of_means(months, 2.0 * theirs, theirs).verdict() == "worse"
    assert ratio_of_means(months, rng.permutation(theirs), theirs).verdict() == "cannot separate"


def test_geometric_mean_weighs_series_alike_whatever_their_unit() -> None:
    months = np.tile(np.arange(0, 60, 3), 2)
    series = ["a"] * 20 + ["b"] * 20
    ours = np.r_[np.full(20, 1000.0), np.full(20, 1.0)]
    theirs = np.r_[np.full(20, 2000.0), np.full(20, 8.0)]
    assert geometric_mean(months, series, ours, theirs) == pytest.approx(Interval(0.25, 0.25, 0.25))


def test_a_series_missing_in_a_resample_leaves_that_resample_out() -> None:
    months = np.r_[np.arange(0, 120, 3), [0]]
    found = geometric_mean(months, ["a"] * 40 + ["b"], np.ones(41), np.full(41, 2.0))
    assert found == pytest.approx(Interval(0.5, 0.5, 0.5))


def test_same_seed_same_interval() -> None:
    rng = np.random.default_rng(5)
    months, x = np.arange(60), rng.normal(size=60)
    assert mean_of(months, x, seed=1) == mean_of(months, x, seed=1) != mean_of(months, x, seed=2)


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        block_weights([])


def test_with_fewer_than_three_years_nothing_is_sure() -> None:
    found = ratio_of_means([0, 3, 6], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0])
    assert found.value == 0.5
    assert np.isnan(found.low)
    assert found.verdict() == "cannot separate"
