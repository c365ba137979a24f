"""One simulated path of the city: a model, what its replications gave, and its money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasts.inputs import Inputs
from forecasts.outlook import Period, counts
from sim.experiment import Outcome
from sim.investment import Invested
from sim.model.arrays import Model

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Path:
    """One simulated path of the city: a model, its outcome and its money."""

    inputs: Inputs
    model: Model
    outcome: Outcome
    period: Period
    money: Invested | None
    groups: tuple[str, ...]
    members: Flags

    def series(self, measure: str, group: int) -> Floats:
        """Cumulative series (R, M) of a measure in one group."""
        if measure in ("investment", "investment_true"):
            assert self.money is not None
            return (self.money.reported if measure == "investment" else self.money.true)[:, group]
        milestone = self.inputs.scenario.counts.by_measure[measure]
        times = self.outcome.milestones[..., self.model.milestones.index(milestone)]
        mask = self.outcome.active & self.members[group]
        return counts(times, mask, self.period, self.model.epoch)
