"""Checks of what is measured against others: lists and their chain, the ranking, the score."""

from __future__ import annotations

from sim.scenario.checker import Checker
from sim.scenario.document import Path_
from sim.score import SCORE


def check_standing(c: Checker) -> None:
    """Note names that do not exist, and what cannot be meant."""
    _lists(c)
    _ranking(c)
    _score(c)


def _lists(c: Checker) -> None:
    """Hold the chain of every list against the others."""
    counted = {"start": c.spec.counts.starts, "production": c.spec.counts.productions}
    for index, spec in enumerate(c.spec.lists):
        if counted.get(spec.kind, "") is None and ("counts",) not in c.dropped:
            expected = f"`{spec.kind}s:` under `counts:`"
            c.warn(("lists", index, "kind"), expected, "add it, else the list is left out of the next lists")
        if spec.from_ is not None:
            _chain(c, ("lists", index, "from"), index)


def _chain(c: Checker, loc: Path_, index: int) -> None:
    """Hold one `from` against the other lists."""
    spec = c.spec.lists[index]
    others = {other.name: other for other in c.spec.lists}
    before = others.get(spec.from_ or "")
    if before is None:
        c.unknown(loc, str(spec.from_), tuple(others), "list")
    elif spec.kind != "production" or before.kind != "start":
        c.note(loc, "a production list turned over from a start list", "name a start list, or take it out")
    elif before.event >= spec.event:
        c.note(loc, f"a list with an event before {spec.event}", "name the list of the period before")


def _ranking(c: Checker) -> None:
    """Milestones and amounts of the indicators, and blocks they need."""
    ranking = c.spec.ranking
    if ranking is None:
        return
    for name, indicator in ranking.indicators.items():
        loc: Path_ = ("ranking", "indicators", name)
        if indicator.milestone is not None:
            c.milestone((*loc, "milestone"), indicator.milestone)
        if indicator.amount != "case" and indicator.amount not in c.spec.number_attributes:
            c.unknown((*loc, "amount"), indicator.amount, ("case", *c.spec.number_attributes), "amount")
        if indicator.money is not None and c.spec.investment is None and ("investment",) not in c.dropped:
            c.note((*loc, "money"), "a block `investment:`", "say how money is booked, or take it out")
    weights = [indicator.weight for indicator in ranking.indicators.values()]
    if not any(weight.ref or weight.value > 0 for weight in weights):
        expected, remedy = "a weight above 0", "give one indicator a weight"
        c.note(("ranking", "indicators"), expected, remedy, got="0 everywhere")
    for index, bonus in enumerate(ranking.bonus):
        c.milestone(("ranking", "bonus", index, "milestone"), bonus.milestone)


def _score(c: Checker) -> None:
    """Columns and milestones the score looks at; it may not look at itself."""
    score = c.spec.score
    if score is None:
        return
    if SCORE in c.spec.attributes:
        c.note(("attributes", SCORE), "another name: `score:` makes this attribute", "rename the column")
    for name, aspect in score.aspects.items():
        loc: Path_ = ("score", "aspects", name)
        if aspect.column is not None:
            c.attribute((*loc, "column"), aspect.column)
        if aspect.column == SCORE:
            c.note((*loc, "column"), "a column of the ledger", "name the column it is judged by")
        for index, milestone in enumerate(aspect.reached or ()):
            c.milestone((*loc, "reached", index), milestone)
