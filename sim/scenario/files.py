"""Finding scenario files: shipped names, paths, parents, the folder of real data."""

from __future__ import annotations

import importlib.resources
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sim.errors import Problems
from sim.scenario.document import Node, is_file, read_document, shown
from sim.scenario.overlay import merge
from sim.spec import nearest

#: Reads one file.
Read = Callable[[Path], Node | None]

#: File of a scenario inside its folder.
FILE: Final = "scenario.yaml"
#: Folder of real data where the environment names none.
DEFAULT_DATA: Final = "../shared/data"


def shipped_root() -> Path:
    """Folder of the scenarios that come with the package (or with the checkout).

    Examples
    --------
    >>> (shipped_root() / "hello" / "scenario.yaml").is_file()
    True
    """
    try:
        root = Path(str(importlib.resources.files("scenarios")))
    except ModuleNotFoundError:
        root = Path()
    return root if root.is_dir() and root.name == "scenarios" else Path(__file__).parents[2] / "scenarios"


def shipped_names() -> tuple[str, ...]:
    """Names of the shipped scenarios.

    Examples
    --------
    >>> "hello" in shipped_names()
    True
    """
    return tuple(sorted(path.parent.name for path in shipped_root().glob(f"*/{FILE}")))


def find_scenario(name_or_path: str | os.PathLike[str], problems: Problems) -> Path | None:
    """Return the file of a shipped name or path."""
    text = os.fspath(name_or_path)
    if text in shipped_names():
        return shipped_root() / text / FILE
    path = Path(text)
    if "\0" not in text and (os.path.lexists(text) or len(path.parts) > 1 or path.suffix):
        return path
    expected, remedy = nearest(text, shipped_names(), what="shipped scenario")
    problems.add(shown(text), "", "no such scenario", f"{expected}, or a file", remedy)
    return None


def read_with_parents(
    path: Path, problems: Problems, children: tuple[Path, ...] = (), read: Read | None = None
) -> Node | None:
    """Read a file and lay it over its parent, the parent's parent and so on.

    Parameters
    ----------
    path : Path
    problems : Problems
        Gains all that is wrong.
    children : tuple of Path
        Files that this one is a parent of.
    read : callable, optional
        Reads one file, where several scenarios share parents.
    """
    node = read(path) if read is not None else read_document(path, problems)
    extends = node.get("extends") if node is not None else None
    if node is None or extends is None or not isinstance(extends.value, str):
        return node
    parent = _parent(extends, problems)
    if parent is None:
        return None
    line = (*children, path.resolve())
    if parent.resolve() in line:
        problems.add(
            extends.place, "extends", extends.value, "a parent that is no child of its own", "leave it out"
        )
        return None
    base = read_with_parents(parent, problems, line, read)
    return merge(base, node) if base is not None else None


def _parent(extends: Node, problems: Problems) -> Path | None:
    """Find the file of a parent."""
    if extends.value in shipped_names():
        return shipped_root() / str(extends.value) / FILE
    path = extends.folder / str(extends.value)
    if is_file(path):
        return path
    expected, remedy = nearest(extends.value, shipped_names(), what="shipped scenario")
    problems.add(extends.place, "extends", extends.value, f"{expected}, or a file", remedy)
    return None


def data_path(text: str, folder: Path) -> tuple[Path, str]:
    """Resolve a file of a scenario, and say what to do when it is not there.

    Parameters
    ----------
    text : str
        Relative to `folder`; or below ``$KAIGONG_DATA``.

    Examples
    --------
    >>> data_path("ledger.csv", Path("a"))[1]
    'put the file there, or give another'
    """
    if not text.startswith("$KAIGONG_DATA/"):
        return folder / text, "put the file there, or give another"
    root = os.environ.get("KAIGONG_DATA") or DEFAULT_DATA
    return Path(root) / text.removeprefix("$KAIGONG_DATA/"), "set KAIGONG_DATA to the folder of the data"
