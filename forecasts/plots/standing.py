"""Pictures of the next list and of the ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecasts.cells import named
from forecasts.plots.style import BAND, BLUE, GREEN, INK, MUTED, ORANGE, marks, new_figure, settings
from forecasts.words import Language, word


def next_list(result: Mapping[str, Any], name: str, lang: Language = "en", most: int = 25) -> Figure:
    """Draw the candidates of a next list by their chance to be through by the event.

    Parameters
    ----------
    result : mapping
        A forecast as the command prints it (``next_lists``, ``next_list`` are used).
    name : str
        The list.
    lang : {"en", "zh"}
    most : int
        Bars at the most.

    Raises
    ------
    KeyError
        If the result has no such list.
    """
    one = next((row for row in result["next_lists"] if row["list"] == name), None)
    if one is None:
        raise KeyError(f"no next list {name}")
    rows = [row for row in result["next_list"] if row["list"] == name][:most][::-1]
    with mpl.rc_context(settings()):
        figure, axes = new_figure(9.0, max(3.0, 0.3 * len(rows) + 1.9))
        axes.grid(visible=False, axis="y")
        chances = [row["chance"] for row in rows]
        colours = [GREEN if c >= 0.9 else BLUE if c >= 0.8 else BAND for c in chances]
        axes.barh(range(len(rows)), chances, color=colours, height=0.66)
        labels = result["labels"]["milestones"]
        axes.set_yticks(range(len(rows)), [f"{row['place']}  {row['id']}" for row in rows])
        for y, row in enumerate(rows):
            reached = labels.get(row["milestone"], {}).get(lang, row["milestone"])
            axes.annotate(
                f"  {row['chance']:.0%}  {named('county', row['county'], lang, result['labels'])}, {reached}",
                (chances[y], y),
                va="center",
                fontsize=8,
                color=MUTED,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )
        for level in (0.8, 0.9):
            axes.axvline(level, color=ORANGE, linewidth=1.2, linestyle="--")
        axes.set_xlim(0, 1.3)
        axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0], ["0", "20", "40", "60", "80", "90", "100 %"])
        axes.set_xlabel(promises(one, lang), fontsize=9)
        title = word("next_list_title", lang).format(list=name, event=one["event"])
        axes.set_title(f"{_place(result, lang)}  |  {title}")
        marks(figure, result, lang)
    return figure


def promises(one: Mapping[str, Any], lang: Language) -> str:
    """Return what can be promised of a list, at 80 and 90 %, a line each."""
    keys = ("each", "whole", "promise")
    lines = []
    for level in (80, 90):
        parts = [f"{word(key, lang)}: {one[f'{key}{level}']}" for key in keys]
        lines.append(f"{word('confidence', lang)} {level} %   " + "   ·   ".join(parts))
    return "\n".join(lines)


def ranking(result: Mapping[str, Any], lang: Language = "en") -> Figure:
    """Draw the rank of every unit: 80 % of futures, the median, today, and what one more start does.

    Parameters
    ----------
    result : mapping
        A forecast as the command prints it (``ranking`` is used).
    lang : {"en", "zh"}
    """
    rows = result["ranking"][::-1]
    count = len(rows)
    with mpl.rc_context(settings()):
        figure, axes = new_figure(9.0, max(3.0, 0.4 * count + 1.7))
        axes.grid(visible=False, axis="y")
        _ranks(axes, rows, lang)
        for y, row in enumerate(rows):
            note = f"+{row['one_more_points']:.2g}   {row['one_more_up']:.0%}"
            axes.annotate(note, (count + 0.9, y), va="center", fontsize=8.5, color=MUTED)
        heading = f"{word('one_more_points', lang)}\n{word('one_more_up', lang)}"
        axes.annotate(
            heading,
            (count + 0.9, count - 0.35),
            va="bottom",
            fontsize=7.5,
            color=MUTED,
            annotation_clip=False,
        )
        axes.set_yticks(
            range(count), [named("unit", row["unit"], lang, result.get("labels")) for row in rows]
        )
        axes.set_ylim(-0.6, count - 0.4)
        axes.set_xlim(0.5, count + 3.2)
        axes.set_xticks(range(1, count + 1))
        axes.set_xlabel(f"{word('rank', lang)}   ({word(result['ranking_method'], lang)})")
        axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.16), ncols=3, fontsize=9)
        title = word("ranking_title", lang).format(until=result["until"])
        axes.set_title(f"{_place(result, lang)}  |  {title}", pad=28)
        marks(figure, result, lang)
    return figure


def _ranks(axes: Axes, rows: Sequence[Mapping[str, Any]], lang: Language) -> None:
    """Draw the ranks: a bar for 80 % of futures, a dot for the median, a ring for today."""
    ranked = [(y, row) for y, row in enumerate(rows) if row["rank_p50"] is not None]
    heights = [y for y, _ in ranked]
    low, high = ([row[key] for _, row in ranked] for key in ("rank_p10", "rank_p90"))
    # A rank held in 80 % of futures is a short bar, not nothing.
    widths = [b - a + 0.3 for a, b in zip(low, high, strict=True)]
    left = [a - 0.15 for a in low]
    axes.barh(heights, widths, left=left, color=BAND, height=0.42, label=word("band80", lang))
    axes.plot([row["rank_p50"] for _, row in ranked], heights, "o", color=BLUE, label=word("median", lang))
    known = [(row["known_rank"], y) for y, row in enumerate(rows) if row["known_rank"] is not None]
    now, heights = [rank for rank, _ in known], [y for _, y in known]
    axes.plot(now, heights, "o", markersize=10, markerfacecolor="none", color=INK, label=word("known", lang))


def _place(result: Mapping[str, Any], lang: Language) -> str:
    return str(result.get("title", {}).get(lang, result["scenario"]))
