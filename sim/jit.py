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
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba.core import config, event
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys

__all__ = ["cache_folder", "entry", "kernel", "part"]

F = TypeVar("F", bound=Callable[..., object])

#: Nothing is allocated in a kernel, so nothing needs to count references: that took a sixth of the time.
OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "_nrt": False}

_IMPORTED: Final = re.compile(r"^from (sim[.\w]*) import (\([^)]*\)|.*)", re.MULTILINE)
_NAME: Final = re.compile(r"\w+")

#: Where the package lies.
ROOT: Final = Path(__file__).parent.parent


@cache
def _read(module: Path) -> tuple[bytes, tuple[Path, ...]]:
    """Return the hash of a file, and the files of the project that it imports from at its top."""
    content = module.read_bytes()
    return hashlib.blake2b(content, digest_size=16).digest(), tuple(_imported(content.decode()))


def _imported(source: str) -> Iterator[Path]:
    """Yield the files that a source imports from."""
    for package, names in _IMPORTED.findall(source):
        place = ROOT.joinpath(*package.split("."))
        module = place.with_suffix(".py")
        if module.is_file():
            yield module
            continue
        for path in (place, *(place / name for name in _NAME.findall(names))):
            if path.with_suffix(".py").is_file():
                yield path.with_suffix(".py")
            elif path.is_dir():
                yield path / "__init__.py"


def sources(module: Path) -> list[Path]:
    """Return the files the kernels of a module are made of: all it imports, directly or not.

    That is more than has to be: but a constant may come to a kernel through several files.
    """
    found, left = set(), [module]
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            left += _read(path)[1]
    return sorted(found)


@cache
def _digest(module: Path) -> str:
    """Return the hash of all that kernels of a module are made of, Numba and Python included."""
    content = b"".join(_read(path)[0] for path in sources(module))
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
        if os.environ.get("KAIGONG_CACHE") == str(place):
            _passed_over(str(place))
    return None


@cache
def _passed_over(given: str) -> None:
    """Say, once a process, that the folder somebody named cannot be used."""
    say(f"KAIGONG_CACHE={given}: no files can be made there; kernels are kept in the usual place instead")


def _folder_of(function: Callable[..., object]) -> Path | None:
    """Return the folder a function's compiled code is kept in."""
    python = getattr(function, "py_func", function)
    return cache_folder(Path(python.__code__.co_filename))


def kernel(function: F) -> F:
    """Compile a function into those that call it."""
    return cast(F, numba.njit(**OPTIONS)(function))


def part(function: F) -> F:
    """Compile a kernel that one other calls into that one, however long it is: a call costs ten loads."""
    return cast(F, numba.njit(**OPTIONS, forceinline=True)(function))


class _Kept(FunctionCache):
    """Compiled code on disk, read without all that only a compiler needs.

    Numba makes a context ready for compiling before it reads from a cache: a fifth of a second that a start
    without compiling has no use for. Whoever compiles makes it ready then.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code of a signature, None where it has to be compiled."""
        if not hasattr(self, "_load_overload"):  # a Numba that does it another way
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


def entry(function: F) -> F:
    """Compile a function that Python calls; the result is kept on disk where that is possible."""
    folder = _folder_of(function)
    compiled: Any = kernel(function)
    if folder is None or not hasattr(compiled, "_cache"):  # nothing is compiled under NUMBA_DISABLE_JIT
        return cast(F, compiled)
    before = config.CACHE_DIR  # type: ignore[attr-defined]
    config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
    try:
        compiled._cache = _Kept(compiled.py_func)  # type: ignore[no-untyped-call]
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]
    return cast(F, compiled)


class Announcer(event.Listener):
    """Says, once a process, that kernels are being compiled: nobody knows else what takes so long.

    Parameters
    ----------
    notify : callable
        Is told in words.
    """

    def __init__(self, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._said = False

    def on_start(self, event: Any) -> None:
        """Say so at the first kernel of ours that no cache had."""
        module = str(event.data["dispatcher"].py_func.__module__)
        if not self._said and module.startswith("sim."):
            self._said = True
            self._notify("compiling the kernels: once on this machine, about a minute")

    def on_end(self, event: Any) -> None:
        """Say nothing: the work itself goes on."""


def say(words: str) -> None:
    """Say on the error stream what takes so long."""
    print(words, file=sys.stderr, flush=True)


event.register("numba:compile", Announcer(say))  # type: ignore[no-untyped-call]
