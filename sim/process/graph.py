"""The graph of one class of project: what waits for what, before any approval mode.

A *spec* says what an activity is for this project; `legal_graph` turns specs into nodes and arcs. What
does not apply is left out and its precedence passes through; modes (`sim.process.modes`) then map a
graph to a graph.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sim.errors import Problems

Kind = Literal["work", "gate", "check"]
#: Part of an activity done in two.
Part = Literal["", "first", "rest"]
#: What a check is about: a conversion, missing papers, a promise, the term of a permit.
Role = Literal["", "convert", "papers", "promise", "lapse"]


@dataclass(frozen=True)
class Spec:
    """What one activity is for one class of project.

    Parameters
    ----------
    name : str
    after : tuple of str
        Activities it waits for, as the law and the scenario say for this class.
    applies : bool
        False: the project does not need it; who waits for it waits for what it would have waited for.
    item : int or None
        Row of the catalogue; None for an activity of the scenario (requisition, finance ...).
    pre_review, tolerate : bool
        May be reviewed before land; may be accepted with secondary papers missing.
    activity : str
        The activity whose rules it follows; "" = its own.
    part : {"", "first", "rest"}
        Which part of an activity done in two.
    members : tuple of str
        Activities done together under this name.
    """

    name: str
    after: tuple[str, ...] = ()
    applies: bool = True
    item: int | None = None
    pre_review: bool = False
    tolerate: bool = False
    activity: str = ""
    part: Part = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """One activity of the graph.

    Parameters
    ----------
    name : str
        Key of its draws: ``EPP``, ``EPP.convert``, ``EPP.papers``.
    kind : {"work", "gate", "check"}
        A gate ends when its predecessors end; a check may reopen its `target`.
    activity : str
        The activity whose rules it follows (``EPP`` for all three names above).
    item : int or None
        Row of the catalogue; only such nodes are chained in serial mode.
    pre_review, tolerate : bool
        As in `Spec`.
    target, reference : str or None
        Check only: the node it may reopen; the node whose end decides that it ends at once.
    since : str or None
        Check only: the node whose end is held against that of `reference`; None: the target.
    role : {"", "convert", "papers", "promise", "lapse"}
        Check only: what it is about.
    part, members
        As in `Spec`.
    """

    name: str
    kind: Kind = "work"
    activity: str = ""
    item: int | None = None
    pre_review: bool = False
    tolerate: bool = False
    target: str | None = None
    reference: str | None = None
    since: str | None = None
    role: Role = ""
    part: Part = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arc:
    """`node` waits for `pred`; with a `share` only in the replications that draw the arc."""

    pred: str
    node: str
    share: str | None = None


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order, arcs grouped by node, and the node that ends each milestone.

    Made by `assemble`, which sorts and checks.

    Examples
    --------
    >>> graph = legal_graph([Spec("A"), Spec("B", ("A",), applies=False), Spec("C", ("B",))], [None, "C"])
    >>> graph.names, graph.arcs
    (('A', 'C'), (Arc(pred='A', node='C', share=None),))
    """

    nodes: tuple[Node, ...]
    arcs: tuple[Arc, ...]
    milestones: tuple[str | None, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the nodes, in topological order."""
        return tuple(node.name for node in self.nodes)

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """Every node by its name."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def preds(self) -> Mapping[str, tuple[str, ...]]:
        """Predecessors that hold in every replication."""
        return self._preds(candidates=False)

    @cached_property
    def preds_at_most(self) -> Mapping[str, tuple[str, ...]]:
        """Predecessors with every candidate arc drawn."""
        return self._preds(candidates=True)

    @cached_property
    def ancestors(self) -> Mapping[str, frozenset[str]]:
        """All that must have ended before each node can be ready, whatever is drawn."""
        return _closure(self.names, self.preds)

    @cached_property
    def ancestors_at_most(self) -> Mapping[str, frozenset[str]]:
        """The same with every candidate arc drawn."""
        return _closure(self.names, self.preds_at_most)

    @cached_property
    def phases(self) -> tuple[int, ...]:
        """Per node the first milestone it leads to (itself included), else the last one."""
        last = len(self.milestones) - 1
        found = dict.fromkeys(self.names, last)
        for k in range(last, -1, -1):
            end = self.milestones[k]
            if end is not None:
                found.update(dict.fromkeys(self.ancestors_at_most[end] | {end}, k))
        return tuple(found[name] for name in self.names)

    def _preds(self, *, candidates: bool) -> dict[str, tuple[str, ...]]:
        grouped: dict[str, list[str]] = {name: [] for name in self.names}
        for arc in self.arcs:
            if candidates or arc.share is None:
                grouped[arc.node].append(arc.pred)
        return {name: tuple(preds) for name, preds in grouped.items()}


def _closure(order: Iterable[str], preds: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Transitive predecessors of every node, walking a topological order."""
    found: dict[str, frozenset[str]] = {}
    for name in order:
        found[name] = frozenset(preds[name]).union(*(found[p] for p in preds[name]))
    return found


def stable_order(names: Sequence[str], preds: Mapping[str, Iterable[str]]) -> list[str]:
    """Topological order in which the order given breaks ties (the earliest that can come, comes).

    Parameters
    ----------
    names : sequence of str
    preds : mapping
        Direct predecessors; names outside `names` do not count.

    Returns
    -------
    list of str
        Shorter than `names` when there is a circle: the rest are on it or behind it.

    Examples
    --------
    >>> stable_order(["LND", "LUP", "EIA"], {"LND": ["LUP"]})
    ['LUP', 'LND', 'EIA']
    """
    row = {name: i for i, name in enumerate(names)}
    waits = {name: {p for p in preds.get(name, ()) if p in row} for name in names}
    followers: dict[str, list[str]] = {name: [] for name in names}
    for name, before in waits.items():
        for pred in before:
            followers[pred].append(name)
    free = [row[name] for name in names if not waits[name]]
    order: list[str] = []
    while free:
        name = names[heapq.heappop(free)]
        order.append(name)
        for follower in followers[name]:
            waits[follower].discard(name)
            if not waits[follower]:
                heapq.heappush(free, row[follower])
    return order


def assemble(
    nodes: Sequence[Node], arcs: Iterable[Arc], milestones: Sequence[str | None], place: str = "process"
) -> Graph:
    """Make a checked graph: nodes sorted topologically (order given breaks ties), double arcs merged.

    An arc that always holds outranks a candidate between the same two nodes.

    Raises
    ------
    InputError
        When activities wait for each other in a circle; the message names them.
    """
    wanted: dict[tuple[str, str], Arc] = {}
    for arc in arcs:
        key = (arc.pred, arc.node)
        if key not in wanted or arc.share is None:
            wanted[key] = arc
    preds: dict[str, list[str]] = {node.name: [] for node in nodes}
    for pred, name in wanted:
        preds[name].append(pred)
    names = [node.name for node in nodes]
    order = stable_order(names, preds)
    if len(order) < len(names):
        stuck = sorted(set(names) - set(order))
        problems = Problems()
        problems.add(place, "after", " -> ".join(stuck), "no circle", "take one of these out of `after`")
        problems.raise_if_any()
    position = {name: i for i, name in enumerate(order)}
    by_name = {node.name: node for node in nodes}
    sorted_arcs = sorted(wanted.values(), key=lambda a: (position[a.node], position[a.pred]))
    return Graph(tuple(by_name[name] for name in order), tuple(sorted_arcs), tuple(milestones))


def legal_graph(specs: Sequence[Spec], milestones: Sequence[str | None], place: str = "process") -> Graph:
    """Precedence as the law has it: what does not apply is left out and passes its own precedence on.

    Parameters
    ----------
    specs : sequence of Spec
        In the order of declaration, which breaks ties.
    milestones : sequence of str or None
        The activity that ends each milestone; None for the first one and for those this class of
        project does not have. An activity that does not apply but ends a milestone stays as a gate.
    place : str
        File name for messages.

    Examples
    --------
    >>> graph = legal_graph([Spec("FIL"), Spec("LND", ("FIL",), applies=False)], [None, "LND"])
    >>> graph.by_name["LND"].kind
    'gate'
    """
    by_name = {spec.name: spec for spec in specs}
    _check_names(specs, milestones, by_name, place)
    needed = {name for name in milestones if name is not None}
    kept = [spec for spec in specs if spec.applies or spec.name in needed]
    waits_for = passing({spec.name: spec.after for spec in specs}, {spec.name for spec in kept})
    nodes = [
        Node(
            name=spec.name,
            kind="work" if spec.applies else "gate",
            activity=spec.activity or spec.name,
            item=spec.item,
            pre_review=spec.pre_review and spec.applies,
            tolerate=spec.tolerate and spec.applies,
            part=spec.part,
            members=spec.members,
        )
        for spec in kept
    ]
    arcs = [Arc(pred, spec.name) for spec in kept for name in spec.after for pred in waits_for(name)]
    return assemble(nodes, arcs, milestones, place)


def passing(after: Mapping[str, Sequence[str]], kept: set[str]) -> Callable[[str], tuple[str, ...]]:
    """Make the map from an activity to the kept ones that stand for it: itself, or what it waits for."""
    found: dict[str, tuple[str, ...]] = {}

    def stand_ins(name: str) -> tuple[str, ...]:
        if name in kept:
            return (name,)
        if name not in found:
            found[name] = ()  # a circle of left-out activities ends here
            inherited = [p for pred in after[name] for p in stand_ins(pred)]
            found[name] = tuple(dict.fromkeys(inherited))
        return found[name]

    return stand_ins


def _check_names(
    specs: Sequence[Spec], milestones: Sequence[str | None], by_name: Mapping[str, Spec], place: str
) -> None:
    """Every name in `after` and in the milestones must be an activity."""
    problems = Problems()
    for spec in specs:
        for pred in spec.after:
            if pred not in by_name:
                problems.add(place, f"{spec.name}.after", pred, "an activity", "correct the name")
    for name in milestones:
        if name is not None and name not in by_name:
            problems.add(place, "milestones", name, "an activity", "correct the name")
    problems.raise_if_any()
