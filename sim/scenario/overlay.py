"""Laying one file over another: mappings merge deep, lists and scalars replace."""

from __future__ import annotations

from sim.errors import Problems
from sim.scenario.document import Node, Path_, dotted, plain, shown


def replaces(base: Node, over: Node) -> bool:
    """Say whether `over` takes the place of `base` as a whole.

    Two mappings merge, with one exception: a mapping that names the family of a law
    (``law: uniform``) is a new law and takes nothing from the old one; without ``law`` it changes
    single arguments.
    """
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return True
    family = over.value.get("law")
    return family is not None and isinstance(family.value, str)


def merge(base: Node, over: Node) -> Node:
    """Lay `over` over `base`; every value keeps the place where it was written (mappings: where last).

    Examples
    --------
    >>> from pathlib import Path
    >>> def node(value):
    ...     inner = {k: node(v) for k, v in value.items()} if isinstance(value, dict) else value
    ...     return Node(inner, "x.yaml:1", (), Path())
    >>> plain(merge(node({"a": {"b": 1, "c": 2}}), node({"a": {"b": 5}})))
    {'a': {'b': 5, 'c': 2}}
    """
    if replaces(base, over):
        return over
    merged = dict(base.value)
    for key, child in over.items():
        merged[key] = merge(merged[key], child) if key in merged else child
    return over.with_value(merged)


def note_conflicts(
    first: Node, second: Node, names: tuple[str, str], problems: Problems, path: Path_ = ()
) -> None:
    """Note every key that two overlays of one combination set to different values."""
    laws = replaces(first, second) or replaces(second, first)
    if not laws:
        for key, child in second.items():
            if (other := first.get(key)) is not None:
                note_conflicts(other, child, names, problems, (*path, key))
        return
    if plain(first) != plain(second):
        problems.add(
            second.place,
            dotted(path),
            f"{shown(plain(first))} from {names[0]} and {shown(plain(second))} from {names[1]}",
            "one value",
            f"combine other reforms, or define a reform that settles `{dotted(path)}`",
        )
