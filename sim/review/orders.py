"""What reviews order: the only things that may change in a run because of what happened in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.model.arrays import Flags, Model

__all__ = ["SAME", "Longs", "Orders", "combined", "nothing"]

Longs = npt.NDArray[np.int64]

#: Thousandths that leave work as it is.
SAME: int = 1000


@dataclass(frozen=True)
class Orders:
    """What holds from one date to the next.

    Parameters
    ----------
    effort : (P, K) int
        Thousandths of the work of visits that join from now on, by project and phase (ending milestone),
        on top of the common factor.
    front : (C,) bool
        Cases whose requests, waiting or later, come before all others of their queue.
    turned_away : (P,) bool
        Coming arrivals that are not signed.
    rungs : (U, D) int
        Thousandths of the work on the rungs asked from now on, by unit and ladder.
    """

    effort: Longs
    front: Flags
    turned_away: Flags
    rungs: Longs


def nothing(model: Model) -> Orders:
    """Return orders that change nothing."""
    projects, cases = len(model.project_ids), len(model.cases.project)
    return Orders(
        np.full((projects, len(model.milestones)), SAME, dtype=np.int64),
        np.zeros(cases, dtype=np.bool_),
        np.zeros(projects, dtype=np.bool_),
        np.full((len(model.units), len(model.ladders.names)), SAME, dtype=np.int64),
    )


def combined(model: Model, orders: Iterable[Orders]) -> Orders:
    """Return the orders of all reviews together: factors multiply, half up, in the order given."""
    found = nothing(model)
    for one in orders:
        found = Orders(
            (found.effort * one.effort + 500) // SAME,
            found.front | one.front,
            found.turned_away | one.turned_away,
            (found.rungs * one.rungs + 500) // SAME,
        )
    return found
