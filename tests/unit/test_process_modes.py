"""Modes on a small catalogue that has the shape of the real one."""

from dataclasses import replace

import pytest

from sim.process.graph import Arc, Spec, legal_graph
from sim.process.modes import PreReview, parallel, pre_review, serial, tolerance

RULE = PreReview(land="LND", filing="FIL", permit="CPM")
MILESTONES = (None, "LND", "CPM", "start")


def specs(route="granted", *, land=True):
    """A catalogue of nine items and four activities; LUP comes after land (granted) or before it."""
    allocated = route == "allocated"
    return [
        Spec("FIL", item=0, tolerate=True),
        Spec("PRE", applies=allocated, item=1),
        Spec("LND", ("FIL", "PRE", "quota") + (("LUP",) if allocated else ()), applies=land, item=2),
        Spec("LUP", ("FIL", "PRE") if allocated else ("FIL", "LND"), item=3, pre_review=True),
        Spec("EIA", ("FIL",), item=4, pre_review=True, tolerate=True),
        Spec("ARC", (), item=5, pre_review=True),
        Spec("EPP", ("LND", "LUP"), item=6, pre_review=True),
        Spec("CPM", ("LND", "EPP", "EIA"), item=7, pre_review=True),
        Spec("JAC", ("CPM",), item=8),
        Spec("requisition", ("FIL",)),
        Spec("quota", ("requisition",)),
        Spec("finance", ("EPP",)),
        Spec("start", ("CPM", "finance")),
    ]


def legal(route="granted", *, land=True):
    return legal_graph(specs(route, land=land), MILESTONES)


def test_parallel_is_the_legal_graph():
    assert parallel(legal()) == legal()


def test_route_reverses_land_and_planning_permit():
    assert "LND" in legal().preds["LUP"]
    assert "LUP" in legal("allocated").preds["LND"]


def candidates(graph):
    return [(a.pred, a.node) for a in graph.arcs if a.share == "serial_fraction"]


def test_serial_chains_neighbours_of_the_catalogue_only():
    graph = serial(legal())
    # FIL-LND, LND-LUP, EPP-CPM and CPM-JAC hold by law already
    assert candidates(graph) == [("LUP", "EIA"), ("EIA", "ARC"), ("ARC", "EPP")]
    assert graph.ancestors == legal().ancestors


def test_serial_order_follows_the_route():
    graph = serial(legal("allocated"))
    assert ("FIL", "PRE") in candidates(graph)
    assert ("LND", "EIA") in candidates(graph)
    assert "LUP" in graph.preds["LND"]


def test_serial_skips_what_does_not_apply():
    graph = serial(legal(land=False))
    assert not any("LND" in pair for pair in candidates(graph))


def test_serial_order_respects_inserted_activities():
    rows = [Spec("A", ("pay",), item=0), Spec("B", item=1), Spec("pay", ("B",))]
    graph = serial(legal_graph(rows, [None]))
    assert graph.arcs[-1] == Arc("pay", "A")
    assert candidates(graph) == [("B", "A")]


def test_pre_review_runs_beside_land_and_converts():
    graph = pre_review(legal(), RULE)
    assert graph.preds["LUP"] == ("FIL",)
    assert graph.preds["EPP"] == ("FIL", "LUP")
    assert set(graph.preds["CPM"]) == {"FIL", "EPP", "EIA"}
    assert set(graph.preds["EPP.convert"]) == {"EPP", "LND"}
    assert set(graph.preds["CPM.convert"]) == {
        "CPM", "LND", "EPP.convert", "EIA.convert", "LUP.convert", "ARC.convert",
    }  # fmt: skip
    node = graph.by_name["EPP.convert"]
    assert (node.kind, node.target, node.reference, node.activity) == ("check", "EPP", "LND", "EPP")


def test_pre_review_moves_milestone_and_successors_to_the_conversion():
    graph = pre_review(legal(), RULE)
    assert graph.milestones == (None, "LND", "CPM.convert", "start")
    assert set(graph.preds["start"]) == {"CPM.convert", "finance"}
    assert graph.preds["finance"] == ("EPP.convert",)
    assert graph.preds["JAC"] == ("CPM.convert",)
    assert graph.preds["ARC"] == ()


def test_item_that_land_needs_is_not_pre_reviewed():
    graph = pre_review(legal("allocated"), RULE)
    assert "LUP.convert" not in graph.by_name
    assert set(graph.preds["LND"]) >= {"LUP", "PRE"}
    assert graph.preds["EPP"] == ("FIL",)


def test_no_land_no_pre_review():
    assert pre_review(legal(land=False), RULE) == legal(land=False)


def test_tolerance_adds_a_later_check_before_the_due_node():
    graph = tolerance(legal(), "CPM")
    papers = [n for n in graph.nodes if n.name.endswith(".papers")]
    assert [n.name for n in papers] == ["FIL.papers", "EIA.papers"]
    assert all(n.kind == "check" and n.reference is None for n in papers)
    assert graph.preds["EIA.papers"] == ("EIA",)
    assert {"EIA.papers", "FIL.papers"} <= set(graph.preds["CPM"])


def test_tolerance_under_pre_review_is_due_at_the_conversion():
    graph = tolerance(pre_review(legal(), RULE), "CPM")
    assert "EIA.papers" in graph.preds["CPM.convert"]
    assert "EIA.papers" not in graph.ancestors["CPM"]


def test_tolerance_never_adds_a_precedence_for_what_is_not_needed():
    rows = [replace(s, tolerate=True) for s in specs()]
    graph = tolerance(legal_graph(rows, MILESTONES), "CPM")
    assert "ARC.papers" not in graph.by_name
    assert "JAC.papers" not in graph.by_name


@pytest.mark.parametrize("route", ["granted", "allocated"])
def test_modes_keep_topological_order(route):
    for graph in (serial(legal(route)), tolerance(pre_review(legal(route), RULE), "CPM")):
        place = {name: i for i, name in enumerate(graph.names)}
        assert all(place[a.pred] < place[a.node] for a in graph.arcs)
