"""The driving paths of replications of one model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.cells import Scratch, Spare, bytes_of, flags, ints, longs
from sim.engine.opening import clock_cells
from sim.model.arrays import CHECK, Model
from sim.paths.book import LOWEST
from sim.paths.casebook import CaseBook, Index
from sim.paths.pieces import FIELDS
from sim.paths.run import find_pieces, unpack_rows
from sim.sampling.draws import Draws
from sim.trace import Ints, Trace
from sim.waits import (
    APPLICANT_CAUSE,
    APPLICANT_OWNER,
    CLOSED_CAUSE,
    CORRECTION_CAUSE,
    GOVERNMENT,
    HISTORY_CAUSE,
    NATURE,
    UNKNOWN,
    WORK_CAUSE,
    Codes,
    Vocabulary,
    WaitRows,
    vocabulary,
)

__all__ = ["PathFinder"]


#: As Python calls them; their arguments come as lists.
_FIND: Callable[..., None] = find_pieces
_UNPACK: Callable[..., None] = unpack_rows


def _codes(words: Vocabulary) -> npt.NDArray[np.int64]:
    """Return the codes kernels have to know, in the order in which they read them."""
    names = (HISTORY_CAUSE, UNKNOWN, APPLICANT_CAUSE, CORRECTION_CAUSE, WORK_CAUSE, CLOSED_CAUSE)
    history, unknown, *causes = (
        words.owner(n) if n == UNKNOWN else words.cause(n) for n in names
    )  # fmt: skip
    owners = [words.owner(name) for name in (GOVERNMENT, APPLICANT_OWNER, NATURE)]
    return longs([len(words.activities) - 1, history, unknown, len(words.resources) - 1, *causes, *owners])


def _check_sizes(words: Vocabulary) -> None:
    """Check that every code has room in a key."""
    names = (words.phases, words.activities, words.causes, words.owners, words.resources)
    for bits, values in zip(FIELDS, names, strict=True):
        if len(values) > 1 << bits:
            raise ValueError(f"got {len(values)} names like {values[0]}, expected at most {1 << bits}")


class PathFinder:
    """Finds where the time of each project went, on its driving path; prepared once a model.

    Safe to use from several threads. Time before the epoch that no row explains has cause `history`.

    Parameters
    ----------
    model : Model
    milestone : int or (P,) int, optional
        Column of ``model.milestones``; default: the last milestone each project reached.
    since : int, optional
        Count only minutes from here on (0: from the as-of date on).
    unreached : bool
        Also take projects that did not reach it, up to their withdrawal or the horizon, along the
        open activity that has been under way longest.
    everything : bool
        Minutes of all activities instead, parallel ones twice: the load, which does not add up.
    """

    def __init__(
        self,
        model: Model,
        milestone: int | npt.NDArray[np.integer[Any]] | None = None,
        *,
        since: int | None = None,
        unreached: bool = False,
        everything: bool = False,
    ) -> None:
        self.vocabulary = words = vocabulary(model)
        _check_sizes(words)
        self._book, self._spare, cases, stages = CaseBook(model), Spare(), model.cases, len(model.milestones)
        count = len(model.project_ids)
        wanted = np.full(count, -1) if milestone is None else np.broadcast_to(milestone, (count,)) % stages
        site = [clock.name.startswith("site") for clock in model.clocks]
        self._cases, self._width, self._checks = len(cases.project), stages, int(np.sum(cases.kind == CHECK))
        again = np.bincount(cases.target[cases.target >= 0], minlength=1).max()
        self._often = 1 + int(again)  # how many times a path can take one row
        self._asked = (everything, ints(wanted), unreached, LOWEST if since is None else since, model.horizon)
        self._static: tuple[Any, ...] = (
            _codes(words), clock_cells(model.clocks), flags(site), longs(words.queue_cause),
            longs(words.queue_owner), longs(words.stop_cause), longs(words.work_owner),
            ints(model.milestone_case), flags(model.milestone_case < 0),
            *map(ints, (cases.phase, cases.activity, cases.resource, cases.ladder, cases.clock)),
            *map(ints, (cases.target, cases.pred_offset, cases.pred, cases.pred_flag)),
            ints(model.ladders.offset), ints(model.ladders.resource),
        )  # fmt: skip

    def rows(self, draws: Draws, trace: Trace, index: Index | None = None) -> WaitRows:
        """Return the minutes of one replication by project, activity, cause and owner.

        Parameters
        ----------
        draws, trace
        index : Index, optional
            The rows of the trace by case, of who has them already.
        """
        with self._spare.lent() as scratch:
            found = index or self._book.index(draws, trace, scratch)
            found_at, keys, minutes = self._pieces(draws, trace, found, scratch)
            size = int(found_at[-1])
            columns: list[Codes] = [np.empty(size, dtype=np.int16) for _ in FIELDS]
            project, amounts = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
            _UNPACK(found_at, keys, minutes, project, *columns, amounts)
        phase, activity, cause, owner, resource = columns
        return WaitRows(project, phase, activity, cause, owner, resource, amounts)

    def _pieces(self, draws: Draws, trace: Trace, index: Index, scratch: Scratch) -> tuple[Ints, Any, Ints]:
        """Return where each project's pieces begin, their keys and their minutes, in the scratch."""
        projects, rows = len(trace.withdrawn), len(trace.project) + self._checks
        gaps = 2 * self._cases + self._width * projects + 1
        room = 6 * rows + self._often * len(trace.stop_project) + gaps + 1
        of_project = ("taken_at", "gaps_at", "found_at")
        taken_at, gaps_at, found_at = (scratch.ints(name, projects + 1) for name in of_project)
        keys, minutes = scratch.longs("keys", room), scratch.ints("minutes", room)
        _FIND(
            *self._asked, *self._static, flags(draws.active), ints(draws.lane), flags(draws.arc),
            *map(ints, (trace.project, trace.visit, trace.ready, trace.joined, trace.served, trace.ended)),
            bytes_of(trace.outcome), *map(ints, (trace.stop_project, trace.stop_activity, trace.stop_rung)),
            *map(ints, (trace.stop_started, trace.stop_ended, trace.withdrawn, trace.milestones)),
            index.case, index.first, index.visits, index.rerun, index.gate, index.ends,
            scratch.longs("taken", rows), scratch.ints("until", rows), taken_at,
            scratch.longs("gap_keys", gaps), scratch.ints("gap_minutes", gaps), gaps_at,
            keys, minutes, found_at,
        )  # fmt: skip
        return found_at, keys, minutes
