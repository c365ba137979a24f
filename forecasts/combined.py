"""Simulation and statistics together: the ledger's past for ordinary times, the simulation for what changes.

Counts come from the past where it tells enough (`forecasts.past`), times the simulation's ratio between
change and no change where a rule changes; money, and counts the past cannot tell, from the simulation. Where
nothing changes and both disagree, both are shown and the reader is warned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from forecasts.hindcast import Hindcast
from forecasts.inputs import Inputs
from forecasts.outlook import Period, quantiles
from forecasts.past import Past, groups_within
from forecasts.path import Path

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

#: A reform that took effect within so many days before the as-of date is in little of the past.
FRESH: Final = timedelta(days=365)

#: No change takes more away, in the ratio: its logarithm is adjusted.
LEAST_RATIO: Final = 0.01


@dataclass(frozen=True)
class Combined:
    """One path of the city, its counts told by the ledger's past; read as `forecasts.path.Path` is.

    Every sample has as many futures as the simulation has replications. Futures of the past keep their own
    order; those of the simulation are put in the order of the measure both tell, so that good years of one
    meet good years of the other.

    Parameters
    ----------
    path : Path
        The simulation, with all that changes.
    past : Past
        With as many paths as the simulation has replications.
    ratios : mapping of str to (R, M) float64
        Change over no change in the simulation, by measure; empty where nothing changes.
    order : (R,) int64, optional
        Replication that goes with each future of the past, where another path has fixed it.
    """

    path: Path
    past: Past
    ratios: Mapping[str, Floats] = field(default_factory=dict)
    order: Ints | None = None

    @property
    def inputs(self) -> Inputs:
        """What the command was given."""
        return self.path.inputs

    @property
    def period(self) -> Period:
        """The months told."""
        return self.path.period

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups that have a target."""
        return self.path.groups

    @property
    def measures(self) -> list[str]:
        """Measures printed."""
        return self.path.measures

    @cached_property
    def told(self) -> dict[str, Floats]:
        """City and groups of each measure the past tells, (n, G, M)."""
        named = self.inputs.scenario.counts.by_measure
        found = {}
        for measure in self.measures:
            if measure in named and self.past.tells(named[measure]):
                sample = self.past.told(named[measure])
                ratio = self.ratios.get(measure)
                sample = sample if ratio is None else _changed(sample, ratio, self._done(measure))
                found[measure] = _whole(sample)
        return found

    @cached_property
    def _atoms(self) -> list[Flags | None]:
        """The ledger's groups in each group of the result; None where it cuts through one."""
        members = self.path.members
        found = [groups_within(self.past, self.path.model.project_ids, mask) for mask in members]
        return [np.ones(len(self.past.history.group_names), dtype=np.bool_), *found[1:]]

    def method(self, measure: str, group: int) -> str:
        """Say what tells a measure of a group: ``past``, ``past x ratio`` or ``simulation``."""
        if measure not in self.told or self._atoms[group] is None:
            return "simulation"
        return "past x ratio" if measure in self.ratios else "past"

    def series(self, measure: str, group: int) -> Floats:
        """Cumulative series (R, M) of a measure in one group."""
        if self.method(measure, group) == "simulation":
            return np.asarray(self.path.series(measure, group)[self.paired])
        return np.asarray(self.told[measure][:, self._atoms[group]].sum(axis=1))

    def done(self, measure: str, group: int) -> Floats:
        """Value of a measure on record at the as-of date (R,)."""
        return self.path.done(measure, group)

    def _done(self, measure: str) -> float:
        return float(np.median(self.path.done(measure, 0)))

    @cached_property
    def paired(self) -> Ints:
        """Replication of the simulation that goes with each future of the past."""
        if self.order is not None:
            return self.order
        if not self.told:
            return np.arange(self.path.outcome.replications)
        lead = next(iter(self.told))
        ours = self.told[lead].sum(axis=1)[:, -1]
        theirs = np.argsort(self.path.series(lead, 0)[:, -1], kind="stable")
        return np.asarray(theirs[np.argsort(np.argsort(ours, kind="stable"), kind="stable")])

    def members(self) -> list[dict[str, Any]]:
        """Return what each way of telling says of the city's year, a row each."""
        rows = []
        named = self.inputs.scenario.counts.by_measure
        for measure in self.told:
            hazards = self.past.by_hazards(named[measure]).sum(axis=1)
            samples = {
                "simulation": self.path.series(measure, 0),
                "hazards": hazards,
                "series": self.past.by_series(named[measure], hazards),
                "blend": self.past.blended(named[measure], hazards),
                "combined": self.series(measure, 0),
            }
            rows += [
                {"measure": measure, "member": m, **quantiles(x[:, -1], whole=True)}
                for m, x in samples.items()
            ]
        return rows

    def gate(self) -> list[dict[str, Any]]:
        """Return the measures of which past and simulation disagree though nothing changes.

        They disagree where the simulation's median lies outside the middle half of what the past says.
        """
        named = self.inputs.scenario.counts.by_measure
        rows = []
        for measure in self.told:
            if measure in self.ratios:
                continue
            past = self.past.by_hazards(named[measure]).sum(axis=1)[:, -1]
            low, mid, high = np.quantile(past, [0.25, 0.5, 0.75])
            simulated = float(np.median(self.path.series(measure, 0)[:, -1]))
            if not low <= simulated <= high:
                row = {"measure": measure, "simulation": simulated, "past": float(mid)}
                rows.append(row | {"past25": float(low), "past75": float(high)})
        return rows

    def unrecorded(self) -> dict[str, float]:
        """Return how many events so far are not on record, on average, by measure."""
        named = self.inputs.scenario.counts.by_measure
        return {measure: self.past.unrecorded(named[measure]) for measure in self.told}

    def parts(self) -> list[dict[str, Any]]:
        """Return what projects in flight, hidden and future bring to the rest of the year, by measure."""
        named = self.inputs.scenario.counts.by_measure
        return [{"measure": m, **row} for m in self.told for row in self.past.parts(named[m])]


