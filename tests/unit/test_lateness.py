"""What a forecast says of late reports: by office, and whether it was corrected."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from forecasts.inputs import Inputs
from forecasts.lateness import delays_in, lateness
from forecasts.path import Path
from sim.ledger import from_rows

DAY = date(2020, 12, 31)


def inputs_of(*offices: tuple[str, int, int], reported: bool = True) -> Inputs:
    """A ledger of so many starts in 2019 by office, each reported so many months late."""
    rows: list[dict[str, Any]] = []
    for name, count, late in offices:
        for i in range(count):
            row = {"id": f"{name}{late}-{i}", "county": name, "signed": date(2018, 1, 1)}
            report = {"reported_started": date(2019, 1 + late, 20)} if reported else {}
            rows.append(row | {"started": date(2019, 1, 10)} | report)
    ledger = from_rows(rows, ("signed", "started"))
    return cast(Inputs, SimpleNamespace(ledger=ledger, as_of=DAY, scenario=SimpleNamespace(units="county")))


def said(inputs: Inputs) -> dict[str, Any]:
    reading = cast(Path, SimpleNamespace(period=SimpleNamespace(as_of=DAY)))
    return lateness(inputs, delays_in(inputs, ()), reading)


def test_offices_are_told_the_slowest_first() -> None:
    found = said(inputs_of(("East", 150, 1), ("West", 120, 6), ("North", 99, 9), ("", 300, 2)))
    offices = found["offices"]["started"]
    assert list(offices) == ["West", "East"]  # too few in the north, and nobody's projects are no office's
    assert offices["West"]["mean_months"] == pytest.approx(6.0)
    assert "not corrected" in found["statement"]["en"]
    assert "未作修正" in found["statement"]["zh"]


def test_one_office_alone_is_none() -> None:
    assert said(inputs_of(("East", 150, 1)))["offices"] == {}


def test_without_reports_it_says_so() -> None:
    found = said(inputs_of(("East", 150, 1), reported=False))
    assert (found["measured"], "offices" in found) == (False, False)
    assert "not measured" in found["statement"]["en"]
