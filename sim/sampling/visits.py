"""Visits of every case: how many, how they end, how long applicant and office take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.model.arrays import MEETING, Model
from sim.sampling import kernels
from sim.sampling.failing import late_papers, reopen_once
from sim.sampling.joint import draw_joint
from sim.sampling.layout import Flags, Ints, Small
from sim.sampling.luck import Floats
from sim.sampling.world import World


@dataclass(frozen=True)
class Visits:
    """Rounds, outcomes and lengths of visits (see `Draws`)."""

    rounds: Small
    refused: Flags
    void: Flags
    applicant: Small
    work: Small


def draw_visits(world: World, played: Ints) -> Visits:
    """Draw all visits that can still happen; slots beyond the last round stay zero.

    Parameters
    ----------
    world : World
    played : (C,) int
        Number of visits where playing the open phase decided it, else 0.
    """
    rows, luck, count = world.layout.rows, world.luck, len(played)
    slots = int(world.model.cases.slot_offset[-1])
    visits = Visits(
        rounds=np.empty(count, dtype=np.int32),
        refused=np.empty(count, dtype=np.bool_),
        void=np.empty(count, dtype=np.bool_),
        applicant=np.zeros(slots, dtype=np.int32),
        work=np.zeros((slots, rows.regimes), dtype=np.int32),
    )
    kernels.draw_visits(
        luck.key, rows.names, luck.values, luck.book, rows.cases, rows.regimes,
        world.applies, world.tolerated, world.promised, world.active, played.astype(np.int32),
        visits.rounds, visits.refused, visits.void, visits.applicant, visits.work.reshape(-1),
    )  # fmt: skip
    _special(world, visits, played)
    return visits


def _special(world: World, visits: Visits, played: Ints) -> None:
    """Write what only some models have, in place; kernels that are not needed are not loaded."""
    rows, luck = world.layout.rows, world.luck
    applicant, work, count = visits.applicant, visits.work.reshape(-1), played.astype(np.int32)
    if len(rows.merged):
        draw_joint(
            luck.key, rows.names, luck.values, luck.book, rows.cases, rows.regimes, rows.merged, rows.members,
            world.present, world.promised, world.applies, world.active, count, visits.rounds, visits.refused,
            applicant, work,
        )  # fmt: skip
    if len(rows.limited):
        late_papers(
            luck.key, rows.names, luck.book, rows.cases, rows.regimes, rows.limited, world.applies, count,
            visits.rounds, visits.void, applicant, work,
        )  # fmt: skip
    if len(rows.rivals):
        reopen_once(rows.rivals, visits.void)


def applicant_law(model: Model, case: Ints, visit: Ints) -> Ints:
    """Return the law of the applicant time of each visit: preparation first, correction later."""
    return np.where(visit == 0, model.rules.prepare[case], model.rules.correct[case]).astype(np.int64)


def applicant_part(world: World, case: Ints, visit: Ints) -> Floats:
    """Return the part of the preparation done before the visit: not all of it for a tolerated item."""
    later = world.luck.values[world.model.rules.tolerated_share[case]]
    return 1.0 - np.where((visit == 0) & world.tolerated[case], later, 0.0)


def work_law(model: Model, case: Ints, visit: Ints, joined: Ints, promised: Flags | bool = False) -> Ints:
    """Return the law of the work of each visit, under the regime in force when it joined.

    An item that was promised has a law of its own; a session that has one gives it to all.
    """
    regime = np.maximum(np.searchsorted(model.regime_start, joined, side="right") - 1, 0)
    law = np.where(visit == 0, model.rules.work[case, regime], model.rules.rework[case, regime])
    law = np.where(promised, model.rules.promise[case], law)
    session = session_laws(model)[case]
    return np.where(session >= -1, session, law).astype(np.int64)


def session_laws(model: Model) -> Small:
    """Return the law of work that each case's session gives to all it hears, -2 where there is none."""
    cases, resource = model.cases, model.cases.resource
    shared = cases.session_law & (resource >= 0)
    if not shared.any():
        return np.full(len(resource), -2, dtype=np.int32)
    shared &= model.resources.kind[resource] == MEETING
    return np.where(shared, model.session_law[resource], -2).astype(np.int32)
