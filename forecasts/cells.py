"""One cell of a table as a person reads it: numbers short, names in their language, nothing as a dash."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from forecasts.words import Language, at_most_a_million, chance, word

#: Labels by kind (``milestones``, ``activities``, ``options``), name and language.
Labels = Mapping[str, Mapping[str, Mapping[str, str]]]

#: Below this probability of being late an open date is no warning (it stays in the JSON).
LEAST_LATE = 0.05

_KINDS = {
    "milestone": "milestones", "activity": "activities", "option": "options", "phase": "phases",
    "indicator": "indicators", "county": "county", "unit": "unit",
}  # fmt: skip
_SHARES = frozenset(
    {"p_late", "p_late_record", "share_reached", "utilisation", "overdue_share", "recovered"}
    | {"share_of_variance", "unscored", "share_of_plan", "even_pace"}
    | {"class10", "class50", "class90", "class_standing"}
    | {"chance", "all_so_far", "p_first", "p_last", "one_more_up", "weight", "constant", "missing"}
)
_RATE = re.compile(
    r"(.+?)_(rate_of_year_plan|rate_of_due_to_date|to_due_ratio|within_(\d+)d_of_(.+)|rate_of_(.+))"
)


def cell(key: str, value: object, lang: Language, labels: Labels | None = None) -> str:
    """Return one cell.

    Parameters
    ----------
    key : str
        Its column.
    value : object
    lang : {"en", "zh"}
    labels : mapping, optional
        The scenario's own names.

    Examples
    --------
    >>> cell("p50", 0.25, "en"), cell("p50", None, "en"), cell("verdict", "better", "zh")
    ('0.25', '-', '更好')
    >>> cell("name", "built_rate_of_year_plan", "zh", {"milestones": {"built": {"zh": "完工"}}})
    '完工 年度计划完成率'
    """
    if value is None or (isinstance(value, str) and not value):
        return "-"
    if isinstance(value, bool):
        return word("yes" if value else "no", lang)
    if isinstance(value, int | float):
        if key == "replications_needed":
            return at_most_a_million(int(value), lang)
        return f"{value:.0%}" if key in _SHARES else number(value)
    return _name(key, str(value), lang, labels)


def _name(key: str, text: str, lang: Language, labels: Labels | None) -> str:
    """Return what a column of names shows."""
    if key == "name":
        return rate_name(text, lang, labels)
    if key == "group":
        return group_name(text, lang, labels)
    if key in ("option", "further_reforms"):
        return option_name(text, lang, labels)
    return named(_KINDS.get(key, ""), text, lang, labels)


def number(value: float) -> str:
    """Return a number with about three figures; a count as it is.

    Examples
    --------
    >>> number(0.0213), number(12.34), number(-0.4), number(0.0)
    ('0.021', '12.3', '-0.40', '0.00')
    >>> number(-0.0001), number(-0.0)
    ('0.00', '0.00')
    """
    if isinstance(value, int):
        return f"{value:,}"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size < 0.0005:
        return "0.00"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.3f}"


def named(kind: str, text: str, lang: Language, labels: Labels | None) -> str:
    """Return the scenario's label of a name, else the glossary's word."""
    found = (labels or {}).get(kind, {}).get(text, {}).get(lang)
    return found or word(text, lang)


def option_name(option: str, lang: Language, labels: Labels | None) -> str:
    """Return the title of an option; ``A+B`` is both titles."""
    return " + ".join(named("options", part, lang, labels) for part in option.split("+"))


def group_name(group: str, lang: Language, labels: Labels | None = None) -> str:
    """Return the label of a group of projects, such as ``kind=industry``.

    Examples
    --------
    >>> group_name("kind=industry", "zh"), group_name("county=Lankao", "zh"), group_name("all", "en")
    ('类别:工业', '县区:Lankao', 'all')
    >>> names = {"county": {"Lankao": {"zh": "兰考"}}}
    >>> group_name("county=Lankao", "zh", names), group_name("Lankao / kind=social", "zh", names)
    ('县区:兰考', '兰考 / 类别:社会事业')
    """
    if " / " in group:
        return " / ".join(group_name(part, lang, labels) for part in group.split(" / "))
    if lang in (labels or {}).get("county", {}).get(group, {}):
        return named("county", group, lang, labels)
    known = word(group, lang)
    match = re.fullmatch(r"(\w+)=([^=;|]+)", group)
    if known != group.replace("_", " ") or match is None:
        return known
    return f"{word(match[1], lang)}{': ' if lang == 'en' else ':'}{named(match[1], match[2], lang, labels)}"


def rate_name(name: str, lang: Language, labels: Labels | None) -> str:
    """Return the label of a rate, also of one about a milestone of the scenario's own."""
    known = word(name, lang)
    match = _RATE.fullmatch(name)
    if known != name.replace("_", " ") or match is None:
        return known
    what = named("milestones", match[1], lang, labels)
    if match[3]:
        since = named("milestones", match[4], lang, labels)
        return f"{what} {word('within_days', lang).format(days=match[3], since=since)}"
    if match[5]:
        return f"{what} {word('rate_of', lang)} {named('milestones', match[5], lang, labels)}"
    return f"{what} {word(match[2], lang)}"


def with_chances(rows: Sequence[Mapping[str, Any]], replications: int) -> list[dict[str, Any]]:
    """Return rows of targets whose probability is one cell, with its error or as a bound.

    Examples
    --------
    >>> with_chances([{"p_met": 0.5, "p_met_error": 0.05}, {"p_met": None}], 100)
    [{'p_met': '0.50 ± 0.05', 'p_met_error': 0.05}, {'p_met': None}]
    """
    return [
        dict(row) if row["p_met"] is None else dict(row) | {"p_met": chance(row, replications)}
        for row in rows
    ]


def worth_saying(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the open dates that are a warning: late in at least one future of twenty.

    Examples
    --------
    >>> worth_saying([{"p_late": 0.01}, {"p_late": 0.2}])
    [{'p_late': 0.2}]
    """
    return [row for row in rows if row["p_late"] >= LEAST_LATE]


def year_chance(p: float) -> str:
    """Return a chance known in steps of half a point; where no or every level meets the plan, a bound.

    Examples
    --------
    >>> year_chance(0.005), year_chance(0.62), year_chance(1.0)
    ('< 0.01', '0.62', '> 0.99')
    """
    return "< 0.01" if p < 0.01 else "> 0.99" if p > 0.99 else f"{p:.2f}"
