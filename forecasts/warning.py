"""The early-warning list: which planned dates will be missed, why, whose, and how much is at stake.

Definitions: "Early warning". One row a project: its next planned milestone inside twelve months.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.clocks import DAY, date_of, minute_of
from sim.experiment import WaitBlock, Waits, blocks_of, let_go
from sim.model.arrays import Model
from sim.trace import NEVER
from sim.waits import phase_name

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

#: Cells (replication, promise) held at once.
_CELLS = 1_000_000


@dataclass(frozen=True)
class Promise:
    """A planned date that is still open at the as-of date.

    Parameters
    ----------
    project : int
        Row of the project.
    milestone : int
        Index of the milestone.
    planned : date
    """

    project: int
    milestone: int
    planned: date


def promises(
    planned: Mapping[int, Sequence[date | None]],
    reached: npt.NDArray[np.bool_],
    gone: npt.NDArray[np.bool_],
    as_of: date,
) -> tuple[list[Promise], list[Promise]]:
    """Split the open planned dates into those due within twelve months and those overdue.

    Parameters
    ----------
    planned : mapping of int to sequence of date or None
        Planned dates per milestone index, P long.
    reached : (P, K) bool
        Milestones reached at the as-of date.
    gone : (P,) bool
        Projects already withdrawn.
    as_of : date

    Returns
    -------
    tuple of list
        (due within 12 months, overdue): of each project the first open date of either sort, so that
        one project is at most one line in each.

    Examples
    --------
    >>> due, late = promises({1: [date(2021, 12, 1), date(2021, 1, 1)]}, np.zeros((2, 2), bool),
    ...                      np.zeros(2, bool), date(2021, 9, 30))
    >>> due[0].planned, late[0].project
    (datetime.date(2021, 12, 1), 1)
    """
    leap = (as_of.month, as_of.day) == (2, 29)
    horizon = as_of.replace(year=as_of.year + 1, day=28 if leap else as_of.day)
    due: list[Promise] = []
    overdue: list[Promise] = []
    for p in np.flatnonzero(~gone).tolist():
        late: Promise | None = None
        for k in sorted(planned):
            day = planned[k][p]
            if day is None or reached[p, k:].any():
                continue
            if day <= as_of:
                late = late or Promise(p, k, day)
                continue
            if day <= horizon:
                due.append(Promise(p, k, day))
            break
        if late is not None:
            overdue.append(late)
    return due, overdue


def warning_rows(
    found: Sequence[Promise],
    ids: Sequence[str],
    counties: Sequence[str],
    milestones: Sequence[str],
    times: Ints,
    withdrawn: Ints,
    waits: Waits,
    at_stake: Floats | None,
    epoch: date,
) -> list[dict[str, Any]]:
    """Return the rows of the list, most money at stake first.

    Parameters
    ----------
    found : sequence of Promise
        At most one a project.
    ids, counties : sequence of str
        P long.
    milestones : sequence of str
        Names, K long.
    times : (R, P, K) int32
        Minutes of every milestone.
    withdrawn : (R, P) int32
    waits : Waits
        Driving minutes after the as-of date of the same replications.
    at_stake : (P,) float64 or None
        Expected shortfall of the project's own year plan, 亿元.
    epoch : date
    """
    late = _Late(found, times, withdrawn, epoch)
    minutes = waits.total(("project", "cause", "owner", "resource", "activity"), late.kept)
    by_project = dict(iter(minutes.groupby("project", sort=False))) if len(minutes) else {}
    rows = []
    for promise, (reached, broken) in zip(found, late.futures(), strict=True):
        p, share = promise.project, float(broken.mean())
        rows.append(
            {
                "id": ids[p],
                "county": counties[p],
                "milestone": milestones[promise.milestone],
                "planned": promise.planned.isoformat(),
                **_days(reached, epoch),
                "p_late": round(share, 4),
                **_cause(by_project.get(p), is_late=share > 0 and len(waits) > 0),
                "at_stake": None if at_stake is None else round(float(at_stake[p]), 4),
            }
        )
    return sorted(rows, key=lambda r: (-(r["at_stake"] or 0.0), -r["p_late"], r["id"]))


class _Late:
    """In which replications promises are broken: not kept by their date, or withdrawn before."""

    def __init__(self, found: Sequence[Promise], times: Ints, withdrawn: Ints, epoch: date) -> None:
        self._times, self._withdrawn = times, withdrawn
        self._project = np.array([promise.project for promise in found], dtype=np.int64)
        self._milestone = np.array([promise.milestone for promise in found], dtype=np.int64)
        self._end = np.array([minute_of(promise.planned, epoch) + DAY for promise in found], dtype=np.int64)

    def futures(self) -> Iterator[tuple[Ints, npt.NDArray[np.bool_]]]:
        """Yield of each promise when its milestone is reached and whether it is broken, both (R,)."""
        size = max(1, _CELLS // len(self._times))
        for start in range(0, len(self._project), size):
            some = slice(start, start + size)
            parts = [self._of(some, block) for block in blocks_of(self._times, self._withdrawn)]
            reached, broken = (np.concatenate(column) for column in zip(*parts, strict=True))
            yield from zip(reached.T, broken.T, strict=True)

    def _of(self, promises: slice, replications: slice) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return when some promises are kept and whether they are broken, both (r, promises)."""
        project, end = self._project[promises], self._end[promises]
        reached = self._times[replications][:, project, self._milestone[promises]]
        gone = self._withdrawn[replications][:, project]
        return reached, np.asarray((reached >= end) | (gone < np.minimum(reached, end)), dtype=np.bool_)

    def kept(self, block: WaitBlock, places: slice) -> npt.NDArray[np.bool_]:
        """Return which waits count: on the way to a promise, in a replication in which it is broken."""
        rows, projects = block.rows, self._times.shape[1]
        until = np.full(projects, -1, dtype=np.int64)
        until[self._project] = self._milestone
        broken = np.zeros((len(block.counts), projects), dtype=np.bool_)
        broken[:, self._project] = self._of(slice(None), places)[1]
        let_go(self._times, self._withdrawn)
        return np.asarray(
            (rows.phase <= until[rows.project]) & broken[block.replication(), rows.project], dtype=np.bool_
        )


