"""Choices by attempt: what applies, is tolerated and waits for what, in each attempt at the present.

What has stayed open long is likelier to have many items and long chains, so the choices are part of an
attempt like its lengths. Attempt 1 makes the choices that every other project makes.
"""

from __future__ import annotations

from sim.jit import kernel
from sim.philox import APPLIES, CHAIN
from sim.sampling import open_layout as at
from sim.sampling.mixed import Cells
from sim.sampling.play import Flags, Floats, Keys, named

__all__ = ["choose"]


@kernel
def _is_up(b: Cells, key: Keys, names: Keys, values: Floats, p: int, flag: int, attempt: int) -> bool:
    """Tell whether a flag, by the place of its name and share, is chosen."""
    if b[flag] == at.FORCED:
        return bool(values[b[flag + 1]] > 0.0)
    u = named(key, names, b[p + at.P_INDEX], b[flag], attempt - 1, APPLIES)[0]
    return bool(u < values[b[flag + 1]])


@kernel
def choose(
    b: Cells, key: Keys, names: Keys, values: Floats, applies: Flags, tolerated: Flags, arc: Flags, p: int,
    attempt: int,
) -> None:  # fmt: skip
    """Make the choices of one project in one attempt, for all its cases."""
    first, end = b[p + at.P_FLAG], b[p + at.P_FLAG_END]
    for f in range(first, end, at.FLAG):
        case = b[f + at.F_CASE]
        applies[case] = b[f + at.F_APPLIES] == -1 or _is_up(
            b, key, names, values, p, f + at.F_APPLIES, attempt
        )
        if b[f + at.F_TOLERATED] != -1:
            tolerated[case] = _is_up(b, key, names, values, p, f + at.F_TOLERATED, attempt)
    # A check of an item that does not apply has nothing to check; its item comes before it.
    for f in range(end - at.FLAG, first - 1, -at.FLAG):
        if b[f + at.F_TARGET] >= 0 and not applies[b[f + at.F_TARGET]]:
            applies[b[f + at.F_CASE]] = False
    for a in range(b[p + at.P_SERIAL], b[p + at.P_SERIAL_END], at.SERIAL):
        u = named(key, names, b[p + at.P_INDEX], b[a + at.S_KEY], attempt - 1, CHAIN)[0]
        arc[b[a + at.S_ARC]] = u < values[b[a + at.S_SHARE]]
