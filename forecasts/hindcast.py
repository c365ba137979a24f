"""What the last two years of the ledger say of the parameters a simulation draws.

Replications draw the assumed parameters from their ranges. Sent in two years earlier with the filings that
really came, each gives counts and durations; the ledger has them too. What a replication says of a change
depends on its parameters as those do: regressed on them and moved to what the ledger has, it is what the
replication would say, had its parameters told the two years (regression-adjusted approximate Bayesian
computation: Beaumont, Zhang and Balding, Genetics 162, 2002). The seed makes the parameters of a replication
the same in both runs, and chance is in both sides alike.
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

#: Weight of no relation at all, in replications: it keeps chance relations small.
PRIOR: Final = 5.0

#: No further than so many standard deviations from what replications say: beyond, no line is known to hold.
FURTHEST: Final = 2.5


@dataclass(frozen=True)
class Hindcast:
    """What replications say of two years that have passed, beside the ledger.

    Parameters
    ----------
    said : (R, S) float64
        Counts and mean days, measured from what the ledger has, in standard deviations over replications.
    """

    said: Floats

    def adjusted(self, values: Floats) -> Floats:
        """Move values of the replications to where they would be, had these told what the ledger has.

        Parameters
        ----------
        values : (R, ...) float64

        Examples
        --------
        >>> drawn = np.linspace(-1.0, 1.0, 1001)[:, None]
        >>> told = Hindcast((drawn - 0.5) / drawn.std())
        >>> told.adjusted(3.0 * drawn[:, 0]).round(1)[[0, 500, 1000]].tolist()
        [1.5, 1.5, 1.5]
        """
        if not self.said.shape[1]:
            return values
        mean = self.said.mean(axis=0)
        centred = self.said - mean
        flat = values.reshape(len(values), -1)
        cross = centred.T @ centred + PRIOR * np.eye(centred.shape[1])
        slope = np.linalg.solve(cross, centred.T @ (flat - flat.mean(axis=0)))
        target = np.clip(-mean, -FURTHEST, FURTHEST)
        return np.asarray((flat + (target - centred) @ slope).reshape(values.shape))


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


def hindcast_of(model: Model, outcome: Outcome, ledger: Ledger, as_of: date) -> Hindcast:
    """Set what replications say of two years beside what the ledger has.

    Parameters
    ----------
    model : Model
        Of `looking_back`.
    outcome : Outcome
    ledger : Ledger
        As known on the as-of date.
    as_of : date
    """
    end = int(minutes_after([as_of], model.epoch)[0])
    seen = _on_record(ledger, model)[None]
    tell = _events(seen, end)[0] >= FEW
    keep = np.concatenate([tell, tell[1:]])
    gap = (_said_by(outcome, end) - _said(seen, end))[:, keep]
    spread = gap.std(axis=0)
    return Hindcast(gap[:, spread > 0] / spread[spread > 0])


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
    """Return counts of every milestone and mean days of every phase that ended, (R, 2K - 1)."""
    inside = (times >= 0) & (times < end)
    # A phase that began on an unknown date has no duration.
    both = inside[:, :, 1:] & (times[:, :, :-1] <= times[:, :, 1:])
    days = np.where(both, (times[:, :, 1:] - times[:, :, :-1]) / DAY, 0.0)
    counted = inside.sum(axis=1)
    means = days.sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    return np.asarray(np.concatenate([counted, means], axis=1), dtype=np.float64)
