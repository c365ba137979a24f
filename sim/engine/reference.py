"""The reference engine: SimPy processes, written to be read. It is the definition of the model.

One process a case, whose end is the end of the case, so that precedence is ``AllOf`` of processes.
The order inside a minute comes from event priorities alone (`sim.engine.rules`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from simpy import AllOf, Event, Interrupt, Process
from simpy.events import NORMAL

from sim.clocks import Clock
from sim.engine import rules
from sim.engine.desks import At, Desks, Minutes
from sim.engine.settling import Request
from sim.engine.tables import Tables
from sim.engine.tracing import JOINED, SERVED, STOP_SERVED, Recorder
from sim.model.arrays import APPLICANT, CHECK, ENDED, NOT_YET, QUEUED, SERVICE, Model
from sim.review import SAME, Board, Orders
from sim.sampling.draws import Draws
from sim.trace import DONE, NEVER, REFUSED, RETURNED, VOID, Trace

__all__ = ["run"]

Steps = Generator[Event, Any, None]


def run(model: Model, draws: Draws) -> Trace:
    """Return what happens in one replication.

    Parameters
    ----------
    model : Model
    draws : Draws
        The luck of the replication, from `sim.sampling.sample`.

    Returns
    -------
    Trace
    """
    with _collecting_seldom():
        return _City(model, draws).run()


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Let the garbage collector look seldom: a run makes many objects, and nearly all live to its end.

    Looking at them all again and again took half of the time of a run.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 200_000) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _City:
    """The projects of one replication."""

    def __init__(self, model: Model, draws: Draws) -> None:
        self.env = Minutes()
        self.horizon = model.horizon
        self.clocks: list[Clock | None] = [*model.clocks, None]  # index -1 is the natural clock
        self.tables = Tables(model, draws)
        self.desks = Desks(self.env, model, draws)
        self.record = Recorder(model, draws)
        self.board = Board(model, draws)
        self.orders: Orders | None = None  # of the last review
        cases = len(self.tables.project)
        self.process: list[Process | None] = [None] * cases
        self.request: list[Request | None] = [None] * cases  # of the case: waits, or holds
        self.helper: list[Request | None] = [None] * cases  # of the rung of its ladder
        self.ended = self.tables.ended
        self.refused = [False] * len(self.tables.signed)

    def run(self) -> Trace:
        """Start everything that is known, let time pass, return the trace."""
        for p, takes_part in enumerate(self.tables.takes_part):
            if takes_part:
                self.at(NORMAL, partial(self.start, p), max(self.tables.signed[p], 0))
        for t in self.board.times:
            self.at(rules.CALENDAR, partial(self.review, t), t)
        self.env.run(until=self.horizon)
        return self.record.trace()

    def at(self, priority: int, call: Callable[[], None], t: int) -> None:
        """Call at minute t, if the run lasts that long."""
        if t < self.horizon:
            At(self.env, priority, call, t - self.env.now)

    # -- reviews -----------------------------------------------------------------------------------

    def review(self, t: int) -> None:
        """Hold the reviews of this minute; requests that wait find their new place."""
        table, orders = self.tables, self.board.sit(self.record.trace(), t)
        self.orders = orders
        for c, is_front in enumerate(orders.front.tolist()):
            rank = rules.rank_of(table.static_rank[c], is_front)
            if rank != table.rank[c]:
                table.rank[c] = rank
                for request in (self.request[c], self.helper[c]):
                    if request is not None and request.waits:
                        self.desks.rank(request, rank)

    def effort(self, c: int, joined: int) -> int:
        """Return the thousandths that reviews leave of the work of a visit that joins now."""
        if self.orders is None or joined < 0:
            return SAME
        return int(self.orders.effort[self.tables.project[c], self.tables.phase[c]])

    def rung_minutes(self, c: int, minutes: int) -> int:
        """Return the work on a rung that is asked now."""
        if self.orders is None:
            return minutes
        unit = self.tables.unit[self.tables.project[c]]
        return rules.work_minutes(minutes, int(self.orders.rungs[unit, self.tables.ladder[c]]))

    # -- projects ----------------------------------------------------------------------------------

    def start(self, p: int) -> None:
        """Start a project: it is signed now, or goes on from the epoch; a review may turn it away."""
        table = self.tables
        if self.orders is not None and self.orders.turned_away[p]:
            return
        for c in self.cases(p):
            if table.state[c] != NOT_YET:
                self.hold_from_before(c)
            if table.state[c] != ENDED:
                self.process[c] = Process(self.env, self.case(c))
        if self.record.milestones[p][0] == NEVER:
            self.record.milestones[p][0] = table.signed[p]
        self.await_patience(p)

    def cases(self, p: int) -> range:
        """Return the cases of a project."""
        return range(self.tables.case_offset[p], self.tables.case_offset[p + 1])

    def reach(self, p: int, k: int, t: int) -> None:
        """Reach a milestone, unless that was known; a new phase has a patience of its own."""
        reached = self.record.milestones[p]
        if reached[k] == NEVER:
            phase = self.record.phase(p)
            reached[k] = t
            if k > phase:
                self.await_patience(p)

    def await_patience(self, p: int) -> None:
        """Leave when the patience of this phase is over and the phase is not."""
        phase = self.record.phase(p)
        if phase < self.tables.last_milestone[p]:
            due = self.env.now + self.tables.patience[p][phase]
            self.at(rules.WITHDRAWAL, partial(self.lose_patience, p, phase), due)

    def lose_patience(self, p: int, phase: int) -> None:
        """Withdraw, if the phase is still open."""
        if self.record.withdrawn[p] == NEVER and self.record.phase(p) == phase:
            self.withdraw(p)

    def refuse(self, p: int) -> None:
        """Withdraw in this minute, because a case was refused."""
        self.refused[p] = True
        At(self.env, rules.WITHDRAWAL, partial(self.withdraw, p))

    def withdraw(self, p: int) -> None:
        """End everything of a project: it leaves queues and frees what it holds."""
        record, now = self.record, self.env.now
        if record.withdrawn[p] != NEVER:
            return
        record.withdrawn[p] = now
        record.cause[p] = rules.CAUSE_REFUSED if self.refused[p] else rules.CAUSE_WITHDRAWN
        for c in self.cases(p):
            record.abandon(c, now)
            for request in (self.request[c], self.helper[c]):
                if request is not None:
                    self.desks.drop(request)
            process = self.process[c]
            if process is not None and process.is_alive:
                process.interrupt()

    # -- cases -------------------------------------------------------------------------------------

    def case(self, c: int) -> Steps:
        """Live the life of a case; this process ends when the case does."""
        table = self.tables
        try:
            ready = table.ready[c]
            if table.state[c] == NOT_YET:
                yield from self.predecessors(c)
                ready = self.ready(c)
            if table.is_gate[c]:
                self.end(c, ready)
            elif table.kind[c] == CHECK and self.is_direct(c):
                self.record.direct(c, ready)
                self.end(c, ready)
            else:
                yield from self.visits(c, ready)
                if table.reopens[c]:
                    yield from self.reopen(table.target[c])
                self.end(c, self.env.now)
        except Interrupt:
            return

    def predecessors(self, c: int) -> Steps:
        """Wait for the end of everything before."""
        before = [process for b in self.tables.pred[c] if (process := self.process[b]) is not None]
        if len(before) == 1:
            yield before[0]
        elif before:
            yield AllOf(self.env, before)

    def ready(self, c: int) -> int:
        """Return when the case was ready, now that everything before it has ended."""
        table = self.tables
        latest = max([self.ended[b] for b in table.pred[c]], default=-NEVER)
        return rules.ready_at(latest, table.ready[c], table.signed[table.project[c]])

    def is_direct(self, c: int) -> bool:
        """Tell whether a check has nothing to convert."""
        table, ended = self.tables, self.ended
        since, reference = table.since[c], table.reference[c]
        return reference >= 0 and rules.is_direct(ended[since], ended[reference], table.grace[c])

    def end(self, c: int, t: int) -> None:
        """End a case: pools are given back, milestones are reached."""
        table = self.tables
        self.ended[c] = t
        self.release(c)
        for holder in table.released_by.get(c, ()):
            self.release(holder)
        for k in table.milestones_of.get(c, ()):
            self.reach(table.project[c], k, max(t, 0))

    # -- visits ------------------------------------------------------------------------------------

    def visits(self, c: int, ready: int) -> Steps:
        """Visit until done; a refusal ends the project, and nothing follows on it."""
        table = self.tables
        state, number, last = table.state[c], 0, table.rounds[c] - 1
        if state != NOT_YET:
            number = table.visit[c]
        while True:
            yield from self.visit(c, number, table.slot_offset[c] + number, ready, state)
            if number >= last:
                break
            self.leave(c, RETURNED)
            ready, state, number = self.env.now, NOT_YET, number + 1
        if table.refused[c]:
            self.leave(c, REFUSED)
            self.refuse(table.project[c])
            yield self.env.event()
        self.leave(c, VOID if table.reopens[c] else DONE)

    def reopen(self, c: int) -> Steps:
        """Do a case once more, because the check of it failed."""
        table, now = self.tables, self.env.now
        if table.is_pool[c]:
            self.give_back(c)
        yield from self.visit(c, table.rounds[c], table.slot_offset[c + 1] - 1, now, NOT_YET)
        self.leave(c, DONE)
        self.release(c)

    def visit(self, c: int, number: int, slot: int, ready: int, state: int) -> Steps:
        """One visit up to the end of its work: applicant time, queue, work."""
        env, table = self.env, self.tables
        row = self.record.open(c, number, ready)
        if state in (QUEUED, SERVICE):
            joined = table.joined[c]
        elif state == APPLICANT:
            joined = env.now + table.remaining[c]
        else:
            drawn = rules.applicant_minutes(table.applicant[slot], number, table.is_meeting[c])
            joined = rules.joined_at(ready, drawn)
        if joined > env.now:
            yield env.timeout(joined - env.now)
        row[JOINED] = joined
        if state == SERVICE:
            row[SERVED] = table.served[c]
            minutes = table.remaining[c]
        else:
            effort = self.effort(c, joined)
            if table.resource[c] >= 0 and self.request[c] is None:
                yield self.ask(c, number, joined)
            row[SERVED] = env.now
            minutes = self.work_minutes(c, slot, joined, effort)
        yield from self.work(c, minutes, number)

    def work_minutes(self, c: int, slot: int, joined: int, effort: int) -> int:
        """Return the own minutes of work, by the rules in force when the visit joined."""
        table, request = self.tables, self.request[c]
        if table.session_law[c] and request is not None and request.session >= 0:
            return table.session_work[request.session]
        regimes = table.work[slot]
        drawn = regimes[rules.column_of(table.regime_start, joined, len(regimes))]
        if not table.scaled[c]:
            return drawn
        months = table.factor[table.unit[table.project[c]]][table.phase[c]]
        usual = rules.work_minutes(drawn, months[rules.column_of(table.months, joined, len(months))])
        return rules.work_minutes(usual, effort)

    def work(self, c: int, minutes: int, number: int) -> Steps:
        """Work on the clock of the case; a stoppage holds the first visit up."""
        table = self.tables
        clock = self.clocks[table.clock[c]]
        if number == 0 and table.ladder[c] >= 0:
            first = table.stop_offset[c]
            for stop, gap in enumerate(table.stop_gap[first : table.stop_offset[c + 1]]):
                if gap >= minutes:
                    break
                yield from self.pass_time(clock, gap)
                yield from self.climb(c, stop)
                minutes -= gap
        yield from self.pass_time(clock, minutes)

    def pass_time(self, clock: Clock | None, minutes: int) -> Steps:
        """Let own minutes of a clock pass; None is the natural clock."""
        wait = minutes if clock is None else clock.advance(self.env.now, minutes) - self.env.now
        if wait > 0:
            yield self.env.timeout(wait)

    def climb(self, c: int, stop: int) -> Steps:
        """Climb the ladder of a stoppage until a rung solves it."""
        table = self.tables
        ladder, slot = table.rungs[table.ladder[c]], table.stop_offset[c] + stop
        for rung, (resource, clock) in enumerate(ladder):
            row = self.record.open_stop(c, stop, rung, self.env.now)
            minutes = self.rung_minutes(c, table.rung_work[slot][rung])
            if resource >= 0:
                yield self.ask_help(c, resource)
                minutes = 0 if self.desks.is_meeting(resource) else minutes
            row[STOP_SERVED] = self.env.now
            yield from self.pass_time(self.clocks[clock], minutes)
            self.free_helper(c)
            solved = table.rung_solved[slot][rung] or rung == len(ladder) - 1
            self.record.close_stop(c, self.env.now, solved=solved)
            if solved:
                return

    # -- resources ---------------------------------------------------------------------------------

    def hold_from_before(self, c: int) -> None:
        """Keep what a case got before the epoch and did not give back."""
        table = self.tables
        state, release = table.state[c], table.release[c]
        if table.is_gate[c] or table.resource[c] < 0:
            return
        if table.is_quota[c]:
            holds = state in (SERVICE, ENDED) or table.visit[c] > 0
        elif state == ENDED:
            holds = table.is_pool[c] and release >= 0 and self.ended[release] == NEVER
        else:
            holds = state == SERVICE
        if holds:
            self.request[c] = self.desks.hold(self.make_request(c, table.joined[c]))
        table.first_joined[c] = table.joined[c]

    def make_request(self, c: int, joined: int) -> Request:
        """Make the request of a case for its resource."""
        table = self.tables
        r = table.resource[c]
        older = min(table.first_joined[c], joined) if self.desks.keeps_place[r] else joined
        key = rules.queue_key(table.rank[c], older, table.project[c], table.activity[c])
        return self.desks.request(
            r, key, amount=table.amount[c], joined=joined, lane=table.lane[c], is_key=table.reserved[c]
        )

    def ask(self, c: int, number: int, joined: int) -> Request:
        """Join the queue of a visit; a reopened case queues as new."""
        table = self.tables
        if number == table.rounds[c]:
            table.first_joined[c] = NEVER
        request = self.request[c] = self.make_request(c, joined)
        table.first_joined[c] = min(table.first_joined[c], joined)
        return self.desks.join(request)

    def ask_help(self, c: int, r: int) -> Request:
        """Join the queue of a rung."""
        table, now = self.tables, self.env.now
        key = rules.queue_key(table.rank[c], now, table.project[c], table.activity[c])
        lane = table.lane[c]
        request = self.helper[c] = self.desks.request(r, key, amount=1, joined=now, lane=lane, is_key=False)
        return self.desks.join(request)

    def leave(self, c: int, outcome: int) -> None:
        """End a visit; a quota is kept, and a pool, unless the visit is sent back."""
        table = self.tables
        self.record.close(c, outcome, self.env.now)
        if not table.is_quota[c] and (outcome == RETURNED or not table.is_pool[c]):
            self.give_back(c)

    def release(self, c: int) -> None:
        """Give a pool back once both its case and the named one have ended."""
        table = self.tables
        release = table.release[c]
        at_work = self.ended[c] == NEVER or self.record.open_row[c] is not None
        if table.is_pool[c] and not at_work and (release < 0 or self.ended[release] != NEVER):
            self.give_back(c)

    def give_back(self, c: int) -> None:
        """Give back what a case holds."""
        request = self.request[c]
        if request is not None:
            self.request[c] = None
            self.desks.give(request)

    def free_helper(self, c: int) -> None:
        """Let the helper of a rung go."""
        request = self.helper[c]
        if request is not None:
            self.helper[c] = None
            self.desks.give(request)
