"""The small words of a scenario file: parameters, conditions, laws, labels.

The rooms of floor 2 (items, resources, reforms) and the scenario itself are written in them.
"""

from sim.spec.base import Block, Date, Flag, Label, Status, StatusBlock, Whole, nearest, wrong
from sim.spec.condition import Test, When
from sim.spec.law import FAMILIES, LawCase, NumberLaw, TimeLaw, TimeLaws, law_for
from sim.spec.parameter import (
    Amount,
    AnyParameter,
    CarryOver,
    FixedTime,
    Number,
    Parameter,
    Rate,
    Share,
    Tilt,
    Time,
)

__all__ = [
    "FAMILIES",
    "Amount",
    "AnyParameter",
    "Block",
    "CarryOver",
    "Date",
    "FixedTime",
    "Flag",
    "Label",
    "LawCase",
    "Number",
    "NumberLaw",
    "Parameter",
    "Rate",
    "Share",
    "Status",
    "StatusBlock",
    "Test",
    "Tilt",
    "Time",
    "TimeLaw",
    "TimeLaws",
    "When",
    "Whole",
    "law_for",
    "nearest",
    "wrong",
]
