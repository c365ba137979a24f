"""Rules on items: papers that come later, promises, items together, in parts, or only for a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

from tests.engines.generated.pen import Doc, Pen


def tolerance(pen: Pen, names: Sequence[str]) -> Doc:
    """Papers that come later, perhaps in a given time, perhaps at the cost of a suspension."""
    block: Doc = {"share": pen.share(), "due_at": names[-1 - pen.whole(0, 1)]}
    pen.maybe(block, "postponed", 5, pen.share)
    pen.maybe(block, "fails", 6, pen.share)
    pen.maybe(block, "allowed", 4, lambda: pen.pick("1 d", "0 d", "1 h"))
    pen.maybe(block, "on_failure", 5, lambda: pen.pick("revoked", "suspended"))
    if block.get("on_failure") == "suspended":
        block["suspension"] = pen.law()
    return pen.rated(block)


def split(pen: Pen, blocks: dict[str, Doc], place: int, names: Sequence[str], offices: Sequence[str]) -> None:
    """Perhaps do an activity in two parts; the first may wait for that of an earlier one."""
    block = blocks.get(names[place], {})
    plain = block.get("resource") is None or block["resource"] in offices
    if not plain or block.get("pre_review") or block.get("tolerate") or not pen.chance(3):
        return
    earlier = [name for name in names[:place] if "split" in blocks.get(name, {})]
    block["split"] = {"at": pen.share()}
    pen.maybe(block["split"], "after", 5, lambda: [f"{pen.pick(*earlier)}.first"] if earlier else [])
    block["split"] = pen.rated(block["split"])


def lapse(pen: Pen, names: Sequence[str], before: dict[str, set[str]]) -> Doc | None:
    """The term of an item that another one surely waits for, if there is such a pair."""
    pairs = [(item, name) for name in names for item in names if item in before[name]]
    if not pairs:
        return None
    item, name = pen.pick(*pairs)
    block: Doc = {"item": item, "before": name, "after": pen.pick("1 d", "0 d", "1 h")}
    if pen.chance(5):
        block |= {"extensions": pen.pick(1, 2), "extension": pen.pick("1 h", "1 d")}
    return block


def consolidation(
    pen: Pen, made: Any, blocks: dict[str, Doc], offices: Sequence[str], shared: Collection[str]
) -> Doc:
    """Items that are done together, and items that are cut."""
    found: Doc = {}
    pen.maybe(found, "cut", 6, lambda: pen.some(made.names, 3))
    plain = [
        name for name in made.names
        if name not in found.get("cut", [])
        and not {"split", "stops"} & blocks.get(name, {}).keys()
        and blocks.get(name, {}).get("resource") not in shared
    ]  # fmt: skip
    # Neighbours: between items further apart there may be one that waits for the first and is waited for.
    pairs = [
        pair for pair in pairwise(made.names)
        if {*pair} <= {*plain} and len({_clock(made, blocks, name) for name in pair}) == 1
    ]  # fmt: skip
    if pairs and pen.chance(7):
        one: Doc = {"items": list(pen.pick(*pairs))}
        pen.maybe(one, "label", 3, pen.label)
        if offices:
            pen.maybe(one, "resource", 5, lambda: pen.pick(*offices))
        found["merge"] = {"together": one}
    return found


def _clock(made: Any, blocks: dict[str, Doc], name: str) -> str:
    """Clock of the work of an activity."""
    block = blocks.get(name, {})
    own = {"wd": "working", "h": "office", "min": "office"}.get(made.unit[name], "natural")
    return str(block.get("clock", own if "work" in block or name in made.items else "natural"))


def commitment(pen: Pen, names: Sequence[str]) -> Doc:
    """Items approved on a promise, which may have to be put right or done again."""
    items = pen.some(names, 6) or [names[0]]
    block: Doc = {"items": items, "share": pen.share(), "work": pen.law(), "check": pen.law(),
                  "due_at": names[-1 - pen.whole(0, 1)]}  # fmt: skip
    pen.maybe(block, "fails", 7, pen.share)
    pen.maybe(block, "on_failure", 5, lambda: pen.pick("revoked", "correction"))
    if block.get("on_failure") == "correction":
        block["correction"] = pen.law()
    return pen.rated(block)
