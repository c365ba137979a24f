"""What drawing and playing cases needs, gathered for one replication."""

from __future__ import annotations

from dataclasses import dataclass

from sim.model.arrays import Model
from sim.sampling.factors import Factors
from sim.sampling.layout import Flags, Ints, Layout, Small
from sim.sampling.luck import Floats, Luck


@dataclass(frozen=True)
class World:
    """The model, its layout, the replication's luck and the choices made by name.

    Parameters
    ----------
    model : Model
    layout : Layout
    luck : Luck
    clocks : int32 array
        All clocks in one table, see `sim.sampling.mixed`.
    lane : (P,) int64
        Lane of clocks each project runs on.
    applies, tolerated, promised : (C,) bool
    present : (M,) bool
        Members of merged cases that take part.
    arc : (A,) bool
        Playing open phases puts the choices of its attempts here.
    active : (P,) bool
    factors : Factors
    """

    model: Model
    layout: Layout
    luck: Luck
    clocks: Small
    lane: Small
    applies: Flags
    tolerated: Flags
    promised: Flags
    present: Flags
    arc: Flags
    active: Flags
    factors: Factors

    def uniforms(self, case: Ints, visit: Ints | int, purpose: int) -> Floats:
        """Return the four uniforms of each visit of a case."""
        layout = self.layout
        return self.luck.uniforms(layout.case_project[case], layout.case_activity[case], visit, purpose)
