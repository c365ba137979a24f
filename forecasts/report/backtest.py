"""A backtest as a person reads it: who was better, how surely, how honest the intervals were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forecasts.cells import number
from forecasts.words import Language, word

Row = Mapping[str, Any]

#: Title, rows, columns.
Parts = tuple[str, Sequence[Row], Sequence[str]]

#: The most wanted first: a narrow window has no room for the last.
POOLED = (
    "member", "ratio_ets", "ratio_naive", "cover80", "cover50", "cover95", "interval_score_ets", "energy_ets",
)  # fmt: skip
MEASURES = (
    "measure", "member", "crps", "ratio_ets", "verdict", "mase", "bias", "cover80", "cover50", "cover95",
    "width80",
)  # fmt: skip
HORIZONS = ("member", "horizon", "cover80", "cover50", "cover95", "ratio_ets")
CHANCES = ("member", "brier", "skill", "slope", "calibration_error", "happened", "forecasts")

#: Ways of the product's own, whose verdict is said in a sentence.
_OWN = frozenset(f"{name}{made}" for name in ("ledger", "chain", "blend") for made in ("", "_recalibrated"))

#: What an origin knew, in words.
_KNEW: Mapping[str, tuple[str, str]] = {
    "final dates": (
        "every origin knew the final dates of its past (the ledger has no dates of first report): real-time "
        "forecasts would have known less, so these scores are an upper bound",
        "各起报点均使用最终日期(台账无首次上报日期),实时预测所知更少,故此评分为上限",
    ),
    "report dates": (
        "every origin knew what had been reported by then; outcomes are counts that hardly change any more",
        "各起报点仅使用当时已上报的信息;结果取已基本稳定的数值",
    ),
    "extracts": (
        "origins are published extracts, as they were; outcomes are of the last one",
        "起报点为当时公布的台账版本,结果取最新版本",
    ),
    "series": ("series without revisions", "序列无修订"),
}


def backtest_tables(result: Mapping[str, Any], lang: Language) -> list[Parts]:
    """Return the tables of a backtest; periods are a column where choices are told apart."""
    split = ("period",) if result["choices_until"] else ()
    months = result["horizon"]
    every = [r for r in result["measures"] if r["period"] == "all"]
    totals, years = ([r for r in every if r["target"] == target] for target in ("total", "year"))
    horizons = [r for r in result["horizons"] if r["period"] == "all" and r["member"] in _shown(result)]
    tables: list[Parts] = [
        (
            word("backtest_pooled", lang).format(months=months),
            _readable(result["pooled"], lang),
            (*split, *POOLED),
        ),
        (
            word("backtest_measures", lang).format(months=months),
            _readable(totals, lang),
            MEASURES,
        ),
        (word("backtest_year", lang), _readable(years, lang), MEASURES),
        (word("backtest_horizons", lang), _readable(horizons, lang), HORIZONS),
    ]
    if result["chances"]:
        tables.append(
            (word("backtest_chances", lang), _readable(result["chances"], lang), (*split, *CHANCES))
        )
    return tables


def _shown(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the members whose single months are shown: the product's, and what it is set against."""
    best = ("ledger_recalibrated", "blend_recalibrated", "ledger", "uc")
    return next((name,) for name in (*best, *result["members"]) if name in result["members"])


def _readable(rows: Sequence[Row], lang: Language) -> list[Row]:
    """Return rows with names in words and intervals beside their values."""
    shown = list[Row]()
    for row in rows:
        text: dict[str, Any] = {"member": word(f"member_{row['member']}", lang)}
        text["period"] = word(f"period_{row['period']}", lang)
        for name in row:
            if f"{name}_low" in row and row[name] is not None and row[f"{name}_low"] is not None:
                low, high = (number(float(row[f"{name}_{end}"])) for end in ("low", "high"))
                text[name] = f"{number(float(row[name]))} [{low}, {high}]"
        shown.append(dict(row) | text)
    return shown


def backtest_lines(result: Mapping[str, Any], lang: Language) -> list[str]:
    """Return what a backtest says, a sentence a line."""
    return [*_conditions(result, lang), *_verdicts(result, lang)]


def _conditions(result: Mapping[str, Any], lang: Language) -> Iterator[str]:
    origins = result["origins"]
    years = max(round(len(origins) * result["every"] / 12), 1)
    blend = " + ".join(word(f"member_{name}", lang) for name in result["blend_of"])
    if lang == "en":
        yield (
            f"{len(origins)} origins from {origins[0]} to {origins[-1]}; they overlap: about {years} "
            "independent years; intervals in brackets are 90 % block-bootstrap intervals (whole years)"
        )
    else:
        yield (
            f"起报点 {len(origins)} 个({origins[0]} 至 {origins[-1]}),彼此重叠,约相当于 {years} 个独立年份;"
            "方括号内为按年分块自助法 90% 区间"
        )
    yield _KNEW[result["knowledge"]][lang == "zh"]
    if blend:
        yield f"{word('member_blend', lang)}: {blend}"


def _verdicts(result: Mapping[str, Any], lang: Language) -> Iterator[str]:
    """Say of each own forecast whether it beats log-ETS over all measures."""
    for row in result["pooled"]:
        if row["period"] != "all" or row["member"] not in _OWN:
            continue
        low, high = row.get("ratio_ets_low"), row.get("ratio_ets_high")
        if low is None or high is None:
            continue
        verdict = "better" if high < 1 else "worse" if low > 1 else "cannot separate"
        name, ratio = word(f"member_{row['member']}", lang), number(float(row["ratio_ets"]))
        span = f"[{number(float(low))}, {number(float(high))}]"
        yield f"{name}: {word('ratio_ets', lang)} {ratio} {span}: {word(verdict, lang)}"
