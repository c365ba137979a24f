"""The reference page of a scenario file, walked out of the pydantic types that read it."""

from __future__ import annotations

import csv
import re
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sim.quantities import Quantity, parse_quantity
from sim.spec import FAMILIES, LawCase, Parameter, StatusBlock, When
from sim.spec.parameter import Expects, ExpectsFixed

#: How a number of each dimension is written.
UNITS: Mapping[str, str] = {
    "any": "any",
    "time": "wd d mo y h min",
    "share": "0 to 1, or %",
    "number": "none",
    "tilt": "none",
    "rate": "per time: /d /mo /y",
    "amount": "none, mu, 亿元",
}

#: Units a person may write, with what they mean.
WRITTEN = (
    ("wd", "working day 工作日: 1,440 open minutes of the working clock"),
    ("d", "natural day 天"),
    ("mo", "mean month 月 (30.436875 days)"),
    ("y", "mean year 年 (365.2425 days)"),
    ("h", "hour of the office clock 小时"),
    ("min", "minute of the office clock 分钟"),
    ("亿元", "100 million yuan; also `yi`, `亿`"),
    ("万元", "10,000 yuan; also `wan`, `万`"),
    ("元", "yuan; also `yuan`"),
    ("mu", "mu 亩 (1/15 hectare); also `亩`"),
    ("ha", "hectare 公顷, 15 mu"),
    ("%", "a share; `30 %` is 0.3"),
)

INTRO = """# Scenario file 情景文件

YAML 1.2. Unknown keys are errors that name the nearest known one; every problem of a file is listed at
once with its line. Mappings of an overlay merge, lists and single values replace.

## Numbers

A number is written as `20 wd`, `0.3`, `30 %`, `$name` (an entry of `parameters:`) or
`{value: 0.3, range: [0.1, 0.5], status: assumed, source: "..."}`. `status` and `source` may stand once
on the block around it and hold for every number inside. Status is `sourced` 有据, `calibrated` 校准 or
`assumed` 假定. Assumed and calibrated numbers are drawn from their range in every replication; an assumed
number without a range is drawn within a quarter to either side; `range: none` fixes it.
"""

CONDITION = """## Condition

`when`, `applies_if`, `eligible`, `like`, `exempt`, `reserved_for`, `cohort`: a mapping of an attribute to a
value, a list of values, or a comparison in quotes. All must hold; what stands under `not:` must not.

```yaml
applies_if: {kind: [industry, social], area: ">= 7.5", not: {land_route: factory}}
```
"""


def scenario_page(root: type[BaseModel]) -> str:
    """Return the page, one section a block, in the order in which they are met."""
    parts = [INTRO, _units(), _laws(), CONDITION]
    parts += [_section(block) for block in _blocks(root)]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _units() -> str:
    lines = ["## Units", "", "| Written | Meaning |", "|---|---|"]
    for unit, meaning in WRITTEN:
        parse_quantity(f"1 {unit}")  # the page may name no unit that the program does not read
        lines.append(f"| `{unit}` | {meaning} |")
    return "\n".join(lines) + "\n"


def _laws() -> str:
    lines = ["## Families of laws", "", "| `law:` | Arguments |", "|---|---|"]
    lines += [f"| `{name}` | {', '.join(args).replace('|', ' or ')} |" for name, args in FAMILIES.items()]
    text = (
        "A bare quantity is a constant law. Where a law varies by attribute, a list of cases stands in"
        " its place and the first whose `when` holds is taken."
    )
    return "\n".join([*lines, "", text, ""])


