"""Rows of checks: conversions, later checks of papers, of promises and of terms."""

from __future__ import annotations

from dataclasses import replace

from sim.model.lawrows import Laws
from sim.model.noderow import Names, Row
from sim.model.parts import CHECK, CONVERT, PAPERS, PROMISE, TERM
from sim.model.scalars import Numbers
from sim.process.graph import Graph, Node
from sim.process.modes import convert_name
from sim.quantities import clock_of_unit, minutes
from sim.scenario import Scenario
from sim.scenario.schema import Activity

#: What the whole model shares: numbers, laws and names of flags.
Shared = tuple[Numbers, Laws, Names]


def check_row(scenario: Scenario, graph: Graph, node: Node, shared: Shared) -> Row:
    """Rules of a check, by what it is about.

    Parameters
    ----------
    scenario : Scenario
    graph : Graph
    node : Node
        Of the kind `check`.
    shared : (Numbers, Laws, Names)
    """
    make = {"convert": _convert, "papers": _papers, "promise": _promise, "lapse": _lapse}[node.role]
    return make(scenario, graph, node, shared)


def with_share(row: Row, activity: Activity, name: str, shared: Shared) -> Row:
    """Add the draw that decides whether the activity applies; its conversion shares it."""
    numbers, _, flags = shared
    if activity.share is None:
        return row
    return replace(
        row, applies=numbers.scalar(activity.share), applies_name=flags.index(activity.flag or name)
    )


def _convert(scenario: Scenario, graph: Graph, node: Node, shared: Shared) -> Row:
    """Conversion of an item that was reviewed before land."""
    numbers, laws, _ = shared
    rule, activity = scenario.pre_review, scenario.activities[node.activity]
    assert rule is not None  # only pre-review makes conversions
    law = laws.row(rule.convert)
    row = Row(
        node.name,
        activity.owner,
        CHECK,
        clock=clock_of_unit(rule.convert.unit) or "working",
        role=CONVERT,
        scaled=activity.scaled,
        slots=1,
        work=law,
        rework=law,
        void=numbers.scalar(rule.void),
    )
    if graph.by_name[node.target or ""].members:  # a merged case has shares member by member
        return row
    return with_share(row, activity, node.activity, shared)


def _papers(scenario: Scenario, graph: Graph, node: Node, shared: Shared) -> Row:
    """Later check of papers; an item that is converted too is reopened by its conversion only.

    A suspension is a visit sent back: the papers come again after it.
    """
    numbers, laws, flags = shared
    rule = scenario.tolerance
    assert rule is not None  # only tolerance makes later checks
    row = Row(
        node.name,
        scenario.activities[node.activity].owner,
        CHECK,
        role=PAPERS,
        slots=1,
        applies=numbers.scalar(rule.share),
        applies_name=flags.index(f"{node.activity}.tolerated"),
        tolerated_share=numbers.scalar(rule.postponed),
        allowed=round(minutes(rule.allowed)) if rule.allowed is not None else -1,
    )
    if rule.suspension is not None:
        return replace(row, slots=2, returned=numbers.scalar(rule.fails), correct=laws.row(rule.suspension))
    if convert_name(node.activity) in graph.by_name:
        return replace(row, allowed=-1)
    return replace(row, void=numbers.scalar(rule.fails))


def _promise(scenario: Scenario, graph: Graph, node: Node, shared: Shared) -> Row:
    """Later check of a promise; a correction is a visit sent back, after which nothing is left to do."""
    numbers, laws, flags = shared
    rule, activity = scenario.commitment, scenario.activities[node.activity]
    assert rule is not None  # only commitment makes promises
    row = Row(
        node.name,
        activity.owner,
        CHECK,
        clock=clock_of_unit(rule.check.unit) or "working",
        role=PROMISE,
        scaled=activity.scaled,
        slots=1,
        work=laws.row(rule.check),
        applies=numbers.scalar(rule.share),
        applies_name=flags.index(node.name),
    )
    if rule.correction is None:
        return replace(row, void=numbers.scalar(rule.fails))
    corrected = rule.fails is not None
    return replace(
        row,
        slots=1 + corrected,
        returned=numbers.scalar(rule.fails),
        correct=laws.row(rule.correction),
    )


def _lapse(scenario: Scenario, graph: Graph, node: Node, shared: Shared) -> Row:
    """Check that a permit was used in time: takes no time, and has failed where it is not direct."""
    rule, activity = scenario.lapse, scenario.activities[node.activity]
    assert rule is not None  # only a term lapses
    term = minutes(rule.after)
    if rule.extension is not None:
        term += rule.extensions * minutes(rule.extension)
    row = Row(
        node.name,
        activity.owner,
        CHECK,
        role=TERM,
        slots=1,
        void=shared[0].fixed(1.0),
        grace=round(term),
    )
    if graph.by_name[node.target or ""].members:  # a merged case has shares member by member
        return row
    return with_share(row, activity, node.activity, shared)
