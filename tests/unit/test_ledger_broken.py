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
