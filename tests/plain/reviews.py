"""The rules of reviews once more, project by project and row by row, from the words of the reference page."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sim.model.arrays import ENDED, GATE, Model, Review
from sim.sampling import Draws
from sim.trace import NEVER, OUTCOMES, Trace


class Look:
    """What was known of a run when minute t began, read off its finished trace."""

    def __init__(self, model: Model, draws: Draws, trace: Trace, t: int, last: int, following: int) -> None:
        self.model, self.draws, self.t, self.last, self.following = model, draws, t, last, following
        self.rows = []
        names = ("project", "activity", "ready", "joined", "served", "ended", "outcome")
        for p, a, ready, *moments, outcome in zip(*(getattr(trace, n).tolist() for n in names), strict=True):
            if t > 0 and ready < t:
                joined, served, ended = (m if m < t else None for m in moments)
                self.rows.append(
                    (p, a, joined, served, ended, OUTCOMES[outcome] if ended is not None else "")
                )
        self.stops = []
        names = ("project", "activity", "started", "served", "ended", "solved")
        for p, a, started, *moments, solved in zip(
            *(getattr(trace, f"stop_{n}").tolist() for n in names), strict=True
        ):
            if started < t:
                served, ended = (m if m < t else None for m in moments)
                self.stops.append((p, a, started, served, ended, bool(solved) and ended is not None))
        self.left = [m < t for m in trace.withdrawn.tolist()]
        table = trace.milestones if t > 0 else draws.milestones
        self.reached = [[m if m < t else None for m in row] for row in table.tolist()]

    def case(self, p: int, a: int) -> int:
        first, end = self.model.case_offset[p], self.model.case_offset[p + 1]
        return next(c for c in range(first, end) if self.model.cases.activity[c] == a)

    def is_there(self, p: int) -> bool:
        signed = self.reached[p][0]
        return bool(self.draws.active[p]) and signed is not None and signed < self.t and not self.left[p]

    def on_the_way(self, review: Review, p: int) -> bool:
        return bool(review.eligible[p]) and self.is_there(p) and self.reached[p][review.milestone] is None

    def waiting(self) -> dict[int, int]:
        """Cases that wait, with since when."""
        found: dict[int, int] = {}
        for p, a, joined, served, ended, _ in self.rows:
            if joined is not None and served is None and ended is None:
                found[self.case(p, a)] = joined
        for p, a, started, served, ended, _ in self.stops:
            if served is None and ended is None:
                found[self.case(p, a)] = min(started, found.get(self.case(p, a), NEVER))
        return found

    def gain(self, index: int) -> float:
        scalar = self.model.scalars[index]
        drawn = scalar.parameter >= 0
        return scalar.factor * float(self.draws.parameters[scalar.parameter]) if drawn else scalar.value

    def pace(self, p: int) -> float:
        """Part of its activities a project has ended, a minute of age."""
        counted = ended = 0
        over = {self.case(q, a) for q, a, *_, o in self.rows if q == p and o in ("done", "direct", "void")}
        for c in range(self.model.case_offset[p], self.model.case_offset[p + 1]):
            if self.draws.applies[c] and self.model.cases.kind[c] != GATE:
                counted += 1
                ended += self.draws.state[c] == ENDED or c in over
        return ended / max(counted, 1) / max(self.t - self.since(p), 1)

    def since(self, p: int) -> int:
        """First minute that is known of a project."""
        return min((m for m in self.reached[p] if m is not None and m > -NEVER), default=NEVER)


def ordered(review: Review, look: Look) -> dict[str, Any]:
    """What a review orders: projects helped, cases in front, arrivals turned away, ladders lightened."""
    found: dict[str, Any] = {"helped": set(), "front": set(), "away": set(), "rungs": set()}
    everybody = range(len(look.model.project_ids))
    chosen: list[int] = []
    if review.rule == "effort":
        units = _ranked(review, look)[: review.count]
        found["helped"] = {p for p in everybody if review.eligible[p] and look.model.unit[p] in units}
    elif review.rule == "standing":
        found["helped"] = {p for p in everybody if review.eligible[p]}
    elif review.rule == "visit":
        sign = 1 if review.choose == "slowest" else -1
        way = [p for p in everybody if look.on_the_way(review, p)]
        chosen = sorted(way, key=lambda p: (sign * look.pace(p), look.since(p), p))[: review.count]
        found["helped"] = set(chosen) if review.gain >= 0 else set()
        chosen = chosen if review.front else []
    elif review.rule == "override":
        since: dict[int, int] = {}
        for c, t in look.waiting().items():
            p = int(look.model.cases.project[c])
            since[p] = min(t, since.get(p, NEVER))
        way = [p for p in since if look.on_the_way(review, p)]
        chosen = sorted(way, key=lambda p: (since[p], p))[: review.count]
    elif review.rule == "escalate":
        late = [c for c, t in look.waiting().items() if look.t - t > review.minutes]
        found["front"] = {c for c in late if review.eligible[look.model.cases.project[c]]}
    elif review.rule == "reserve":
        found["away"] = _turned_away(review, look)
    elif review.rule == "class":
        for p, a, *_, ended, solved in look.stops:
            ladder = int(look.model.cases.ladder[look.case(p, a)])
            if solved and ended >= look.last and review.ladders[ladder] and review.eligible[p]:
                found["rungs"].add((int(look.model.unit[p]), ladder))
    found["front"] |= {c for c, p in enumerate(look.model.cases.project.tolist()) if p in chosen}
    return found


def _ranked(review: Review, look: Look) -> list[int]:
    """Units with something due, the one to be chosen first in front."""
    ratios = {}
    for unit in range(len(look.model.units)):
        done = due = Fraction(0)
        for p in range(len(look.model.project_ids)):
            if look.model.unit[p] == unit and review.eligible[p] and look.is_there(p):
                worth = float(look.model.attributes.investment[p])
                weight = Fraction(worth if worth == worth else 0.0) if review.by_investment else Fraction(1)
                by = int(review.due[p])
                by = by if by < NEVER else look.reached[p][0] + review.allowance
                due += weight if by <= look.t else 0
                done += weight if look.reached[p][review.milestone] is not None else 0
        if due:
            ratios[unit] = done / due if review.choose == "lagging" else -done / due
    return sorted(ratios, key=lambda unit: (ratios[unit], unit))


def _turned_away(review: Review, look: Look) -> set[int]:
    """Arrivals that come before the next date and find no room."""
    reached = [row[review.milestone] for row in look.reached]
    latest = [
        p for p, m in enumerate(reached)
        if review.eligible[p] and m is not None and look.t - review.minutes <= m < look.t
    ]  # fmt: skip
    stock = sum(look.on_the_way(review, p) for p in range(len(reached)))
    room = max(int(look.gain(review.times) * len(latest)) - stock, review.count)
    coming = [
        p for p in look.model.arrivals.project.tolist()
        if look.draws.active[p] and review.eligible[p] and look.t <= look.draws.signed[p] < look.following
    ]  # fmt: skip
    return set(sorted(coming, key=lambda p: (look.draws.signed[p], p))[room:])
