"""The fan of year-to-date figures: what was reported, what the year may come to, plan and even pace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from forecasts.cells import year_chance
from forecasts.plots.style import BAND, BLUE, INK, MUTED, ORANGE, new_figure, settings
from forecasts.words import Language, synthetic_mark, word


def year_fan(result: Mapping[str, Any], measure: str, lang: Language = "en") -> Figure:
    """Draw the year-to-date figures of one measure against plan and even pace (序时进度).

    Parameters
    ----------
    result : mapping
        A forecast with ``in_year``.
    measure : str
    lang : {"en", "zh"}

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    KeyError
        If no total of the measure was forecast.
    """
    found = result.get("in_year") or {"measures": [], "monthly": []}
    row = next((r for r in found["measures"] if r["measure"] == measure), None)
    if row is None:
        raise KeyError(f"no reported figures of {measure} to forecast a year from")
    months = [r for r in found["monthly"] if r["measure"] == measure]
    at = [int(r["month"][5:]) for r in months]
    last = max(i for i, r in enumerate(months) if r["known"])
    low, mid, high = ([r[key] for r in months] for key in ("p10", "p50", "p90"))
    with mpl.rc_context(settings()):
        figure, axes = new_figure()
        axes.fill_between(
            at[last:], low[last:], high[last:], color=BAND, alpha=0.7, linewidth=0, label=word("band80", lang)
        )
        axes.plot(at[last:], mid[last:], color=BLUE, linewidth=2, label=word("median", lang))
        axes.plot(
            at[: last + 1], mid[: last + 1], color=INK, linewidth=2.4, marker="o", markersize=4,
            label=word("reported", lang),
        )  # fmt: skip
        axes.plot(
            at, [r["last_year"] for r in months], color=MUTED, linewidth=1.2, linestyle=":",
            label=word("last_year", lang),
        )  # fmt: skip
        axes.annotate(
            f"{mid[-1]:,.4g}", (at[-1], mid[-1]), xytext=(5, -3), textcoords="offset points", color=BLUE
        )
        if row["plan"] is not None:
            pace = [r["even_pace"] for r in months]
            label = word("even_pace_line", lang)
            axes.plot(at, pace, color=ORANGE, linewidth=1.2, linestyle="--", label=label)
            axes.axhline(
                row["plan"], color=ORANGE, linewidth=1.6, label=f"{word('plan', lang)} {row['plan']:,.4g}"
            )
        axes.set_xticks(at, [f"{m}月" if lang == "zh" else f"{m}" for m in at])
        axes.set_xlabel("" if lang == "zh" else f"month of {found['year']}")
        axes.set_title(_title(result, row, lang), pad=12)
        axes.set_ylabel(word(row["unit"], lang))
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=6, fontsize=8.5, columnspacing=1.2)
        notes = [word("year_note", lang).format(file=found["file"], **row)]
        if result.get("synthetic"):
            notes.insert(0, synthetic_mark(result.get("title", {}).get("en", result["scenario"])))
        figure.supxlabel("\n".join(notes), fontsize=7.5, color=MUTED, x=0.01, ha="left")
    return figure


def _title(result: Mapping[str, Any], row: Mapping[str, Any], lang: Language) -> str:
    place = result.get("title", {}).get(lang, result["scenario"])
    parts = [place, f"{word(row['measure'], lang)}, {word('year_figures', lang)} {row['known_to'][:4]}"]
    if row["p_met"] is not None:
        parts.append(f"{word('p_met', lang)} {year_chance(row['p_met'])}")
    return "  |  ".join(parts)
