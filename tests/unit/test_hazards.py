"""Hazards of stages: stays, life tables under delayed entry and competing exits, levels, arrivals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from forecasts import series
from forecasts.filings import filings_of, walk
from forecasts.hazards.opened import opened
from forecasts.hazards.spells import BINS, LEAVE, OPEN, Stays, bin_of_age, seen_in, stays_of
from forecasts.hazards.table import fit_table
from forecasts.history import NEVER, UNDATED, History, history_from
from forecasts.level import filter_levels, seasons

Ints = npt.NDArray[np.int64]
ABC = ("a", "b", "c")


def rows_of(stays: Stays) -> set[tuple[int, int, int, int, int]]:
    columns = (stays.project, stays.stage, stays.entry, stays.end, stays.exit)
    return set(zip(*(column.tolist() for column in columns), strict=True))


def test_stays_of_what_occurs_in_ledgers() -> None:
    reached = [
        [1, 3, 5],  # all dated
        [1, UNDATED, 5],  # a skip
        [2, 2, 2],  # three milestones in one month: age 0 twice
        [1, 3, NEVER],  # under way, to the cut-off
        [1, NEVER, NEVER],  # leaves at 6
        [1, UNDATED, NEVER],  # gone on, nobody knows when: not used
        [1, 6, 4],  # the later before the earlier: reached by then, a skip
        [4, NEVER, NEVER],  # left at an unknown date: not used
    ]
    left = [NEVER, NEVER, NEVER, NEVER, 6, NEVER, NEVER, UNDATED]
    stays = stays_of(history_from(9, ABC, reached, left=left))
    assert rows_of(stays) == {
        (0, 0, 1, 3, 1),
        (0, 1, 3, 5, 2),
        (1, 0, 1, 5, 2),
        (2, 0, 2, 2, 1),
        (2, 1, 2, 2, 2),
        (3, 0, 1, 3, 1),
        (3, 1, 3, 9, OPEN),
        (4, 0, 1, 6, LEAVE),
        (6, 0, 1, 4, 2),
    }
    assert stays.left_out == 3  # both ends of row 5, row 7


def test_exposure_counts_inside_the_window_only_and_age_nought_is_at_risk() -> None:
    history = history_from(20, ("a", "b"), [[10, 12], [1, NEVER], [14, 14], [13, NEVER]], first=12)
    seen = seen_in(stays_of(history), history.strata, (2, 1), 12, 14)
    exposure, events = seen.exposure[0, :, :, 0], seen.events[0, 1, :, :, 0]
    by_age = {(m, BINS[b]): exposure[m - 12, b] for m in (12, 13, 14) for b in range(len(BINS))}
    at_risk = {key: n for key, n in by_age.items() if n}
    assert at_risk == {
        (12, 2): 1, (12, 10): 1, (13, 12): 1, (14, 12): 1, (14, 0): 1, (13, 0): 1, (14, 1): 1,
    }  # fmt: skip
    assert np.argwhere(events).tolist() == [[0, 2], [2, 0]]


def simulated(n: int, first: int, cutoff: int, hazards: tuple[float, float], seed: int) -> History:
    """Projects that arrive steadily from long before `first`; the ledger opens at `first`."""
    rng = np.random.default_rng(seed)
    begin = rng.integers(first - 60, cutoff + 1, n)
    ends = begin + rng.geometric(sum(hazards), n) - 1
    goes = rng.random(n) < hazards[0] / sum(hazards)
    reached = np.stack([begin, np.where(goes & (ends <= cutoff), ends, NEVER)], axis=1)
    left = np.where(~goes & (ends <= cutoff), ends, NEVER)
    was_open = ends >= first  # the ledger never saw those that ended before it opened
    return history_from(cutoff, ("a", "b"), reached[was_open], left=left[was_open], first=first)


def test_hazards_come_back_under_delayed_entry_and_competing_exits() -> None:
    history = simulated(40_000, 1000, 1035, (0.06, 0.03), 1)
    seen = seen_in(stays_of(history), history.strata, (2, 1), 1000, 1035)
    table = fit_table(seen, 36, np.ones((2, 36)))
    used = seen.exposure.sum(axis=(1, 3))[0] > 4000
    assert used.sum() >= 12
    total = -np.log(1 - 0.09)
    np.testing.assert_allclose(table.base[0, 1][used], total * 2 / 3, rtol=0.12)
    np.testing.assert_allclose(table.base[0, 0][used], total / 3, rtol=0.15)
    best = table.levels.best()
    assert np.all(np.abs(table.levels.mean[np.arange(2), best]) < 0.2)


def test_strata_are_drawn_to_the_common_table_by_their_events() -> None:
    slow, fast = simulated(3000, 1000, 1035, (0.03, 0.01), 2), simulated(3000, 1000, 1035, (0.12, 0.01), 3)
    few = simulated(3, 1000, 1035, (0.9, 0.05), 4)
    parts = (slow, fast, few)
    history = history_from(
        1035,
        ("a", "b"),
        np.concatenate([h.reached for h in parts]),
        left=np.concatenate([h.left for h in parts]),
        strata=np.repeat(["0 slow", "1 fast", "2 few"], [len(h) for h in parts]).tolist(),
        first=1000,
    )
    seen = seen_in(stays_of(history), history.strata, (2, 3), 1000, 1035)
    table = fit_table(seen, 36, np.ones((2, 36)))
    multiplier = table.stratum[0, 1]
    assert multiplier[1] / multiplier[0] > 2.5
    assert 0.8 < multiplier[2] < 1.7  # 15 times faster, seen three times
    assert table.expected[0, 1].sum() == pytest.approx(table.observed[0, 1].sum(), rel=0.1)


def test_months_of_which_little_is_on_record_do_not_lower_the_hazard() -> None:
    history = simulated(40_000, 1000, 1035, (0.06, 0.03), 5)
    known = np.ones((2, 36))
    known[:, -6:] = [0.95, 0.9, 0.8, 0.7, 0.3, 0.1]
    rng = np.random.default_rng(1)
    share = known[1][np.clip(history.reached[:, 1] - 1000, 0, 35)]
    hide = (history.reached[:, 1] != NEVER) & (rng.random(len(history)) > share)
    reached = history.reached.copy()
    reached[hide, 1] = NEVER
    stays = stays_of(history_from(1035, ("a", "b"), reached, left=history.left, first=1000))
    seen = seen_in(stays, np.zeros(len(history), dtype=np.int64), (2, 1), 1000, 1035)
    right, naive = fit_table(seen, 12, known).base[0, 1], fit_table(seen, 12, np.ones((2, 36))).base[0, 1]
    used = seen.exposure[:, -12:].sum(axis=(1, 3))[0] > 2000
    ratio = right[used].mean() / -np.log(1 - 0.09) * 1.5
    # The cases not on record stay in the exposure: a few percent too low, corrected by the level.
    assert ratio == pytest.approx(1.0, abs=0.08)
    assert naive[used].mean() < 0.85 * right[used].mean()


def test_ages_fall_into_their_bins() -> None:
    bins = bin_of_age(200)
    for age in range(201):
        assert BINS[bins[age]] <= age
        assert bins[age] == len(BINS) - 1 or age < BINS[bins[age] + 1]


def test_open_projects_carry_their_age_and_begin_no_earlier_than_they_entered() -> None:
    reached = [[10, 18, NEVER], [19, NEVER, NEVER], [3, NEVER, NEVER], [10, 12, 14], [2, UNDATED, NEVER]]
    history = history_from(20, ABC, reached)
    for hidden in (0, 5):
        now = opened(history, stays_of(history), hidden)
        cell = {int(r): now.cells[q].tolist() for r, q in zip(now.rows, now.cell_of, strict=True)}
        first = 21 - hidden
        assert cell[0] == [1, 0, max(18 - first, 0), max(first - 18, 0)]
        assert cell[1] == [0, 0, max(19 - first, 0), max(first - 19, 0)]
        assert cell[2] == [0, 0, 0, first - 3]
        assert cell[4][0] == 1  # its stage has the age of the other one there
        assert cell[4] == cell[0]
        assert 3 not in cell


def test_a_level_is_found_and_its_variances_too() -> None:
    rng = np.random.default_rng(3)
    level = np.cumsum(rng.normal(0, 0.1, (200, 96)), axis=1)
    seen = rng.poisson(40 * np.exp(level))
    found = filter_levels(seen, np.full(seen.shape, 40.0))
    mean = (found.weight * found.mean).sum(axis=1)
    gap = mean - level[:, -1]
    assert abs(gap.mean()) < 0.04
    assert gap.std() < 0.2
    within = (found.weight * (found.variance + found.mean**2)).sum(axis=1) - mean**2
    assert (gap**2 / within).mean() == pytest.approx(1.0, abs=0.35)
    assert np.median((found.weight * found.step).sum(axis=1)) == pytest.approx(0.01, rel=0.6)


def test_months_of_nought_speak_and_months_without_expectation_do_not() -> None:
    none = filter_levels(np.zeros((1, 24)), np.full((1, 24), 2.0))
    silent = filter_levels(np.zeros((1, 24)), np.zeros((1, 24)))
    assert (none.weight * none.mean).sum() < -1.5
    assert (silent.weight * silent.mean).sum() == 0.0
    spread = (silent.variance[0] - 1.0) / 24
    np.testing.assert_allclose(spread, silent.step, atol=1e-12)


def test_a_walk_begins_at_the_level_and_spreads() -> None:
    steady = filter_levels(np.full((1, 60), 50), np.full((1, 60), 100.0))
    paths = walk(steady, 0, 24, 4000, 1, "x")
    assert paths[:, 0].mean() == pytest.approx(np.log(0.5), abs=0.05)
    assert paths[:, -1].std() > 1.05 * paths[:, 0].std()
    np.testing.assert_array_equal(paths, walk(steady, 0, 24, 4000, 1, "x"))
    np.testing.assert_array_equal(paths[:, :12], walk(steady, 0, 12, 4000, 1, "x"))
    assert not np.array_equal(paths, walk(steady, 0, 24, 4000, 1, "y"))


def test_growth_is_no_season() -> None:
    growing = np.exp(np.arange(96) / 20.0) * 30
    factor = seasons(growing, np.full(96, growing.mean()), np.arange(96) % 12)
    np.testing.assert_allclose(factor, 1.0, atol=0.1)


def filed(months: Ints) -> History:
    return history_from(1059, ("a", "b"), np.stack([months, np.full(len(months), NEVER)], axis=1))


def test_arrivals_follow_level_and_season_or_the_plan() -> None:
    rng = np.random.default_rng(1)
    rate = np.where(np.arange(940, 1060) % 12 < 6, 40, 20) * np.where(np.arange(120) < 60, 1.0, 2.0)
    months = np.repeat(np.arange(940, 1060), rng.poisson(rate))
    counts = filings_of(filed(months), 12, 4000, 1).counts
    coming = np.where(np.arange(1060, 1072) % 12 < 6, 80, 40)
    np.testing.assert_allclose(counts.mean(axis=0), coming, rtol=0.2)
    plan = filings_of(filed(months), 3, 5, 1, plan=[7, 0, 9]).counts
    assert plan.tolist() == [[7, 0, 9]] * 5


def test_arrivals_go_where_the_series_of_filings_goes() -> None:
    months = np.repeat(np.arange(940, 1060), np.random.default_rng(1).poisson(30, 120))
    counts = filings_of(filed(months), 12, 2000, 1).counts
    seen = filed(months).counts("a", 940, 1059)
    ahead = series.paths(seen, 940, 12, 2000, key=(1, "filings"))
    error = counts - ahead  # Poisson around each path: nothing on average, its mean for a variance
    assert abs(error.mean()) < 0.2
    assert error.var() == pytest.approx(ahead.mean(), rel=0.05)


def test_filings_of_which_too_little_is_on_record_are_still_forecast() -> None:
    known = np.append(np.full(10, 0.1), 1.0)
    found = filings_of(filed(np.array([1057, 1058, 1059])), 6, 20, 1, known=known, hidden_months=10).counts
    assert found.shape == (20, 16)


def test_filings_not_on_record_are_drawn_and_do_not_lower_the_coming_ones() -> None:
    rng = np.random.default_rng(2)
    months = np.repeat(np.arange(940, 1060), rng.poisson(1000, 120))
    known = np.append(np.linspace(0.2, 0.95, 6), np.ones(6))
    on_record = rng.random(len(months)) < known[np.minimum(1059 - months, 11)]
    found = filings_of(filed(months[on_record]), 12, 2000, 1, known=known, hidden_months=8).counts
    hidden = np.array([((months == m) & ~on_record).sum() for m in range(1052, 1060)])
    assert found[:, :8].sum(axis=1).mean() == pytest.approx(hidden.sum(), rel=0.1)
    assert found[:, 8:].sum(axis=1).mean() == pytest.approx(12_000, rel=0.1)
