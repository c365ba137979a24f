"""What a project has to do: activities, a catalogue in a file, milestones, ways of approval."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

from tests.engines.generated import item_rules
from tests.engines.generated.pen import SHARES, Doc, Pen
from tests.engines.generated.things import CLOCKS, Things

OWNERS = ("government", "applicant", "third_party", "factor", "nature")
MILESTONES = ("signed", "permitted", "started", "built")
DEPARTMENTS = ("Housing", "Planning")
COLUMNS = ("id", "name_en", "name_zh", "stage", "department_en", "statutory_working_days",
           "promised_working_days", "predecessors", "department_zh", "predecessors_allocated_land",
           "can_pre_review", "can_tolerate_deficiency", "applies_if", "share", "status",
           "source")  # fmt: skip


@dataclass
class Steps:
    """Activities in an order in which each waits for earlier ones only.

    `before` holds what an activity waits for on every route; `unit` the unit of its work.
    """

    names: list[str]
    items: list[str]
    blocks: dict[str, Doc] = field(default_factory=dict)
    before: dict[str, set[str]] = field(default_factory=dict)
    unit: dict[str, str] = field(default_factory=dict)
    offices: dict[str, str] = field(default_factory=dict)
    catalogue: Doc | None = None

    def always(self, name: str) -> set[str]:
        """All that must have ended before an activity, on every route."""
        found: set[str] = set()
        todo = [*self.before[name]]
        while todo:
            other = todo.pop()
            if other not in found:
                found.add(other)
                todo += self.before[other]
        return found


def steps(pen: Pen, found: Things, ladders: dict[str, Any]) -> Steps:
    """Between one and seven activities, some of them items of a catalogue."""
    names = [f"a{number}" for number in range(pen.whole(1, 7))]
    items = [name for name in names if pen.chance(5)] if pen.chance(4) else []
    made = Steps(names, items)
    rows = [_item(pen, made, found, name) for name in items]
    for place, name in enumerate(names):
        made.unit[name] = "wd" if name in items else pen.unit()
        if name in items:
            block = _over_row(pen, made, rows[items.index(name)], place)
        else:
            block = _free(pen, made, place)
        _asks(pen, made, block, found, name)
        _visits(pen, block, name in items)
        _more(pen, block, found, ladders)
        if block or name not in items:
            made.blocks[name] = pen.rated(block)
    for name in names:
        _gives_back(pen, made, found, name)
    offices = [r for r in found.blocks if found.kind(r) == "office"]
    for place, name in enumerate(names):
        if name not in items:
            item_rules.split(pen, made.blocks, place, names, offices)
    if items:
        made.catalogue = _catalogue(pen, made, rows)
    return made


def _earlier(pen: Pen, made: Steps, place: int) -> list[str]:
    return pen.some(made.names[max(0, place - 3) : place], 4)


def _free(pen: Pen, made: Steps, place: int) -> Doc:
    """Predecessors and work of an activity that is no item."""
    name, block = made.names[place], {}
    after, added = _earlier(pen, made, place), _earlier(pen, made, place) if pen.chance(1) else []
    if after:
        block["after"] = after
    if added:
        block["after_add"] = added
    made.before[name] = {*after, *added}
    if pen.chance(2):
        other = _earlier(pen, made, place)
        block["after_by"] = {"land_route": {"allocated": other}}
        made.before[name] = ({*after} & {*other}) | {*added}
    if pen.chance(9):
        block["work"] = pen.laws(made.unit[name])
    return block


def _over_row(pen: Pen, made: Steps, row: Doc, place: int) -> Doc:
    """What the scenario says of an item beyond its row."""
    block: Doc = {}
    always = {*filter(None, row["predecessors"].split(";"))}
    if "predecessors_allocated_land" in row:
        always &= {*filter(None, row["predecessors_allocated_land"].split(";"))}
    if added := _earlier(pen, made, place) if pen.chance(3) else []:
        block["after_add"] = added
    made.before[made.names[place]] = always | {*added}
    pen.maybe(block, "work", 2, lambda: pen.listed("wd"))
    return block


def _asks(pen: Pen, made: Steps, block: Doc, found: Things, name: str) -> None:
    """A resource to wait for; sessions with a length of their own leave no room for work."""
    free = [r for r in found.blocks if r not in found.helpers or pen.chance(2)]
    if name in made.items:
        free = [r for r in free if r not in found.shared]
    if not free or not pen.chance(8):
        return
    resource = pen.pick(free[0], *free)
    block["resource"] = resource
    if found.counts[resource] != "case" or pen.chance(1):
        block["amount"] = found.counts[resource]
    if resource in found.shared:
        block.pop("work", None)


def _visits(pen: Pen, block: Doc, is_item: bool) -> None:
    """Preparation, returns and refusals."""
    law = pen.listed if is_item else pen.laws
    share = (lambda: pen.pick(*SHARES)) if is_item else pen.share  # over a block a block would be merged
    pen.maybe(block, "prepare", 3, lambda: law(pen.unit()))
    if pen.chance(4):
        block["returned"] = share()
        pen.maybe(block, "correct", 6, lambda: law(pen.unit()))
        pen.maybe(block, "rework", 4, lambda: law("wd" if is_item else pen.unit()))
    pen.maybe(block, "refused", 2, share)
    pen.maybe(block, "max_rounds", 3, lambda: pen.pick(2, 1, 4))


def _more(pen: Pen, block: Doc, found: Things, ladders: dict[str, Any]) -> None:
    """Everything else an activity may say."""
    pen.maybe(block, "applies_if", 2, pen.when)
    if pen.chance(2):
        block["share"] = 0.5
        pen.maybe(block, "flag", 5, lambda: "together")
    pen.maybe(block, "clock", 3, lambda: pen.pick(*CLOCKS))
    for key in ("pre_review", "tolerate"):
        pen.maybe(block, key, 6, lambda: pen.pick(True, True, False))
    pen.maybe(block, "label", 1, pen.label)
    pen.maybe(block, "owner", 1, lambda: pen.pick(*OWNERS))
    pen.maybe(block, "scaled", 1, lambda: pen.pick(False, True))
    if pen.chance(2):
        block["limit"] = pen.pick("1 wd", "2 wd", "0 wd")
        pauses: Doc = {}
        pen.maybe(pauses, "publicity", 5, lambda: pen.laws("wd"))
        pen.maybe(pauses, "expert_review", 5, lambda: pen.laws("wd"))
        if pauses:
            block["pauses"] = pauses
    if ladders and block.get("resource") not in found.helpers and pen.chance(4):
        rate = pen.number(pen.pick(1, 2, 0.5), pen.pick("/d", "/wd"), "rate")
        block["stops"] = pen.rated({"rate": rate, "ladder": pen.pick(*ladders), "max": pen.pick(1, 2, 0)})


def _gives_back(pen: Pen, made: Steps, found: Things, name: str) -> None:
    """A pool gets its amount back at the end of the activity, or of one that always follows it."""
    resource = made.blocks.get(name, {}).get("resource")
    if resource is not None and found.kind(resource) == "pool":
        later = [other for other in made.names if name in made.always(other)]
        made.blocks[name]["releases_at"] = pen.pick(name, *later)


def _item(pen: Pen, made: Steps, found: Things, name: str) -> Doc:
    """One row of the catalogue."""
    place = made.names.index(name)
    row: Doc = {
        "id": name, "name_en": f"Item {name}", "name_zh": f"事项{name}", "stage": "1",
        "department_en": pen.pick(*DEPARTMENTS), "statutory_working_days": pen.pick(2, 1, 0, 3),
        "promised_working_days": pen.pick(1, 0), "predecessors": ";".join(_earlier(pen, made, place)),
    }  # fmt: skip
    if pen.chance(2):
        row["predecessors_allocated_land"] = ";".join(_earlier(pen, made, place))
    pen.maybe(row, "can_pre_review", 5, lambda: pen.pick("true", "false"))
    pen.maybe(row, "can_tolerate_deficiency", 5, lambda: pen.pick("yes", "no"))
    conditions = ("kind=industry|social", "area>=20", "land_route!=factory")
    pen.maybe(row, "applies_if", 2, lambda: pen.pick(*conditions))
    pen.maybe(row, "share", 1, lambda: 0.5)
    if pen.chance(1):
        row |= {"status": "assumed", "source": "a guess"}
    offices = [r for r in found.blocks if found.kind(r) == "office" and r not in found.helpers]
    if offices and pen.chance(5):
        made.offices[row["department_en"]] = pen.pick(*offices)
    return row


def _catalogue(pen: Pen, made: Steps, rows: list[Doc]) -> Doc:
    """The block of the catalogue, and its file."""
    columns = [c for c in COLUMNS if any(c in row for row in rows)]
    if "predecessors_allocated_land" in columns:
        for row in rows:
            row.setdefault("predecessors_allocated_land", row["predecessors"])
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    pen.files["items.csv"] = text.getvalue()
    block: Doc = {"file": "items.csv"}
    shapes = ({"law": "lognormal", "sigma": pen.number(0.5)}, {"law": "constant"}, {"law": "exponential"})
    pen.maybe(block, "law", 3, lambda: pen.pick(*shapes))
    pen.maybe(block, "days", 4, lambda: pen.pick("promised", "statutory"))
    _visits(pen, block, is_item=False)
    pen.maybe(block, "owner", 2, lambda: pen.pick(*OWNERS))
    if made.offices:
        block["offices"] = dict(made.offices)
    return pen.rated(block)


def milestones(pen: Pen, made: Steps) -> list[Doc]:
    """The entry, and the ends of one to three activities."""
    most = min(len(MILESTONES) - 1, len(made.names))
    ends = sorted({pen.pick(*reversed(range(len(made.names)))) for _ in range(pen.whole(1, most))})
    found: list[Doc] = [{"name": MILESTONES[0]}]
    for name, place in zip(MILESTONES[1:], ends, strict=False):
        found.append({"name": name, "activity": made.names[place]})
        pen.maybe(found[-1], "applies_if", 1, pen.when)
    words = pen.pick({}, {"zh": "里程碑"}, {"en": "last"}, {"zh": "终点", "en": "last"})
    found[-1] |= words
    return found


def approval(pen: Pen, made: Steps, things: Things) -> Doc:
    """How approvals run: mode, pre-review and tolerance, as far as there are activities to name."""
    found: Doc = {}
    names = made.names
    if len(names) > 2 and pen.chance(6):
        filing, land = sorted((pen.whole(0, len(names) - 2), pen.whole(0, len(names) - 2)))
        block = {"convert": pen.law(pen.pick("wd", "d")), "land": names[land], "filing": names[filing],
                 "permit": names[-1]}  # fmt: skip
        pen.maybe(block, "void", 6, pen.share)
        found["pre_review"] = pen.rated(block)
    modes = ["parallel", "serial"] + ["pre-review"] * (3 if "pre_review" in found else 0)
    if pen.chance(8):
        mode: Doc = {"approval": pen.pick(*modes)}
        pen.maybe(mode, "serial_fraction", 5, pen.share)
        found["mode"] = pen.rated(mode)
    if len(names) > 1 and pen.chance(4):
        found["tolerance"] = item_rules.tolerance(pen, names)
    if len(names) > 1 and pen.chance(3):
        found["commitment"] = item_rules.commitment(pen, names)
    if (term := item_rules.lapse(pen, names, made.before)) and pen.chance(4):
        found["lapse"] = term
    if len(names) > 1 and pen.chance(2):
        offices = [r for r in things.blocks if things.kind(r) == "office" and r not in things.helpers]
        found["consolidation"] = item_rules.consolidation(pen, made, made.blocks, offices, things.shared)
    return found
