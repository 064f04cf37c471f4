"""Writing a proposal down: the `[[inputs]]` part of duecare.toml, with every assumption in sight."""

import json
from collections.abc import Mapping

from duecare.sources.inputs import Input
from duecare.sources.proposals import Proposal, Proposed

FIELDS = (
    "path",
    "table",
    "preset",
    "source",
    "format",
    "sheet",
    "delimiter",
    "encoding",
    "decimal",
    "time_format",
    "zone",
    "currency",
    "mode",
    "since",
    "lines",
)
UNSAID: Mapping[str, object] = {"decimal": "."}
"""Fields that are left unwritten at this value."""


def settings_text(proposal: Proposal) -> str:
    """Return the `[[inputs]]` part of the settings file for a proposal.

    It reads back into the proposed inputs. What was assumed stands behind the line it is about;
    what is only possible stands as a comment, and so does an input that lacks a required column.
    """
    parts = [_input(one) for one in proposal.inputs]
    if proposal.not_understood:
        parts.append("\n".join(["# not understood:", *(f"#   {name}: {why}" for name, why in proposal.not_understood.items())]) + "\n")
    return "\n".join(parts)


def read_inputs(text: str) -> list[Input]:
    """Read inputs from settings text; fields that are not an input's are refused."""
    import tomllib

    return [Input(**said) for said in tomllib.loads(text).get("inputs", [])]


def _input(one: Proposed) -> str:
    lines = [*(f"# note: {note}" for note in one.notes), "[[inputs]]", f"name = {_said(one.input.name)}", *_fields(one)]
    if one.input.columns or one.perhaps:
        lines += ["", "[inputs.columns]", *_columns(one)]
    lines += [f"# assumed: {one.marks[key]}" for key in ("order_id", "contact_id") if key in one.marks and key not in one.input.columns]
    if one.left_out:
        lines.append(f"# left out: {', '.join(_said(header) for header in one.left_out)}")
    if one.lacking:
        why = f"# not complete: no header gives {', '.join(one.lacking)}; name one and take the # away"
        return "\n".join([why, *(f"# {line}".rstrip() for line in lines)]) + "\n"
    return "\n".join(lines) + "\n"


def _fields(one: Proposed) -> list[str]:
    made: list[str] = []
    for name in FIELDS:
        value = getattr(one.input, name)
        if value is None and name in one.marks:
            made.append(f"# assumed: {one.marks[name]}")
        elif value is not None and UNSAID.get(name) != value:
            made.append(f"{name} = {_said(value)}{_mark(one, name)}")
    return made


def _columns(one: Proposed) -> list[str]:
    made = [f"{name} = {_said(header)}{_mark(one, name)}" for name, header in one.input.columns.items()]
    return made + [f"# perhaps: {name} = {_said(header)}" for name, header in one.perhaps.items()]


def _mark(one: Proposed, name: str) -> str:
    return f"  # assumed: {one.marks[name]}" if name in one.marks else ""


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
