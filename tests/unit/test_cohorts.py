"""Cohorts: removal, open cohorts and promises, by hand and against plain loops and lifelines."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from lifelines import AalenJohansenFitter

from sim.clocks import DAY
from sim.cohorts import first_missing, open_cohort_share, removal_draws, removed_on, sure_count
from sim.trace import NEVER


def test_removal_takes_the_open_ones_only() -> None:
    reached = np.array([[5, 20, NEVER, NEVER, NEVER]])
    left = np.array([[NEVER, NEVER, 3, 30, NEVER]])
    assert removed_on(reached, left, 10).tolist() == [[False, False, True, False, False]]
    may = np.array([True, True, True, False, True])
    assert removed_on(reached, left, 10, may=may).tolist() == [[False, True, True, False, True]]
    draws = np.array([[0.1, 0.9, 0.4, 0.1, 0.6]])
    some = removed_on(reached, left, 10, may=may, share=0.5, draws=draws)
    assert some.tolist() == [[False, False, True, False, False]]


def test_a_removal_is_drawn_by_names() -> None:
    whole = removal_draws(["a", "b", "c"], 1, [0, 1, 2], "start-1 2021-12-31")
    assert np.array_equal(
        removal_draws(["c", "a"], 1, [2, 0], "start-1 2021-12-31"), whole[[2, 0]][:, [2, 0]]
    )
    assert not np.array_equal(removal_draws(["a", "b", "c"], 1, [0, 1, 2], "start-2 2021-12-31"), whole)
    assert not np.array_equal(whole[0], whole[1])


def test_open_cohorts_by_hand() -> None:
    """Four at risk at 10 (one starts), three at 20 (one leaves), and one that comes late to 30."""
    days = np.array([[0, 0, 0, 0, -25]]) * DAY
    started = np.array([[10, NEVER // DAY, 30, NEVER // DAY, NEVER // DAY]]) * DAY
    started[started >= NEVER - DAY] = NEVER
    left = np.array([[NEVER, 20 * DAY, NEVER, NEVER, NEVER]])
    share, count = open_cohort_share(days, started, left, 0, 40 * DAY, [9, 10, 25, 31])
    # The fifth is 25 days old when observation begins: at risk at 30 together with the third and fourth.
    third = (1 - 1 / 4) * (1 - 1 / 3) * (1 / 3)
    assert count.tolist() == [5]
    np.testing.assert_allclose(share[0], [0, 1 / 4, 1 / 4, 1 / 4 + third])


@pytest.mark.filterwarnings("ignore")
def test_open_cohorts_as_lifelines_finds_them() -> None:
    chance = np.random.default_rng(3)
    n = 60
    signed = -chance.permutation(400)[:n] * DAY
    ages = chance.permutation(4000)[: 2 * n] * (DAY // 4) + DAY
    started, left = signed + ages[:n], signed + ages[n:]
    at, since = 200 * DAY, -100 * DAY
    share, count = open_cohort_share(*(x[None] for x in (signed, started, left)), since, at, [91, 183])
    end = np.minimum(np.minimum(started, left), at)
    entry, leave = np.maximum(since - signed, 0), end - signed
    seen = entry < leave
    event = np.where(started == end, 1, np.where(left == end, 2, 0))
    fitter = AalenJohansenFitter(calculate_variance=False)
    fitter.fit(leave[seen] / DAY, event[seen], event_of_interest=1, entry=entry[seen] / DAY)
    found = fitter.cumulative_density_
    want = [float(found[found.index <= day].iloc[-1, 0]) for day in (91, 183)]
    assert count.tolist() == [seen.sum()]
    np.testing.assert_allclose(share[0], want, atol=1e-9)


def test_withdrawal_does_not_censor() -> None:
    """Two of four leave, one starts: a quarter, not the third that censoring would give."""
    none = [NEVER] * 4
    left = [DAY, 2 * DAY, NEVER, NEVER]
    share, _ = open_cohort_share(
        np.zeros((1, 4), dtype=int), np.array([[*none[:3], 30 * DAY]]), np.array([left]), 0, 365 * DAY, [91]
    )
    assert share[0, 0] == 0.25


def test_unknown_dates_and_nobody_to_observe() -> None:
    share, count = open_cohort_share(
        np.array([[-NEVER, 0]]), np.array([[5, -NEVER]]), np.array([[NEVER, NEVER]]), 0, 10, [91]
    )
    assert count.tolist() == [0]
    assert np.isnan(share).all()


def test_prefixes_and_promises_as_plain_loops_say() -> None:
    chance = np.random.default_rng(11)
    for replications, projects in itertools.product((1, 7, 40), (1, 4, 9)):
        reached = chance.random((replications, projects)) < 0.7
        order = chance.permutation(projects)
        prefix = []
        for row in reached:
            n = 0
            while n < projects and row[order[n]]:
                n += 1
            prefix.append(n)
        assert first_missing(reached, order).tolist() == prefix
        counts = reached.sum(axis=1)
        for level in (0.5, 0.8, 0.9):
            best = max(n for n in range(projects + 1) if (counts >= n).mean() >= level - 1e-9)
            assert sure_count(np.bincount(counts, minlength=projects + 1), level) == best
