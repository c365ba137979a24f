"""Arrays as kernels get them, and scratch that threads borrow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Scratch", "Spare", "bytes_of", "flags", "freeze", "ints", "longs"]

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_INT, _LONG, _FLAG, _BYTE = (np.dtype(kind) for kind in (np.int32, np.int64, np.bool_, np.int8))


def _handed(values: Any, dtype: Any) -> npt.NDArray[Any]:
    """Return a read-only view: a kernel has one signature, and cannot change what it looks at."""
    if type(values) is np.ndarray and values.dtype == dtype:
        given = values.flags
        if given.c_contiguous and not given.writeable:
            return values
    found = np.ascontiguousarray(values, dtype=dtype).view()
    found.setflags(write=False)
    return found


def freeze(record: object) -> None:
    """Make the arrays of a record read-only: several kernels get them, none needs a view of its own."""
    for values in vars(record).values():
        if type(values) is np.ndarray:
            values.setflags(write=False)


def ints(values: Any) -> Ints:
    """Return a read-only view as int32; a copy only of what is not that already, itself if it is all that.

    Examples
    --------
    >>> ints([1, 2]).dtype
    dtype('int32')
    """
    return _handed(values, _INT)


def longs(values: Any) -> npt.NDArray[np.int64]:
    """Return a read-only view as int64."""
    return _handed(values, _LONG)


def flags(values: Any) -> Flags:
    """Return a read-only view as bool."""
    return _handed(values, _FLAG)


def bytes_of(values: Any) -> npt.NDArray[np.int8]:
    """Return a read-only view as int8."""
    return _handed(values, _BYTE)


class Scratch:
    """Arrays by name that grow as they are asked for; one thread uses one at a time."""

    def __init__(self) -> None:
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def ints(self, name: str, size: int) -> Ints:
        """Return so many int32 cells with anything in them."""
        return self._cells(name, size, np.int32)

    def longs(self, name: str, size: int) -> npt.NDArray[np.int64]:
        """Return so many int64 cells with anything in them."""
        return self._cells(name, size, np.int64)

    def bytes(self, name: str, size: int) -> npt.NDArray[np.int8]:
        """Return so many int8 cells with anything in them."""
        return self._cells(name, size, np.int8)

    def _cells(self, name: str, size: int, dtype: Any) -> npt.NDArray[Any]:
        """Return cells, new ones where there were fewer."""
        found = self._arrays.get(name)
        if found is None or len(found) < size:
            found = np.empty(size + size // 8, dtype=dtype)
            self._arrays[name] = found
        return found[:size]


class Spare:
    """Lends scratch to threads; kept between replications, since fresh memory costs as much as the work."""

    def __init__(self) -> None:
        self._free: list[Scratch] = []
        self._lock = threading.Lock()

    @contextmanager
    def lent(self) -> Iterator[Scratch]:
        """Lend scratch that no other thread uses."""
        with self._lock:
            scratch = self._free.pop() if self._free else Scratch()
        try:
            yield scratch
        finally:
            with self._lock:
                self._free.append(scratch)
