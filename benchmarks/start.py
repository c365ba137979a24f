"""What a person waits for before anything runs: the start of a command, and the first run's compiling."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.rows import Row
from benchmarks.scale import Scale
from benchmarks.timing import KAIGONG, call, environment, in_turn

NUMBA = (sys.executable, "-c", "import numba")
OTHERS = (("check", "hello"), ("scenarios",), ("--help",))


def start_up(scale: Scale) -> Iterator[Row]:
    """Start commands and a bare `import numba` in turn, kernels and compiled modules being there."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        env = environment(PYTHONPYCACHEPREFIX=str(folder / "pyc"))

        def start(line: Sequence[str]) -> None:
            shutil.rmtree(folder / "run", ignore_errors=True)
            call(line, env, folder)

        lines = {"numba": NUMBA, "run hello": (*KAIGONG, "run", "hello", "--out", "run")}
        lines |= {" ".join(words): (*KAIGONG, *words) for words in OTHERS}
        calls = {name: partial(start, line) for name, line in lines.items()}
        for first in calls.values():
            first()
        best = {name: min(took) for name, took in in_turn(calls, scale.rounds + 2, time.perf_counter).items()}
    run, numba = best.pop("run hello"), best.pop("numba")
    what = 'kaigong run hello - python -c "import numba"'
    yield Row("start", what, run - numba, "s", at_most=2, source=f"{run:.2f} - {numba:.2f} s")
    for name, took in best.items():
        yield Row("start", f"kaigong {name}", took, "s", at_most=1)


def first_run(scale: Scale) -> Iterator[Row]:
    """Forecast with no kernels on disk, then again: the difference is what compiling took."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        env = environment(KAIGONG_CACHE=str(folder / "cache"))
        line = (*KAIGONG, "forecast", "kaifeng", "--engine", "compiled", "--json", "--replications", "10")
        took = []
        for run in ("first", "again"):
            began = time.perf_counter()
            call((*line, "--seed", str(scale.seed), "--out", run), env, folder)
            took.append(time.perf_counter() - began)
    source = f"kaigong forecast kaifeng, 10 replications: {took[0]:.1f} - {took[1]:.1f} s"
    yield Row(
        "compile", "first run: compiling the kernels", took[0] - took[1], "s", at_most=60, source=source
    )
