"""A number of the scenario, with where it comes from and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from sim.quantities import Quantity, Unit, parse_quantity
from sim.spec.base import Status, nearest, wrong

#: Part of its value by which an assumed number without a range may be off, to either side.
DEFAULT_SPREAD = 0.25

_KEYS = ("value", "range", "status", "source")

#: What each kind of number looks like, and how to write one.
_EXPECTED: dict[str, tuple[str, str]] = {
    "any": ("a quantity", "write a number with its unit, `20 wd`, or a share, `30 %`"),
    "time": ("a length of time", "write a number and wd, d, mo, y, h or min, for example `20 wd`"),
    "share": ("a share between 0 and 1", "write `0.3` or `30 %`"),
    "number": ("a number of at least 0, without unit", "write a plain number, for example `0.5`"),
    "tilt": ("a number above -1, without unit", "write a plain number, for example `0.5` or `-0.3`"),
    "rate": ("a rate", "write a number per time, for example `7 /mo` or `0.87 %/mo`"),
    "amount": ("an amount of at least 0", "write a number, an area (`300 mu`) or money (`2 yi`)"),
}


@dataclass(frozen=True)
class Parameter:
    """A number with its unit, status, source and range.

    Parameters
    ----------
    name : str
        Entry of `parameters:`, or the dotted path of a number written in place; the key of its draw.
    quantity : Quantity
        Central value as written.
    status : {"sourced", "calibrated", "assumed"} or None
        None only before the scenario is complete.
    source : str or None
        Citation or reason.
    low, high : float or None
        Range in the unit of `quantity`; None: never drawn.
    range_default : bool
        The range is the default of an assumed number, not somebody's judgement.
    ref : str or None
        Name after `$`, before the scenario is complete.
    dimension : str
        What the place asks for: any, time, share, number, rate or amount.

    Examples
    --------
    >>> read_parameter({"value": "20 wd", "range": ["10 wd", "30 wd"]}, "time").low
    10.0
    """

    name: str
    quantity: Quantity
    status: Status | None = None
    source: str | None = None
    low: float | None = None
    high: float | None = None
    range_default: bool = False
    ref: str | None = None
    dimension: str = "any"

    @property
    def value(self) -> float:
        """Central value, in the unit written (a share as a fraction)."""
        return self.quantity.number

    @property
    def unit(self) -> Unit:
        """Unit of value, low and high."""
        return self.quantity.unit

    @property
    def drawn(self) -> bool:
        """Whether a replication draws the number."""
        return self.low is not None and self.high is not None and self.low < self.high


def fits(quantity: Quantity, dimension: str) -> bool:
    """Say whether a quantity is of the kind that a place asks for.

    Examples
    --------
    >>> fits(parse_quantity("20 wd"), "time"), fits(parse_quantity("1.2"), "share")
    (True, False)
    """
    unit, number = quantity.unit, quantity.number
    if dimension == "any":
        return True
    least = number > -1 if dimension == "tilt" else number >= 0
    if bool(unit.per) != (dimension == "rate") or not least:
        return False
    if dimension in ("rate", "tilt"):
        return unit.dimension == "number"
    if dimension == "amount":
        return unit.dimension in ("number", "money", "area")
    if dimension == "share":
        return unit.dimension == "number" and number <= 1
    return unit.dimension == dimension


def expected_of(dimension: str) -> tuple[str, str]:
    """Give what a place expects, and the remedy."""
    return _EXPECTED[dimension]


def _quantity(raw: Any, dimension: str) -> Quantity:
    """Read one literal, or raise in the words of the place."""
    expected, remedy = _EXPECTED[dimension]
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        raise wrong(expected, remedy)
    try:
        quantity = parse_quantity(raw)
    except (ValueError, ArithmeticError):
        raise wrong(expected, remedy) from None
    if not math.isfinite(quantity.number) or abs(quantity.number) > 1e12 or not fits(quantity, dimension):
        raise wrong(expected, remedy)
    return quantity


def _end(raw: Any, value: Quantity) -> float:
    """Read one end of a range: a plain number takes the unit of the value."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        raise wrong("a range of two quantities", "write `range: [0.1, 0.5]`")
    end = _quantity(raw, "any")
    if end.unit == value.unit or end.unit == Unit("1"):
        return end.number
    raise wrong(f"a range in the unit of the value ({value.unit})", "give all three in one unit")


def _range(raw: Any, value: Quantity, dimension: str) -> tuple[float, float]:
    """Read `range: [low, high]` and hold the value against it."""
    if raw == "none":
        return value.number, value.number
    if not isinstance(raw, list) or len(raw) != 2:
        raise wrong("a range of two quantities", "write `range: [0.1, 0.5]`, or `range: none`")
    low, high = _end(raw[0], value), _end(raw[1], value)
    if not low <= value.number <= high:
        raise wrong(
            f"a range that holds the value {value.number:g}",
            "widen the range or correct the value",
            f"[{low:g}, {high:g}]",
        )
    if not all(fits(Quantity(end, value.unit), dimension) for end in (low, high)):
        expected = f"a range of which both ends are {_EXPECTED[dimension][0]}"
        raise wrong(expected, "narrow the range", f"[{low:g}, {high:g}]")
    return low, high


