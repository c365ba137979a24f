"""Approval modes: functions from a graph to a graph.

`parallel` is the legal graph itself. `serial` adds candidate arcs between neighbours of the catalogue,
`pre_review` lets items run beside land and convert when it closes, `tolerance` accepts papers later,
`commitment` approves on a promise that is checked later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from sim.process.graph import Arc, Graph, Node, Role, assemble, stable_order

#: Name of the share that candidate arcs of the serial mode carry.
SERIAL_FRACTION = "serial_fraction"


def parallel(graph: Graph) -> Graph:
    """Legal precedence only: the graph as it is."""
    return graph


def serial(graph: Graph) -> Graph:
    """Each item of the catalogue may also wait for the one before it, by a drawn share.

    The order is the stable topological sort of the items that apply (row order breaks ties), under
    the full precedence, so that activities inserted between items can never close a circle.

    Examples
    --------
    >>> from sim.process.graph import Spec, legal_graph
    >>> legal = legal_graph([Spec("A", item=0), Spec("B", item=1), Spec("pay")], [None])
    >>> serial(legal).arcs
    (Arc(pred='A', node='B', share='serial_fraction'),)
    """
    items = sorted(
        (n for n in graph.nodes if n.item is not None and n.kind == "work"), key=lambda n: n.item or 0
    )
    order = stable_order([n.name for n in items], graph.ancestors)
    chain = [
        Arc(pred, name, None if pred in graph.preds[name] else SERIAL_FRACTION)
        for pred, name in pairwise(order)
    ]
    return assemble(graph.nodes, [*graph.arcs, *chain], graph.milestones)


@dataclass(frozen=True)
class PreReview:
    """Names of the three items that the pre-review rule speaks of."""

    land: str
    filing: str
    permit: str


def convert_name(item: str) -> str:
    """Name of the conversion of an item.

    Examples
    --------
    >>> convert_name("EPP")
    'EPP.convert'
    """
    return f"{item}.convert"


def papers_name(item: str) -> str:
    """Name of the later check of an item's papers.

    Examples
    --------
    >>> papers_name("EPP")
    'EPP.papers'
    """
    return f"{item}.papers"


def promise_name(item: str) -> str:
    """Name of the later check of an item approved on a promise.

    Examples
    --------
    >>> promise_name("EPP")
    'EPP.promise'
    """
    return f"{item}.promise"


def pre_review(graph: Graph, rule: PreReview) -> Graph:
    """Items that allow it run beside land and all convert when it closes; the permit after the last.

    A project that needs no land has no pre-review. An item that land itself needs on this route is
    not pre-reviewed. See ENGINE 2, "Pre-review".
    """
    land = graph.by_name.get(rule.land)
    if land is None or land.kind != "work":
        return graph
    before_land = graph.ancestors[rule.land]
    early = {n.name for n in graph.nodes if n.pre_review and n.name not in before_land | {rule.land}}
    arcs = [*_early_arcs(graph, rule, early), *_convert_arcs(graph, rule, early)]
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes.append(node)
        if node.name in early:
            nodes.append(check_node(node, convert_name(node.name), "convert", rule.land))
    ends = (convert_name(m) if m in early else m for m in graph.milestones)
    return assemble(nodes, arcs, tuple(ends))


def check_node(node: Node, name: str, role: Role, reference: str | None = None) -> Node:
    """Make a check of a node, which may reopen it."""
    return Node(name, "check", node.activity, target=node.name, reference=reference, role=role)


def _early_arcs(graph: Graph, rule: PreReview, early: set[str]) -> Iterable[Arc]:
    """Legal arcs as they stand under pre-review: land's part replaced by filing, others by converts."""
    before_land = graph.ancestors[rule.land]
    lost = {rule.land} | {n for n in before_land if rule.filing in graph.ancestors[n]}
    has_filing = rule.filing in graph.by_name
    for arc in graph.arcs:
        if arc.node in early and arc.pred in lost:
            if has_filing:
                yield Arc(rule.filing, arc.node)
        elif arc.node not in early and arc.pred in early:
            yield Arc(convert_name(arc.pred), arc.node)
        else:
            yield arc


def _convert_arcs(graph: Graph, rule: PreReview, early: set[str]) -> Iterable[Arc]:
    """List what conversions wait for: item and land; the permit's also for all others not behind it."""
    for name in sorted(early):
        yield Arc(name, convert_name(name))
        yield Arc(rule.land, convert_name(name))
        if rule.permit in early and name != rule.permit and rule.permit not in graph.ancestors[name]:
            yield Arc(convert_name(name), convert_name(rule.permit))


