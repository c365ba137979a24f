"""The common factor: what makes projects of one city and one county fast or slow together.

Work that joins in a month takes exp(-x) times its drawn length. x is the sum of a city part and a
county part, each a first-order autoregression by phase and month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.model.arrays import Model
from sim.philox import hash_names
from sim.sampling import kernels
from sim.sampling.layout import Keys, Layout, Small
from sim.sampling.luck import Luck

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Months of innovations behind each value. The window is fixed, not the start of the series, so a
#: month has the same value whatever epoch a run has.
MEMORY: int = 60

_CITY: Keys = hash_names(["city"])


@dataclass(frozen=True)
class Factors:
    """The common factor from the first signing that is known to the horizon.

    Parameters
    ----------
    x : (U, K, months) float64
        By unit, phase and month; work takes exp(-x) times its drawn length.
    thousandths : (U, K, months) int32
        The same as the engines use it.
    now : int
        Column of the epoch's month.
    starts : (months,) int64
        Minute at which each month begins.
    sd : float
        Standard deviation of x, 0 where there is no common factor.
    """

    x: Floats
    thousandths: Small
    now: int
    starts: Ints
    sd: float

    @property
    def ahead(self) -> Small:
        """Thousandths from the epoch's month on, what the engines need."""
        return np.ascontiguousarray(self.thousandths[:, :, self.now :])

    def column(self, minutes: Ints) -> Ints:
        """Return the column of the month each minute lies in, the first or last one beyond the table."""
        return np.maximum(np.searchsorted(self.starts, minutes, side="right") - 1, 0)


@dataclass(frozen=True)
class FactorTable:
    """What the common factor of every replication of a model has in common.

    Parameters
    ----------
    months, starts, now
        Months as year * 12 + month; `starts` and `now` as in `Factors`.
    phases : (K,) uint64
        Hashes of the milestones that end phases.
    on : (K,) bool
        Phases that carry the factor.
    """

    months: Ints
    starts: Ints
    now: int
    phases: Keys
    on: npt.NDArray[np.bool_]


def factor_table(model: Model, layout: Layout) -> FactorTable:
    """Find the months from the first signing that is known to the horizon."""
    first = min(int(layout.milestones[:, 0].min(initial=0)), 0)
    begin = np.datetime64(model.epoch, "D")
    back = int(layout.month[0] - _month_number(begin + first // 1440)) if layout.month.size else 0
    months = np.arange(layout.month[0] - back, layout.month[-1] + 1) if layout.month.size else layout.month
    dates = (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    starts = (dates - begin).astype(np.int64) * 1440
    return FactorTable(months, starts, back, layout.milestone, np.array(model.factor_phase))


def draw_factor(model: Model, layout: Layout, luck: Luck, table: FactorTable) -> Factors:
    """Draw the common factor of one replication."""
    sd_city, sd_county, rho = (float(luck.values[s]) for s in model.factor_scalars)
    months, shape = len(table.months), (len(model.units), len(model.milestones), len(table.months))
    x, thousandths = np.empty(shape), np.empty(shape, dtype=np.int32)
    # A moving sum over the last `MEMORY` innovations, scaled to variance one: the autoregression up to
    # rho**MEMORY, and exactly the same number for a month in every run.
    weight = np.asarray(rho ** np.arange(MEMORY), dtype=np.float64)
    weight /= np.sqrt((weight**2).sum())
    if months:
        kernels.draw_factor(
            luck.key, _CITY, layout.unit, table.phases, table.on, int(table.months[0]) - MEMORY + 1,
            sd_city, sd_county, weight, np.empty(3 * months + MEMORY - 1),
            x.reshape(-1), thousandths.reshape(-1),
        )  # fmt: skip
    sd = float(np.hypot(sd_city, sd_county)) if months and model.factor_phase.any() else 0.0
    return Factors(x, thousandths, table.now, table.starts, sd)


def _month_number(day: np.datetime64) -> int:
    return int(day.astype("datetime64[M]").astype(np.int64)) + 1970 * 12
