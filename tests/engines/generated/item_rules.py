"""Rules on items: papers that come later, promises, items together, in parts, or only for a time."""

from __future__ import annotations

from collections.abc import Sequence

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
