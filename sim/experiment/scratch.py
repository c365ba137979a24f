"""Arrays that may be too large for memory: those lie in a file without a name.

Such a file vanishes with the process that holds it, killed or not. It is written with ordinary writes, so
that a full disk is an error and not a crash, and read through a map whose pages `let_go` gives back.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from sim.errors import KaigongError

Array = npt.NDArray[Any]

#: Bytes up to which an array stays in memory.
IN_MEMORY: int = 4 << 20

#: Cells (replication, project) worked on at once, so that memory does not grow with the replications.
CELLS: int = 250_000


@contextmanager
def writing(folder: Path | None) -> Iterator[None]:
    """Turn a full or unwritable disk into an error that says so."""
    try:
        yield
    except OSError as error:
        place = folder or tempfile.gettempdir()
        raise KaigongError(
            f"{place}: what the replications leave cannot be written ({error.strerror or error});"
            " make room, or choose another place with --out or TMPDIR"
        ) from error


def nameless(folder: Path | None) -> IO[bytes]:
    """Open a file that no directory lists, in `folder` or where temporary files go."""
    with writing(folder):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=folder)


def mapped(file: IO[bytes], dtype: np.dtype[Any], count: int) -> Array:
    """Return what is in a file as a flat array that is not in memory before it is read."""
    if count == 0:
        return np.zeros(0, dtype=dtype)
    return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), dtype=dtype, count=count)


def let_go(*arrays: Array) -> None:
    """Give back the memory that holds pages of mapped arrays; they are read again when needed."""
    for array in arrays:
        base: Any = array
        while isinstance(base, np.ndarray):
            base = base.base
        if isinstance(base, memoryview):
            base = base.obj
        if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            base.madvise(mmap.MADV_DONTNEED)


def blocks_of(*arrays: Array) -> Iterator[slice]:
    """Yield the replications of (R, P, ...) arrays a few at a time; what was read of them leaves memory.

    Examples
    --------
    >>> list(blocks_of(np.zeros((5, CELLS // 2), dtype=np.bool_)))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    count, width = arrays[0].shape[:2]
    size = max(1, CELLS // max(width, 1))
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
        let_go(*arrays)


class Stack:
    """An array with one entry a replication, filled from the front.

    Parameters
    ----------
    count : int
        Replications.
    like : (r, ...) array
        The first few entries: shape and type of all.
    folder : Path, optional
        Where a large one is kept.

    Notes
    -----
    The last of three axes (the milestones) comes first in storage: whoever reads one milestone reads one
    stretch.

    Examples
    --------
    >>> stack = Stack(3, np.zeros((2, 4), dtype=np.int32))
    >>> stack.add(np.ones((2, 4), dtype=np.int32))
    >>> stack.add(np.full((1, 4), 2, dtype=np.int32))
    >>> stack.array()[:, 0].tolist()
    [1, 1, 2]
    """

    def __init__(self, count: int, like: Array, folder: Path | None = None) -> None:
        inner = like.shape[1:]
        self._planes, self._count = (inner[-1] if len(inner) == 2 else 1), count
        self._inner, self._dtype = inner, like.dtype
        self._width = inner[0] if len(inner) == 2 else int(np.prod(inner))
        self._folder = folder
        self._done = 0
        self._file: IO[bytes] | None = None
        self._held: Array | None = None
        if count * int(np.prod(inner)) * like.itemsize > IN_MEMORY:
            self._file = nameless(folder)
        else:
            self._held = np.empty((self._planes, count, self._width), dtype=like.dtype)

    def add(self, rows: Array) -> None:
        """Put some more replications at the end."""
        many = len(self._inner) == 2
        planes = np.moveaxis(rows, -1, 0) if many else rows.reshape(1, len(rows), self._width)
        done, self._done = self._done, self._done + len(rows)
        if self._held is not None:
            self._held[:, done : self._done] = planes
            return
        assert self._file is not None
        with writing(self._folder):
            for k, plane in enumerate(planes):
                self._file.seek((k * self._count + done) * self._width * self._dtype.itemsize)
                self._file.write(np.ascontiguousarray(plane).data)

    def array(self) -> Array:
        """Return the whole, replications first."""
        flat = self._held
        if flat is None:
            assert self._file is not None
            with writing(self._folder):
                self._file.flush()
            flat = mapped(self._file, self._dtype, self._planes * self._count * self._width)
        if len(self._inner) == 2:
            return np.moveaxis(flat.reshape(self._planes, self._count, self._width), 0, -1)
        return flat.reshape(self._count, *self._inner)


class Rows:
    """A table of numbers of unknown length, filled from the front; a long one is kept outside memory.

    Parameters
    ----------
    like : (0, ...) array
        Width and type.
    folder : Path, optional
    """

    def __init__(self, like: Array, folder: Path | None = None) -> None:
        self._like = like
        self._folder = folder
        self._held: list[Array] = []
        self._bytes = 0
        self._file: IO[bytes] | None = None

    def add(self, rows: Array) -> None:
        """Put some more rows at the end."""
        self._bytes += rows.nbytes
        self._held.append(rows)
        if self._bytes > IN_MEMORY and self._file is None:
            self._file = nameless(self._folder)
        if self._file is not None:
            with writing(self._folder):
                for held in self._held:
                    self._file.write(np.ascontiguousarray(held).data)
            self._held = []

    def array(self) -> Array:
        """Return the whole."""
        if self._file is None:
            return np.concatenate([self._like, *self._held])
        with writing(self._folder):
            self._file.flush()
        count = self._bytes // self._like.dtype.itemsize
        return mapped(self._file, self._like.dtype, count).reshape(-1, *self._like.shape[1:])
