"""The common factor: what makes projects of one city and one county fast or slow together.

Work that joins in a month takes exp(-x) times its drawn length. x is the sum of a city part and a
county part, each a first-order autoregression by phase and month.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from sim import philox
from sim.model.arrays import Model
from sim.philox import hash_name
from sim.sampling.layout import Keys, Layout
from sim.sampling.luck import Luck

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Months of innovations behind each value. The window is fixed, not the start of the series, so a
#: month has the same value whatever epoch a run has.
MEMORY: int = 60


def draw_factor(model: Model, layout: Layout, luck: Luck) -> Ints:
    """Thousandths by unit, phase and month, shape (U, K, M)."""
    months = layout.month
    shape = (len(model.units), len(model.milestones), len(months))
    sd_city, sd_county, rho = (float(luck.values[s]) for s in model.factor_scalars)
    phases = np.flatnonzero(model.factor_phase)
    if not phases.size or not months.size or (sd_city == 0 and sd_county == 0):
        return np.full(shape, 1000, dtype=np.int64)
    x = np.zeros(shape)
    if sd_city > 0:
        city = np.array([hash_name("city")], dtype=np.uint64)
        x[:, phases] += sd_city * _series(luck, city, layout.milestone[phases], months, rho)
    if sd_county > 0:
        x[:, phases] += sd_county * _series(luck, layout.unit, layout.milestone[phases], months, rho)
    return np.maximum(np.floor(1000 * np.exp(-x) + 0.5), 1).astype(np.int64)


def _series(luck: Luck, subject: Keys, phase: Keys, months: Ints, rho: float) -> Floats:
    """Unit-variance autoregressions, shape (subjects, phases, months).

    A moving sum over the last `MEMORY` innovations, scaled to variance one: the autoregression up
    to rho**MEMORY, and exactly the same number for a month in every run.
    """
    span = np.arange(months[0] - MEMORY + 1, months[-1] + 1)
    s, k, m = np.meshgrid(subject, phase, span, indexing="ij")
    u = luck.uniforms(s.ravel(), k.ravel(), m.ravel(), philox.FACTOR)[:, 0]
    z = ndtri(u).reshape(s.shape)
    weight = rho ** np.arange(MEMORY)
    weight /= np.sqrt((weight**2).sum())
    last = months - span[0]
    total = np.zeros((len(subject), len(phase), len(months)))
    for lag in range(MEMORY):
        total += weight[lag] * z[:, :, last - lag]
    return total
