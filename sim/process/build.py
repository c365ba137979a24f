"""From a scenario and the attributes of a project to its graph, approval mode included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.process.consolidate import cut, merge, merged_names, split
from sim.process.graph import Graph, Spec, legal_graph
from sim.process.modes import PreReview, commitment, lapse, parallel, pre_review, serial, tolerance
from sim.scenario import Scenario
from sim.spec import When


def build_graph(scenario: Scenario, attributes: Mapping[str, Any]) -> Graph:
    """Graph of the projects with these attributes under the scenario's approval mode.

    Parameters
    ----------
    scenario : Scenario
    attributes : mapping of str to str or float
        Everything a condition of the scenario may look at.

    Returns
    -------
    Graph
        Nodes in topological order; see `sim.process.modes` for what each mode does.
    """
    specs = project_specs(scenario, attributes)
    new = {item: spec.name for spec in specs for item in spec.members}
    ends = tuple(new.get(name or "", name) for name in project_milestones(scenario, attributes))
    graph = _approval(scenario, legal_graph(specs, ends, str(scenario.name)), new)
    graph = _commitment(scenario, _tolerance(scenario, graph, new), new)
    rule = scenario.lapse
    return (
        graph if rule is None else lapse(graph, *(new.get(name, name) for name in (rule.item, rule.before)))
    )


def project_specs(scenario: Scenario, attributes: Mapping[str, Any]) -> tuple[Spec, ...]:
    """List the scenario's activities as they are for a project with these attributes."""
    specs, new = _own_specs(scenario, attributes), {}
    if scenario.consolidation is not None:
        rule = scenario.consolidation
        together = {name: merged.items for name, merged in rule.merge.items()}
        specs = cut(specs, rule.cut)
        new = merged_names(specs, together)
        specs = merge(specs, together)
    ends = _ends(scenario)
    parts = {
        name: None
        if activity.split.after is None
        else tuple(new.get(pred, pred) for pred in _activities(activity.split.after, ends))
        for name, activity in scenario.activities.items()
        if activity.split is not None
    }
    return split(specs, parts)


def _ends(scenario: Scenario) -> dict[str, str | None]:
    """Name the activity that ends each milestone."""
    return {m.name: m.activity for m in scenario.milestones}


def _own_specs(scenario: Scenario, attributes: Mapping[str, Any]) -> tuple[Spec, ...]:
    """List the activities as they are before any of them is cut or done in parts."""
    rows = {item.id: row for row, item in enumerate(scenario.items)}
    ends = _ends(scenario)
    return tuple(
        Spec(
            name=name,
            after=_activities(activity.predecessors(attributes), ends),
            applies=activity.applies_if is None or activity.applies_if.holds(attributes),
            item=rows.get(name),
            pre_review=activity.pre_review,
            tolerate=activity.tolerate,
        )
        for name, activity in scenario.activities.items()
    )


def _activities(names: tuple[str, ...], ends: Mapping[str, str | None]) -> tuple[str, ...]:
    """Read a milestone in `after` as the activity that ends it; the entry needs no waiting."""
    read = (ends.get(name, name) for name in names)
    return tuple(dict.fromkeys(name for name in read if name is not None))


def project_milestones(scenario: Scenario, attributes: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Name the activity that ends each milestone; None for the entry and those that do not apply."""
    return tuple(
        m.activity if m.applies_if is None or m.applies_if.holds(attributes) else None
        for m in scenario.milestones
    )


def graph_conditions(scenario: Scenario) -> tuple[tuple[When, ...], tuple[str, ...]]:
    """List all that the graph depends on: conditions, and attributes that choose predecessors."""
    whens = [activity.applies_if for activity in scenario.activities.values()]
    whens += [milestone.applies_if for milestone in scenario.milestones]
    chosen = [name for activity in scenario.activities.values() for name in activity.after_by]
    return tuple(dict.fromkeys(w for w in whens if w is not None)), tuple(dict.fromkeys(chosen))


def _approval(scenario: Scenario, graph: Graph, new: Mapping[str, str]) -> Graph:
    if scenario.mode.approval == "serial":
        return serial(graph)
    rule = scenario.pre_review
    if scenario.mode.approval == "pre-review" and rule is not None:
        land, filing, permit = (new.get(name, name) for name in (rule.land, rule.filing, rule.permit))
        return pre_review(graph, PreReview(land=land, filing=filing, permit=permit))
    return parallel(graph)


def _tolerance(scenario: Scenario, graph: Graph, new: Mapping[str, str]) -> Graph:
    rule = scenario.tolerance
    if rule is None or rule.due_at is None or (rule.share.value <= 0 and not rule.share.drawn):
        return graph
    return tolerance(graph, new.get(rule.due_at, rule.due_at))


def _commitment(scenario: Scenario, graph: Graph, new: Mapping[str, str]) -> Graph:
    rule = scenario.commitment
    if rule is None or (rule.share.value <= 0 and not rule.share.drawn):
        return graph
    items = {new.get(name, name) for name in rule.items}
    return commitment(graph, items, new.get(rule.due_at, rule.due_at))
