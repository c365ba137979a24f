"""Visits of every case: how many, how they end, how long applicant and office take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.model.arrays import APPLICANT, GATE, MEETING, QUEUED, SERVICE, Model
from sim.sampling.layout import Flags, Ints, Layout
from sim.sampling.luck import Floats, whole_minutes
from sim.sampling.world import World


@dataclass(frozen=True)
class Visits:
    """Rounds, outcomes and lengths of visits (see `Draws`)."""

    rounds: Ints
    refused: Flags
    void: Flags
    applicant: Ints
    work: Ints


def returns(u: Floats, share: Floats, most: Ints) -> Ints:
    """Return how often a case is sent back: inverse of a geometric law truncated at `most`.

    Examples
    --------
    >>> returns(np.array([0.5, 0.2, 0.01]), np.array([0.3, 0.3, 0.3]), np.array([2, 2, 2])).tolist()
    [0, 1, 2]
    """
    safe = np.clip(share, 1e-300, 1 - 1e-12)
    drawn = np.floor(np.minimum(np.log(u) / np.log(safe), 1e6)).astype(np.int64)
    drawn = np.where(share <= 0, 0, np.where(share >= 1, most, drawn))
    return np.minimum(drawn, np.maximum(most, 0))


def draw_visits(world: World, played: Ints) -> Visits:
    """Draw all visits that can still happen; slots beyond the last round stay zero.

    Parameters
    ----------
    world : World
    played : (C,) int64
        Number of visits where playing the open phase decided it, else 0.
    """
    model, layout = world.model, world.layout
    first = np.flatnonzero((layout.rounds_max > 0) & world.applies & world.active[model.cases.project])
    u = world.uniforms(first, 0, philox.VISIT)
    rounds = _rounds(world, first, u[:, 1], played)
    void = _chosen(world, model.rules.void, philox.VOID)
    # Lane 1 of visit 0 says how often a case returns; lane 1 of visit 1 is free for the refusal and
    # does not depend on the number of rounds.
    refused = _chosen(world, model.rules.refused, philox.VISIT, visit=1, lane=1)
    slots, regimes = int(model.cases.slot_offset[-1]), model.rules.work.shape[1]
    applicant = np.zeros(slots, dtype=np.int64)
    work = np.zeros((slots, regimes), dtype=np.int64)

    def fill(case: Ints, visit: Ints, u: Floats) -> None:
        slot = model.cases.slot_offset[case] + visit
        applicant[slot] = applicant_minutes(world, case, visit, u[:, 2])
        for g in range(regimes):
            law = np.where(visit == 0, model.rules.work[case, g], model.rules.rework[case, g])
            work[slot, g] = whole_minutes(world.luck.length(law.astype(np.int64), u[:, 0]))

    fill(first, np.zeros(first.size, dtype=np.int64), u)
    case, visit = _later_visits(world, rounds, first, void)
    if case.size:
        fill(case, visit, world.uniforms(case, visit, philox.VISIT))
    return Visits(rounds, refused, void, applicant, work)


def _rounds(world: World, first: Ints, u: Floats, played: Ints) -> Ints:
    """Return the number of visits; a return is as likely after a known visit as before it."""
    model, layout = world.model, world.layout
    seen = first_visit(model, layout)
    rounds = np.where(model.cases.kind == GATE, 0, 1).astype(np.int64)
    share = world.luck.values[model.rules.returned[first]]
    more = returns(u, share, layout.rounds_max[first] - 1 - seen[first])
    rounds[first] = seen[first] + more + 1
    return np.where(played > 0, played, rounds)


def first_visit(model: Model, layout: Layout) -> Ints:
    """Return the visit under way of each case the ledger shows under way, 0 elsewhere."""
    under_way = np.isin(model.known.state, (APPLICANT, QUEUED, SERVICE))
    visit = np.clip(model.known.visit.astype(np.int64), 0, np.maximum(layout.rounds_max - 1, 0))
    return np.where(under_way, visit, 0)


def _later_visits(world: World, rounds: Ints, cases: Ints, void: Flags) -> tuple[Ints, Ints]:
    """Return (case, visit) of every visit after the first, reruns after a void check included."""
    layout = world.layout
    extra = np.maximum(rounds[cases] - 1, 0)
    case = np.repeat(cases, extra)
    start = np.repeat(np.cumsum(extra) - extra, extra)
    target = world.model.cases.target[void]
    again = np.unique(target[target >= 0]).astype(np.int64)
    again = again[layout.rerun[again] & world.applies[again]]
    visit = np.concatenate([np.arange(case.size) - start + 1, layout.rounds_max[again]])
    return np.concatenate([case, again]), visit


def _chosen(
    world: World, share: npt.NDArray[np.int32], purpose: int, *, visit: int = 0, lane: int = 0
) -> Flags:
    """Return where a case's uniform is below its share; False where it has none."""
    chosen = np.zeros(len(share), dtype=np.bool_)
    at = np.flatnonzero((share >= 0) & world.applies & (world.layout.rounds_max > 0))
    if at.size:
        u = world.uniforms(at, visit, purpose)[:, lane]
        chosen[at] = u < world.luck.values[share[at]]
    return chosen


def applicant_law(model: Model, case: Ints, visit: Ints) -> Ints:
    """Return the law of the applicant time of each visit: preparation first, correction later."""
    return np.where(visit == 0, model.rules.prepare[case], model.rules.correct[case]).astype(np.int64)


def applicant_part(world: World, case: Ints, visit: Ints, tolerated: Flags | None = None) -> Floats:
    """Return the part of the preparation done before the visit: not all of it for a tolerated item."""
    early = world.tolerated[case] if tolerated is None else tolerated
    later = world.luck.values[world.model.rules.tolerated_share[case]]
    return 1.0 - np.where((visit == 0) & early, later, 0.0)


def applicant_minutes(
    world: World, case: Ints, visit: Ints, u: Floats, played: tuple[Ints, Flags] | None = None
) -> Ints:
    """Return the applicant time before each visit; a check of papers finishes its item's preparation.

    Parameters
    ----------
    played : ((n,) int64, (n,) bool), optional
        When an open phase is played: the attempt of each visit, and whether its item is tolerated there.
    """
    luck, rules = world.luck, world.model.rules
    attempt, tolerated = played if played is not None else (None, None)
    part = applicant_part(world, case, visit, tolerated)
    length = luck.length(applicant_law(world.model, case, visit), u) * part
    papers = np.flatnonzero((world.layout.papers_of[case] >= 0) & (visit == 0))
    if papers.size:
        item = world.layout.papers_of[case[papers]]
        key = (0, philox.VISIT) if attempt is None else (1000 * attempt[papers], philox.ATTEMPT)
        whole = luck.length(rules.prepare[item].astype(np.int64), world.uniforms(item, *key)[:, 2])
        length[papers] = whole * luck.values[rules.tolerated_share[item]]
    return whole_minutes(length)


def work_law(model: Model, case: Ints, visit: Ints, joined: Ints) -> Ints:
    """Return the law of the work of each visit, under the regime in force when it joined."""
    regime = np.maximum(np.searchsorted(model.regime_start, joined, side="right") - 1, 0)
    law = np.where(visit == 0, model.rules.work[case, regime], model.rules.rework[case, regime])
    resource = model.cases.resource[case]
    shared = model.cases.session_law[case] & (resource >= 0)
    if shared.any():
        shared &= model.resources.kind[resource] == MEETING
        law = np.where(shared, model.session_law[resource], law)
    return law.astype(np.int64)
