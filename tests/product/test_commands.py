"""The command as a person types it: answers, exit codes, messages; on the small city `hello`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from forecasts.cli import main
from sim.scenario import load_scenario

FEW = ["--replications", "6"]


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        main(list(arguments))
    except SystemExit as stop:
        code = stop.code or 0
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return int(code), out, err


def test_scenarios_lists_what_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "scenarios", "--json")
    names = [row["name"] for row in json.loads(out)["scenarios"]]
    assert code == 0
    assert {"hello", "kaifeng", "uk-renewables"} <= set(names)


def test_forecast_prints_everything_in_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = call(capsys, "forecast", "hello", *FEW, "--out", str(tmp_path / "run"), "--json")
    result = json.loads(out)
    assert code == 0
    wanted = {
        "scenario",
        "as_of",
        "until",
        "level",
        "synthetic",
        "coverage",
        "reporting_delay",
        "targets",
        "joint_p_met",
        "monthly",
        "projects",
        "waits",
        "strained",
        "assumed",
        "projected_years",
        "rates",
        "overdue",
    }
    assert wanted <= set(result)
    assert result["coverage"] == "not yet measured"
    target = next(t for t in result["targets"] if t["measure"] == "starts")
    assert {"plan", "version", "p_met", "p_met_error", "p10", "p50", "p90", "promise80", "promise90"} <= set(
        target
    )
    assert target["p10"] <= target["p50"] <= target["p90"]
    assert {
        "id",
        "milestone",
        "planned",
        "p10",
        "p50",
        "p90",
        "p_late",
        "cause",
        "owner",
        "resource",
        "at_stake",
    } <= set(result["projects"][0])


def test_the_last_line_is_the_report_and_the_run_directory_is_complete(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    code, out, _ = call(capsys, "forecast", "hello", *FEW, "--out", str(folder), "--lang", "zh")
    report = Path(out.strip().splitlines()[-1])
    assert code == 0
    assert report == folder / "report.zh.html"
    page = report.read_text(encoding="utf-8")
    assert "合成项目库 synthetic portfolio: not Hello" in page
    assert not re.search(r"(src|href)=.?https?:", page)
    names = {p.name for p in folder.iterdir()}
    assert {"manifest.json", "summary.csv", "waits.parquet", "report.en.html", "fan_starts.zh.png"} <= names
    assert not [n for n in names if n.endswith(".part")]


def test_a_forecast_without_a_target_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ahead = ["--as-of", "2025-01-31", "--until", "2025-12-31", "--out", str(tmp_path / "a")]
    code, out, _ = call(capsys, "forecast", "hello", *FEW, *ahead)
    assert code == 0
    assert "no target of the plan for 2025: chances of meeting it are not given (--plan)" in out
    page = (tmp_path / "a" / "report.zh.html").read_text(encoding="utf-8")
    assert "无2025年计划目标" in page
    _, out, _ = call(capsys, "forecast", "hello", *FEW, "--out", str(tmp_path / "b"))
    assert "no target of the plan" not in out


def test_the_same_run_is_read_and_not_computed_and_has_the_same_bytes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["forecast", "hello", *FEW, "--json", "--out"]
    _, first, _ = call(capsys, *arguments, str(tmp_path / "a"))
    stamp = (tmp_path / "a" / "waits.parquet").stat().st_mtime_ns
    _, again, _ = call(capsys, *arguments, str(tmp_path / "a"))
    assert (tmp_path / "a" / "waits.parquet").stat().st_mtime_ns == stamp
    _, elsewhere, _ = call(capsys, *arguments, str(tmp_path / "b"))
    assert first == again == elsewhere
    for name in ("waits.parquet", "summary.csv", "result.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_ledger_rows_in_another_order_give_the_same_result(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = load_scenario("hello").ledger_path()
    assert source is not None
    head, *rows = source.read_text(encoding="utf-8").splitlines()
    results = []
    for order in (rows, rows[::-1]):
        ledger = tmp_path / f"ledger{len(results)}" / "ledger.csv"
        ledger.parent.mkdir()
        ledger.write_text("\n".join([head, *order]) + "\n", encoding="utf-8")
        _, out, _ = call(
            capsys,
            "forecast",
            "hello",
            "--ledger",
            str(ledger),
            *FEW,
            "--json",
            "--out",
            str(ledger.parent / "run"),
        )
        result = json.loads(out)
        result.pop("provenance")
        results.append(result)
    assert results[0] == results[1]


def test_alarm_rings_with_exit_code_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ["forecast", "hello", *FEW, "--out", str(tmp_path / "run"), "--json", "--alarm"]
    assert call(capsys, *arguments, "p_met<=1")[0] == 1
    assert call(capsys, *arguments, "p_met<0")[0] == 0
    code, _, err = call(capsys, *arguments, "p_met")
    assert code == 2
    assert "expected a condition such as" in err


def test_compare_answers_with_verdicts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out_dir = str(tmp_path / "run")
    code, out, _ = call(
        capsys,
        "compare",
        "hello",
        "--reform",
        "faster-land",
        "--reform",
        "faster-land+more-reviewers",
        *FEW,
        "--json",
        "--out",
        out_dir,
    )
    result = json.loads(out)
    assert code == 0
    assert {r["verdict"] for r in result["results"]} <= {"better", "worse", "equal", "cannot separate"}
    assert {r["option"] for r in result["results"]} == {"faster-land", "faster-land+more-reviewers"}
    assert result["interval_covers"] == "chance+assumptions"
    assert result["drivers"]
    assert result["waits"]


def test_explain_tells_one_life(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = str(tmp_path / "run")
    call(capsys, "forecast", "hello", *FEW, "--out", folder, "--json")
    code, out, _ = call(capsys, "explain", folder, "H-10", "--lang", "en")
    assert code == 0
    assert "started" in out
    code, _, err = call(capsys, "explain", folder, "nobody")
    assert code == 2
    assert "project: got nobody, expected an id of the ledger" in err


def test_reform_in_forecast_gives_a_second_path(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, out, _ = call(
        capsys, "forecast", "hello", *FEW, "--reform", "faster-land", "--json", "--out", str(tmp_path / "run")
    )
    rows = json.loads(out)["reform"]["results"]
    assert {"baseline_value", "value", "difference", "low", "high", "verdict"} <= set(rows[0])


def test_run_stores_milestones_and_trace_when_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    code, _, _ = call(capsys, "run", "hello", *FEW, "--milestones", "--trace", "--out", str(folder), "--json")
    assert code == 0
    assert (folder / "milestones.parquet").is_file()
    assert (folder / "trace.parquet").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("check", "nowhere.yaml"), 2, "nowhere.yaml"),
        (("forecast", "hello", "--ledger", "nowhere.csv"), 2, "nowhere.csv"),
        (
            ("forecast", "hello", "--as-of", "30.9.2021"),
            2,
            "--as-of: got 30.9.2021, expected a date such as 2021-09-30",
        ),
        (
            ("forecast", "hello", "--until", "1999-01-01"),
            2,
            "--until: got 1999-01-01, expected a date on or after",
        ),
        (("forecast", "hello", "--reform", "faster-lamd"), 2, "faster-land"),
        (("compare", "hello", "--reform", "x"), 2, "expected a known reform"),
        (("compare", "hello", "--reform", "faster-land", "--baseline", "b"), 2, "expected none or adopted"),
        (("run", "no", "--engine", "warp"), 2, "--engine: got 'warp', expected auto, compiled or reference"),
        (("batch", "x", "--engine", "warp"), 2, "no such folder"),
        (("forecast", "hello", "--out", ""), 2, "--out: got '.', expected the name of a directory"),
        (("forecast", "hello", "--lang", "fr"), 2, "--lang: got fr, expected en or zh"),
        (("report", "nowhere"), 2, "no finished run here"),
        (("explain", "nowhere", "P1"), 2, "no finished run or forecast here"),
    ],
)
def test_bad_input_is_a_message_and_exit_2(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    got, out, err = call(capsys, *arguments)
    assert got == code
    assert message in out + err


def test_an_unwritable_place_is_a_clear_error_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    code, _, err = call(capsys, "forecast", "hello", *FEW, "--out", str(blocked / "run"))
    assert code == 2
    assert str(blocked) in err
    assert blocked.read_text() == "in the way"


def test_a_plan_may_name_a_measure_by_its_milestone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text("指标,目标,单位,年度\n完工,4,个,2024\n", encoding="utf-8")
    code, out, _ = call(
        capsys, "forecast", "hello", "--plan", str(plan), *FEW, "--json", "--out", str(tmp_path / "r")
    )
    assert code == 0
    target = next(t for t in json.loads(out)["targets"] if t["plan"] is not None)
    assert (target["measure"], target["plan"]) == ("completions", 4.0)
