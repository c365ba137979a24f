"""Cases over their legal limit: time in government hands on the working clock against the days allowed.

In government hands is the time from joining a queue to the end of the visit, on the working clock of the
project's lane. Taken off is what stops the statutory clock: corrections (the applicant's time between
visits), publicity and expert review (parts of the work, once a case, at most all of its work). A stoppage
that climbs a ladder is not taken off. A limit of no days means "at once": within one working day.

Judged are cases of which every visit is in the trace and that were decided; a case still open, or whose
project withdrew, only where it is over its limit already. A rerun after a failed check is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.clocks import DAY
from sim.columns import Columns
from sim.engine.cells import bytes_of, ints, longs
from sim.engine.opening import clock_cells, elapsed
from sim.jit import entry
from sim.model.arrays import Model
from sim.model.lookup import case_table
from sim.philox import PAUSE, hash_names
from sim.sampling.draws import Draws
from sim.sampling.luck import Luck, whole_minutes
from sim.sampling.parameters import luck_of, parameter_table
from sim.trace import DONE, REFUSED, Trace

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]

#: Columns of the sums by activity and office.
JUDGED, OVER, MINUTES = range(3)
COLUMNS: Final = 3
#: Bit of corrections in `Limits.stops`; publicity and expert review follow.
_CORRECTION: Final = 1


@dataclass(frozen=True)
class Overdue:
    """Cases over their limit in one replication.

    Parameters
    ----------
    sums : (D, 3) float64
        Cases judged, cases over their limit and their minutes over it, by desk (see `LimitMeter.desks`).
    judged, overdue : (P,) int16
        The same counts by project.
    """

    sums: Floats
    judged: npt.NDArray[np.int16]
    overdue: npt.NDArray[np.int16]


class LimitMeter:
    """Counts cases over their limit; prepared once a model, for several threads.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    desks : tuple of (str, str)
        Activity and office (without its county, "" = none) of each row of the sums.
    """

    def __init__(self, model: Model) -> None:
        self._model, self._parameters = model, parameter_table(model)
        limits, cases = model.limits, model.cases
        self._cases = np.flatnonzero((limits.limit >= 0).any(axis=1))
        self._paused = np.flatnonzero((limits.pause >= 0).any(axis=1))
        self._names = (
            hash_names(model.project_ids)[cases.project[self._paused]],
            hash_names(model.activities)[cases.activity[self._paused]],
        )
        offices = (*(name.partition("@")[0] for name in model.resources.names), "")
        pairs = [
            (model.activities[a], offices[r])
            for a, r in zip(cases.activity[self._cases], cases.resource[self._cases], strict=True)
        ]
        self.desks = tuple(sorted(set(pairs)))
        place = {pair: i for i, pair in enumerate(self.desks)}
        desk = np.full(len(cases.project), -1, dtype=np.int32)
        desk[self._cases] = [place[pair] for pair in pairs]
        self._static: tuple[Any, ...] = (
            model.horizon, clock_cells(model.clocks), ints(limits.clock), ints(desk), ints(limits.stops),
            ints(model.regime_start), ints(case_table(model)),
        )  # fmt: skip

    def count(self, draws: Draws, trace: Trace) -> Overdue:
        """Judge the cases of one replication."""
        luck = luck_of(self._model, self._parameters, draws.seed, draws.replication, draws.parameters)
        projects = len(self._model.project_ids)
        found = Overdue(
            np.zeros((len(self.desks), COLUMNS)), np.zeros(projects, np.int16), np.zeros(projects, np.int16)
        )
        _JUDGE(
            *self._static, longs(self._limit(luck)), longs(self._pause(luck)), ints(draws.lane),
            ints(draws.rounds), *map(ints, (trace.project, trace.activity, trace.visit, trace.joined)),
            ints(trace.served), ints(trace.ended), bytes_of(trace.outcome),
            found.sums, found.judged, found.overdue,
        )  # fmt: skip
        return found

    def _limit(self, luck: Luck) -> Longs:
        """Return the limit of every case and regime under this replication's numbers, -1 = none.

        In working minutes.
        """
        scalar = self._model.limits.limit
        minutes = np.floor(luck.values[scalar] + 0.5)
        return np.where(scalar >= 0, np.maximum(minutes, DAY), -1).astype(np.int64)

    def _pause(self, luck: Luck) -> Longs:
        """Return the minutes of each case's work in which the statutory clock stands still."""
        model, pause = self._model, np.zeros(len(self._model.cases.project), dtype=np.int64)
        if not self._paused.size:
            return pause
        u = luck.uniforms(*self._names, 0, PAUSE)
        for k in range(2):
            law = model.limits.pause[self._paused, k].astype(np.int64)
            stops = model.limits.stops[self._paused] >> (k + 1) & 1
            pause[self._paused] += stops * whole_minutes(luck.length(law, u[:, k]))
        return pause


