"""A project's path never shortens as the serial fraction rises, whatever the graph and the lengths."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.process.graph import Graph, Spec, legal_graph
from sim.process.modes import serial
from tests.support import toy_model


@st.composite
def catalogues(draw: st.DrawFn) -> list[Spec]:
    """Items in any row order and activities between them, without circles."""
    count = draw(st.integers(2, 12))
    depth = draw(st.permutations(range(count)))
    specs = []
    for row in range(count):
        earlier = [other for other in range(count) if depth[other] < depth[row]]
        after = draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if earlier else []
        item = row if draw(st.integers(0, 3)) else None
        specs.append(
            Spec(f"n{row}", tuple(f"n{p}" for p in after), applies=bool(draw(st.integers(0, 4))), item=item)
        )
    return specs


def ends(graph: Graph, days: dict[str, int], u: dict[str, float], fraction: float) -> np.ndarray:
    end: dict[str, int] = {}
    for node in graph.nodes:
        preds = [
            a.pred for a in graph.arcs if a.node == node.name and (a.share is None or u[a.node] < fraction)
        ]
        end[node.name] = max((end[p] for p in preds), default=0) + days[node.name]
    return np.array([end[name] for name in sorted(end)])


@settings(max_examples=60, deadline=None)
@given(catalogues(), st.integers(0, 2**32 - 1))
def test_no_end_comes_earlier_as_the_fraction_rises(specs, seed):
    rng = np.random.default_rng(seed)
    graph = serial(legal_graph(specs, [None]))
    days = {spec.name: int(rng.integers(0, 20)) for spec in specs}
    u = {spec.name: float(rng.random()) for spec in specs}
    before = ends(graph, days, u, 0.0)
    for fraction in (0.2, 0.4, 0.6, 0.8, 1.0):
        now = ends(graph, days, u, fraction)
        assert (now >= before).all()
        before = now


@settings(max_examples=60, deadline=None)
@given(catalogues())
def test_all_candidates_make_one_chain_of_the_items_that_apply(specs):
    graph = serial(legal_graph(specs, [None]))
    items = [node.name for node in graph.nodes if node.item is not None]
    for earlier, later in pairwise(items):
        assert earlier in graph.ancestors_at_most[later]


def test_drawn_arcs_of_a_model_only_grow_with_the_fraction():
    """The same key decides every arc, so a higher fraction keeps all arcs of a lower one."""
    from sim.sampling.sampler import sample  # noqa: PLC0415

    body = """\
mode: {approval: serial, serial_fraction: FRACTION}
catalogue: {file: items.csv}
activities: {permit: {after: [A, B, C, D]}}
"""
    head = "id,name_en,name_zh,stage,department_en,department_zh,statutory_working_days,"
    head += "promised_working_days,predecessors,predecessors_allocated_land,can_pre_review,"
    items = (
        head + "can_tolerate_deficiency\n" + "".join(f"{i},{i},{i},1,D,D,5,5,,,false,false\n" for i in "ABCD")
    )
    rows = [{"id": f"p{i}", "signed": "2021-01-04"} for i in range(40)]
    before = None
    for fraction in ("0.2", "0.5", "0.9"):
        model = toy_model(body.replace("FRACTION", fraction), rows, files={"items.csv": items})
        arcs = sample(model, 1, 0).arc
        assert before is None or (arcs >= before).all()
        before = arcs
    assert before is not None
    assert not before.all()
