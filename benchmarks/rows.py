"""What a benchmark found: rows with a target and a verdict, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from sim.provenance import code_hash

PACKAGES = ("numpy", "numba", "scipy", "simpy", "pandas", "kaigong")
HEADS = ("part", "what", "found", "target", "verdict", "from")


@dataclass(frozen=True)
class Row:
    """One number: what it is, what it should be, and what it was worked out from."""

    part: str
    what: str
    found: float
    unit: str = "x"
    at_least: float | None = None
    at_most: float | None = None
    source: str = ""

    @property
    def verdict(self) -> str:
        """Met or missed; nothing where there is no target."""
        if self.at_least is None and self.at_most is None:
            return ""
        low = self.at_least is None or self.found >= self.at_least
        return "met" if low and (self.at_most is None or self.found <= self.at_most) else "missed"

    @property
    def target(self) -> str:
        """The target in words."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return "" if self.at_most is None else f"<= {self.at_most:g}"

    def cells(self) -> tuple[str, ...]:
        """The row as a person reads it."""
        digits = 0 if self.found >= 100 else 1 if self.found >= 10 else 2
        number = f"{self.found:,.{digits}f} {self.unit}"
        return (self.part, self.what, number, self.target, self.verdict, self.source)


def table(rows: Iterable[Row], *, heads: bool = True) -> str:
    """Return rows in columns of fixed width, so that parts printed one by one stand below each other."""
    widths = (8, 52, 12, 8, 7, 0)
    lines = [HEADS] if heads else []
    return "\n".join(
        " ".join(
            cell.rjust(w) if i == 2 else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in (*lines, *(row.cells() for row in rows))
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


def _processor() -> str:
    """Name of the processor, where the system says it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - no file of ours
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def as_json(rows: Sequence[Row], **about: Any) -> str:
    """Return rows with the machine and the versions they were measured on."""
    machine = {"processor": _processor(), "cores": os.cpu_count(), "system": platform.platform()}
    versions = {"python": platform.python_version(), "code": code_hash()}
    versions |= {package: _version(package) for package in PACKAGES}
    found = [asdict(row) | {"verdict": row.verdict} for row in rows]
    content = {**about, "machine": machine, "versions": versions, "rows": found}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
