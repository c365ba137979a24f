"""An open phase played by hand: one project, one attempt, one visit and one key at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

import numpy as np

from sim import philox
from sim.clocks import Clock
from sim.model.arrays import (
    APPLICANT,
    CHECK,
    ENDED,
    GATE,
    INFERRED,
    MEETING,
    NOT_YET,
    QUEUED,
    SERVICE,
)  # fmt: skip
from sim.model.parts import PAPERS
from sim.sampling import Draws
from sim.trace import NEVER
from tests.oracles.sampling import ByHand, whole

ATTEMPTS = 50
UNDER_WAY = (APPLICANT, QUEUED, SERVICE)
NATURAL = Clock("natural", np.array([-NEVER]), np.array([NEVER]))


@dataclass
class Case:
    """What playing found: the end, the number of visits, and the last visit ready by the epoch."""

    ready: int
    end: int
    rounds: int = 0
    visit: int = 0
    joined: int = 0
    served: int = 0
    until: int = 0

    @property
    def direct(self) -> bool:
        """Return whether it is a check that had nothing to convert."""
        return self.served != self.end and self.end == self.ready


@dataclass
class State:
    """What an inferred case is at the epoch."""

    state: int
    visit: int = 0
    ready: int = NEVER
    joined: int = NEVER
    served: int = NEVER
    ended: int = NEVER
    remaining: int = 0


@dataclass
class PlayedByHand(ByHand):
    """The open phases of one replication.

    Parameters
    ----------
    draws : Draws
        Lanes, milestones and ends of cases whose phase is over are read from it.
    """

    draws: Draws
    _known: dict[Any, Any] = field(default_factory=dict)

    def once(self, key: Any, find: Callable[[], Any]) -> Any:
        """Return what was found before under a key: playing asks for the same again and again."""
        if key not in self._known:
            self._known[key] = find()
        return self._known[key]

    def frozen(self, row: int) -> Any:
        """Return SciPy's form of a law with a spread."""
        return self.once(("law", row), lambda: ByHand.frozen(self, row))

    def factor(self, unit: int, k: int, column: int) -> int:
        """Return the thousandths of a unit and phase, some months after the epoch's."""
        return self.once(("factor", unit, k, column), lambda: ByHand.factor(self, unit, k, column))

    # -- what is played --------------------------------------------------------------------------------

    def cases_of(self, project: int) -> list[int]:
        """Return the cases of a project, those they wait for first."""
        return list(range(*self.model.case_offset[project : project + 2].tolist()))

    def into(self, case: int) -> list[tuple[int, int]]:
        """Return the arcs into a case, each with its predecessor."""
        cases = self.model.cases
        return [(a, int(cases.pred[a])) for a in range(*cases.pred_offset[case : case + 2].tolist())]

    def closers(self, project: int) -> list[int]:
        """Return the cases that close milestones not reached."""
        reached = self.draws.milestones[project] < NEVER
        return [
            int(c)
            for c, r in zip(self.model.milestone_case[project], reached, strict=True)
            if c >= 0 and not r
        ]

    def played(self, project: int) -> list[int]:
        """Return all cases but those that surely wait for the first milestone not reached."""
        after, first = set(), self.closers(project)[:1]
        for c in self.cases_of(project):
            sure = [p for a, p in self.into(c) if self.model.cases.pred_flag[a] < 0]
            if any(p in after or p in first for p in sure):
                after.add(c)
        inside = set(self.cases_of(project)) - after
        for c in reversed(self.cases_of(project)):
            if c in inside:
                inside |= {p for _, p in self.into(c)}
        return sorted(inside)

    def told(self, case: int) -> bool:
        """Return whether the ledger says when an ended case ended."""
        model, project = self.model, self.model.cases.project[case]
        ended = model.known.ended[case]
        closing = case in model.milestone_case[project]
        return bool(closing or (ended < NEVER and ended not in model.known.milestones[project]))

    # -- one attempt -----------------------------------------------------------------------------------

    def up(self, case: int, share: np.ndarray, flag: np.ndarray, otherwise: bool, attempt: int) -> bool:
        """Return whether a case has what its flag decides in an attempt."""
        if share[case] < 0:
            return otherwise
        project, name = int(self.model.cases.project[case]), self.model.rules.flag_names[flag[case]]
        u = self.u(self.model.project_ids[project], name, attempt - 1, philox.APPLIES)[0]
        return (0.0 if self.shown(project, flag[case]) else u) < self.scalar(share[case])

    def needed(self, case: int, attempt: int) -> bool:
        """Return whether a case applies in an attempt; a check needs something to check."""
        cases, rules = self.model.cases, self.model.rules
        mine = self.up(case, rules.applies, rules.applies_name, True, attempt)
        mine &= bool(self.members(case, attempt)) or not self.has_members(case)
        if cases.kind[case] == CHECK and cases.target[case] >= 0:
            target = int(cases.target[case])
            mine &= self.up(target, rules.applies, rules.applies_name, True, attempt)
            mine &= bool(self.members(target, attempt)) or not self.has_members(target)
        return mine

    def there(self, arc: int, case: int, attempt: int) -> bool:
        """Return whether an arc into a case is there in an attempt."""
        share = self.model.rules.arc_share[arc]
        if share < 0:
            return True
        return self.u(*self.names(case), attempt - 1, philox.CHAIN)[0] < self.scalar(share)

    def applicant(self, case: int, visit: int, attempt: int) -> int:
        """Return the applicant time before a visit of an attempt."""
        rules, number = self.model.rules, 1000 * attempt + visit
        u = self.u(*self.names(self.whole(case)), number, philox.ATTEMPT)[2]
        if self.has_members(case):
            return whole(self.together(case, visit, attempt)[0])
        if visit:
            return whole(self.length(rules.correct[case], u))
        if rules.role[case] == PAPERS:
            come, allowed = self.come(case, attempt), int(rules.allowed[case])
            return min(come, allowed) if allowed >= 0 and self.most(case) == 1 else come
        early = self.up(case, rules.tolerated, rules.tolerated_name, False, attempt)
        later = self.scalar(rules.tolerated_share[case]) if early else 0.0
        return whole(self.length(rules.prepare[case], u) * (1.0 - later))

    def come(self, case: int, attempt: int) -> int:
        """Return when missing papers come in an attempt."""
        rules, item = self.model.rules, int(self.model.cases.target[case])
        own = self.u(*self.names(item), 1000 * attempt, philox.ATTEMPT)[2]
        return whole(self.length(rules.prepare[item], own) * self.scalar(rules.tolerated_share[item]))

    def work(self, case: int, visit: int, attempt: int, joined: int) -> int:
        """Return the work of a visit under the laws of the signing and the factor of its month."""
        model, rules, cases = self.model, self.model.rules, self.model.cases
        signed = min(int(self.draws.milestones[cases.project[case], 0]), 0)
        regime = max(int((model.regime_start <= signed).sum()) - 1, 0)
        law = int((rules.rework if visit else rules.work)[case, regime])
        if self.up(case, rules.promised, rules.promised_name, False, attempt):
            law = int(rules.promise[case])
        resource = int(cases.resource[case])
        if cases.session_law[case] and resource >= 0 and model.resources.kind[resource] == MEETING:
            law = int(model.session_law[resource])
        u = self.u(*self.names(self.whole(case)), 1000 * attempt + visit, philox.ATTEMPT)[0]
        length = whole(self.length(law, u) * self.part(case, visit))
        if self.has_members(case) and not self.up(case, rules.promised, rules.promised_name, False, attempt):
            length = whole(self.together(case, visit, attempt)[1])
        phase = int(cases.phase[case])
        if not cases.scaled[case] or phase < 0 or length >= NEVER:
            return length
        share = self.month(int(model.unit[cases.project[case]]), phase, joined)
        return max((length * share + 500) // 1000, min(length, 1))

    def month(self, unit: int, phase: int, joined: int) -> int:
        """Return the common factor of the month of a minute, in thousandths."""
        first = min(int(self.draws.milestones[:, 0].min()), 0)
        day = self.model.epoch + timedelta(days=max(joined, first) // 1440)
        column = (day.year - self.model.epoch.year) * 12 + day.month - self.model.epoch.month
        return self.factor(unit, phase, min(column, len(self.model.months) - 2))

    def clock(self, case: int) -> Clock:
        """Return the clock of a case's work."""
        number = int(self.model.cases.clock[case, self.draws.lane[self.model.cases.project[case]]])
        return NATURAL if number < 0 else self.model.clocks[number]

    def play(self, project: int, attempt: int, held: set[int]) -> dict[int, Case]:
        """Play all cases of a project, visit by visit, to their ends."""
        model, done = self.model, {}
        base = min(int(self.draws.milestones[project, 0]), 0)
        for c in self.played(project):
            before = [done[p].end for a, p in self.into(c) if self.there(a, c, attempt)]
            case = done[c] = Case(max(before, default=base), 0)
            state, over = int(model.known.state[c]), int(model.known.state[c]) == ENDED
            shown = state in UNDER_WAY
            if not (shown or (over and self.told(c))):
                self.visits(c, case, attempt, done)
            else:
                case.end = case.ready
            if over:
                bound = int(self.draws.ended[c])
                case.end = bound if self.told(c) else min(case.end, bound)
            if (shown or c in held) and case.end <= 0:
                case.end = 1
        return done

    def visits(self, c: int, case: Case, attempt: int, done: dict[int, Case]) -> None:
        """Play the visits of a case."""
        model, cases, time = self.model, self.model.cases, case.ready
        case.end = time
        if cases.kind[c] == GATE or not self.most(c) or not self.needed(c, attempt):
            return
        share, u = (
            self.scalar(model.rules.returned[c]),
            self.u(*self.names(c), 1000 * attempt, philox.ATTEMPT),
        )
        case.rounds = 1
        while case.rounds < self.most(c) and u[1] <= share**case.rounds and share > 0:
            case.rounds += 1
        if self.has_members(c):
            case.rounds = max([1, *(self.goes(c, m, attempt) for m in self.members(c, attempt))])
        late = model.rules.role[c] == PAPERS and 0 <= model.rules.allowed[c] < self.come(c, attempt)
        reference = int(cases.reference[c])
        if (
            cases.kind[c] == CHECK
            and reference >= 0
            and done[int(cases.since[c])].end + cases.grace[c] >= done[reference].end
        ):
            return
        case.rounds = 2 if late and self.most(c) == 2 else case.rounds
        wait = int(model.pilot_wait[c]) if cases.resource[c] >= 0 else 0
        for visit in range(case.rounds):
            joined = time + self.applicant(c, visit, attempt)
            until = self.clock(c).advance(joined + wait, self.work(c, visit, attempt, joined))
            if time <= 0 or visit == 0:
                case.visit, case.ready, case.joined = visit, time, joined
                case.served, case.until = joined + wait, until
            time = until
        case.end = min(time, NEVER)

    # -- all attempts ----------------------------------------------------------------------------------

    def early(self, project: int, done: dict[int, Case]) -> int | None:
        """Return the first case that closes a milestone not reached and has ended by the epoch."""
        return next((c for c in self.closers(project) if c in done and done[c].end <= 0), None)

    def present(self, project: int) -> tuple[int, bool, set[int], dict[int, Case]]:
        """Return the attempt taken, whether it is strained, the cases held, and what was played."""
        return self.once(("present", project), lambda: self._present(project))

    def _present(self, project: int) -> tuple[int, bool, set[int], dict[int, Case]]:
        held: set[int] = set()
        for attempt in range(1, ATTEMPTS + 1):
            done = self.play(project, attempt, held)
            if self.early(project, done) is None:
                return attempt, False, held, done
        while (early := self.early(project, done)) is not None:
            last = self.holdable(early, done)
            if last is None:
                break
            held.add(last)
            done = self.play(project, ATTEMPTS, held)
        return ATTEMPTS, True, held, done

    def holdable(self, case: int, done: dict[int, Case]) -> int | None:
        """Return the last case on the way to a case that had a visit."""
        if self.model.known.state[case] == ENDED:
            return None
        if done[case].rounds and not done[case].direct:
            return case
        before = [p for a, p in self.into(case) if self.there(a, case, ATTEMPTS)]
        return self.holdable(max(before, key=lambda p: done[p].end), done) if before else None

    def state(self, c: int, case: Case) -> State:
        """Return what an inferred case is at the epoch."""
        queues = self.model.cases.resource[c] >= 0
        if case.end <= 0:
            return State(ENDED, ended=case.end)
        if not case.rounds or case.ready > 0:
            return State(NOT_YET)
        if case.joined > 0:
            return State(APPLICANT, case.visit, case.ready, remaining=case.joined)
        if case.served > 0 or (case.served == 0 and queues):
            return State(QUEUED, case.visit, case.ready, case.joined)
        left = NEVER if case.until >= NEVER else max(self.clock(c).elapsed(0, max(case.until, 0)), 1)
        return State(SERVICE, case.visit, case.ready, case.joined, case.served, remaining=left)

    def differences(self, project: int) -> list[str]:
        """Name all that the draws say otherwise of a project."""
        attempt, strained, held, done = self.present(project)
        wrong = ["strained"] if bool(self.draws.strained[project]) != strained else []
        for c in self.cases_of(project):
            if bool(self.draws.applies[c]) != self.needed(c, attempt):
                wrong.append(f"{c}: applies in attempt {attempt}")
            if [bool(self.draws.arc[a]) for a, _ in self.into(c)] != [
                self.there(a, c, attempt) for a, _ in self.into(c)
            ]:
                wrong.append(f"{c}: arcs in attempt {attempt}")
        for c, case in done.items():
            if self.model.known.state[c] not in (INFERRED, NOT_YET):
                continue
            expected = self.state(c, case)
            for f in fields(State):
                mine, theirs = getattr(expected, f.name), int(getattr(self.draws, f.name)[c])
                stretched = f.name == "remaining" and c in held
                if mine != theirs and not stretched:
                    wrong.append(f"{c}: {f.name} {theirs}, by hand {mine}, attempt {attempt}")
            if expected.state != NOT_YET and case.rounds and case.rounds != self.draws.rounds[c]:
                wrong.append(f"{c}: rounds")
        return wrong