def _blocks(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    queue, seen = [root], {root}
    while queue:
        block = queue.pop(0)
        yield block
        for field in block.model_fields.values():
            for found in _inside(field.annotation):
                if found not in seen:
                    seen.add(found)
                    queue.append(found)


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _inside(part)


@cache
def further() -> dict[tuple[str, str], str]:
    """Read the meanings that the schema leaves out, by block and key."""
    path = Path(__file__).resolve().parent / "fields.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["block"], row["key"]): row["meaning"] for row in csv.DictReader(file)}


def keys(root: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    """Give block, key and meaning of every entry of the page."""
    for block in _blocks(root):
        yield from _of(block)


def _of(block: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    documented = _documented(block)
    for name, field in block.model_fields.items():
        key = field.alias or name
        own = field.description or documented.get(name, "")
        yield block.__name__, key, own or further().get((block.__name__, key), "")


def _section(block: type[BaseModel]) -> str:
    meanings = {key: text for _, key, text in _of(block)}
    shared = set(StatusBlock.model_fields) if block is not StatusBlock else set()
    heading = "The file" if block.__name__ == "Spec" else block.__name__
    summary = (block.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    lines = [f"## {heading}", "", summary, ""]
    lines += ["| Key | Type | Unit | Default | Meaning |", "|---|---|---|---|---|"]
    for name, field in block.model_fields.items():
        if name in shared and issubclass(block, StatusBlock):
            continue
        key = field.alias or name
        kind, unit = _type(field.annotation, field.metadata)
        cells = [f"`{key}`", kind, unit, _default(field), " ".join(meanings[key].split())]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if block is not StatusBlock and issubclass(block, StatusBlock):
        lines += ["", "Also `status`, `source`, `range` ([StatusBlock](#statusblock))."]
    return "\n".join(lines) + "\n"


def _documented(block: type[BaseModel]) -> dict[str, str]:
    """Read what the docstring's ``Parameters`` says of each field."""
    found = re.search(r"Parameters\n\s*-+\n(.*?)(?:\n\s*\n\s*\w+\n\s*-+\n|\Z)", block.__doc__ or "", re.S)
    texts: dict[str, str] = {}
    if found:
        names: list[str] = []
        for line in found[1].splitlines():
            head = re.match(r"\s{4}(\w[\w, ]*) : ", line)
            if head:
                names = head[1].split(", ")
                texts |= dict.fromkeys(names, "")
            else:
                texts |= {name: f"{texts[name]} {line.strip()}".strip() for name in names}
    return texts


def _type(annotation: Any, metadata: list[Any]) -> tuple[str, str]:
    """Give the type in words and the unit."""
    for mark in metadata:
        if isinstance(mark, Expects):
            return " or ".join([*(f"`{word}`" for word in mark.words), mark.dimension]), UNITS[mark.dimension]
        if isinstance(mark, ExpectsFixed):
            return f"{mark.dimension} (never drawn)", UNITS[mark.dimension]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(args[0], list(args[1:]))
    if origin in (Union, types.UnionType):
        found = [_type(part, []) for part in args if part is not type(None)]
        return " or ".join(kind for kind, _ in found), next((unit for _, unit in found if unit), "")
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in args), ""
    return _container(annotation, origin, args)


def _container(annotation: Any, origin: Any, args: tuple[Any, ...]) -> tuple[str, str]:
    if origin is tuple:
        if args[0] is LawCase:
            return "law, or list of cases ([TimeLaw](#timelaw))", UNITS["time"]
        inner, unit = _type(args[0], [])
        return f"list of {inner}", unit
    if origin is not None and issubclass(origin, Mapping):
        inner, unit = _type(args[1], [])
        return f"name: {inner}", unit
    return _plain(annotation), ""


def _plain(annotation: Any) -> str:
    plain = {
        str: "text", bool: "true, false", int: "whole number", float: "number", date: "date", Any: "anything",
        When: "[condition](#condition)", Quantity: "quantity", Parameter: "number",
    }  # fmt: skip
    if annotation in plain:
        return plain[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return str(getattr(annotation, "__name__", typing.cast(object, annotation)))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None or value is PydanticUndefined or value in ((), {}):
        return ""
    if isinstance(value, BaseModel):
        return "its defaults"
    if isinstance(value, tuple):
        return ", ".join(f"`{part}`" for part in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
