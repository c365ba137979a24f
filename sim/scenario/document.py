"""Reading one YAML file into nodes that remember where they were written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode

from sim.errors import Problems

Part = str | int
Path_ = tuple[Part, ...]

#: More nodes than any scenario has: stops aliases that multiply.
_MOST_NODES: Final = 200_000
_TAG: Final = "tag:yaml.org,2002:"
_TAGS: Final = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_BOOLS: Final = {"true": True, "false": False}


@dataclass(frozen=True)
class Node:
    """A value of a file and the place where it was written.

    Parameters
    ----------
    value : dict of Node, list of Node, or a scalar
    place : str
        ``file:line`` or ``file row 3``.
    path : tuple
        Keys from the top of that file.
    folder : Path
        What relative paths in it start from.
    name : str
        Name of the number, where it is not the path in the merged scenario (catalogue columns).
    """

    value: Any
    place: str
    path: Path_
    folder: Path
    name: str = ""

    def get(self, *keys: Part) -> Node | None:
        """Follow keys; None when one is missing."""
        node: Node | None = self
        for key in keys:
            node = node._child(key) if node is not None else None
        return node

    def _child(self, key: Part) -> Node | None:
        """One step."""
        if isinstance(self.value, dict):
            return self.value.get(key)
        if isinstance(self.value, list) and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]  # type: ignore[no-any-return]
        return None

    def items(self) -> Iterator[tuple[str, Node]]:
        """Entries of a mapping; none for anything else."""
        if isinstance(self.value, dict):
            yield from self.value.items()

    def with_value(self, value: Any) -> Node:
        """Return the node with another value, written at the same place."""
        return replace(self, value=value)


def plain(node: Node) -> Any:
    """Strip the places: dictionaries, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def dotted(path: Path_) -> str:
    """Write a path with dots.

    Examples
    --------
    >>> dotted(("activities", "LND", "work", 1, "law"))
    'activities.LND.work.1.law'
    """
    return ".".join(str(part) for part in path)


def shown(value: Any) -> str:
    """Say what was found, in a few words.

    Examples
    --------
    >>> shown({}), shown([1]), shown(None), shown("20 dayz"), shown(True)
    ('a mapping', 'a list', 'nothing', '20 dayz', 'true')
    """
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if not text.strip():
        return repr(text)
    return text if len(text) <= 60 else text[:57] + "..."


