"""The ledger forecast against a naive one, draw by draw; coherence, keys, uncertainty."""

from __future__ import annotations

import math
import os
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from forecasts.filings import filings_of
from forecasts.hazards.spells import BINS
from forecasts.history import NEVER, UNDATED, History, history_from, history_of
from forecasts.ledgerforecast import LedgerForecast, OnRecord, forecast_ledger
from forecasts.months import label, month_of
from forecasts.scores import crps
from forecasts.series import paths as series_paths
from sim.errors import InputError
from sim.ledger import read_ledger
from sim.philox import FILED, STAGE, blocks, hash_name
from sim.scenario import load_scenario

MILESTONES = ("filed", "approved", "started", "built")
CUTOFF = 24_100


def ledger(n: int = 400, *, seed: int = 1, months: int = 90) -> History:
    """A ledger with skips, withdrawals, same-month milestones, two kinds and three places."""
    rng = np.random.default_rng(seed)
    first = CUTOFF - months + 1
    at = rng.integers(first, CUTOFF + 1, n)
    reached = np.full((n, 4), NEVER)
    left = np.full(n, NEVER)
    reached[:, 0] = at
    for k in (1, 2, 3):
        at = at + rng.geometric(0.12, n) - 1
        reached[:, k] = at
        skipped = (rng.random(n) < 0.2) & (k < 3)
        reached[skipped, k] = UNDATED
        quits = (rng.random(n) < 0.15) & (left == NEVER)
        left[quits] = at[quits]
        reached[quits, k:] = NEVER
        reached[left != NEVER, k:] = NEVER
    late = (reached > CUTOFF) & (reached != NEVER)
    reached[late] = NEVER
    for k in (2, 1):
        reached[(reached[:, k] == UNDATED) & (reached[:, k + 1 :] == NEVER).all(axis=1), k] = NEVER
    left[left > CUTOFF] = NEVER
    kinds, places = np.array(["x", "y"])[np.arange(n) % 2], np.array(["u", "v", "w"])[np.arange(n) % 3]
    return history_from(
        CUTOFF, MILESTONES, reached, left=left, strata=kinds.tolist(), units=places.tolist(), first=first
    )


def delayed() -> OnRecord:
    share = np.minimum(0.3 + 0.1 * np.arange(9), 1.0)
    return OnRecord(np.tile(share, (4, 1)), share, hidden_months=6)


def unit(word: np.uint64) -> float:
    return (float(int(word) >> 11) + 0.5) * 2.0**-53


def stage_end(
    f: LedgerForecast,
    path: int,
    words: tuple[float, float],
    k: int,
    s: int,
    h: int,
    entry: int,
    *,
    thin: bool,
) -> tuple[int, int]:
    """Step through the months one by one: (exit, month), exit -1 if the stage goes on."""
    table = f.tables[path % len(f.tables)]
    spent = -math.log(1.0 - words[0])
    for month in range(h, f.thin.shape[1]):
        b = max(i for i, edge in enumerate(BINS) if edge <= month - entry)
        rate = [
            table.base[k, c, b] * table.stratum[k, c, s] * f.factor[path, k, c, month]
            * (f.thin[c, month] if thin else 1.0)
            for c in range(4)
        ]  # fmt: skip
        if spent < sum(rate):
            place = words[1] * sum(rate)
            for c in range(4):
                place -= rate[c]
                if place < 0:
                    return c, month
        spent -= sum(rate)
    return -1, 0


def naive(f: LedgerForecast) -> Counter[tuple[int, int, int, int]]:
    """Count (path, part, milestone, month), every project on its own."""
    counts: Counter[tuple[int, int, int, int]] = Counter()
    history, hidden = f.history, f.hidden_months
    zero = CUTOFF + 1 - hidden
    reached = np.where(history.reached == UNDATED, NEVER, history.reached).astype(int)
    for path in range(len(f.counts)):

        def words(subject: int, visit: int, purpose: int, path: int = path) -> list[np.uint64]:
            return list(blocks((f.seed, path), (subject, visit, 0, purpose))[0])

        for p in f.opened.rows:
            k = max(j for j in range(4) if reached[p, j] != NEVER)
            entry, h, thin = reached[p, k] - zero, max(reached[p, k] - zero, 0), True
            while k < 3:
                w = words(int(history.keys[p]), k, STAGE)
                c, h = stage_end(f, path, (unit(w[0]), unit(w[1])), k, history.strata[p], h, entry, thin=thin)
                if c <= 0:
                    break
                counts[path, 0, c, h] += 1
                k, entry, thin = c, h, False
        for month in range(f.thin.shape[1]):
            name = hash_name(f"filed {label(zero + month)}")
            for i in range(f.filings.counts[path, month]):
                w = words(name, i, FILED)
                j = int(np.searchsorted(f.filings.shares[month], unit(w[0]), side="right"))
                k, h, part, key = 0, month, 1 if month < hidden else 2, int(w[1])
                two = (unit(w[2]), unit(w[3]))
                counts[path, part, 0, h] += 1
                while k < 3:
                    if k:
                        v = words(key, k, STAGE)
                        two = (unit(v[2]), unit(v[3]))
                    c, h = stage_end(f, path, two, k, f.filings.origins[j, 0], h, h, thin=False)
                    if c <= 0:
                        break
                    counts[path, part, c, h] += 1
                    k = c
    return counts


