"""The head of a scenario: what a list of scenarios says of each, without checking or building any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError, Problems
from sim.scenario.document import Node, plain, read_document
from sim.scenario.files import find_scenario, read_with_parents
from sim.spec import Label


@dataclass(frozen=True)
class Head:
    """Name, title and reforms of a scenario.

    Parameters
    ----------
    name : str
    title : Label or None
    synthetic : bool
        The projects are made up.
    reforms : tuple of str
        Sorted names.
    """

    name: str
    title: Label | None
    synthetic: bool
    reforms: tuple[str, ...]


def read_heads(names: Sequence[str]) -> list[Head]:
    """Read the heads of shipped scenarios; a parent that several have is read once.

    Raises
    ------
    InputError
        If there is no such scenario, or a file cannot be read.

    Examples
    --------
    >>> [head.title.en for head in read_heads(["hello"])]
    ['Hello']
    """
    problems, known = Problems(), dict[Path, Node | None]()

    def read(path: Path) -> Node | None:
        one = path.resolve()  # each child has its own way to a parent
        if one not in known:
            known[one] = read_document(path, problems)
        return known[one]

    paths = [find_scenario(name, problems) for name in names]
    tops = [read_with_parents(path, problems, read=read) if path is not None else None for path in paths]
    if None in tops:
        raise InputError(problems.errors)
    return [_head(name, top) for name, top in zip(names, tops, strict=True) if top is not None]


def _head(name: str, top: Node) -> Head:
    """Take the head of a scenario's file."""
    title, synthetic, reforms = (top.get(key) for key in ("title", "synthetic", "reforms"))
    return Head(
        name=name,
        title=Label.model_validate(plain(title)) if title is not None else None,
        synthetic=synthetic is not None and synthetic.value is True,
        reforms=tuple(sorted(key for key, _ in reforms.items())) if reforms is not None else (),
    )
