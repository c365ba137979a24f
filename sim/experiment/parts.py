"""Chunks on disk: an interrupted experiment goes on where it stopped, with the same result."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sim.atomic import replacing
from sim.experiment.one import Collect
from sim.experiment.outcome import Array, Chunk
from sim.provenance import code_hash, content_hash

#: Sorts of columns of the table in a part: plain values, codes of categories, the categories.
_HALTS = "halts"
_PLAIN, _CODES, _WORDS = "plain:", "codes:", "words:"


def part_path(
    directory: Path, model_hash: str, seed: int, numbers: Sequence[int], options: tuple[str, bool, Collect]
) -> Path:
    """Return the file of a chunk; its name is the hash of all that determines its content."""
    return directory / f"{content_hash((code_hash(), model_hash, seed, tuple(numbers), options))}.npz"


def save_part(path: Path, chunk: Chunk) -> None:
    """Write a chunk, whole or not at all; traces are not kept in parts."""
    arrays = {f"array:{name}": values for name, values in chunk.arrays.items()} | {_HALTS: chunk.halts}
    if chunk.waits is not None:
        for name, column in chunk.waits.items():
            if isinstance(column.dtype, pd.CategoricalDtype):
                arrays[f"{_CODES}{name}"] = column.cat.codes.to_numpy()
                arrays[f"{_WORDS}{name}"] = np.array(column.cat.categories.tolist(), dtype=np.str_)
            else:
                arrays[f"{_PLAIN}{name}"] = column.to_numpy()
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_part(path: Path) -> Chunk | None:
    """Read a chunk; None if there is none or it cannot be read, so that it is computed again."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays: dict[str, Array] = {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    if _HALTS not in arrays:
        return None
    columns: dict[str, object] = {}
    for name, values in arrays.items():
        if name.startswith(_PLAIN):
            columns[name.removeprefix(_PLAIN)] = values
        elif name.startswith(_CODES):
            words = arrays[_WORDS + name.removeprefix(_CODES)].tolist()
            kind = pd.CategoricalDtype(words)
            columns[name.removeprefix(_CODES)] = pd.Categorical.from_codes(values, dtype=kind)
    measures = {n.removeprefix("array:"): v for n, v in arrays.items() if n.startswith("array:")}
    return Chunk(measures, pd.DataFrame(columns) if columns else None, arrays[_HALTS])
