"""Cases at the epoch: what is left of those the ledger shows under way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.laws import conditional_remaining
from sim.model.arrays import APPLICANT, ENDED, INFERRED, NOT_YET, QUEUED, SERVICE
from sim.sampling.layout import Ints
from sim.sampling.luck import Floats, Luck, whole_minutes
from sim.sampling.shared import shared_factor
from sim.sampling.visits import applicant_law, applicant_part, first_visit, work_law
from sim.sampling.world import World
from sim.trace import NEVER


@dataclass(frozen=True)
class States:
    """States of cases at the epoch and what is left of them; arrays are filled in place.

    `played` is the number of visits where playing the open phase decided it, else 0.
    """

    state: npt.NDArray[np.int8]
    visit: Ints
    ready: Ints
    joined: Ints
    served: Ints
    ended: Ints
    remaining: Ints
    played: Ints


def known_states(world: World) -> States:
    """Return the states the ledger gives; inferred cases stand as NOT_YET until they are played."""
    known = world.model.known
    state = np.where(known.state == INFERRED, NOT_YET, known.state).astype(np.int8)
    states = States(
        state=state,
        visit=first_visit(world.model, world.layout),
        ready=known.ready.astype(np.int64),
        joined=known.joined.astype(np.int64),
        served=known.served.astype(np.int64),
        ended=np.where(state == ENDED, world.layout.ends, NEVER),
        remaining=np.zeros(len(state), dtype=np.int64),
        played=np.zeros(len(state), dtype=np.int64),
    )
    applicant, service = np.flatnonzero(state == APPLICANT), np.flatnonzero(state == SERVICE)
    if applicant.size:
        states.remaining[applicant] = _applicant_left(world, states, applicant)
    if service.size:
        states.remaining[service] = service_left(world, states, service)
    states.joined[state == APPLICANT] = NEVER
    states.served[(state == APPLICANT) | (state == QUEUED)] = NEVER
    return states


def _applicant_left(world: World, states: States, case: Ints) -> Ints:
    """Return the natural minutes of applicant time left, given the time already spent."""
    visit = states.visit[case]
    u = world.uniforms(case, visit, philox.VISIT)[:, 2]
    part = applicant_part(world, case, visit)
    spent = np.maximum(-states.ready[case], 0) / np.maximum(part, 1e-9)
    return _left(world.luck, applicant_law(world.model, case, visit), u, spent, part)


def service_left(world: World, states: States, case: Ints) -> Ints:
    """Return the own minutes of work left of cases in service, given those worked; at least one.

    The case keeps the law and the common factor it joined under.
    """
    visit, served = states.visit[case], states.served[case]
    u = world.uniforms(case, visit, philox.VISIT)[:, 0]
    law = work_law(world.model, case, visit, states.joined[case])
    spent = world.clocks.elapsed(world.clock(case), served, np.zeros_like(served)).astype(np.float64)
    share = shared_factor(world, case, states.joined[case], law, spent)
    return _left(world.luck, law, u, spent / share, share)


def _left(luck: Luck, law: Ints, u: Floats, spent: Floats, part: Floats) -> Ints:
    """Return the remaining minutes by the survival form, times `part`; at least one."""
    rest = conditional_remaining(luck.laws, law, u, spent, luck.args)
    return np.maximum(whole_minutes(rest * part), 1)
