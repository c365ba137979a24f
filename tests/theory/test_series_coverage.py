"""Theory: where the world is the model, intervals of a 12-month total hold as often as they say."""

from __future__ import annotations

import numpy as np

from forecasts.series import paths


def test_eighty_per_cent_intervals_of_the_local_level_cover_eighty_per_cent() -> None:
    worlds, inside = 200, 0
    for world in range(worlds):
        luck = np.random.default_rng(world)
        level = np.log(100.0) + np.cumsum(luck.normal(0, 0.08, 132))
        season = 0.3 * np.sin(np.arange(132) * np.pi / 6)
        values = np.expm1(level + season + luck.normal(0, 0.15, 132))
        totals = paths(values[:120], 0, 12, 400, model="uc", key=(world,)).sum(axis=1)
        low, high = np.quantile(totals, [0.1, 0.9])
        inside += low <= values[120:].sum() <= high
    # Binomial(200, 0.8): standard error 0.028; unknown variances cost a point or two.
    assert 0.72 <= inside / worlds <= 0.88
