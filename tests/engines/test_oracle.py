"""Worlds full of ties notice every clause of the rules that is broken."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sim.engine import reference
from tests.engines.broken import CLAUSES
from tests.engines.played import tables
from tests.engines.worlds import make_world


@pytest.fixture(scope="module")
def worlds() -> list[Any]:
    made = [make_world(random.Random(seed)) for seed in range(300)]
    return [(world, tables(reference.run(*world))) for world in made]


@pytest.mark.parametrize("broken", CLAUSES)
def test_the_worlds_notice_a_broken_clause(monkeypatch: pytest.MonkeyPatch, worlds: Any, broken: Any) -> None:
    """Worlds come out differently when a clause is broken, or the oracle would prove nothing."""
    broken(monkeypatch)
    assert any(tables(reference.run(*world)) != before for world, before in worlds)
