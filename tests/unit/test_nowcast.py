"""The nowcast: a forecast from a late ledger comes to where one from a punctual ledger is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasts.delay import LEFT, Delay
from forecasts.history import NEVER, History, history_from
from forecasts.ledgerforecast import LedgerForecast, forecast_ledger
from forecasts.nowcast import corrected, delays_of, on_record_of, series_paths

FIRST, CUTOFF, AHEAD = 24_000, 24_095, 12
MILESTONES = ("filed", "started", "built")
MEAN_DELAY = (0.5, 4.0, 2.0)


def whole(seed: int, each: int = 40) -> History:
    """A steady ledger to a year past the cut-off: geometric stages, a tenth withdrawn."""
    rng = np.random.default_rng(seed)
    n = each * (CUTOFF + AHEAD - FIRST + 1)
    filed = np.repeat(np.arange(FIRST, CUTOFF + AHEAD + 1), each)
    started = filed + rng.geometric(0.15, n) - 1
    built = started + rng.geometric(0.1, n) - 1
    gone = rng.random(n) < 0.1
    left = np.where(gone & (started <= CUTOFF + AHEAD), started, NEVER)
    reached = np.stack([filed, np.where(gone, NEVER, started), np.where(gone, NEVER, built)], axis=1)
    reached[reached > CUTOFF + AHEAD] = NEVER
    return history_from(CUTOFF + AHEAD, MILESTONES, reached, left=left)


def late(history: History, seed: int) -> History:
    """Every event reported geometrically late; a milestone with a later one at the latest."""
    rng = np.random.default_rng(seed)
    reported = np.full(history.reached.shape, NEVER)
    for k, mean in enumerate(MEAN_DELAY):
        delay = rng.geometric(1 / (1 + mean), len(history)) - 1
        dated = history.reached[:, k] != NEVER
        reported[dated, k] = (history.reached[:, k] + delay)[dated]
    reported = np.minimum.accumulate(reported[:, ::-1], axis=1)[:, ::-1]
    reported[history.reached == NEVER] = NEVER
    told = np.where(history.left != NEVER, history.left + rng.geometric(0.5, len(history)) - 1, NEVER)
    return replace(history, reported=reported.astype(np.int32), left_reported=told.astype(np.int32))


@pytest.fixture(scope="module")
def three() -> dict[str, LedgerForecast]:
    full = whole(1)
    known = late(full, 2).at(CUTOFF)
    shares = on_record_of(MILESTONES, delays_of(known))
    blind = replace(known, reported=None, left_reported=None)
    return {
        "oracle": forecast_ledger(full.at(CUTOFF), AHEAD, paths=300),
        "naive": forecast_ledger(blind, AHEAD, paths=300),
        "corrected": forecast_ledger(known, AHEAD, paths=300, on_record=shares),
    }


@pytest.mark.parametrize("milestone", ["started", "built"])
def test_the_corrected_forecast_is_where_the_punctual_one_is(
    three: dict[str, LedgerForecast], milestone: str
) -> None:
    total = {way: one.paths(milestone).sum(axis=1).mean() for way, one in three.items()}
    assert total["corrected"] == pytest.approx(total["oracle"], rel=0.05)
    assert total["naive"] < 0.9 * total["oracle"]


@pytest.mark.parametrize("milestone", ["started", "built"])
def test_so_is_the_course_of_the_counts_alone(milestone: str) -> None:
    full = whole(1)
    known = late(full, 2).at(CUTOFF)
    told = {"oracle": (full, None), "naive": (known, None), "corrected": (known, delays_of(known)[milestone])}
    total = {
        way: series_paths(
            history.counts(milestone, FIRST, CUTOFF), FIRST, AHEAD, 500, key=(1, way), delay=delay
        ).sum(axis=1).mean()
        for way, (history, delay) in told.items()
    }  # fmt: skip
    assert total["corrected"] == pytest.approx(total["oracle"], rel=0.12)  # a level follows its last months
    assert total["naive"] < 0.6 * total["oracle"]


@pytest.mark.parametrize("milestone", MILESTONES)
def test_what_is_hidden_is_guessed_right(three: dict[str, LedgerForecast], milestone: str) -> None:
    full = whole(1)
    known = late(full, 2).at(CUTOFF)
    truth = full.counts(milestone, FIRST, CUTOFF).sum() - known.counts(milestone, FIRST, CUTOFF).sum()
    low, high = np.quantile(three["corrected"].unrecorded(milestone).sum(axis=1), [0.005, 0.995])
    assert truth > 0
    assert low <= truth <= high


def test_delays_are_measured_inside_the_origin_and_for_leaving_too() -> None:
    delays = delays_of(late(whole(3), 4).at(CUTOFF))
    assert set(delays) == {*MILESTONES, LEFT}
    for name, mean in zip(MILESTONES[:1], MEAN_DELAY[:1], strict=True):
        assert delays[name].mean_months == pytest.approx(mean, abs=0.1)
    assert delays[LEFT].mean_months == pytest.approx(1.0, abs=0.2)


def test_a_ledger_without_reports_is_taken_as_it_is() -> None:
    assert on_record_of(MILESTONES, delays_of(whole(1, each=2))) is None


def test_what_registers_take_back_lowers_the_correction() -> None:
    known = (0.5, 0.8, *[1.0] * 35)
    kept, cut = (Delay("a", "extracts", 200, (1,), known, retracted=r) for r in (0.0, 0.25))
    series, skipped = corrected([10, 10, 8, 5], cut)
    # 8 of ten on record and a quarter of them to be taken back: 7.5 happened in the end
    assert (series.tolist(), skipped) == ([7.5, 7.5, 7.5, 7.5], 0)
    assert corrected([10, 10, 8, 5], kept)[0].tolist() == [10.0] * 4
    shares = on_record_of(("z", "a"), {"a": cut})
    assert shares is not None
    assert shares.reached[1, 2] == pytest.approx(4 / 3)


def test_months_of_which_little_is_known_are_left_out_of_a_series() -> None:
    delay = Delay("a", "extracts", 200, (1,), (0.1, 0.2, 0.6, *[1.0] * 34))
    assert corrected([10, 6, 1, 0], delay)[1] == 2
