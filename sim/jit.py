"""How kernels are compiled: once, kept on disk, with a word about it when it takes long.

Kernels call kernels of other files and use their constants, of which Numba's own cache would not notice a
change; so the folder of a cache carries the hash of all the sources its kernels are made of.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba.core import config

__all__ = ["cache_folder", "entry", "is_cached", "kernel", "say"]

F = TypeVar("F", bound=Callable[..., object])

#: Nothing is allocated in a kernel, so nothing needs to count references: that took a sixth of the time.
OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "_nrt": False}

_IMPORTED: Final = re.compile(r"^from (sim[.\w]*) import (?:\(\s*)?(\w+)", re.MULTILINE)
_OWN: Final = "sim.jit"


def _imports(source: str) -> Iterator[Path]:
    """Yield the files of the project that a source imports from."""
    for package, name in _IMPORTED.findall(source):
        for module in (f"{package}.{name}", package):
            with contextlib.suppress(ModuleNotFoundError):
                spec = find_spec(module)
                if spec is not None and spec.origin is not None:
                    yield Path(spec.origin)
                    break


def sources(module: Path) -> list[Path]:
    """Return the files the kernels of a module are made of: modules with kernels, and what they import."""
    found, left = set(), [module]
    while left:
        path = left.pop()
        if path in found:
            continue
        found.add(path)
        text = path.read_text(encoding="utf-8")
        if f"from {_OWN} import" in text:  # others have constants only; what those import is no matter
            left += _imports(text)
    return sorted(found)


@cache
def _digest(module: Path) -> str:
    """Return the hash of all that kernels of a module are made of, Numba and Python included."""
    content = b"".join(path.read_bytes() for path in sources(module))
    words = f"{numba.__version__} {sys.version}".encode()
    return hashlib.blake2b(content + words, digest_size=8).hexdigest()


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


def _copied(folder: Path) -> Path | None:
    """Return a copy of a cache that may be read but not written, for as long as the process lives."""
    with contextlib.suppress(OSError):
        if any(folder.rglob("*.nbi")):
            copy = Path(tempfile.mkdtemp(prefix="kaigong-kernels-"))
            atexit.register(shutil.rmtree, copy, ignore_errors=True)
            return Path(shutil.copytree(folder, copy, dirs_exist_ok=True, copy_function=shutil.copyfile))
    return None


@cache
def cache_folder(module: Path) -> Path | None:
    """Return the folder of a module's compiled kernels, None if nothing can be written anywhere."""
    for place in _candidates():
        folder = place / f"kernels-{_digest(module)}"
        if _is_writable(folder):
            return folder
        copy = _copied(folder)
        if copy is not None:
            return copy
    return None


def _folder_of(function: Callable[..., object]) -> Path | None:
    """Return the folder a function's compiled code is kept in."""
    python = getattr(function, "py_func", function)
    return cache_folder(Path(python.__code__.co_filename))


def kernel(function: F) -> F:
    """Compile a function into those that call it."""
    return cast(F, numba.njit(**OPTIONS)(function))


def entry(function: F) -> F:
    """Compile a function that Python calls; the result is kept on disk where that is possible."""
    folder = _folder_of(function)
    if folder is None:
        return kernel(function)
    before = config.CACHE_DIR  # type: ignore[attr-defined]
    config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
    try:
        return cast(F, numba.njit(**OPTIONS, cache=True)(function))
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]


def is_cached(function: Callable[..., object]) -> bool:
    """Tell whether a kernel has been compiled, now or in an earlier process."""
    if getattr(function, "signatures", ()):
        return True
    folder = _folder_of(function)
    return folder is not None and any(folder.rglob(f"*.{function.__name__}-*.nbi"))


def say(words: str) -> None:
    """Say on the error stream what takes so long."""
    print(words, file=sys.stderr, flush=True)
