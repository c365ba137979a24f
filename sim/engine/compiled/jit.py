"""How kernels are compiled: once, kept on disk, with a word about it when it takes long.

Kernels call kernels of other files, of which Numba's own cache would not notice a change; so the folder
of the cache carries the hash of all of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba.core import config

__all__ = ["cache_folder", "entry", "is_cached", "kernel", "say"]

F = TypeVar("F", bound=Callable[..., object])

#: Nothing is allocated in a kernel, so nothing needs to count references: that took a sixth of the time.
OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "_nrt": False}

HERE = Path(__file__).parent


def _digest() -> str:
    """Return the hash of every kernel and of what Numba and Python are."""
    sources = b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py")))
    words = f"{numba.__version__} {sys.version}".encode()
    return hashlib.blake2b(sources + words, digest_size=8).hexdigest()


def _candidates() -> list[Path]:
    """Return the folders in which the cache may be kept, best first."""
    given = os.environ.get("KAIGONG_CACHE")
    home = os.environ.get("XDG_CACHE_HOME")
    places = [Path(given)] if given else []
    with contextlib.suppress(RuntimeError):  # nobody's home
        places.append((Path(home) if home else Path.home() / ".cache") / "kaigong")
    return places


def _is_writable(folder: Path) -> bool:
    """Tell whether files can be made in a folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def cache_folder() -> Path | None:
    """Return the folder of compiled kernels, None if nothing can be written anywhere."""
    for place in _candidates():
        folder = place / f"kernels-{_digest()}"
        if _is_writable(folder):
            return folder
    return None


_FOLDER = cache_folder()


def kernel(function: F) -> F:
    """Compile a function into those that call it."""
    return cast(F, numba.njit(**OPTIONS)(function))


def entry(function: F) -> F:
    """Compile a function that Python calls; the result is kept on disk where that is possible."""
    if _FOLDER is None:
        return kernel(function)
    before = config.CACHE_DIR  # type: ignore[attr-defined]
    config.CACHE_DIR = str(_FOLDER)  # type: ignore[attr-defined]
    try:
        return cast(F, numba.njit(**OPTIONS, cache=True)(function))
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]


def is_cached(function: Callable[..., object]) -> bool:
    """Tell whether a kernel has been compiled, now or in an earlier process."""
    if getattr(function, "signatures", ()):
        return True
    return _FOLDER is not None and any(_FOLDER.rglob(f"*.{function.__name__}-*.nbi"))


def say(words: str) -> None:
    """Say on the error stream what takes so long."""
    print(words, file=sys.stderr, flush=True)
