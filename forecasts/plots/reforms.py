"""Pictures of a comparison: differences with intervals, driving activities, waits by owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from forecasts.cells import cell, group_name
from forecasts.plots.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    OWNER_COLOURS,
    RED,
    marks,
    new_figure,
    settings,
)
from forecasts.words import Language, word

VERDICT_COLOURS = {"better": GREEN, "worse": RED, "equal": BLUE, "cannot separate": MUTED}


def wrapped(name: str, width: int = 34) -> str:
    r"""Return a long name on several lines, so that it leaves room for the picture.

    Examples
    --------
    >>> wrapped("Land in 25 working days + Six reviewers")
    'Land in 25 working days + Six\nreviewers'
    """
    return fill(name, width)


def differences(
    result: Mapping[str, Any],
    measure: str = "signed_to_permitted_days",
    lang: Language = "en",
    groups: Sequence[str] = ("all",),
) -> Figure:
    """Draw every option's paired difference from the baseline with its interval and verdict.

    Parameters
    ----------
    result : mapping
        A comparison as the command prints it.
    measure : str
    lang : {"en", "zh"}
    groups : sequence of str
        Groups to show; one bar a group and option.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = [r for r in result["results"] if r["measure"] == measure and r["group"] in groups][::-1]
    unit, scale = ("days", 1.0) if measure.endswith("_days") else ("points", 100.0)
    with mpl.rc_context(settings()):
        figure, axes = new_figure(8.5, max(2.2, 0.66 * len(rows) + 1.4))
        axes.grid(visible=False, axis="y")
        axes.axvline(0, color=INK, linewidth=1)
        for y, row in enumerate(rows):
            if row["difference"] is None:
                continue
            difference = scale * row["difference"]
            ends = [scale * row[end] for end in ("low", "high") if row[end] is not None]
            colour = VERDICT_COLOURS[row["verdict"]]
            # The ends stand taller than the dot, so that a narrow interval is not hidden behind it.
            axes.plot(ends, [y] * len(ends), color=colour, linewidth=2, marker="|", markersize=15, mew=2)
            axes.plot(difference, y, "o", color=colour, markersize=6)
            axes.annotate(
                f"{round(difference, 1) + 0.0:+.1f}  {word(row['verdict'], lang)}",
                (difference, y),
                xytext=(0, 11),
                textcoords="offset points",
                fontsize=8.5,
                ha="center",
                bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"},
            )
        names = [
            wrapped(cell("option", r["option"], lang, result["labels"]))
            + (f" · {group_name(r['group'], lang, result['labels'])}" if len(groups) > 1 else "")
            for r in rows
        ]
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(-0.6, len(rows) - 0.2)
        axes.set_xlabel(f"{word('difference', lang)} ({word(unit, lang)})\n{word('paired', lang)}")
        axes.set_title(f"{result.get('title', {}).get(lang, result['scenario'])}  |  {word(measure, lang)}")
        marks(figure, result, lang)
    return figure


def drivers(result: Mapping[str, Any], option: str, lang: Language = "en", most: int = 12) -> Figure:
    """Draw the activities with the most days on the driving path, before and after one option."""
    rows = [r for r in result["drivers"] if r["option"] == option]
    rows = sorted(rows, key=lambda r: max(r["days_before"], r["days_after"]))[-most:]
    labels = result.get("labels", {}).get("activities", {})
    with mpl.rc_context(settings()):
        figure, axes = new_figure(8.5, max(2.4, 0.38 * len(rows) + 1.5))
        axes.grid(visible=False, axis="y")
        for y, row in enumerate(rows):
            axes.plot([row["days_before"], row["days_after"]], [y, y], color=MUTED, linewidth=1.5, zorder=1)
        axes.scatter(
            [r["days_before"] for r in rows],
            range(len(rows)),
            color=ORANGE,
            label=word("before", lang),
            zorder=2,
        )
        axes.scatter(
            [r["days_after"] for r in rows], range(len(rows)), color=BLUE, label=word("after", lang), zorder=3
        )
        axes.set_yticks(
            range(len(rows)), [labels.get(r["activity"], {}).get(lang, r["activity"]) for r in rows]
        )
        axes.set_xlabel(word("days", lang))
        axes.legend(loc="lower right")
        name = wrapped(cell("option", option, lang, result["labels"]), 44)
        axes.set_title(f"{name}\n{word('drivers', lang)}")
        marks(figure, result, lang)
    return figure


def waits(result: Mapping[str, Any], lang: Language = "en") -> Figure:
    """Draw the mean days on the driving path by owner, one stacked bar an option (or a phase)."""
    rows = result["waits"]
    key = "option" if rows and "option" in rows[0] else "phase"
    bars = list(dict.fromkeys(r[key] for r in rows))[::-1]
    owners = [o for o in OWNER_COLOURS if any(r["owner"] == o for r in rows)]
    with mpl.rc_context(settings()):
        figure, axes = new_figure(8.5, max(2.4, 0.5 * len(bars) + 1.5))
        axes.grid(visible=False, axis="y")
        left = [0.0] * len(bars)
        for owner in owners:
            days = [sum(r["days"] for r in rows if r[key] == bar and r["owner"] == owner) for bar in bars]
            axes.barh(
                range(len(bars)),
                days,
                left=left,
                color=OWNER_COLOURS[owner],
                label=word(owner, lang),
                height=0.62,
            )
            left = [a + b for a, b in zip(left, days, strict=True)]
        for y, total in enumerate(left):
            axes.annotate(f" {total:.0f}", (total, y), va="center", fontsize=9)
        axes.set_yticks(range(len(bars)), [wrapped(cell(key, bar, lang, result["labels"])) for bar in bars])
        axes.set_xlabel(word("days" if key == "option" else "days_after", lang))
        figure.legend(loc="outside right upper", fontsize=8.5)
        axes.set_title(word("waits_by_owner", lang))
        marks(figure, result, lang)
    return figure
