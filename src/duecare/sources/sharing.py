"""Names and sources of proposed inputs: files that number the same people share a source."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from duecare.sources.contract import CONTRACT
from duecare.sources.inputs import Input
from duecare.sources.proposals import Proposed


def named(inputs: Sequence[Proposed]) -> list[Proposed]:
    """Give every input a name of its own."""
    taken: dict[str, int] = {}
    made: list[Proposed] = []
    for one in inputs:
        name = one.input.name
        taken[name] = taken.get(name, 0) + 1
        made.append(replace(one, input=replace(one.input, name=name if taken[name] == 1 else f"{name}_{taken[name]}")))
    return made


def shared_sources(inputs: Sequence[Proposed]) -> list[Proposed]:
    """Inputs of one file, or of files that number the same people, get one source."""
    groups = _number_alike([one for one in inputs if _bears_source(one.input)])
    made: list[Proposed] = []
    for one in inputs:
        group = groups.get(one.input.path or "")
        if group is None or not _bears_source(one.input):
            made.append(one)
            continue
        marks = {**one.marks, "source": "these files number people alike"} if len(group) > 1 else one.marks
        made.append(replace(one, input=replace(one.input, source=_source_name(group, groups)), marks=marks))
    return made


def settled_currency(inputs: Sequence[Proposed], currency: str | None) -> list[Proposed]:
    """Take the doubt of an input that names no currency where the files beside it all name one, which becomes the book's."""
    if currency is None:
        return list(inputs)
    return [
        one if one.input.currency is not None else replace(one, marks={what: why for what, why in one.marks.items() if what != "currency"})
        for one in inputs
    ]


def without_doubles(inputs: Sequence[Proposed]) -> tuple[list[Proposed], list[str]]:
    """Leave out people told besides where a file of the same source is about people: its rows know more.

    Returns:
        The inputs that are kept, and a note on each that is not.
    """
    about = {one.input.source: one.input.path for one in inputs if one.input.table == "people" and not one.besides}
    doubles = [
        one
        for one in inputs
        if one.besides and one.input.table == "people" and one.input.source in about and about[one.input.source] != one.input.path
    ]
    notes = [f"{one.input.path} also tells of people; they are read from {about[one.input.source]}, which knows more" for one in doubles]
    return [one for one in inputs if one not in doubles], notes


def _number_alike(inputs: Sequence[Proposed]) -> dict[str, tuple[str, ...]]:
    """Return file -> the files that number the same people, itself among them."""
    ids: dict[str, frozenset[str]] = {}
    for one in inputs:
        ids[one.input.path or ""] = ids.get(one.input.path or "", frozenset[str]()) | one.ids
    group: dict[str, set[str]] = {place: {place} for place in ids}
    places = sorted(ids)
    for place, other in ((a, b) for i, a in enumerate(places) for b in places[i + 1 :]):
        if Path(place).parent == Path(other).parent and _overlap(ids[place], ids[other]) and not _both_people(inputs, place, other):
            joined = group[place] | group[other]
            group |= dict.fromkeys(joined, joined)
    return {place: tuple(sorted(found)) for place, found in group.items()}


def _overlap(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and len(one & other) >= 0.3 * min(len(one), len(other))


def _both_people(inputs: Sequence[Proposed], place: str, other: str) -> bool:
    """Two lists of people that are numbered from 1 overlap without meaning the same."""
    tables = {where: {one.input.table for one in inputs if one.input.path == where} for where in (place, other)}
    return tables[place] == tables[other] == {"people"}


def _source_name(group: Sequence[str], groups: Mapping[str, Sequence[str]]) -> str:
    """The folder's name where all its files belong together, else that of the first file."""
    folder = Path(group[0]).parent
    alone = len({tuple(found) for place, found in groups.items() if Path(place).parent == folder}) == 1
    return _slug(folder.name if alone and len(group) > 1 and folder.name not in ("", "..") else re.split(r"[.*]", Path(group[0]).name)[0])


def _bears_source(inp: Input) -> bool:
    return inp.preset is None and inp.table is not None and "source" in CONTRACT[inp.table].required and "source" not in inp.columns


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or "file"
