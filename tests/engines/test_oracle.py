"""The reference engine against the plainest possible one, on every column."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine import reference
from sim.engine.conservation import check
from tests.engines.naive import naive
from tests.engines.played import tables
from tests.engines.worlds import make_world

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def agree(chance: random.Random) -> None:
    model, draws = make_world(chance)
    trace = reference.run(model, draws)
    found, expected = tables(trace), naive(model, draws)
    for name, table in expected.items():
        assert found[name] == table, name
    check(model, draws, trace)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(st.randoms(use_true_random=False))
def test_reference_equals_oracle(chance: random.Random) -> None:
    """Hypothesis shrinks what it finds here."""
    agree(chance)


@pytest.mark.parametrize("block", range(4))
def test_reference_equals_oracle_in_blocks(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        agree(random.Random(seed))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_reference_equals_oracle_often(block: int) -> None:
    for seed in range(10_000 + block * 1000, 11_000 + block * 1000):
        agree(random.Random(seed))
