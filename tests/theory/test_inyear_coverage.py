"""Theory: in-year intervals hold as often as they say, also where the members' own widths are wrong."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.inyear import year_total

SHAPE = np.array([8.0, 6, 7, 8, 11, 8, 8, 9, 8, 8, 19])


@pytest.mark.slow
@pytest.mark.parametrize("surprise", [0.0, 0.25])
def test_eighty_per_cent_intervals_cover_eighty_per_cent(surprise: float) -> None:
    worlds, inside = 100, 0
    for world in range(worlds):
        luck = np.random.default_rng(world)
        level = np.cumsum(luck.normal(0.01, 0.05, 15 * 11)).reshape(15, 11)
        months = SHAPE * np.exp(level + luck.normal(0, 0.05, (15, 11)))
        months[:, -1] *= np.exp(luck.normal(0, surprise, 15))  # Decembers no member foresees
        years = np.cumsum(months, axis=1)
        low, high = year_total(years[:-1], years[-1, :4], n=200, key=(world,)).interval()
        inside += low <= years[-1, -1] <= high
    # Binomial(100, 0.8): standard error 0.04.
    assert 0.68 <= inside / worlds <= 0.92