@pytest.mark.parametrize("on_record", [None, delayed()], ids=["all on record", "delayed"])
def test_the_kernel_counts_what_a_naive_loop_counts(on_record: OnRecord | None) -> None:
    f = forecast_ledger(ledger(150), 7, paths=6, seed=5, on_record=on_record)
    counts = naive(f)
    found = Counter({tuple(map(int, at)): int(f.counts[tuple(at)]) for at in np.argwhere(f.counts)})
    assert found == counts
    assert len({part for _, part, _, _ in counts}) == (2 if on_record is None else 3)


def test_groups_parts_and_projects_add_up() -> None:
    f = forecast_ledger(ledger(), 9, paths=60, seed=2, on_record=delayed())
    for milestone in MILESTONES:
        paths = f.paths(milestone)
        np.testing.assert_array_equal(f.by_group(milestone).sum(axis=1), paths)
        np.testing.assert_array_equal(f.parts(milestone).sum(axis=1), paths)
        assert paths.shape == (60, 9)
    reached = f.projects("built")
    assert np.all(np.diff(reached, axis=1) >= 0)
    was = f.history.reached[:, 3] <= CUTOFF
    assert np.all(reached[was] == 1)
    # "built" cannot be skipped: new ones and those hidden before the cut-off are all that was counted.
    in_flight = f.counts[:, 0, 3].sum() / 60
    assert reached[~was, -1].sum() == pytest.approx(in_flight)
    assert f.unrecorded("approved").shape == (60, 6)
    assert f.unrecorded("approved").sum() > 0


def test_draws_belong_to_names() -> None:
    history = ledger()
    f = forecast_ledger(history, 6, paths=30, seed=2)
    np.testing.assert_array_equal(f.counts, forecast_ledger(history, 6, paths=30, seed=2).counts)
    assert not np.array_equal(f.counts, forecast_ledger(history, 6, paths=30, seed=3).counts)
    order = np.random.default_rng(1).permutation(len(history))
    np.testing.assert_array_equal(f.counts, forecast_ledger(history.take(order), 6, paths=30, seed=2).counts)


def test_projects_of_a_stage_are_not_independent() -> None:
    """Hazards that swing together: the spread of the total is far beyond that of independent projects."""
    rng = np.random.default_rng(4)
    months = np.arange(CUTOFF - 95, CUTOFF + 1)
    level = np.cumsum(rng.normal(0, 0.15, 96))
    begin = np.repeat(months, 60)
    reached = np.full((len(begin), 2), NEVER)
    reached[:, 0] = begin
    for i, month in enumerate(months):
        open_now = (begin <= month) & (reached[:, 1] == NEVER)
        reached[open_now & (rng.random(len(begin)) < 0.05 * math.exp(level[i])), 1] = month
    f = forecast_ledger(history_from(CUTOFF, ("a", "b"), reached), 12, paths=500, seed=1)
    total = f.paths("b").sum(axis=1)
    assert total.std() > 4 * math.sqrt(total.mean())


def test_a_steady_ledger_goes_on_as_it_was() -> None:
    history = ledger(6000)
    f = forecast_ledger(history, 12, paths=300, seed=1)
    for milestone in ("filed", "approved", "started"):
        last = history.counts(milestone, CUTOFF - 23, CUTOFF).sum() / 2
        assert np.median(f.paths(milestone).sum(axis=1)) == pytest.approx(last, rel=0.1)


def test_delay_reckoned_with_gives_back_what_is_not_on_record() -> None:
    history, record = ledger(6000), delayed()
    rng = np.random.default_rng(1)
    age = CUTOFF - history.reached
    late = (rng.random(age.shape) > record.reached[0][np.clip(age, 0, 8)]) & history.dated()
    gone = rng.random(len(history)) > record.left[np.clip(CUTOFF - history.left, 0, 8)]
    reached = np.where(np.maximum.accumulate(late, axis=1), NEVER, history.reached)
    left = np.where(gone & (history.left != NEVER), NEVER, history.left)
    left = np.where((reached == history.reached).all(axis=1), left, NEVER)
    seen = history_from(
        CUTOFF, MILESTONES, reached, left=left, first=history.first,
        strata=[history.stratum_names[s] for s in history.strata],
    ).take(reached[:, 0] != NEVER)  # fmt: skip
    truth = forecast_ledger(history, 12, paths=300, seed=1)
    naive_use = forecast_ledger(seen, 12, paths=300, seed=1)
    corrected = forecast_ledger(seen, 12, paths=300, seed=1, on_record=record)
    for milestone in ("filed", "approved", "started"):
        right, wrong, better = (
            np.median(f.paths(milestone).sum(axis=1)) for f in (truth, naive_use, corrected)
        )
        assert abs(better - right) < 0.06 * right
        assert abs(better - right) < 0.5 * abs(wrong - right)


