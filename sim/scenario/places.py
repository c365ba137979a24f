"""From pydantic's words to ours: where in the files a problem lies, and what was expected there."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic_core import ErrorDetails

from sim.errors import Problem
from sim.scenario.document import Node, Part, Path_, dotted, shown
from sim.scenario.schema import Spec
from sim.spec import Block, nearest

#: What a pydantic error type means to the person who wrote the file.
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "string_type": ("a text", "quote it"),
    "int_type": ("a whole number", "write digits without a unit"),
    "bool_type": ("true or false", "write `true` or `false`"),
    "date_type": ("a date", "write it as 2021-09-30"),
    "float_type": ("a number", "write a plain number"),
    "tuple_type": ("a list", "write `[a, b]`"),
    "dict_type": ("a mapping", "write `key: value` lines"),
    "mapping_type": ("a mapping", "write `key: value` lines"),
    "model_type": ("a mapping", "write `key: value` lines"),
    "model_attributes_type": ("a mapping", "write `key: value` lines"),
    "too_short": ("more entries", "add what is missing"),
    "string_too_short": ("a text that is not empty", "write a few words"),
    "string_pattern_mismatch": ("a name of small letters, digits and _", "write it like `in_production`"),
}

#: What tells the members of a union apart, and its values.
_TAGS: Final[dict[str, tuple[str, ...]]] = {
    "kind": ("office", "quota", "pool", "meeting"),
    "rule": ("effort", "visit", "escalate", "reserve", "class", "override", "standing"),
}


def locate(root: Node, loc: Iterable[Part]) -> tuple[Node, Path_]:
    """Find the node of a place in the schema, and its path in the merged tree.

    Parts that the file does not have (cases of a law written as one law, tags of a union) are passed over.
    """
    parts, node = list(loc), root
    path: list[Part] = []
    for index, part in enumerate(parts):
        child = node.get(part)
        if child is None and isinstance(node.value, dict):
            child = node.get(str(part))
        rest = parts[index + 1 :]
        if part == "law" and isinstance(parts[index - 1], int) and (not path or path[-1] != parts[index - 1]):
            continue  # the case around a law that stands alone
        if child is None:
            continue
        # a case may hold its law flat: `{when: ..., law: uniform, low: ..., high: ...}`
        flat = part == "law" and not isinstance(child.value, (dict, list))
        if flat and any(node.get(later) is not None for later in rest):
            continue
        node = child
        path.append(part)
    return node, tuple(path)


def _members(annotation: Any) -> list[Any]:
    """Types inside unions, options and annotations."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [member for option in get_args(annotation) for member in _members(option)]
    return [annotation]


def _tag_of(block: type[Block]) -> object:
    """Tag of a member of a union (`office`, `effort`), None for other blocks."""
    for key in _TAGS:
        field = block.model_fields.get(key)
        if field is not None and get_origin(field.annotation) is Literal:
            return get_args(field.annotation)[0]
    return None


def _step(annotation: Any, part: Part) -> list[Any]:
    """Types one part further."""
    found: list[Any] = []
    for member in _members(annotation):
        origin, args = get_origin(member), get_args(member)
        if isinstance(member, type) and issubclass(member, Block):
            fields = {info.alias or name: info.annotation for name, info in member.model_fields.items()}
            if part in fields:
                found.append(fields[str(part)])
            elif part == _tag_of(member):
                found.append(member)
        elif origin is tuple and isinstance(part, int):
            found.append(args[0])
        elif origin in (dict, Mapping) and args:
            found.append(args[1])
    return found


def keys_at(loc: Iterable[Part]) -> list[str]:
    """Keys that the schema knows at a place.

    Examples
    --------
    >>> keys_at(("activities", "EIA", "stops"))
    ['status', 'source', 'range', 'rate', 'ladder', 'max']
    """
    current: list[Any] = [Spec]
    for part in loc:
        current = [further for annotation in current for further in _step(annotation, part)]
    blocks = [m for annotation in current for m in _members(annotation) if isinstance(m, type)]
    keys = [
        info.alias or name for b in blocks if issubclass(b, Block) for name, info in b.model_fields.items()
    ]
    return list(dict.fromkeys(keys))


def problem_of(error: ErrorDetails, root: Node) -> Problem:
    """Turn one pydantic error into a problem with its place."""
    loc, kind, context = tuple(error["loc"]), error["type"], error.get("ctx", {})
    node, _ = locate(root, loc)
    if kind == "missing":
        where = dotted((*node.path, loc[-1]))
        return Problem(node.place, where, "nothing", f"the key `{loc[-1]}`", f"add `{loc[-1]}: ...`")
    if kind == "extra_forbidden":
        expected, remedy = nearest(loc[-1], keys_at(loc[:-1]), what="key")
        return Problem(node.place, dotted(node.path), f"the unknown key `{loc[-1]}`", expected, remedy)
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _tag(node, context)
    got = shown(node.value)
    if kind == "kaigong":
        literal = node.get("value")  # a number with its range: what was meant is the number
        got = context["got"] or (got if literal is None else shown(literal.value))
        expected, remedy = str(context["expected"]), str(context["remedy"])
    elif kind == "literal_error":
        options = [option.strip("'") for option in str(context["expected"]).replace(" or ", ", ").split(", ")]
        expected = " or ".join(options)
        remedy = nearest(got, options)[1] if len(options) > 1 else f"write `{expected}`"
    elif kind in _WORDS:
        expected, remedy = _WORDS[kind]
    else:
        expected, remedy = error["msg"].removeprefix("Input should be ").lower(), "correct the value"
    return Problem(node.place, dotted(node.path), got, expected, remedy)


def _tag(node: Node, context: Mapping[str, Any]) -> Problem:
    """Note a resource or a review that does not say which one it is, or says what nobody knows."""
    key = str(context["discriminator"]).strip("'")
    tags = _TAGS[key]
    expected = f"{', '.join(tags[:-1])} or {tags[-1]}"
    child = node.get(key)
    if child is None:
        return Problem(node.place, dotted((*node.path, key)), "nothing", expected, f"add `{key}: {tags[0]}`")
    _, remedy = nearest(child.value, tags)
    return Problem(child.place, dotted(child.path), shown(child.value), expected, remedy)
