"""Who tells the counts of a forecast: the ledger's past, the simulation, or each against the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecasts.cells import number
from forecasts.words import Language, word

_NOT_ASKED: Mapping[str, tuple[str, str]] = {
    "asked": ("as asked for with --method", "按 --method 指定"),
    "synthetic": ("the portfolio is made up", "项目库为合成"),
    "short": ("the ledger has less than three years of dated milestones", "台账历史不足三年"),
    "mid-month": ("the forecast does not end with a month after the as-of date", "预测期末不是月末"),
}


def telling(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return who tells which measure, and where past and simulation disagree, a line each.

    Examples
    --------
    >>> telling({"told_by": {"starts": "simulation"}, "past_not_asked": "short"}, "en")
    ['counts: by the simulation alone, the ledger has less than three years of dated milestones']
    """
    zh = lang == "zh"
    if why := result.get("past_not_asked"):
        reason = _NOT_ASKED[why][zh]
        return [f"计数:仅由仿真给出,{reason}" if zh else f"counts: by the simulation alone, {reason}"]
    by: dict[str, list[str]] = {}
    for measure, who in result.get("told_by", {}).items():
        by.setdefault(who, []).append(word(measure, lang))
    if set(by) <= {"simulation"}:
        return []
    lines = [f"{word(f'told by {who}', lang)}: {', '.join(names)}" for who, names in by.items()]
    lines.append(
        "比率、预警、等待与其他金额均由仿真给出"
        if zh
        else "rates, early warning and waits are the simulation's, whoever tells the counts"
    )
    if result.get("reform"):
        lines.append(
            "第二路径的计数 = 台账历史 × 仿真(含改革/不含改革)之比"
            if zh
            else "second path: the past times the simulation's ratio, with and without the reform"
        )
    return lines + [_disagreement(row, lang) for row in result.get("gate", [])]


def coverage_of(coverage: str | Mapping[str, Any], lang: Language) -> str:
    """Return how often 80 % intervals held in a backtest, by measure, with the number of origins.

    Examples
    --------
    >>> starts = {"cover80": 0.775, "origins": 40, "months": 12, "factor": 1.12}
    >>> coverage_of({"knowledge": "x", "measures": {"starts": starts}}, "en")
    'starts: 78 % of its 80 % intervals held (40 past forecasts over 12 months; width x 1.12)'
    """
    if isinstance(coverage, str):
        return word(coverage, lang)
    said = (
        "{name}: {held:.0f} % of its 80 % intervals held ({n} past forecasts over {months} months;"
        " width x {factor:.2f})"
        if lang == "en"
        else "{name}名义80%,实测{held:.0f}%({n}个起点,{months}个月,宽度×{factor:.2f})"
    )
    return "; ".join(
        said.format(
            name=word(measure, lang),
            held=100 * row["cover80"],
            n=row["origins"],
            months=row["months"],
            factor=row["factor"],
        )
        for measure, row in coverage["measures"].items()
    )


def _disagreement(row: Mapping[str, Any], lang: Language) -> str:
    """Warn of one measure."""
    name = word(row["measure"], lang)
    simulated, past, low, high = (number(row[key]) for key in ("simulation", "past", "past25", "past75"))
    if lang == "zh":
        return (
            f"注意:{name}——仿真中位数 {simulated},台账历史 {past}(中间一半 {low}–{high}),"
            "尚无规则变化,两者已不一致;请核对情景参数与台账完整性"
        )
    return (
        f"WARNING: {name}: the simulation's median is {simulated}, the ledger's past says {past} (middle half"
        f" {low} to {high}), before any change of rules; check the scenario's parameters and whether the"
        " ledger is complete"
    )