EDGES = {
    "empty": history_from(100, ("a", "b"), np.zeros((0, 2))),
    "one milestone": history_from(100, ("a",), [[90], [95], [100]]),
    "one project": history_from(100, ("a", "b"), [[100, NEVER]]),
    "all done": history_from(100, ("a", "b"), [[90, 91], [92, 92]]),
    "declared only": history_from(100, ("a", "b"), [[NEVER, NEVER]], planned=[[105, NEVER]]),
    "nothing dated": history_from(100, ("a", "b"), [[UNDATED, NEVER], [UNDATED, UNDATED]]),
}


@pytest.mark.parametrize("name", EDGES)
def test_ledgers_with_next_to_nothing_in_them_are_no_error(name: str) -> None:
    history = EDGES[name]
    share = np.linspace(0.1, 1.0, 10)
    record = OnRecord(np.tile(share, (len(history.milestones), 1)), share, hidden_months=4)
    for on_record in (None, record):
        f = forecast_ledger(history, 2, paths=10, on_record=on_record)
        for milestone in history.milestones:
            assert f.paths(milestone).shape == (10, 2)
            assert f.by_group(milestone).sum() == f.paths(milestone).sum()
            assert f.projects(milestone).shape == (len(history), 2)


def test_a_ledger_that_begins_after_its_cutoff_is_refused() -> None:
    with pytest.raises(InputError, match="nothing was observed before"):
        forecast_ledger(history_from(100, ("a", "b"), [[50, 60]], first=101))


def test_exits_that_are_sure_stay_sure() -> None:
    """Everybody starts in the third month: the three open months start one after the other."""
    rows = [[m, m + 3 if m < 997 else NEVER] for m in range(900, 1000) for _ in range(40)]
    f = forecast_ledger(history_from(999, ("a", "b"), rows), 3, paths=200, plan=[0, 0, 0])
    assert f.paths("b").mean(axis=0) == pytest.approx([40, 40, 40], rel=0.05)


def test_a_known_plan_of_filings_is_what_arrives() -> None:
    f = forecast_ledger(ledger(), 3, paths=20, plan=[5, 0, 2])
    assert f.paths("filed").tolist() == [[5, 0, 2]] * 20


def test_nobody_reaches_anything_before_it_is_filed_or_twice() -> None:
    f = forecast_ledger(ledger(), 12, paths=40, on_record=delayed())
    assert np.all(f.hits.sum(axis=2) <= 40)
    reached = f.hits[:, 1:].sum(axis=2)
    # Later milestones imply earlier ones, skipped or not, of those not on record before.
    was = f.history.reached[f.opened.rows][:, 1:] <= CUTOFF
    assert np.all((reached[:, 1] >= reached[:, 2]) | was[:, 1])


DATA = Path(os.environ.get("KAIGONG_DATA", "../shared/data")) / "uk_repd_vintages.csv.gz"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_file(), reason="set KAIGONG_DATA to the folder of real data")
def test_real_projects_are_forecast_better_than_their_totals_alone() -> None:
    """UK, final dates, origins to 2014-12: below a local level on the counts, origin by origin paired."""
    scenario = load_scenario("uk-renewables")
    names = [m.name for m in scenario.milestones]
    register = read_ledger(
        scenario.ledger_path(), names, form=scenario.ledger_format, as_of=date(2021, 6, 30)
    )
    whole = history_of(register, month_of(date(2021, 6, 1)), unit="country")
    ratios = {}
    for milestone in ("consent", "construction", "operational"):
        ours, theirs = [], []
        for origin in range(month_of(date(2009, 12, 1)), month_of(date(2014, 12, 1)) + 1, 6):
            truth = whole.counts(milestone, origin + 1, origin + 12).sum()
            f = forecast_ledger(whole.at(origin), 12, paths=300)
            ours.append(crps(f.paths(milestone).sum(axis=1), truth))
            counts = whole.counts(milestone, 12 * 2001, origin)
            drawn = series_paths(counts, 12 * 2001, 12, 300, model="uc", key=(1, milestone))
            theirs.append(crps(drawn.sum(axis=1), truth))
        ratios[milestone] = float(np.mean(ours) / np.mean(theirs))
    assert ratios["consent"] < 0.9
    assert ratios["construction"] < 0.95
    assert ratios["operational"] < 0.5


def test_kinds_of_arrivals_are_those_of_projects_that_were_filed() -> None:
    """No filing is recent: the kinds of older ones are carried on, not those of projects only declared."""
    reached = [[900], [901], [NEVER]]
    planned = [[NEVER], [NEVER], [1005]]
    history = history_from(999, ("filed",), reached, planned=planned, strata=["a", "a", "b"])
    found = filings_of(history, 3, 10, 1)
    assert [history.stratum_names[stratum] for stratum, _ in found.origins] == ["a"]
