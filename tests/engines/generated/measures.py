"""The rest of a scenario: luck that all share, arrivals, patience, money, lists, reforms."""

from __future__ import annotations

import io
from typing import Any

from tests.engines.generated.pen import SHARES, Doc, Pen, day
from tests.engines.generated.steps import Steps
from tests.engines.generated.things import Things, dates


def common_factor(pen: Pen, names: list[str]) -> Doc:
    found: Doc = {}
    for part in ("city", "county"):
        pen.maybe(found, part, 6, lambda: pen.rated({"sd": pen.number(pen.pick(0.3, 0))}))
    pen.maybe(found, "rho", 5, pen.share)
    pen.maybe(found, "phases", 4, lambda: pen.some(names[1:]) or [names[-1]])
    return pen.rated(found)


def withdrawal(pen: Pen, names: list[str]) -> Doc:
    """Patience of a few days: it ends in minutes in which others are served."""
    return {name: pen.laws(pen.pick("d", "d", "d", "h")) for name in names if pen.chance(7)}


def arrivals(pen: Pen) -> Doc:
    found: Doc = {"rate": pen.number(pen.pick(1, 4), "/y", "rate")}
    pen.maybe(found, "like", 4, lambda: pen.pick({}, {"not": {"kind": "nothing"}}))
    return pen.rated(found)


def number_law(pen: Pen) -> Any:
    """A law of plain numbers."""
    laws: tuple[Any, ...] = (
        1.1, {"law": "constant", "value": 1}, {"law": "uniform", "low": 0.9, "high": 1.2},
        {"law": "triangular", "low": 0.9, "mode": 1, "high": 1.2}, {"law": "exponential", "mean": 1},
        {"law": "lognormal", "median": 1, "sigma": 0.1}, {"law": "lognormal", "mean": 1, "sigma": 0.1},
        {"law": "weibull", "shape": 2, "scale": 1}, {"law": "gamma", "mean": 1, "shape": 4},
        {"law": "quantiles", "points": [0.0, 1.0], "values": [0.9, 1.2]},
    )  # fmt: skip
    law = pen.pick(*laws)
    return pen.rated(dict(law)) if isinstance(law, dict) else law


def investment(pen: Pen, names: list[str]) -> Doc:
    curve = {"a": pen.number(2), "b": 2}
    found: Doc = {"curve": curve, "from": names[0], "to": names[-1]}
    if pen.chance(4):
        found["curve"] = [pen.rated({"when": pen.when(), **curve}), pen.rated({"a": 1, "b": 3})]
    pen.maybe(found, "land_share", 5, pen.share)
    pen.maybe(found, "land_at", 5, lambda: pen.pick(*names))
    pen.maybe(found, "overrun", 7, lambda: number_law(pen))
    return pen.rated(found)


def reporting(pen: Pen) -> Doc:
    found: Doc = {}
    pen.maybe(found, "lag", 6, lambda: pen.length("d"))
    pen.maybe(found, "ahead", 6, pen.share)
    pen.maybe(found, "front", 6, pen.share)
    if "front" in found:
        found["lean"] = 0.4  # no draw: it moves no other
    pen.maybe(
        found,
        "dates",
        6,
        lambda: pen.pick("day 25", {"rule": "last friday", "every": "quarter", "month": "last"}),
    )
    return pen.rated(found)


def limits(pen: Pen) -> Doc:
    """What limits items, and what stops their clock."""
    found: Doc = {}
    pen.maybe(found, "column", 6, lambda: pen.pick("statutory", "promised"))
    pen.maybe(found, "stops", 6, lambda: pen.some(["correction", "publicity", "expert_review"]))
    return found


def ramp(pen: Pen) -> Doc:
    return pen.rated({"g": pen.number(1), "threshold": pen.share()})


def counts(pen: Pen, names: list[str]) -> Doc:
    """Measures of the plan, and a plan for them."""
    found: Doc = {}
    for key in ("starts", "completions", "productions", "consents"):
        pen.maybe(found, key, 5, lambda: pen.pick(*names[1:]))
    return found


def reviews(pen: Pen, names: list[str], ways: list[str], *, arrivals: bool = False) -> list[Doc]:
    """Reviews of any rule, many on the minutes of sessions, refills and starts."""
    rules = ["effort", "visit", "escalate", "override", "standing", "reserve", "class"]
    rules += ["class"] * 6 * bool(ways) + ["reserve"] * 4 * arrivals
    found = []
    for number in range(pen.pick(1, 2, 3)):
        rule = pen.pick(*rules)
        block: Doc = {"name": f"look{number}", "rule": rule}
        if rule != "standing":
            block["dates"] = dates(pen)
        _looks(pen, block, names)
        _acts(pen, block, names, ways)
        pen.maybe(block, "of", 2, pen.when)
        pen.maybe(block, "label", 1, pen.label)
        found.append(pen.rated(block))
    return found


