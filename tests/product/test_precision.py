"""``--precision`` from end to end: what it says, and that nothing but the asked precision decides on n."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from forecasts import api, running
from forecasts.cli import main
from sim.experiment import precision
from sim.store import read_manifest

#: The module; its function of the same name hides it in the package.
replicate = import_module("sim.experiment.replicate")

#: Here looks are at 20, 40, 80 ... replications, to be quick; `LOOSE` is loose enough for the second.
LOOKS = {"FIRST_LOOK": 20, "LOOK_AHEAD": (8, 6, 4, 2)}
LOOSE = 0.2


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        main(list(arguments))
    except SystemExit as stop:
        code = stop.code or 0
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return int(code), out, err


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in LOOKS.items():
            patch.setattr(precision, name, value)
        patch.setattr(running, "FIRST_LOOK", LOOKS["FIRST_LOOK"])
        patch.setattr(replicate, "SIZES", (10, 5, 2))  # of which 20 is a multiple
        yield


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory, _quick: None) -> api.Made:
    return api.run("hello", precision=LOOSE, out=tmp_path_factory.mktemp("loose") / "run")


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.name != "manifest.json"}


def test_the_answer_names_n_and_the_measure_that_was_last(loose: api.Made) -> None:
    said = loose.result["precision"]
    assert (said["asked"], said["reached"], said["replications"]) == (LOOSE, True, 40)
    assert (said["last_measure"], said["group"]) == ("land_supplied_to_permitted", "all")
    assert loose.result["replications"] == 40
    row = next(r for r in loose.result["summary"] if r["phase"] == said["last_measure"])
    assert (row["high"] - row["low"]) / 2 / row["mean"] == pytest.approx(said["half_width"], abs=1e-5)
    assert all((r["high"] - r["low"]) / 2 <= LOOSE * r["mean"] for r in loose.result["summary"])
    assert said["statement"]["en"] in loose.notes("en")


def test_the_manifest_carries_the_real_number_and_the_same_run_is_read(loose: api.Made) -> None:
    manifest = read_manifest(loose.folder)
    assert manifest is not None
    assert manifest.replications == 40
    assert manifest.options["precision"] == LOOSE
    stamp = (loose.folder / "waits.parquet").stat().st_mtime_ns
    shown: list[str] = []
    again = api.run("hello", precision=LOOSE, out=loose.folder, progress=lambda what, *_: shown.append(what))
    assert again.result == loose.result
    assert (loose.folder / "waits.parquet").stat().st_mtime_ns == stamp
    assert shown == []
    assert "replication 39 of 40" in api.explain(loose.folder, "H-10", 39, lang="en")["lines"][0]


def test_it_is_the_run_of_that_many_replications(loose: api.Made, tmp_path: Path) -> None:
    plain = api.run("hello", replications=40, out=tmp_path / "plain")
    assert {k: v for k, v in loose.result.items() if k != "precision"} == plain.result
    for name in ("waits.parquet", "summary.csv"):
        assert (loose.folder / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()


def test_an_interrupt_changes_nothing_and_nothing_is_run_twice(
    loose: api.Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: str, done: int, total: int, read: int) -> None:
        if total == 40 and done >= 30:
            raise KeyboardInterrupt

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        api.run("hello", precision=LOOSE, out=folder, progress=stop)
    assert not (folder / "manifest.json").exists()
    ran: list[int] = []
    monkeypatch.setattr(running, "replicate", partial(_watched, running.replicate, ran))
    api.run("hello", precision=LOOSE, out=folder)
    assert files(folder) == files(loose.folder)
    # The first 20 and 10 more are on disk; 10 are run unless a second thread had them done, and no pass more.
    assert ran in ([0, 1, 0], [0, 0, 0])


@pytest.mark.slow
def test_the_number_of_workers_changes_nothing(
    loose: api.Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = running.Runner.where
    monkeypatch.setattr(running.Runner, "where", property(lambda run: where.fget(run) | {"workers": 3}))
    made = api.run("hello", precision=LOOSE, out=tmp_path / "run")
    assert made.result == loose.result
    assert files(made.folder) == files(loose.folder)


def _watched(replicate: Any, ran: list[int], *arguments: Any, **options: Any) -> Any:
    """Replicate, and note how many parts that has written."""
    folder: Path = options["resume"]
    before = set(folder.glob("*.npz")) if folder.is_dir() else set()
    outcome = replicate(*arguments, **options)
    ran.append(len(set(folder.glob("*.npz")) - before))
    return outcome


def test_the_budget_ends_and_the_command_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    arguments = ["compare", "hello", "--reform", "faster-land", "--precision", "0.001", "--budget", "30"]
    code, out, err = call(capsys, *arguments, "--out", str(folder), "--lang", "en")
    said = json.loads((folder / "result.json").read_text(encoding="utf-8"))["precision"]
    assert code == 0
    assert (said["reached"], said["replications"], said["budget"]) == (False, 20, 30)
    assert said["needed"] > 20
    assert said["option"] == "faster-land"
    assert said["statement"]["en"] in out
    assert "precision not reached with 20 replications" in out
    assert said["statement"]["en"] in err
    assert said["statement"]["en"] in (folder / "report.en.html").read_text(encoding="utf-8")
    assert said["statement"]["zh"] in (folder / "report.zh.html").read_text(encoding="utf-8")
    results = pd.DataFrame(json.loads((folder / "result.json").read_text(encoding="utf-8"))["results"])
    rows = results[(results["group"] == "all") & results["measure"].str.endswith("_days")]
    shares = (rows["high"] - rows["low"]) / 2 / rows["baseline_value"]
    assert said["half_width"] >= shares.max() - 1e-6


def test_a_trace_comes_with_all_replications(tmp_path: Path) -> None:
    made = api.run("hello", precision=0.5, trace=True, out=tmp_path / "run")
    trace = pd.read_parquet(made.folder / "trace.parquet")
    assert trace["replication"].nunique() == made.result["precision"]["replications"] == 20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--precision", "0"), "--precision: got 0, expected a number between 0 and 1; write 0.02"),
        (("--precision", "-0.1"), "--precision: got -0.1, expected a number between 0 and 1"),
        (("--precision", "1.5"), "--precision: got 1.5, expected a number between 0 and 1"),
        (("--precision", "narrow"), "--precision: got narrow, expected a number between 0 and 1"),
        (
            ("--precision", "0.1", "--replications", "50"),
            "got 0.1 beside --replications 50, expected one of the",
        ),
        (("--precision", "0.1", "--budget", "9"), "--budget: got 9, expected at least 20 replications"),
        (("--budget", "500"), "--budget: got 500, expected --precision beside it"),
    ],
)
@pytest.mark.parametrize("command", [("run", "hello"), ("compare", "hello", "--reform", "faster-land")])
def test_wrong_values_are_a_message_and_exit_2(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: tuple[str, ...],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = call(capsys, *command, *arguments)
    assert code == 2
    assert message in err
    assert "problem(s); nothing was written" in err
    assert not (tmp_path / "runs").exists()


def test_a_forecast_takes_none() -> None:
    with pytest.raises(api.InputError, match="expected none for a forecast"):
        api.forecast("hello", precision=0.02)  # type: ignore[call-arg]


def test_the_default_number_is_settled_by_the_engine_and_stands_in_the_manifest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert [running.default_replications(name) for name in ("auto", "compiled", "reference")] == [
        1000,
        1000,
        200,
    ]
    monkeypatch.setattr(running, "ON_REFERENCE", 7)
    for command in (api.forecast, api.run, partial(api.compare, reforms="faster-land")):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        made = command("hello", engine="reference", out=folder)
        manifest = read_manifest(folder)
        assert manifest is not None
        assert made.result["replications"] == manifest.replications == 7
        again = command("hello", engine="reference", out=folder, progress=pytest.fail)
        assert again.result == made.result
