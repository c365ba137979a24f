"""Reporting delay: recovered where it is known, unbiased by young events, stated."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from forecasts.delay import Delay, delay_of, delays_by_office, statement
from forecasts.vintages import delay_of_extracts, reporting_delay
from sim.ledger import Ledger, from_rows, known_on

MONTHS = [date(y, m, 1) for y in (2017, 2018, 2019) for m in range(1, 13)]


def made(seed: int, mean_months: float, each: int = 60) -> Ledger:
    """A ledger whose delays are geometric in whole months with the given mean."""
    rng = np.random.default_rng(seed)
    rows = []
    for k, month in enumerate(MONTHS):
        for i in range(each):
            delay = int(rng.geometric(1 / (1 + mean_months))) - 1
            later = month.month - 1 + delay
            report = date(month.year + later // 12, later % 12 + 1, 15)
            rows.append(
                {
                    "id": f"{k:02}-{i:03}",
                    "signed": date(2016, 1, 1),
                    "started": month,
                    "reported_started": report,
                }
            )
    return from_rows(rows, ("signed", "started"))


def test_reverse_time_recovers_the_delay_although_late_reports_are_cut_off() -> None:
    delay = delay_of(made(1, 3.0), "started", date(2019, 12, 31))
    assert delay is not None
    truth = [1 - 0.75 ** (d + 1) for d in (0, 1, 3, 6, 12)]
    assert [delay.share_known(d) for d in (0, 1, 3, 6, 12)] == pytest.approx(truth, abs=0.04)
    assert delay.mean_months == pytest.approx(3.0, abs=0.3)


def test_the_naive_share_would_be_wrong() -> None:
    ledger = made(1, 3.0)
    seen = [r for r in ledger.reported["started"] if r is not None and r <= date(2019, 12, 31)]
    delay = delay_of(ledger, "started", date(2019, 12, 31))
    assert delay is not None
    at_once = delay.counts[0] / len(seen)
    assert at_once > delay.share_known(0) + 0.01


def test_prompt_reports_have_no_delay() -> None:
    delay = delay_of(made(2, 0.0, each=5), "started", date(2019, 12, 31))
    assert delay is not None
    assert (delay.mean_months, delay.counts) == (0.0, (180,))


def test_offices_are_told_apart_the_slowest_first_and_small_ones_left_out() -> None:
    day = date(2019, 12, 31)
    late, prompt = made(3, 3.0, each=6), made(4, 0.5, each=6)
    rows = [
        {"id": f"{office}{i}", "signed": date(2016, 1, 1), "started": start, "reported_started": report}
        for office, ledger in (("prompt", prompt), ("late", late), ("tiny", made(5, 9.0, each=1)))
        for i, (start, report) in enumerate(
            zip(ledger.dates["started"], ledger.reported["started"], strict=True)
        )
    ]
    both = from_rows(rows, ("signed", "started"))
    found = delays_by_office(both, "started", day, [row.rstrip("0123456789") for row in both.ids])
    assert list(found) == ["late", "prompt"]
    alone = delay_of(late, "started", day)
    assert alone is not None
    assert found["late"].known == alone.known
    assert delays_by_office(both, "signed", day, ["one"] * len(both.ids)) == {}


def test_two_extracts_give_the_share_known_by_age() -> None:
    full = made(3, 3.0)
    early = known_on(full, date(2018, 12, 31))
    delay = delay_of_extracts([(date(2018, 12, 31), early), (date(2019, 12, 31), full)], "started")
    assert delay is not None
    # a month old means reported in the month itself or the next
    assert delay.share_known(1) == pytest.approx(1 - 0.75**2, abs=0.1)
    assert delay.share_known(6) == pytest.approx(1 - 0.75**7, abs=0.08)
    assert list(delay.known) == sorted(delay.known)


def test_a_ledger_without_report_dates_says_so() -> None:
    ledger = from_rows([{"id": "a", "signed": date(2021, 1, 1)}], ("signed", "started"))
    assert reporting_delay(ledger, date(2021, 6, 30)) == {}
    assert statement({}) == {"measured": False, "remedy": "add columns reported_<milestone> to the ledger"}


def test_extracts_up_to_the_as_of_date_only_are_compared() -> None:
    full = made(3, 3.0, each=5)
    dates = [date(2018, 12, 31), date(2019, 6, 30), date(2019, 12, 31)]
    extracts = [(d, known_on(full, d)) for d in dates]
    bare = from_rows([{"id": "a", "signed": date(2016, 1, 1)}], ("signed", "started"))
    seen = reporting_delay(bare, date(2019, 6, 30), extracts=extracts)["started"]
    again = delay_of_extracts(extracts[:2], "started")
    assert seen == again
    assert set(seen.statement()) == {"method", "events", "counts", "mean_months", "known_after_months"}
    assert timedelta(0) < dates[1] - dates[0]


def test_a_register_that_takes_all_back_gives_no_endless_numbers() -> None:
    assert np.isfinite(Delay("started", "extracts", 9, (9,), (0.5, *[1.0] * 36), retracted=1.0).net()).all()
