"""The JSON Schema of duecare.toml, for editors, made of the same types and ranges that read it."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from duecare.app.settings import LISTS, NAMED, RANGES, SECTIONS, WRITTEN, adapter
from duecare.helpdesk.terms import DeskTerms

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the whole schema."""
    sections = {name: _table(name, kind) for name, kind in SECTIONS.items()}
    lists = {name: {"type": "array", "items": _table(name, kind)} for name, kind in LISTS.items()}
    named = {name: {"type": "object", "additionalProperties": _named(name)} for name in NAMED}
    return {
        "$schema": SCHEMA,
        "title": "duecare.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": sections | lists | named,
    }


def _named(name: str) -> dict[str, Any]:
    """One entry of a section whose entries have names; a desk that is called as its kind is need not say its kind."""
    if name != "desks":
        return {"type": "object"}
    return {word: said for word, said in _table(name, DeskTerms).items() if word != "required"}


def _table(name: str, kind: type) -> dict[str, Any]:
    made = adapter(kind).json_schema()
    properties = {setting: _setting(f"{name}.{setting}", said, made.get("$defs", {})) for setting, said in made["properties"].items()}
    needed = [one.name for one in fields(kind) if _is_needed(one)]
    return {"type": "object", "additionalProperties": False, "properties": properties} | ({"required": needed} if needed else {})


def _is_needed(one: "Field[Any]") -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _setting(where: str, said: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    """One setting with its range and how it is written; TOML knows no null, so a type that may be none is the other one."""
    found = dict(said)
    if "anyOf" in found:
        found |= next(one for one in found.pop("anyOf") if one != {"type": "null"})
    if found.get("default", 0) is None:
        del found["default"]
    if where in RANGES:
        found |= dict(zip(("minimum", "maximum"), RANGES[where], strict=True))
    if where in WRITTEN:
        found["pattern"] = f"^({WRITTEN[where][0]})$"
    return found | ({"$defs": dict(types)} if "$ref" in str(found) else {})