def _looks(pen: Pen, block: Doc, names: list[str]) -> None:
    """What a review looks at."""
    rule = block["rule"]
    if rule in ("effort", "visit", "reserve", "override"):
        pen.maybe(block, "milestone", 3, lambda: pen.pick(*names[1:]))
    if rule in ("effort", "visit", "override"):
        block["count"] = pen.pick(1, 2)
    if rule == "effort":
        pen.maybe(block, "scope", 5, lambda: pen.pick("leading", "lagging"))
        pen.maybe(block, "due", 7, lambda: pen.pick("1 d", "0 d", "2 d"))
        pen.maybe(block, "weigh", 4, lambda: pen.pick("investment", "count"))
    elif rule == "visit":
        pen.maybe(block, "choose", 5, lambda: pen.pick("showcase", "slowest"))
    elif rule == "escalate":
        block["after"] = pen.pick("0 d", "1 d", "1 h")
    elif rule == "reserve":
        block["times"] = pen.number(pen.pick(1, 3, 0))
        pen.maybe(block, "period", 5, lambda: pen.pick("2 d", "9 d"))
        pen.maybe(block, "least", 5, lambda: pen.pick(0, 1))


def _acts(pen: Pen, block: Doc, names: list[str], ways: list[str]) -> None:
    """What a review orders."""
    rule = block["rule"]
    if rule == "visit" and pen.chance(6):
        block["front"] = pen.pick(True, True, False)
    if rule in ("effort", "class", "standing") or (rule == "visit" and not block.get("front")):
        block["gain"] = pen.share()
    if rule in ("effort", "visit", "standing"):
        pen.maybe(block, "phases", 3, lambda: pen.some(names[1:]) or [names[-1]])
    if rule == "class" and ways:
        pen.maybe(block, "ladders", 5, lambda: pen.some(ways) or ways[:1])


def compared(pen: Pen, names: list[str]) -> Doc:
    found: Doc = {"start": names[0], "to": pen.pick(*names[1:])}
    pen.maybe(found, "cohort", 3, dict)
    return found


def plan(pen: Pen, counted: list[str], until_year: int) -> None:
    text = io.StringIO("")
    text.write("measure,target,unit,month,version\n")
    text.writelines(f"{name},1,,{until_year}-12,original\n" for name in counted)
    pen.files["plan.csv"] = text.getvalue()


def reforms(pen: Pen, made: Steps, found: Things, doc: Doc) -> tuple[dict[str, Doc], list[Doc]]:
    """Reforms by name, and which of them are adopted.

    Adopted ones change what each project has of its own; switched ones lengths of work only.
    """
    named: dict[str, Doc] = {}
    adopted = []
    for number in range(pen.whole(1, 3)):
        kinds = ["work", "mode", "withdrawal"] + ["resources"] * bool(found.blocks)
        kinds += ["tolerance"] * ("tolerance" in doc) + ["catalogue"] * (made.catalogue is not None)
        kind = pen.pick(*kinds)
        overlay = _overlay(pen, kind, made, found, doc)
        if overlay is None:
            continue
        name = f"reform{number}"
        block: Doc = {"set": overlay}
        if pen.chance(2):
            pen.files[f"{name}.yaml"] = ""
            block = {"file": f"{name}.yaml", "set": overlay}
        pen.maybe(block, "title", 2, pen.label)
        pen.maybe(block, "source", 2, lambda: "a decree")
        named[name] = block
        if kind != "resources" and pen.chance(7):
            adopted.append(_adopted(pen, name, switchable=kind in ("work", "catalogue")))
    return named, adopted


def _adopted(pen: Pen, name: str, *, switchable: bool) -> Doc:
    found: Doc = {"reform": name, "from": day(pen.pick(2, 1, -2, -400))}
    if switchable:
        pen.maybe(found, "applies", 7, lambda: pen.pick("switched", "grandfathered"))
    if pen.chance(2):
        found |= {"status": "sourced", "source": "a decree"}
    return found


def _overlay(pen: Pen, kind: str, made: Steps, found: Things, doc: Doc) -> Doc | None:
    """What one reform changes; laws keep their unit, which chooses the clock."""
    if kind == "mode":
        modes = ["parallel", "serial"] + ["pre-review"] * ("pre_review" in doc)
        return {"mode": {"approval": pen.pick(*modes)}}
    if kind == "withdrawal":
        return {"withdrawal": {"signed": pen.listed("d")}}
    if kind == "tolerance":
        return {"tolerance": {"share": pen.pick(*SHARES)}}
    if kind == "catalogue":
        return {"catalogue": {"days": pen.pick("promised", "statutory")}}
    if kind == "resources":
        offices = [name for name in found.blocks if found.kind(name) == "office"]
        return {"resources": {pen.pick(*offices): {"reviewers": 3}}} if offices else None
    working = [name for name in made.names if "work" in made.blocks.get(name, {})]
    working = [name for name in working if "lifetable" not in str(made.blocks[name]["work"])]
    if not working:
        return None
    name = pen.pick(*working)
    change = {"work": _law(pen, made.unit[name])}
    if pen.chance(3) and "rework" in made.blocks[name]:
        change["rework"] = _law(pen, "d")
    return {"activities": {name: change}}


def _law(pen: Pen, unit: str) -> list[Doc]:
    """A law that surely has the unit, as a list."""
    low, high = f"{pen.whole(0, 2)} {unit}", f"{pen.whole(2, 3)} {unit}"
    return [{"law": pen.pick(high, low, {"law": "uniform", "low": low, "high": high})}]
