"""What time was spent on: the causes, owners and phases of waits, and rows of waits.

Inside a visit: ready to joined is the applicant's (`applicant` first, `correction` later), joined to
served the resource's (``office:<name>``, ``quota:<name>``, ``pool:<name>``, ``meeting:<name>`` or
`batch`), served to ended `work`, `closed` (the clock stood still) or ``stop:<ladder>``. The pieces of a
visit add up to ended - ready, in integer minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.columns import Coded, Columns, frame
from sim.model.arrays import MEETING, RESOURCE_KINDS, Model

if TYPE_CHECKING:
    import pandas as pd

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]

APPLICANT_CAUSE, CORRECTION_CAUSE, WORK_CAUSE, CLOSED_CAUSE, HISTORY_CAUSE = (
    "applicant", "correction", "work", "closed", "history",
)  # fmt: skip

#: Owner of what nature closes (winter on a site, a shock anywhere), of what an applicant takes, of
#: stops that climb a ladder without a resource, and of time before the epoch that no row explains.
NATURE, APPLICANT_OWNER, GOVERNMENT, UNKNOWN = "nature", "applicant", "government", "unknown"

#: Columns of a table of waits, in order.
COLUMNS: tuple[str, ...] = (
    "replication", "project", "phase", "activity", "cause", "owner", "resource", "minutes",
)  # fmt: skip


@dataclass(frozen=True)
class Vocabulary:
    """Categories of a table of waits: fixed by the model, so tables of replications concatenate.

    Parameters
    ----------
    phases, activities, causes, owners, resources : tuple of str
        The last activity is `history` (time before the epoch that no row explains); the last resource
        is the empty name (none).
    queue_cause, queue_owner : (N+1,) int64
        Of a wait for each resource; the last entry is "no resource".
    stop_cause : (D+1,) int64
        Of a stop that climbs each ladder; the last entry is spare.
    work_owner : (activities+1,) int64
        Owner of the work of each activity; the last is unknown.
    """

    phases: tuple[str, ...]
    activities: tuple[str, ...]
    causes: tuple[str, ...]
    owners: tuple[str, ...]
    resources: tuple[str, ...]
    queue_cause: Longs
    queue_owner: Longs
    stop_cause: Longs
    work_owner: Longs

    def cause(self, name: str) -> int:
        """Code of a cause."""
        return self.causes.index(name)

    def owner(self, name: str) -> int:
        """Code of an owner."""
        return self.owners.index(name)


def phase_name(milestones: tuple[str, ...], ends: int) -> str:
    """Name of the phase that a milestone ends.

    Examples
    --------
    >>> phase_name(("signed", "permitted", "started"), 2)
    'permitted_to_started'
    """
    return f"{milestones[max(ends, 1) - 1]}_to_{milestones[ends]}" if ends else milestones[0]


def queue_cause(name: str, kind: int, shared_work: bool) -> str:
    """Cause of a wait for a resource: its kind and its name without the unit.

    Examples
    --------
    >>> queue_cause("office:planning@Weishi", 0, False), queue_cause("land", 1, False)
    ('office:planning', 'quota:land')
    >>> queue_cause("batch@Weishi", 3, True)
    'batch'
    """
    if kind == MEETING and shared_work:
        return "batch"
    label, plain = RESOURCE_KINDS[kind], name.split("@", maxsplit=1)[0]
    return plain if plain.startswith(f"{label}:") else f"{label}:{plain}"


def vocabulary(model: Model) -> Vocabulary:
    """Make the categories of a model's tables of waits."""
    resources = model.resources
    queue = [
        queue_cause(name, int(kind), bool(shared >= 0))
        for name, kind, shared in zip(resources.names, resources.kind, model.session_law, strict=True)
    ]
    stops = [f"stop:{name}" for name in model.ladders.names]
    causes = tuple(dict.fromkeys(
        [APPLICANT_CAUSE, CORRECTION_CAUSE, *queue, WORK_CAUSE, CLOSED_CAUSE, *stops, HISTORY_CAUSE]
    ))  # fmt: skip
    owners = tuple(dict.fromkeys(
        [GOVERNMENT, APPLICANT_OWNER, "third_party", "factor", NATURE, *resources.owner,
         *model.activity_owner, UNKNOWN]
    ))  # fmt: skip
    return Vocabulary(
        phases=tuple(phase_name(model.milestones, k) for k in range(len(model.milestones))),
        activities=(*model.activities, HISTORY_CAUSE),
        causes=causes,
        owners=owners,
        resources=(*resources.names, ""),
        queue_cause=np.array([causes.index(c) for c in (*queue, WORK_CAUSE)], dtype=np.int64),
        queue_owner=np.array([owners.index(o) for o in (*resources.owner, GOVERNMENT)], dtype=np.int64),
        stop_cause=np.array([causes.index(c) for c in (*stops, HISTORY_CAUSE)], dtype=np.int64),
        work_owner=np.array([owners.index(o) for o in (*model.activity_owner, UNKNOWN)], dtype=np.int64),
    )


@dataclass(frozen=True)
class WaitRows:
    """Waits of one replication, summed: one row for each key, sorted by project and the codes.

    Parameters
    ----------
    project : (n,) int32
        Row number.
    phase, activity, cause, owner, resource : (n,) int16
        Places in the tuples of a `Vocabulary`.
    minutes : (n,) int32
    """

    project: Ints
    phase: Codes
    activity: Codes
    cause: Codes
    owner: Codes
    resource: Codes
    minutes: Ints

    def columns(
        self, words: Vocabulary, replication: npt.NDArray[np.int32], ids: Sequence[str] = ()
    ) -> Columns:
        """Return the rows as columns `COLUMNS`.

        Parameters
        ----------
        words : Vocabulary
        replication : (n,) int32
            Of each row.
        ids : sequence of str, optional
            Names of the projects, to stand for their row numbers.
        """
        names = (words.phases, words.activities, words.causes, words.owners, words.resources)
        coded = {
            name: Coded(getattr(self, name), values)
            for name, values in zip(COLUMNS[2:-1], names, strict=True)
        }
        project = Coded(self.project, ids) if ids else self.project
        return {"replication": replication, "project": project, **coded, "minutes": self.minutes}

    def table(self, words: Vocabulary, replication: int) -> pd.DataFrame:
        """Return the rows as a table, codes as categories: columns `COLUMNS`."""
        return frame(self.columns(words, np.full(len(self.project), replication, dtype=np.int32)))
