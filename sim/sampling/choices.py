"""Choices by attempt: what applies, is tolerated and waits for what, in each attempt at the present.

What has stayed open long is likelier to have many items and long chains, so the choices are part of an
attempt like its lengths. Attempt 1 makes the choices that every other project makes.
"""

from __future__ import annotations

from sim import philox
from sim.jit import kernel
from sim.sampling import open_layout as at
from sim.sampling.joint import any_present
from sim.sampling.mixed import Cells
from sim.sampling.play import Flags, Floats, Keys, named

__all__ = ["choose"]


@kernel
def choose(
    b: Cells, key: Keys, names: Keys, values: Floats, applies: Flags, tolerated: Flags, promised: Flags,
    present: Flags, arc: Flags, p: int, attempt: int,
) -> None:  # fmt: skip
    """Make the choices of one project in one attempt, for all its cases."""
    for d in range(b[p + at.P_DECISION], b[p + at.P_DECISION_END], at.DECISION):
        what, index, name, u = b[d + at.D_WHAT], b[d + at.D_INDEX], b[d + at.D_NAME], 0.0
        if name >= 0:
            purpose = philox.CHAIN if what == at.THERE else philox.APPLIES
            u = named(key, names, b[p + at.P_INDEX], name, attempt - 1, purpose)[0]
        yes = bool(name == at.ALWAYS or u < values[b[d + at.D_SHARE]])
        if what == at.APPLIES:
            applies[index] = yes
        elif what == at.TOLERATED:
            tolerated[index] = yes
        elif what == at.PROMISED:
            promised[index] = yes
        elif what == at.TAKES_PART:
            present[index] = yes
        else:
            arc[index] = yes
    for g in range(b[p + at.P_MERGED], b[p + at.P_MERGED_END], at.MERGED):
        applies[b[g]] = any_present(present, b[g + at.G_FIRST], b[g + at.G_BEHIND])
    for k in range(b[p + at.P_CHECK], b[p + at.P_CHECK_END], at.CHECK):
        # A check of an item that does not apply has nothing to check.
        if not applies[b[k + at.K_TARGET]]:
            applies[b[k + at.K_CHECK]] = False
