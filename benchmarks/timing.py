"""How time and memory are measured: in turn, so that a busy machine slows all that is compared.

What runs in one thread is measured in processor time, which others that use the machine hardly change.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[1]

T = TypeVar("T")

#: The command as the installed script starts it.
KAIGONG = (sys.executable, "-c", "from forecasts.cli import main; main()")


def timed(call: Callable[[], T], clock: Callable[[], float] = time.process_time) -> tuple[float, T]:
    """How long one call takes without the garbage collector (as in `timeit`), and what it returns."""
    gc.collect()
    gc.disable()
    try:
        began = clock()
        made = call()
        return clock() - began, made
    finally:
        gc.enable()


def seconds(call: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """How long one call takes."""
    return timed(call, clock)[0]


def in_turn(
    calls: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Seconds of each call in each round, all of them once a round."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            found[name].append(seconds(call, clock))
    return found


def environment(**more: str) -> dict[str, str]:
    """The environment of a process of this checkout, in which Python keeps its compiled modules, as usual."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)} | more


def call(line: Sequence[str], env: Mapping[str, str], folder: Path) -> str:
    """Run a process to its end in a folder and return what it printed."""
    done = subprocess.run(line, env=env, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(line)[:200]} ended with {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def fresh(module: str, *arguments: object) -> dict[str, Any]:
    """Run a module in a process of its own; its last line is JSON."""
    line = [sys.executable, "-m", module, *map(str, arguments)]
    return dict(json.loads(call(line, environment(), ROOT).splitlines()[-1]))
