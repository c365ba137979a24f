"""The sentences of a validation: what is scored, how many lie outside, how wide the intervals are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from forecasts.cells import Labels, named
from forecasts.words import Language, word

Row = Mapping[str, Any]

#: Measures of published numbers whose bare name says too little, or is another word of the glossary.
_MEASURES: Mapping[str, tuple[str, str]] = {
    "plan_total": ("annual plan, total", "年度计划总额"),
    "total_investment": ("total investment", "总投资"),
    "list_size": ("size of a list", "名单项目数"),
    "projects": ("number of projects", "项目数"),
    "behind": ("projects behind the even pace by more than (points)", "落后序时进度项目数(超过百分点)"),
    "ratio": ("ratio", "比值"),
    "area_ratio": ("ratio of areas", "面积比值"),
    "days": ("days", "天数"),
    "days_saved": ("days saved", "节省天数"),
    "approval_days": ("approval days", "审批用时"),
}


def readable_rows(rows: Sequence[Row], lang: Language, labels: Labels | None = None) -> list[dict[str, Any]]:
    """Return rows as a person reads them: words in place of codes.

    Parameters
    ----------
    rows : sequence of mapping
        Of a validation.
    lang : {"en", "zh"}
    labels : mapping, optional
        The scenario's own names.
    """
    shown = []
    for row in rows:
        where = None if row["outside"] is None else word("outside" if row["outside"] else "inside", lang)
        names = {"calibrated": ("calibrated", "校准")}.get(row["role"])
        role = names[lang == "zh"] if names else word(row["role"], lang)
        text = {"where": where, "role": role, "unit": _unit(row["unit"])}
        text["parameter"] = ", ".join(row["parameters"])
        text["measure"] = measure_name(row["measure"], lang, labels)
        shown.append(dict(row) | text)
    return shown


def measure_name(measure: str, lang: Language, labels: Labels | None = None) -> str:
    """Return what a published number measures, in words.

    Examples
    --------
    >>> measure_name("approval_days:signed:permitted", "en"), measure_name("behind:10", "zh")
    ('approval days: signed - permitted', '落后序时进度项目数(超过百分点): 10')
    >>> own = {"milestones": {"signed": {"zh": "签约"}, "built": {"zh": "完工"}}}
    >>> measure_name("days:signed:built", "zh", own)
    '天数: 签约 - 完工'
    """
    name, *arguments = measure.split(":")
    pair = _MEASURES.get(name)
    head = pair[lang == "zh"] if pair else word(name, lang)
    if name == "parameter":
        return measure
    rest = " - ".join(named("milestones", part, lang, labels) for part in arguments)
    return f"{head}: {rest}" if rest else head


def _unit(unit: str) -> str:
    return {"yi": "亿元", "": "-"}.get(unit, unit)


def score_lines(score: Mapping[str, Any], lang: Language) -> list[str]:
    """Return what a score says, a sentence a line.

    Parameters
    ----------
    score : mapping
        Of a validation, or of several places together.
    lang : {"en", "zh"}

    Examples
    --------
    >>> score = {"outside": 1, "n": 2, "expected": 0.2, "at_least": 0.19, "at_most": 0.99, "two_sided": 0.38}
    >>> score |= {"width_rows": 0, "mean_width": None, "mean_reference_width": None}
    >>> score_lines(score, "en")[0].split("; ")[:2]
    ['1 of 2 predicted rows outside the 90 % interval', '0.2 expected']
    >>> score |= {"width_rows": 2, "mean_width": 31.98, "mean_reference_width": 32.02}
    >>> score_lines(score, "en")[1].partition(" between ")[0]
    'mean width of the 90 % intervals 32.0 points, no narrower than the 32.0 points'
    """
    n, k, english = score["n"], score["outside"], lang == "en"
    if n == 0:
        return ["no predicted rows: nothing is scored" if english else "没有预测行:不评分"]
    least, most, both = (f"{score[key]:.2g}" for key in ("at_least", "at_most", "two_sided"))
    lines = [
        f"{k} of {n} predicted rows outside the 90 % interval; {score['expected']:.2g} expected; "
        f"Binomial({n}, 0.1): P(at least {k}) = {least}, P(at most {k}) = {most}, two-sided p = {both}"
        if english
        else f"{n} 个预测行中 {k} 个在 90% 区间之外;期望 {score['expected']:.2g} 个;"
        f"二项分布 B({n}, 0.1):至少 {k} 个的概率 {least},至多 {k} 个的概率 {most},双侧 p = {both}"
    ]
    return [*lines, _width_line(score, lang)]


def _width_line(score: Mapping[str, Any], lang: Language) -> str:
    mine, others, rows = score["mean_width"], score["mean_reference_width"], score["width_rows"]
    if mine is None:
        return (
            "width: no predicted row has a reference class with rows enough for a width"
            if lang == "en"
            else "区间宽度:没有预测行有足够的参照数据"
        )
    sharper = round(mine, 1) < round(others, 1)  # as printed
    if lang == "en":
        verdict = "narrower than" if sharper else "no narrower than"
        return (
            f"mean width of the 90 % intervals {mine:.1f} points, {verdict} the {others:.1f} points between "
            f"5 and 95 % of other places ({rows} rows)"
        )
    verdict = "窄于" if sharper else "不窄于"
    return (
        f"90% 区间平均宽度 {mine:.1f} 个百分点,{verdict}其他地区 5% 至 95% 的 "
        f"{others:.1f} 个百分点({rows} 行)"
    )


def validation_lines(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return the score of a place, its reference classes, and how far its rows may be trusted."""
    rows = result["rows"]
    lines = score_lines(result["score"], lang)
    lines += [_class_line(row, lang) for row in rows if row["reference"] is not None]
    lines += [*_misses(rows, lang), *_other_inputs(rows, lang), *_not_shown(rows, lang)]
    counts = Counter(row["role"] for row in rows)
    if lang == "en":
        lines.append(
            f"{counts['input']} input rows are shown, not scored; {_calibrated(result, lang)}; "
            f"{counts['inconsistent']} inconsistent rows are shown with their reason"
        )
        lines.append(
            "Published rates are published because they are good: a model of all places ought to lie below."
        )
    else:
        lines.append(
            f"输入 {counts['input']} 行只列出、不评分;{_calibrated(result, lang)};"
            f"自相矛盾 {counts['inconsistent']} 行列出原因"
        )
        lines.append("公布的比率之所以公布,是因为成绩好:描述一般地区的模型理应偏低。")
    return lines


