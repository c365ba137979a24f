"""Sums of the load of resources, which add over replications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

__all__ = ["Load", "total"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Load:
    """Sums of one or more replications; add them with `total`.

    Parameters
    ----------
    requests, served, waited, longest : (N,) float64
        Per resource: visits that joined, that were served, minutes between (a visit still waiting counts
        to the horizon), longest wait.
    held, offered : (N,) float64
        Per resource: use and supply (see the module).
    joined, delay : (activities,) float64
        Visits that joined a queue and their minutes of waiting, per activity.
    replications : int
    """

    requests: Floats
    served: Floats
    waited: Floats
    longest: Floats
    held: Floats
    offered: Floats
    joined: Floats
    delay: Floats
    replications: int = 1


def total(loads: Sequence[Load]) -> Load:
    """Add the loads of replications; the longest wait is the longest of all."""
    if not loads:
        raise ValueError("loads: got none, expected at least one replication")
    parts = {
        f.name: np.sum([getattr(load, f.name) for load in loads], axis=0)
        for f in fields(Load)
        if f.name not in {"longest", "replications"}
    }
    longest = np.max([load.longest for load in loads], axis=0)
    return Load(longest=longest, replications=sum(load.replications for load in loads), **parts)
