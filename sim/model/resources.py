"""Resources and ladders of a scenario as arrays, one resource for every unit it is divided over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.model.arrays import MEETING, OFFICE, POOL, QUOTA, Ints, Ladders, Resources
from sim.model.clockbook import ClockBook
from sim.model.frozen import frozen_flags, frozen_ints
from sim.model.lawrows import Laws
from sim.model.scalars import Numbers
from sim.quantities import clock_of_unit, minutes
from sim.resources import ClockName, Meeting, Office, Pool, Quota, Resource, Rung
from sim.scenario import Scenario
from sim.spec import Parameter

KIND_OF: dict[type, int] = {Office: OFFICE, Quota: QUOTA, Pool: POOL, Meeting: MEETING}


@dataclass(frozen=True)
class Desk:
    """One compiled resource: its name in the scenario, its unit (None = city-wide) and its block."""

    base: str
    unit: str | None
    block: Resource

    @property
    def name(self) -> str:
        """Name of the resource, ``base@unit`` where it is divided."""
        return self.base if self.unit is None else f"{self.base}@{self.unit}"


class Desks:
    """Every resource of a model, in the order of their names.

    Parameters
    ----------
    resources : mapping
        As in the scenario.
    units : sequence of str
    """

    def __init__(self, resources: Mapping[str, Resource], units: Sequence[str]) -> None:
        found = [
            Desk(base, unit, block)
            for base, block in resources.items()
            for unit in (units if block.scope == "county" else [None])
        ]
        self.rows: tuple[Desk, ...] = tuple(sorted(found, key=lambda desk: desk.name))
        self._index = {(desk.base, desk.unit): i for i, desk in enumerate(self.rows)}
        self._blocks = dict(resources)

    def index(self, base: str, unit: str) -> int:
        """Row of the resource that serves a unit."""
        return self._index[base, unit if self._blocks[base].scope == "county" else None]

    def block(self, base: str) -> Resource:
        """Return the scenario's block of a resource."""
        return self._blocks[base]

    def divided(self, base: str) -> bool:
        """Whether every unit has its own."""
        return self._blocks[base].scope == "county"


@dataclass(frozen=True)
class CompiledResources:
    """The arrays of resources and the scalars behind them, N long each."""

    arrays: Resources
    capacity_scalar: Ints
    reserved_scalar: Ints
    session_cancelled: Ints
    session_law: Ints


def compile_resources(
    desks: Desks, book: ClockBook, numbers: Numbers, laws: Laws, epoch: date
) -> CompiledResources:
    """Arrays of all resources, opening balances and capacities as they are at the epoch."""
    blocks = [desk.block for desk in desks.rows]
    openings = [opening(block, numbers, epoch) for block in blocks]
    arrays = Resources(
        names=tuple(desk.name for desk in desks.rows),
        kind=frozen_ints([KIND_OF[type(b)] for b in blocks]),
        owner=tuple(b.owner for b in blocks),
        clock=frozen_ints([_hours(b, book) for b in blocks]).reshape(len(blocks), book.lanes),
        skip=frozen_flags([b.discipline == "skip" for b in blocks]),
        keeps_place=frozen_flags([isinstance(b, Office) and b.keeps_place for b in blocks]),
        capacity=frozen_ints([o[0] for o in openings]),
        reserved=frozen_ints([o[1] for o in openings]),
        returns=frozen_flags([isinstance(b, Quota) and b.returns_on_withdrawal for b in blocks]),
        lead=frozen_ints([round(minutes(b.lead)) if isinstance(b, Meeting) else 0 for b in blocks]),
    )
    meetings = [b if isinstance(b, Meeting) else None for b in blocks]
    return CompiledResources(
        arrays,
        capacity_scalar=frozen_ints([o[2] for o in openings]),
        reserved_scalar=frozen_ints([o[3] for o in openings]),
        session_cancelled=frozen_ints([numbers.scalar(m.cancelled) if m else -1 for m in meetings]),
        session_law=frozen_ints([laws.row(m.duration) if m else -1 for m in meetings]),
    )