def is_file(path: Path) -> bool:
    r"""Say whether there is such a file; a name no file can have is none.

    Examples
    --------
    >>> is_file(Path("x" * 5000)), is_file(Path("a\0b"))
    (False, False)
    """
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_text(path: Path, problems: Problems, *, remedy: str = "check the path") -> str | None:
    """Read a UTF-8 file; every way in which that fails is a problem."""
    try:
        if path.is_dir():
            inside = path / "scenario.yaml"
            hint = f"give {inside}" if inside.is_file() else "give a file in it"
            problems.add(str(path), "", "a folder", "a file", hint)
            return None
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add(
            str(path), "", f"byte {error.start} that is no UTF-8", "a UTF-8 file", "save it as UTF-8"
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problems.add(str(path), "", f"no readable file ({reason})", "a file", remedy)
    return None


def read_document(path: Path, problems: Problems) -> Node | None:
    """Read one YAML file whose top is a mapping.

    Parameters
    ----------
    path : Path
    problems : Problems
        Gains every duplicate key, tag and syntax error.

    Returns
    -------
    Node or None
        None when nothing could be read.
    """
    text = read_text(path, problems)
    if text is None:
        return None
    reader = _Reader(path, problems)
    top = reader.compose(text)
    if top is None:
        return None
    node = reader.node(top, ())
    if isinstance(node.value, dict):
        return node
    problems.add(f"{path}:1", "", shown(node.value), "a mapping of keys", "begin with `schema: 1`")
    return None


class _Reader:
    """Turns YAML nodes of one file into `Node`."""

    def __init__(self, path: Path, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self.count = 0
        self.open: set[int] = set()

    def compose(self, text: str) -> YamlNode | None:
        """Parse the text, or note why it is no YAML."""
        try:
            top = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            self._syntax(error)
            return None
        except (YAMLError, RecursionError, ValueError, TypeError, AttributeError, IndexError) as error:
            reason = "lists in lists without end" if isinstance(error, RecursionError) else _first_line(error)
            self.problems.add(str(self.path), "", reason, "YAML 1.2", "correct the file")
            return None
        if top is None:
            self.problems.add(
                str(self.path), "", "an empty file", "a mapping of keys", "begin with `schema: 1`"
            )
        return top  # type: ignore[no-any-return]

    def _syntax(self, error: MarkedYAMLError) -> None:
        """Note a syntax error at its line."""
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        got, remedy = _first_line(error.problem or error), "correct the line"
        if "'\\t'" in got:
            got, remedy = "a tab", "indent with spaces"
        elif "single document" in (error.context or ""):
            got, remedy = "a second document (`---`)", "keep one document in a file"
        self.problems.add(f"{self.path}:{line}", "", got, "YAML 1.2", remedy)

    def node(self, raw: YamlNode, path: Path_) -> Node:
        """Convert one YAML node."""
        self.count += 1
        place = f"{self.path}:{raw.start_mark.line + 1}"
        if self.count > _MOST_NODES or len(path) > 60 or id(raw) in self.open:
            if self.count <= _MOST_NODES + 1:
                self.problems.add(place, dotted(path), "an alias without end", "finite YAML", "write it out")
            self.count = max(self.count, _MOST_NODES + 1)
            return Node(None, place, path, self.path.parent)
        self.open.add(id(raw))
        value = self._value(raw, path, place)
        self.open.discard(id(raw))
        return Node(value, place, path, self.path.parent)

    def _value(self, raw: YamlNode, path: Path_, place: str) -> Any:
        """Convert what a node holds."""
        tag = str(raw.tag)
        if tag.removeprefix(_TAG) not in _TAGS:
            shown_tag = tag.replace(_TAG, "!!")
            self.problems.add(place, dotted(path), f"the tag {shown_tag}", "plain YAML", "take the tag out")
            return None
        if isinstance(raw, MappingNode):
            return self._mapping(raw, path)
        if isinstance(raw, SequenceNode):
            return [self.node(child, (*path, index)) for index, child in enumerate(raw.value)]
        assert isinstance(raw, ScalarNode)
        return _scalar(str(raw.tag).removeprefix(_TAG), raw.value)

    def _mapping(self, raw: MappingNode, path: Path_) -> dict[str, Node]:
        """Convert a mapping; a key given twice is a problem."""
        found: dict[str, Node] = {}
        for key_node, value_node in raw.value:
            place = f"{self.path}:{key_node.start_mark.line + 1}"
            if not isinstance(key_node, ScalarNode) or key_node.tag == f"{_TAG}merge":
                got = "`<<`" if isinstance(key_node, ScalarNode) else "a key that is no text"
                self.problems.add(place, dotted(path), got, "a plain key", "use `extends:` or write it out")
                continue
            key = str(key_node.value)
            if key in found:
                first = found[key].place.rpartition(":")[2]
                self.problems.add(
                    place,
                    dotted((*path, key)),
                    "the key a second time",
                    f"it once (line {first})",
                    "keep one",
                )
                continue
            child = self.node(value_node, (*path, key))
            found[key] = replace(child, place=place)
        return found


def _scalar(tag: str, text: str) -> Any:
    """Give a scalar its YAML 1.2 type; what does not fit its type stays text."""
    if tag == "null":
        return None
    with suppress(ValueError):  # what is no number or date stays text
        if tag == "bool":
            return _BOOLS.get(text.lower(), text)
        if tag == "int":
            return _integer(text.replace("_", ""))
        if tag == "float":
            return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
        if tag == "timestamp" and _DATE.fullmatch(text):
            return date.fromisoformat(text)
    return text


def _integer(text: str) -> int | str:
    """Read decimal, octal and hexadecimal integers; an endless one stays text."""
    if len(text) > 40:
        return text
    return int(text, 0) if text.lower().lstrip("+-").startswith(("0o", "0x")) else int(text)


def _first_line(error: object) -> str:
    """First line of a message."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
