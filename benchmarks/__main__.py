"""Everything measured, in one command.

    python -m benchmarks [PART ...] [--json FILE] [--sizes 300,3000] [--tiny] [--list]

Every run has fresh draws; what is compared is run in turn, so that a busy machine slows both; of several
times the best counts. Each row says what was found, the target, and whether it was met.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from benchmarks import steps
from benchmarks.engines import compiled_against_reference, reference_against_bare
from benchmarks.rows import Row, as_json, table
from benchmarks.scale import Scale, tiny
from benchmarks.shares import shares
from benchmarks.sizes import cost_by_size
from benchmarks.start import first_run, start_up
from benchmarks.threads import threads
from benchmarks.whole import experiments
from sim.atomic import write_text


class Part(NamedTuple):
    """A part: what measures it, what it says, and about how long it takes on two quiet cores."""

    run: Callable[[Scale], Iterator[Row]]
    words: str
    seconds: int


PARTS = {
    "engine": Part(compiled_against_reference, "compiled engine against reference", 60),
    "simpy": Part(reference_against_bare, "reference engine against a bare SimPy loop", 40),
    "share": Part(shares, "sampling and measures against engine", 30),
    "size": Part(cost_by_size, "cost of a visit by size of the city", 60),
    "threads": Part(threads, "two threads against one", 30),
    "whole": Part(experiments, "whole experiments: time and memory", 40),
    "compile": Part(first_run, "the first run's compiling", 60),
    "start": Part(start_up, "start of commands", 30),
}


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"default all: {', '.join(PARTS)}")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write rows, machine and versions there too"
    )
    parser.add_argument("--projects", type=int, help="size of the city (default 3000)")
    parser.add_argument("--sizes", help="sizes of the part on size, such as 300,3000,30000")
    parser.add_argument("--replications", type=int, help="of the whole experiment (default 100)")
    parser.add_argument("--seed", type=int, help="default: a fresh one")
    parser.add_argument("--tiny", action="store_true", help="everything once and small: does it run?")
    parser.add_argument("--list", action="store_true", help="list the parts and how long each takes")
    found = parser.parse_args(given)
    if unknown := [name for name in found.parts if name not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; choose of {', '.join(PARTS)}")
    return found


def _scale(asked: argparse.Namespace) -> Scale:
    seed = secrets.randbits(31) if asked.seed is None else asked.seed
    scale = tiny(seed) if asked.tiny else Scale(seed)
    changed = {"projects": asked.projects, "replications": asked.replications}
    if asked.sizes:
        changed["sizes"] = tuple(sorted(int(size) for size in asked.sizes.split(",")))
    return replace(scale, **{name: value for name, value in changed.items() if value is not None})


def main(given: list[str] | None = None) -> list[Row]:
    """Run the parts asked for, print each as soon as it is known, and return the rows."""
    asked = _arguments(given)
    chosen = {name: part for name, part in PARTS.items() if not asked.parts or name in asked.parts}
    if asked.list:
        print("\n".join(f"{name:8} {part.words}, about {part.seconds} s" for name, part in chosen.items()))
        return []
    scale, rows = _scale(asked), list[Row]()
    steps.warm()
    total = sum(part.seconds for part in chosen.values())
    print(f"seed {scale.seed}; about {total} s on two quiet cores")
    print(table([]), flush=True)
    for part in chosen.values():
        if sys.stderr.isatty():
            print(f"... {part.words}, about {part.seconds} s", file=sys.stderr, flush=True)
        for row in part.run(scale):
            rows.append(row)
            print(table([row], heads=False), flush=True)
    missed = sum(row.verdict == "missed" for row in rows)
    print(f"{sum(row.verdict == 'met' for row in rows)} targets met, {missed} missed")
    if asked.json:
        write_text(asked.json, as_json(rows, seed=scale.seed, at=time.strftime("%Y-%m-%dT%H:%M:%S%z")))
    return rows


if __name__ == "__main__":
    main()