@entry
def _judge(
    horizon: int, k: Longs, clocks: Ints, desk: Ints, stops: Ints, regimes: Ints, place: Ints, limit: Longs,
    pause: Longs, lane: Ints, rounds: Ints, project: Ints, activity: Ints, visit: Ints, joined: Ints,
    served: Ints, ended: Ints, outcome: Bytes, sums: Floats, judged: Any, overdue: Any,
) -> None:  # fmt: skip
    """Judge case by case: rows of a case lie together, in the order of its visits."""
    i, count = 0, len(project)
    while i < count:
        p, a, first = project[i], activity[i], i
        while i < count and project[i] == p and activity[i] == a:
            i += 1
        c = place[p, a]
        if desk[c] < 0 or visit[first] != 0:
            continue
        regime = len(regimes) - 1
        while regime > 0 and regimes[regime] > joined[first]:
            regime -= 1
        if limit[c, regime] < 0:
            continue
        clock = clocks[lane[p]]
        hands, work, last = 0, 0, first
        for row in range(first, i):
            if visit[row] >= rounds[c]:
                break
            last = row
            start, end = min(joined[row], horizon), min(ended[row], horizon)
            hands += elapsed(k, clock, start, max(start, end))
            work += elapsed(k, clock, min(served[row], end), end)
        if stops[c] & _CORRECTION == 0:
            start, end = min(joined[first], horizon), min(ended[last], horizon)
            hands = elapsed(k, clock, start, max(start, end))
        over = hands - min(pause[c], work) - limit[c, regime]
        decided = (outcome[last] == DONE or outcome[last] == REFUSED) and ended[last] < horizon
        if decided or over > 0:
            judged[p] += 1
            sums[desk[c], JUDGED] += 1
            if over > 0:
                overdue[p] += 1
                sums[desk[c], OVER] += 1
                sums[desk[c], MINUTES] += over


#: As Python calls it; its arguments come as lists.
_JUDGE: Callable[..., None] = _judge


def overdue_table(model: Model, sums: Floats, replications: int) -> Columns:
    """Cases over their limit by activity and office, means over replications.

    Parameters
    ----------
    model : Model
    sums : (D, 3) float64
        Of `Overdue`, summed over replications.
    replications : int

    Returns
    -------
    Columns
        activity, office, cases, overdue_cases (a replication each), overdue_share, mean_days_over
        (working days over the limit, of those over it); most overdue first.
    """
    judged, over, minutes = sums.T
    share, days = np.full(len(sums), np.nan), np.full(len(sums), np.nan)
    np.divide(over, judged, out=share, where=judged > 0)
    np.divide(minutes, over * DAY, out=days, where=over > 0)
    desks = LimitMeter(model).desks
    order = sorted(range(len(desks)), key=lambda d: (-over[d], desks[d]))
    activity, office = np.array(desks, dtype=object).reshape(-1, 2)[order].T
    return {
        "activity": activity,
        "office": office,
        "cases": judged[order] / replications,
        "overdue_cases": over[order] / replications,
        "overdue_share": share[order],
        "mean_days_over": days[order],
    }
