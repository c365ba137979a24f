"""What a place has published: the rows of ``published.csv``, read and checked before anything is run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal, get_args

from forecasts.records import records
from sim.errors import InputError, Problem, Problems

Role = Literal["input", "calibrated", "predicted", "inconsistent"]
ROLES: tuple[Role, ...] = get_args(Role)

#: Name of the file beside a scenario.
FILE = "published.csv"

REQUIRED = ("fact", "measure", "value", "unit", "rounding", "n", "role", "month", "group", "reason")
OPTIONAL = ("reform",)

_DAYS = frozenset({"d", "wd", "mo"})
_PERCENT = frozenset({"%"})
_PROJECTS = frozenset({"projects"})

#: Measures: their arguments behind colons, and the units they are published in.
MEASURES: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "investment_rate_of_year_plan": ((), _PERCENT),
    "investment": ((), frozenset({"yi"})),
    "plan_total": ((), frozenset({"yi"})),
    "total_investment": ((), frozenset({"yi"})),
    "first_year_share": ((), _PERCENT),
    "list_rate": ((), _PERCENT | _PROJECTS),
    "list_size": ((), _PROJECTS),
    "starts": ((), _PROJECTS),
    "completions": ((), _PROJECTS),
    "productions": ((), _PROJECTS),
    "projects": ((), _PROJECTS),
    "slow": ((), _PROJECTS),
    "behind": (("points",), _PROJECTS),
    "ratio": (("counted", "counted"), _PERCENT),
    "area_ratio": (("milestone", "milestone"), _PERCENT),
    "days": (("milestone", "milestone"), _DAYS),
    "days_saved": (("milestone", "milestone"), _DAYS),
    "approval_days": (("milestone", "milestone"), frozenset({"d", "wd"})),
    "parameter": (("parameter",), frozenset({"", "%", "projects", "d", "wd", "mo", "yi"})),
}

#: Other words for a unit.
_UNITS: Mapping[str, str] = {
    "％": "%", "percent": "%", "亿元": "yi", "个": "projects", "project": "projects", "天": "d", "日": "d",
    "days": "d", "natural days": "d", "工作日": "wd", "working days": "wd", "个月": "mo", "months": "mo",
    "-": "",
}  # fmt: skip

_MONTH = re.compile(r"(?:([12]\d{3})-)?(0?[1-9]|1[0-2])")

#: Roles of rows that are scored or that a parameter was set by: the model must have their number.
ANSWERED: tuple[Role, ...] = ("calibrated", "predicted")


@dataclass(frozen=True)
class Row:
    """One published number.

    Parameters
    ----------
    fact : str
        Its id in the table of facts.
    measure : str
        With its arguments: ``days:signed:permitted``; ``-`` where the model has no such number.
    value : float or None
        As published, in `unit`; None only where a fact is no number.
    unit : str
        ``%``, ``yi`` (亿元), ``projects``, ``d``, ``wd``, ``mo`` or nothing.
    rounding : float
        Width of the numbers that would have been published the same: 0.1 for 123.6, 2 for "6 to 8".
    n : int or None
        Projects counted.
    role : {"input", "calibrated", "predicted", "inconsistent"}
    month : date or None
        Last day of the month it is of.
    group : str
        ``all``, ``attribute=value|value;...``, a list (``start-1``, ``start-1:started``), or ``A - B``.
    reason : str
        Why it has this role; ``explained: ...`` says why a prediction missed.
    reform : str
        Of measures of days: ``adopted`` (or empty), ``none``, ``A+B``, or ``A > B``.
    line : int
        Row of the file, the header is row 1.
    """

    fact: str
    measure: str
    value: float | None
    unit: str
    rounding: float
    n: int | None
    role: Role
    month: date | None
    group: str
    reason: str
    reform: str
    line: int

    @property
    def name(self) -> str:
        """Measure without its arguments."""
        return self.measure.partition(":")[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        """What stands behind the colons of the measure."""
        return tuple(self.measure.split(":")[1:])

    @property
    def asked(self) -> bool:
        """The model has such a number; an input may be of anything."""
        return self.name in MEASURES

    @property
    def explained(self) -> str:
        """The explanation of a miss, empty where there is none."""
        return self.reason.partition("explained:")[2].strip()


def read_published(path: Path, year: int | None = None) -> tuple[Row, ...]:
    """Read and check the published numbers of a place.

    Parameters
    ----------
    path : Path
        CSV; lines that begin with ``#`` are remarks.
    year : int, optional
        Of months that name none.

    Returns
    -------
    tuple of Row
        In the order of the file.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        expected = f"a file {FILE} (UTF-8) beside the scenario"
        raise InputError(
            [Problem(str(path), "", getattr(error, "strerror", None) or "no UTF-8", expected, "write one")]
        ) from None
    problems = Problems()
    table = records(path.name, text, problems)
    problems.raise_if_any()
    header = [cell.strip() for cell in table[0][1]] if table else []
    _check_header(path.name, header, problems)
    problems.raise_if_any()
    rows = [_row(path.name, i, header, cells, year, problems) for i, cells in table[1:]]
    found = [row for row in rows if row is not None]
    _check_together(path.name, found, problems)
    problems.raise_if_any()
    return tuple(found)


