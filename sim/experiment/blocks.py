"""Rows that replications leave in any number: read block by block, never all in memory.

They stay where the chunks lie (parts on disk, else a file without a name) and every reader takes one block
after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any, Generic, Self, TypeVar

import numpy as np
import numpy.typing as npt

from sim.experiment.scratch import IN_MEMORY, nameless, writing

Longs = npt.NDArray[np.int64]

#: A dataclass whose fields are columns of one length.
R = TypeVar("R")


def columns_of(rows: Any) -> tuple[str, ...]:
    """Return the names of the columns, in order."""
    return tuple(f.name for f in fields(rows))


@dataclass(frozen=True)
class Block(Generic[R]):
    """Rows of some replications in a row.

    Parameters
    ----------
    numbers, counts : (r,) int64
        Numbers of the replications, and how many rows each has.
    rows : dataclass of columns
        One replication after the other.
    """

    numbers: Longs
    counts: Longs
    rows: R

    @classmethod
    def of(cls, numbers: Sequence[int], parts: Sequence[R]) -> Self:
        """Put the rows of replications one after another."""
        kind, names = type(parts[0]), columns_of(parts[0])
        columns = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
        counts = np.array([len(getattr(part, names[0])) for part in parts], dtype=np.int64)
        return cls(np.array(numbers, dtype=np.int64), counts, kind(*columns))

    @classmethod
    def joined(cls, blocks: Sequence[Self]) -> Self:
        """Put blocks one after another."""
        if len(blocks) == 1:
            return blocks[0]
        columns = (np.concatenate(parts) for parts in zip(*(block.columns for block in blocks), strict=True))
        numbers, counts = (
            np.concatenate([getattr(b, name) for b in blocks]) for name in ("numbers", "counts")
        )
        return cls(numbers, counts, type(blocks[0].rows)(*columns))

    @property
    def columns(self) -> list[npt.NDArray[Any]]:
        """Columns of the rows, in order."""
        return [getattr(self.rows, name) for name in columns_of(self.rows)]

    @property
    def nbytes(self) -> int:
        """Memory the rows take."""
        return sum(int(column.nbytes) for column in self.columns)

    def replication(self) -> Longs:
        """Return the place of each row's replication in this block."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def with_rows(self, columns: Sequence[npt.NDArray[Any]]) -> Self:
        """Return the block with the same replications and other columns."""
        return type(self)(self.numbers, self.counts, type(self.rows)(*columns))


B = TypeVar("B", bound=Block[Any])


class Blocks(Generic[B]):
    """Blocks of all replications of an experiment, in order.

    Parameters
    ----------
    folder : Path, optional
        Where blocks are put that have no part on disk and are too many for memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._sources: list[tuple[int, Callable[[], B]]] = []
        self._rows = 0
        self._bytes = 0
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        """Rows of all replications together."""
        return self._rows

    def add(self, block: B, again: Callable[[], B] | None = None) -> None:
        """Put a block at the end.

        Parameters
        ----------
        block : Block
        again : callable, optional
            Reads the block from where it lies on disk.
        """
        self._rows += int(block.counts.sum())
        self._bytes += block.nbytes
        if self._bytes <= IN_MEMORY:
            source: Callable[[], B] = lambda: block  # noqa: E731
        else:
            source = again or self._spilled(block)
        self._sources.append((len(block.counts), source))

    def _spilled(self, block: B) -> Callable[[], B]:
        """Write a block to the file without a name; return what reads it again."""
        file = self._file = self._file or nameless(self.folder)
        with writing(self.folder):
            start = file.seek(0, 2)
            for column in block.columns:
                file.write(np.ascontiguousarray(column).data)
            file.flush()
        kinds, size = [column.dtype for column in block.columns], int(block.counts.sum())
        # Not slices of the columns: those would keep them in memory.
        empty = block.with_rows([np.zeros(0, dtype=kind) for kind in kinds])

        def read() -> B:
            file.seek(start)
            return empty.with_rows(
                [np.frombuffer(file.read(size * kind.itemsize), dtype=kind) for kind in kinds]
            )

        return read

    def blocks(self) -> Iterator[tuple[slice, B]]:
        """Yield the blocks in order, each with the places of its replications in the experiment."""
        first = 0
        for size, read in self._sources:
            yield slice(first, first + size), read()
            first += size
