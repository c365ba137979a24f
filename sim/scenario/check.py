"""Semantic checks: does every name exist, and does everything hold together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sim.errors import Problems
from sim.items import Item
from sim.resources import Office
from sim.scenario.checker import Checker
from sim.scenario.consolidated import check_consolidation
from sim.scenario.document import Node, Path_
from sim.scenario.order import check_order
from sim.scenario.review_check import check_reviews
from sim.scenario.schema import Activity, Spec
from sim.scenario.sense import check_sense
from sim.scenario.standing import check_standing
from sim.spec import Block, When, nearest


def check(
    spec: Spec,
    root: Node,
    *,
    items: Sequence[Item],
    used: Collection[str],
    dropped: Collection[tuple[str, ...]],
    problems: Problems,
) -> None:
    """Note everything that the schema alone cannot see.

    Parameters
    ----------
    spec : Spec
        What the schema accepted; entries it refused are missing.
    root : Node
        The merged tree, refused entries included: their names count as known.
    items : sequence of Item
        Rows of the catalogue.
    used : collection of str
        Parameters used as ``$name``.
    dropped : collection of tuple
        What was refused: ``("resources",)`` a whole section, ``("resources", "land")`` an entry.
    problems : Problems
    """
    checker = Checker(spec, root, frozenset(dropped), problems)
    _milestones(checker)
    _activities(checker)
    _modes(checker)
    check_consolidation(checker)
    _measures(checker)
    check_reviews(checker)
    _conditions(checker)
    _catalogue(checker, items)
    _adopted(checker)
    _doubles(checker)
    check_standing(checker)
    check_order(checker)
    check_sense(checker, used)


def _milestones(c: Checker) -> None:
    """Hold each milestone against its activity; the first is the entry and has none."""
    seen: dict[str, str] = {}
    for index, milestone in enumerate(c.spec.milestones):
        loc: Path_ = ("milestones", index)
        if index == 0 and milestone.activity is not None:
            c.note((*loc, "activity"), "no activity: the first milestone is the entry", "take it out")
        if index > 0 and milestone.activity is None:
            c.note(loc, f"an activity that `{milestone.name}` is the end of", "add `activity: ...`")
        if index == 0 or milestone.activity is None:
            continue
        c.known((*loc, "activity"), milestone.activity, "activities", "activity")
        if (other := seen.setdefault(milestone.activity, milestone.name)) != milestone.name:
            c.note((*loc, "activity"), f"an activity of its own (`{other}` has this one)", "name another")


def _activities(c: Checker) -> None:
    """Names inside activities, and what goes with what."""
    for name, activity in c.spec.activities.items():
        loc: Path_ = ("activities", name)
        if "." in name or "@" in name:
            c.note(
                loc, "a name without `.` and `@`", "rename it; `X.convert` and `X.papers` are made", got=name
            )
        for key in ("after", "after_add"):
            for index, other in enumerate(getattr(activity, key)):
                c.known((*loc, key, index), other, "activities", "activity")
        for attribute, by_value in activity.after_by.items():
            c.attribute((*loc, "after_by", attribute), attribute)
            for value, names in by_value.items():
                for index, other in enumerate(names):
                    c.known((*loc, "after_by", attribute, value, index), other, "activities", "activity")
        if activity.resource is not None:
            c.known((*loc, "resource"), activity.resource, "resources", "resource")
        if activity.stops is not None:
            c.known((*loc, "stops", "ladder"), activity.stops.ladder, "ladders", "ladder")
        _split(c, loc, activity)
        _law_pairs(c, loc, activity)


def _split(c: Checker, loc: Path_, activity: Activity) -> None:
    """Hold the first part against what it waits for; it may ask for an office only, and is no check."""
    if activity.split is None:
        return
    names = [*(c.names("activities") or ()), *(f"{n}.first" for n, a in c.spec.activities.items() if a.split)]
    for index, name in enumerate(activity.split.after or ()):
        if name not in names and c.names("activities") is not None:
            c.unknown((*loc, "split", "after", index), name, names, "activity, or first part of one")
    if activity.pre_review or activity.tolerate:
        c.note((*loc, "split"), "no `pre_review` and no `tolerate` beside it", "set them to false")
    resource = c.spec.resources.get(activity.resource or "")
    if resource is not None and not isinstance(resource, Office):
        c.note((*loc, "split"), "an office, or no resource", f"take `resource: {activity.resource}` out")


def _law_pairs(c: Checker, loc: Path_, activity: Activity) -> None:
    """Keys that say nothing without another key."""
    returns = activity.returned is not None or activity.refused is not None
    for key in ("correct", "rework"):
        if getattr(activity, key) is not None and not returns and not _shared(c, (*loc, key)):
            c.warn((*loc, key), "`returned:` beside it", "add a share of returns, or take it out")
    if activity.amount != "case" and activity.resource is None:
        c.warn((*loc, "amount"), "`resource:` beside it", "name a resource, or take `amount` out")
    if activity.flag is not None and activity.share is None:
        c.note((*loc, "flag"), "`share:` beside it", "give the share of projects, or take `flag` out")


def _shared(c: Checker, loc: Path_) -> bool:
    """Say whether a block of an activity was carried over from the catalogue block."""
    node = c.root.get(*loc)
    return node is not None and node.path[:1] == ("catalogue",)


def _modes(c: Checker) -> None:
    """Approval modes name activities, and need their blocks."""
    if c.spec.pre_review is not None:
        for key in ("land", "filing", "permit"):
            c.known(("pre_review", key), getattr(c.spec.pre_review, key), "activities", "activity")
    elif c.spec.mode.approval == "pre-review" and ("pre_review",) not in c.dropped:
        c.note(
            ("mode", "approval"), "a block `pre_review:`", "say how reviews are converted when land closes"
        )
    tolerance = c.spec.tolerance
    if tolerance is not None and tolerance.due_at is not None:
        c.known(("tolerance", "due_at"), tolerance.due_at, "activities", "activity")
    if tolerance is not None and tolerance.share.value > 0 and tolerance.due_at is None:
        c.note(("tolerance",), "`due_at`", "name the activity before which the papers must be in")
    commitment = c.spec.commitment
    if commitment is not None:
        c.known(("commitment", "due_at"), commitment.due_at, "activities", "activity")
        for index, name in enumerate(commitment.items):
            c.known(("commitment", "items", index), name, "activities", "activity")
    for key in ("item", "before") if c.spec.lapse is not None else ():
        c.known(("lapse", key), getattr(c.spec.lapse, key), "activities", "activity")
    if c.spec.mode.approval == "serial" and c.root.get("catalogue") is None:
        c.warn(
            ("mode", "approval"),
            "a catalogue: only its items are chained",
            "add `catalogue:`, or use parallel",
        )


def _measures(c: Checker) -> None:
    """Milestones that measures name."""
    spec = c.spec
    for key, name in spec.counts.by_measure.items():
        c.milestone(("counts", key), name)
        expected, remedy = nearest(key, ("starts", "completions", "productions"), what="measure")
        if remedy.startswith("did you mean") and f"`{key}`" != expected:
            c.warn(("counts", key), expected, f"{remedy} else this is a measure of its own", got=f"`{key}`")
    if spec.compare is not None:
        c.milestone(("compare", "start"), spec.compare.start)
        c.milestone(("compare", "to"), spec.compare.to)
        c.rises(("compare", "to"), spec.compare.start, spec.compare.to)
    if spec.investment is not None:
        for key in ("from", "to", "land_at"):
            c.milestone(("investment", key), getattr(spec.investment, "from_" if key == "from" else key))
        c.rises(("investment", "to"), spec.investment.from_, spec.investment.to)
    for name in spec.withdrawal:
        c.milestone(("withdrawal", name), name)
    if spec.common_factor is not None:
        for index, name in enumerate(spec.common_factor.phases or ()):
            c.milestone(("common_factor", "phases", index), name)
    if spec.as_of is not None and spec.until is not None and spec.until <= spec.as_of:
        c.note(("until",), "a date after `as_of`", "exchange the two dates, or leave one out")


def _conditions(c: Checker) -> None:
    """Attributes that conditions look at."""
    c.attribute(("units",), c.spec.units)
    for name in c.spec.labels:
        c.attribute(("labels", name), name)
    for loc, block in c.blocks:
        for field, info in type(block).model_fields.items():
            condition = getattr(block, field)
            if isinstance(condition, When):
                _condition(c, (*loc, info.alias or field), condition)


def _condition(c: Checker, loc: Path_, condition: When) -> None:
    """Each attribute exists, and only numbers are compared."""
    for test in condition.walk():
        c.attribute((*loc, test.attribute), test.attribute)
        known = test.attribute in c.spec.attribute_names
        if known and test.op != "in" and test.attribute not in c.spec.number_attributes:
            c.note(
                (*loc, test.attribute), f"a value: `{test.attribute}` is a text", "write the value, or a list"
            )


def _catalogue(c: Checker, items: Sequence[Item]) -> None:
    """Departments and offices of the catalogue."""
    if c.spec.catalogue is None or not items:
        return
    departments = sorted({item.department_en for item in items})
    for department, office in c.spec.catalogue.offices.items():
        loc: Path_ = ("catalogue", "offices", department)
        if department not in departments:
            c.unknown(loc, department, departments, "department of the catalogue")
        c.known(loc, office, "resources", "resource")


def _adopted(c: Checker) -> None:
    """Adopted reforms exist, once each."""
    seen: set[str] = set()
    for index, adopted in enumerate(c.spec.adopted):
        loc: Path_ = ("adopted", index, "reform")
        c.known(loc, adopted.reform, "reforms", "reform")
        if adopted.reform in seen:
            c.note(loc, "each reform once", "keep one of the two entries")
        seen.add(adopted.reform)
        if adopted.applies == "switched":
            _laws_only(c, (*loc[:2], "applies"), adopted.reform)


def _laws_only(c: Checker, loc: Path_, reform: str) -> None:
    """Refuse a switched reform that changes more than the laws of work and its limits."""
    overlay = c.root.get("reforms", reform, "set")
    laws = ("work", "rework", "limit")
    for key, node in overlay.items() if overlay is not None else ():
        graph = [f"{key}.{n}.{k}" for n, a in node.items() for k, _ in a.items() if k not in laws]
        if key == "catalogue":
            graph = [f"{key}.{k}" for k, _ in node.items() if k not in (*laws, "days", "law")]
        if key in ("activities", "catalogue", "parameters") and (key == "parameters" or not graph):
            continue
        what = graph[0] if key in ("activities", "catalogue") else key
        c.note(loc, f"grandfathered: `{reform}` changes `{what}`, only `work`, `rework` and `limit` switch",
               "write `applies: grandfathered`")  # fmt: skip


def _doubles(c: Checker) -> None:
    """Names of list entries, each once."""
    groups: dict[str, Iterable[Block]] = {
        "milestones": c.spec.milestones, "shocks": c.spec.shocks, "lists": c.spec.lists,
        "reviews": c.spec.reviews,
    }  # fmt: skip
    for section, entries in groups.items():
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            name = str(getattr(entry, "name", ""))
            if name in seen:
                c.note((section, index, "name"), "each name once", "rename one of the two")
            seen.add(name)