def _check_header(name: str, header: Sequence[str], problems: Problems) -> None:
    missing = [column for column in REQUIRED if column not in header]
    unknown = [column for column in header if column not in (*REQUIRED, *OPTIONAL)]
    if missing:
        problems.add(name, ", ".join(missing), "no such column", ",".join(REQUIRED), "add the columns")
    for column in unknown:
        problems.add(
            name, column or "''", "a column", f"one of {', '.join(REQUIRED + OPTIONAL)}", "rename it"
        )


def _row(
    name: str, line: int, header: Sequence[str], cells: Sequence[str], year: int | None, problems: Problems
) -> Row | None:
    """Check one row; None where it cannot be read."""
    place = f"{name} row {line}"
    if len(cells) != len(header):
        remedy = 'write a cell that holds a comma between quotes "..."'
        problems.add(place, "", f"{len(cells)} cells", f"{len(header)}", remedy)
        return None
    raw = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    before = len(problems.found)
    role = _role(place, raw["role"], problems)
    if not raw["fact"]:
        problems.add(place, "fact", "''", "the id of a fact", "fill the cell")
    measure, group = _flows(raw["measure"] or "-", raw["group"])
    measure, reform = _option(measure, raw.get("reform", ""))
    unit = _UNITS.get(raw["unit"], raw["unit"])
    _check_measure(place, measure, unit, raw["role"], problems)
    value, rounding = _numbers(place, raw, problems)
    month = _month(place, raw["month"], year, problems)
    n = _count(place, raw["n"], problems)
    if raw["role"] in ANSWERED and not raw["reason"]:
        problems.add(place, "reason", "''", f"why it is {raw['role']}", "say in a few words")
    if role is None or len(problems.found) > before:
        return None
    return Row(
        raw["fact"], measure, value, unit, rounding, n, role, month, _group(group), raw["reason"],
        reform, line,
    )  # fmt: skip


def _flows(measure: str, group: str) -> tuple[str, str]:
    """Take the two flows of a ratio out of its group: ``starts:signed:kind=industry``.

    Examples
    --------
    >>> _flows("ratio", "starts:signed:kind=industry"), _flows("ratio:a:b", "all")
    (('ratio:starts:signed', 'kind=industry'), ('ratio:a:b', 'all'))
    >>> _flows("ratio", "area:land_supplied:submitted:land_state=net")
    ('area_ratio:land_supplied:submitted', 'land_state=net')
    """
    name, flows = ("area_ratio", group[5:]) if group.startswith("area:") else ("ratio", group)
    parts = flows.split(":", 2)
    if measure != "ratio" or len(parts) < 2:
        return measure, group
    return f"{name}:{parts[0]}:{parts[1]}", "".join(parts[2:]) or "all"


def _option(measure: str, reform: str) -> tuple[str, str]:
    """Take the option behind the milestones of a measure of days: ``days:a:b:none``."""
    head, *given = measure.split(":")
    if head in ("days", "approval_days") and len(given) == 3 and not reform:
        measure, reform = ":".join((head, *given[:2])), given[2]
    return measure, {"": "adopted", "baseline": "none"}.get(reform, reform)


def _group(text: str) -> str:
    """Return the group; a value without a name is another value of the name before it.

    Examples
    --------
    >>> _group("key_level=provincial;city"), _group("")
    ('key_level=provincial|city', 'all')
    """
    parts: list[str] = []
    for part in (p.strip() for p in text.split(";")):
        if parts and part and "=" not in part:
            parts[-1] += f"|{part}"
        elif part:
            parts.append(part)
    return ";".join(parts) or "all"


def _role(place: str, text: str, problems: Problems) -> Role | None:
    for role in ROLES:
        if text == role:
            return role
    problems.add(place, "role", text or "''", ", ".join(ROLES), "choose one of them")
    return None


