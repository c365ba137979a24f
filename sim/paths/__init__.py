"""The driving path: which activity, cause and owner each minute from signing to a milestone belongs to.

From a milestone walk back: of the activities it needs, the one that ended last owns its interval; its
ready is the end of its own last predecessor; repeat to signing. The intervals tile [signed, milestone]
exactly, in integer minutes, for every project and replication. The *load* table sums minutes over
parallel activities instead; the two are never mixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.engine.cells import Scratch
from sim.model.arrays import Model
from sim.paths.casebook import CaseBook
from sim.paths.finder import PathFinder
from sim.sampling.draws import Draws
from sim.trace import Ints, Trace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CaseBook", "PathFinder", "case_ends", "driving_path", "load"]


def case_ends(model: Model, draws: Draws, trace: Trace) -> Ints:
    """Minute at which each case ended for its successors.

    A gate ends with its last predecessor; a check whose target was reopened ends when the rerun does;
    a case known to have ended before the epoch ends when the ledger (or the played past) says.

    Parameters
    ----------
    model : Model
    draws : Draws
    trace : Trace
        Of the same replication.

    Returns
    -------
    (C,) int32
        `NEVER` where it did not end.
    """
    return CaseBook(model).index(draws, trace, Scratch()).ends


def driving_path(
    model: Model,
    draws: Draws,
    trace: Trace,
    milestone: int | npt.NDArray[np.integer[Any]] | None = None,
    *,
    since: int | None = None,
    unreached: bool = False,
) -> pd.DataFrame:
    """Minutes between signing and a milestone by activity, cause and owner, on the driving path.

    Parameters
    ----------
    model, draws, trace
        Of one replication; for many of them make a `PathFinder` once.
    milestone, since, unreached
        See `PathFinder`.

    Returns
    -------
    DataFrame
        Columns replication, project (row number), phase, activity, cause, owner, resource, minutes. Per
        project the minutes add up to milestone - max(signed, since). Time before the epoch that no row
        explains has cause `history`.
    """
    finder = PathFinder(model, milestone, since=since, unreached=unreached)
    return finder.rows(draws, trace).table(finder.vocabulary, trace.replication)


def load(model: Model, draws: Draws, trace: Trace, *, since: int | None = None) -> pd.DataFrame:
    """Minutes of all activities by cause and owner, summed over parallel ones.

    Does not add up to anything by design: a project with two activities under way counts twice.

    Returns
    -------
    DataFrame
        The columns of `driving_path`.
    """
    finder = PathFinder(model, since=since, everything=True)
    return finder.rows(draws, trace).table(finder.vocabulary, trace.replication)
