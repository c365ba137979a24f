"""What is measured against others: lists and their chain, the ranking, the project score."""

from __future__ import annotations

from typing import Any

from tests.engines.generated.pen import MADE_UP, Doc, Pen, day


def lists(pen: Pen) -> list[Doc]:
    """One list, or a start list and the production list that is turned over from it."""
    kind = pen.pick("sign", "start", "production")
    found: Doc = {"name": "one", "kind": kind, "event": day(9), "cutoff": day(2)}
    pen.maybe(found, "eligible", 5, pen.when)
    pen.maybe(found, "size", 5, lambda: pen.pick(1, 0))
    pen.maybe(found, "removal", 5, lambda: removal(pen))
    if kind != "start" or pen.chance(3):
        return [found]
    return [found, {"name": "two", "kind": "production", "event": day(40), "cutoff": day(30), "from": "one"}]


def removal(pen: Pen) -> Doc:
    found: Doc = {"on": pen.pick("12-31", "06-30")}
    pen.maybe(found, "when", 5, pen.when)
    pen.maybe(found, "share", 5, pen.share)
    found.setdefault("share", 0.5)
    return {**found, **MADE_UP, "range": "none"}


def ranking(pen: Pen, names: list[str], *, money: bool) -> Doc:
    """One indicator of each kind there can be, and a bonus."""
    reached: Doc = {
        "milestone": pen.pick(*names),
        "weight": pen.number(1),
        "per": pen.pick("plan", "members"),
    }
    size: Doc = {"milestone": names[-1], "weight": 2, "amount": pen.pick("area", "investment", "case")}
    told: Doc = {"given": {"East": 1.5, "West": -2}, "weight": 1, "less": pen.pick(True, False)}
    found = {"reached": reached, "size": size, "told": told}
    if money:
        found["money"] = {"money": "year", "weight": 1, "per": pen.pick("plan", "booked")}
    for block in found.values():
        pen.maybe(block, "of", 3, pen.when)
        pen.maybe(block, "label", 3, pen.label)
        pen.rated(block)
    doc: Doc = {"indicators": found}
    pen.maybe(doc, "of", 3, pen.when)
    pen.maybe(doc, "method", 7, lambda: pen.pick("extreme", "efficacy", "zscore"))
    pen.maybe(doc, "constant", 7, lambda: pen.pick("full", "none"))
    pen.maybe(doc, "missing", 7, lambda: pen.pick("drop", "worst"))
    pen.maybe(doc, "winsorise", 5, lambda: pen.pick(0.1, 0))
    pen.maybe(doc, "bonus", 5, lambda: [_bonus(pen, names)])
    return pen.rated(doc)


def _bonus(pen: Pen, names: list[str]) -> Doc:
    found: Doc = {"milestone": names[-1], "points": pen.number(1)}
    pen.maybe(found, "when", 5, pen.when)
    pen.maybe(found, "most", 5, lambda: pen.pick(1, 0))
    return pen.rated(found)


def score(pen: Pen, names: list[str]) -> Doc:
    """An aspect of each way of judging, a bonus and a threshold that some pass."""
    aspects: dict[str, Doc] = {
        "scale": {"points": 20, "column": "area", "low": 0, "high": pen.pick(40, 80)},
        "branch": {"points": 10, "column": "kind", "values": {"industry": 1, "social": 0.5}},
        "early": {"points": 10, "reached": pen.some(names, 6) or [names[0]]},
    }
    for block in aspects.values():
        pen.maybe(block, "label", 3, pen.label)
        pen.maybe(block, "other", 4, lambda: 0.25)
        pen.rated(block)
    found: Doc = {"aspects": aspects}
    pen.maybe(found, "bonus", 5, lambda: [{"when": pen.when(), "points": 5}])
    pen.maybe(found, "threshold", 7, lambda: pen.pick(15, 25))
    pen.maybe(found, "level", 7, lambda: pen.pick("provincial", "city", "county"))
    return pen.rated(found)


def order_by_score(pen: Pen, doc: Doc) -> None:
    """Let some resources take the best project first."""
    resources: dict[str, Any] = doc.get("resources", {})
    for block in resources.values():
        if pen.chance(6):
            block["order"] = pen.pick(["-score", "joined"], ["key_level", "-score"], ["score"])
