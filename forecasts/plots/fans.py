"""The fan: what the year may still bring, month by month, against the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecasts.cells import group_name
from forecasts.plots.style import BAND, BLUE, INK, MUTED, ORANGE, marks, new_figure, settings
from forecasts.words import Language, chance, word


def fan(result: Mapping[str, Any], measure: str, lang: Language = "en", group: str = "all") -> Figure:
    """Draw the fan of one measure: known months, median, 80 % band, plan and P(plan met).

    Parameters
    ----------
    result : mapping
        A forecast as the command prints it (``monthly``, ``targets``, ``as_of`` are used).
    measure : str
        Such as ``starts`` or ``investment``.
    lang : {"en", "zh"}
    group : str
        ``all``, or a county or kind of the result.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    KeyError
        If the result has no such measure and group.
    """
    rows = [r for r in result["monthly"] if r["measure"] == measure and r["group"] == group]
    if not rows:
        raise KeyError(f"no monthly rows of {measure} for {group}")
    with mpl.rc_context(settings()):
        figure, axes = new_figure()
        _band(axes, rows, result["as_of"], lang)
        target = next(
            (
                t
                for t in result["targets"]
                if t["measure"] == measure and t["group"] == group and t["plan"] is not None
            ),
            None,
        )
        if target is not None:
            _plan(axes, rows, target, lang)
        axes.set_title(_title(result, measure, group, target, lang), pad=20)
        axes.set_ylabel(word(rows[0].get("unit", "projects"), lang))
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=5, fontsize=9)
        marks(figure, result, lang)
    return figure


def _band(axes: Axes, rows: Sequence[Mapping[str, Any]], as_of: str, lang: Language) -> None:
    ticks = range(len(rows))
    low, mid, high = ([r[q] for r in rows] for q in ("p10", "p50", "p90"))
    known = [i for i, r in enumerate(rows) if r["month"] < as_of[:7] or r["month_end"] <= as_of]
    last = known[-1] if known else 0
    axes.fill_between(ticks, low, high, color=BAND, alpha=0.7, linewidth=0, label=word("band80", lang))
    axes.plot(ticks[last:], mid[last:], color=BLUE, linewidth=2, label=word("median", lang))
    if known:
        dot = "o" if len(known) == 1 else ""
        axes.plot(known, mid[: last + 1], color=INK, linewidth=2.4, marker=dot, label=word("known", lang))
        axes.axvline(last, color=MUTED, linewidth=1, linestyle=":")
        axes.annotate(
            f"{word('as_of', lang)} {as_of}",
            (last, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=8.5,
            color=MUTED,
        )
    axes.set_xticks(list(ticks), [_month(r["month"], lang) for r in rows])
    axes.annotate(
        f"{mid[-1]:,.4g}", (ticks[-1], mid[-1]), xytext=(5, -3), textcoords="offset points", color=BLUE
    )


def _plan(axes: Axes, rows: Sequence[Mapping[str, Any]], target: Mapping[str, Any], lang: Language) -> None:
    ticks = range(len(rows))
    paced = [(i, r["plan"]) for i, r in zip(ticks, rows, strict=True) if r["plan"] is not None]
    if len(paced) > 1:
        dot = "" if len(paced) == len(rows) else "."
        label = word("plan_line" if not dot else "plan_steps", lang)
        axes.plot(
            *zip(*paced, strict=True), color=ORANGE, linewidth=1.2, linestyle="--", marker=dot, label=label
        )
    axes.axhline(
        target["plan"], color=ORANGE, linewidth=1.6, label=f"{word('plan', lang)} {target['plan']:,.4g}"
    )


def _title(
    result: Mapping[str, Any], measure: str, group: str, target: Mapping[str, Any] | None, lang: Language
) -> str:
    place = result.get("title", {}).get(lang, result["scenario"])
    parts = [place, f"{word(measure, lang)}, {word('since_january', lang)}"] + (
        [group_name(group, lang, result.get("labels"))] if group != "all" else []
    )
    if target is not None:
        parts.append(f"{word('p_met', lang)} {chance(target, result['replications'])}")
    return "  |  ".join(parts)


def _month(month: str, lang: Language) -> str:
    moment = date.fromisoformat(month + "-01")
    if lang == "zh":
        return f"{moment.month}月" if moment.month > 1 else f"{moment.year}\n1月"
    return moment.strftime("%b") if moment.month > 1 else moment.strftime("%b\n%Y")
