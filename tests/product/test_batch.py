"""`kaigong batch`: many scenarios, one summary, broken ones apart."""

from __future__ import annotations

import csv
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


def hello_of(folder: Path, day: str) -> Path:
    """The hello city as of a day."""
    source = load_scenario("hello").path.parent
    if not folder.exists():
        shutil.copytree(source, folder)
    text = (source / "scenario.yaml").read_text(encoding="utf-8")
    (folder / "scenario.yaml").write_text(
        text.replace("as_of: 2024-06-30", f"as_of: {day}"), encoding="utf-8"
    )
    return folder


def test_earlier_forecasts_are_scored_once_their_months_have_passed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    city, runs = hello_of(tmp_path / "city" / "east", "2024-06-30"), tmp_path / "runs"
    shutil.copytree(city, tmp_path / "city" / "west")
    often = ["batch", str(tmp_path / "city"), "--replications", "20", "--out", str(runs)]
    first = json.loads(call(capsys, *often, "--json")[1])
    assert {row["scored"] for row in first["rows"]} == {None}
    # A month later: the east has a new ledger with a start of July, the west none.
    ledger = (city / "ledger.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(ledger.splitlines()))
    header = rows[0]
    started, permitted = header.index("started"), header.index("permitted")
    late = next(r for r in rows[1:] if r[permitted] and not r[started])
    late[started] = "2024-07-10"
    with (city / "ledger.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    hello_of(city, "2024-07-31")
    second = json.loads(call(capsys, *often, "--json")[1])
    by = {(row["scenario"], row["measure"]): row for row in second["rows"] if row["group"] == "all"}
    kept = [json.loads(p.read_text(encoding="utf-8")) for p in (runs / "archive").rglob("2024-06-30.*.json")]
    said = [
        row
        for one in kept
        if "east" in one["given"]
        for row in one["monthly"]
        if (row["measure"], row["group"], row["month_end"]) == ("starts", "all", "2024-07-31")
    ]
    assert len(said) == 1
    came = sum(bool(r[started]) and "2024-01-01" <= r[started] <= "2024-07-31" for r in rows[1:])
    starts = by["east", "starts"]
    assert starts["scored"] == 1
    assert starts["mean_error"] == pytest.approx(abs(said[0]["p50"] - came))
    assert starts["cover80"] == float(said[0]["p10"] <= came <= said[0]["p90"])
    assert by["east", "investment"]["scored"] is None
    assert by["west", "starts"]["scored"] is None
    with (runs / "batch.csv").open(encoding="utf-8", newline="") as file:
        table = {(r["scenario"], r["measure"]): r for r in csv.DictReader(file) if r["group"] == "all"}
    assert table["east", "starts"]["scored"] in ("1", "1.0")
    assert table["west", "starts"]["cover80"] == ""
    assert "80%区间覆盖率" in call(capsys, *often, "--lang", "zh")[1]


def test_a_spoilt_archive_costs_no_forecast(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    hello_of(tmp_path / "city" / "east", "2024-06-30")
    spoilt = tmp_path / "runs" / "archive" / "hello" / "2024-05-31.0.json"
    spoilt.parent.mkdir(parents=True)
    spoilt.write_text("{", encoding="utf-8")
    few = ["--replications", "4", "--json", "--out", str(tmp_path / "runs")]
    code, out, err = call(capsys, "batch", str(tmp_path / "city"), *few)
    assert code == 2
    assert json.loads(out)["rows"]
    assert "2024-05-31.0.json" in err
