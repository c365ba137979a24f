"""Items done together: the rules of the one case, and what each item would take on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sim.model.checks import Shared
from sim.model.noderow import Member, Row
from sim.process.graph import Node
from sim.scenario import Scenario
from sim.scenario.schema import Activity
from sim.spec import law_for


def activity_of(scenario: Scenario, node: Node) -> Activity:
    """Return the activity whose rules a node follows.

    Of a merged one the first that asks for something, with the longest legal limit: its work is the longest
    of its members'.
    """
    if not node.members or scenario.consolidation is None:
        return scenario.activities[node.activity]
    activities = [scenario.activities[name] for name in node.members]
    first = next((a for a in activities if a.resource is not None), activities[0])
    asked = scenario.consolidation.merge[node.name].resource or first.resource
    amount = first.amount if asked == first.resource else "case"
    limits = [a.limit for a in activities if a.limit is not None]
    limit = max(limits, key=lambda length: length.value, default=None)
    return first.model_copy(update={"resource": asked, "amount": amount, "share": None, "limit": limit})


def merged_row(
    row: Row, scenario: Scenario, node: Node, attributes: Mapping[str, Any], shared: Shared
) -> Row:
    """Add to the row of a merged case its members; its visits are as many as those of any member."""
    if not node.members:
        return row
    members = tuple(_member(scenario, name, attributes, shared) for name in node.members)
    most = max(member.rounds for member in members)
    return replace(row, slots=most, members=members, timed=False, returned=-1, refused=-1)


def _member(scenario: Scenario, name: str, attributes: Mapping[str, Any], shared: Shared) -> Member:
    numbers, laws, flags = shared
    activity = scenario.activities[name]
    work = laws.row(law_for(activity.work or (), attributes))
    sent_back = activity.returned is not None and (activity.returned.value > 0 or activity.returned.drawn)
    return Member(
        name=flags.index(name),
        prepare=laws.row(law_for(activity.prepare or (), attributes)),
        correct=laws.row(law_for(activity.correct or (), attributes)),
        work=work,
        rework=laws.row(law_for(activity.rework, attributes)) if activity.rework else work,
        returned=numbers.scalar(activity.returned),
        refused=numbers.scalar(activity.refused),
        rounds=activity.max_rounds if sent_back else 1,
        share=numbers.scalar(activity.share),
        flag=flags.index(activity.flag or name) if activity.share is not None else -1,
    )
