"""The sentences of a report: what it rests on, what was left out, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forecasts.report.telling import coverage_of, telling
from forecasts.words import Language, chance, joint_chance, replications_of, synthetic_mark, word


def page_marks(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return the marks on top of a page: synthetic portfolio, coverage, delay, projected years."""
    marks = []
    if result.get("synthetic"):
        marks.append(synthetic_mark(result.get("title", {}).get("en", result["scenario"])))
    if result.get("bad_rows_skipped"):
        marks.append(
            f"{result['bad_rows_skipped']} bad ledger rows were left out (--skip-bad-rows)"
            if lang == "en"
            else f"已跳过台账错误行 {result['bad_rows_skipped']} 行(--skip-bad-rows)"
        )
    if "coverage" in result:
        marks.append(f"{word('coverage', lang)}: {coverage_of(result['coverage'], lang)}")
    note = result.get("reporting_delay", {}).get("statement", {})
    if note.get(lang):
        marks.append(note[lang])
    if result.get("interval_covers") == "chance":
        marks.append(
            "Intervals cover chance only (--fixed)"
            if lang == "en"
            else "区间仅含随机性,不含参数不确定性(--fixed)"
        )
    if result.get("targets") and all(target["plan"] is None for target in result["targets"]):
        year = result["until"][:4]
        marks.append(
            f"no target of the plan for {year}: chances of meeting it are not given (--plan)"
            if lang == "en"
            else f"无{year}年计划目标,不计算完成概率(可用 --plan 给出)"
        )
    left_out = result.get("next_lists_left_out", ())
    marks += [word("next_list_left_out", lang).format(**row) for row in left_out]
    said = result.get("precision", {}).get("statement", {})
    if said.get(lang):
        marks.append(said[lang])
    marks += telling(result, lang)
    if result.get("projected_years"):
        years = spans(result["projected_years"])
        marks.append(f"{word('projected_years', lang)}: {years}")
    return marks


def spans(years: Sequence[int]) -> str:
    """Return years in short form.

    Examples
    --------
    >>> spans([2027, 2028, 2029, 2031])
    '2027-2029, 2031'
    """
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)


def cards(result: Mapping[str, Any], lang: Language) -> list[dict[str, str]]:
    """Return the figures a planner looks at first: P(plan met) of each target of the whole city."""
    found = []
    for target in result["targets"]:
        if target["group"] != "all" or target["plan"] is None:
            continue
        found.append(
            {
                "label": f"{word(target['measure'], lang)} · {word('p_met', lang)}",
                "value": chance(target, result["replications"]),
                "note": f"{word('plan', lang)} {target['plan']:,.4g}"
                f" · {word('median', lang)} {target['p50']:,.4g}",
            }
        )
    if result.get("joint_p_met") is not None:
        found.append(
            {
                "label": word("joint_p_met", lang),
                "value": joint_chance(result),
                "note": f"{word('strained', lang)}: {result['strained']}",
            }
        )
    return found


def statements(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return the sentences under the targets."""
    lines = []
    if result.get("planned_dates_missing"):
        count = result["planned_dates_missing"]
        lines.append(
            f"{count} projects have no planned date: they cannot be in the early-warning list"
            if lang == "en"
            else f"{count} 个项目没有计划日期,无法进入预警名单"
        )
    lines += strained_lines(result, lang)
    warnings = result.get("ledger_warnings", [])
    return [*lines, *(result.get("ledger_warnings_zh", warnings) if lang == "zh" else warnings)]


def strained_lines(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return how many pasts could not be reproduced, and where there are any, what to do about it.

    Examples
    --------
    >>> strained_lines({"strained": 0}, "en")
    ['projects whose past the model could not reproduce: 0']
    >>> len(strained_lines({"strained": 51}, "zh"))
    2
    """
    line = f"{word('strained', lang)}: {result['strained']}"
    return [line, word("strained_advice", lang)] if result["strained"] else [line]


def provenance_lines(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return seed, hashes and versions, one line each."""
    lines = [f"{word('seed', lang)} {result['seed']}, {replications_of(result['replications'], lang)}"]
    for key, value in result.get("provenance", {}).items():
        lines.append(f"{' '.join(word(part, lang) for part in key.split())}: {value}")
    return lines