def _calibrated(result: Mapping[str, Any], lang: Language) -> str:
    """Say which parameters were calibrated on rows of this place, and how many elsewhere."""
    rows = [row for row in result["rows"] if row["role"] == "calibrated"]
    here = {p for row in rows for p in row["parameters"]}
    other = len(set(result.get("calibrated", ())) - here)
    if lang == "en":
        own = f"{len(rows)} calibrated rows name {len(here)} free parameters (never more than rows)"
        there = f"{other} calibrated parameters were set on other places"
        found = [own if rows else "no row of this place set a parameter", *([there] if other else [])]
        return ", ".join(found)
    own = f"校准 {len(rows)} 行对应 {len(here)} 个自由参数(不多于行数)"
    found = [
        own if rows else "本地没有用于校准的行",
        *([f"另有 {other} 个校准参数取自其他地区"] if other else []),
    ]
    return ",".join(found)


def _class_line(row: Row, lang: Language) -> str:
    found = row["reference"]
    covers, around = f"{found['covers']:.0%}", found.get("months_around", 0)
    near = (f", months within {around}" if lang == "en" else f",含前后 {around} 个月") if around else ""
    if found["width"] is None:
        text = (
            f"reference class of {row['fact']}: {found['rows']} rows of {found['places']} other places"
            f"{near}: too few for a width"
        )
        zh = f"{row['fact']} 的参照:其他 {found['places']} 地 {found['rows']} 行{near},太少,不给宽度"
        return text if lang == "en" else zh
    numbers = f"{found['low']:.1f}-{found['high']:.1f}"
    if lang == "en":
        return (
            f"reference class of {row['fact']}: {numbers} ({found['rows']} rows of {found['places']} other "
            f"places{near}); the whole range of so many rows covers {covers} of a next one"
        )
    return (
        f"{row['fact']} 的参照:{numbers}(其他 {found['places']} 地 {found['rows']} 行{near});"
        f"这么多行的全距只覆盖下一行的 {covers}"
    )


def _misses(rows: Sequence[Row], lang: Language) -> list[str]:
    found = []
    for row in rows:
        if not row["outside"]:
            continue
        head = f"outside: {row['fact']}" if lang == "en" else f"区间外:{row['fact']}"
        none = "not explained yet" if lang == "en" else "尚无解释"
        found.append(f"{head}: {row['explained'] or none}")
    return found


def _not_shown(rows: Sequence[Row], lang: Language) -> list[str]:
    """Say of which published numbers the model has none, and why."""
    heads = {"en": "no number of the model", "zh": "模型无对应数值"}
    return [f"{heads[lang]}: {row['unanswered']}" for row in rows if row.get("unanswered")]


def _other_inputs(rows: Sequence[Row], lang: Language) -> list[str]:
    """Name the inputs that are not the published number after all."""
    found = []
    for row in rows:
        if row["role"] != "input" or row["p50"] is None or row["published"] is None:
            continue
        if abs(row["p50"] - row["published"]) > row["rounding"] / 2 + 1e-6 * abs(row["published"]):
            published, ours = f"{row['published']:g}", f"{row['p50']:g}"
            found.append(
                f"input {row['fact']}: published {published}, the scenario has {ours}"
                if lang == "en"
                else f"输入 {row['fact']}:公布 {published},情景为 {ours}"
            )
    return found
