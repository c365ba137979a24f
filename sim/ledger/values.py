"""Cells of a ledger or plan: dates, money, areas, numbers, as people write them."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime

from sim.ledger.table import UNKNOWN, When

#: A cell as a file gives it.
Raw = str | float | date

#: Money units and what one of them is in 亿元.
MONEY_UNITS: dict[str, float] = {
    "亿元": 1.0,
    "亿": 1.0,
    "yi": 1.0,
    "100m cny": 1.0,
    "万元": 1e-4,
    "万": 1e-4,
    "wan": 1e-4,
    "元": 1e-8,
    "yuan": 1e-8,
    "cny": 1e-8,
}

#: Area units and what one of them is in mu.
AREA_UNITS: dict[str, float] = {
    "亩": 1.0,
    "mu": 1.0,
    "ha": 15.0,
    "公顷": 15.0,
    "m2": 0.0015,
    "平方米": 0.0015,
    "㎡": 0.0015,
}

#: Words for a cell in which there is nothing.
EMPTY: frozenset[str] = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "无", "否", "no", "n/a", "nan", "none", "null"}
)

#: Words for "it happened, we do not know when".
REACHED: frozenset[str] = frozenset({"unknown", "不详", "未知", "日期不详", "√", "✓", "是", "yes", "已完成"})

DATE_EXPECTED = "a date such as 2021-07-10, or `unknown`"

#: Years outside are typing errors (1900-01-01 is what spreadsheets make of "unknown").
FIRST_YEAR, LAST_YEAR = 1950, 2100

_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMBER = re.compile(r"([+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?|[+-]?\.\d+)\s*(.*)")


def clean(cell: Raw | None) -> str:
    """Give a cell as trimmed text, full-width characters folded.

    Examples
    --------
    >>> clean("　１２．５ "), clean(3.0), clean(None)
    ('12.5', '3', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return ""
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return cell.strip() if cell.isascii() else unicodedata.normalize("NFKC", cell).strip()


def is_empty(cell: Raw | None) -> bool:
    """Tell whether a cell says nothing.

    Examples
    --------
    >>> is_empty("—"), is_empty("0")
    (True, False)
    """
    return clean(cell).casefold() in EMPTY


def parse_date(cell: Raw | None, *, planned: bool = False, pattern: str | None = None) -> When:
    """Read a date cell.

    Parameters
    ----------
    cell : str, float, date or None
    planned : bool
        A plan may name a month alone: its last day is meant.
    pattern : str or None
        A `strptime` pattern to use instead of the usual forms.

    Returns
    -------
    date, UNKNOWN or None

    Raises
    ------
    ValueError
        With what was expected.

    Examples
    --------
    >>> parse_date("2021年7月10日"), parse_date("2021-02", planned=True), parse_date("不详")
    (datetime.date(2021, 7, 10), datetime.date(2021, 2, 28), UNKNOWN)
    """
    if is_empty(cell):
        return None
    text = clean(cell)
    if text.casefold() in REACHED:
        return UNKNOWN
    found = _date_of(cell, text, planned, pattern)
    if found == date(1900, 1, 1):
        return UNKNOWN
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return found


def _date_of(cell: Raw | None, text: str, planned: bool, pattern: str | None) -> date:
    """Turn text that is not empty into a date, or raise `ValueError` with the expectation."""
    if isinstance(cell, date):
        return cell
    if pattern is not None:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            raise ValueError(f"a date written like {pattern}") from None
    match = _DATE.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        return _real(int(match[1]), int(match[2]), int(match[3]))
    match = _MONTH.fullmatch(text)
    if match and planned:
        return _month_end(int(match[1]), int(match[2]))
    if match:
        raise ValueError("a day as well as a month, such as 2021-07-10")
    raise ValueError("a date such as 2021-07-31" if planned else DATE_EXPECTED)


def _real(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("a day that exists") from None


def _month_end(year: int, month: int) -> date:
    first = _real(year, month, 1)
    after = date(year + 1, 1, 1) if first.month == 12 else date(year, month + 1, 1)
    return date.fromordinal(after.toordinal() - 1)


def parse_number(cell: Raw | None) -> tuple[float, str]:
    """Read a number cell: its value (NaN = empty) and the unit written behind it (often "").

    Examples
    --------
    >>> parse_number("1,234.5 万元"), parse_number("30 %")
    ((1234.5, '万元'), (30.0, '%'))
    """
    if isinstance(cell, float):
        return (cell if math.isfinite(cell) else math.nan), ""
    if is_empty(cell):
        return math.nan, ""
    match = _NUMBER.fullmatch(clean(cell).casefold().replace(",", ","))
    if not match:
        raise ValueError("a number")
    value = float(match[1].replace(",", ""))
    if not math.isfinite(value):
        raise ValueError("a finite number")
    return value, match[2].strip()


def parse_amount(cell: Raw | None, units: dict[str, float], default: str | None) -> float:
    """Read an amount in the canonical unit of `units` (the one whose factor is 1).

    Parameters
    ----------
    cell : str, float, date or None
    units : dict
        Factor of every known unit.
    default : str or None
        Unit of a bare number, from the header or the option; None = there is none.

    Returns
    -------
    float
        NaN for an empty cell.

    Raises
    ------
    ValueError
        Not a number, no unit, unknown unit, negative.

    Examples
    --------
    >>> parse_amount("3500", MONEY_UNITS, "万元"), parse_amount("2.5亿元", MONEY_UNITS, None)
    (0.35, 2.5)
    """
    value, unit = parse_number(cell)
    if math.isnan(value):
        return value
    unit = unit or default or ""
    if not unit:
        raise ValueError("a unit")
    if unit not in units:
        raise ValueError(f"a unit out of {', '.join(units)}")
    if value < 0:
        raise ValueError("an amount that is not negative")
    return float(f"{value * units[unit]:.12g}")
