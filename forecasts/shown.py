"""A result as a person reads it on a terminal or in a notebook: a few tables and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecasts.cells import option_name, with_chances, worth_saying
from forecasts.columns import CHAIN, CONTRIBUTIONS, MEMBERS, NEXT_LIST, NEXT_LISTS, RANKING, by_confidence
from forecasts.report.backtest import backtest_lines, backtest_tables
from forecasts.report.scored import score_lines, score_tables
from forecasts.report.statements import page_marks, strained_lines
from forecasts.report.validation import readable_rows, validation_lines
from forecasts.report.yearend import year_lines, year_tables
from forecasts.words import Language, joint_chance, word

Row = Mapping[str, Any]

#: Candidates of a next list on a terminal; below this chance they are left out (they stay in the JSON).
SHOWN = 12
LEAST_CHANCE = 0.05


@dataclass(frozen=True)
class Table:
    """One table: a title, rows, and the keys to show in order."""

    title: str
    rows: Sequence[Row]
    columns: Sequence[str]


# The most wanted first: a narrow window has no room for the last.
TARGETS = (
    "measure",
    "group",
    "unit",
    "plan",
    "done",
    "p_met",
    "p10",
    "p50",
    "p90",
    "version",
    "promise80",
    "promise90",
    "shortfall",
)
WARNINGS = ("id", "county", "milestone", "planned", "p50", "p_late", "cause", "activity", "owner", "at_stake")
RATES = ("name", "group", "known", "known_count", "known_denominator", "p10", "p50", "p90", "denominator")
RESULTS = (
    "option",
    "difference",
    "low",
    "high",
    "verdict",
    "baseline_value",
    "value",
    "n",
    "margin",
    "replications_needed",
)
SHOCKS = ("option", "shock", "replications", "lost", "lost_low", "lost_high", "still_lost", "recovered")
OVERDUE = ("activity", "office", "cases", "overdue_cases", "overdue_share", "mean_days_over")
VALIDATED = (
    "fact",
    "measure",
    "group",
    "month",
    "reform",
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
    if result["kind"] in ("backtest", "score"):
        parts = backtest_tables if result["kind"] == "backtest" else score_tables
        return [Table(*part) for part in parts(result, lang)]
    if result["kind"] == "validate":
        rows = readable_rows(result["rows"], lang, result.get("labels"))
        shown = [c for c in VALIDATED if c != "reform" or any(row["reform"] for row in rows)]
        return [Table(word("validation", lang), rows, shown), Table(word("reason", lang), rows, REASONS)]
    if result["kind"] == "run":
        return _run(result, lang)
    targets = [dict(t) | {"unit": word(unit_of(t["measure"]), lang)} for t in result["targets"]]
    tables = [
        Table(word("target", lang), with_chances(targets, result["replications"]), TARGETS),
        Table(word("early_warning", lang), worth_saying(result["projects"])[:12], WARNINGS),
        Table(word("rates", lang), result["rates"], RATES),
    ]
    if result.get("members"):
        tables.append(Table(word("members", lang), result["members"], MEMBERS))
        tables.append(Table(word("contributions", lang), result["contributions"], CONTRIBUTIONS))
    tables += [Table(*part) for part in year_tables(result, lang)]
    tables += _standing(result, lang)
    if result.get("reform"):
        title = f"{word('comparison', lang)}: {_option(result, lang)}"
        columns = ("measure", "group", "baseline_value", "value", "difference", "low", "high", "verdict")
        tables.append(Table(title, result["reform"]["results"], columns))
    return tables


def _standing(result: Mapping[str, Any], lang: Language) -> list[Table]:
    """Return the tables of the next lists, of the chain of lists and of the ranking, where there are any."""
    tables = []
    if result.get("next_lists"):
        tables.append(Table(word("next_lists", lang), by_confidence(result["next_lists"]), NEXT_LISTS))
    for row in result.get("next_lists", []):
        title = word("next_list_title", lang).format(list=row["list"], event=row["event"])
        found = [r for r in result["next_list"] if r["list"] == row["list"] and r["chance"] >= LEAST_CHANCE]
        if found:
            tables.append(Table(title, found[:SHOWN], NEXT_LIST))
    if result.get("chain"):
        tables.append(Table(word("chain", lang), result["chain"], CHAIN))
    if result.get("ranking"):
        title = f"{word('ranking', lang)}, {word('until', lang)} {result['until']}"
        tables.append(Table(title, result["ranking"], RANKING))
    return tables


def _run(result: Mapping[str, Any], lang: Language) -> list[Table]:
    """Return the tables of a run; offices only where something has a legal limit."""
    days = ("phase", "n", "mean", "low", "high", "p10", "p50", "p90")
    waits = ("resource", "served", "mean_wait_days", "utilisation")
    tables = [
        Table(word("days", lang), result["summary"], days),
        Table(word("resource", lang), result["resources"], waits),
    ]
    if result.get("overdue"):
        tables.append(Table(word("over_limit", lang), result["overdue"], OVERDUE))
    return tables


def _option(result: Mapping[str, Any], lang: Language) -> str:
    return option_name(result["reform"]["option"], lang, result["labels"])


def unit_of(measure: str) -> str:
    """Return the unit of a measure: money in 亿元, everything else in projects."""
    return "yi" if measure.startswith("investment") else "projects"


def _comparison(result: Mapping[str, Any], lang: Language) -> list[Table]:
    tables = []
    for measure in dict.fromkeys(row["measure"] for row in result["results"]):
        rows = [r for r in result["results"] if r["measure"] == measure and r["group"] == "all"]
        tables.append(Table(word(measure, lang), rows, RESULTS))
    if result.get("shocks"):
        rows = [row for row in result["shocks"] if row["group"] == "all"]
        tables.append(Table(word("shock_losses", lang), rows, SHOCKS))
    if result["effect_in_parts"]:
        tables.append(Table(word("effect_in_parts", lang), result["effect_in_parts"], PARTS))
    return tables


def notes_of(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return what a result rests on, a line each."""
    notes = list(page_marks(result, lang))
    if result["kind"] == "backtest":
        return notes + backtest_lines(result, lang)
    if result["kind"] == "score":
        return notes + score_lines(result, lang)
    if result["kind"] == "validate":
        notes += validation_lines(result, lang)
    if result["assumed"] or result["calibrated"]:
        notes.append(
            f"{word('assumed', lang)}: {len(result['assumed'])}; {word('calibrated', lang)}: "
            + (", ".join(result["calibrated"]) or word("none", lang))
        )
    if result.get("joint_p_met") is not None:
        notes.append(f"{word('joint_p_met', lang)}: {joint_chance(result)}")
    notes += year_lines(result, lang)
    if "strained" in result:
        notes += strained_lines(result, lang)
    return notes