def read_parameter(raw: Any, dimension: str) -> Parameter:
    """Read a quantity, `$name`, or `{value, range, status, source}`.

    Raises
    ------
    pydantic_core.PydanticCustomError
        In the words of a `Problem`; pydantic adds the place.

    Examples
    --------
    >>> read_parameter("$sigma", "number").ref
    'sigma'
    >>> read_parameter("30 %", "share").value
    0.3
    """
    if isinstance(raw, Parameter):
        return raw
    if isinstance(raw, str) and raw.startswith("$"):
        return Parameter("", Quantity(0.0, Unit("1")), ref=raw[1:], dimension=dimension)
    if not isinstance(raw, dict):
        return Parameter("", _quantity(raw, dimension), dimension=dimension)
    for key in raw:
        if key not in _KEYS:
            raise wrong(*nearest(key, _KEYS, what="key"), got=f"the unknown key `{key}`")
    if "value" not in raw:
        raise wrong("the key `value`", "write `{value: 0.3, range: [0.1, 0.5]}`")
    quantity = _quantity(raw["value"], dimension)
    low, high = _range(raw["range"], quantity, dimension) if "range" in raw else (None, None)
    status, source = _status(raw.get("status")), _source(raw.get("source"))
    return Parameter("", quantity, status, source, low, high, dimension=dimension)


def _status(raw: Any) -> Status | None:
    """Read a status."""
    if raw in (None, "sourced", "calibrated", "assumed"):
        return raw  # type: ignore[no-any-return]
    raise wrong("the status sourced, calibrated or assumed", "write one of the three")


def _source(raw: Any) -> str | None:
    """Read a source."""
    if raw is None or (isinstance(raw, str) and raw.strip()):
        return raw
    raise wrong("a source in words", "cite where the number comes from, or the reason of the assumption")


def default_range(quantity: Quantity, dimension: str) -> tuple[float, float]:
    """Range of an assumed number that gives none: a quarter to either side, a share at most 1.

    Examples
    --------
    >>> default_range(parse_quantity("0.9"), "share")
    (0.675, 1.0)
    """
    low, high = quantity.number * (1 - DEFAULT_SPREAD), quantity.number * (1 + DEFAULT_SPREAD)
    return (low, min(high, 1.0)) if dimension == "share" else (low, high)


@dataclass(frozen=True)
class Expects:
    """Annotation of a field that holds a `Parameter` of one dimension, or one of a few words."""

    dimension: str
    words: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate through `read_parameter`."""
        return core_schema.no_info_plain_validator_function(self._read)

    def _read(self, raw: Any) -> Parameter | str:
        """Read one of the words, or a number."""
        if isinstance(raw, str) and raw in self.words:
            return raw
        try:
            return read_parameter(raw, self.dimension)
        except PydanticCustomError as error:
            if not self.words or isinstance(raw, dict):
                raise
            context = error.context or {}
            expected = f"{', '.join(self.words)} or {context['expected']}"
            raise wrong(expected, context["remedy"]) from None

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the four ways of writing a number."""
        expected, remedy = _EXPECTED[self.dimension]
        scalar = {"type": ["number", "string"]}
        block = {
            "type": "object",
            "required": ["value"],
            "additionalProperties": False,
            "properties": {
                "value": scalar,
                "range": {
                    "anyOf": [
                        {"const": "none"},
                        {"type": "array", "items": scalar, "minItems": 2, "maxItems": 2},
                    ]
                },
                "status": {"enum": ["sourced", "calibrated", "assumed"]},
                "source": {"type": "string"},
            },
        }
        words = [{"enum": list(self.words)}] if self.words else []
        return {"anyOf": [*words, scalar, block], "description": f"{expected}; {remedy}, or `$name`"}


AnyParameter = Annotated[Parameter, Expects("any")]
Time = Annotated[Parameter, Expects("time")]
Share = Annotated[Parameter, Expects("share")]
Number = Annotated[Parameter, Expects("number")]
Tilt = Annotated[Parameter, Expects("tilt")]
Rate = Annotated[Parameter, Expects("rate")]
Amount = Annotated[Parameter, Expects("amount")]
CarryOver = Annotated[Parameter | Literal["all", "none"], Expects("amount", ("all", "none"))]


@dataclass(frozen=True)
class ExpectsFixed:
    """Annotation of a field that holds a plain `Quantity`: structure, never drawn."""

    dimension: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate a literal."""
        return core_schema.no_info_plain_validator_function(
            lambda raw: raw if isinstance(raw, Quantity) else _quantity(raw, self.dimension)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe a literal."""
        expected, remedy = _EXPECTED[self.dimension]
        return {"type": ["number", "string"], "description": f"{expected}; {remedy}"}


FixedTime = Annotated[Quantity, ExpectsFixed("time")]
