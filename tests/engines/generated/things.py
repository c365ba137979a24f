"""What projects wait for, and when: calendar, resources, ladders, shocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.engines.generated.pen import Doc, Pen, day

#: What can be asked for, with the unit it is counted in.
COUNTED = {"case": "", "area": "mu", "investment": "yi", "weight": ""}
RULES = (
    "every monday", "day 2", "first monday", "last friday", "first working day", "last working day",
    "second tuesday after the 3rd",
)  # fmt: skip
CLOCKS = ("working", "natural", "office", "site")


@dataclass
class Things:
    """Resources of a scenario: their blocks, and what each counts.

    `helpers` may be asked by rungs of ladders and by activities that never stop; `shared` are meetings
    whose sessions have a length of their own.
    """

    blocks: dict[str, Doc] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)
    helpers: list[str] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)

    def kind(self, name: str) -> str:
        return str(self.blocks[name]["kind"])


def calendar(pen: Pen) -> Doc:
    """Working days and hours; hours that open at midnight meet what is dated."""
    midnight = ["00:00-08:00"]
    hours = (
        ["00:00-24:00"],
        midnight,
        midnight,
        ["09:00-12:00", "13:00-17:00"],
        ["00:00-12:00", "13:00-24:00"],
    )
    found: Doc = {"country": pen.pick("none", "CN", "UK")}
    pen.maybe(found, "hours", 8, lambda: pen.pick(*hours))
    if pen.chance(5):
        site: Doc = {}
        open_days = pen.pick(1, 0, 2)
        pen.maybe(site, "slow", 6, lambda: [{"from": "11-15", "to": "03-15", "open": open_days, "of": 3}])
        pen.maybe(site, "stops", 6, lambda: [{"from": day(pen.pick(2, -3)), "to": day(3)}])
        found["site"] = site
    return found


def things(pen: Pen) -> Things:
    """A few resources of any kind."""
    found = Things()
    for number in range(pen.pick(0, 1, 2, 2, 3, 3, 4)):
        kind = pen.pick("office", "meeting", "office", "quota", "pool")
        if found.blocks and pen.chance(5):  # an office and a meeting, which serve in one minute
            kind = "meeting" if found.kind(next(reversed(found.blocks))) == "office" else "office"
        name = f"{kind}:{number}" if pen.chance(2) else f"{kind}{number}"
        _add(pen, found, name, kind)
    if pen.chance(4):
        _add(pen, found, "helper", "office")
        found.helpers.append("helper")
        if pen.chance(5):
            _add(pen, found, "panel", "meeting", counts="case")
            found.helpers.append("panel")
    return found


def _add(pen: Pen, found: Things, name: str, kind: str, counts: str = "") -> None:
    counts = counts or ("case" if kind == "office" else pen.pick("case", "area", "investment", "weight"))
    block: Doc = {"kind": kind}
    {"office": _office, "quota": _quota, "pool": _pool, "meeting": _meeting}[kind](pen, block, counts)
    pen.maybe(block, "scope", 4, lambda: pen.pick("city", "county"))
    pen.maybe(block, "discipline", 5, lambda: pen.pick("skip", "strict"))
    pen.maybe(block, "order", 3, lambda: _order(pen))
    pen.maybe(block, "label", 1, pen.label)
    owners = ("government", "factor", "applicant", "third_party", "nature")
    pen.maybe(block, "owner", 1, lambda: pen.pick(*owners))
    found.blocks[name] = pen.rated(block)
    found.counts[name] = counts
    if "duration" in block:
        found.shared.add(name)


def _order(pen: Pen) -> list[str]:
    level, joined = "key_level", "joined"
    return list(pen.pick([joined], [level, joined], ["-investment", joined], ["area"], ["-weight", level]))


def _amount(pen: Pen, counts: str, *sizes: float) -> Any:
    """An amount in the unit that is counted; areas come in tens of mu."""
    size = pen.pick(*sizes) * (10 if counts == "area" else 1)
    return pen.number(size, COUNTED[counts], "amount")


def _office(pen: Pen, block: Doc, _: str) -> None:
    block["reviewers"] = pen.number(pen.pick(1, 2, 1, 0, 3))
    pen.maybe(block, "hours", 7, lambda: pen.pick("working", *CLOCKS))
    pen.maybe(block, "keeps_place", 4, lambda: pen.pick(True, False))
    pen.maybe(block, "changes", 3, lambda: _changes(pen, 0, 2, 1, 3, -2, 8))


def _changes(pen: Pen, least: int, *offsets: int) -> list[Doc]:
    days = sorted({pen.pick(*offsets) for _ in range(pen.whole(1, 2))})
    return [{"on": day(offset), "to": pen.number(least + pen.pick(1, 0, 2))} for offset in days]


def _pool(pen: Pen, block: Doc, counts: str) -> None:
    """A pool that is large enough for the largest request on its first day, and perhaps not later."""
    least = {"case": 1, "area": 4}.get(counts, 3)
    block["amount"] = _amount(pen, counts, least, least + 1, least * 2)
    if counts != "investment":
        scale = 10 if counts == "area" else 1
        pen.maybe(block, "changes", 3, lambda: _changes(pen, least * scale - 1, 2, 3, 8))


def _quota(pen: Pen, block: Doc, counts: str) -> None:
    """An account that is soon empty and filled again on a date."""
    block["unit"] = {"area": "mu", "investment": pen.pick("亿元", "万元")}.get(counts, "1")
    block["initial"] = _amount(pen, counts, 1, 0, 2, 3)
    if pen.chance(7):
        refills: Doc = {"amount": _amount(pen, counts, 2, 1, 4)}
        _dated(pen, refills, rule=4)
        block["refills"] = pen.rated(refills)
    if pen.chance(4):
        block |= {"reserved_share": pen.share(), "reserved_for": pen.when()}
    pen.maybe(block, "carry_over", 4, lambda: pen.pick("none", "all", _amount(pen, counts, 1, 2)))
    pen.maybe(block, "returns_on_withdrawal", 5, lambda: pen.pick(True, False))


def _dated(pen: Pen, block: Doc, *, rule: int) -> None:
    """Dates that come back, or a list of them."""
    pen.maybe(block, "rule", rule, lambda: _rule(pen))
    pen.maybe(block, "every", 3, lambda: pen.pick("month", "week", "quarter", "half", "year"))
    pen.maybe(block, "roll", 4, lambda: pen.pick("none", "next", "previous"))
    pen.maybe(block, "month", 3, lambda: pen.pick("first", "last"))


def _rule(pen: Pen) -> Any:
    return (
        pen.pick(RULES[0], *RULES)
        if pen.chance(6)
        else [day(k) for k in pen.pick((2,), (1, 2), (1, 3, 4, 8), (1, 2, 3, 4, 5, 8, 9))]
    )


def dates(pen: Pen) -> Any:
    """A rule of dates with or without more about it, or a list of them."""
    block: Doc = {"rule": _rule(pen)}
    _dated(pen, block, rule=0)
    return block if len(block) > 1 or pen.chance(3) else block["rule"]


def _meeting(pen: Pen, block: Doc, counts: str) -> None:
    block["dates"] = dates(pen)
    if counts != "case" or pen.chance(2):
        block["counts"] = counts
    pen.maybe(block, "capacity", 6, lambda: _amount(pen, counts, 1, 2, 4, 0))
    pen.maybe(block, "lead", 3, lambda: pen.pick("1 d", "0 d", "2 d", "1 h"))
    pen.maybe(block, "cancelled", 3, pen.share)
    pen.maybe(block, "duration", 4, pen.law)


def ladders(pen: Pen, found: Things) -> dict[str, list[Doc]]:
    """Ways up for what has stopped."""
    names = ("way", "other")[: pen.whole(1, 2)]
    return {name: [_rung(pen, found) for _ in range(pen.whole(1, 3))] for name in names}


def _rung(pen: Pen, found: Things) -> Doc:
    rung: Doc = {}
    if found.helpers:
        pen.maybe(rung, "resource", 6, lambda: pen.pick(*found.helpers))
    pen.maybe(rung, "work", 6, pen.law)
    pen.maybe(rung, "clock", 3, lambda: pen.pick(*CLOCKS))
    pen.maybe(rung, "solved", 6, pen.share)
    return pen.rated(rung)


def shocks(pen: Pen) -> list[Doc]:
    """Spans of dates in which clocks stop, none or one or two."""
    found = []
    for number in range(pen.pick(1, 2)):
        first = pen.pick(1, 2, -1, 4)
        shock: Doc = {"name": f"storm{number}"}
        if pen.chance(3):
            rate = pen.number(pen.pick(12, 6, 2), "/y", "rate")
            shock |= {"rate": rate, "length": pen.law("d")}
            pen.maybe(shock, "months", 3, lambda: pen.pick([3], [3, 4, 12]))
            pen.maybe(shock, "patterns", 7, lambda: pen.pick(2, 3))
        else:
            shock |= {"from": day(first), "to": day(first + pen.pick(0, 1, 3))}
        pen.maybe(shock, "stops", 7, lambda: pen.pick(["working", "office"], ["office"], ["site", "working"]))
        pen.maybe(shock, "share_of_units", 5, pen.share)
        pen.maybe(shock, "exempt", 4, pen.when)
        found.append(pen.rated(shock))
    return found
