"""Which rows of a trace belong to which case, and when each case ended: what several measures begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.cells import Scratch, bytes_of, flags, ints
from sim.model.arrays import CHECK, Model
from sim.model.lookup import case_table
from sim.paths.run import find_ends
from sim.sampling.draws import Draws
from sim.trace import Ints, Trace

__all__ = ["CaseBook", "Index"]

Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Index:
    """Rows by case, in borrowed scratch.

    Parameters
    ----------
    case : (V,) int32
        Case of each row.
    first : (C,) int32
        Its first row, -1 = none.
    visits : (C,) int32
        Its rows without the rerun after a void check.
    rerun : (C,) int32
        The row of that rerun, -1 = none.
    gate : (C,) int8
        1 = it has no rows in this replication and ends in the instant its predecessors end.
    ends : (C,) int32
        When it ended for its successors.
    """

    case: Ints
    first: Ints
    visits: Ints
    rerun: Ints
    gate: Bytes
    ends: Ints


#: As Python calls it; its arguments come as lists.
_FIND: Callable[..., None] = find_ends


class CaseBook:
    """Indexes traces of one model; safe to use from several threads, each with its own scratch."""

    def __init__(self, model: Model) -> None:
        cases = model.cases
        self._count = len(cases.project)
        owner = np.repeat(np.arange(self._count), np.diff(cases.pred_offset))
        if np.any(cases.pred >= owner):
            raise ValueError("cases: got a predecessor after its successor, expected topological order")
        reopened = np.zeros(self._count, dtype=np.bool_)
        reopened[cases.target[(cases.kind == CHECK) & (cases.target >= 0)]] = True
        columns = (cases.project, cases.kind, cases.target, cases.pred_offset, cases.pred, cases.pred_flag)
        self._static: tuple[Any, ...] = (ints(case_table(model)), flags(reopened), *map(ints, columns))

    def index(self, draws: Draws, trace: Trace, scratch: Scratch) -> Index:
        """Return the rows by case; they live in the scratch given."""
        case = scratch.ints("case", len(trace.project))
        names = ("first", "visits", "rerun", "ends")
        first, visits, rerun, ends = (scratch.ints(name, self._count) for name in names)
        gate = scratch.bytes("gate", self._count)
        _FIND(
            *self._static, flags(draws.applies), flags(draws.arc), bytes_of(draws.state), ints(draws.ended),
            ints(draws.rounds), ints(trace.project), ints(trace.activity), ints(trace.visit),
            ints(trace.ended), bytes_of(trace.outcome), ints(trace.milestones),
            case, first, visits, rerun, gate, ends,
        )  # fmt: skip
        return Index(case, first, visits, rerun, gate, ends)
