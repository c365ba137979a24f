"""Files written whole or not at all: a temporary sibling, then one rename."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import KaigongError


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
        raise KaigongError(
            f"{path}: the directory cannot be created ({error.strerror or error});"
            " choose another place or make its parent writable"
        ) from error


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
