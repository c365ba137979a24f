"""The plainest engine: minute by minute, everything looked at every time. The oracle of the trace.

Written from the text of the rule alone; it shares no code with the engines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sim.model import arrays as md
from sim.sampling.draws import Draws
from sim.trace import NEVER, OUTCOMES

WAIT, PREPARE, QUEUE, WORK, HELP_QUEUE, HELP, REDO, OVER, STUCK = range(9)


@dataclass
class Case:
    c: int
    p: int
    stage: int = WAIT
    left: int = 0  # minutes left of what the stage is about
    gap: int = NEVER  # own minutes to the next stop
    stop: int = 0
    rung: int = 0
    visit: int = 0
    end: int = NEVER
    redone_for: Any = None
    holds: bool = False
    part: int = 0  # of a quota grant, from the reserved account
    helped: bool = False
    first_joined: int = NEVER
    left_help: int = 0
    row: list[int] = field(default_factory=list)
    stop_row: list[int] = field(default_factory=list)


class Naive:
    def __init__(self, model: md.Model, draws: Draws) -> None:
        self.m, self.d = model, draws
        self.cs, self.rs = model.cases, model.resources
        self.cases = [Case(c, int(p)) for c, p in enumerate(self.cs.project)]
        self.here = [bool(a) and w == NEVER for a, w in zip(draws.active, draws.withdrawn, strict=True)]
        self.rows: list[list[int]] = []
        self.stops: list[list[int]] = []
        self.out = draws.withdrawn.tolist()
        self.cause = [0 if w == NEVER else 1 for w in self.out]
        self.reached = draws.milestones.tolist()
        self.due = [NEVER] * len(self.out)
        self.refused: set[int] = set()
        self.capacity, self.reserved = draws.capacity.tolist(), draws.reserved.tolist()
        self.session = {}  # meeting -> event of the session that is open
        self.started: set[int] = set()

    def run(self) -> dict[str, Any]:
        for t in range(self.m.horizon):
            self.t = t
            self.calendar()
            self.begin()
            again = True
            while again:
                while sum(self.step(x) for x in self.cases if self.lives(x)):
                    pass
                for p in range(len(self.out)):
                    due = p in self.refused or self.due[p] <= t
                    if due and p in self.started and self.out[p] == NEVER:
                        self.withdraw(p)
                again = self.settle()
            self.session.clear()
            self.tick()
        visits, stops = sorted(self.rows), sorted(self.stops)
        return {"visits": visits, "stops": stops, "withdrawn": self.out, "cause": self.cause,
                "milestones": self.reached}  # fmt: skip

    def lives(self, x: Case) -> bool:
        return x.p in self.started and self.out[x.p] == NEVER

    # 1. calendar, signing
    def calendar(self) -> None:
        e = self.m.events
        for i in range(len(e.time)):
            if e.time[i] != self.t:
                continue
            r, v, w = int(e.resource[i]), int(self.d.event_value[i]), int(self.d.event_reserved[i])
            if e.kind[i] == md.SET_CAPACITY:
                self.capacity[r] = v
            elif e.kind[i] == md.LAPSE:
                self.capacity[r], self.reserved[r] = min(self.capacity[r], v), min(self.reserved[r], w)
            elif e.kind[i] == md.REFILL:
                self.capacity[r], self.reserved[r] = self.capacity[r] + v, self.reserved[r] + w
            elif e.kind[i] == md.SESSION and v > 0:
                self.session[r], self.capacity[r] = i, v

    def begin(self) -> None:
        for p, signed in enumerate(self.d.signed.tolist()):
            if self.here[p] and max(signed, 0) == self.t:
                self.started.add(p)
                for x in self.cases:
                    if x.p == p:
                        self.from_before(x)
                if self.reached[p][0] == NEVER:
                    self.reached[p][0] = signed
                self.new_phase(p)

    def from_before(self, x: Case) -> None:
        c, d, state = x.c, self.d, self.d.state[x.c]
        if state == md.NOT_YET or (self.is_gate(c) and state != md.ENDED):
            return
        kind = self.kind(c)
        x.visit, x.first_joined = int(d.visit[c]), int(d.joined[c])
        if state == md.ENDED:
            x.stage, x.end = OVER, int(d.ended[c])
            release = int(self.cs.release[c])
            still = release >= 0 and d.state[release] != md.ENDED
            x.holds = not self.is_gate(c) and (kind == md.QUOTA or (kind == md.POOL and still))
            return
        x.row = [x.p, int(self.cs.activity[c]), x.visit, int(d.ready[c]), NEVER, NEVER, NEVER, 6]
        self.rows.append(x.row)
        x.holds = kind == md.QUOTA and x.visit > 0
        x.stage, x.left = PREPARE, int(d.remaining[c])
        if state in (md.QUEUED, md.SERVICE):
            x.row[4] = int(d.joined[c])
            x.stage = QUEUE
        if state == md.SERVICE:
            x.row[5], x.holds, x.stage = int(d.served[c]), kind >= 0, WORK
            self.set_stops(x)

    # facts
    def kind(self, c: int) -> int:
        return int(self.rs.kind[self.cs.resource[c]]) if self.cs.resource[c] >= 0 else -1

    def is_gate(self, c: int) -> bool:
        return self.cs.kind[c] == md.GATE or not self.d.applies[c]

    def is_open(self, clock: int) -> bool:
        if clock < 0:
            return True
        k = self.m.clocks[clock]
        return any(a <= self.t < b for a, b in zip(k.opens.tolist(), k.closes.tolist(), strict=True))

    def preds(self, c: int) -> list[Case]:
        arcs = range(self.cs.pred_offset[c], self.cs.pred_offset[c + 1])
        return [self.cases[self.cs.pred[a]] for a in arcs if self.cs.pred_flag[a] < 0 or self.d.arc[a]]

    def phase(self, p: int) -> int:
        return max(k for k, t in enumerate(self.reached[p]) if t != NEVER)

    # 2. completions and arrivals
    def step(self, x: Case) -> bool:
        """Move a case on as far as one thing; tell whether anything happened."""
        if x.stage == WAIT and all(b.end != NEVER for b in self.preds(x.c)):
            self.make_ready(x)
        elif x.stage == PREPARE and x.left <= 0:
            x.stage, x.row[4] = QUEUE, self.t
        elif x.stage == QUEUE and (self.kind(x.c) < 0 or x.holds):
            self.serve(x, -1)
        elif x.stage == WORK and x.gap < x.left and x.gap == 0:
            x.rung = 0
            self.ask_rung(x)
        elif x.stage == WORK and x.left == 0:
            self.end_visit(x)
        elif x.stage == HELP_QUEUE and self.rung_resource(x) < 0:
            self.serve_rung(x)
        elif x.stage == HELP and x.left_help == 0:
            self.end_rung(x)
        else:
            return False
        return True

    def make_ready(self, x: Case) -> None:
        c = x.c
        latest = max([b.end for b in self.preds(c)], default=-1)
        ready = latest if latest >= 0 else int(self.d.ready[c])
        if latest < 0 and ready == NEVER:
            ready = max(int(self.d.signed[x.p]), 0)
        if self.is_gate(c):
            self.end_case(x, ready)
            return
        since, reference = self.cases[self.cs.since[c]], self.cases[self.cs.reference[c]]
        late = reference.end - since.end > self.cs.grace[c]
        if self.cs.kind[c] == md.CHECK and self.cs.reference[c] >= 0 and not late:
            self.rows.append([x.p, int(self.cs.activity[c]), 0, ready, ready, ready, ready, 4])
            self.end_case(x, ready)
            return
        self.open_visit(x, ready, int(self.cs.slot_offset[c]))

    def open_visit(self, x: Case, ready: int, slot: int) -> None:
        x.row = [x.p, int(self.cs.activity[x.c]), x.visit, ready, NEVER, NEVER, NEVER, 6]
        self.rows.append(x.row)
        wait = int(self.d.applicant[slot])
        if x.visit > 0 and self.kind(x.c) == md.MEETING:
            wait = max(wait, 1)
        x.stage, x.left = PREPARE, ready + wait - self.t

    def serve(self, x: Case, session: int) -> None:
        c, joined = x.c, x.row[4]
        slot = int(self.cs.slot_offset[c]) + x.visit
        if x.redone_for is not None:
            slot = int(self.cs.slot_offset[c + 1]) - 1
        regime = max([g for g, s in enumerate(self.m.regime_start) if s <= joined], default=0)
        minutes = int(self.d.work[slot, regime])
        if self.cs.scaled[c] and 0 < minutes < NEVER:
            columns = self.d.factor.shape[2]
            month = max([i for i, s in enumerate(self.m.months[:columns]) if s <= joined], default=0)
            f = int(self.d.factor[self.m.unit[x.p], self.cs.phase[c], month])
            minutes = max(1, int(minutes * f / 1000 + 0.5))
        if session >= 0 and self.cs.session_law[c]:
            minutes = int(self.d.session_work[session])
        x.stage, x.left, x.row[5] = WORK, minutes, self.t
        self.set_stops(x)

    def set_stops(self, x: Case) -> None:
        if x.row[5] < 0:
            x.left = int(self.d.remaining[x.c])
        x.stop, x.gap = 0, NEVER
        if x.visit == 0 and self.cs.ladder[x.c] >= 0:
            self.next_gap(x)

    def next_gap(self, x: Case) -> None:
        slot = self.cs.stop_offset[x.c] + x.stop
        x.gap = int(self.d.stop_gap[slot]) if slot < self.cs.stop_offset[x.c + 1] else NEVER

    def end_visit(self, x: Case) -> None:
        c, kind = x.c, self.kind(x.c)
        x.row[6] = self.t
        if kind in (md.OFFICE, md.MEETING):
            x.holds = False
        if x.redone_for is not None:
            x.row[7], x.stage, check, x.redone_for = 0, OVER, x.redone_for, None
            self.end_case(check, self.t)
            self.free_pools()
        elif x.visit < self.d.rounds[c] - 1:
            x.row[7] = 1
            x.visit += 1
            x.holds = x.holds and kind == md.QUOTA
            self.open_visit(x, self.t, int(self.cs.slot_offset[c]) + x.visit)
        elif self.d.refused[c]:
            x.row[7], x.stage = 2, STUCK
            self.refused.add(x.p)
        elif self.d.void[c] and self.cs.target[c] >= 0 and self.d.applies[self.cs.target[c]]:
            x.row[7], x.stage, again = 3, REDO, self.cases[self.cs.target[c]]
            again.redone_for, again.visit = x, int(self.d.rounds[again.c])
            again.first_joined = NEVER
            again.holds = again.holds and self.kind(again.c) == md.QUOTA
            self.open_visit(again, self.t, int(self.cs.slot_offset[again.c + 1]) - 1)
        else:
            x.row[7] = 0
            self.end_case(x, self.t)

    def end_case(self, x: Case, t: int) -> None:
        x.stage, x.end = OVER, t
        self.free_pools()
        for k, c in enumerate(self.m.milestone_case[x.p].tolist()):
            if c == x.c and self.reached[x.p][k] == NEVER:
                before = self.phase(x.p)
                self.reached[x.p][k] = max(t, 0)
                if k > before:
                    self.new_phase(x.p)

    def free_pools(self) -> None:
        for x in self.cases:
            if self.kind(x.c) == md.POOL and x.stage == OVER and x.holds:
                release = int(self.cs.release[x.c])
                x.holds = release >= 0 and self.cases[release].end == NEVER

    def new_phase(self, p: int) -> None:
        k = self.phase(p)
        last = max([i for i, c in enumerate(self.m.milestone_case[p]) if c >= 0], default=0)
        self.due[p] = self.t + int(self.d.patience[p, k]) if k < last else NEVER

    # stops
    def rung_resource(self, x: Case) -> int:
        ladders = self.m.ladders
        return int(ladders.resource[ladders.offset[self.cs.ladder[x.c]] + x.rung])

    def ask_rung(self, x: Case) -> None:
        x.stage, x.gap = HELP_QUEUE, NEVER
        x.stop_row = [x.p, int(self.cs.activity[x.c]), x.stop, x.rung, self.t, NEVER, NEVER, 0]
        self.stops.append(x.stop_row)

    def serve_rung(self, x: Case) -> None:
        slot, r = int(self.cs.stop_offset[x.c]) + x.stop, self.rung_resource(x)
        x.left_help = 0 if r >= 0 and self.rs.kind[r] == md.MEETING else int(self.d.rung_work[slot, x.rung])
        x.stage, x.helped, x.stop_row[5] = HELP, r >= 0, self.t

    def end_rung(self, x: Case) -> None:
        slot, ladder = int(self.cs.stop_offset[x.c]) + x.stop, int(self.cs.ladder[x.c])
        length = int(self.m.ladders.offset[ladder + 1] - self.m.ladders.offset[ladder])
        solved = bool(self.d.rung_solved[slot, x.rung]) or x.rung == length - 1
        x.stop_row[6], x.stop_row[7], x.helped = self.t, int(solved), False
        if solved:
            x.stage, x.stop = WORK, x.stop + 1
            self.next_gap(x)
        else:
            x.rung += 1
            self.ask_rung(x)

    # 3. withdrawals
    def withdraw(self, p: int) -> None:
        self.out[p], self.cause[p] = self.t, 2 if p in self.refused else 1
        for x in self.cases:
            if x.p != p:
                continue
            if x.stage in (PREPARE, QUEUE, WORK, HELP_QUEUE, HELP):
                x.row[6], x.row[7] = self.t, OUTCOMES.index("withdrawn")
            if x.stage in (HELP_QUEUE, HELP):
                x.stop_row[6] = self.t
            r = int(self.cs.resource[x.c])
            if x.holds and self.kind(x.c) == md.QUOTA and self.rs.returns[r]:
                self.capacity[r] += int(self.cs.amount[x.c]) - x.part
                self.reserved[r] += x.part
            x.stage, x.holds, x.helped = STUCK, False, False

    # 4. settling
    def settle(self) -> bool:
        return sum(self.settle_one(r) for r in range(len(self.rs.kind))) > 0

    def settle_one(self, r: int) -> bool:
        queue = [x for x in self.cases if self.lives(x) and (
            (x.stage == QUEUE and self.cs.resource[x.c] == r and not x.holds)
            or (x.stage == HELP_QUEUE and self.rung_resource(x) == r))]  # fmt: skip
        blocked: set[int] = set()
        served = False
        for x in sorted(queue, key=lambda x: self.place(x, r)):
            joined = x.row[4] if x.stage == QUEUE else x.stop_row[4]
            lane = self.lane_of(x, r)
            if lane in blocked or (self.rs.kind[r] == md.MEETING and joined > self.t - self.rs.lead[r]):
                continue
            if self.fits(x, r):
                served = True
                self.grant(x, r)
            elif not self.rs.skip[r]:
                blocked.add(lane)
        return served

    def place(self, x: Case, r: int) -> tuple[int, int, int, int]:
        joined = x.row[4] if x.stage == QUEUE else x.stop_row[4]
        if x.stage == QUEUE:
            x.first_joined = min(x.first_joined, joined)
            joined = x.first_joined if self.rs.keeps_place[r] else joined
        return int(self.cs.rank[x.c]), joined, x.p, int(self.cs.activity[x.c])

    def lane_of(self, x: Case, r: int) -> int:
        if self.rs.kind[r] == md.OFFICE:
            return int(self.rs.clock[r, self.d.lane[x.p]])
        return int(self.cs.reserved[x.c]) if self.rs.kind[r] == md.QUOTA else 0

    def fits(self, x: Case, r: int) -> bool:
        kind, amount = self.rs.kind[r], int(self.cs.amount[x.c]) if x.stage == QUEUE else 1
        if kind == md.QUOTA:
            return amount <= self.capacity[r] + (self.reserved[r] if self.cs.reserved[x.c] else 0)
        if kind == md.MEETING:
            return r in self.session and amount <= self.capacity[r]
        used = sum(int(self.cs.amount[y.c]) for y in self.cases if y.holds and self.cs.resource[y.c] == r)
        used += sum(y.helped and self.rung_resource(y) == r for y in self.cases if y.stage == HELP)
        return amount <= self.capacity[r] - used and (kind == md.POOL or self.is_open(self.lane_of(x, r)))

    def grant(self, x: Case, r: int) -> None:
        kind, amount = self.rs.kind[r], int(self.cs.amount[x.c]) if x.stage == QUEUE else 1
        if kind == md.QUOTA:
            x.part = min(amount, self.reserved[r]) if self.cs.reserved[x.c] else 0
            self.capacity[r], self.reserved[r] = self.capacity[r] - amount + x.part, self.reserved[r] - x.part
        elif kind == md.MEETING and self.capacity[r] < md.UNLIMITED:
            self.capacity[r] -= amount
        if x.stage == HELP_QUEUE:
            self.serve_rung(x)
        else:
            x.holds = True
            self.serve(x, self.session.get(r, -1))

    # time passes
    def tick(self) -> None:
        for x in self.cases:
            if not self.lives(x):
                continue
            if x.stage == PREPARE:
                x.left -= 1
            elif x.stage == WORK and self.is_open(int(self.cs.clock[x.c, self.d.lane[x.p]])):
                x.left, x.gap = x.left - 1, x.gap - 1
            elif x.stage == HELP:
                ladders = self.m.ladders
                if self.is_open(int(ladders.clock[ladders.offset[self.cs.ladder[x.c]] + x.rung])):
                    x.left_help -= 1


def naive(model: md.Model, draws: Draws) -> dict[str, Any]:
    """Return the tables of the trace as lists of rows."""
    return Naive(model, draws).run()
