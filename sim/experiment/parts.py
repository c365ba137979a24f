"""Chunks on disk: an interrupted experiment goes on where it stopped, with the same result."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.atomic import replacing
from sim.errors import KaigongError
from sim.experiment.bench import Setup
from sim.experiment.blocks import Block, columns_of
from sim.experiment.outcome import Array, Chunk
from sim.experiment.visits import VisitBlock, VisitRows
from sim.experiment.waits import WaitBlock
from sim.provenance import content_hash
from sim.waits import WaitRows

#: What the names of arrays in a part begin with.
_ARRAY, _HALTS = "array:", "halts"

#: Tables of a chunk in a part: what their names begin with, what they are read as, and their columns.
_TABLES: Mapping[str, tuple[type[Block[Any]], type]] = {
    "waits": (WaitBlock, WaitRows),
    "visits": (VisitBlock, VisitRows),
}


def part_path(directory: Path, setup: Setup, numbers: Sequence[int]) -> Path:
    """Return the file of a chunk; its name is the hash of all that determines its content."""
    options = (setup.engine, setup.fixed, setup.collect)
    name = content_hash((setup.code, setup.model.content_hash, setup.seed, tuple(numbers), options))
    return directory / f"{name}.npz"


def save_part(path: Path, chunk: Chunk) -> None:
    """Write a chunk, whole or not at all; traces are not kept in parts."""
    arrays = {f"{_ARRAY}{name}": values for name, values in chunk.arrays.items()} | {_HALTS: chunk.halts}
    for name in _TABLES:
        block: Block[Any] | None = getattr(chunk, name)
        if block is not None:
            columns = (block.numbers, block.counts, *block.columns)
            arrays |= dict(zip(_names(name), columns, strict=True))
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_part(path: Path) -> Chunk | None:
    """Read a chunk; None if there is none or it cannot be read, so that it is computed again."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays: dict[str, Array] = {name: file[name] for name in file.files}
            measures = {n.removeprefix(_ARRAY): v for n, v in arrays.items() if n.startswith(_ARRAY)}
            tables = {name: _table(name, arrays) for name in _TABLES if _names(name)[0] in arrays}
            return Chunk(measures, halts=arrays[_HALTS], **tables)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def load_table(path: Path, name: str) -> Any:
    """Read a table of a chunk that was written before.

    Parameters
    ----------
    path : Path
    name : str
        ``waits`` or ``visits``.

    Raises
    ------
    KaigongError
        If the part is gone.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return _table(name, {key: file[key] for key in _names(name)})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise KaigongError(
            f"{path}: a part of this run was removed or damaged while it was needed ({error}); run it again"
        ) from error


def _names(table: str) -> list[str]:
    """Return the names of a table's arrays in a part."""
    return [f"{table}:{name}" for name in ("numbers", "counts", *columns_of(_TABLES[table][1]))]


def _table(name: str, arrays: Mapping[str, Array]) -> Any:
    """Put together a table of a chunk."""
    block, rows = _TABLES[name]
    numbers, counts, *columns = (arrays[key] for key in _names(name))
    return block(numbers, counts, rows(*columns))
