"""What the hindcast reads off a ledger."""

from __future__ import annotations

import numpy as np

from forecasts.hindcast import _said
from sim.clocks import DAY


def test_a_first_milestone_at_an_unknown_date_gives_no_duration() -> None:
    never = np.iinfo(np.int64).max
    times = np.array([[[0, 10 * DAY], [never, 20 * DAY]]])
    assert _said(times, 100 * DAY).tolist() == [[1.0, 2.0, 10.0]]
