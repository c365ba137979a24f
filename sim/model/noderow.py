"""The rules of one node of a graph, before projects have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sim.resources import ClockName


class Member(NamedTuple):
    """One of the items done together, in the columns of `sim.model.parts.Members`."""

    name: int
    prepare: int
    correct: int
    work: int
    rework: int
    returned: int
    refused: int
    rounds: int
    share: int
    flag: int


@dataclass(frozen=True)
class Row:
    """Rules of one node, in indices of laws, scalars and flag names (-1 = none).

    `clock` and `resource` are still names; `release`, `target`, `reference`, `since` and `whole` are places
    in the graph, `allowed` and `grace` are in minutes, `role` is one of `sim.model.parts`.
    """

    name: str
    owner: str
    kind: int
    clock: ClockName = "natural"
    resource: str | None = None
    amount: str = "case"
    release: int = -1
    target: int = -1
    reference: int = -1
    since: int = -1
    grace: int = 0
    role: int = 0
    session_law: bool = False
    scaled: bool = False
    slots: int = 0
    stops: int = 0
    ladder: str | None = None
    prepare: int = -1
    correct: int = -1
    work: int = -1
    rework: int = -1
    returned: int = -1
    refused: int = -1
    void: int = -1
    applies: int = -1
    applies_name: int = -1
    tolerated: int = -1
    tolerated_name: int = -1
    tolerated_share: int = -1
    allowed: int = -1
    promised: int = -1
    promised_name: int = -1
    promise: int = -1
    split: int = -1
    whole: int = -1
    members: tuple[Member, ...] = ()
    stop_rate: int = -1
    limit: int = -1
    publicity: int = -1
    expert_review: int = -1
    clock_stops: int = 0
    timed: bool = False


class Names:
    """Names by their place of first use."""

    def __init__(self) -> None:
        self._found: dict[str, int] = {}

    def index(self, name: str) -> int:
        """Place of a name, a new one if needed."""
        return self._found.setdefault(name, len(self._found))

    @property
    def all(self) -> tuple[str, ...]:
        """All names, in order of first use."""
        return tuple(self._found)
