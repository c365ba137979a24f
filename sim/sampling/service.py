"""Work under way at the epoch: what is left of it, given the own minutes it has lasted.

A case keeps the law and the common factor it joined under. Of what several do together, see
`sim.sampling.joint`; of the common factor of a month that is over, `sim.sampling.shared`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import philox
from sim.families import Book, conditional_remaining, whole_minutes
from sim.jit import entry, kernel
from sim.keyed import units
from sim.model.arrays import Model
from sim.sampling import rows as at
from sim.sampling.joint import joint_left
from sim.sampling.layout import Flags, Ints, Keys, Small
from sim.sampling.luck import Floats
from sim.sampling.mixed import CLOCK, Cells, own_minute
from sim.sampling.shared import PLACES, shared_factor, stretches, weigh
from sim.sampling.states import JOINED, REMAINING, SERVED, VISIT
from sim.sampling.visits import session_laws
from sim.sampling.world import World

_VISIT = np.uint64(philox.VISIT)


@dataclass(frozen=True)
class Service:
    """What the replications of a model have in common.

    Parameters
    ----------
    case : (n,) int64
        Cases in service by the ledger; those of one activity that have lasted as long stand together, so
        that the law of their factor is weighed once.
    clock : int32 array
        Place of the clock of every case's work by lane, (C, L) one row behind the other.
    phase : (C,) int32
        Phase of cases that the common factor slows down, -1 of others.
    session : (C,) int32
        See `session_laws`.
    """

    case: Ints
    clock: Small
    phase: Small
    session: Small


def service_of(model: Model, case: Ints, served: Small) -> Service:
    """Put together what is known of cases in service, and since when they are."""
    cases, phase = model.cases, model.cases.phase
    carries = cases.scaled & (phase >= 0) & model.factor_phase[phase]
    clock = CLOCK * (cases.clock % (len(model.clocks) + 1))
    return Service(
        case=case[np.lexsort((served, cases.activity[case]))],
        clock=clock.astype(np.int32).reshape(-1),
        phase=np.where(carries, phase, -1).astype(np.int32),
        session=session_laws(model),
    )


def draw_service(world: World, service: Service, table: Small, stretched: Ints) -> None:
    """Draw what is left of work under way: of what the ledger shows, and of cases held in service.

    Parameters
    ----------
    world : World
    service : Service
    table : (8, C) int32
        See `sim.sampling.states`; what is left is written there.
    stretched : int64 array
        Cases held in service.
    """
    case = np.concatenate([service.case, stretched]) if len(stretched) else service.case
    if not len(case):
        return
    model, luck, factors, rows = world.model, world.luck, world.factors, world.layout.rows
    _draw_service(
        luck.key, rows.names, luck.values, luck.book, rows.cases, rows.regimes, model.regime_start,
        world.clocks, service.clock, world.lane, service.session, world.promised,
        service.phase, model.unit, factors.starts, factors.x, factors.sd, np.empty((3, PLACES)),
        model.rules.members.offset, rows.members, world.present, case, table,
    )  # fmt: skip


@entry
def _draw_service(
    key: Keys, names: Keys, values: Floats, book: Book, rows: Small, regimes: int, regime_start: Small,
    clocks: Cells, clock: Small, lane: Small, session: Small, promised: Flags,
    phase: Small, unit: Small, starts: Ints, x: Floats, sd: float, scratch: Floats,
    offset: Small, members: Small, present: Flags, case: Ints, states: Small,
) -> None:  # fmt: skip
    """Write what is left of each case, at least one minute."""
    width, lanes = at.LAWS + 2 * regimes, len(clock) // len(phase)
    last, lasted = -2, 0.0
    stretches(sd, scratch)
    for i in range(len(case)):
        c = case[i]
        row, visit = c * width, states[VISIT, c]
        project = rows[row]
        law = _law(rows, row, regimes, visit, _column(regime_start, states[JOINED, c]))
        law = rows[row + at.PROMISE] if promised[c] else law
        law = session[c] if session[c] >= -1 else law
        hours = clock[c * lanes + lane[project]]
        spent = float(own_minute(clocks, hours, 0) - own_minute(clocks, hours, states[SERVED, c]))
        share = _part(values, rows, row, visit)
        if phase[c] >= 0 and sd > 0.0:
            if law != last or spent / share != lasted:
                last, lasted = law, spent / share
                weigh(book, law, lasted, scratch)
            month = _column(starts, states[JOINED, c])
            share *= shared_factor(x[unit[project], phase[c], month], sd, scratch)
        u = units(key[0], key[1], names[project], names[rows[row + at.ACTIVITY]], np.uint64(visit), _VISIT)[0]
        if offset[c] < offset[c + 1] and not promised[c]:
            rest = joint_left(book, members, present, offset[c], offset[c + 1], visit, u, spent / share)
        else:
            rest = conditional_remaining(book, law, u, spent / share)
        states[REMAINING, c] = max(whole_minutes(rest * share, 1), 1)


@kernel
def _law(rows: Small, row: int, regimes: int, visit: int, regime: int) -> int:
    """Return the law of the work of a visit that joined under a regime."""
    return int(rows[row + at.LAWS + (regime if visit == 0 else regimes + regime)])


@kernel
def _part(values: Floats, rows: Small, row: int, visit: int) -> float:
    """Return the part of the work of a visit that a case does: not all of it where it is split."""
    first = values[rows[row + at.SPLIT]] if visit == 0 else 0.0
    return max(first if rows[row + at.WHOLE] >= 0 else 1.0 - first, 1e-9)


@kernel
def _column(starts: Cells, t: int) -> int:
    """Return the last of rising minutes that is not after t, the first one if all are."""
    column = 0
    while column + 1 < len(starts) and starts[column + 1] <= t:
        column += 1
    return column
