"""Completing the numbers of a scenario: names, `$name`, inherited status and source, default ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, TypeVar

from sim.errors import Problems
from sim.quantities import Quantity
from sim.scenario.document import Node, Part, Path_, dotted, is_file
from sim.scenario.places import locate
from sim.scenario.schema import Spec
from sim.spec import Block, NumberLaw, Parameter, Status, StatusBlock, TimeLaw, nearest
from sim.spec.parameter import default_range, expected_of, fits

B = TypeVar("B", bound=Block)
S = TypeVar("S", bound=Spec)

#: Arguments of a law whose draws must not pass each other.
_ORDERED = ("low", "mode", "high")


@dataclass(frozen=True)
class Inherited:
    """What a literal takes from the blocks around it."""

    status: Status | None = None
    source: str | None = None
    fixed: bool = False

    def inside(self, block: object) -> Inherited:
        """Return what holds inside a block."""
        if not isinstance(block, StatusBlock):
            return self
        return Inherited(
            block.status or self.status,
            # a new status without a source of its own must not borrow the old status's source
            block.source or (self.source if block.status in (None, self.status) else None),
            self.fixed or block.range == "none",
        )


@dataclass
class Completer:
    """Walks a scenario and gives every number what it lacks.

    Parameters
    ----------
    root : Node
        The merged tree, for places.
    problems : Problems
    """

    root: Node
    problems: Problems
    named: dict[str, Parameter] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)

    def complete(self, spec: S) -> S:
        """Return the scenario with every number complete."""
        base = Inherited().inside(spec.defaults)
        for name, parameter in spec.named_parameters.items():
            self.named[name] = self._literal(parameter, ("parameters", name), base, name)
        whole = spec.model_copy(update={"named_parameters": dict(self.named)})
        return self._block(whole, (), base, skip=("named_parameters", "reforms"))

    def _block(self, block: B, loc: Path_, around: Inherited, skip: tuple[str, ...] = ()) -> B:
        """Complete what is inside a block."""
        inside, changed = around.inside(block), {}
        for name, info in type(block).model_fields.items():
            value = getattr(block, name)
            if name in skip or value is None or isinstance(value, (str, int, float)):
                continue
            new = self._value(value, (*loc, info.alias or name), inside)
            if new is not value:
                changed[name] = new
        if isinstance(block, TimeLaw) and block.file is not None:
            changed["file"] = self._file(block.file, (*loc, "file"))
        done = block.model_copy(update=changed) if changed else block
        return _apart(done) if isinstance(done, (TimeLaw, NumberLaw)) else done

    def _value(self, value: Any, loc: Path_, inside: Inherited) -> Any:
        """Complete one value of any kind."""
        if isinstance(value, Parameter):
            return self._parameter(value, loc, inside)
        if isinstance(value, Block):
            return self._block(value, loc, inside)
        if isinstance(value, tuple) and any(isinstance(item, (Block, Parameter)) for item in value):
            return tuple(self._value(item, (*loc, index), inside) for index, item in enumerate(value))
        if isinstance(value, Mapping) and value:
            return {key: self._value(item, (*loc, key), inside) for key, item in value.items()}
        return value

    def _parameter(self, parameter: Parameter, loc: Path_, inside: Inherited) -> Parameter:
        """Complete a literal, or put the named parameter in its place."""
        if parameter.name:
            return parameter
        if parameter.ref is None:
            node, path = locate(self.root, loc)
            return self._literal(parameter, loc, inside, node.name or dotted(path))
        known = self.named.get(parameter.ref)
        self.used.add(parameter.ref)
        if known is None:
            if self.root.get("parameters", parameter.ref) is None:  # else its own problem is noted already
                names = [key for key, _ in (self.root.get("parameters") or self.root.with_value({})).items()]
                self._note(loc, f"${parameter.ref}", *nearest(parameter.ref, names, what="parameter"))
            return parameter
        ends = [known.value] + [end for end in (known.low, known.high) if end is not None]
        if not all(fits(Quantity(end, known.unit), parameter.dimension) for end in ends):
            expected, _ = expected_of(parameter.dimension)
            where = f"correct `parameters.{known.name}` or use another"
            self._note(loc, f"${known.name} = {known.quantity}", expected, where)
        return known

    def _literal(self, parameter: Parameter, loc: Path_, inside: Inherited, name: str) -> Parameter:
        """Give a literal its name, status, source and range."""
        if parameter.ref is not None:
            self._note(loc, f"${parameter.ref}", "a quantity", "give the parameter its own value")
            return replace(parameter, name=name, ref=None)
        status = parameter.status or inside.status
        # a status of its own that differs from the block's does not borrow the block's source
        borrowed = inside.source if parameter.status in (None, inside.status) else None
        source = parameter.source or borrowed
        if status is None:
            expected = "a status: sourced, calibrated or assumed"
            self._note(loc, str(parameter.quantity), expected, "add `status:` here, or under `defaults:`")
        elif source is None:
            expected = f"a source for a number that is {status}"
            self._note(loc, str(parameter.quantity), expected, "add `source:` here, or under `defaults:`")
        done = replace(parameter, name=name, status=status, source=source)
        if done.low is not None or inside.fixed or status in (None, "sourced"):
            return done
        if status == "calibrated":
            expected = "a range for a number that is calibrated"
            self._note(loc, str(parameter.quantity), expected, "add `range: [low, high]`")
            return done
        low, high = default_range(done.quantity, done.dimension)
        return replace(done, low=low, high=high, range_default=True)

    def _file(self, text: str, loc: Path_) -> str:
        """Resolve the file of a life table against the file that names it."""
        node, _ = locate(self.root, loc)
        path = node.folder / text
        if not is_file(path):
            self._note(loc, text, "a file that is there", "put the life table there, or correct the path")
        self.files.append(str(path))
        return str(path)

    def _note(self, loc: Path_, got: str, expected: str, remedy: str) -> None:
        """Note a problem where the value was written."""
        node, _ = locate(self.root, loc)
        self.problems.add(node.place, dotted(node.path), got, expected, remedy)


def _apart(law: B) -> B:
    """Cut default ranges of low, mode and high at the middle between neighbours, so that no draw crosses."""
    found = [(name, getattr(law, name, None)) for name in _ORDERED]
    given = [(name, value) for name, value in found if isinstance(value, Parameter)]
    changed: dict[str, Parameter] = {}
    for (name_a, first), (name_b, second) in pairwise(given):
        if first.unit != second.unit or first.value > second.value:
            continue
        middle = (first.value + second.value) / 2
        a, b = changed.get(name_a, first), second
        if a.range_default and a.high is not None:
            changed[name_a] = replace(a, high=min(a.high, middle))
        if b.range_default and b.low is not None:
            changed[name_b] = replace(b, low=max(b.low, middle))
    return law.model_copy(update=changed) if changed else law


def walk_parameters(value: Any) -> Iterator[Parameter]:
    """Give every number inside, in the order of the schema; named ones as often as they are used."""
    if isinstance(value, Parameter):
        yield value
    elif isinstance(value, Block):
        for name in type(value).model_fields:
            if name != "reforms":
                yield from walk_parameters(getattr(value, name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from walk_parameters(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from walk_parameters(item)


def blocks_in(value: Any) -> list[tuple[Path_, Block]]:
    """Return every block inside with its path, in the order of the schema."""
    found: list[tuple[Path_, Block]] = []
    _collect(value, (), found)
    return found


def _collect(value: Block | Mapping[str, Any] | tuple[Any, ...], loc: Path_, found: list[Any]) -> None:
    """Add the blocks of a value to what was found."""
    inside: Iterable[tuple[Part, Any]]
    if isinstance(value, Block):
        found.append((loc, value))
        fields = type(value).model_fields.items()
        inside = ((info.alias or name, getattr(value, name)) for name, info in fields if name != "reforms")
    elif isinstance(value, Mapping):
        inside = value.items()
    else:
        inside = enumerate(value)
    for key, item in inside:
        if isinstance(item, (Block, Mapping, tuple)):
            _collect(item, (*loc, key), found)
