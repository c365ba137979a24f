"""The common factor: what makes projects of one city and one county fast or slow together.

Work that joins in a month takes exp(-x) times its drawn length. x is the sum of a city part and a
county part, each a first-order autoregression by phase and month.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Factors:
    """The common factor from the first signing that is known to the horizon.

    Parameters
    ----------
    x : (U, K, months) float64
        By unit, phase and month; work takes exp(-x) times its drawn length.
    thousandths : (U, K, months) int64
        The same as the engines use it.
    now : int
        Column of the epoch's month.
    starts : (months,) int64
        Minute at which each month begins.
    sd : float
        Standard deviation of x, 0 where there is no common factor.
    """

    x: Floats
    thousandths: Ints
    now: int
    starts: Ints
    sd: float

    @property
    def ahead(self) -> Ints:
        """Thousandths from the epoch's month on, what the engines need."""
        return self.thousandths[:, :, self.now :]

    def column(self, minutes: Ints) -> Ints:
        """Return the column of the month each minute lies in, the first or last one beyond the table."""
        return np.maximum(np.searchsorted(self.starts, minutes, side="right") - 1, 0)


def draw_factor(model: Model, layout: Layout, luck: Luck) -> Factors:
    """Draw the common factor of one replication."""
    first = min(int(layout.milestones[:, 0].min(initial=0)), 0)
    begin = np.datetime64(model.epoch, "D")
    back = int(layout.month[0] - _month_number(begin + first // 1440)) if layout.month.size else 0
    months = np.arange(layout.month[0] - back, layout.month[-1] + 1) if layout.month.size else layout.month
    dates = (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    starts = (dates - begin).astype(np.int64) * 1440
    sd_city, sd_county = (float(luck.values[s]) for s in model.factor_scalars[:2])
    x = _exponents(model, layout, luck, months)
    sd = float(np.hypot(sd_city, sd_county)) if months.size and model.factor_phase.any() else 0.0
    thousandths = np.maximum(np.floor(1000 * np.exp(-x) + 0.5), 1).astype(np.int64)
    return Factors(x, thousandths, back, starts, sd)


def _month_number(day: np.datetime64) -> int:
    return int(day.astype("datetime64[M]").astype(np.int64)) + 1970 * 12


def _exponents(model: Model, layout: Layout, luck: Luck, months: Ints) -> Floats:
    """Return x by unit, phase and month; zero in phases without the factor."""
    sd_city, sd_county, rho = (float(luck.values[s]) for s in model.factor_scalars)
    phases = np.flatnonzero(model.factor_phase)
    x = np.zeros((len(model.units), len(model.milestones), len(months)))
    if not phases.size or not months.size or (sd_city == 0 and sd_county == 0):
        return x
    if sd_city > 0:
        city = np.array([hash_name("city")], dtype=np.uint64)
        x[:, phases] += sd_city * _series(luck, city, layout.milestone[phases], months, rho)
    if sd_county > 0:
        x[:, phases] += sd_county * _series(luck, layout.unit, layout.milestone[phases], months, rho)
    return x


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
