"""A cluster gives the bytes of one machine, loses nothing with a worker, and says what is wrong with it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from forecasts.cli import main
from sim.errors import KaigongError
from sim.experiment import Progress, address, cluster, replicate
from sim.model.arrays import Model
from sim.provenance import versions
from tests.unit.test_experiment import ALL, model, same

__all__ = ["model"]


@pytest.fixture(scope="module")
def pair() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as made:
        yield made


def test_a_cluster_gives_the_bytes_of_one_machine(model: Model, pair: LocalCluster, tmp_path: Path) -> None:
    whole = replicate(model, 1, range(23), collect=ALL)
    address = pair.scheduler_address
    same(replicate(model, 1, range(23), collect=ALL, cluster=address, resume=tmp_path, chunk=10), whole)
    assert len(list(tmp_path.iterdir())) == 3
    # What was finished on the cluster is read here, and the other way round.
    next(tmp_path.iterdir()).unlink()
    same(replicate(model, 1, range(23), collect=ALL, resume=tmp_path, chunk=10), whole)
    same(replicate(model, 1, range(23), collect=ALL, cluster=address, engine="compiled", chunk=4), whole)


def test_a_worker_killed_costs_only_time(model: Model, pair: LocalCluster) -> None:
    killed: list[int] = []

    def kill(_: Progress) -> None:
        if not killed:
            killed.append(next(iter(pair.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    whole = replicate(model, 1, range(60), collect=ALL)
    found = replicate(
        model, 1, range(60), collect=ALL, cluster=pair.scheduler_address, chunk=2, progress=kill
    )
    assert killed
    same(found, whole)


def test_an_interrupt_leaves_the_cluster_at_once(model: Model, pair: LocalCluster) -> None:
    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replicate(model, 1, range(60), cluster=pair.scheduler_address, progress=stop)


def test_an_error_of_the_work_is_raised_here(model: Model, pair: LocalCluster) -> None:
    with pytest.raises(OverflowError):
        replicate(model, 1, [0, 2**70], cluster=pair.scheduler_address, chunk=1)


def test_the_command_takes_an_address(
    pair: LocalCluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for name, more in (("here", []), ("there", ["--cluster", pair.scheduler_address])):
        with pytest.raises(SystemExit) as ended:
            main(["run", "hello", "--replications", "20", "--json", "--out", str(tmp_path / name), *more])
        assert ended.value.code == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    for name in ("waits.parquet", "manifest.json", "result.json"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_workers_of_another_version_are_refused(
    model: Model, pair: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "versions", lambda: versions() | {"code": "0123"})
    with pytest.raises(KaigongError, match=r"worker tcp://.* has code \w+ instead of 0123"):
        replicate(model, 1, range(3), cluster=pair.scheduler_address)


def test_nobody_at_the_address(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "PATIENCE", 0.5)
    for nobody in ("tcp://127.0.0.1:1", "nowhere.invalid:8786"):
        with pytest.raises(KaigongError, match=r"--cluster: no scheduler answers at .*`dask scheduler`"):
            replicate(model, 1, range(3), cluster=nobody)


def test_what_is_waited_for_is_said_at_once_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(address, "PATIENCE", 1.0)
    started = time.monotonic()
    with pytest.raises(SystemExit) as ended:
        main(["run", "hello", "--cluster", "tcp://127.0.0.1:1", "--out", str(tmp_path / "run")])
    assert time.monotonic() - started < 20
    assert ended.value.code == 2
    *_, waiting, failed = capsys.readouterr().err.splitlines()  # the as-of date first
    assert waiting == "--cluster: waiting for the scheduler at tcp://127.0.0.1:1, at most 1 seconds"
    assert "no scheduler answers at tcp://127.0.0.1:1" in failed


def test_who_listens_but_is_no_scheduler(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    nobody = pytest.raises(KaigongError, match="--cluster: no scheduler answers at")
    with socket.create_server(("127.0.0.1", 0)) as server, nobody:
        replicate(model, 1, range(3), cluster=f"127.0.0.1:{server.getsockname()[1]}")


def test_what_answers_in_another_language_is_no_scheduler(model: Model) -> None:
    def speak() -> None:
        with contextlib.suppress(OSError):
            while True:
                with server.accept()[0] as one:
                    one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9)
                    one.recv(9999)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=speak, daemon=True).start()
        with pytest.raises(KaigongError, match="--cluster: no scheduler answers at"):
            replicate(model, 1, range(3), cluster=f"127.0.0.1:{server.getsockname()[1]}")
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("given", ["xyz", "tcp://10.0.0.5", "http://host:80", "host:0", "host:99999", ""])
def test_what_is_no_address_is_said_before_anything_is_read(
    given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "nowhere.yaml", "--cluster", given, "--out", str(tmp_path / "run")])
    assert ended.value.code == 2
    first, _ = capsys.readouterr().err.splitlines()
    assert first.startswith(f"--cluster: got {given!r}, expected an address such as tcp://10.0.0.5:8786")
    assert not (tmp_path / "run").exists()


def test_a_scheduler_without_workers(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=logging.CRITICAL) as alone:
        monkeypatch.setattr(cluster, "PATIENCE", 0.5)
        with pytest.raises(KaigongError, match=r"has no workers, expected at least one; .*dask worker"):
            replicate(model, 1, range(3), cluster=alone.scheduler_address)


def test_the_extra_is_named_where_it_is_missing(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str) -> Any:
        if name == "distributed":
            raise ImportError("No module named 'distributed'")
        return import_module(name)

    monkeypatch.setattr(cluster, "import_module", without)
    with pytest.raises(KaigongError, match=r"pip install 'kaigong\[cluster\]'"):
        replicate(model, 1, range(3), cluster="tcp://127.0.0.1:1")
