"""One simulated path of the city: a model, what its replications gave, and its money."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from forecasts.inputs import Inputs
from forecasts.money import cut_offs
from forecasts.outlook import Period, counts
from sim.experiment import Outcome
from sim.investment import Invested
from sim.model.arrays import Model

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


#: Ends the name of a count as it is reported.
REPORTED = "_reported"


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

    @property
    def measures(self) -> list[str]:
        """Measures printed: true counts, and reported ones where reports have cut-offs."""
        scenario = self.inputs.scenario
        names = list(scenario.counts.by_measure)
        if scenario.reporting is not None and scenario.reporting.dates is not None:
            names += [f"{name}{REPORTED}" for name in names]
        return ["investment", "investment_true", *names] if self.money is not None else names

    def series(self, measure: str, group: int) -> Floats:
        """Cumulative series (R, M) of a measure in one group."""
        if measure in ("investment", "investment_true"):
            return self._money(measure)[:, group, 1:]
        return self._counts(measure, group, self.period)

    def done(self, measure: str, group: int) -> Floats:
        """Value of a measure at the as-of date (R,); nothing of a year that begins after it."""
        if self.period.as_of < self.period.start:
            return np.zeros(len(self.outcome.numbers))
        if measure in ("investment", "investment_true"):
            return self._money(measure)[:, group, 0]
        return self._counts(measure, group, replace(self.period, ends=(self.period.as_of,)))[:, 0]

    def _money(self, measure: str) -> Floats:
        assert self.money is not None
        return self.money.reported if measure == "investment" else self.money.true

    def _counts(self, measure: str, group: int, period: Period) -> Floats:
        scenario = self.inputs.scenario
        k = self.model.milestones.index(scenario.counts.by_measure[measure.removesuffix(REPORTED)])
        shows = cut_offs(scenario, self.model).shows if measure.endswith(REPORTED) else None
        epoch = self.model.epoch
        found = [
            counts(block.milestones[..., k], block.active & self.members[group], period, epoch, shows)
            for block in self.outcome.blocks()
        ]
        return np.concatenate(found)
