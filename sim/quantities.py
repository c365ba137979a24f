"""How much: numbers with units, and their canonical form (minutes, 万元, mu)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

ClockName = Literal["working", "natural", "office"]
Dimension = Literal["time", "money", "area", "number"]

DAY: Final = 1440
#: Mean length of a Gregorian month and year in days; lengths given in months are means, not calendar steps.
MONTH_DAYS: Final = 30.436875
YEAR_DAYS: Final = 365.2425

#: Own-clock minutes of one unit of time, and the clock a law in that unit runs on.
_TIME: Final[dict[str, tuple[float, ClockName]]] = {
    "wd": (DAY, "working"),
    "d": (DAY, "natural"),
    "mo": (MONTH_DAYS * DAY, "natural"),
    "y": (YEAR_DAYS * DAY, "natural"),
    "h": (60, "office"),
    "min": (1, "office"),
}
#: 万元 of one unit of money.
_MONEY: Final[dict[str, float]] = {"亿元": 10_000, "万元": 1, "元": 0.0001}
#: Mu of one unit of area (1 ha = 15 mu).
_AREA: Final[dict[str, float]] = {"mu": 1, "ha": 15}

_ALIASES: Final[dict[str, str]] = {
    "亿": "亿元", "yi": "亿元", "万": "万元", "wan": "万元", "yuan": "元", "亩": "mu", "公顷": "ha",
    "工作日": "wd", "天": "d", "日": "d", "月": "mo", "个月": "mo", "年": "y", "小时": "h", "分钟": "min",
}  # fmt: skip
_EXPECTED: Final = (
    "a number, alone or with a unit (wd, d, mo, y, h, min; 亿元 or yi, 万元 or wan, 元; mu, ha; %),"
    " perhaps a rate (/mo, /y, /d)"
)
_FORM: Final = re.compile(
    r"(?P<number>[+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*"
    r"(?P<unit>[^\s\d/.+-]*)\s*(?:/\s*(?P<per>[^\s/]+))?"
)


@dataclass(frozen=True)
class Unit:
    """A unit, or a rate when `per` is given.

    Parameters
    ----------
    symbol : str
        ``wd d mo y h min``, ``亿元 万元 元``, ``mu ha`` or ``1`` (a plain number or share).
    per : str
        ``""``, or the unit of time a rate is counted in (``mo``, ``y``, ``d``).

    Examples
    --------
    >>> str(Unit("mu", "y"))
    'mu/y'
    """

    symbol: str
    per: str = ""

    def __str__(self) -> str:
        """Give the unit as a person writes it."""
        return f"{self.symbol}/{self.per}" if self.per else self.symbol

    @property
    def dimension(self) -> Dimension:
        """What is measured, without the rate."""
        if self.symbol in _TIME:
            return "time"
        if self.symbol in _MONEY:
            return "money"
        return "area" if self.symbol in _AREA else "number"


@dataclass(frozen=True)
class Quantity:
    """A number and its unit; percentages are already shares.

    Examples
    --------
    >>> print(Quantity(20, Unit("wd")))
    20 wd
    """

    number: float
    unit: Unit

    def __str__(self) -> str:
        """Give the quantity in the form that `parse_quantity` reads."""
        number = f"{self.number:.12g}"
        if self.unit.symbol != "1":
            return f"{number} {self.unit}"
        return f"{number} /{self.unit.per}" if self.unit.per else number


def _unit(symbol: str, per: str | None) -> Unit | None:
    """Return the canonical unit, or None when a part is not known."""
    symbol = _ALIASES.get(symbol, symbol) or "1"
    if symbol not in {*_TIME, *_MONEY, *_AREA, "1"}:
        return None
    if per is None:
        return Unit(symbol)
    per = _ALIASES.get(per, per)
    return Unit(symbol, per) if per in {"mo", "y", "d", "wd"} else None


def parse_quantity(text: str | float) -> Quantity:
    """Read a quantity as a person writes it.

    Parameters
    ----------
    text : str or number
        ``20 wd``, ``0.3``, ``30 %``, ``192 mu``, ``1.2 亿元``, ``7 /mo``, ``0.87 %/mo``.

    Returns
    -------
    Quantity
        Percentages become shares: ``30 %`` is 0.3 of unit ``1``.

    Raises
    ------
    ValueError
        If the text is no quantity; the message says what was expected.

    Examples
    --------
    >>> parse_quantity("30 %")
    Quantity(number=0.3, unit=Unit(symbol='1', per=''))
    >>> str(parse_quantity("1.2 yi")), str(parse_quantity("7 /mo"))
    ('1.2 亿元', '7 /mo')
    """
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        raise ValueError(f"got {text!r}, expected {_EXPECTED}")
    found = _FORM.fullmatch(str(text).strip().replace("，", ","))
    if found is None:
        raise ValueError(f"got {text!r}, expected {_EXPECTED}")
    symbol, number = found["unit"], Decimal(found["number"].replace("_", ""))
    if symbol in ("%", "％"):
        symbol, number = "1", number / 100
    unit = _unit(symbol, found["per"])
    if unit is None or not math.isfinite(float(number)):
        raise ValueError(f"got {text!r}, expected {_EXPECTED}")
    return Quantity(float(number), unit)


def _plain(value: float) -> int | float:
    """Return an int where nothing is lost."""
    return int(value) if float(value).is_integer() else value


def _factor(quantity: Quantity, table: dict[str, float], expected: str) -> float:
    """Return the size of the quantity's unit in `table`, or raise."""
    if quantity.unit.per or quantity.unit.symbol not in table:
        raise ValueError(f"got {quantity}, expected {expected}")
    return table[quantity.unit.symbol]


