"""The smallest case that still fails: files are cut, key by key and row by row.

Hypothesis shrinks choices, and a choice early in a scenario changes the meaning of all later ones; what is
cut here is what a person would take out of the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from ruamel.yaml import YAML

from tests.engines.generated.case import Case, dump
from tests.engines.generated.pen import Doc

#: What is wrong with a case: lines, none if nothing is.
Faults = Callable[[Case], tuple[str, ...]]
#: What is tried instead of a value that cannot be left out.
_PLAINER = ("1 d", "1 wd", 1, 0)


def smallest(case: Case, faults: Faults) -> Case:
    """Cut a case down as long as it fails in the same way."""
    kind = _kind(faults(case))
    case = _joined(case)
    tried: set[str] = set()
    again = True
    while again:
        again = False
        position = 0
        while (step := next(_skip(_smaller(case), position), None)) is not None:
            name = repr(sorted(step.files.items()))
            fails = name not in tried and _kind(faults(step)) == kind
            tried.add(name)
            if fails:
                case, again = step, True
            else:
                position += 1
    return case


def _kind(found: tuple[str, ...]) -> str:
    """Kind of a fault: an exception's name; differences are all of one kind."""
    first = found[0] if found else ""
    return "differ" if first.startswith("replication") and ": reference " in first else first.split(":")[0]


def _skip(steps: Iterator[Case], count: int) -> Iterator[Case]:
    """Leave out the first ones: they have been tried."""
    for _ in range(count):
        next(steps, None)
    return steps


def _joined(case: Case) -> Case:
    """Write parent and child into one file: each holds whole sections."""
    files = dict(case.files)
    if "parent.yaml" in files:
        child = _load(files["scenario.yaml"])
        child.pop("extends")
        files["scenario.yaml"] = dump({**child, **_load(files.pop("parent.yaml"))})
    return replace(case, files=files)


def _load(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def _smaller(case: Case) -> Iterator[Case]:
    """Cases with one thing less, the largest things first."""
    for name in case.files:
        if name not in ("scenario.yaml", "ledger.csv", "nothing.yaml"):
            yield replace(case, files={key: text for key, text in case.files.items() if key != name})
    if case.reforms:
        yield replace(case, reforms=())
    doc = _load(case.files["scenario.yaml"])
    for path in sorted(_paths(doc), key=len):
        yield _with(case, "scenario.yaml", dump(_without(doc, path)))
    for name in ("ledger.csv", "ledger.items.csv"):
        if name in case.files:
            yield from (_with(case, name, text) for text in _tables(case.files[name]))
    for path in _paths(doc):
        for value in _PLAINER:
            yield from _replaced(case, doc, path, value)


def _with(case: Case, name: str, text: str) -> Case:
    return replace(case, files={**case.files, name: text})


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and every entry of a tree, the last entries of lists first."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        inside = list(node.items())
    elif isinstance(node, list):
        inside = list(enumerate(node))[::-1]
    for key, child in inside:
        yield (*path, key)
        yield from _paths(child, (*path, key))


def _without(doc: Doc, path: tuple[Any, ...]) -> Doc:
    """The tree without one key; an activity goes with all that names it as a predecessor."""
    done = deepcopy(doc)
    node: Any = done
    for key in path[:-1]:
        node = node[key]
    del node[path[-1]]
    if len(path) == 2 and path[0] == "activities":
        for block in done["activities"].values():
            for key in ("after", "after_add"):
                if key in block:
                    block[key] = [name for name in block[key] if name != path[1]]
        done["milestones"] = [m for m in done["milestones"] if m.get("activity") != path[1]]
    return done


def _replaced(case: Case, doc: Doc, path: tuple[Any, ...], value: Any) -> Iterator[Case]:
    """The case with a plainer value, unless the value is plain already or a name."""
    node: Any = doc
    for key in path:
        node = node[key]
    is_block = isinstance(node, dict | list) and path[0] not in ("milestones", "calendar") and len(path) > 2
    if not is_block and not (isinstance(node, str) and node.startswith("$")):
        return
    done = deepcopy(doc)
    parent: Any = done
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    yield _with(case, "scenario.yaml", dump(done))


def _tables(text: str) -> Iterator[str]:
    """A table without one of its rows, the last first, or one of its columns, or with two rows alike."""
    header, *rows = csv.reader(io.StringIO(text))
    for place in reversed(range(len(rows))):
        yield _csv([header, *rows[:place], *rows[place + 1 :]])
    for place in reversed(range(len(header))):
        yield _csv([[*row[:place], *row[place + 1 :]] for row in (header, *rows)])
    for place, row in enumerate(rows):
        if place and row[1:] != rows[0][1:]:
            yield _csv([header, *rows[:place], [row[0], *rows[0][1:]], *rows[place + 1 :]])


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
