"""The schema of a scenario file as JSON Schema: for editors, and for the reference page."""

from __future__ import annotations

from typing import Any, Final

from sim.scenario.schema import Spec
from sim.spec import FAMILIES

_SCALAR: Final = {"type": ["number", "string"]}
_REF: Final = "#/$defs/"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a scenario file.

    Everything `load_scenario` accepts passes it; names, units and ranges are checked by
    `kaigong check` alone. A file that `extends` another may leave required keys out.

    Examples
    --------
    >>> schema = json_schema()
    >>> schema["properties"]["activities"]["additionalProperties"]
    {'$ref': '#/$defs/Activity'}
    """
    schema = Spec.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    schema = _lists_of_one(schema)
    schema["$defs"] = {
        name: _written(name, _lists_of_one(body), definitions) for name, body in definitions.items()
    }
    required = schema.pop("required")
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kaigong scenario",
        "description": "A scenario file of kaigong: everything the model needs except the ledger.",
        "anyOf": [{"required": required}, {"required": ["extends"]}],
    }
    return {**schema, **whole}


def _lists_of_one(schema: Any) -> Any:
    """Let one law stand for a list of cases, and one curve for a list of curves."""
    if isinstance(schema, list):
        return [_lists_of_one(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    done = {key: _lists_of_one(value) for key, value in schema.items()}
    single = {"LawCase": "TimeLaw", "Curve": "Curve"}
    item = done["items"].get("$ref", "") if isinstance(done.get("items"), dict) else ""
    if done.get("type") == "array" and item.removeprefix(_REF) in single:
        rest = {key: done.pop(key) for key in ("description", "default", "title") if key in done}
        return {"anyOf": [done, {"$ref": _REF + single[item.removeprefix(_REF)]}], **rest}
    return done


def _written(name: str, body: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Add the short ways of writing a block."""
    if name == "Label":
        return {"anyOf": [{"type": "string"}, {**body, "required": [], "minProperties": 1}]}
    if name == "DateRule":
        dates = {"type": "array", "items": {"type": "string", "format": "date"}}
        return {"anyOf": [{"type": "string"}, dates, body]}
    if name in ("TimeLaw", "NumberLaw"):
        return {"anyOf": [_SCALAR, body, _number_block(body)]}
    if name == "LawCase":
        law = definitions["TimeLaw"]
        flat = {**law, "properties": {**law["properties"], "when": body["properties"]["when"]}}
        family = {"properties": {"law": {"enum": list(FAMILIES)}}}
        return {"anyOf": [body, {**flat, "allOf": [family]}]}
    return body


def _number_block(law: dict[str, Any]) -> dict[str, Any]:
    """Find the form `{value, range, status, source}` of a constant."""
    options = law["properties"]["value"]["anyOf"]
    return next(block for option in options for block in option.get("anyOf", [option]) if "required" in block)


__all__ = ["json_schema"]