def _days(reached: Ints, epoch: date) -> dict[str, str | None]:
    """p10, p50 and p90 as dates; None where that quantile lies beyond the simulated time."""
    ordered = np.sort(reached)
    picks = {
        name: int(ordered[int(q * (len(ordered) - 1))])
        for name, q in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))
    }
    return {name: None if t >= NEVER else date_of(t, epoch).isoformat() for name, t in picks.items()}


def _cause(waits: pd.DataFrame | None, *, is_late: bool) -> dict[str, str | None]:
    """Cause with the most driving days among the late futures, its owner, and where it arises."""
    nothing: dict[str, str | None] = {"cause": None, "owner": None, "resource": None, "activity": None}
    if not is_late:
        return nothing
    if waits is None or not len(waits):
        return nothing | {"cause": "withdrawn", "owner": "applicant"}
    # A stable order of the group keys keeps a tie the same on every machine.
    cause = waits.groupby("cause", observed=True, sort=True)["minutes"].sum().idxmax()
    places = waits[waits["cause"] == cause].groupby(
        ["owner", "resource", "activity"], observed=True, sort=True
    )
    owner, resource, activity = cast("tuple[Any, Any, Any]", places["minutes"].sum().idxmax())
    return {
        "cause": str(cause),
        "owner": str(owner),
        "resource": None if pd.isna(resource) or resource == "" else str(resource),
        "activity": str(activity),
    }


def waits_summary(waits: Waits, model: Model, taking_part: int) -> list[dict[str, Any]]:
    """Return mean days after the as-of date on the driving path, by phase, cause and owner.

    Parameters
    ----------
    waits : Waits
        Driving minutes of all replications.
    model : Model
    taking_part : int
        Pairs of project and replication that took part: the mean is over them.

    Returns
    -------
    list of dict
        Keys group, phase, cause, owner, days.
    """
    if not len(waits):
        return []
    sums = waits.total(("phase", "cause", "owner"))
    phases = [phase_name(model.milestones, k) for k in range(len(model.milestones))]
    whole = float(taking_part) * DAY
    rows = [
        {
            "group": "all",
            "phase": r["phase"],
            "cause": r["cause"],
            "owner": r["owner"],
            "days": r["minutes"] / whole,
        }
        for r in sums.to_dict("records")
        if r["minutes"] > 0
    ]
    return sorted(rows, key=lambda r: (phases.index(r["phase"]), -r["days"], r["cause"]))
