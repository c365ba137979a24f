"""Delay from extracts: recovered from four of them, what is taken back is counted, hindsight is not used."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from forecasts.delay import LEFT, LONGEST
from forecasts.vintages import delay_of_extracts, known_by_age, reporting_delay, sightings
from sim.ledger import Ledger, from_rows

DAYS = (date(2018, 12, 31), date(2019, 6, 30), date(2019, 12, 31), date(2020, 12, 31))


def extracts(seed: int, mean: float, *, each: int = 40, gone: float = 0.0) -> list[tuple[date, Ledger]]:
    """Extracts of a register whose reports are geometrically late; a share is taken back later."""
    rng = np.random.default_rng(seed)
    events = []
    for year in range(2015, 2021):
        for month in range(1, 13):
            for i in range(each):
                day = date(year, month, 1)
                report = day + timedelta(days=30.44 * float(rng.geometric(1 / (1 + mean)) - 1) + 10)
                back = report + timedelta(days=200) if rng.random() < gone else date(2100, 1, 1)
                events.append((f"{year}-{month:02}-{i:03}", day, report, back))
    made = []
    for day in DAYS:
        rows = [
            {"id": name, "signed": date(2014, 1, 1), "started": event if report <= day < back else None}
            for name, event, report, back in events
        ]
        made.append((day, from_rows(rows, ("signed", "started"))))
    return made


def test_the_share_on_record_is_recovered() -> None:
    delay = delay_of_extracts(extracts(1, 4.0), "started")
    assert delay is not None
    truth = [1 - 0.8 ** (d + 1) for d in (0, 1, 3, 6, 12)]
    assert [delay.share_known(d) for d in (0, 1, 3, 6, 12)] == pytest.approx(truth, abs=0.08)
    assert delay.mean_months == pytest.approx(4.0, abs=0.6)
    assert delay.retracted == 0.0


def test_more_extracts_are_all_used() -> None:
    all_four = extracts(1, 4.0)
    two, four = delay_of_extracts(all_four[-2:], "started"), delay_of_extracts(all_four, "started")
    assert two is not None
    assert four is not None
    assert two.known != four.known


def test_what_is_taken_back_is_counted() -> None:
    made = extracts(2, 1.0, gone=0.3)
    delay = delay_of_extracts(made, "started")
    assert delay is not None
    seen = sightings(made, "started").retracted.sum(axis=1)
    assert delay.retracted == pytest.approx(seen[1] / seen[0])
    assert 0.05 < delay.retracted < 0.3
    assert delay.net()[12] > 1.0


def test_likelihood_is_no_worse_than_that_of_the_truth() -> None:
    seen = sightings(extracts(3, 3.0), "started")
    truth = 1 - 0.75 ** (np.arange(LONGEST + 1) + 1)

    def loglik(known: np.ndarray) -> float:
        before = np.where(seen.low > 0, known[np.maximum(seen.low - 1, 0)], 0.0)
        return float(np.log((known[seen.high] - before) / known[seen.reach]).sum())

    # smoothing costs a little likelihood, five delays' worth at most
    assert loglik(known_by_age(seen.low, seen.high, seen.reach)) > loglik(truth) - 5.0


def test_a_single_extract_tells_nothing_and_leaving_has_a_delay_too() -> None:
    made = extracts(1, 2.0, each=5)
    assert delay_of_extracts(made[:1], "started") is None
    assert LEFT not in reporting_delay(made[-1][1], DAYS[-1], extracts=made)
    rows = [{"id": str(i), "signed": date(2019, 1, 1), "withdrawn": date(2019, 11, 1)} for i in range(9)]
    early = from_rows([{**row, "withdrawn": None} for row in rows[:6]] + rows[6:], ("signed", "started"))
    pair = [(DAYS[2], early), (DAYS[3], from_rows(rows, ("signed", "started")))]
    found = reporting_delay(pair[1][1], DAYS[3], extracts=pair)[LEFT]
    assert found.share_known(1) == pytest.approx(3 / 9, abs=0.05)
