"""Broken ledgers and plans: every problem at once, with row, column and remedy, word for word.

Each file of ``broken_ledgers`` has its messages beside it in ``<file>.txt``, one a line.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.ledger import read_ledger
from sim.plan import read_plan

FOLDER = Path(__file__).parent / "broken_ledgers"
MILESTONES = (
    "signed",
    "land_supplied",
    "permitted",
    "started",
    "built",
    "accepted",
    "in_production",
    "at_capacity",
)
FILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".txt")


def read(path: Path) -> object:
    if path.name.startswith("plan_"):
        return read_plan(path)
    return read_ledger(path, MILESTONES, today=date(2026, 1, 1))


@pytest.mark.parametrize("name", FILES)
def test_every_problem_is_listed_word_for_word(name: str) -> None:
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    with pytest.raises(InputError, match="expected") as raised:
        read(FOLDER / name)
    assert [str(problem) for problem in raised.value.problems] == expected


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 14


def test_an_area_in_a_unit_nobody_knows_is_said(tmp_path: Path) -> None:
    file = tmp_path / "ledger.csv"
    file.write_text("id,area (公亩),signed\nP1,30,2021-01-04\n", encoding="utf-8")
    (warning,) = read_ledger(file, MILESTONES, today=date(2026, 1, 1)).warnings
    assert "row 1 area: got the unit '公亩', expected one of 亩" in str(warning)
    assert "write `area (亩)`; kept as an extra column" in str(warning)
