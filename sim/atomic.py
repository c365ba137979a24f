"""Files written whole or not at all (a temporary sibling, then one rename), and directories held by one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import KaigongError

try:
    import fcntl
except ImportError:  # not every system has these locks; there two processes may do the same work twice
    fcntl = None  # type: ignore[assignment]

_PROCESS = secrets.token_hex(8)


def make_directory(path: Path) -> None:
    """Create a directory and its parents; one that exists is fine.

    Raises
    ------
    KaigongError
        If it cannot be created; the message says what to do.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        file = _file_in_the_way(path)
        why = f"{file} is a file" if file else error.strerror or error
        remedy = "move the file away" if file else "make its parent writable"
        raise KaigongError(
            f"{path}: the directory cannot be created ({why}); choose another place or {remedy}"
        ) from error


def _file_in_the_way(path: Path) -> Path | None:
    """Return the file that stands where a directory or its parent has to be."""
    with suppress(OSError):
        return next((p for p in (path, *path.parents) if p.is_file()), None)
    return None


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Give a temporary sibling to write to; rename it to `path` at the end, drop it on an error.

    Parameters
    ----------
    path : Path or str
        Missing parent directories are created.

    Raises
    ------
    KaigongError
        If the place cannot be written; what was at `path` before is untouched.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(place) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> place.read_text(), len(list(place.parent.iterdir()))
    ('whole', 1)
    """
    target = Path(path)
    make_directory(target.parent)
    # The suffix stays last: writers of tables and figures choose the format by it.
    temporary = target.with_name(f".{target.stem}.{os.getpid()}-{secrets.token_hex(4)}.part{target.suffix}")
    try:
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise KaigongError(
            f"{target}: the file cannot be written ({error.strerror or error});"
            " choose another place, or make room and check the permissions"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write a binary file whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path | str, text: str) -> None:
    """Write a UTF-8 text file whole or not at all; line ends stay as they are."""
    write_bytes(path, text.encode())


class Lock:
    """A file that one process holds; the system lets go of it when the process ends, however it ends.

    Parameters
    ----------
    path : Path
    descriptor : int
        The open file; None where another part of this process holds it.
    """

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self._path = path
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go, and remove the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):  # in a directory that can no longer be written it stays, held by nobody
                self._path.unlink(missing_ok=True)
            os.close(descriptor)

    def __del__(self) -> None:
        """Let go with the last who needed it."""
        if self._descriptor is not None:
            os.close(self._descriptor)


def hold(path: Path) -> Lock:
    """Hold a lock file, or say who does.

    Parameters
    ----------
    path : Path
        The file; the message names the directory it is in.

    Raises
    ------
    KaigongError
        If another process holds it, or it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / ".lock"
    >>> lock = hold(path)
    >>> path.read_text().split()[0] == str(os.getpid())
    True
    >>> lock.release()
    >>> path.exists()
    False
    """
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError as error:
            raise KaigongError(
                f"{path.parent}: the directory cannot be written ({error.strerror or error});"
                " choose another place or make it writable"
            ) from error
        if not _locked(descriptor):
            holder = os.pread(descriptor, 80, 0).decode(errors="replace").strip()
            os.close(descriptor)
            # A run of this process that was interrupted may still be held by its traceback.
            if holder == _signature():
                return Lock(path, None)
            number = holder.partition(" ")[0] or "(starting)"
            raise KaigongError(
                f"{path.parent}: process {number} is making a run here, expected nobody;"
                " wait for it, end it, or choose another place with --out"
            )
        if _is_at(path, descriptor):  # else its last holder has just removed it
            _sign(path, descriptor)
            return Lock(path, descriptor)
        os.close(descriptor)


def _signature() -> str:
    """Return what tells this process from every other: in two containers both may have one number."""
    return f"{os.getpid()} {_PROCESS}"


def _is_at(path: Path, descriptor: int) -> bool:
    """Tell whether an open file is still the one at a path."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _sign(path: Path, descriptor: int) -> None:
    """Write down who holds a lock."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _signature().encode(), 0)
    except OSError as error:
        raise KaigongError(
            f"{path.parent}: nothing can be written here ({error.strerror or error});"
            " choose another place, or make room and check the permissions"
        ) from error


def _locked(descriptor: int) -> bool:
    """Try to lock an open file."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nobody can be kept out
        return True
    return True
