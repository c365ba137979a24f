"""The exported JSON Schema accepts every shipped scenario and refuses what is wrong in form."""

from __future__ import annotations

from datetime import date
from typing import Any

import jsonschema
import pytest

from sim.errors import Problems
from sim.scenario import shipped_names, shipped_root
from sim.scenario.document import plain
from sim.scenario.files import read_with_parents
from sim.scenario.jsonschema import json_schema
from sim.scenario.places import keys_at


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_json(child) for child in value]
    return value.isoformat() if isinstance(value, date) else value


def tree(name: str) -> Any:
    """The file with its parents: a child may give a part of a block."""
    node = read_with_parents(shipped_root() / name / "scenario.yaml", Problems())
    assert node is not None
    return as_json(plain(node))


VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_it_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_scenarios_pass(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(tree(name))] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("activities", {"a": {"wrk": 3}}), ("colour", 1), ("as_of", 3), ("resources", {"r": {"kind": "quoto"}})],
)
def test_wrong_forms_are_refused(key: str, value: Any) -> None:
    assert not VALIDATOR.is_valid({**tree("hello"), key: value})


def test_a_child_needs_no_milestones() -> None:
    assert VALIDATOR.is_valid({"extends": "hello"})
    assert not VALIDATOR.is_valid({"name": "x"})


def test_keys_of_a_place() -> None:
    assert "reviewers" in keys_at(("resources", "office", "office"))
    assert "reviewers" not in keys_at(("resources", "land", "quota"))
    assert keys_at(("shocks", 0))[-1] == "exempt"
    assert keys_at(("nowhere",)) == []
