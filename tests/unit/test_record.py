"""Monthly ledgers in a folder: the record of planned dates joins the early-warning list."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np

from forecasts.inputs import read_inputs
from forecasts.months import end_of, label, month_of
from forecasts.record import panel_of, with_record

FIRST = month_of(date(2022, 1, 1))
HEADER = (
    "id",
    "name",
    "county",
    "kind",
    "investment(亿元)",
    "area(亩)",
    "signed",
    "started",
    "planned_started",
)


def write(folder: Path, months: int = 18, projects: int = 120) -> Path:
    """Keep a ledger a month: even projects start as planned, odd ones put the date off month by month."""
    random = np.random.default_rng(5)
    signed = FIRST + random.integers(-3, months, projects)
    planned = signed + random.integers(2, 9, projects)
    started = np.where(np.arange(projects) % 2 == 0, planned, planned + 6)
    file = folder
    for month in range(FIRST, FIRST + months):
        file = folder / f"ledger-{label(month)}.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(HEADER)
            for i in np.flatnonzero(signed <= month).tolist():
                plan = max(planned[i], month + 1) if started[i] > month else planned[i]
                begun = end_of(int(started[i])).isoformat() if started[i] <= month else ""
                kind = "industry" if i % 2 else "services"
                told = (end_of(int(signed[i])).isoformat(), begun, end_of(int(plan)).isoformat())
                rows.writerow([f"P{i:03d}", f"project {i}", "A", kind, 1.0, 10.0, *told])
    return file


def test_the_ledgers_of_earlier_months_tell_which_dates_are_kept(tmp_path: Path) -> None:
    inputs = read_inputs("hello", adopted=True, ledger=write(tmp_path), as_of=date(2023, 6, 30))
    panel = panel_of(inputs)
    assert panel is not None
    assert panel.restated
    assert len(panel.histories) == 18
    assert sum(name.startswith("ledger of ") for name in inputs.hashes) == 17
    last = panel.histories[-1]
    started = last.milestones.index("started")
    due = [i for i in range(len(last)) if last.planned[i, started] > last.cutoff]
    rows = [{"id": last.ids[i], "milestone": "started", "p_late": 0.5} for i in due]
    found, statement = with_record(inputs, rows)
    assert statement["ledgers"] == 18
    assert statement["events"]["started"] > 30
    assert [row["id"] for row in found] == [row["id"] for row in rows]
    judged = [row for row in found if row["p_late_record"] is not None]
    assert len(judged) > 10
    odd = [row["p_late_record"] for row in judged if int(row["id"][1:]) % 2]
    even = [row["p_late_record"] for row in judged if not int(row["id"][1:]) % 2]
    assert np.mean(odd) > np.mean(even) + 0.2
    assert all(row["cause_record"] for row in judged)


def test_what_is_known_later_is_not_read(tmp_path: Path) -> None:
    file = write(tmp_path)
    inputs = read_inputs("hello", adopted=True, ledger=file, as_of=date(2022, 12, 31))
    panel = panel_of(inputs)
    assert panel is not None
    assert panel.cutoff == month_of(date(2022, 12, 31))
    assert len(panel.histories) == 12


def test_a_thin_record_says_nothing(tmp_path: Path) -> None:
    inputs = read_inputs("hello", adopted=True)
    rows, statement = with_record(inputs, [{"id": "x", "milestone": "started", "p_late": 0.5}])
    assert rows[0]["p_late_record"] is None
    assert statement["events"] == {}
    assert with_record(inputs, []) == ([], {"ledgers": 0, "restated": False, "events": {}})
