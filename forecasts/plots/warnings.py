"""The early-warning picture: which projects put the plan at stake, and who must act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from forecasts.cells import worth_saying
from forecasts.plots.style import MUTED, OWNER_COLOURS, marks, new_figure, settings
from forecasts.words import Language, word


def early_warning(result: Mapping[str, Any], lang: Language = "en", most: int = 15) -> Figure:
    """Draw the projects with the most money at stake, coloured by the owner of the cause.

    Parameters
    ----------
    result : mapping
        A forecast as the command prints it (``projects`` is used).
    lang : {"en", "zh"}
    most : int
        Bars at the most.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = [r for r in worth_saying(result["projects"]) if r["cause"] is not None][:most][::-1]
    with mpl.rc_context(settings()):
        figure, axes = new_figure(9.5, max(2.4, 0.36 * len(rows) + 1.4))
        axes.grid(visible=False, axis="y")
        weights = [r["at_stake"] if r["at_stake"] is not None else r["p_late"] for r in rows]
        colours = [OWNER_COLOURS.get(r["owner"], MUTED) for r in rows]
        axes.barh(range(len(rows)), weights, color=colours, height=0.66)
        axes.set_yticks(range(len(rows)), [f"{r['id']}  {_milestone(result, r, lang)}" for r in rows])
        for y, row in enumerate(rows):
            activity = (
                result["labels"]["activities"].get(row["activity"], {}).get(lang, row["activity"] or "")
            )
            note = f"  {row['p_late']:.0%}  {word(row['cause'], lang)}  {activity}"
            axes.annotate(note, (weights[y], y), va="center", fontsize=8, color=MUTED)
        axes.set_xlabel(word("at_stake", lang))
        axes.set_xlim(right=max([*weights, 1e-9]) * 1.45)
        owners = [o for o in OWNER_COLOURS if o in {r["owner"] for r in rows}]
        if owners:
            handles = [Patch(color=OWNER_COLOURS[o], label=word(o, lang)) for o in owners]
            axes.legend(handles=handles, loc="lower right", fontsize=8.5)
        axes.set_title(
            f"{word('early_warning', lang)}: {word('at_stake', lang)}, {word('p_late', lang)}, "
            f"{word('cause', lang)}"
        )
        marks(figure, result, lang)
    return figure


def _milestone(result: Mapping[str, Any], row: Mapping[str, Any], lang: Language) -> str:
    labels = result.get("labels", {}).get("milestones", {})
    return str(labels.get(row["milestone"], {}).get(lang, row["milestone"]))
