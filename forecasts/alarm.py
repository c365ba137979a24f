"""The alarm of a nightly forecast: a condition on the targets that sets the exit code."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.errors import InputError, Problem

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NAMES = ("p_met", "joint_p_met")
_FORM = re.compile(r"^\s*(?:(\w+)\.)?(\w+)\s*(<=|>=|<|>)\s*([0-9.]+)\s*$")


@dataclass(frozen=True)
class Alarm:
    """A condition such as ``p_met<0.7`` or ``investment.p_met<0.7``.

    Parameters
    ----------
    measure : str or None
        Only this measure's targets; None = every target.
    name : str
        ``p_met`` or ``joint_p_met``.
    sign : str
        ``<``, ``<=``, ``>`` or ``>=``.
    level : float
        A share.
    """

    measure: str | None
    name: str
    sign: str
    level: float

    def ringing(self, result: Mapping[str, Any]) -> list[str]:
        """Return a line for every target that meets the condition.

        Examples
        --------
        >>> target = {"measure": "starts", "group": "all", "p_met": 0.4}
        >>> parse_alarm("p_met<0.7").ringing({"targets": [target]})
        ['starts all: p_met 0.4 < 0.7']

        Raises
        ------
        InputError
            If no target could ever ring it: an alarm that cannot ring must not look like a quiet one.
        """
        measures = list(dict.fromkeys(t["measure"] for t in result["targets"] if t["p_met"] is not None))
        if self.measure not in (None, *measures) or not measures:
            expected = f"a measure with a target: {', '.join(measures) or 'the plan has none for this year'}"
            got = self.measure or self.name
            raise InputError([Problem("--alarm", "", got, expected, "correct the alarm or the plan")])
        holds = _COMPARE[self.sign]
        if self.name == "joint_p_met":
            value = result.get("joint_p_met")
            return (
                [f"joint_p_met {value} {self.sign} {self.level}"]
                if value is not None and holds(value, self.level)
                else []
            )
        return [
            f"{t['measure']} {t['group']}: p_met {t['p_met']} {self.sign} {self.level}"
            for t in result["targets"]
            if t["p_met"] is not None
            and self.measure in (None, t["measure"])
            and holds(t["p_met"], self.level)
        ]


def parse_alarm(text: str) -> Alarm:
    """Read an alarm condition.

    Raises
    ------
    InputError
        If the condition is not of the form ``[measure.]p_met<0.7``.

    Examples
    --------
    >>> parse_alarm("investment.p_met <= 0.5")
    Alarm(measure='investment', name='p_met', sign='<=', level=0.5)
    """
    match = _FORM.match(text)
    if match and match[2] in _NAMES:
        try:
            return Alarm(match[1], match[2], match[3], float(match[4]))
        except ValueError:
            pass
    expected = 'a condition such as "p_met<0.7", "investment.p_met<0.7" or "joint_p_met<0.5"'
    raise InputError([Problem("--alarm", "", text, expected, "write one of these forms")])
