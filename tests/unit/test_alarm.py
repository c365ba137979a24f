"""The alarm's language."""

from __future__ import annotations

import pytest

from forecasts.alarm import parse_alarm
from sim.errors import InputError

RESULT = {
    "joint_p_met": 0.4,
    "targets": [
        {"measure": "starts", "group": "all", "p_met": 0.9},
        {"measure": "investment", "group": "all", "p_met": 0.6},
        {"measure": "investment_true", "group": "all", "p_met": None},
    ],
}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("p_met<0.7", ["investment all: p_met 0.6 < 0.7"]),
        ("starts.p_met<0.7", []),
        ("joint_p_met<=0.4", ["joint_p_met 0.4 <= 0.4"]),
        ("p_met > 0.95", []),
    ],
)
def test_rings_for_the_targets_that_meet_it(text: str, lines: list[str]) -> None:
    assert parse_alarm(text).ringing(RESULT) == lines


def test_an_alarm_that_no_target_can_ring_is_refused() -> None:
    with pytest.raises(InputError, match="--alarm: got invesment, expected a measure with a target: "):
        parse_alarm("invesment.p_met<0.7").ringing(RESULT)
    with pytest.raises(InputError, match="the plan has none for this year"):
        parse_alarm("p_met<0.7").ringing({"targets": []})


@pytest.mark.parametrize(
    "text", ["", "p_met", "p_met=0.7", "p_meet<0.7", "p_met<x", "p_met<0.7.1", "import os"]
)
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(InputError, match=r'--alarm: got .*, expected a condition such as "p_met<0\.7"'):
        parse_alarm(text)
