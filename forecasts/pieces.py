"""The replications of an outcome, a few at a time, so that what is made of them stays small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sim.experiment import Outcome

#: Cells (replication, project) worked on at once.
CELLS = 250_000

_BY_REPLICATION = (
    "numbers", "milestones", "withdrawn", "withdrawn_cause", "active", "strained", "lane", "parameters",
)  # fmt: skip


def pieces(outcome: Outcome) -> Iterator[tuple[slice, Outcome]]:
    """Yield some replications in a row with their places; waits, load and traces are of all of them."""
    count = max(1, CELLS // max(outcome.active.shape[1], 1))
    for start in range(0, outcome.replications, count):
        place = slice(start, start + count)
        yield place, replace(outcome, **{name: getattr(outcome, name)[place] for name in _BY_REPLICATION})