def _hours(block: Resource, book: ClockBook) -> tuple[int, ...]:
    """Look up the opening hours of an office in every lane; -1 = always open, as all else is."""
    if not isinstance(block, Office) or block.hours == "natural":
        return (-1,) * book.lanes
    return book.lane_clocks(block.hours)


Opening = tuple[int, int, int, int]


def opening(block: Resource, numbers: Numbers, epoch: date) -> Opening:
    """Capacity, reserved balance and their scalars at the epoch (dated changes before it count)."""
    if isinstance(block, Quota):
        return split_amount(block, block.initial, numbers)
    if isinstance(block, Meeting):
        return 0, 0, -1, -1
    size = block.reviewers if isinstance(block, Office) else block.amount
    for change in sorted(block.changes, key=lambda c: c.on):
        size = change.to if change.on <= epoch else size
    return whole(size, numbers), 0, drawn_scalar(size, numbers), -1


def split_amount(block: Quota, amount: Parameter, numbers: Numbers) -> Opening:
    """Open and reserved part of an amount of a quota (the reserved part rounds down), and scalars.

    The reserved share is taken at its central value; only the amount is drawn.
    """
    share = block.reserved_share.value if block.reserved_share is not None else 0.0
    total = whole(amount, numbers)
    kept = int(numbers.value(numbers.scalar(amount)) * share + 1e-9)
    if not amount.drawn:
        return total - kept, kept, -1, -1
    part = numbers.scalar(amount, share) if share > 0 else -1
    return total - kept, kept, numbers.scalar(amount, 1.0 - share), part


def whole(amount: Parameter, numbers: Numbers) -> int:
    """Central value in whole engine units, half up."""
    return int(numbers.value(numbers.scalar(amount)) + 0.5)


def drawn_scalar(amount: Parameter, numbers: Numbers) -> int:
    """Scalar of an amount that replications draw, -1 for a fixed one."""
    return numbers.scalar(amount) if amount.drawn else -1


class LadderBook:
    """Ladders as arrays, one for every unit where a rung asks for a divided resource.

    Parameters
    ----------
    scenario : Scenario
    desks : Desks
    units : sequence of str
    """

    def __init__(self, scenario: Scenario, desks: Desks, units: Sequence[str]) -> None:
        self._desks = desks
        self._rows: list[tuple[str, str, Sequence[Rung]]] = []
        self._index: dict[tuple[str, str], int] = {}
        for name, rungs in scenario.ladders.items():
            divided = any(rung.resource and desks.divided(rung.resource) for rung in rungs)
            for unit in units if divided else units[:1]:
                self._rows.append((f"{name}@{unit}" if divided else name, unit, rungs))
                self._index[name, unit] = len(self._rows) - 1
            if not divided:
                self._index.update(dict.fromkeys(((name, u) for u in units), len(self._rows) - 1))

    def index(self, name: str, unit: str) -> int:
        """Ladder that a case of a unit climbs."""
        return self._index[name, unit]

    def compile(self, book: ClockBook, numbers: Numbers, laws: Laws) -> Ladders:
        """Arrays of all rungs."""
        rungs = [(rung, unit) for _, unit, ladder in self._rows for rung in ladder]
        return Ladders(
            names=tuple(name for name, _, _ in self._rows),
            offset=frozen_ints(np.cumsum([0, *(len(ladder) for _, _, ladder in self._rows)])),
            resource=frozen_ints([self._resource(rung, unit) for rung, unit in rungs]),
            work=frozen_ints([-1 if self._hears(rung) else laws.row(rung.work) for rung, _ in rungs]),
            clock=frozen_ints([book.lane_clocks(_rung_clock(rung))[0] for rung, _ in rungs]),
            solved=frozen_ints([numbers.scalar(rung.solved) for rung, _ in rungs]),
        )

    def _resource(self, rung: Rung, unit: str) -> int:
        return -1 if rung.resource is None else self._desks.index(rung.resource, unit)

    def _hears(self, rung: Rung) -> bool:
        """Tell whether a rung is a meeting, which takes no time."""
        return rung.resource is not None and isinstance(self._desks.block(rung.resource), Meeting)


def _rung_clock(rung: Rung) -> ClockName:
    if rung.clock is not None:
        return rung.clock
    return (clock_of_unit(rung.work.unit) if rung.work is not None else None) or "natural"
