"""The present of projects known by milestones only: play the open phase until it fits.

Each replication plays a project's open phase forward from its last milestone with draws of attempt
k = 1..50 and keeps the first attempt in which the phase is still open at the epoch. A project that
none fits is *strained*: in the last attempt the case that closed the phase is held in service.
"""

from __future__ import annotations

import numpy as np

from sim.model.arrays import APPLICANT, ENDED, GATE, NOT_YET, QUEUED, SERVICE
from sim.sampling.choices import settle_choices
from sim.sampling.layout import Flags, Ints
from sim.sampling.open_cases import OpenCases
from sim.sampling.play import Played, play
from sim.sampling.present import States, service_left
from sim.sampling.world import World
from sim.trace import NEVER

#: Attempts made, in batches: most projects fit at once, few need many.
ATTEMPTS: int = 50
_BATCHES: tuple[tuple[int, int], ...] = ((1, 2), (2, 8), (8, ATTEMPTS + 1))


def infer(world: World, cases: OpenCases, states: States) -> tuple[Flags, World]:
    """Resolve the inferred cases into `states`, in place; return who is strained, and the world they chose.

    Parameters
    ----------
    world : World
    cases : OpenCases
        What has to be played.
    states : States
        States the ledger gives.
    """
    strained = np.zeros(len(world.model.project_ids), dtype=np.bool_)
    attempt = np.ones(len(strained), dtype=np.int64)
    for first, last in _BATCHES:
        if not cases.projects.size:
            break
        free = np.zeros(len(cases.case), dtype=np.bool_)
        played = play(world, cases, np.arange(first, last), free)
        fits = np.asarray(np.all(_closing_ends(cases, played.end) > 0, axis=1))
        found = np.asarray(np.any(fits, axis=1))
        first_fit = fits.argmax(axis=1)
        attempt[cases.projects] = np.where(found, first + first_fit, ATTEMPTS)
        chosen = played.pick(first_fit[cases.owner])
        _write(world, cases, chosen, found[cases.owner], states)
        cases = cases.of(~found)
    strained[cases.projects] = True
    world = settle_choices(world, attempt)
    if cases.projects.size:
        _stretch(world, cases, states)
    return strained, world


def _closing_ends(cases: OpenCases, end: Ints) -> Ints:
    """Return the ends of cases that close milestones not reached, (p, K, B); never where none does."""
    return np.where(cases.milestone[:, :, None] >= 0, end[cases.milestone], NEVER)


def _stretch(world: World, cases: OpenCases, states: States) -> None:
    """Hold in service, in the last attempt, the case that closes each milestone too early."""
    held = np.zeros(len(cases.case), dtype=np.bool_)
    only = np.zeros(len(cases.case), dtype=np.int64)
    for _ in range(cases.milestone.shape[1] + 1):
        played = play(world, cases, np.array([ATTEMPTS]), held).pick(only)
        early = _closing_ends(cases, played.end[:, None])[:, :, 0] <= 0
        places = [
            _holdable(world, cases, played, int(cases.milestone[row, early[row].argmax()]))
            for row in np.flatnonzero(early.any(axis=1))
        ]
        places = [place for place in places if place >= 0]
        if not places:
            break
        held[places] = True
    _write(world, cases, played, np.ones(len(cases.case), dtype=np.bool_), states)
    stretched = cases.case[held]
    stretched = stretched[states.state[stretched] == SERVICE]
    states.remaining[stretched] = service_left(world, states, stretched)


def _holdable(world: World, cases: OpenCases, played: Played, place: int) -> int:
    """Return the last case on the way to `place` that had a visit, or -1."""
    while True:
        if cases.bound[place] < NEVER:
            return -1
        direct = played.served[place] != played.end[place] == played.ready[place]
        if played.rounds[place] > 0 and not direct:
            return place
        first, last = np.searchsorted(cases.arc_case, [place, place + 1])
        arcs = np.arange(first, last)
        arcs = arcs[np.append(world.arc, False)[cases.arc[arcs]]]
        if not arcs.size:
            return -1
        before = cases.arc_pred[arcs]
        place = int(before[np.argmax(played.end[before])])


def _write(world: World, cases: OpenCases, played: Played, taken: Flags, states: States) -> None:
    """Turn one attempt a project into states at the epoch; what the ledger shows stays as it is."""
    taken = taken & ~cases.shown & (cases.bound >= NEVER)
    case = cases.case[taken]
    names = Played.__dataclass_fields__
    p = Played(*(getattr(played, name)[taken] for name in names))
    visited = (p.rounds > 0) & (world.model.cases.kind[case] != GATE)
    # Who would be served in minute 0 itself still queues: the desk serves by its own hours from there on.
    waits = (p.served > 0) | ((p.served == 0) & (world.model.cases.resource[case] >= 0))
    conditions = [p.end <= 0, ~visited | (p.ready > 0), p.joined > 0, waits]
    state = np.select(conditions, [ENDED, NOT_YET, APPLICANT, QUEUED], SERVICE)
    applicant, service = state == APPLICANT, state == SERVICE
    queued = state == QUEUED
    begun = applicant | queued | service
    states.played[case] = np.where(visited & (state != NOT_YET), p.rounds, 0)
    states.state[case] = state
    states.visit[case] = np.where(begun, p.visit, 0)
    states.ready[case] = np.where(begun, p.ready, NEVER)
    states.joined[case] = np.where(queued | service, p.joined, NEVER)
    states.served[case] = np.where(service, p.served, NEVER)
    states.ended[case] = np.where(state == ENDED, p.end, NEVER)
    own = world.clocks.elapsed(world.clock(case), np.zeros_like(p.until), np.maximum(p.until, 0))
    left = np.where(p.until >= NEVER, NEVER, np.maximum(own, 1))
    states.remaining[case] = np.select([applicant, service], [p.joined, left], 0)
