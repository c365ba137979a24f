"""Killed, full, held by another: an experiment ends with the same bytes, or says why not."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sim.atomic import hold
from sim.errors import KaigongError
from sim.experiment import Progress, processes, replicate, scratch
from sim.model.arrays import Model
from sim.provenance import Manifest
from sim.store import open_run
from tests.unit.test_experiment import ALL, model, same

__all__ = ["model"]

ROOT = Path(__file__).parents[2]

RUN = ("run", "hello", "--seed", "3", "--json")


def kaigong(place: Path, *arguments: str, name: str = "out") -> subprocess.Popen[str]:
    # Whoever runs these tests in the background may have had Ctrl-C ignored, which children inherit.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heard}; from forecasts.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments, "--out", str(place / name)], cwd=place, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def until(there: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.01)


def parts(place: Path, name: str = "out") -> int:
    return len(list((place / name / "parts").glob("[!.]*.npz")))


def content(directory: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in directory.iterdir() if p.is_file()}


@pytest.mark.parametrize(
    ("engine", "blow", "code", "replications"),
    [("reference", signal.SIGKILL, -signal.SIGKILL, 500), ("compiled", signal.SIGINT, 3, 5000)],
)
def test_a_run_goes_on_where_it_was_stopped(
    tmp_path: Path, engine: str, blow: int, code: int, replications: int
) -> None:
    """So many replications that a signal finds the run in the middle of them."""
    command = (*RUN, "--engine", engine, "--replications", str(replications))
    first, whole = kaigong(tmp_path, *command), kaigong(tmp_path, *command, name="whole")
    until(lambda: parts(tmp_path) >= 3 or first.poll() is not None)
    first.send_signal(blow)
    told = first.communicate(timeout=60)[1]
    assert first.returncode == code, told
    assert 3 <= parts(tmp_path) < replications // 50
    again = kaigong(tmp_path, *command)
    assert again.communicate()[0] == whole.communicate()[0]
    assert (again.returncode, whole.returncode) == (0, 0)
    assert content(tmp_path / "out") == content(tmp_path / "whole")
    assert not any(name.startswith(".") for name in content(tmp_path / "out"))


def test_a_run_with_its_trace_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    command = (*RUN, "--trace", "--replications", "2000")
    first = kaigong(tmp_path, *command)
    until(lambda: parts(tmp_path) >= 3 or first.poll() is not None)
    first.kill()
    first.communicate(timeout=60)
    assert 3 <= parts(tmp_path) < 40
    assert not list((tmp_path / "out").glob("*.parquet"))
    begun = {p: p.stat().st_mtime_ns for p in (tmp_path / "out" / "parts").glob("[!.]*.npz")}
    again, whole = kaigong(tmp_path, *command), kaigong(tmp_path, *command, name="whole")
    until(lambda: len(list((tmp_path / "out" / "parts").glob("[!.]*.npz"))) > len(begun))
    assert {p: p.stat().st_mtime_ns for p in begun} == begun  # read, not run again
    assert again.communicate()[0] == whole.communicate()[0]
    assert (again.returncode, whole.returncode) == (0, 0)
    assert "trace.parquet" in content(tmp_path / "out")
    assert content(tmp_path / "out") == content(tmp_path / "whole")


def test_a_second_process_is_told_who_holds_the_directory(tmp_path: Path) -> None:
    first = kaigong(tmp_path, *RUN, "--replications", "9999")
    until(lambda: parts(tmp_path) >= 1)
    second = kaigong(tmp_path, *RUN, "--replications", "300")
    told = second.communicate()[1]
    assert second.returncode == 2
    assert f"process {first.pid} is making a run here" in told
    assert "choose another place with --out" in " ".join(told.split())
    first.kill()
    first.communicate()
    assert (tmp_path / "out" / ".lock").exists()  # of a process that is no more: it holds nobody up
    hold(tmp_path / "out" / ".lock").release()


def test_a_finished_run_is_read_while_the_lock_is_held(tmp_path: Path) -> None:
    manifest = Manifest("run", "hello", seed=1, replications=2)
    run = open_run(tmp_path, manifest)
    assert run.lock is not None
    run.finish({"a": 1}, [])
    code = (
        "import sys; from pathlib import Path; from sim.atomic import hold;"
        " lock = hold(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    held = subprocess.Popen(
        [sys.executable, "-c", code, str(run.path / ".lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert held.stdout is not None
    assert held.stdout.readline() == b"held\n"
    assert open_run(tmp_path, manifest).finished
    with pytest.raises(KaigongError, match=f"process {held.pid} is making a run here, expected nobody"):
        open_run(tmp_path, Manifest("run", "hello", seed=2, replications=2), name=run.path.name)
    held.communicate(b"")


def test_an_interrupted_run_lets_go_of_its_directory(tmp_path: Path) -> None:
    run = open_run(tmp_path, Manifest("run", "hello", seed=1, replications=2))
    with pytest.raises(KeyboardInterrupt), run.guarded():
        raise KeyboardInterrupt
    assert not (run.path / ".lock").exists()


def children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "sim.experiment.processes" in " ".join(p.cmdline())]


def test_a_worker_killed_costs_only_time(model: Model) -> None:
    killed: list[int] = []

    def kill(_: Progress) -> None:
        if not killed:
            killed.append(children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    whole = replicate(model, 1, range(60), collect=ALL)
    same(replicate(model, 1, range(60), collect=ALL, workers=2, chunk=2, progress=kill), whole)
    assert killed
    assert not children()


def test_workers_that_always_die_are_given_up(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_START", "import os; os._exit(9)  # {path!r}")
    with pytest.raises(KaigongError, match=r"replications 0 to 2: 3 worker processes died .* with 9\)"):
        replicate(model, 1, range(6), workers=2, chunk=3)


def test_an_error_in_a_worker_is_raised_here(model: Model) -> None:
    with pytest.raises(OverflowError):
        replicate(model, 1, [0, 1, 2**70, 3], workers=2, chunk=1)


def test_threads_stop_between_replications(model: Model, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        replicate(model, 1, range(200), engine="compiled", workers=2, progress=stop, resume=tmp_path)
    assert threading.active_count() == before
    assert 1 <= len(list(tmp_path.iterdir())) < 20


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """Yield a disk of 64 kB, where one can be mounted."""
    place = tmp_path / "tiny"
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
    ).returncode:
        pytest.skip("nobody may mount a disk here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_said_and_nothing_is_half_written(model: Model, tiny: Path) -> None:
    with pytest.raises(KaigongError, match=r"No space left on device.*make room"):
        replicate(model, 1, range(200), collect=ALL, resume=tiny, chunk=10)
    assert all(p.suffix == ".npz" and not p.name.startswith(".") for p in tiny.iterdir())
    assert list(tiny.iterdir())  # what was finished before is kept for the next time


def test_a_full_disk_is_exit_2_of_the_command(tiny: Path) -> None:
    run = kaigong(tiny, *RUN)
    told = run.communicate()[1]
    assert run.returncode == 2, told
    assert "No space left on device" in told
    assert not (tiny / "out" / "manifest.json").exists()


@pytest.mark.parametrize("collect", [ALL, ()])
def test_what_is_too_large_for_memory_gives_the_same(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, collect: object
) -> None:
    few = replicate(model, 1, range(25), collect=collect)  # type: ignore[arg-type]
    monkeypatch.setattr(scratch, "IN_MEMORY", 10)
    monkeypatch.setattr("sim.experiment.blocks.IN_MEMORY", 10)
    for given in ({}, {"resume": tmp_path}, {"chunk": 4}):
        large = replicate(model, 1, range(25), collect=collect, **given)  # type: ignore[arg-type]
        same(large, few)
        scratch.let_go(large.milestones, large.active)
        same(large, few)
        assert large.waits.total(("project", "cause")).equals(few.waits.total(("project", "cause")))
    assert all(p.suffix == ".npz" for p in tmp_path.iterdir())


def test_a_full_disk_under_large_arrays_is_said(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def seek(self, *_: int) -> int:
            return 0

        def write(self, _: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(scratch, "IN_MEMORY", 10)
    monkeypatch.setattr(scratch, "nameless", lambda _: Full())
    with pytest.raises(KaigongError, match=r"cannot be written \(No space left on device\)"):
        replicate(model, 1, range(3))


def test_a_part_that_vanishes_is_said(model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sim.experiment.blocks.IN_MEMORY", 10)
    outcome = replicate(model, 1, range(3), resume=tmp_path)
    next(tmp_path.iterdir()).unlink()
    with pytest.raises(KaigongError, match="a part of this run was removed or damaged"):
        outcome.waits.table()
