"""All templates one below the other, and where each case of each project finds its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.model.arrays import Ints
from sim.model.noderow import Row
from sim.model.template import Template

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sheet:
    """Cases and arcs of P projects as places in the stacked templates.

    Parameters
    ----------
    templates : tuple of Template
    of : (P,) int64
        Template of each project.
    rows : tuple of Row
        Rows of all templates, stacked.
    case_offset : (P+1,) int64
        Cases of each project.
    project : (C,) int64
    case_row : (C,) int64
        Stacked row of each case.
    arc_row : (A,) int64
        Stacked arc of each arc.
    arc_base : (A,) int64
        First case of the project of each arc.
    """

    templates: tuple[Template, ...]
    of: Longs
    rows: tuple[Row, ...]
    case_offset: Longs
    project: Longs
    case_row: Longs
    arc_row: Longs
    arc_base: Longs

    def column(self, name: str) -> Ints:
        """One field of `Row` for every case, as it stands in the template."""
        stacked = np.array([getattr(row, name) for row in self.rows], dtype=np.int32)
        found: Ints = stacked[self.case_row]
        return found

    def places(self, name: str) -> Ints:
        """Turn a field that points at a node of the same project into case numbers; -1 stays."""
        local = self.column(name)
        return np.where(local >= 0, local + self.case_offset[self.project], -1).astype(np.int32)

    def stacked(self, parts: Sequence[Ints]) -> Ints:
        """One array a template, stacked and spread over the cases."""
        found: Ints = np.concatenate(parts)[self.case_row]
        return found

    def arcs(self, parts: Sequence[Ints]) -> Ints:
        """One array of arcs a template, stacked and spread over the arcs of the projects."""
        found: Ints = np.concatenate(parts)[self.arc_row]
        return found


def make_sheet(templates: Sequence[Template], of: Sequence[int]) -> Sheet:
    """Lay out the cases of all projects, project by project, in the order of their graphs."""
    kinds = np.array(of, dtype=np.int64)
    sizes = np.array([len(t.rows) for t in templates], dtype=np.int64)
    arcs = np.array([len(t.pred) for t in templates], dtype=np.int64)
    case_offset = np.concatenate([[0], np.cumsum(sizes[kinds])]).astype(np.int64)
    return Sheet(
        tuple(templates),
        kinds,
        tuple(row for t in templates for row in t.rows),
        case_offset,
        project=np.repeat(np.arange(len(kinds)), sizes[kinds]),
        case_row=_spread(sizes, kinds),
        arc_row=_spread(arcs, kinds),
        arc_base=np.repeat(case_offset[:-1], arcs[kinds]),
    )


def _spread(sizes: Longs, of: Longs) -> Longs:
    """Stacked places of everything that belongs to each project, project by project."""
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    counts = sizes[of]
    ends = np.cumsum(counts)
    within = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)
    return np.repeat(starts[of], counts) + within
