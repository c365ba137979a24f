"""The waits of an experiment: read block by block, added up, never all in memory.

A city of 3,000 projects leaves about a megabyte of them a replication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.columns import Coded, Columns, frame
from sim.experiment.blocks import Block, Blocks
from sim.waits import COLUMNS, Vocabulary, WaitRows

if TYPE_CHECKING:
    import pandas as pd

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Categories of each coded column, by the name of the vocabulary's field.
_WORDS = {
    "phase": "phases",
    "activity": "activities",
    "cause": "causes",
    "owner": "owners",
    "resource": "resources",
}

#: Rows of a table at least, if there are so many: each takes its time, however small it is.
_TABLE_ROWS = 100_000

#: Keys up to which sums are kept in one dense array.
_DENSE = 1 << 20


class WaitBlock(Block[WaitRows]):
    """Waits of some replications in a row."""

    def columned(self, words: Vocabulary, ids: Sequence[str] = ()) -> Columns:
        """Return the rows as columns `sim.waits.COLUMNS`, projects by their ids if those are given."""
        return self.rows.columns(words, np.repeat(self.numbers, self.counts).astype(np.int32), ids)


#: Which rows of a block count; the slice says which replications of the experiment it holds.
Keep = Callable[[WaitBlock, slice], Flags]


class Waits(Blocks[WaitBlock]):
    """Driving paths of all replications of an experiment, in order.

    Parameters
    ----------
    words : Vocabulary, optional
        None: none were collected.
    folder : Path, optional
        See `Blocks`.
    """

    def __init__(self, words: Vocabulary | None = None, folder: Path | None = None) -> None:
        super().__init__(folder)
        self.words = words

    def tables(self, ids: Sequence[str] = ()) -> Iterator[Columns]:
        """Yield the waits as tables, some replications each: see `WaitBlock.columned`."""
        if self.words is None:
            return
        held: list[WaitBlock] = []
        for _, block in self.blocks():
            held.append(block)
            if sum(len(one.rows.project) for one in held) >= _TABLE_ROWS:
                yield WaitBlock.joined(held).columned(self.words, ids)
                held = []
        if held:
            yield WaitBlock.joined(held).columned(self.words, ids)

    def table(self) -> pd.DataFrame:
        """Return all waits as one table: for few replications of few projects."""
        import pandas as pd  # noqa: PLC0415 - only who looks at a table needs it

        tables = [frame(table) for table in self.tables()]
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
            return frame(dict.fromkeys([*columns, "minutes"], np.zeros(0, dtype=object)))
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
    found: dict[str, Longs | Coded] = {"minutes": minutes}
    for name, size in zip(reversed(columns), reversed(sizes), strict=True):
        key, code = np.divmod(key, size)
        if name == "project":
            found[name] = code
        else:
            found[name] = Coded(code, getattr(words, _WORDS[name]))
    return frame({name: found[name] for name in (*columns, "minutes")})


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
