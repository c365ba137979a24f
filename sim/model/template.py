"""Everything that all projects of one class share: the graph, and laws and numbers node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from sim.errors import Problems
from sim.model.arrays import GATE, WORK, Ints
from sim.model.checks import check_row, with_share
from sim.model.lawrows import Laws
from sim.model.merged import activity_of, merged_row
from sim.model.noderow import Names, Row
from sim.model.scalars import Numbers
from sim.present import Trait
from sim.process.build import build_graph
from sim.process.graph import Graph, Node
from sim.process.modes import SERIAL_FRACTION, convert_name, papers_name, promise_name
from sim.quantities import clock_of_unit
from sim.resources import Meeting, Office, Pool
from sim.scenario import Scenario
from sim.scenario.limits import CLOCK_STOPS
from sim.scenario.schema import Activity
from sim.spec import law_for


@dataclass(frozen=True)
class Template:
    """One class of project: its graph, one row a node, and the columns the arrays are cut from.

    Parameters
    ----------
    graph : Graph
    rows : tuple of Row
        In the order of the graph.
    work, rework : (n, G) int32
        Laws per regime.
    limit : (n, G) int32
        Scalars of legal limits per regime, -1 = none.
    arc_share : (A,) int32
        Scalars of candidate arcs, -1 = always.
    withdrawal : (K,) int32
        Laws of patience.
    """

    graph: Graph
    rows: tuple[Row, ...]
    work: Ints
    rework: Ints
    limit: Ints
    arc_share: Ints
    withdrawal: Ints

    @cached_property
    def traits(self) -> Mapping[str, Trait]:
        """What `sim.present` must know of each node."""
        return {row.name: Trait(row.timed, max(row.slots, 1)) for row in self.rows}

    @cached_property
    def pred_counts(self) -> Ints:
        """Number of predecessors of each node, candidates included."""
        names = self.graph.names
        return np.array([len(self.graph.preds_at_most[name]) for name in names], dtype=np.int32)

    @cached_property
    def pred(self) -> Ints:
        """Places of predecessors, node by node."""
        place = {name: i for i, name in enumerate(self.graph.names)}
        return np.array([place[arc.pred] for arc in self.graph.arcs], dtype=np.int32)

    @cached_property
    def milestone_place(self) -> Ints:
        """Place of the node that ends each milestone, -1 = none."""
        place = {name: i for i, name in enumerate(self.graph.names)}
        return np.array(
            [-1 if name is None else place[name] for name in self.graph.milestones], dtype=np.int32
        )

    def column(self, name: str) -> Ints:
        """One field of all rows as integers."""
        return np.array([getattr(row, name) for row in self.rows], dtype=np.int32)


class TemplateMaker:
    """Makes templates under one scenario and its regimes.

    Parameters
    ----------
    regimes : sequence of Scenario
        The scenario before any switched reform, then after each of them.
    numbers, laws, flags : Numbers, Laws, Names
        Shared by the whole model.
    """

    def __init__(self, regimes: Sequence[Scenario], numbers: Numbers, laws: Laws, flags: Names) -> None:
        self._regimes = tuple(regimes)
        self._numbers, self._laws, self._flags = numbers, laws, flags

    def make(self, attributes: Mapping[str, Any]) -> Template:
        """Template of the projects with these attributes.

        Raises
        ------
        InputError
            When a switched reform changes more than laws of work.
        """
        first = self._regimes[0]
        graph = build_graph(first, attributes)
        rows = self._rows(first, graph, attributes)
        columns = [rows]
        for scenario in self._regimes[1:]:
            later_graph = build_graph(scenario, attributes)
            later = self._rows(scenario, later_graph, attributes) if later_graph == graph else ()
            self._check_switched(scenario, rows, later)
            columns.append(later)
        return Template(
            graph,
            rows,
            work=np.array([[row.work for row in column] for column in columns], dtype=np.int32).T,
            rework=np.array([[row.rework for row in column] for column in columns], dtype=np.int32).T,
            limit=np.array([[row.limit for row in column] for column in columns], dtype=np.int32).T,
            arc_share=self._arc_share(first, graph),
            withdrawal=self._withdrawal(first, graph, attributes),
        )

    @staticmethod
    def _check_switched(scenario: Scenario, rows: Sequence[Row], later: Sequence[Row]) -> None:
        """Refuse a switched reform (all items not yet joined) that changes more than lengths of work."""
        plain, other = (
            [replace(row, work=-1, rework=-1, limit=-1, timed=False) for row in side]
            for side in (rows, later)
        )
        if plain != other:
            problems = Problems()
            problems.add(
                str(scenario.name),
                "adopted",
                " + ".join(scenario.applied),
                "switched reforms that change laws of work only",
                "write `applies: grandfathered`, or leave the order of activities as it is",
            )
            problems.raise_if_any()

    def _arc_share(self, scenario: Scenario, graph: Graph) -> Ints:
        fraction = scenario.mode.serial_fraction
        share = self._numbers.scalar(fraction) if fraction is not None else -1
        found = [share if arc.share == SERIAL_FRACTION else -1 for arc in graph.arcs]
        return np.array(found, dtype=np.int32)

    def _withdrawal(self, scenario: Scenario, graph: Graph, attributes: Mapping[str, Any]) -> Ints:
        """Laws of patience by the highest milestone reached; after the last one nobody leaves."""
        last = max((k for k, name in enumerate(graph.milestones) if name is not None), default=0)
        found = [
            self._laws.row(law_for(scenario.withdrawal.get(m.name) or (), attributes)) if k < last else -1
            for k, m in enumerate(scenario.milestones)
        ]
        return np.array(found, dtype=np.int32)

    def _rows(self, scenario: Scenario, graph: Graph, attributes: Mapping[str, Any]) -> tuple[Row, ...]:
        place = {name: i for i, name in enumerate(graph.names)}
        targets = {node.target for node in graph.nodes if node.target is not None}
        found = []
        for node in graph.nodes:
            activity = scenario.activities[node.activity]
            if node.kind == "gate":
                row = Row(node.name, activity.owner, GATE)
            elif node.kind == "work":
                row = self._work_row(scenario, graph, node, attributes)
                row = replace(row, slots=row.slots + (node.name in targets))
            else:
                row = check_row(scenario, graph, node, (self._numbers, self._laws, self._flags))
            if node.target is not None:
                reference = place[node.reference] if node.reference is not None else -1
                since = place[node.since or node.target]
                row = replace(row, target=place[node.target], reference=reference, since=since)
            found.append(row)
        return tuple(found)

    def _work_row(self, scenario: Scenario, graph: Graph, node: Node, attributes: Mapping[str, Any]) -> Row:
        activity = activity_of(scenario, node)
        numbers, laws = self._numbers, self._laws
        work = laws.row(law_for(activity.work or (), attributes))
        rework = laws.row(law_for(activity.rework, attributes)) if activity.rework else work
        rounds = activity.max_rounds if _may_return(activity) else 1
        row = Row(
            node.name,
            activity.owner,
            WORK,
            clock=activity.clock_name,
            scaled=activity.scaled,
            slots=rounds,
            prepare=laws.row(law_for(activity.prepare or (), attributes)),
            correct=laws.row(law_for(activity.correct or (), attributes)),
            work=work,
            rework=rework,
            returned=numbers.scalar(activity.returned) if rounds > 1 else -1,
            refused=numbers.scalar(activity.refused),
            timed=rounds == 1 and activity.resource is None and not activity.prepare
            and activity.share is None and work >= 0,
        )  # fmt: skip
        row = with_share(row, activity, node.activity, (self._numbers, self._laws, self._flags))
        row = self._with_stops(row, activity)
        row = self._with_limit(row, scenario, activity, attributes)
        row = self._with_resource(row, scenario, graph, activity)
        row = merged_row(row, scenario, node, attributes, (numbers, laws, self._flags))
        row = self._with_part(row, graph, node, activity)
        return self._with_promise(self._with_tolerance(row, scenario, graph), scenario, graph)

    def _with_stops(self, row: Row, activity: Activity) -> Row:
        stops = activity.stops
        if stops is None or stops.max == 0:
            return row
        return replace(row, stops=stops.max, ladder=stops.ladder, stop_rate=self._numbers.scalar(stops.rate))

    def _with_limit(
        self, row: Row, scenario: Scenario, activity: Activity, attributes: Mapping[str, Any]
    ) -> Row:
        """Add what the law allows the office, and what stops that clock.

        What stops it stands there without a limit too: a switched reform may bring one.
        """
        bits = sum(1 << k for k, name in enumerate(CLOCK_STOPS) if name in scenario.limits.stops)
        row = replace(row, clock_stops=bits)
        if activity.limit is None:
            return row
        pauses = activity.pauses
        publicity, review = (
            self._laws.row(law_for(cases, attributes)) if cases else -1
            for cases in ((pauses.publicity, pauses.expert_review) if pauses else (None, None))
        )  # fmt: skip
        limit = self._numbers.scalar(activity.limit)
        return replace(row, limit=limit, publicity=publicity, expert_review=review)

    @staticmethod
    def _with_resource(row: Row, scenario: Scenario, graph: Graph, activity: Activity) -> Row:
        if activity.resource is None:
            return row
        block = scenario.resources[activity.resource]
        amount, release = activity.amount, -1
        if isinstance(block, Office):
            amount = "case"
        elif isinstance(block, Pool):
            release = graph.names.index(_release_node(graph, row.name, activity.releases_at))
        shared = isinstance(block, Meeting) and block.duration is not None
        clock = row.clock
        if isinstance(block, Meeting) and block.duration is not None and activity.clock is None:
            clock = clock_of_unit(block.duration.unit) or row.clock
        return replace(
            row, resource=activity.resource, amount=amount, release=release, session_law=shared, clock=clock
        )

    def _with_tolerance(self, row: Row, scenario: Scenario, graph: Graph) -> Row:
        """Add to an item with a later check of papers what is tolerated."""
        rule = scenario.tolerance
        if rule is None or papers_name(row.name) not in graph.by_name:
            return row
        return replace(
            row,
            tolerated=self._numbers.scalar(rule.share),
            tolerated_name=self._flags.index(f"{row.name}.tolerated"),
            tolerated_share=self._numbers.scalar(rule.postponed),
        )

    def _with_part(self, row: Row, graph: Graph, node: Node, activity: Activity) -> Row:
        """Share out an activity done in two: preparation goes with the first part, rounds with the rest."""
        if node.part == "":
            return row
        assert activity.split is not None  # only a split makes parts
        row = replace(row, split=self._numbers.scalar(activity.split.at), timed=False)
        if node.part == "rest":
            return replace(row, prepare=-1)
        whole = graph.names.index(node.activity)
        return replace(row, whole=whole, slots=1, correct=-1, returned=-1, refused=-1)

    def _with_promise(self, row: Row, scenario: Scenario, graph: Graph) -> Row:
        """Add to an item with a later check of a promise how long it takes where it was promised."""
        rule = scenario.commitment
        if rule is None or promise_name(row.name) not in graph.by_name:
            return row
        return replace(
            row,
            promised=self._numbers.scalar(rule.share),
            promised_name=self._flags.index(promise_name(row.name)),
            promise=self._laws.row(rule.work),
            timed=False,
        )


def _may_return(activity: Activity) -> bool:
    share = activity.returned
    return share is not None and (share.value > 0 or share.drawn)


def _release_node(graph: Graph, name: str, releases_at: str | None) -> str:
    """Node at whose end a pool gets its amount back: as named, converted where it is, else the taker."""
    if releases_at is None:
        return name
    merged = next((node.name for node in graph.nodes if releases_at in node.members), releases_at)
    wanted = (convert_name(merged), merged)
    return next((node for node in wanted if node in graph.by_name), name)
