"""Conditions on project attributes: `applies_if`, `when`, `reserved_for`, `eligible`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sim.spec.base import wrong

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_FORM: Final = re.compile(r"(>=|<=|>|<)\s*([+-]?\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Test:
    """One test of one attribute.

    Parameters
    ----------
    attribute : str
    op : str
        ``in`` (any of `values`), or one of ``>= <= > <`` (one number in `values`).
    values : tuple of str or float
    """

    __test__ = False  # not a test case of pytest

    attribute: str
    op: str
    values: tuple[str | float, ...]

    def holds(self, attributes: Mapping[str, Any]) -> bool:
        """Test one project; a missing attribute fails."""
        value = attributes.get(self.attribute)
        if value in (None, "") or value != value:  # noqa: PLR0124 - NaN is an empty number
            return False
        if self.op == "in":
            return any(_same(value, wanted) for wanted in self.values)
        try:
            return _COMPARE[self.op](float(value), float(self.values[0]))
        except ValueError:
            return False


def _same(value: Any, wanted: str | float) -> bool:
    """Compare as numbers where the wanted value is one, else as texts."""
    if isinstance(wanted, str):
        return str(value) == wanted
    try:
        return float(value) == wanted
    except ValueError:
        return False


@dataclass(frozen=True)
class When:
    """All tests hold, and not all of `unless` do.

    Examples
    --------
    >>> rule = read_when({"kind": ["industry", "social"], "area": ">= 7.5", "not": {"land_route": "factory"}})
    >>> rule.holds({"kind": "social", "area": 8.0, "land_route": "granted"})
    True
    >>> rule.holds({"kind": "social", "area": 8.0, "land_route": "factory"})
    False
    >>> sorted(rule.attributes())
    ['area', 'kind', 'land_route']
    """

    tests: tuple[Test, ...] = ()
    unless: When | None = None

    def holds(self, attributes: Mapping[str, Any]) -> bool:
        """Say whether a project with these attributes meets the condition."""
        if self.unless is not None and self.unless.holds(attributes):
            return False
        return all(test.holds(attributes) for test in self.tests)

    def walk(self) -> Iterator[Test]:
        """Give every test, those under `not` included."""
        yield from self.tests
        if self.unless is not None:
            yield from self.unless.walk()

    def attributes(self) -> set[str]:
        """Give the names of the attributes it looks at."""
        return {test.attribute for test in self.walk()}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate through `read_when`."""
        return core_schema.no_info_plain_validator_function(read_when)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the mapping."""
        value = {"anyOf": [{"type": ["string", "number"]}, {"type": "array"}, {"type": "object"}]}
        text = (
            "attribute: value | [values] | comparison (`>= 30`); `not:` a mapping of which not all may hold"
        )
        return {"type": "object", "additionalProperties": value, "description": text}


def read_when(raw: Any) -> When:
    """Read a condition from its mapping.

    Raises
    ------
    pydantic_core.PydanticCustomError
        If it is no mapping of attributes to values.
    """
    if isinstance(raw, When):
        return raw
    if not isinstance(raw, dict):
        raise wrong("a mapping of attributes to values", "write `{kind: industry}`")
    unless = read_when(raw["not"]) if "not" in raw else None
    if unless is not None and not unless.tests and unless.unless is None:
        raise wrong("a condition under `not`", "write `not: {land_route: factory}`", "nothing")
    return When(tuple(_test(str(key), value) for key, value in raw.items() if key != "not"), unless)


def _test(attribute: str, raw: Any) -> Test:
    """Read one entry of the mapping."""
    if isinstance(raw, str) and raw[:1] in "<>" and raw:
        found = _FORM.fullmatch(raw.strip())
        if found is None:
            raise wrong("a comparison with a number", 'write `">= 30"`', f"{attribute}: {raw}")
        return Test(attribute, found[1], (float(found[2]),))
    values = raw if isinstance(raw, list) else [raw]
    if not values or any(isinstance(v, bool) or not isinstance(v, (str, int, float)) for v in values):
        raise wrong(
            f"a value, a list of values or a comparison for `{attribute}`",
            'write `industry`, `[industry, social]` or `">= 30"`; quote true and false',
        )
    return Test(attribute, "in", tuple(v if isinstance(v, str) else float(v) for v in values))
