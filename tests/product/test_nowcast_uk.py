"""The nowcast on the real UK register, with delays of the measured shape at one origin."""

from __future__ import annotations

import pytest

from benchmarks.forecasts import reporting
from benchmarks.forecasts.data import data_folder, has_data
from forecasts.history import history_of
from forecasts.months import month_of
from forecasts.vintages import reporting_delay

pytestmark = pytest.mark.skipif(not has_data(), reason="no real data: KAIGONG_DATA names their folder")


def test_late_reports_are_made_up_for() -> None:
    extracts = reporting.extracts_of(data_folder())
    day, register = extracts[-1]
    delays = reporting_delay(register, day, extracts=extracts)
    assert delays["construction"].share_known(0) < 0.6 < delays["consent"].share_known(0)
    final = history_of(register, month_of(day))
    late = reporting.delayed(final, reporting.shapes(delays, slow=False), seed=7)
    said = {
        (one.measure, one.way): float(one.samples.mean())
        for one in reporting.said_at(reporting.CHOSEN_TO, final, late, 200, series=False)
    }
    for measure in reporting.MEASURES:
        oracle, naive, ours = (said[measure, way] for way in reporting.WAYS)
        assert abs(ours - oracle) < 0.5 * abs(naive - oracle), measure
