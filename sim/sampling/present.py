"""Cases at the epoch as the ledger shows them, and what is left of applicants' time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.model.arrays import APPLICANT, ENDED, INFERRED, NOT_YET, QUEUED, SERVICE, Model
from sim.sampling.layout import Ints, Layout
from sim.sampling.luck import whole_minutes
from sim.sampling.service import Service, service_of
from sim.sampling.states import ENDED_AT, JOINED, READY, REMAINING, SERVED, STATE, VISIT, States
from sim.sampling.visits import applicant_law, applicant_part
from sim.sampling.world import World
from sim.trace import NEVER


@dataclass(frozen=True)
class Known:
    """States as the ledger gives them, before any draw; inferred cases stand as NOT_YET.

    Parameters
    ----------
    table : (8, C) int32
        See `States`.
    applicant : int64 array
        Cases whose applicant time is under way.
    service : Service
        Cases whose work is.
    is_drawn : bool
        Whether any state depends on luck; else the table is that of all replications, and read-only.
    """

    table: npt.NDArray[np.int32]
    applicant: Ints
    service: Service
    is_drawn: bool


def read_known(model: Model, layout: Layout) -> Known:
    """Read the states off the ledger, once a model."""
    known = model.known
    state = np.where(known.state == INFERRED, NOT_YET, known.state)
    table = np.zeros((8, len(state)), dtype=np.int32)
    table[STATE], table[VISIT] = state, layout.seen
    table[READY] = known.ready
    table[JOINED] = np.where(state == APPLICANT, NEVER, known.joined)
    table[SERVED] = np.where((state == APPLICANT) | (state == QUEUED), NEVER, known.served)
    table[ENDED_AT] = np.where(state == ENDED, layout.ends, NEVER)
    applicant, service = np.flatnonzero(state == APPLICANT), np.flatnonzero(state == SERVICE)
    is_drawn = bool(applicant.size or service.size or (known.state == INFERRED).any())
    table.setflags(write=is_drawn)
    return Known(table, applicant, service_of(model, service, table[SERVED, service]), is_drawn)


def known_states(world: World, known: Known) -> States:
    """Return the states the ledger gives, with what is left of applicants' time; work comes last."""
    if not known.is_drawn:
        return States(known.table)
    states = States(known.table.copy())
    if len(known.applicant):
        states.table[REMAINING, known.applicant] = _applicant_left(world, states, known.applicant)
    return states


def _applicant_left(world: World, states: States, case: Ints) -> Ints:
    """Return the natural minutes of applicant time left, given the time already spent; at least one."""
    visit = states.table[VISIT, case].astype(np.int64)
    u = world.uniforms(case, visit, philox.VISIT)[:, 2]
    part = applicant_part(world, case, visit)
    spent = np.maximum(-states.table[READY, case], 0) / np.maximum(part, 1e-9)
    rest = world.luck.remaining(applicant_law(world.model, case, visit), u, spent)
    return np.maximum(whole_minutes(rest * part), 1)
