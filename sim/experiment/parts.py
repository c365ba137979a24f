"""Chunks on disk: an interrupted experiment goes on where it stopped, with the same result."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.atomic import replacing
from sim.errors import KaigongError
from sim.experiment.bench import Setup
from sim.experiment.outcome import Array, Chunk
from sim.experiment.waits import ROWS, WaitBlock
from sim.provenance import content_hash
from sim.waits import WaitRows

#: What the names of arrays in a part begin with.
_ARRAY, _WAITS, _HALTS = "array:", "waits:", "halts"

#: Columns of the table of waits in a part.
_COLUMNS = ("numbers", "counts", *ROWS)


def part_path(directory: Path, setup: Setup, numbers: Sequence[int]) -> Path:
    """Return the file of a chunk; its name is the hash of all that determines its content."""
    options = (setup.engine, setup.fixed, setup.collect)
    name = content_hash((setup.code, setup.model.content_hash, setup.seed, tuple(numbers), options))
    return directory / f"{name}.npz"


def save_part(path: Path, chunk: Chunk) -> None:
    """Write a chunk, whole or not at all; traces are not kept in parts."""
    arrays = {f"{_ARRAY}{name}": values for name, values in chunk.arrays.items()} | {_HALTS: chunk.halts}
    if chunk.waits is not None:
        arrays |= {f"{_WAITS}{name}": getattr(chunk.waits, name) for name in _COLUMNS[:2]}
        arrays |= {f"{_WAITS}{name}": getattr(chunk.waits.rows, name) for name in ROWS}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_part(path: Path) -> Chunk | None:
    """Read a chunk; None if there is none or it cannot be read, so that it is computed again."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays: dict[str, Array] = {name: file[name] for name in file.files}
            measures = {n.removeprefix(_ARRAY): v for n, v in arrays.items() if n.startswith(_ARRAY)}
            waits = _waits(arrays) if f"{_WAITS}counts" in arrays else None
            return Chunk(measures, waits, arrays[_HALTS])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def load_waits(path: Path) -> WaitBlock:
    """Read the waits of a chunk that was written before.

    Raises
    ------
    KaigongError
        If the part is gone.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return _waits({f"{_WAITS}{name}": file[f"{_WAITS}{name}"] for name in _COLUMNS})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise KaigongError(
            f"{path}: a part of this run was removed or damaged while it was needed ({error}); run it again"
        ) from error


def _waits(arrays: dict[str, Array]) -> WaitBlock:
    """Put together a table of waits."""
    numbers, counts, *columns = (arrays[f"{_WAITS}{name}"] for name in _COLUMNS)
    return WaitBlock(numbers, counts, WaitRows(*columns))
