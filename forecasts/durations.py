"""What projects sent in from signing say of published days: one sample a row, one value a replication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasts.asked import Groups, options_asked, set_apart
from forecasts.outlook import DAYS_A_MONTH
from forecasts.published import Row
from sim.clocks import DAY, NEVER, date_of, working_days
from sim.experiment import Outcome
from sim.model.arrays import Model
from sim.waits import GOVERNMENT
from sim.workdays import Country

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FromSigning:
    """Answers read of options whose projects are sent in from signing, on the same luck.

    Parameters
    ----------
    models : mapping of str to Model
        By option: ``none``, ``adopted`` or reforms.
    outcomes : mapping of str to Outcome
    groups : Groups
        Of any of the models: they have the same projects.
    country : str
        Whose working days count.
    """

    models: Mapping[str, Model]
    outcomes: Mapping[str, Outcome]
    groups: Groups
    country: Country

    def sample(self, row: Row) -> Floats:
        """Return the mean days of a row in every replication (R,), in the row's unit."""
        return set_apart(row.group, lambda group: self._one(row, self.groups.members(group)))

    def _one(self, row: Row, members: Flags) -> Floats:
        base, option = options_asked(row)
        days = self._days(base, row)
        if option != base:
            days = days - self._days(option, row)  # NaN where either does not reach the milestone
        found = np.full(len(days), np.nan)
        counted = ~np.isnan(days) & members
        some = counted.sum(axis=1)
        np.divide(np.where(counted, days, 0.0).sum(axis=1), some, out=found, where=some > 0)
        return found / DAYS_A_MONTH if row.unit == "mo" else found

    def _days(self, option: str, row: Row) -> Floats:
        """Days between two milestones (R, P), NaN where one was not reached."""
        model, outcome = self.models[option], self.outcomes[option]
        start, end = (outcome.milestones[..., model.milestones.index(m)] for m in row.arguments)
        reached = outcome.active & (start < NEVER) & (end < NEVER) & (start > -NEVER) & (end > -NEVER)
        if not reached.any():
            return np.full(start.shape, np.nan)
        days = (end.astype(np.float64) - start) / DAY
        if row.unit == "wd" or row.name == "approval_days":
            working = _working_days(start, end, reached, model, self.country)
            share = _government_share(outcome, days) if row.name == "approval_days" else 1.0
            days = working * share
        return np.where(reached, days, np.nan)


def _government_share(outcome: Outcome, days: Floats) -> Floats:
    """Return the share of the driving path that lay with the government (R, P)."""
    minutes = np.zeros(days.shape)
    for replications, block in outcome.waits.blocks():
        words = outcome.waits.words
        assert words is not None  # collected wherever approval days are asked for
        lines = np.repeat(np.arange(replications.start, replications.stop), block.counts)
        government = block.rows.owner == words.owner(GOVERNMENT)
        where = (lines[government], block.rows.project[government])
        np.add.at(minutes, where, block.rows.minutes[government])
    return np.divide(minutes / DAY, days, out=np.zeros(days.shape), where=days > 0)


def _working_days(
    start: npt.NDArray[np.int32], end: npt.NDArray[np.int32], reached: Flags, model: Model, country: Country
) -> Floats:
    """Return the working days from one minute's day to the other's."""
    first = min(int(start[reached].min()), int(end[reached].min())) // DAY * DAY
    last = max(int(start[reached].max()), int(end[reached].max()))
    flags = working_days(date_of(first, model.epoch), date_of(last, model.epoch), country)
    before = np.concatenate([[0], np.cumsum(flags)]).astype(np.float64)
    days = [before[np.where(reached, (t - first) // DAY, 0)] for t in (start, end)]
    result: Floats = days[1] - days[0]
    return result
