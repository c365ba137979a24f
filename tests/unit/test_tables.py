"""Tables and figures as a person reads them: words whole, one wording, one unit, names in the language."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len

from forecasts import plots
from forecasts.cells import cell, group_name
from forecasts.cli.tables import fitted, print_table
from forecasts.report.statements import provenance_lines
from forecasts.words import LANGUAGES, word

ROWS = [
    {
        "option": "land-limits+pre-review", "measure": "start_rate_of_signed", "group": "all", "n": 110,
        "baseline_value": 0.87, "value": 0.89, "difference": 0.019, "low": 0.0188, "high": 0.0192,
        "verdict": "better", "margin": 0.01, "replications_needed": 25_000_000,
    }
]  # fmt: skip
RESULT = {
    "kind": "compare", "scenario": "x", "title": {"en": "X", "zh": "某市"}, "replications": 3000, "seed": 1,
    "results": ROWS, "labels": {"options": {}},
    "waits": [{"option": o, "owner": w, "days": 9.0} for o in "AB" for w in plots.style.OWNER_COLOURS],
}  # fmt: skip
COLUMNS = ("option", "difference", "verdict", "n", "margin", "replications_needed")


@pytest.mark.parametrize("width", [200, 80, 40])
def test_no_word_is_broken_and_what_has_no_room_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setattr("rich.console.Console.is_terminal", property(lambda _: True))
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    print_table("", ROWS, COLUMNS, "en")
    lines = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out).splitlines()
    said = [line for line in lines if line.startswith("no room here for: ")]
    shown = " ".join(line for line in lines if line not in said)
    assert all(cell_len(line) <= width for line in lines if line not in said)
    assert {"land-limits", "pre-review"} <= set(shown.split())
    for column in COLUMNS:
        whole = all(part in re.split(r"[^\w+-]+", shown) for part in word(column, "en").split())
        assert whole or word(column, "en") in said[0]
    assert bool(said) == (width == 40)


def test_chinese_without_spaces_may_be_broken() -> None:
    assert fitted([["所需重复次数所需重复次数", "1"], ["n", "2"]], 20) == [12, 1]


def test_needed_replications_that_nobody_can_run_are_a_bound() -> None:
    assert cell("replications_needed", 25_000_000, "en") == "more than 1,000,000"
    assert cell("replications_needed", 25_000_000, "zh") == "超过 1,000,000"
    assert cell("replications_needed", 1400, "en") == "1,400"


def test_groups_and_provenance_speak_chinese() -> None:
    assert group_name("kind=industry", "zh") == "类别:工业"
    assert group_name("all", "zh") == "全部"
    lines = provenance_lines(RESULT | {"provenance": {"scenario sha": "ab", "model 0 sha": "cd"}}, "zh")
    assert lines == ["随机种子 1, 重复 3,000 次", "情景 校验值: ab", "模型 0 校验值: cd"]
    assert word("change", "zh") != "change"


def test_a_rate_is_drawn_in_the_unit_of_its_text_and_its_interval_is_seen() -> None:
    axes = plots.differences(RESULT, "start_rate_of_signed").axes[0]
    ends = next(line for line in axes.lines if line.get_marker() == "|")
    dot = next(line for line in axes.lines if line.get_marker() == "o")
    assert list(ends.get_xdata()) == pytest.approx([1.88, 1.92])
    assert list(dot.get_xdata()) == pytest.approx([1.9])
    assert axes.texts[0].get_text() == "+1.9  better"
    assert "percentage points" in axes.get_xlabel()
    assert ends.get_markersize() > dot.get_markersize() + 4


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_legend_of_waits_lies_on_nothing(lang: str) -> None:
    figure = plots.waits(RESULT, lang)  # type: ignore[arg-type]
    figure.savefig(io.BytesIO(), format="png")
    legend = figure.legends[0].get_window_extent()
    axes = figure.axes[0]
    for other in (axes.xaxis.label, axes.title, *axes.get_xticklabels(), *figure.texts):
        assert not legend.overlaps(other.get_window_extent()), other
