"""The waits of an experiment: read piece by piece, added up, never all in memory.

A city of 3,000 projects leaves about a megabyte of them a replication. They stay where the chunks lie
(parts on disk, else a file without a name) and every reader takes one chunk after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.experiment.scratch import IN_MEMORY, nameless, writing
from sim.waits import COLUMNS, Vocabulary, WaitRows

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Columns of `WaitRows`, in order.
ROWS: tuple[str, ...] = tuple(f.name for f in fields(WaitRows))

#: Categories of each coded column, by the name of the vocabulary's field.
_WORDS = {
    "phase": "phases",
    "activity": "activities",
    "cause": "causes",
    "owner": "owners",
    "resource": "resources",
}

#: Keys up to which sums are kept in one dense array.
_DENSE = 1 << 20


@dataclass(frozen=True)
class WaitBlock:
    """Waits of some replications in a row.

    Parameters
    ----------
    numbers, counts : (r,) int64
        Numbers of the replications, and how many rows each has.
    rows : WaitRows
        One replication after the other.
    """

    numbers: Longs
    counts: Longs
    rows: WaitRows

    @classmethod
    def of(cls, numbers: Sequence[int], parts: Sequence[WaitRows]) -> WaitBlock:
        """Put the rows of replications one after another."""
        columns = (np.concatenate([getattr(part, name) for part in parts]) for name in ROWS)
        counts = np.array([len(part.project) for part in parts], dtype=np.int64)
        return cls(np.array(numbers, dtype=np.int64), counts, WaitRows(*columns))

    @property
    def nbytes(self) -> int:
        """Memory the rows take."""
        return sum(int(getattr(self.rows, name).nbytes) for name in ROWS)

    def replication(self) -> Longs:
        """Return the place of each row's replication in this block."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def table(self, words: Vocabulary) -> pd.DataFrame:
        """Return the rows as a table, codes as categories: columns of `sim.waits.COLUMNS`."""
        table = self.rows.table(words, 0)
        table["replication"] = np.repeat(self.numbers, self.counts).astype(np.int32)
        return table


#: Which rows of a block count; the slice says which replications of the experiment it holds.
Keep = Callable[[WaitBlock, slice], Flags]


class Waits:
    """Driving paths of all replications of an experiment, in order.

    Parameters
    ----------
    words : Vocabulary, optional
        None: none were collected.
    folder : Path, optional
        Where blocks are put that have no part on disk and are too many for memory.
    """

    def __init__(self, words: Vocabulary | None = None, folder: Path | None = None) -> None:
        self.words = words
        self._folder = folder
        self._sources: list[tuple[int, Callable[[], WaitBlock]]] = []
        self._rows = 0
        self._bytes = 0
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        """Rows of all replications together."""
        return self._rows

    def add(self, block: WaitBlock, again: Callable[[], WaitBlock] | None = None) -> None:
        """Put a block at the end.

        Parameters
        ----------
        block : WaitBlock
        again : callable, optional
            Reads the block from where it lies on disk.
        """
        self._rows += len(block.rows.project)
        self._bytes += block.nbytes
        if self._bytes <= IN_MEMORY:
            source: Callable[[], WaitBlock] = lambda: block  # noqa: E731
        else:
            source = again or self._spilled(block)
        self._sources.append((len(block.counts), source))

    def _spilled(self, block: WaitBlock) -> Callable[[], WaitBlock]:
        """Write a block to the file without a name; return what reads it again."""
        file = self._file = self._file or nameless(self._folder)
        columns = [getattr(block.rows, name) for name in ROWS]
        with writing(self._folder):
            start = file.seek(0, 2)
            for column in columns:
                file.write(column.data)
            file.flush()
        kinds, numbers, counts = [column.dtype for column in columns], block.numbers, block.counts

        def read() -> WaitBlock:
            file.seek(start)
            size = int(counts.sum())
            found = (np.frombuffer(file.read(size * kind.itemsize), dtype=kind) for kind in kinds)
            return WaitBlock(numbers, counts, WaitRows(*found))

        return read

    def blocks(self) -> Iterator[tuple[slice, WaitBlock]]:
        """Yield the blocks in order, each with the places of its replications in the experiment."""
        first = 0
        for size, read in self._sources:
            yield slice(first, first + size), read()
            first += size

    def tables(self) -> Iterator[pd.DataFrame]:
        """Yield the waits as tables, some replications each: columns of `sim.waits.COLUMNS`."""
        if self.words is not None:
            for _, block in self.blocks():
                yield block.table(self.words)

    def table(self) -> pd.DataFrame:
        """Return all waits as one table: for few replications of few projects."""
        tables = list(self.tables())
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))

    def total(self, columns: Sequence[str], keep: Keep | None = None) -> pd.DataFrame:
        """Add up the minutes of all replications.

        Parameters
        ----------
        columns : sequence of str
            Of ``project``, ``phase``, ``activity``, ``cause``, ``owner``, ``resource``: what to add up by.
        keep : callable, optional
            Which rows of a block count.

        Returns
        -------
        DataFrame
            The columns asked for and ``minutes``, a row for each key that occurs, sorted by codes.
        """
        if self.words is None or not self._rows:
            return pd.DataFrame(columns=[*columns, "minutes"])
        sizes = [_size(self.words, name) for name in columns]
        span = int(np.prod([float(size) for size in sizes]))
        sums: _Dense | _Sparse = _Dense(span) if span <= _DENSE else _Sparse()
        for places, block in self.blocks():
            key = np.zeros(len(block.rows.project), dtype=np.int64)
            for name, size in zip(columns, sizes, strict=True):
                key = key * size + getattr(block.rows, name)
            minutes = block.rows.minutes
            if keep is not None:
                kept = keep(block, places)
                key, minutes = key[kept], minutes[kept]
            sums.add(key, minutes)
        return _named(self.words, columns, sizes, *sums.found())


