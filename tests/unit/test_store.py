"""Run directories: the same run again is read, a half written one is not taken for a run."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasts.report import write_report
from sim.columns import Coded, Columns, frame
from sim.errors import Halfway, InputError, KaigongError
from sim.provenance import Manifest
from sim.store import open_run, read_manifest, read_result, read_table

MANIFEST = Manifest("run", "scenarios/kaifeng.yaml", seed=1, replications=20, model={"": "abc"})
RESULT = {"scenario": "kaifeng", "results": [{"value": 0.5}], "名称": "开封"}


def finished(tmp_path: Path) -> Path:
    run = open_run(tmp_path, MANIFEST)
    run.write_table("waits", pd.DataFrame({"minutes": [1, 2], "cause": pd.Categorical(["office", "work"])}))
    return run.finish(RESULT, [{"measure": "starts", "value": 3}])


def test_the_same_run_is_found_again(tmp_path: Path) -> None:
    path = finished(tmp_path)
    assert path.name == f"run-kaifeng-{MANIFEST.identity[:12]}"
    again = open_run(tmp_path, replace(MANIFEST, started="2021-10-01T08:00"))
    assert again.finished
    assert read_result(again.path) == RESULT
    assert read_table(path, "waits")["cause"].tolist() == ["office", "work"]
    assert (path / "summary.csv").read_text() == "measure,value\nstarts,3\n"


def test_another_run_is_not_taken_for_it(tmp_path: Path) -> None:
    finished(tmp_path)
    assert not open_run(tmp_path, replace(MANIFEST, seed=2)).finished


def test_a_named_directory_is_emptied_of_the_older_manifest(tmp_path: Path) -> None:
    first = open_run(tmp_path, MANIFEST, name="tonight")
    first.finish(RESULT, [])
    second = open_run(tmp_path, replace(MANIFEST, seed=2), name="tonight")
    assert not second.finished
    assert read_manifest(second.path) is None


def test_a_run_without_manifest_is_not_finished(tmp_path: Path) -> None:
    run = open_run(tmp_path, MANIFEST)
    run.write_table("waits", pd.DataFrame({"minutes": [1]}))
    assert not open_run(tmp_path, MANIFEST).finished
    with pytest.raises(KaigongError, match=r"no finished run here \(no manifest.json\)"):
        read_result(run.path)


def test_parts_go_when_the_run_is_finished(tmp_path: Path) -> None:
    run = open_run(tmp_path, MANIFEST)
    (run.parts / "x.npz").write_bytes(b"1")
    run.finish(RESULT, [])
    assert not run.parts.exists()


def test_a_missing_table_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(KaigongError, match="no table trace, there are: waits"):
        read_table(finished(tmp_path), "trace")


def test_a_broken_result_says_so(tmp_path: Path) -> None:
    path = finished(tmp_path)
    (path / "result.json").write_text("{", encoding="utf-8")
    with pytest.raises(KaigongError, match=r"result\.json: cannot be read"):
        read_result(path)


def test_a_foreign_manifest_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps([1]), encoding="utf-8")
    assert read_manifest(tmp_path) is None


def test_a_place_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(KaigongError, match=r"out is a file\); choose another place or move the file away"):
        open_run(tmp_path / "out", MANIFEST)
    with pytest.raises(KaigongError, match="move the file away"):
        open_run(tmp_path, MANIFEST, name="out")


@pytest.mark.parametrize("entry", ["letter.txt", "parts/bolt.step", "manifest.json"])
def test_a_directory_of_others_is_left_alone(tmp_path: Path, entry: str) -> None:
    place = tmp_path / "mine" / entry
    place.parent.mkdir(parents=True)
    place.write_text("{}", encoding="utf-8")
    with pytest.raises(KaigongError, match=r"mine: got a directory with other files.*choose another place"):
        open_run(tmp_path, MANIFEST, name="mine")
    assert [p.relative_to(tmp_path / "mine").as_posix() for p in (tmp_path / "mine").rglob("*.*")] == [entry]


def test_an_empty_directory_and_a_run_that_did_not_end_are_taken(tmp_path: Path) -> None:
    (tmp_path / "tonight").mkdir()
    run = open_run(tmp_path, MANIFEST, name="tonight")
    run.write_table("waits", pd.DataFrame({"minutes": [1]}))
    assert run.lock is not None
    run.lock.release()
    (tmp_path / "tonight" / "notes.txt").write_text("mine", encoding="utf-8")
    assert not open_run(tmp_path, replace(MANIFEST, seed=2), name="tonight").finished


def test_an_interrupt_says_whether_something_is_kept(tmp_path: Path) -> None:
    run = open_run(tmp_path, MANIFEST)
    with pytest.raises(KeyboardInterrupt) as nothing, run.guarded():
        raise KeyboardInterrupt
    assert not isinstance(nothing.value, Halfway)
    (run.parts / "x.npz").write_bytes(b"1")
    with pytest.raises(Halfway), run.guarded():
        raise KeyboardInterrupt


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_write_permission_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o555)
    with pytest.raises(KaigongError, match="cannot be created"):
        open_run(tmp_path / "out", MANIFEST)


def test_a_table_written_in_pieces_is_the_same_however_it_is_cut(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("sim.store.GROUP_ROWS", 7)
    codes, minutes = np.array([0, 1, 2, 1] * 5), np.arange(20)

    def rows(a: int, b: int) -> Columns:
        return {"minutes": minutes[a:b], "cause": Coded(codes[a:b], ("office", "work", "land"))}

    written = []
    for name, cuts in (("one", [0, 20]), ("some", [0, 1, 2, 3, 19, 20]), ("none", [0, 0, 10, 10, 20])):
        run = open_run(tmp_path, MANIFEST, name=name)
        run.write_tables("waits", itertools.starmap(rows, itertools.pairwise(cuts)))
        pd.testing.assert_frame_equal(read_table(run.path, "waits"), frame(rows(0, 20)))
        written.append((run.path / "waits.parquet").read_bytes())
    assert written[0] == written[1] == written[2]


def test_nothing_of_an_older_run_stands_beside_another(tmp_path: Path) -> None:
    first = open_run(tmp_path, Manifest("run", "hello", seed=2, replications=2), name="r")
    first.finish({"kind": "run"}, [])
    for name in ("report.en.html", "waits.zh.png", "waits.parquet", "notes.txt", "map.png"):
        (first.path / name).write_text("old", encoding="utf-8")
    again = open_run(tmp_path, Manifest("run", "hello", seed=1, replications=2), name="r")
    assert {p.name for p in again.path.iterdir()} - {".lock", "parts"} == {"notes.txt", "map.png"}


FILES = {"paths": {"scenario": "hello.yaml", "ledger": "tonight.csv"}}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"command": "compare"}, "another command"),
        ({"scenario": "hello"}, "another scenario"),
        ({"options": {"paths": FILES["paths"] | {"ledger": "other.csv"}}}, "another ledger file"),
        ({"options": {"paths": FILES["paths"] | {"plan": "plan.csv"}}}, "another plan file"),
    ],
)
def test_another_run_is_not_overwritten(tmp_path: Path, change: dict[str, object], what: str) -> None:
    wanted = replace(MANIFEST, options=FILES)
    first = open_run(tmp_path, wanted, name="tonight")
    first.finish(RESULT, [])
    with pytest.raises(InputError, match=rf"tonight: got a run of {what} .*--out, or delete this one"):
        open_run(tmp_path, replace(wanted, **change), name="tonight")
    assert read_result(first.path) == RESULT
    assert not (first.path / ".lock").exists()
    # The same question again: other contents of the same files, another seed.
    again = replace(wanted, inputs={"ledger": "new"}, seed=3, options={**FILES, "as_of": "2024-07-01"})
    assert not open_run(tmp_path, again, name="tonight").finished


def test_a_run_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(KaigongError, match="got a run of hello, expected a forecast or a comparison"):
        write_report({"kind": "run", "scenario": "hello"}, tmp_path, "en")
    assert list(tmp_path.iterdir()) == []


def test_what_a_row_has_nothing_of_is_empty_in_the_summary(tmp_path: Path) -> None:
    run = open_run(tmp_path, MANIFEST)
    run.finish({}, [{"a": 1, "b": float("nan")}, {"b": 0.5, "c": "x,y"}])
    assert (run.path / "summary.csv").read_text() == 'a,b,c\n1,,\n,0.5,"x,y"\n'
