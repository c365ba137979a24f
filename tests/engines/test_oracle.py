"""The reference engine against the plainest possible one, on every column."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine.conservation import check
from sim.engine.reference import run
from sim.trace import Trace
from tests.engines.naive import naive
from tests.engines.worlds import make_world

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def tables(trace: Trace) -> dict[str, Any]:
    """The trace in the form of the oracle."""
    visits = (trace.project, trace.activity, trace.visit, trace.ready, trace.joined, trace.served, trace.ended,
              trace.outcome)  # fmt: skip
    stops = (trace.stop_project, trace.stop_activity, trace.stop_number, trace.stop_rung, trace.stop_started,
             trace.stop_served, trace.stop_ended, trace.stop_solved)  # fmt: skip
    return {
        "visits": np.stack(visits, axis=1).tolist(), "stops": np.stack(stops, axis=1).tolist(),
        "withdrawn": trace.withdrawn.tolist(), "cause": trace.withdrawn_cause.tolist(),
        "milestones": trace.milestones.tolist(),
    }  # fmt: skip


def agree(chance: random.Random) -> None:
    model, draws = make_world(chance)
    trace = run(model, draws)
    found, expected = tables(trace), naive(model, draws)
    for name, table in expected.items():
        assert found[name] == table, name
    check(model, draws, trace)


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(st.randoms(use_true_random=False))
def test_reference_equals_oracle(chance: random.Random) -> None:
    agree(chance)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_reference_equals_oracle_often(block: int) -> None:
    for seed in range(block * 1000, block * 1000 + 1000):
        agree(random.Random(seed))
