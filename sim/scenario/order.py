"""Checks of precedence: no circle on any route, milestones in the order of their activities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import Final

from sim.scenario.checker import Checker
from sim.scenario.document import Path_

#: More combinations of routes than any scenario has; beyond them circles are still found when compiled.
_MOST_ROUTES: Final = 256

Graph = Mapping[str, tuple[str, ...]]


def check_order(c: Checker) -> None:
    """Look for circles on every route, and for milestones in the wrong order."""
    routes = list(islice(_routes(c), _MOST_ROUTES))
    circles = {frozenset(circle): circle for route in routes if (circle := find_circle(_graph(c, route)))}
    for circle in circles.values():
        merged = [n for n in circle if c.spec.consolidation is not None and n in c.spec.consolidation.merge]
        loc: Path_ = ("consolidation", "merge", merged[0]) if merged else ("activities", circle[0], "after")
        path = " -> ".join((*circle, circle[0]))
        remedy = "take one of the items out" if merged else "take one of the predecessors out"
        c.note(loc, "an order without a circle", remedy, got=f"the circle {path}")
    if circles:
        return
    for route in routes:
        graph = _graph(c, route)
        _milestones(c, graph)
        _releases(c, graph)
    _lapse(c, [_graph(c, route) for route in routes])


def _routes(c: Checker) -> Iterator[dict[str, str]]:
    """Every combination of attribute values that changes predecessors, other values included."""
    values: dict[str, dict[str, None]] = {}
    for activity in c.spec.activities.values():
        for attribute, by_value in activity.after_by.items():
            values.setdefault(attribute, {"": None}).update(dict.fromkeys(by_value))
    for combination in product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def _graph(c: Checker, route: Mapping[str, str]) -> Graph:
    """Predecessors of each activity on a route; unknown names left out."""
    known = c.spec.activities
    graph = {n: tuple(p for p in a.predecessors(route) if p in known) for n, a in known.items()}
    split = {f"{n}.first": a.split for n, a in known.items() if a.split is not None}
    for first, rule in split.items():
        name = first.removesuffix(".first")
        after = graph[name] if rule.after is None else rule.after
        graph[first] = tuple(p for p in after if p in known or p in split)
        graph[name] += (first,)
    return _merged(c, graph)


def _merged(c: Checker, graph: Graph) -> Graph:
    """Put the items that are done together in one place; who waited for one of them waits for all."""
    rule = c.spec.consolidation
    new = {i: name for name, m in (rule.merge.items() if rule else ()) for i in m.items if i in graph}
    found: dict[str, tuple[str, ...]] = {}
    for name, before in graph.items():
        mine = new.get(name, name)
        after = (new.get(p, p) for p in before)
        found[mine] = (*found.get(mine, ()), *(p for p in after if p != mine))
    return found


def find_circle(graph: Graph) -> tuple[str, ...]:
    """Return the activities of one circle, in order; empty when there is none.

    Examples
    --------
    >>> find_circle({"a": ("b",), "b": ("c",), "c": ("a",), "d": ()})
    ('a', 'b', 'c')
    >>> find_circle({"a": ("b",), "b": ()})
    ()
    """
    left = dict(graph)
    while ready := [name for name, before in left.items() if not any(p in left for p in before)]:
        for name in ready:
            del left[name]
    if not left:
        return ()
    path: list[str] = []
    name = min(left)
    while name not in path:  # everything left waits for something left, so this closes
        path.append(name)
        name = next(p for p in left[name] if p in left)
    circle = path[path.index(name) :]
    start = circle.index(min(circle))
    return tuple(circle[start:] + circle[:start])


def _before(graph: Graph, name: str) -> set[str]:
    """Everything that must end before an activity starts."""
    found: set[str] = set()
    todo = list(graph.get(name, ()))
    while todo:
        if (other := todo.pop()) not in found:
            found.add(other)
            todo.extend(graph.get(other, ()))
    return found


def _milestones(c: Checker, graph: Graph) -> None:
    """Refuse a milestone whose activity needs the activity of a later one."""
    ends = [(m.name, _place(c, m.activity)) for m in c.spec.milestones if m.activity is not None]
    for index, (name, activity) in enumerate(ends):
        before = _before(graph, activity)
        for later, other in ends[index + 1 :]:
            if other in before:
                position = c.spec.milestone_names.index(name)
                expected = f"milestones in the order of their activities (`{activity}` waits for `{other}`)"
                got = f"`{name}` before `{later}`"
                if not _noted(c, got):
                    c.note(("milestones", position, "name"), expected, "reorder the milestones", got=got)


def _place(c: Checker, activity: str) -> str:
    """Return what an activity is done in."""
    rule = c.spec.consolidation
    merges = rule.merge.items() if rule else ()
    return next((name for name, merge in merges if activity in merge.items), activity)


def _releases(c: Checker, graph: Graph) -> None:
    """Ask that what is taken is given back at the activity itself or later, on every route."""
    for own, activity in c.spec.activities.items():
        release, name = activity.releases_at, _place(c, own)
        release = None if release is None else _place(c, release)
        if release is None or release == name or release not in graph or name in _before(graph, release):
            continue
        expected = f"`{name}` or an activity that waits for it"
        if not _noted(c, release, expected):
            c.note(("activities", own, "releases_at"), expected, "name a later activity", got=release)


def _lapse(c: Checker, graphs: Iterable[Graph]) -> None:
    """Ask that the activity a term is given for waits for the permit, on some route."""
    rule = c.spec.lapse
    if rule is None or rule.before not in c.spec.activities or rule.item not in c.spec.activities:
        return
    if not any(_place(c, rule.item) in _before(graph, _place(c, rule.before)) for graph in graphs):
        c.note(("lapse", "before"), f"an activity that waits for `{rule.item}`", "name a later activity")


def _noted(c: Checker, got: str, expected: str | None = None) -> bool:
    """Say whether another route has led to the same problem."""
    return any(p.got == got and expected in (None, p.expected) for p in c.problems.found)