def _size(words: Vocabulary, column: str) -> int:
    """Return how many values a column can have; projects come in any number."""
    return 2**24 if column == "project" else len(getattr(words, _WORDS[column]))


def _named(
    words: Vocabulary, columns: Sequence[str], sizes: Sequence[int], key: Longs, minutes: Longs
) -> pd.DataFrame:
    """Return sums by key as a table."""
    found: dict[str, object] = {"minutes": minutes}
    for name, size in zip(reversed(columns), reversed(sizes), strict=True):
        key, code = np.divmod(key, size)
        if name == "project":
            found[name] = code
        else:
            kind = pd.CategoricalDtype(list(getattr(words, _WORDS[name])))
            found[name] = pd.Categorical.from_codes(code, dtype=kind)
    return pd.DataFrame({name: found[name] for name in (*columns, "minutes")})


class _Dense:
    """Sums over a few keys."""

    def __init__(self, span: int) -> None:
        self._minutes = np.zeros(span, dtype=np.int64)
        self._rows = np.zeros(span, dtype=np.int64)

    def add(self, key: Longs, minutes: npt.NDArray[np.int32]) -> None:
        """Add some rows; whole minutes far below 2**53 are exact as floating-point numbers."""
        span = len(self._minutes)
        self._minutes += np.bincount(key, weights=minutes, minlength=span).astype(np.int64)
        self._rows += np.bincount(key, minlength=span)

    def found(self) -> tuple[Longs, Longs]:
        """Return the keys that occurred, and their minutes."""
        key = np.flatnonzero(self._rows)
        return key, self._minutes[key]


class _Sparse:
    """Sums over keys of which few occur."""

    def __init__(self) -> None:
        self._key = np.zeros(0, dtype=np.int64)
        self._minutes = np.zeros(0, dtype=np.int64)

    def add(self, key: Longs, minutes: npt.NDArray[np.int32]) -> None:
        """Add some rows."""
        every, place = np.unique(np.concatenate([self._key, key]), return_inverse=True)
        sums = np.bincount(place, weights=np.concatenate([self._minutes, minutes]), minlength=len(every))
        self._key, self._minutes = every, sums.astype(np.int64)

    def found(self) -> tuple[Longs, Longs]:
        """Return the keys that occurred, and their minutes."""
        return self._key, self._minutes
