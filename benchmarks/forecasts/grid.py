"""Early warning in the grid queue: projects due within twelve months, against their planned date alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.forecasts import landmark
from benchmarks.forecasts.panels import GRID_COVARIATES, grid_panel
from benchmarks.rows import Row


def benchmark() -> Iterator[Row]:
    """Yield the gain in AUC and in Brier score, cut-offs of choices and later ones; low ends are judged."""
    due = landmark.due_rows(grid_panel(), "commercial", "commercial", GRID_COVARIATES)
    for words, chosen in (
        ("all cut-offs", due.cutoff > 0),
        ("to 2019-12", due.cutoff <= landmark.CHOSEN_TO),
        ("later", due.cutoff > landmark.CHOSEN_TO),
    ):
        part = landmark.Due(*(column[chosen] for column in due))
        found, spans = landmark.gains(part, "reached"), landmark.intervals(part, "reached")
        rows = f"{words}: {len(part.cutoff)} rows, {len(np.unique(part.project))} projects"
        for name, unit in (("auc", "AUC"), ("brier", "Brier")):
            gain, (low, high) = found[f"{name}_gain"], spans[f"{name}_gain"]
            yield Row(
                "grid", f"gain in {unit} over planned date (low end of 90 %)", low, "",
                at_least=0.0 if words == "all cut-offs" else None,
                source=f"{rows}; {gain:+.3f} [{low:+.3f}, {high:+.3f}]; ours {found[name]:.3f}",
            )  # fmt: skip
