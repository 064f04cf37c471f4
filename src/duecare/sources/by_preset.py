"""Proposing a known export: read by its preset."""

from collections.abc import Sequence
from dataclasses import replace

from duecare.sources.evidence import unzoned
from duecare.sources.headers import understand
from duecare.sources.inputs import Input
from duecare.sources.presets import PRESETS, Preset
from duecare.sources.proposals import Proposed
from duecare.sources.sampling import Sample, codes
from duecare.sources.units import decimal_of


def preset_for(one: Sample) -> Preset | None:
    """Return the preset that knows a file, the one that asks most of it; None when none does.

    Letter by letter: another system's `Record Id` is not this one's `Record ID`.
    """
    fits = [preset for preset in PRESETS.values() if not preset.joint and set(preset.roles[0].required) <= set(one.headers)]
    return max(fits, key=lambda preset: len(preset.roles[0].required), default=None)


def by_preset(preset: Preset, group: Sequence[Sample], place: str) -> Proposed:
    """Propose files of a known export; *place* is the path that names them."""
    family = preset.name.split("_")[0]
    made = Input(name=preset.name, path=place, preset=preset.name, source=family, zone=preset.zone or "UTC", currency=preset.currency)
    marks = {} if preset.zone else {"zone": "its times bear no zone; UTC is assumed"} if _naive(group, preset) else {}
    decimal = _decimal(preset, group)
    if decimal == ",":
        made = replace(made, decimal=",")
    used = {header.casefold() for role in preset.roles for header in role.headers}
    left = {header: "not needed by the preset" for one in group for header in one.headers if header.casefold() not in used}
    return Proposed(input=made, marks=marks, left_out=left, notes=preset.notes, currencies=_currencies(preset, group, used))


def _currencies(preset: Preset, group: Sequence[Sample], used: set[str]) -> frozenset[str]:
    """The currencies that an export names, in the column its preset reads them from."""
    told = [
        (one, header) for one in group for header in one.headers if header.casefold() in used and "CURRENCY" in understand(header).ideas
    ]
    named = frozenset(code for one, header in told if one.seen[header].code >= NAMED for code in codes(one, header))
    return named | ({preset.currency} if preset.currency else frozenset[str]())


NAMED = 0.8
"""The share of values that are codes of three letters in a column of currencies."""


def _naive(group: Sequence[Sample], preset: Preset) -> bool:
    used = {header.casefold() for role in preset.roles for header in role.headers}
    return any(header in one.naive or unzoned(one.seen[header]) for one in group for header in one.headers if header.casefold() in used)


def _decimal(preset: Preset, group: Sequence[Sample]) -> str:
    money = {header.casefold() for role in preset.roles for header, kind in role.typed.items() if kind in ("money", "number")}
    seen = [one.seen[header] for one in group for header in one.headers if header.casefold() in money and one.seen[header].count]
    return decimal_of(seen)
