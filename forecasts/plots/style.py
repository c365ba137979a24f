"""What every figure shares: the font, the colours, the frame and the marks it must carry."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecasts.words import Language, replications_of, synthetic_mark, word

INK, MUTED, GRID = "#22303c", "#6b7a88", "#dfe5ea"
BLUE, BAND, ORANGE, GREEN, RED = "#1f5f8b", "#9cc3dd", "#d9822b", "#3a8f5c", "#b8433f"
OWNER_COLOURS: Mapping[str, str] = {
    "government": BLUE,
    "factor": ORANGE,
    "applicant": GREEN,
    "third_party": "#8d6cab",
    "nature": "#5aa9a3",
    "unknown": "#c9d1d8",
}
SYSTEM_FONTS = ("Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", "Droid Sans Fallback")


def chinese_font() -> str | None:
    """Return the family name of a font with Chinese characters, or None where there is none.

    The font file of the ``zhplot`` package is found without importing that package, which would
    change matplotlib's settings; a system font is the second choice.

    Examples
    --------
    >>> isinstance(chinese_font(), (str, type(None)))
    True
    """
    spec = find_spec("zhplot")
    if spec and spec.origin:
        for path in sorted(Path(spec.origin).parent.rglob("NotoSansSC*.ttf")):
            font_manager.fontManager.addfont(str(path))
            return font_manager.FontProperties(fname=str(path)).get_name()
    known = {f.name for f in font_manager.fontManager.ttflist}
    return next((name for name in SYSTEM_FONTS if name in known), None)


def settings() -> Any:
    """Return the settings under which every figure is made, for ``matplotlib.rc_context``."""
    family = [name for name in ("DejaVu Sans", chinese_font()) if name]
    return {
        "font.family": family,
        "font.size": 10,
        "axes.unicode_minus": False,
        "axes.edgecolor": GRID,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 13,
        "axes.titlecolor": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "text.color": INK,
        "axes.grid": True,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "axes.axisbelow": True,
        "legend.frameon": False,
    }


def new_figure(width: float = 8.0, height: float = 4.5) -> tuple[Figure, Axes]:
    """Return an empty figure (inches) and its axes, without touching any global state."""
    with mpl.rc_context(settings()):
        figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
        axes = figure.add_subplot()
    return figure, axes


def marks(figure: Figure, result: Mapping[str, Any], lang: Language) -> None:
    """Write below a figure what it rests on: synthetic portfolio, assumptions, seed, replications."""
    notes = [f"{replications_of(result['replications'], lang)}, {word('seed', lang)} {result['seed']}"]
    if result.get("assumed"):
        notes.append(f"{word('assumed', lang)}: {len(result['assumed'])}")
    if result.get("coverage") == "not yet measured":
        notes.append(f"{word('coverage', lang)}: {word('not yet measured', lang)}")
    if result.get("synthetic"):
        notes.insert(0, synthetic_mark(result.get("title", {}).get("en", result["scenario"])))
    with mpl.rc_context(settings()):
        # Four notes are wider than a figure: two a line.
        lines = ["   ·   ".join(notes[i : i + 2]) for i in range(0, len(notes), 2)]
        figure.supxlabel("\n".join(lines), fontsize=7.5, color=MUTED, x=0.01, ha="left")
