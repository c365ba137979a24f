"""Reforms and which of them are adopted."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from sim.reforms import UNTOUCHABLE, Adopted, Reform
from sim.scenario import load_scenario


def test_a_reform_has_an_overlay_or_a_file() -> None:
    assert Reform.model_validate({"file": "x.yaml"}).set is None
    for raw in ({}, {"set": {}, "file": "x.yaml"}):
        with pytest.raises(ValidationError, match="either `set` or `file`"):
            Reform.model_validate(raw)


def test_adopted() -> None:
    adopted = Adopted.model_validate({"reform": "a", "from": date(2021, 1, 1)})
    assert (adopted.from_, adopted.applies) == (date(2021, 1, 1), "grandfathered")
    with pytest.raises(ValidationError, match="date"):
        Adopted.model_validate({"reform": "a", "from": "2021"})


def test_what_a_scenario_is_cannot_be_reformed() -> None:
    assert {"milestones", "name", "reforms", "adopted"} <= set(UNTOUCHABLE)


def test_the_reforms_of_hello_change_what_they_say() -> None:
    base = load_scenario("hello")
    both = load_scenario("hello", ["faster-land+more-reviewers"])
    values = [{p.name: p.value for p in scenario.parameters()} for scenario in (base, both)]
    changed = {name for name in values[0] if values[0][name] != values[1][name]}
    assert changed == {"activities.land.work.mean", "resources.office.reviewers"}
    assert set(values[0]) == set(values[1])
