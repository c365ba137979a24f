"""Whole experiments: seconds on two cores and peak memory, each in a process of its own.

    python -m benchmarks.whole PROJECTS REPLICATIONS WORKERS SEED

runs one and prints its figures as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import kaifeng, steps
from benchmarks.rows import Row
from benchmarks.scale import Scale
from benchmarks.timing import fresh

MB = 1e6

#: Projects of the city that nothing is measured of.
FEW = 30


def experiments(scale: Scale) -> Iterator[Row]:
    """Run an experiment, and one of four times as many replications."""
    count, projects = scale.replications, scale.projects
    few = fresh("benchmarks.whole", projects, count, 2, scale.seed)
    many = fresh("benchmarks.whole", projects, 4 * count, 2, scale.seed)
    what = f"{count} replications of {projects:,} projects, with measures"
    yield Row("whole", what, few["seconds"], "s", at_most=2, source="two workers, kernels ready")
    yield Row("memory", f"peak of {count} replications", few["peak"], "MB", at_most=500)
    yield Row(
        "memory",
        f"peak of {4 * count} replications / of {count}",
        many["peak"] / few["peak"],
        at_most=1.1,
        source=f"{many['peak']:.0f} / {few['peak']:.0f} MB, {many['seconds']:.1f} s",
    )


def peak() -> float:
    """Most memory the process held, MB; its workers are threads."""
    status = Path("/proc/self/status")
    if status.exists():  # what `getrusage` tells on Linux begins with the peak of whoever started the process
        line = next(
            line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM")
        )
        return int(line.split()[1]) * 1024 / MB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MB


def main(projects: int, count: int, workers: int, seed: int) -> None:
    """Run one experiment and print its figures."""
    steps.experiment(kaifeng.city(FEW), seed, 2, workers)  # every kernel is read from its cache
    model = kaifeng.city(projects)
    began = time.perf_counter()
    steps.experiment(model, seed, count, workers)
    took = time.perf_counter() - began
    print(json.dumps({"seconds": took, "peak": peak()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
