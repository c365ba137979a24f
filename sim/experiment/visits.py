"""The visits of an experiment: what an event log tells, replication after replication."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.experiment.blocks import Block, Blocks, columns_of
from sim.trace import Ints, Trace


@dataclass(frozen=True)
class VisitRows:
    """Visits of one replication or more, columns of `Trace` of one length."""

    project: Ints
    activity: Ints
    visit: Ints
    ready: Ints
    joined: Ints
    served: Ints
    ended: Ints
    outcome: npt.NDArray[np.int8]

    @classmethod
    def of(cls, trace: Trace) -> VisitRows:
        """Take the visits of a trace."""
        return cls(*(getattr(trace, name) for name in columns_of(cls)))


class VisitBlock(Block[VisitRows]):
    """Visits of some replications in a row."""


class Visits(Blocks[VisitBlock]):
    """Visits of all replications of an experiment, in order; empty when not collected."""
