"""Checks of items that are cut or done together."""

from __future__ import annotations

from sim.resources import Meeting, Office
from sim.scenario.checker import Checker
from sim.scenario.document import Path_
from sim.scenario.item_rules import Merge


def check_consolidation(c: Checker) -> None:
    """Names exist, each item is in one place only, and what is merged can be one case."""
    rule = c.spec.consolidation
    if rule is None:
        return
    for index, name in enumerate(rule.cut):
        c.known(("consolidation", "cut", index), name, "activities", "activity")
    seen = dict.fromkeys(rule.cut, "cut")
    for name, merge in rule.merge.items():
        loc: Path_ = ("consolidation", "merge", name)
        if "." in name or "@" in name or name in (c.names("activities") or ()):
            c.note(loc, "a new name without `.` and `@`", "choose another name", got=name)
        for index, item in enumerate(merge.items):
            c.known((*loc, "items", index), item, "activities", "activity")
            if item in seen:
                c.note(
                    (*loc, "items", index), f"an item in one place (it is in `{seen[item]}`)", "take it out"
                )
            seen[item] = name
        if merge.resource is not None:
            c.known((*loc, "resource"), merge.resource, "resources", "resource")
            if not isinstance(c.spec.resources.get(merge.resource), Office | None):
                c.note((*loc, "resource"), "an office", "name an office, or leave it out")
        _alike(c, loc, merge)


def _alike(c: Checker, loc: Path_, merge: Merge) -> None:
    """Ask that works can be held against each other: one clock, and nothing that one case alone can have."""
    members = [
        (i, c.spec.activities[name]) for i, name in enumerate(merge.items) if name in c.spec.activities
    ]
    for index, activity in members:
        if activity.clock_name != members[0][1].clock_name:
            expected = f"work on the clock `{members[0][1].clock_name}`, as the first item"
            c.note((*loc, "items", index), expected, "merge items of one clock", got=activity.clock_name)
        if activity.stops is not None or activity.split is not None:
            c.note((*loc, "items", index), "an item without `stops` and `split`", "take them out")
    asked = [merge.resource] if merge.resource else [activity.resource for _, activity in members]
    blocks = [c.spec.resources.get(name or "") for name in asked]
    if any(isinstance(block, Meeting) and block.duration is not None for block in blocks):
        c.note(loc, "a resource whose sessions have no length of their own", "give another `resource:`")
