"""What is done at all, and in how many parts: functions from specs to specs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
