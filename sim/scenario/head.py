"""The head of a scenario: what a list of scenarios says of each, without checking or building any."""

from __future__ import annotations

from dataclasses import dataclass

from sim.errors import InputError, Problems
from sim.scenario.document import plain
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


def read_head(name: str) -> Head:
    """Read the head of a shipped scenario.

    Raises
    ------
    InputError
        If there is no such scenario, or its file cannot be read.

    Examples
    --------
    >>> read_head("hello").title.en
    'Hello'
    """
    problems = Problems()
    path = find_scenario(name, problems)
    top = read_with_parents(path, problems) if path is not None else None
    if top is None:
        raise InputError(problems.errors)
    title, synthetic, reforms = (top.get(key) for key in ("title", "synthetic", "reforms"))
    return Head(
        name=name,
        title=Label.model_validate(plain(title)) if title is not None else None,
        synthetic=synthetic is not None and synthetic.value is True,
        reforms=tuple(sorted(key for key, _ in reforms.items())) if reforms is not None else (),
    )
