"""Scores of kept forecasts as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecasts.cells import number
from forecasts.report.backtest import Parts
from forecasts.words import Language, word

SCORES = ("measure", "group", "forecasts", "months", "cover80", "mean_error", "bias", "interval_score")
FORECASTS = ("as_of", "month", "measure", "p10", "p50", "p90", "actual", "inside")
CHANCES = ("forecasts", "happened", "brier", "skill", "calibration_error")
PROJECTS = ("forecasts", "left_out", "happened", "brier", "skill", "auc")

#: Rows of single forecasts on a terminal; all of them are in the JSON.
_SHOWN = 24


def score_tables(result: Mapping[str, Any], lang: Language) -> list[Parts]:
    """Return the tables of scores: by measure, the latest forecasts, chances of plans, lateness."""
    ends = [row for row in result["forecasts"] if row["group"] == "all"]
    tables: list[Parts] = [
        (word("score_measures", lang), result["measures"], SCORES),
        (word("score_forecasts", lang), ends[-_SHOWN:], FORECASTS),
    ]
    if result["chances"]:
        tables.append((word("p_met", lang), [result["chances"]], CHANCES))
    if result["projects"]:
        tables.append((word("score_projects", lang), [result["projects"]], PROJECTS))
    return tables


def score_lines(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return what a score rests on, a sentence a line."""
    made, first, last, until = (result[name] for name in ("made", "first", "last", "known_until"))
    waiting, months = result["waiting"], sum(row["months"] for row in result["measures"])
    missed = ", ".join(word(name, lang) for name in result["not_scored"])
    inside = sum(row["cover80"] * row["months"] for row in result["measures"])
    share = number(inside / months) if months else "-"
    if lang == "en":
        lines = [
            f"{made} forecasts made from {first} to {last}, scored by the ledger up to {until}; {waiting} "
            f"numbers still wait for their month; 80 % intervals held {share} of {months} months"
        ]
        return lines + ([f"not scored, as the ledger's dates do not tell: {missed}"] if missed else [])
    lines = [
        f"存档预测 {made} 次({first} 至 {last}),按截至 {until} 的台账评分;{waiting} 个数尚待到期;"
        f"80% 区间覆盖率 {share}(共 {months} 个月)"
    ]
    return lines + ([f"台账日期无法说明、未评分:{missed}"] if missed else [])