def minutes(quantity: Quantity) -> int | float:
    """Own-clock minutes of a length of time (1 wd = 1,440 open minutes of the working clock).

    Examples
    --------
    >>> minutes(parse_quantity("2 wd")), minutes(parse_quantity("1 mo"))
    (2880, 43829.1)
    """
    table = {name: size for name, (size, _) in _TIME.items()}
    return _plain(quantity.number * _factor(quantity, table, "a length of time (wd, d, mo, y, h, min)"))


def clock_of_unit(unit: Unit | str) -> ClockName | None:
    """Return the clock that a law in this unit runs on; None when it is no time.

    Examples
    --------
    >>> clock_of_unit("wd"), clock_of_unit("mo"), clock_of_unit("h"), clock_of_unit("mu")
    ('working', 'natural', 'office', None)
    """
    symbol = unit if isinstance(unit, str) else ("" if unit.per else unit.symbol)
    return _TIME[symbol][1] if symbol in _TIME else None


def round_half_up(value: float) -> int:
    """Round to the nearest integer, halves up (Python's own `round` takes halves to even).

    Examples
    --------
    >>> round_half_up(0.5), round_half_up(2.4999), round_half_up(-0.5)
    (1, 2, 0)
    """
    return math.floor(Decimal(value) + Decimal("0.5"))


def _exact(number: float, factor: float) -> Decimal:
    """Multiply what the person wrote, not its binary neighbour (0.00015 亿元 is 1.5 万元)."""
    return Decimal(repr(number)) * Decimal(repr(factor))


def money_wan(quantity: Quantity) -> int:
    """Money as the engine counts it: whole 万元, half up.

    Examples
    --------
    >>> money_wan(parse_quantity("1.2 亿元"))
    12000
    """
    factor = _factor(quantity, _MONEY, "an amount of money (亿元, 万元, 元)")
    return int(_exact(quantity.number, factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def money_yi(quantity: Quantity) -> float:
    """Money in the canonical unit of files and reports, 亿元.

    Examples
    --------
    >>> money_yi(parse_quantity("5000 万元"))
    0.5
    """
    factor = _factor(quantity, _MONEY, "an amount of money (亿元, 万元, 元)")
    return float(_exact(quantity.number, factor) / 10_000)


def area_mu(quantity: Quantity) -> float:
    """Area in mu.

    Examples
    --------
    >>> area_mu(parse_quantity("2 ha"))
    30.0
    """
    return quantity.number * _factor(quantity, _AREA, "an area (mu, ha)")


def per_minute(quantity: Quantity) -> float:
    """Rate per minute of the clock its unit of time belongs to.

    Examples
    --------
    >>> per_minute(parse_quantity("1440 /d"))
    1.0
    """
    if not quantity.unit.per:
        raise ValueError(f"got {quantity}, expected a rate (/mo, /y, /d)")
    return quantity.number / _TIME[quantity.unit.per][0]


def per_month(quantity: Quantity) -> float:
    """Rate per mean month.

    Examples
    --------
    >>> per_month(parse_quantity("12 /y"))
    1.0
    """
    return per_minute(quantity) * MONTH_DAYS * DAY
