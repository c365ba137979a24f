"""What drawing and playing cases needs, gathered for one replication."""

from __future__ import annotations

from dataclasses import dataclass

from sim.model.arrays import Model
from sim.sampling.factors import Factors
from sim.sampling.layout import Flags, Ints, Layout
from sim.sampling.luck import Floats, Luck
from sim.sampling.mixed import MixedClocks


@dataclass(frozen=True)
class World:
    """The model, its layout, the replication's luck and the choices made by name.

    Parameters
    ----------
    model : Model
    layout : Layout
    luck : Luck
    clocks : MixedClocks
    lane : (P,) int64
        Lane of clocks each project runs on.
    applies, tolerated : (C,) bool
    arc : (A,) bool
    active : (P,) bool
    factors : Factors
    """

    model: Model
    layout: Layout
    luck: Luck
    clocks: MixedClocks
    lane: Ints
    applies: Flags
    tolerated: Flags
    arc: Flags
    active: Flags
    factors: Factors

    def uniforms(self, case: Ints, visit: Ints | int, purpose: int) -> Floats:
        """Return the four uniforms of each visit of a case."""
        layout = self.layout
        return self.luck.uniforms(layout.case_project[case], layout.case_activity[case], visit, purpose)

    def clock(self, case: Ints) -> Ints:
        """Return the clock each case's work runs on, -1 = natural."""
        lane = self.lane[self.model.cases.project[case]]
        return self.model.cases.clock[case, lane].astype("int64")
