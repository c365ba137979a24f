"""Cases at the epoch: what is left of those the ledger shows under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.model.arrays import APPLICANT, ENDED, INFERRED, NOT_YET, QUEUED, SERVICE, Model
from sim.sampling.joint import joint_left
from sim.sampling.layout import Ints, Keys, Layout
from sim.sampling.luck import Floats, Luck, whole_minutes
from sim.sampling.mixed import worked
from sim.sampling.shared import Carriers, carriers_of, shared_factor
from sim.sampling.visits import applicant_law, applicant_part, work_law, work_part
from sim.sampling.world import World
from sim.trace import NEVER

#: Rows of `States.table`.
STATE, VISIT, READY, JOINED, SERVED, ENDED_AT, REMAINING, PLAYED = range(8)


@dataclass(frozen=True)
class States:
    """States of cases at the epoch and what is left of them; `table` is filled in place.

    Parameters
    ----------
    table : (8, C) int32
        State, visit, ready, joined, served, ended and remaining as in `Draws`, and the number of visits
        where playing the open phase decided it, else 0.
    """

    table: npt.NDArray[np.int32]

    def drawn(self) -> dict[str, npt.NDArray[Any]]:
        """Return what `Draws` holds of them, by name."""
        names = ("visit", "ready", "joined", "served", "ended", "remaining")
        return {"state": self.table[STATE].astype(np.int8)} | dict(zip(names, self.table[1:], strict=False))


@dataclass(frozen=True)
class Known:
    """States as the ledger gives them, before any draw; inferred cases stand as NOT_YET.

    Parameters
    ----------
    table : (8, C) int32
        See `States`.
    applicant : int64 array
        Cases whose applicant time is under way.
    service : UnderWay
        Cases whose work is.
    is_drawn : bool
        Whether any state depends on luck; else the table is that of all replications, and read-only.
    """

    table: npt.NDArray[np.int32]
    applicant: Ints
    service: UnderWay
    is_drawn: bool


@dataclass(frozen=True)
class UnderWay:
    """Cases in service at the epoch, and what does not differ from one draw of what is left to the next.

    Parameters
    ----------
    case : (n,) int64
    counters : (n, 4) uint64
        Where the number of the visit under way stands, see `sim.philox.counters_of`.
    visit : (n,) int64
    law, promise, served : (n,) int64
        Law of the work, and where it was promised; since when.
    carriers : Carriers
        Those that the common factor slows down.
    """

    case: Ints
    counters: Keys
    visit: Ints
    law: Ints
    promise: Ints
    served: Ints
    carriers: Carriers


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
    applicant = np.flatnonzero(state == APPLICANT)
    service = under_way(model, layout, table, np.flatnonzero(state == SERVICE))
    is_drawn = bool(applicant.size or service.case.size or (known.state == INFERRED).any())
    table.setflags(write=is_drawn)
    return Known(table, applicant, service, is_drawn)


def under_way(model: Model, layout: Layout, table: npt.NDArray[np.int32], case: Ints) -> UnderWay:
    """Return what is known of cases in service: each keeps the law and the common factor it joined under."""
    visit, joined, served = (table[row, case].astype(np.int64) for row in (VISIT, JOINED, SERVED))
    law, promise = (work_law(model, case, visit, joined, promised) for promised in (False, True))
    subject, activity = layout.case_project[case], layout.case_activity[case]
    counters = philox.counters_of(subject, activity, visit, philox.VISIT)
    return UnderWay(case, counters, visit, law, promise, served, carriers_of(model, case, joined))


def known_states(world: World, known: Known) -> States:
    """Return the states the ledger gives, with what is left of applicants' time; work comes last."""
    if not known.is_drawn:
        return States(known.table)
    states = States(known.table.copy())
    if len(known.applicant):
        states.table[REMAINING, known.applicant] = _applicant_left(world, states, known.applicant)
    return states


def draw_service(world: World, known: Known, states: States, stretched: Ints) -> None:
    """Draw what is left of work under way: of what the ledger shows, and of cases held in service."""
    cases = known.service
    if len(stretched):
        case = np.concatenate([cases.case, stretched])
        cases = under_way(world.model, world.layout, states.table, case)
    if len(cases.case):
        states.table[REMAINING, cases.case] = service_left(world, cases)


def _applicant_left(world: World, states: States, case: Ints) -> Ints:
    """Return the natural minutes of applicant time left, given the time already spent."""
    visit = states.table[VISIT, case].astype(np.int64)
    u = world.uniforms(case, visit, philox.VISIT)[:, 2]
    part = applicant_part(world, case, visit)
    spent = np.maximum(-states.table[READY, case], 0) / np.maximum(part, 1e-9)
    return _left(world.luck, applicant_law(world.model, case, visit), u, spent, part)


def service_left(world: World, cases: UnderWay) -> Ints:
    """Return the own minutes of work left of cases in service, given those worked; at least one."""
    case, spent = cases.case, np.empty(len(cases.case))
    worked(world.clocks, world.clock(case), cases.served, spent)
    law = np.where(world.promised[case], cases.promise, cases.law)
    done = work_part(world, case, cases.visit)
    share = shared_factor(world, cases.carriers, law, spent / done) * done
    u = world.luck.uniforms_at(cases.counters)[:, 0]
    minutes = _left(world.luck, law, u, spent / share, share)
    offset = world.model.rules.members.offset
    joint = np.flatnonzero((offset[case + 1] > offset[case]) & ~world.promised[case])
    if joint.size:
        rest, mine = np.empty(joint.size), case[joint]
        joint_left(
            world.luck.book, world.layout.rows.members, world.present, offset[mine], offset[mine + 1],
            cases.visit[joint].astype(np.int32), u[joint], spent[joint] / share[joint], rest,
        )  # fmt: skip
        minutes[joint] = np.maximum(whole_minutes(rest * share[joint]), 1)
    return minutes


def _left(luck: Luck, law: Ints, u: Floats, spent: Floats, part: Floats) -> Ints:
    """Return the remaining minutes by the survival form, times `part`; at least one."""
    rest = luck.remaining(law, u, spent)
    return np.maximum(whole_minutes(rest * part), 1)
