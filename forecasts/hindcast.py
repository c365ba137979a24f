"""How well each replication's parameters tell the last two years of the ledger.

Replications draw the assumed parameters from their ranges. Sent in two years earlier with the filings that
really came, each gives counts and durations that can be held against what is on record: replications whose
parameters tell them badly weigh less. The seed makes the parameters of a replication the same in both runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts.outlook import minutes_after
from sim.clocks import DAY
from sim.experiment import Outcome
from sim.ledger import Ledger, When
from sim.model.arrays import Model

Floats = npt.NDArray[np.float64]

#: Days looked back.
LOOKED_BACK: Final = 730

#: Events of a milestone below which it tells nothing of parameters.
FEW: Final = 30


@dataclass(frozen=True)
class Hindcast:
    """Weights of replications.

    Parameters
    ----------
    weights : (R,) float64
        Their sum is 1.
    measures : int
        Counts and durations held against the ledger.
    """

    weights: Floats
    measures: int

    @property
    def effective(self) -> float:
        """Replications that so unequal ones are worth."""
        return float(1.0 / np.sum(self.weights**2))


def looking_back(ledger: Ledger, as_of: date) -> tuple[Ledger, date]:
    """Return the ledger as it stood two years before, with the filings that came since as declared ones."""
    back = as_of - timedelta(days=LOOKED_BACK)

    def known(cell: When) -> When:
        return None if isinstance(cell, date) and cell > back else cell

    first = ledger.milestones[0]
    came = tuple(day if isinstance(day, date) and day > back else None for day in ledger.dates[first])
    dates = {name: tuple(known(cell) for cell in column) for name, column in ledger.dates.items()}
    withdrawn = tuple(known(cell) for cell in ledger.withdrawn)
    planned = {**ledger.planned, first: came}
    return replace(ledger, dates=dates, withdrawn=withdrawn, planned=planned, as_of=back), back


def weigh(model: Model, drawn: Outcome, central: Outcome, ledger: Ledger, as_of: date) -> Hindcast:
    """Weigh replications by what they say of the two years up to a date.

    Parameters
    ----------
    model : Model
        Of `looking_back`.
    drawn : Outcome
        Replications with parameters drawn from their ranges.
    central : Outcome
        Replications with central parameters: how far chance alone throws them.
    ledger : Ledger
        As known on the as-of date.
    as_of : date

    Notes
    -----
    Both sides have chance in them, so a distance of d chance-widths weighs exp(-d^2 / 4). Distances are
    measured along the principal axes of chance, since counts of one year and the next hang together.
    """
    end = int(minutes_after([as_of], model.epoch)[0])
    seen = _on_record(ledger, model)[None]
    observed = _said(seen, end)[0]
    tell = _events(seen, end)[0] >= FEW
    keep = np.concatenate([tell, tell[1:]])
    ours, chance = (_said_by(outcome, end)[:, keep] for outcome in (drawn, central))
    if not keep.any() or not np.ptp(chance, axis=0).any():
        return Hindcast(np.full(len(ours), 1.0 / len(ours)), 0)
    spread, axes = np.linalg.eigh(np.cov(chance, rowvar=False).reshape(chance.shape[1], -1))
    distance = (ours - observed[keep]) @ axes / np.sqrt(np.maximum(spread, 1e-9 * spread.max()))
    power = -(distance**2).sum(axis=1) / 4.0
    weights = np.exp(power - power.max())
    return Hindcast(weights / weights.sum(), int(keep.sum()))


def _on_record(ledger: Ledger, model: Model) -> npt.NDArray[np.int64]:
    """Return what the ledger says in minutes of the model, (P, K); unknown: the largest number."""
    never = np.iinfo(np.int64).max
    row_of = {name: i for i, name in enumerate(ledger.ids)}
    rows = [row_of[name] for name in model.project_ids if name in row_of]
    found = [
        [
            (day - model.epoch).days * DAY if isinstance(day := ledger.dates[name][i], date) else never
            for i in rows
        ]
        for name in model.milestones
    ]
    return np.array(found, dtype=np.int64).T


def _said_by(outcome: Outcome, end: int) -> Floats:
    """Return what replications say, (R, 2K - 1)."""
    return np.concatenate(
        [
            _said(np.where(block.active[:, :, None], block.milestones, np.iinfo(np.int32).max), end)
            for block in outcome.blocks()
        ]
    )


def _events(times: npt.NDArray[np.integer], end: int) -> Floats:
    """Count what reached each milestone between the epoch and the end, (R, K)."""
    return np.asarray(((times >= 0) & (times < end)).sum(axis=1), dtype=np.float64)


def _said(times: npt.NDArray[np.integer], end: int) -> Floats:
    """Return counts of every milestone and mean days from the first to each later one, (R, 2K - 1)."""
    inside = (times >= 0) & (times < end)
    # A project whose first milestone nobody dated has no duration.
    both = inside & (times[:, :, :1] < end)
    days = np.where(both, (times - times[:, :, :1]) / DAY, 0.0)
    counted = inside.sum(axis=1)
    means = days.sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    return np.asarray(np.concatenate([counted, means[:, 1:]], axis=1), dtype=np.float64)