def _check_measure(place: str, measure: str, unit: str, role: str, problems: Problems) -> None:
    head, *given = measure.split(":")
    if head not in MEASURES:
        if role in ANSWERED:
            problems.add(place, "measure", measure, f"one of {', '.join(MEASURES)}", "choose one of them")
        return
    wanted, units = MEASURES[head]
    if len(given) != len(wanted) or not all(given):
        expected = ":".join((head, *(w.upper() for w in wanted)))
        problems.add(place, "measure", measure, expected, "write its arguments behind colons")
    elif head == "behind" and _number(given[0]) is None:
        problems.add(place, "measure", measure, "points behind the even pace", "write behind:0")
    if unit not in units:
        expected = f"a unit of {head}: {', '.join(sorted(u or 'none' for u in units))}"
        problems.add(place, "unit", unit or "''", expected, "write the unit of the published number")


def _numbers(place: str, raw: Mapping[str, str], problems: Problems) -> tuple[float | None, float]:
    """Return value and rounding; one unit of the value's last digit where no rounding is written.

    Examples
    --------
    >>> [_numbers("", {"value": text, "rounding": ""}, Problems()) for text in ("123.6", "1.5e1", "7")]
    [(123.6, 0.1), (15.0, 1.0), (7.0, 1.0)]
    """
    text = raw["value"].replace(",", "")
    value = _number(text)
    if value is None and (raw["role"] == "inconsistent" or (not text and raw["measure"] in ("", "-"))):
        return None, 0.0
    if value is None:
        remedy = "write a range such as 6-8 by its middle, 7, with rounding 2"
        problems.add(place, "value", raw["value"] or "''", "a number", remedy)
        return None, 0.0
    if not raw["rounding"]:
        return value, float(Decimal(1).scaleb(int(Decimal(text).as_tuple().exponent)))
    rounding = _number(raw["rounding"])
    if rounding is None or rounding < 0:
        problems.add(place, "rounding", raw["rounding"], "a number not below 0", "write 0.1 for 123.6")
        return value, 0.0
    return value, rounding


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _count(place: str, text: str, problems: Problems) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        problems.add(place, "n", text, "a whole number of projects", "leave it out where none is published")
        return None
    return int(text)


def _month(place: str, text: str, in_year: int | None, problems: Problems) -> date | None:
    if not text:
        return None
    match = _MONTH.fullmatch(text)
    if match is None or (match[1] is None and in_year is None):
        problems.add(place, "month", text, "a month such as 2021-09", "write YYYY-MM")
        return None
    year, month = int(match[1] or in_year or 0), int(match[2])
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _check_together(name: str, rows: Sequence[Row], problems: Problems) -> None:
    first: dict[tuple[object, ...], int] = {}
    for row in rows:
        key = (row.fact, row.measure, row.group, row.month, row.reform)
        if key in first:
            expected = f"each number of a fact once (it stands in row {first[key]})"
            problems.add(f"{name} row {row.line}", "fact", row.fact, expected, "leave one of them out")
        first.setdefault(key, row.line)


def check_roles(
    rows: Sequence[Row], calibrated: Mapping[str, str], name: str = FILE
) -> dict[int, tuple[str, ...]]:
    """Return the parameters that each calibrated row names, by row of the file.

    Parameters
    ----------
    rows : sequence of Row
    calibrated : mapping of str to str
        Source of every calibrated parameter of the scenario, by name.
    name : str
        Of the file, for messages.

    Raises
    ------
    InputError
        If a calibrated row names no calibrated parameter, if there are more parameters than rows, or if a
        parameter was calibrated on a row that is said to be predicted.

    Examples
    --------
    >>> row = Row("A-1", "starts", 3.0, "projects", 1.0, None, "calibrated", None, "all", "rate", "", 2)
    >>> check_roles([row], {"rate": "A-1"})
    {2: ('rate',)}
    """
    problems = Problems()
    named: dict[int, tuple[str, ...]] = {}
    for row in rows:
        place = f"{name} row {row.line}"
        words = {word.rstrip(".") for word in re.findall(r"[\w.:\-]+", row.reason)}
        if row.role == "calibrated":
            named[row.line] = tuple(p for p in calibrated if p in words)
            if not named[row.line]:
                expected = f"the name of a calibrated parameter: {', '.join(calibrated) or 'there is none'}"
                remedy = "name it in the reason; its status in the scenario is `calibrated`"
                problems.add(place, "reason", row.reason, expected, remedy)
        if row.role == "predicted":
            saw = [p for p, source in calibrated.items() if re.search(rf"\b{re.escape(row.fact)}\b", source)]
            if saw:
                got, remedy = (
                    f"predicted, but {', '.join(saw)} was calibrated on it",
                    "call the row calibrated",
                )
                problems.add(place, "role", got, "a number no parameter saw", remedy)
    free = {p for parameters in named.values() for p in parameters}
    if len(free) > len(named):
        got = f"{len(free)} parameters ({', '.join(sorted(free))}) on {len(named)} rows"
        problems.add(name, "role", got, "no more parameters than calibrated rows", "fix some of them")
    problems.raise_if_any()
    return named
