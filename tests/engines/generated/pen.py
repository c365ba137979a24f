"""What every part of a drawn scenario is written with: choices, numbers, laws and conditions.

Every choice shrinks to its first option, and the first option is the plainest: what Hypothesis leaves of
a failing scenario is what the failure needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
Doc = dict[str, Any]

#: Last day of what is known; minute 0 is the Monday after it, the first day of a month.
AS_OF = date(2021, 2, 28)

#: Few lengths, so that many things end in the same minute; by unit, which chooses the clock.
LENGTHS = {
    "d": (1, 2, 0, 3, 4),
    "wd": (1, 2, 0, 3),
    "h": (1, 7, 0, 3),
    "min": (60, 420, 0, 1),
    "mo": (0.25, 0.5),
    "y": (0.01,),
}
SHARES = (0.5, 0, 1, 0.25)
MADE_UP = {"status": "assumed", "source": "made up"}


def day(offset: int) -> date:
    """A day counted from the as-of date; 1 is the day of minute 0."""
    return AS_OF + timedelta(days=offset)


class Pen:
    """Writes one scenario; named parameters and files are collected on the way.

    Parameters
    ----------
    choose : callable
        Gives a whole number between two, both included.
    """

    def __init__(self, choose: Callable[[int, int], int]) -> None:
        self._choose = choose
        self.parameters: Doc = {}
        self.files: dict[str, str] = {}

    def whole(self, least: int, most: int) -> int:
        return self._choose(least, most) if least < most else least

    def chance(self, tenths: int) -> bool:
        """True in so many of ten cases; shrinks to False."""
        return self.whole(0, 9) >= 10 - tenths

    def pick(self, *options: T) -> T:
        return options[self.whole(0, len(options) - 1)]

    def some(self, options: Sequence[T], tenths: int = 5) -> list[T]:
        """Each of the options with a chance."""
        return [option for option in options if self.chance(tenths)]

    def maybe(self, doc: Doc, key: str, tenths: int, value: Callable[[], Any]) -> None:
        """Write a key in so many of ten cases."""
        if self.chance(tenths):
            doc[key] = value()

    def rated(self, doc: Doc) -> Doc:
        """Say sometimes of a block where its numbers come from."""
        if self.chance(3):
            doc |= self.pick({"range": "none", **MADE_UP}, {"range": "none"}, {"source": "a page"}, MADE_UP)
        return doc

    def label(self) -> Any:
        return self.pick("plain", {"en": "both", "zh": "两种"}, {"zh": "中文"}, {"en": "English"})

    def number(self, value: float, unit: str = "", kind: str = "number") -> Any:
        """A number in any of the ways to write one."""
        text: Any = f"{value:g} {unit}" if unit else value
        form = self.whole(0, 13)
        if form < 9:
            return text
        if form == 9:
            return {"value": text}
        name = f"{kind}_{value:g}_{unit}".replace(".", "_").strip("_").replace("/", "per_").replace(" ", "")
        block = {"value": text, "range": self._range(value, unit, kind), **MADE_UP}
        if form == 10:
            return block
        if form == 11:
            return {"value": text, "range": "none"}
        if form == 12:
            return {**block, "status": "calibrated"}
        self.parameters.setdefault(name, block if self.chance(5) else {"value": text, "range": "none"})
        return f"${name}"

    @staticmethod
    def _range(value: float, unit: str, kind: str) -> list[Any]:
        high = min(1.0, value + 0.5) if kind == "share" else max(value * 1.5, 1)
        ends = (value / 2, high)
        return [f"{end:g} {unit}" if unit else end for end in ends]

    def share(self) -> Any:
        """A share; mostly one that decides nothing for sure."""
        return self.number(self.pick(*SHARES), kind="share")

    def unit(self) -> str:
        return self.pick("d", "wd", "d", "h", "wd", "min", "mo", "y")

    def length(self, unit: str) -> Any:
        return self.number(self.pick(*LENGTHS[unit]), unit, "time")

    def law(self, unit: str = "") -> Any:
        """A law of time; constants mostly."""
        unit = unit or self.unit()
        if self.chance(7):
            plain = self.length(unit)
            return self.rated({"law": "constant", "value": plain}) if self.chance(2) else plain
        return self.rated(self._family(unit))

    def _family(self, unit: str) -> Doc:
        family = self.pick("uniform", "triangular", "exponential", "lognormal", "median", "weibull", "gamma",
                           "quantiles", "lifetable")  # fmt: skip
        if family == "lifetable":
            return self._lifetable()
        few = self.pick(*LENGTHS[unit])
        low, mode, high = f"{few} {unit}", f"{few + 1} {unit}", f"{few + 2} {unit}"
        if family == "median":
            return {"law": "lognormal", "median": self.length(unit), "sigma": self.number(0.5, kind="sigma")}
        more: Doc = {
            "uniform": {"low": low, "high": high},
            "triangular": {"low": low, "mode": mode, "high": high},
            "quantiles": {"points": [0.0, 0.5, 1.0], "values": [low, low, high]},
        }.get(family, {})
        if family in ("exponential", "lognormal", "gamma"):
            more = {"mean": self.length(unit)}
        if family == "weibull":
            more = {"scale": self.length(unit)}
        if family in ("weibull", "gamma"):
            more["shape"] = self.number(2, kind="shape")
        if family == "lognormal":
            more["sigma"] = self.number(self.pick(0.5, 0), kind="sigma")
        return {"law": family, **more}

    def _lifetable(self) -> Doc:
        """A law in a file, one stratum of two."""
        self.files["table.csv"] = (
            "age,survival,stratum,never\n0,1,x,0\n1,0.5,x,0\n3,0,x,0\n0,1,y,0\n2,0.5,y,0\n5,0.25,y,1\n"
        )
        return {"law": "lifetable", "file": "table.csv", "stratum": self.pick("x", "y")}

    def laws(self, unit: str = "") -> Any:
        """A law, or cases of it by attribute."""
        unit = unit or self.unit()
        if not self.chance(2):
            return self.law(unit)
        first: Doc = {"when": self.when(), "law": self.law(unit)}
        if self.chance(4):
            first = {"when": first["when"], **self._family(unit)}
        return [first, {"law": self.law(unit)}] if self.chance(8) else [first]

    def listed(self, unit: str) -> list[Doc]:
        """Cases as a list: over a mapping a mapping would be merged key by key."""
        found = self.laws(unit)
        return found if isinstance(found, list) else [{"law": found}]

    def when(self) -> Doc:
        """A condition on what a project is."""
        return dict(
            self.pick(
                {"kind": "industry"},
                {"kind": ["industry", "social"]},
                {"area": ">= 20"},
                {"weight": 2},
                {"not": {"kind": "industry"}},
                {"key_level": ["provincial", "city"], "not": {"area": "< 20"}},
                {"county": "East", "investment": "> 1"},
                {"land_route": "allocated"},
                {},
            )
        )