def fresh_reforms(inputs: Inputs) -> tuple[str, ...]:
    """Return adopted reforms that the past knows too little of: in force for less than a year, or later."""
    assert inputs.as_of is not None
    since = inputs.as_of - FRESH
    return tuple(a.reform for a in inputs.scenario.adopted if a.from_ > since)


def ratio_of(change: Path, base: Path, told: Hindcast | None = None) -> dict[str, Floats]:
    """Return change over no change of each count of the city, (R, M), replication by replication.

    Replications share their luck, so most of the chance falls out of the ratio. Only what is still to come
    is compared; where the simulation has nothing to come without the change, the ratio is 1.

    Parameters
    ----------
    change, base : Path
        Of the same replications.
    told : Hindcast, optional
        What the replications say of the past: their ratios are moved to what the ledger has.
    """
    found = {}
    for measure in base.inputs.scenario.counts.by_measure:
        done = base.done(measure, 0)[:, None]
        changed, unchanged = (path.series(measure, 0) - done for path in (change, base))
        ratio = np.divide(changed, unchanged, out=np.ones_like(changed), where=unchanged > 0)
        if told is not None:
            ratio = np.exp(told.adjusted(np.log(np.maximum(ratio, LEAST_RATIO))))
        found[measure] = ratio
    return found


def _whole(sample: Floats) -> Floats:
    """Round counts since the year began by group, (n, G, M): the groups add up to the city, and none falls.

    Each month the city's new whole projects go to the groups that lack most of theirs.

    Examples
    --------
    >>> _whole(np.full((1, 3, 1), 0.5)).ravel().tolist()
    [1.0, 0.0, 0.0]
    """
    city = np.floor(sample.sum(axis=1) + 0.5 - 1e-9)
    whole, before = np.zeros_like(sample), np.zeros(sample.shape[:2])
    for month in range(sample.shape[2]):
        lacking = np.maximum(sample[:, :, month] - before, 0.0)
        every = lacking.sum(axis=1, keepdims=True)
        new = np.maximum(city[:, month] - before.sum(axis=1), 0.0)[:, None]
        shared = np.divide(lacking * new, every, out=np.zeros_like(lacking), where=every > 0)
        given = np.floor(shared + 1e-9)
        order = np.argsort(given - lacking, axis=1, kind="stable")
        given += np.argsort(order, axis=1, kind="stable") < new - given.sum(axis=1, keepdims=True)
        before += given
        whole[:, :, month] = before
    return whole


def _changed(sample: Floats, ratio: Floats, done: float) -> Floats:
    """Multiply what is still to come, (n, G, M), by the ratio of the city, (R, M)."""
    total = sample.sum(axis=1)
    known = np.minimum(total, done)
    wanted = known + (total - known) * ratio
    scale = np.divide(wanted, total, out=np.ones_like(total), where=total > 0)
    return np.asarray(sample * scale[:, None, :])
