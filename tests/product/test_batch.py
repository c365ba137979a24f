"""`kaigong batch`: many scenarios, one summary, broken ones apart."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from forecasts.cli import main
from sim.scenario import load_scenario


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = load_scenario("hello").path.parent
    for name in ("east", "west"):
        shutil.copytree(source, tmp_path / "city" / name)
    (tmp_path / "city" / "broken.yaml").write_text(
        "schema: 1\nname: broken\nmilestone: []\n", encoding="utf-8"
    )
    return tmp_path


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        main(list(arguments))
    except SystemExit as stop:
        code = stop.code or 0
    out, err = capsys.readouterr()
    return int(code), out, err


def test_one_broken_scenario_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    arguments = [
        "batch",
        str(folder / "city"),
        "--out",
        str(folder / "runs"),
        "--replications",
        "4",
        "--json",
    ]
    code, out, err = call(capsys, *arguments)
    made = json.loads(out)
    assert code == 2
    assert {row["scenario"] for row in made["rows"]} == {"east", "west"}
    assert "broken.yaml was left out" in err
    assert "milestones" in err
    assert all(row["change"] is None for row in made["rows"])
    assert (folder / "runs" / "east" / "report.en.html").is_file()
    again = json.loads(call(capsys, *arguments)[1])
    assert {row["change"] for row in again["rows"] if row["p_met"] is not None} == {0.0}


def test_chances_are_worded_as_in_a_forecast(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "city.yaml").write_text("extends: hello\n", encoding="utf-8")
    few = ["--replications", "6", "--lang", "en", "--out"]
    _, alone, _ = call(capsys, "forecast", "hello", *few, str(tmp_path / "alone"))
    _, many, _ = call(capsys, "batch", str(tmp_path), *few, str(tmp_path / "runs"))
    assert "> 0.5" in alone
    assert "> 0.5" in many
    assert " 1.00 " not in many


def test_a_folder_without_scenarios_is_bad_input(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = call(capsys, "batch", str(tmp_path))
    assert code == 2
    assert "got no scenario in it, expected a folder with *.yaml" in err


def test_a_file_instead_of_a_folder_and_an_engine_there_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "city.yaml"
    file.write_text("extends: hello\n", encoding="utf-8")
    code, _, err = call(capsys, "batch", str(file))
    assert code == 2
    assert f"{file}: got a file, expected a folder" in err
    assert "`kaigong forecast`" in err
    code, _, err = call(capsys, "batch", str(tmp_path), "--engine", "warp", "--out", str(tmp_path / "runs"))
    assert (code, err.count("warp")) == (2, 1)
    assert not (tmp_path / "runs").exists()
