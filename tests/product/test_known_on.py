"""The day a ledger is known on: said before anything runs, doubted where one event is far from all others."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forecasts import api
from forecasts.cli import app
from forecasts.inputs import read_inputs
from forecasts.report.page import render
from forecasts.said import said
from sim.checking import check_inputs, checked
from sim.errors import Problem
from sim.ledger import far_dates
from sim.scenario import load_scenario


def ledger(folder: Path, far: str = "") -> Path:
    """Hello's ledger, one project of it signed on another day."""
    source = load_scenario("hello").ledger_path()
    assert source is not None
    lines = source.read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("signed")
    cells = lines[-1].split(",")
    if far:
        cells[place] = far
    path = folder / "ledger.csv"
    path.write_text("\n".join([*lines[:-1], ",".join(cells)]) + "\n", encoding="utf-8")
    return path


def command(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def test_one_event_far_beyond_all_others_is_doubted(tmp_path: Path) -> None:
    table = read_inputs("hello", adopted=True, ledger=ledger(tmp_path, "2025-09-09")).ledger
    (found,) = far_dates(table)
    assert (found.path, found.got, found.severity) == ("signed", "2025-09-09", "warning")
    assert found in table.warnings
    assert found.place == f"ledger.csv row {len(table) + 1}"
    assert not far_dates(read_inputs("hello", adopted=True, ledger=ledger(tmp_path)).ledger)


def test_check_says_the_date_and_takes_another(tmp_path: Path) -> None:
    path = ledger(tmp_path, "2025-09-09")
    code, out, _ = command("check", "hello", "--ledger", path, "--lang", "en")
    assert code == 0
    assert out.startswith("as of 2025-09-09, the latest date in the ledger")
    assert "warning: ledger.csv row" in out
    code, out, _ = command("check", "hello", "--ledger", path, "--as-of", "2024-06-30", "--lang", "en")
    assert out.startswith("as of 2024-06-30\n")
    assert "a date near those of all other projects" not in out
    code, out, _ = command("check", "hello", "--ledger", path, "--lang", "zh")
    assert out.startswith("截至 2025-09-09,台账中最晚的日期")
    assert "与其他项目相近的日期" in out
    assert "错误 0 条" in out
    code, out, _ = command("check", "hello", "--ledger", path, "--as-of", "2001-01-01", "--json")
    assert code == 1
    assert json.loads(out)["as_of"] == "2001-01-01"
    assert "a project is on record" in json.loads(out)["problems"][0]["expected"]


def test_an_event_after_the_day_of_the_run_is_an_error(tmp_path: Path) -> None:
    path = ledger(tmp_path, "2025-09-09")
    (found,) = [
        p for p in check_inputs("hello", ledger=path, today=date(2025, 9, 8)) if p.severity == "error"
    ]
    assert (found.got, found.expected) == ("2025-09-09", "a date up to 2025-09-08")
    assert checked("hello", ledger=path, today=date(2025, 9, 9)).as_of == date(2025, 9, 9)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "as of 2025-09-09, the latest"), ("zh", "截至 2025-09-09,台账")]
)
def test_a_forecast_says_it_before_it_runs(tmp_path: Path, lang: str, words: str) -> None:
    path = ledger(tmp_path, "2025-09-09")
    code, _, err = command(
        "forecast", "hello", "--ledger", path, "--replications", 2, "--out", tmp_path / "run", "--lang", lang
    )
    assert code == 0
    assert words in err
    assert "2025-09-09" in err.splitlines()[1]


def test_pages_say_warnings_in_their_language_and_what_to_do(tmp_path: Path) -> None:
    made = api.forecast("hello", ledger=ledger(tmp_path, "2025-09-09"), replications=2, out=tmp_path / "run")
    result = made.result | {"strained": 3}
    english, chinese = render(result, "en", pictures={}), render(result, "zh", pictures={})
    assert "a date near those of all other projects" in english
    assert "a date near" not in chinese
    assert "与其他项目相近的日期" in chinese
    assert "what to do: look at their dates" in english
    assert "处理办法" in chinese
    assert "what to do" not in render(result | {"strained": 0}, "en", pictures={})
    assert "<th>已完成</th>" in chinese or ">已完成<" in chinese


def test_warnings_in_chinese_name_rows_and_milestones() -> None:
    problem = Problem(
        "l.csv rows 2, 3, 4, 5, 6 and 9 more", "signed", "signed missing though later reached (14)",
        "its date", "kept as reached, date unknown", "warning",
    )  # fmt: skip
    assert said(problem, "zh", {"signed": "签约"}) == (
        "l.csv 第 2, 3, 4, 5, 6 行及另外 9 行 签约:现为 后续节点已完成而缺少签约日期(14),应为 该节点日期;"
        "按已完成、日期不明处理"
    )
    assert said(problem, "en") == str(problem)
