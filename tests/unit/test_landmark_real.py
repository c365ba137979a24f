"""Early warning on the real grid queue: better than its planned dates, on the same rows."""

from __future__ import annotations

import pytest

from benchmarks.forecasts.landmark import CHOSEN_TO, Due, due_rows, gains
from benchmarks.forecasts.panels import GRID_COVARIATES, data_folder, grid_panel


@pytest.mark.skipif(
    not (data_folder() / "ercot_gis_monthly_panel.csv.gz").exists(), reason="no real data: set KAIGONG_DATA"
)
def test_the_record_beats_the_planned_date_on_the_same_rows() -> None:
    due = due_rows(grid_panel(), "commercial", "commercial", GRID_COVARIATES)
    later = Due(*(column[due.cutoff > CHOSEN_TO] for column in due))
    assert len(later.cutoff) == 714
    for what in ("reached", "kept"):
        found = gains(later, what)
        assert found["auc_gain"] > 0.05, found
        assert found["brier"] < found["brier_plan"], found
        assert found["brier"] < found["brier_climatology"], found
