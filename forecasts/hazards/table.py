"""Period life tables of all stages and exits: hazard by age x stratum x month of the year, and its level.

What is estimated from a window of months is a rate a month, ``-log`` of the share that stays being the sum of
the rates of all exits; so rates may be multiplied (by stratum, season, level) and a share stays a share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts.hazards.spells import BINS, Seen
from forecasts.level import LEAST_COMPLETE, Levels, filter_levels, seasons

__all__ = ["WINDOWS", "Table", "fit_table"]

Floats = npt.NDArray[np.float64]

#: Windows of calendar time, in months; a third of the paths each.
WINDOWS: Final[tuple[int, ...]] = (36, 60, 96)

#: Prior weight, in events, of a stratum's multiplier.
STRATUM_PRIOR: Final = 5.0

#: Share of a month's projects that exit is taken to be between these.
LEAST: Final = 0.001
MOST: Final = 0.99


@dataclass(frozen=True)
class Table:
    """Hazards estimated from one window.

    Parameters
    ----------
    window : int
        Months.
    base : (K-1, K, B) float64
        Rate a month by stage, exit and age bin.
    stratum : (K-1, K, S) float64
        Multipliers.
    season : (K-1, K, 12) float64
        Factors by month of the year, January first.
    observed, expected : (K-1, K, M) float64
        Exits by month of all the months seen, and what the table expects of them.
    levels : Levels
        Of the (K-1) x K series of observed against expected, stage by stage.
    """

    window: int
    base: Floats
    stratum: Floats
    season: Floats
    observed: Floats
    expected: Floats
    levels: Levels

    def rates(self) -> Floats:
        """Give the rates by stage, exit, age bin and stratum, (K-1, K, B, S)."""
        return np.asarray(self.base[..., None] * self.stratum[:, :, None, :])


def fit_table(seen: Seen, window: int, complete: Floats, *, reach: int | None = None) -> Table:
    """Estimate the hazards of the last `window` months and the level of what was seen against them.

    Parameters
    ----------
    seen : Seen
        Up to the cut-off.
    window : int
        Months.
    complete : (K, M) float64
        Share of each exit's events on record by now, by month; 1 without delay.
    reach : int, optional
        Months the level is filtered over; left out, all that were seen.

    Returns
    -------
    Table
    """
    usable = complete >= LEAST_COMPLETE
    share = np.where(usable, complete, 0.0)
    inside = np.zeros(share.shape[1], dtype=bool)
    inside[-window:] = True
    at_risk = seen.exposure - _lost(seen, inside)[:, None, :, None] * seen.events.sum(axis=1)
    exposure = np.einsum("cm,kmbs->kcbs", share * inside, at_risk)
    counted = seen.events * usable[None, :, :, None, None]
    events = counted[:, :, inside].sum(axis=2)
    base = _by_age(events.sum(axis=3), exposure.sum(axis=3))
    expected = np.einsum("kcb,kcbs->kcs", base, exposure)
    stratum = (events.sum(axis=2) + STRATUM_PRIOR) / (expected + STRATUM_PRIOR)
    by_month = np.einsum("kmbs,kcb,kcs,cm->kcm", at_risk, base, stratum, share, optimize=True)
    observed = counted.sum(axis=(3, 4))
    months = (seen.first + np.arange(share.shape[1])) % 12
    season = seasons(observed[..., inside], by_month[..., inside], months[inside])
    by_month = by_month * season[:, :, months]
    start = 0 if reach is None else max(by_month.shape[2] - reach, 0)
    flat = (-1, by_month.shape[2] - start)
    levels = filter_levels(observed[:, :, start:].reshape(flat), by_month[:, :, start:].reshape(flat))
    return Table(window, base, stratum, season, observed, by_month, levels)


def _lost(seen: Seen, inside: npt.NDArray[np.bool_]) -> Floats:
    """Give the part of its month that an exit cuts off, by stage and age bin: half, more where most exit."""
    ended = seen.events[:, :, inside].sum(axis=(1, 2, 4))
    exposure = seen.exposure[:, inside].sum(axis=(1, 3))
    share = np.divide(ended, exposure, out=np.zeros_like(ended), where=exposure > 0)
    share = np.clip(share, LEAST, MOST)
    return np.asarray(1.0 / share + 1.0 / np.log1p(-share))


def _by_age(events: Floats, exposure: Floats) -> Floats:
    """Divide events by exposure; a bin nobody was seen in takes the rate of the one before."""
    rate = np.divide(events, exposure, out=np.zeros_like(events), where=exposure > 0)
    place = np.where(exposure > 0, np.arange(len(BINS)), -1)
    last = np.maximum.accumulate(place, axis=2)
    first = np.argmax(exposure > 0, axis=2)[..., None]
    return np.take_along_axis(rate, np.where(last < 0, first, last), axis=2)
