"""Early warning from the record: which planned dates will likely be missed, and what speaks against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts.history import NEVER
from forecasts.landmark.model import Hazards, Landmark, fit_landmark
from forecasts.landmark.panel import Panel, Rows

__all__ = ["Chance", "Record", "record_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Months ahead in which a planned date is eligible.
_MONTHS: Final = 12

#: Share of past events whose plan must be on record, and share that may stand on the very month of the
#: event: above that the plan was overwritten with what happened, and says nothing of keeping it.
_PLANNED: Final = 0.5
_OVERWRITTEN: Final = 0.9


@dataclass(frozen=True)
class Chance:
    """What the record says of one planned date.

    Parameters
    ----------
    p_late : float
        Probability that the milestone is not reached by the planned month, or never.
    cause : str
        What speaks most against it, compared with the others due: ``planned_date``,
        ``stage_reached``, ``time_waiting`` (since the last milestone), ``slips_so_far`` (of the planned
        date), ``kind`` or the name of an attribute.
    """

    p_late: float
    cause: str


@dataclass(frozen=True)
class Record:
    """Chances by (project, milestone), and what they were learned from.

    Parameters
    ----------
    chances : mapping of (str, str) to Chance
    cutoffs : int
        Cut-offs of the panel.
    restated : bool
        Whether the planned dates are those of each cut-off.
    events : mapping of str to int
        Events each milestone was learned from; milestones with too few are not in it.
    """

    chances: Mapping[tuple[str, str], Chance]
    cutoffs: int
    restated: bool
    events: Mapping[str, int]


def record_of(panel: Panel, milestones: Sequence[str], covariates: Sequence[str] = ()) -> Record:
    """Learn from a panel and judge the planned dates open at its last cut-off.

    Parameters
    ----------
    panel : Panel
    milestones : sequence of str
        Milestones with planned dates.
    covariates : sequence of str
        Attributes that may matter.

    Returns
    -------
    Record
        Without a milestone that too few have reached, or whose plans are not on record or were
        overwritten by what happened.
    """
    chances: dict[tuple[str, str], Chance] = {}
    events: dict[str, int] = {}
    for name in milestones:
        if not _is_usable(panel, panel.milestones.index(name)):
            continue
        landmark = fit_landmark(panel, name, horizon=_MONTHS, covariates=covariates)
        if landmark is None:
            continue
        events[name] = landmark.events
        now = panel.rows.take(panel.rows.cutoff == panel.cutoff)
        now = now.take(landmark.open(now))
        late = 1.0 - landmark.kept(now, _MONTHS)
        due = now.take(np.isfinite(late))
        for project, p, cause in zip(
            due.project, late[np.isfinite(late)], _causes(landmark, due), strict=True
        ):
            chances[panel.ids[project], name] = Chance(float(p), cause)
    return Record(chances, len(panel.histories), panel.restated, events)


def _is_usable(panel: Panel, milestone: int) -> bool:
    """Tell whether plans of past events are on record, as plans."""
    rows = panel.rows
    last = rows.take(np.arange(len(rows))[::-1])
    _, at = np.unique(last.project, return_index=True)
    last = last.take(at)
    came = last.event[:, milestone] != NEVER
    planned, event = last.planned[came, milestone], last.event[came, milestone]
    known = planned != NEVER
    if not known.any() or known.mean() < _PLANNED:
        return False
    return panel.restated or bool(np.mean(planned[known] == event[known]) <= _OVERWRITTEN)


def _causes(landmark: Landmark, due: Rows) -> list[str]:
    """Give what speaks most against each planned date, compared with the mean of those due."""
    causes = np.full(len(due), "", dtype=object)
    last = landmark.hazards.design.milestone - 1
    there = np.ones(len(due), dtype=np.bool_)
    if landmark.before is not None:
        there = due.reached[:, last] != NEVER
        causes[~there] = _against(landmark.before.hazards, due.take(~there))
    causes[there] = _against(landmark.hazards, due.take(there))
    return [str(cause) for cause in causes]


def _against(hazards: Hazards, due: Rows) -> list[str]:
    """Sum what the columns of each cause take off the log odds, in the period of the planned date."""
    if not len(due):
        return []
    design = hazards.design
    ahead = due.planned[:, design.promise] - due.cutoff
    terms = hazards.reach.terms(design.columns(due, np.maximum(-(-ahead // design.step), 1)))
    names = [name for name in dict.fromkeys(design.causes) if name != "horizon"]
    sums = np.stack([terms[:, [c == name for c in design.causes]].sum(axis=1) for name in names], axis=1)
    return [names[i] for i in np.argmin(sums - sums.mean(axis=0), axis=1)]
