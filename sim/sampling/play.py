"""Playing open phases forward: visits of many cases and attempts at once, up to the epoch.

Queue waits are their mean in a pilot run; stoppages, checks that fail and refusals are left to the
simulated time after the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim import philox
from sim.model.arrays import CHECK, GATE
from sim.sampling.choices import Choices, choices_of
from sim.sampling.layout import Flags, Ints
from sim.sampling.luck import whole_minutes
from sim.sampling.open_cases import LOWEST, OpenCases
from sim.sampling.shared import played_work
from sim.sampling.visits import applicant_minutes, returns, work_law
from sim.sampling.world import World


@dataclass(frozen=True)
class Played:
    """Outcome of some attempts, arrays (n cases, B attempts); (n,) when one is picked.

    `end` is the end of the case; `ready`, `joined`, `served`, `until` (its end) and `visit` describe the
    last visit that was ready by the epoch, or the first one.
    """

    end: Ints
    rounds: Ints
    visit: Ints
    ready: Ints
    joined: Ints
    served: Ints
    until: Ints

    def pick(self, choice: Ints) -> Played:
        """Return one attempt for each case."""
        row = np.arange(len(choice))
        return Played(*(getattr(self, name)[row, choice] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class _Lengths:
    """Rounds (0 where nothing is played), applicant time and work of each visit number, (n, B) each."""

    rounds: Ints
    applicant: list[Ints]
    work: list[Ints]


def play(world: World, cases: OpenCases, attempts: Ints, held: Flags) -> Played:
    """Play every case from its project's last milestone.

    Parameters
    ----------
    world : World
    cases : OpenCases
    attempts : (B,) int64
        Numbers of the attempts, from 1.
    held : (n,) bool
        Cases whose last visit is not allowed to end by the epoch.
    """
    model, count = world.model, len(cases.case)
    choices = choices_of(world, cases, attempts)
    lengths = _draw_lengths(world, cases, attempts, choices)
    # The row behind the last case is the predecessor that is not there.
    end = np.full((count + 1, len(attempts)), LOWEST, dtype=np.int64)
    empty = [np.zeros((count, len(attempts)), dtype=np.int64) for _ in range(5)]
    played = Played(end, lengths.rounds, *empty)
    starts = np.searchsorted(cases.arc_case, np.arange(count + 1))
    wait = np.where(model.cases.resource[cases.case] >= 0, model.pilot_wait[cases.case], 0).astype(np.int64)
    clock = world.clock(cases.case)
    levels = np.searchsorted(cases.level, np.arange(int(cases.level.max(initial=-1)) + 2))
    for first, last in pairwise(levels.tolist()):
        at = slice(first, last)
        waits = slice(int(starts[first]), int(starts[last]))
        before = np.where(choices.arc[waits], end[cases.arc_pred[waits]], LOWEST)
        latest = np.maximum.reduceat(before, starts[at] - starts[first], axis=0)
        # Without a predecessor, or with every arc absent in this attempt, the case begins with the project.
        ready = np.where(latest == LOWEST, cases.base[at, None], latest)
        rounds = np.where(_is_direct(world, cases, end, at), 0, lengths.rounds[at])
        end[at] = _visits(world, cases, lengths, played, at, (ready, rounds, clock[at, None], wait[at, None]))
        bound = cases.bound[at, None]
        end[at] = np.where(cases.dated[at, None], bound, np.minimum(end[at], bound))
        stays = (held | cases.shown)[at, None] & (end[at] <= 0)
        end[at] = np.where(stays, 1, end[at])
    return Played(end[:-1], *(getattr(played, name) for name in list(Played.__dataclass_fields__)[1:]))


def _is_direct(world: World, cases: OpenCases, end: Ints, at: slice) -> Flags:
    """Return where a check has nothing to convert: its target ended at or after the reference."""
    land, item = end[cases.reference[at]], end[cases.target[at]]
    check = (world.model.cases.kind[cases.case[at]] == CHECK)[:, None] & (land > LOWEST)
    return np.asarray(check & (item >= land), dtype=np.bool_)


def _visits(
    world: World,
    cases: OpenCases,
    lengths: _Lengths,
    played: Played,
    at: slice,
    begin: tuple[Ints, Ints, Ints, Ints],
) -> Ints:
    """Play the visits of one level's cases into `played`; return their ends.

    `begin` is (ready, rounds, clock, queue wait).
    """
    time, rounds, clock, wait = begin
    played.ready[at] = time
    clock = np.broadcast_to(clock, time.shape)
    for visit in range(int(rounds.max(initial=0))):
        on = visit < rounds
        joined = time + lengths.applicant[visit][at]
        served = joined + wait
        work = played_work(world, cases.case[at], joined, lengths.work[visit][at])
        ended = world.clocks.advance(clock, served, work)
        begun = on & ((time <= 0) | (visit == 0))
        columns = (played.ready, played.joined, played.served, played.until)
        for column, value in zip(columns, (time, joined, served, ended), strict=True):
            column[at] = np.where(begun, value, column[at])
        played.visit[at] = np.where(begun, visit, played.visit[at])
        time = np.where(on, ended, time)
    return time


def _draw_lengths(world: World, cases: OpenCases, attempts: Ints, choices: Choices) -> _Lengths:
    """Draw rounds and lengths of all attempts, by key (purpose ATTEMPT, visit 1000 k + v)."""
    shape = (len(cases.case), len(attempts))
    layout, rules, luck = world.layout, world.model.rules, world.luck
    case, base = np.repeat(cases.case, shape[1]), np.repeat(cases.base, shape[1])
    attempt = np.tile(attempts, shape[0])
    on = (layout.rounds_max > 0) & (world.model.cases.kind != GATE)
    tolerated = choices.tolerated.ravel()
    known = np.repeat(cases.shown | cases.dated, shape[1])
    place = np.flatnonzero(on[case] & choices.applies.ravel() & ~known)
    rounds = np.zeros(case.size, dtype=np.int64)
    lengths = _Lengths(rounds.reshape(shape), [], [])
    visit = 0
    while place.size:
        c, k = case[place], attempt[place]
        u = world.uniforms(c, 1000 * k + visit, philox.ATTEMPT)
        if visit == 0:
            rounds[place] = 1 + returns(u[:, 1], luck.values[rules.returned[c]], layout.rounds_max[c] - 1)
        number = np.full(place.size, visit, dtype=np.int64)
        before, length = np.zeros_like(rounds), np.zeros_like(rounds)
        before[place] = applicant_minutes(world, c, number, u[:, 2], (k, tolerated[place]))
        law = work_law(world.model, c, number, base[place])
        length[place] = whole_minutes(luck.length(law, u[:, 0]))
        lengths.applicant.append(before.reshape(shape))
        lengths.work.append(length.reshape(shape))
        visit += 1
        place = place[rounds[place] > visit]
    return lengths
