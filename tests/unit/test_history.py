"""The ledger by month: what is known at a cut-off, and nothing that is known only later."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from forecasts.history import NEVER, UNDATED, history_from, history_of
from forecasts.months import end_of, label, month_of
from sim.errors import InputError
from sim.ledger import UNKNOWN, from_rows
from sim.philox import hash_name

MILESTONES = ("signed", "started", "built")
JANUARY = month_of(date(2020, 1, 1))


def rows_at_random(seed: int, n: int = 200) -> list[dict[str, object]]:
    """Rows with everything that occurs: gaps, unknown dates, late reports, plans only, withdrawals."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for i in range(n):
        day = date(2020, 1, 1) + timedelta(days=int(rng.integers(0, 700)))
        row: dict[str, object] = {"id": f"p{i:03d}", "kind": "ab"[i % 2], "county": "xyz"[i % 3], "size": i}
        for name in MILESTONES:
            if rng.random() < 0.15:
                break
            row[name] = UNKNOWN if rng.random() < 0.15 else day
            if rng.random() < 0.8:
                row[f"reported_{name}"] = day + timedelta(days=int(rng.integers(0, 200)))
            row[f"planned_{name}"] = day - timedelta(days=20)
            day += timedelta(days=int(rng.integers(0, 250)))
        if rng.random() < 0.2:
            row["withdrawn"] = day
        row.setdefault("planned_signed", day)
        rows.append(row)
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_going_back_is_reading_the_ledger_as_known_then(seed: int) -> None:
    ledger = from_rows(rows_at_random(seed), MILESTONES)
    whole = history_of(ledger, JANUARY + 60)
    for cutoff in range(JANUARY - 1, JANUARY + 60, 5):
        then, back = history_of(ledger, cutoff, first=whole.first), whole.at(cutoff)
        assert back.ids == then.ids
        for name in ("keys", "reached", "left"):
            np.testing.assert_array_equal(getattr(back, name), getattr(then, name), err_msg=name)
        names = [back.group_names[g] for g in back.groups]
        assert names == [then.group_names[g] for g in then.groups]


def test_nothing_dated_or_reported_later_is_known() -> None:
    rows: list[dict[str, object]] = [
        {"id": "late report", "signed": date(2020, 1, 5), "reported_signed": date(2020, 4, 1)},
        {"id": "later", "signed": date(2020, 1, 31), "started": date(2020, 3, 1)},
        {"id": "expires", "signed": date(2020, 1, 1), "withdrawn": date(2020, 6, 1)},
        {"id": "vouched", "signed": date(2020, 2, 1), "built": date(2020, 5, 1)},
    ]
    known = history_of(from_rows(rows, MILESTONES), JANUARY + 1)
    assert known.ids == ("expires", "later", "vouched")
    assert known.left.tolist() == [NEVER] * 3
    assert known.reached[:, 1].tolist() == [NEVER] * 3  # "vouched" is UNDATED only once it is built
    assert history_of(from_rows(rows, MILESTONES), JANUARY + 4).reached[3, 1] == UNDATED


def test_months_step_over_years_and_end_on_their_last_day() -> None:
    assert [label(month_of(date(2019, 11, 1)) + k) for k in range(3)] == ["2019-11", "2019-12", "2020-01"]
    for month in range(JANUARY, JANUARY + 50):
        assert month_of(end_of(month)) == month
        assert month_of(end_of(month) + timedelta(days=1)) == month + 1


def test_counts_take_months_inside_only() -> None:
    history = history_from(30, ("a",), [[9], [10], [10], [12], [UNDATED], [NEVER]])
    assert history.counts("a", 10, 12).tolist() == [2, 0, 1]
    assert history.counts("a", 11, 11).tolist() == [0]


def test_groups_strata_and_keys_belong_to_the_names() -> None:
    history = history_from(
        9, ("a",), [[1], [2], [3]], ids=("u", "v", "w"), strata=("s", "r", "s"), units=("2", "1", "1")
    )
    assert history.stratum_names == ("r", "s")
    assert history.strata.tolist() == [1, 0, 1]
    assert [history.group_names[g] for g in history.groups] == [("2", "s"), ("1", "r"), ("1", "s")]
    assert history.keys.tolist() == [hash_name("u"), hash_name("v"), hash_name("w")]


def test_what_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as error:
        history_from(5, ("a", "b"), [[1, 9], [2, NEVER]], ids=("x", "x"), strata=("k",))
    said = str(error.value)
    assert "an id twice" in said
    assert "1 months after 5" in said
    assert "strata: got 1" in said
    with pytest.raises(ValueError, match="later is not known"):
        history_from(5, ("a",), [[1]]).at(6)
