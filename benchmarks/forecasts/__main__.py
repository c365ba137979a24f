"""The table of issue targets on development data: what was found, the target, the verdict.

    python -m benchmarks.forecasts [PART ...] [--paths N] [--seed S] [--json FILE]

Needs the folder of real data ($KAIGONG_DATA). Choices were made on origins up to 2014-12 (grid queue:
2019-12); later origins are told apart. Two cores are used.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from benchmarks.forecasts.data import data_folder, has_data
from benchmarks.forecasts.speed import speed
from benchmarks.forecasts.totals import totals
from benchmarks.forecasts.year import years
from benchmarks.rows import Row, as_json, table
from sim.atomic import write_text


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        print(f"... {what}", file=sys.stderr, flush=True)


def _elsewhere(name: str) -> Iterator[Row]:
    """Yield the rows of a part that has its own module with a function `benchmark`."""
    yield from import_module(f"benchmarks.forecasts.{name}").benchmark()


def parts(paths: int, seed: int) -> dict[str, Callable[[], Iterator[Row]]]:
    """Return what measures each part."""
    found: dict[str, Callable[[], Iterator[Row]]] = {
        "totals": partial(totals, _tell, paths, seed),
        "year": years,
        "speed": speed,
    }
    for name, needs in (("grid", "landmark"), ("delays", "reporting"), ("change", "office")):
        if all(find_spec(f"benchmarks.forecasts.{module}") for module in (name, needs)):
            found[name] = partial(_elsewhere, name)
    return found


def main(given: list[str] | None = None) -> list[Row]:
    """Run the parts asked for, print each as soon as it is known, and return the rows."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.forecasts", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--paths", type=int, default=1000, help="futures at every origin (default 1000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    asked = parser.parse_args(given)
    known = parts(asked.paths, asked.seed)
    if unknown := [name for name in asked.parts if name not in known]:
        parser.error(f"no such part: {', '.join(unknown)}; choose of {', '.join(known)}")
    if not has_data():
        parser.error(f"no data in {data_folder()}: set KAIGONG_DATA to the folder of real data")
    begun, rows = time.perf_counter(), list[Row]()
    print(table([]), flush=True)
    for name, part in known.items():
        if asked.parts and name not in asked.parts:
            continue
        for row in part():
            rows.append(row)
            print(table([row], heads=False), flush=True)
    missed = sum(row.verdict == "missed" for row in rows)
    print(f"{sum(row.verdict == 'met' for row in rows)} targets met, {missed} missed;", end=" ")
    print(f"{time.perf_counter() - begun:.0f} s")
    if asked.json:
        write_text(asked.json, as_json(rows, seed=asked.seed))
    return rows


if __name__ == "__main__":
    main()
