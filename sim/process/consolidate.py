"""What is done at all, and in how many parts: functions from specs to specs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sim.process.graph import Spec


def first_name(activity: str) -> str:
    """Name of the first part of an activity done in two.

    Examples
    --------
    >>> first_name("JAC")
    'JAC.first'
    """
    return f"{activity}.first"


def cut(specs: Iterable[Spec], items: Collection[str]) -> tuple[Spec, ...]:
    """Cut items: they apply to nobody, so their precedence passes on.

    Examples
    --------
    >>> [spec.applies for spec in cut([Spec("A"), Spec("B", ("A",))], ["A"])]
    [False, True]
    """
    return tuple(replace(spec, applies=spec.applies and spec.name not in items) for spec in specs)


def split(specs: Iterable[Spec], after: Mapping[str, tuple[str, ...] | None]) -> tuple[Spec, ...]:
    """Do activities in two parts: the first one, then the rest, which keeps the name.

    Parameters
    ----------
    specs : iterable of Spec
    after : mapping of str to tuple of str or None
        By activity what its first part waits for; None: what the activity waits for.

    Examples
    --------
    >>> found = split([Spec("build", ("permit",)), Spec("check", ("build",))],
    ...               {"build": None, "check": ("build.first",)})
    >>> [(spec.name, spec.after) for spec in found]  # doctest: +NORMALIZE_WHITESPACE
    [('build.first', ('permit',)), ('build', ('permit', 'build.first')),
     ('check.first', ('build.first',)), ('check', ('build', 'check.first'))]
    """
    found: list[Spec] = []
    for spec in specs:
        if spec.name not in after:
            found.append(spec)
            continue
        before, first = after[spec.name], first_name(spec.name)
        begun = spec.after if before is None else before
        found.append(replace(spec, name=first, after=begun, item=None, activity=spec.name, part="first"))
        found.append(replace(spec, after=(*spec.after, first), part="rest"))
    return tuple(found)


def merge(specs: Sequence[Spec], together: Mapping[str, Sequence[str]]) -> tuple[Spec, ...]:
    """Do items together: one spec with all their predecessors, for which all wait that waited for one.

    Items that do not apply stay as they are; where none of them applies, there is nothing to be done.

    Parameters
    ----------
    specs : sequence of Spec
    together : mapping of str to sequence of str
        New name to items.

    Examples
    --------
    >>> found = merge([Spec("land"), Spec("EIA", ("land",)), Spec("FLD"), Spec("CPM", ("FLD",))],
    ...               {"water": ["EIA", "FLD"]})
    >>> [(spec.name, spec.after) for spec in found]
    [('land', ()), ('water', ('land',)), ('CPM', ('water',))]
    """
    new = merged_names(specs, together)
    of: dict[str, list[Spec]] = {}
    for spec in specs:
        of.setdefault(new.get(spec.name, spec.name), []).append(spec)
    return tuple(_one(name, parts, new) for name, parts in of.items())


def merged_names(specs: Iterable[Spec], together: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Name what each item that applies is done in."""
    applying = {spec.name for spec in specs if spec.applies}
    return {item: name for name, items in together.items() for item in items if item in applying}


def _one(name: str, parts: Sequence[Spec], new: Mapping[str, str]) -> Spec:
    """Put specs together; papers of items that are done together never come later."""
    after = dict.fromkeys(new.get(pred, pred) for part in parts for pred in part.after)
    after.pop(name, None)
    if name not in {new.get(part.name) for part in parts}:
        return replace(parts[0], after=tuple(after))
    rows = [part.item for part in parts if part.item is not None]
    return Spec(
        name,
        tuple(after),
        item=min(rows, default=None),
        pre_review=all(part.pre_review for part in parts),
        activity=parts[0].name,
        members=tuple(part.name for part in parts),
    )
