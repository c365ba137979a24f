"""Memory does not grow with the replications, and what is read block by block is what it was as a whole."""

from __future__ import annotations

import csv
import gc
import os
import subprocess
import sys
import weakref
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sim.experiment import replicate, scratch
from sim.experiment.blocks import Block, Blocks
from sim.model.arrays import Model
from sim.quantiles import quantiles
from sim.scenario import shipped_root
from tests.unit.test_experiment import ALL, model

__all__ = ["model"]

ROOT = Path(__file__).parents[2]

#: Runs a command and prints the most memory its process held, kB.
PEAK = """
import sys
from forecasts.cli import main
try:
    main(sys.argv[1:])
except SystemExit as stop:
    assert not stop.code, stop.code
status = open("/proc/self/status").read()
print("peak", next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""

DATES = ("--as-of", "2021-07-31", "--until", "2021-12-31")

COMMANDS = {
    "run": ("run", "kaifeng", *DATES),
    "trace": ("run", "kaifeng", *DATES, "--trace"),
    "forecast": ("forecast", "kaifeng", *DATES),
    "compare": ("compare", "kaifeng", "--reform", "pre-review"),
}


def peak(folder: Path, replications: int, *command: str) -> int:
    out = str(folder / f"{replications}")
    line = [sys.executable, "-c", PEAK, *command, "--replications", str(replications), "--out", out, "--json"]
    done = subprocess.run(
        line,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five times Kaifeng's ledger: arrays of so many projects show beside what Python itself takes."""
    place = tmp_path_factory.mktemp("ledger") / "ledger.csv"
    with (shipped_root() / "kaifeng" / "portfolio.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    column = head.index("id")
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for copy in range(5):
            writer.writerows([*r[:column], f"{copy}{r[column]}", *r[column + 1 :]] for r in rows)
    return place


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_four_times_the_replications_take_the_same_memory(
    tmp_path: Path, ledger: Path, command: tuple[str, ...]
) -> None:
    command = (*command, "--ledger", str(ledger), "--skip-bad-rows")
    few = peak(tmp_path, 200, *command)
    assert peak(tmp_path, 800, *command) <= 1.1 * few


@pytest.mark.parametrize("seed", range(20))
def test_quantiles_are_those_of_all_numbers_together(seed: int) -> None:
    random = np.random.default_rng(seed)
    numbers = random.integers(0, 10 ** random.integers(1, 10), random.integers(1, 2000))
    cuts = np.sort(random.integers(0, len(numbers), 3))
    shares = [0.0, 0.1, 0.5, 0.9, 1.0]
    found = quantiles(lambda: np.split(numbers, cuts), shares, 1440)
    assert found == np.quantile(numbers / 1440, shares).tolist()


def test_blocks_of_replications_are_the_experiment(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = replicate(model, 1, range(13), collect=ALL)
    monkeypatch.setattr(scratch, "CELLS", 5 * whole.active.shape[1])
    blocks = list(whole.blocks())
    assert [block.replications for block in blocks] == [5, 5, 3]
    for name in ("numbers", "milestones", "withdrawn", "active", "lane", "lengths"):
        joined = np.concatenate([getattr(block, name) for block in blocks])
        assert (joined == getattr(whole, name)).all()
    first = np.repeat([0, 5, 10], [len(block.halts) for block in blocks])
    halts = np.concatenate([block.halts for block in blocks])
    halts[:, 0] += first
    assert (halts == whole.halts).all()
    assert whole.taking_part == whole.active.sum()


def test_a_block_on_disk_is_not_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read again from the file keeps nothing of the arrays that were written."""
    monkeypatch.setattr("sim.experiment.blocks.IN_MEMORY", 0)
    column = np.arange(100_000)
    gone = weakref.ref(column)
    block = Block(np.array([0]), np.array([len(column)]), _Column(column))
    blocks: Blocks[Block[_Column]] = Blocks()
    blocks.add(block)
    del block, column
    gc.collect()
    assert gone() is None
    assert next(blocks.blocks())[1].rows.value[-1] == 99_999


@dataclass(frozen=True)
class _Column:
    value: np.ndarray