def lapse_name(item: str) -> str:
    """Name of the check that a permit was used within its term.

    Examples
    --------
    >>> lapse_name("CPM")
    'CPM.lapse'
    """
    return f"{item}.lapse"


def lapse(graph: Graph, item: str, before: str) -> Graph:
    """Let a permit lapse that `before` could not use in time: a check of it against all else that is needed.

    The check, before `before`, has nothing to do where everything else that `before` waits for had ended
    within the term. A permit that is converted is in hand when it is converted.

    Examples
    --------
    >>> from sim.process.graph import Spec, legal_graph
    >>> legal = legal_graph([Spec("CPM"), Spec("money"), Spec("start", ("CPM", "money"))], [None, "start"])
    >>> graph = lapse(legal, "CPM", "start")
    >>> graph.names, graph.preds["CPM.lapse"]
    (('CPM', 'money', 'start.others', 'CPM.lapse', 'start'), ('CPM', 'start.others'))
    """
    names = (convert_name(before), f"{before}.first", before)
    due = next((name for name in names if name in graph.by_name), before)
    issued = convert_name(item) if convert_name(item) in graph.by_name else item
    if due not in graph.by_name or issued not in graph.ancestors[due] or graph.by_name[item].kind != "work":
        return graph
    others = [arc for arc in graph.arcs if arc.node == due and arc.pred not in (item, issued)]
    if not others:
        return graph
    gate = Node(f"{before}.others", "gate", graph.by_name[due].activity)
    check = replace(check_node(graph.by_name[item], lapse_name(item), "lapse", gate.name), since=issued)
    arcs = [replace(arc, node=gate.name) for arc in others]
    arcs += [Arc(issued, check.name), Arc(gate.name, check.name), Arc(check.name, due)]
    place = graph.names.index(due)
    nodes = (*graph.nodes[:place], gate, check, *graph.nodes[place:])
    return assemble(nodes, [*graph.arcs, *arcs], graph.milestones)


def tolerance(graph: Graph, due_at: str) -> Graph:
    """Items that allow it may be accepted with papers missing, which must be in before `due_at`.

    Only items that `due_at` needs anyway get the later check, else tolerance would add a precedence.
    Where `due_at` was pre-reviewed, its conversion is the moment that counts.

    Examples
    --------
    >>> from sim.process.graph import Spec, legal_graph
    >>> legal = legal_graph([Spec("A", item=0, tolerate=True), Spec("CPM", ("A",))], [None, "CPM"])
    >>> tolerance(legal, "CPM").names
    ('A', 'A.papers', 'CPM')
    """
    tolerant = {node.name for node in graph.nodes if node.tolerate}
    return _checked_before(graph, tolerant, due_at, papers_name, "papers")


def commitment(graph: Graph, items: Collection[str], due_at: str) -> Graph:
    """Approve items on a promise, which must have been checked before `due_at`.

    Only items that `due_at` needs anyway get the check, as with `tolerance`.

    Examples
    --------
    >>> from sim.process.graph import Spec, legal_graph
    >>> legal = legal_graph([Spec("A"), Spec("CPM", ("A",)), Spec("JAC", ("CPM",))], [None, "JAC"])
    >>> commitment(legal, ["A", "JAC"], "JAC").names
    ('A', 'A.promise', 'CPM', 'JAC')
    """
    return _checked_before(graph, items, due_at, promise_name, "promise")


def _checked_before(
    graph: Graph, items: Collection[str], due_at: str, name_of: Callable[[str], str], role: Role
) -> Graph:
    """Give the items that `due_at` needs a check, which `due_at` waits for."""
    due = convert_name(due_at) if convert_name(due_at) in graph.by_name else due_at
    if due not in graph.by_name:
        return graph
    needed = graph.ancestors[due] - {due_at}
    nodes: list[Node] = []
    arcs = list(graph.arcs)
    for node in graph.nodes:
        nodes.append(node)
        if node.name in items and node.kind == "work" and node.name in needed:
            check = check_node(node, name_of(node.name), role)
            nodes.append(check)
            arcs += [Arc(node.name, check.name), Arc(check.name, due)]
    return assemble(nodes, arcs, graph.milestones)
