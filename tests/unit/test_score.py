"""The project score: points by hand, the key level it gives, and what it does to a queue in both engines."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.engine import compiled, reference
from sim.model.arrays import Model
from sim.sampling.sampler import sample
from sim.score import Aspect, Score
from tests.support import toy_model

#: Seven aspects, as cities name them; the points are made up.
SEVEN: dict[str, Any] = {
    "scale": {"points": 20, "column": "investment", "low": 1, "high": 21},
    "industry": {"points": 15, "column": "kind", "values": {"industry": 1, "services": 0.4}, "other": 0.2},
    "owner": {"points": 15, "column": "owner", "values": {"listed": 1, "large": 0.6}},
    "procedures": {"points": 15, "reached": ["signed", "permitted"]},
    "benefit": {"points": 15, "column": "tax", "low": 0, "high": 30},
    "technology": {"points": 10, "column": "technology", "values": {"high": 1}},
    "resources": {"points": 10, "column": "energy", "low": 5, "high": 1},
}


def test_seven_aspects_by_hand() -> None:
    score = Score.model_validate(
        {"aspects": SEVEN, "bonus": [{"when": {"key_level": "provincial"}, "points": 5}]}
    )
    row = {
        "investment": 11.0, "kind": "services", "owner": "large", "tax": 40.0, "technology": "low",
        "energy": 2.0, "key_level": "provincial",
    }  # fmt: skip
    assert score.of(row, ["signed"]) == pytest.approx(10 + 6 + 9 + 7.5 + 15 + 0 + 7.5 + 5)
    assert score.of(row, []) == pytest.approx(score.of(row, ["signed"]) - 7.5)
    assert score.of({}, []) == pytest.approx(0.2 * 15)  # nothing is known: the points of any other value


def test_a_scale_may_fall_and_stops_at_its_ends() -> None:
    falling = Aspect.model_validate({"points": 1, "column": "energy", "low": 5, "high": 1})
    assert [falling.share({"energy": e}, []) for e in (9.0, 5.0, 3.0, 1.0, 0.0)] == [0, 0, 0.5, 1, 1]
    assert falling.share({"energy": math.nan}, []) == 0


RESOURCE = "resources: {desk: {kind: office, reviewers: 1%s}}"
BODY = """
score:
  aspects: {scale: {points: 100, column: investment, low: 0, high: 10}}
  threshold: 60
activities: {permit: {work: 5 wd, resource: desk}}
"""
ROWS = [
    {"id": f"p{i}", "signed": "2021-01-04", "investment": money, "key_level": level}
    for i, (money, level) in enumerate([(1.0, "none"), (9.0, "none"), (6.0, "provincial"), (3.0, "city")])
]


def model_with(order: str) -> Model:
    return toy_model(BODY + RESOURCE % order, ROWS)


def ends(model: Model) -> list[int]:
    """Minutes of the permits; both engines say the same."""
    draws = sample(model, 1, 0)
    one, two = reference.run(model, draws), compiled.run(model, draws)
    assert np.array_equal(one.milestones, two.milestones)
    assert np.array_equal(one.served, two.served)
    return [int(t) for t in one.milestones[:, 1]]


def test_a_score_makes_key_projects() -> None:
    model = model_with("")
    assert model.attributes.key_level == ("none", "city", "provincial", "city")
    assert [float(x) for x in model.attributes.extra["score"]] == [10.0, 90.0, 60.0, 30.0]


def test_the_best_project_goes_first() -> None:
    assert np.argsort(ends(model_with(", order: [joined]"))).tolist() == [0, 1, 2, 3]
    assert np.argsort(ends(model_with(", order: [-score, joined]"))).tolist() == [1, 2, 3, 0]
    assert np.argsort(ends(model_with(", order: [key_level, -score]"))).tolist() == [2, 1, 3, 0]


def test_a_condition_may_look_at_the_score() -> None:
    body = BODY.replace("resource: desk}", 'resource: desk, applies_if: {score: ">= 60"}}')
    model = toy_model(body + RESOURCE % "", ROWS)
    work = [model.project_ids[p] for p in model.cases.project[model.cases.resource >= 0]]
    assert work == ["p1", "p2"]


def test_milestones_count_as_known_on_the_as_of_date() -> None:
    body = """
score: {aspects: {early: {points: 10, reached: [permitted]}}}
activities: {permit: {work: 5 wd}}
"""
    rows = [
        {"id": "a", "signed": "2021-01-04", "permitted": "2021-02-01"},
        {"id": "b", "signed": "2021-01-04"},
    ]
    known = [
        toy_model(body, rows, as_of=day).attributes.extra["score"] for day in ("2021-01-31", "2021-02-01")
    ]
    assert [[float(x) for x in column] for column in known] == [[0, 0], [10, 0]]
