import pytest

from sim.errors import InputError
from sim.process.graph import Arc, Node, Spec, assemble, legal_graph, stable_order


def test_precedence_passes_through_what_does_not_apply():
    specs = [
        Spec("FIL"),
        Spec("requisition", ("FIL",), applies=False),
        Spec("quota", ("requisition",), applies=False),
        Spec("LND", ("quota",)),
    ]
    graph = legal_graph(specs, [None, "LND"])
    assert graph.preds["LND"] == ("FIL",)
    assert graph.names == ("FIL", "LND")


def test_what_is_left_out_hands_on_all_it_waited_for():
    specs = [Spec("A"), Spec("B"), Spec("X", ("A", "B"), applies=False), Spec("C", ("X", "A"))]
    assert legal_graph(specs, [None]).preds["C"] == ("A", "B")


def test_milestone_of_an_activity_that_does_not_apply_is_a_gate():
    specs = [Spec("FIL"), Spec("LND", ("FIL",), applies=False, pre_review=True), Spec("CPM", ("LND",))]
    graph = legal_graph(specs, [None, "LND", "CPM"])
    land = graph.by_name["LND"]
    assert land.kind == "gate"
    assert not land.pre_review
    assert graph.preds["CPM"] == ("LND",)
    assert graph.phases == (1, 1, 2)


def test_milestone_that_a_project_does_not_have_keeps_no_gate():
    specs = [Spec("A"), Spec("ramp", ("A",), applies=False)]
    graph = legal_graph(specs, [None, "A", None])
    assert graph.names == ("A",)
    assert graph.milestones == (None, "A", None)


def test_phase_is_the_first_milestone_a_node_leads_to_else_the_last():
    specs = [Spec("A"), Spec("B", ("A",)), Spec("side", ("A",)), Spec("C", ("B",))]
    graph = legal_graph(specs, [None, "B", "C"])
    assert dict(zip(graph.names, graph.phases, strict=True)) == {"A": 1, "B": 1, "side": 2, "C": 2}


def test_phase_counts_candidate_arcs_but_certainty_does_not():
    graph = assemble([Node("A"), Node("B"), Node("C")], [Arc("A", "B", "s"), Arc("B", "C")], [None, "B", "C"])
    assert graph.phases == (1, 1, 2)
    assert graph.ancestors["C"] == {"B"}
    assert graph.ancestors_at_most["C"] == {"A", "B"}


def test_a_certain_arc_outranks_a_candidate():
    graph = assemble([Node("A"), Node("B")], [Arc("A", "B", "s"), Arc("A", "B")], [None])
    assert graph.arcs == (Arc("A", "B"),)
    graph = assemble([Node("A"), Node("B")], [Arc("A", "B"), Arc("A", "B", "s")], [None])
    assert graph.arcs == (Arc("A", "B"),)


def test_row_order_breaks_ties():
    assert stable_order(["d", "c", "b", "a"], {"d": ["a"]}) == ["c", "b", "a", "d"]


def test_a_circle_is_named():
    specs = [Spec("free"), Spec("A", ("B",)), Spec("B", ("A",))]
    with pytest.raises(InputError, match=r"city\.yaml after: got A -> B, expected no circle"):
        legal_graph(specs, [None], place="city.yaml")


def test_every_unknown_name_is_listed():
    with pytest.raises(InputError, match=r"A\.after: got X(.|\n)*milestones: got Y"):
        legal_graph([Spec("A", ("X",))], [None, "Y"])
