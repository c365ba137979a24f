"""Life tables against lifelines, against known truth, and back through the simulator's law."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from lifelines import KaplanMeierFitter, PiecewiseExponentialFitter

from forecasts.lifetable import Spells, by_stratum, common_factor, expected, life_table, spells, write_tables
from sim.laws import LawBuilder
from sim.ledger import from_rows
from sim.quantities import MONTH_DAYS


def stays(seed: int, n: int = 4000, *, entry: float = 400.0) -> Spells:
    """Lognormal stays (median 12 months, sigma 0.8), delayed entry, withdrawal as a competing exit."""
    rng = np.random.default_rng(seed)
    length = rng.lognormal(np.log(365.0), 0.8, n)
    patience = rng.exponential(1500.0, n)
    began = rng.uniform(0.0, entry, n)
    closes = began + 730.0
    leave = np.minimum(np.minimum(length, patience), closes)
    kept = leave > began
    return Spells(
        began[kept],
        leave[kept],
        ((length <= patience) & (length <= closes))[kept],
        ((patience < length) & (patience <= closes))[kept],
        tuple("ab"[i % 2] for i in range(int(kept.sum()))),
    )


def test_hazards_are_those_of_a_piecewise_exponential_with_entry() -> None:
    data, bins = stays(1, 1500), (0.0, 6.0, 12.0, 24.0)
    mine = life_table(data, "advance", bins=bins)
    oracle = PiecewiseExponentialFitter([b * MONTH_DAYS for b in bins[1:]])
    oracle.fit(data.leave, data.advanced, entry=data.entry)
    assert 1.0 / oracle.params_.to_numpy() == pytest.approx(mine.hazard, rel=1e-3)


def test_survival_is_near_kaplan_meier_with_entry() -> None:
    data = stays(2)
    mine = life_table(data, "advance")
    oracle = KaplanMeierFitter().fit(data.leave, data.advanced, entry=data.entry)
    ages = np.array([60.0, 180.0, 365.0, 540.0, 730.0])
    assert mine.survival(ages) == pytest.approx(oracle.predict(ages).to_numpy(), abs=0.02)


def test_delayed_entry_leaves_the_median_unbiased() -> None:
    data = stays(3, 20_000)
    ages = np.arange(1.0, 1500.0)
    at = life_table(data, "advance").survival(ages)
    assert ages[np.argmax(at <= 0.5)] == pytest.approx(365.0, rel=0.02)
    ignored = Spells(np.zeros_like(data.entry), data.leave, data.advanced, data.withdrew, data.stratum)
    biased = life_table(ignored, "advance").survival(ages)
    assert ages[np.argmax(biased <= 0.5)] > 1.1 * 365.0


def test_competing_exits_have_tables_of_their_own() -> None:
    hazard = life_table(stays(4, 20_000), "withdraw").hazard
    assert np.average(hazard[:12]) == pytest.approx(1 / 1500.0, rel=0.1)


def test_strata_shrink_to_the_common_table() -> None:
    data = stays(5, 1000)
    labels = tuple("rare" if i < 3 else "often" for i in range(len(data.entry)))
    split = Spells(data.entry, data.leave, data.advanced, data.withdrew, labels)
    common = life_table(split, "advance")
    tables = by_stratum(split, "advance")
    keep = np.array([0, 1, 2])
    seen, due = float(split.advanced[keep].sum()), expected(common, split, keep)
    assert tables["rare"].hazard == pytest.approx(common.hazard * (seen + 5) / (due + 5))
    assert tables["often"].hazard == pytest.approx(common.hazard, rel=0.02)


def test_stays_are_cut_to_the_window_and_exits_are_told_apart() -> None:
    d = date(2020, 1, 1)
    rows = [
        {"id": "advances", "in": d, "out": date(2020, 3, 1)},
        {"id": "before the window", "in": date(2018, 1, 1), "out": date(2019, 6, 1)},
        {"id": "enters late", "in": date(2019, 1, 1), "out": date(2020, 2, 1)},
        {"id": "leaves", "in": d, "withdrawn": date(2020, 4, 1)},
        {"id": "open", "in": d},
        {"id": "same day", "in": d, "out": d},
        {"id": "unknown end", "in": d, "end": date(2020, 5, 1)},
        {"id": "withdrawn later", "in": d, "out": date(2020, 2, 1), "withdrawn": date(2020, 6, 1)},
    ]
    ledger = from_rows(rows, ("in", "out", "end"))
    found = spells(ledger, "in", "out", opens=d, closes=date(2020, 12, 31))
    assert found.left_out == 1
    assert (int(found.advanced.sum()), int(found.withdrew.sum()), len(found.entry)) == (4, 1, 6)
    late = list(found.entry).index(365.0)
    assert found.leave[late] == 396.5
    assert found.leave.max() == 396.5 or found.leave.max() == 366.0


def test_events_of_the_first_day_are_at_risk() -> None:
    d = date(2020, 1, 1)
    ledger = from_rows([{"id": "a", "in": d, "out": d}], ("in", "out"))
    table = life_table(spells(ledger, "in", "out", opens=d, closes=d + timedelta(30)), "advance")
    assert table.exposure[0] == 0.5
    assert np.isfinite(table.hazard).all()


def test_the_written_table_is_the_law_the_simulator_draws_from(tmp_path: Path) -> None:
    table = life_table(stays(6), "advance")
    path = write_tables({"x": table}, tmp_path / "t.csv", note="made up")
    rows = [line.split(",") for line in path.read_text().splitlines()[2:]]
    builder = LawBuilder()
    law = builder.add_lifetable([float(r[1]) * 1440 for r in rows], [float(r[2]) for r in rows])
    laws = builder.build()
    drawn = laws.ppf(np.full(3, law), np.array([0.25, 0.5, 0.9])) / 1440
    assert table.survival(drawn) == pytest.approx([0.75, 0.5, 0.1], abs=2e-4)


def test_common_factor_is_recovered() -> None:
    rng = np.random.default_rng(7)
    x = np.zeros(3000)
    for t in range(1, len(x)):
        x[t] = 0.8 * x[t - 1] + rng.normal(0, 0.3 * np.sqrt(1 - 0.64))
    found = common_factor([(int(n), 20.0) for n in rng.poisson(20 * np.exp(x))])
    assert found.sd == pytest.approx(0.3, abs=0.05)
    assert found.rho == pytest.approx(0.8, abs=0.1)
    calm = common_factor([(int(n), 20.0) for n in rng.poisson(20, 3000)])
    assert calm.sd < 0.1
