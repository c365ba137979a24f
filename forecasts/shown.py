"""A result as a person reads it on a terminal or in a notebook: a few tables and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecasts.cells import with_chances, worth_saying
from forecasts.report.statements import page_marks
from forecasts.report.validation import readable_rows, validation_lines
from forecasts.words import Language, word

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """One table: a title, rows, and the keys to show in order."""

    title: str
    rows: Sequence[Row]
    columns: Sequence[str]


TARGETS = (
    "measure",
    "group",
    "version",
    "unit",
    "plan",
    "done",
    "p_met",
    "p10",
    "p50",
    "p90",
    "promise80",
    "promise90",
)
WARNINGS = ("id", "county", "milestone", "planned", "p50", "p_late", "cause", "activity", "owner", "at_stake")
RATES = ("name", "group", "known", "known_count", "known_denominator", "p10", "p50", "p90", "denominator")
RESULTS = (
    "option",
    "group",
    "n",
    "baseline_value",
    "value",
    "difference",
    "low",
    "high",
    "verdict",
    "replications_needed",
)
VALIDATED = (
    "fact",
    "measure",
    "group",
    "month",
    "role",
    "published",
    "unit",
    "p05",
    "p50",
    "p95",
    "true_p50",
    "u",
    "where",
)
REASONS = ("fact", "role", "parameter", "reason")
PARTS = ("further_reforms", "part", "group", "n", "difference", "low", "high", "verdict")


def tables_of(result: Mapping[str, Any], lang: Language) -> list[Table]:
    """Return the tables of a result, the most wanted first."""
    if result["kind"] == "compare":
        return _comparison(result, lang)
    if result["kind"] == "validate":
        rows = readable_rows(result["rows"], lang)
        return [Table(word("validation", lang), rows, VALIDATED), Table(word("reason", lang), rows, REASONS)]
    if result["kind"] == "run":
        return [
            Table(
                word("days", lang),
                result["summary"],
                ("phase", "n", "mean", "low", "high", "p10", "p50", "p90"),
            ),
            Table(
                word("resource", lang),
                result["resources"],
                ("resource", "served", "mean_wait_days", "utilisation"),
            ),
        ]
    targets = [dict(t) | {"unit": word(unit_of(t["measure"]), lang)} for t in result["targets"]]
    tables = [
        Table(word("target", lang), with_chances(targets, result["replications"]), TARGETS),
        Table(word("early_warning", lang), worth_saying(result["projects"])[:12], WARNINGS),
        Table(word("rates", lang), result["rates"], RATES),
    ]
    if result.get("reform"):
        title = f"{word('comparison', lang)}: {result['reform']['option']}"
        columns = ("measure", "group", "baseline_value", "value", "difference", "low", "high", "verdict")
        tables.append(Table(title, result["reform"]["results"], columns))
    return tables


def unit_of(measure: str) -> str:
    """Return the unit of a measure: money in 亿元, everything else in projects."""
    return "yi" if measure.startswith("investment") else "projects"


def _comparison(result: Mapping[str, Any], lang: Language) -> list[Table]:
    tables = []
    for measure in dict.fromkeys(row["measure"] for row in result["results"]):
        rows = [r for r in result["results"] if r["measure"] == measure and r["group"] == "all"]
        tables.append(Table(word(measure, lang), rows, RESULTS))
    if result["effect_in_parts"]:
        tables.append(Table(word("effect_in_parts", lang), result["effect_in_parts"], PARTS))
    return tables


def notes_of(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return what a result rests on, a line each."""
    notes = list(page_marks(result, lang))
    if result["kind"] == "validate":
        notes += validation_lines(result, lang)
    if result["assumed"] or result["calibrated"]:
        notes.append(
            f"{word('assumed', lang)}: {len(result['assumed'])}; {word('calibrated', lang)}: "
            + (", ".join(result["calibrated"]) or word("none", lang))
        )
    if result.get("joint_p_met") is not None:
        notes.append(f"{word('joint_p_met', lang)}: {result['joint_p_met']:.2f}")
    if "strained" in result:
        notes.append(f"{word('strained', lang)}: {result['strained']}")
    return notes
