"""Critical paths of the real catalogue against working days worked out by hand.

A typical industrial project on granted land (filing at once, environmental form, no government design
review), and a government project on allocated land; every length constant, in working days to the
construction permit.
"""

from __future__ import annotations

import csv

import numpy as np
import pytest

from sim.process.graph import Graph, Spec, legal_graph
from sim.process.modes import PreReview, parallel, pre_review, serial
from sim.scenario import shipped_root

INDUSTRY = {"FIL", "LND", "LUP", "EIA", "ENE", "WSC", "ARC", "GEO", "SSR", "TIA", "PDS", "EPP", "DRW", "FIR",
            "LIG", "CPM"}  # fmt: skip
GOVERNMENT = {"FIL", "PRE", "LND", "LUP", "EIA", "PDS", "PDD", "EPP", "DRW", "FIR", "CPM"}
RULE = PreReview(land="LND", filing="FIL", permit="CPM")


def rows() -> list[dict[str, str]]:
    with (shipped_root() / "process" / "items.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def graph_of(items: set[str], column: str = "predecessors") -> Graph:
    specs = [
        Spec(
            row["id"],
            tuple(name for name in row[column].split(";") if name),
            applies=row["id"] in items,
            item=number,
            pre_review=row["can_pre_review"] == "true",
        )
        for number, row in enumerate(rows())
    ]
    return legal_graph(specs, [None, "LND", "CPM"])


def lengths(column: str, **other: float) -> dict[str, float]:
    days = {row["id"]: float(row[f"{column}_working_days"]) for row in rows()}
    return {**days, "FIL": 0.0, **other}


def end_of(graph: Graph, days: dict[str, float], *, drawn: float = 1.0, seed: int = 0) -> float:
    """End of the last milestone; candidate arcs are drawn with share `drawn`, conversions take 3 days."""
    u = dict(zip(graph.arcs, np.random.default_rng(seed).random(len(graph.arcs)), strict=True))
    end: dict[str, float] = {}
    for node in graph.nodes:
        preds = [a.pred for a in graph.arcs if a.node == node.name and (a.share is None or u[a] < drawn)]
        length = {"work": days[node.activity], "gate": 0.0, "check": 3.0}[node.kind]
        if node.kind == "check" and end[node.target or ""] >= end[node.reference or ""]:
            length = 0.0
        end[node.name] = max((end[p] for p in preds), default=0.0) + length
    return end[graph.milestones[-1] or ""]


@pytest.mark.parametrize(
    ("column", "land", "expected"),
    [("statutory", 114, 211), ("statutory", 25, 122), ("promised", 114, 150), ("promised", 25, 61)],
)
def test_legal_precedence(column, land, expected):
    days = lengths(column, EIA=30 if column == "statutory" else 7, LND=land)
    assert end_of(parallel(graph_of(INDUSTRY)), days) == expected


def test_every_item_in_series():
    assert end_of(serial(graph_of(INDUSTRY)), lengths("statutory", EIA=30, LND=114)) == 377


def test_no_candidate_drawn_is_legal_precedence():
    assert end_of(serial(graph_of(INDUSTRY)), lengths("statutory", EIA=30, LND=114), drawn=0.0) == 211


@pytest.mark.parametrize(
    ("column", "land", "expected"),
    [("statutory", 114, 120), ("statutory", 25, 97), ("promised", 114, 120), ("promised", 25, 36)],
)
def test_pre_review_beside_land(column, land, expected):
    """Land 114: all convert in 3 days, then the permit in 3 more. Land 25: the permit's own path is longer
    (97, promised 36), and what ends after land needs no conversion.
    """
    days = lengths(column, EIA=30 if column == "statutory" else 7, LND=land)
    assert end_of(pre_review(graph_of(INDUSTRY), RULE), days) == expected


@pytest.mark.parametrize(("column", "land", "filing", "expected"), [
    ("statutory", 116, 20, 213), ("promised", 19, 10, 58),
])  # fmt: skip
def test_government_project_on_allocated_land(column, land, filing, expected):
    graph = graph_of(GOVERNMENT, "predecessors_allocated_land")
    days = lengths(column, LND=land, FIL=filing)
    assert end_of(parallel(graph), days) == expected
