"""Proposing: what files may be, how they could be read, and what is assumed in that.

A known export is read by its preset. For any other file each header is mapped, a perhaps, or
left out; whatever is not beyond doubt bears a mark. Nothing is asked and nothing is guessed
in silence.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from duecare.sources.contract import CONTRACT
from duecare.sources.evidence import Evidence
from duecare.sources.files import ENDINGS, PACKED, found
from duecare.sources.headers import understand
from duecare.sources.inputs import Input
from duecare.sources.matching import Match, choose
from duecare.sources.planning import role_of
from duecare.sources.presets import PRESETS, Preset
from duecare.sources.sampling import Sample, sample
from duecare.words import BadRows, BadSettings

MOST_FILES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """One input as it is proposed."""

    input: Input
    marks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Contract column, or field of the input -> what is assumed there."""
    perhaps: Mapping[str, str] = field(default_factory=dict[str, str])
    """Contract column -> header that may be it, and is not mapped."""
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    """Header -> why it is not used."""
    lacking: tuple[str, ...] = ()
    """Required columns that no header gives; the input cannot be read without them."""
    notes: tuple[str, ...] = ()
    ids: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """Some of the people's numbers, to tell which files number them alike."""

    @property
    def columns(self) -> Mapping[str, str]:
        return self.input.columns

    @property
    def assumptions(self) -> tuple[str, ...]:
        return tuple(f"{what}: {why}" for what, why in self.marks.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What was found at a place."""

    inputs: tuple[Proposed, ...]
    not_understood: Mapping[str, str]
    """File -> why it could not be made an input."""
    notes: tuple[str, ...] = ()
    currency: str | None = None
    """The one currency that the files name, for the book; None when there is none or several."""

    @property
    def ready(self) -> tuple[Proposed, ...]:
        """Inputs that can be read as they are."""
        return tuple(one for one in self.inputs if not one.lacking)


def propose(path: Path, *, relative_to: Path) -> Proposal:
    """Look at a file, or at every file below a folder, and say how they may be read.

    Args:
        path: a file or a folder.
        relative_to: the folder of the settings file, to which paths are written relative.

    Raises:
        BadSettings: nothing is there, or it may not be read.
    """
    samples, not_understood = _samples(_files(path), relative_to)
    joint, rest, notes = _joint(samples, relative_to)
    groups = _alike(rest)
    singles = [one for group in groups for one in _propose_group(group, relative_to, not_understood)]
    inputs = _shared_sources(_named([*joint, *singles]))
    currencies = {one.input.currency for one in inputs if one.input.currency}
    return Proposal(
        inputs=tuple(inputs),
        not_understood=not_understood,
        notes=tuple(notes),
        currency=next(iter(currencies)) if len(currencies) == 1 else None,
    )


def _files(path: Path) -> list[Path]:
    import os

    if not path.exists():
        raise BadSettings(f"nothing is at {path}", mend="name a file or a folder with exports", looked=(str(path.absolute()),))
    if path.is_file():
        return [path]
    if not os.access(path, os.R_OK | os.X_OK):
        raise BadSettings(
            f"the folder {path.name} may not be read by this user",
            mend="give read permission: chmod u+rx on it",
            looked=(str(path.absolute()),),
        )
    wanted = (*ENDINGS, *PACKED)
    files = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in wanted and not _hidden(p.relative_to(path)))
    if not files:
        raise BadSettings(
            f"the folder {path.name} holds no table",
            mend=f"put exports there, as {', '.join(sorted(ENDINGS)[:6])}",
            looked=(str(path.absolute()),),
        )
    return files[:MOST_FILES]


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$", "__")) for part in path.parts)


def _samples(paths: Sequence[Path], base: Path) -> tuple[list[Sample], dict[str, str]]:
    samples: list[Sample] = []
    lost: dict[str, str] = {}
    for path in paths:
        try:
            samples.extend(sample(found(path, base)))
        except (BadRows, BadSettings) as error:
            lost[_relative(path, base)] = error.wrong
    return samples, lost


def _relative(path: Path, base: Path) -> str:
    """Write a path as the settings file would."""
    import os

    return os.path.relpath(path.resolve(), base.resolve())


# exports of several files


def _joint(samples: Sequence[Sample], base: Path) -> tuple[list[Proposed], list[Sample], list[str]]:
    """Find exports whose files are read together; the other samples are left."""
    made: list[Proposed] = []
    left = list(samples)
    notes: list[str] = []
    for preset in PRESETS.values():
        if not preset.joint:
            continue
        for folder in sorted({one.file.path.parent for one in left}):
            here = [one for one in left if one.file.path.parent == folder]
            roles = {id(one): role_of(preset, one.headers) for one in here}
            if all(
                any(role is not None and role.name == wanted.name for role in roles.values()) for wanted in preset.roles if wanted.needed
            ):
                pattern = _pattern([one.file.path for one in here])
                made.append(_by_preset(preset, here, _relative(folder / pattern, base)))
                notes.extend(f"{preset.title}: {note}" for note in preset.notes)
                left = [one for one in left if one not in here]
    return made, left, notes


def _pattern(paths: Sequence[Path]) -> str:
    """Return a pattern that names all *paths* of one folder."""
    names = [path.name for path in paths]
    if len(names) == 1:
        return names[0]
    start = _common(names)
    end = _common([name[len(start) :][::-1] for name in names])[::-1]
    return f"{start}*{end}"


def _common(names: Sequence[str]) -> str:
    """Return what all *names* begin with."""
    first, last = min(names), max(names)
    return first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))]


# files of one kind


def _alike(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Put files of one folder with the same headers together, if one pattern names just them."""
    groups: dict[tuple[Path, str, tuple[str, ...]], list[Sample]] = {}
    for one in samples:
        groups.setdefault((one.file.path.parent, one.format, one.headers), []).append(one)
    made: list[list[Sample]] = []
    for (folder, _, _), group in groups.items():
        paths = sorted({one.file.path for one in group})
        exact = len(paths) == 1 or sorted(folder.glob(_pattern(paths))) == paths
        made.extend([group] if exact else [[one] for one in group])
    return made


def _propose_group(group: Sequence[Sample], base: Path, lost: dict[str, str]) -> list[Proposed]:
    first = group[0]
    paths = sorted({one.file.path for one in group})
    place = _relative(paths[0].parent / _pattern(paths), base)
    preset = _preset_for(first)
    if preset is not None:
        return [_by_preset(preset, group, place)]
    made = _by_headers(first, place)
    if not made:
        lost[place] = _why_not(first)
    return made


def _preset_for(one: Sample) -> Preset | None:
    fits = [preset for preset in PRESETS.values() if not preset.joint and role_of(preset, one.headers)]
    return max(fits, key=lambda preset: len(preset.roles[0].required), default=None)


def _by_preset(preset: Preset, group: Sequence[Sample], place: str) -> Proposed:
    family = preset.name.split("_")[0]
    made = Input(name=preset.name, path=place, preset=preset.name, source=family, zone=preset.zone or "UTC", currency=preset.currency)
    marks = {} if preset.zone else {"zone": "its times bear no zone; UTC is assumed"} if _naive(group, preset) else {}
    decimal = _decimal(preset, group)
    if decimal == ",":
        made = replace(made, decimal=",")
    used = {header.casefold() for role in preset.roles for header in role.headers}
    left = {header: "not needed by the preset" for one in group for header in one.headers if header.casefold() not in used}
    return Proposed(input=made, marks=marks, left_out=left, notes=preset.notes)


def _naive(group: Sequence[Sample], preset: Preset) -> bool:
    used = {header.casefold() for role in preset.roles for header in role.headers}
    return any(one.naive or _unzoned(one.seen[header]) for one in group for header in one.headers if header.casefold() in used)


def _unzoned(seen: Evidence) -> bool:
    return seen.time > 0.6 and seen.zoned < 0.9 and seen.count > 0


def _decimal(preset: Preset, group: Sequence[Sample]) -> str:
    money = {header.casefold() for role in preset.roles for header, kind in role.typed.items() if kind in ("money", "number")}
    seen = [one.seen[header] for one in group for header in one.headers if header.casefold() in money and one.seen[header].count]
    return "," if seen and sum(s.comma > s.point for s in seen) > sum(s.point > s.comma for s in seen) else "."


def _why_not(one: Sample) -> str:
    known = [header for header in one.headers if understand(header).ideas]
    if not known:
        return f"none of its {len(one.headers)} headers says anything known: {', '.join(one.headers[:8])}"
    return f"its headers fit no table of the contract: {', '.join(one.headers[:12])}"


# a file that no preset knows

Lines = Literal["add", "repeat"]

LEAST = 3.6
"""A match worth less is none."""


def _by_headers(one: Sample, place: str) -> list[Proposed]:
    matches = [
        match
        for match in choose(one.headers, one.seen, f"{one.inner} {Path(place).parent.name}")
        if match.worth > LEAST or not match.lacking
    ]
    if not matches or len(matches[0].mapped) < 2 or matches[0].worth <= LEAST - 1.5:
        return []
    best = matches[0]
    by_name = {match.table.name: match for match in choose(one.headers, one.seen, one.inner)}
    chosen = [best]
    lines = _lines(one, by_name) if best.table.name in ("orders", "order_lines") else None
    if lines is not None:
        chosen = [
            _line_match(by_name, lines) if name == "order_lines" else by_name[name]
            for name in ("orders", "order_lines")
            if not by_name[name].lacking
        ]
    made = [_proposed(one, match, place, lines=lines if match.table.name == "orders" else None) for match in chosen]
    return [*made, *_people_too(one, best, by_name, place)]


def _lines(one: Sample, by_name: Mapping[str, Match]) -> Lines | None:
    """Whether rows are lines of orders, and whether their money adds up or repeats the order's."""
    orders, lines = by_name.get("orders"), by_name.get("order_lines")
    if orders is None or lines is None or lines.lacking or orders.lacking or "order_id" not in orders.mapped:
        return None
    seen = one.seen[orders.mapped["order_id"]]
    if seen.count and seen.distinct == seen.count:
        return None
    return "repeat" if _repeats(one, orders.mapped["order_id"], orders.mapped["revenue"]) else "add"


def _repeats(one: Sample, order: str, revenue: str) -> bool:
    """Whether all rows of an order bear the same sum, or only one does."""
    if revenue not in one.values:
        return False
    sums: dict[str, list[str]] = {}
    for number, amount in zip(one.values[order], one.values[revenue], strict=True):
        sums.setdefault(number or "", []).append((amount or "").strip())
    several = [found for number, found in sums.items() if number and len(found) > 1]
    if several:
        return sum(len(set(found) - {""}) <= 1 for found in several) >= 0.9 * len(several)
    return "ORDER" in understand(revenue).ideas


def _line_match(by_name: Mapping[str, Match], lines: Lines) -> Match:
    """Where the sum is the order's, a line needs another amount."""
    match, orders = by_name["order_lines"], by_name["orders"]
    if lines == "add" or match.mapped["amount"] != orders.mapped["revenue"]:
        return match
    return replace(match, mapped={k: v for k, v in match.mapped.items() if k != "amount"}, lacking=("amount",))


def _proposed(one: Sample, match: Match, place: str, *, lines: Lines | None = None) -> Proposed:
    table = match.table
    columns, marks = dict(match.mapped), dict(match.marks)
    perhaps = dict(match.perhaps)
    constants, why = _constants(match, one)
    columns |= constants
    marks |= why
    if table.name == "orders" and "order_id" not in columns:
        marks["order_id"] = "there is no order number, so each row is one order and gets a number of its own"
    if table.name == "orders":
        marks |= _money_marks(match, one)
    units, more = _units(match, one)
    made = Input(
        name=table.name,
        path=place,
        table=table.name,
        columns={column.name: columns[column.name] for column in table.columns if column.name in columns},
        lines=lines,
        currency=units.currency,
        decimal=units.decimal,
    )
    used = {part for said in (*columns.values(), *perhaps.values()) for part in (said, *said.split(" * "))}
    left = {header: _left_why(header) for header in one.headers if header not in used}
    if lines is not None:
        marks["lines"] = "an order stands in several rows; " + ("their money adds up" if lines == "add" else "all repeat its sum")
    return Proposed(
        input=made,
        marks=marks | more,
        perhaps=perhaps,
        left_out=left,
        lacking=match.lacking,
        notes=tuple(_traps(match, one)),
        ids=_ids(match, one),
    )


def _ids(match: Match, one: Sample) -> frozenset[str]:
    who = match.mapped.get("source_id")
    return frozenset(value for value in one.values[who] if value) if who is not None else frozenset()


def _constants(match: Match, one: Sample) -> tuple[dict[str, str], dict[str, str]]:
    """Required words that no column gives: the channel of a help desk, the kind of a survey."""
    if match.table.name == "contacts" and "channel" not in match.mapped:
        return {"channel": "=unknown"}, {"channel": "no column tells the channel"}
    if match.table.name == "surveys" and "kind" not in match.mapped:
        kind = _survey_kind(match, one)
        return {"kind": f"={kind}"}, {"kind": f"no column tells the kind of survey; {kind} is assumed"}
    if match.table.name == "entitlements" and "kind" not in match.mapped:
        return {"kind": "=bought"}, {"kind": "no column tells whether it was bought or contracted"}
    return {}, {}


def _survey_kind(match: Match, one: Sample) -> str:
    ideas = {idea for header in (*one.headers, Path(one.inner).stem) for idea in understand(header).ideas}
    for idea in ("NPS", "CES", "CSAT"):
        if idea in ideas:
            return idea.lower()
    score = match.mapped.get("score")
    high = one.seen[score].high if score is not None else None
    return "nps" if high is not None and high > 5 else "csat"


def _money_marks(match: Match, one: Sample) -> dict[str, str]:
    """Say it where revenue holds more than goods."""
    header = match.mapped.get("revenue")
    if header is None or "revenue" in match.marks:
        return {}
    if {"SUBTOTAL", "NET"} & set(understand(header).ideas):
        return {}
    apart = [idea.lower() for idea in ("TAX", "SHIPPING") if any(idea in understand(other).ideas for other in one.headers)]
    return {"revenue": f"it may hold {' and '.join(apart)}, which the file names apart"} if apart else {}


@dataclass(frozen=True, slots=True)
class _Units:
    currency: str | None
    decimal: Literal[".", ","]


def _units(match: Match, one: Sample) -> tuple[_Units, dict[str, str]]:
    """Zone, currency and decimal sign, as far as the sample tells; what it does not is marked."""
    currency: str | None = None
    decimal: Literal[".", ","] = "."
    marks: dict[str, str] = {}
    kinds = {name: CONTRACT[match.table.name].column(name).kind for name in match.mapped}
    times = [one.seen[match.mapped[name]] for name, kind in kinds.items() if kind == "time"]
    if any(_unzoned(seen) for seen in times) or (one.naive and times):
        utc = any(re.search(r"\b(utc|gmt)\b", match.mapped[name], re.IGNORECASE) for name, kind in kinds.items() if kind == "time")
        marks |= {} if utc else {"zone": "times bear no zone; UTC is assumed"}
    money = [header for name, kind in kinds.items() if kind == "money" for header in match.mapped[name].split(" * ") if header in one.seen]
    if money:
        currency = next((code for header in money if (code := understand(header).currency or _iso(one.seen[header].sign))), None)
        currency = None if "currency" in match.mapped else currency
        if currency is None and "currency" not in match.mapped:
            marks["currency"] = "no column and no sign tells the currency; the book's is assumed"
    numbers = [
        one.seen[h] for name, kind in kinds.items() if kind in ("money", "number") for h in match.mapped[name].split(" * ") if h in one.seen
    ]
    if sum(seen.comma > seen.point for seen in numbers) > sum(seen.point > seen.comma for seen in numbers):
        decimal = ","
    return _Units(currency, decimal), marks


def _iso(sign: str | None) -> str | None:
    return sign if sign is not None and re.fullmatch(r"[A-Z]{3}", sign) else None


def _left_why(header: str) -> str:
    said = understand(header)
    return "the contract has no column for it" if said.ideas else "its words are not known"


def _traps(match: Match, one: Sample) -> list[str]:
    """A number that is another one for every order names no person."""
    who = match.mapped.get("source_id")
    if match.table.name != "orders" or who is None or one.seen[who].count < 50 or not one.seen[who].unique:
        return []
    others = [header for header in one.headers if header != who and "CUSTOMER" in understand(header).ideas and not one.seen[header].unique]
    hint = f"; perhaps {others[0]!r} names the person" if others else "; check whether another column or file names the person"
    return [f"source_id = {who!r} is different for every order: value per customer cannot be learned{hint}"]


def _people_too(one: Sample, best: Match, by_name: Mapping[str, Match], place: str) -> list[Proposed]:
    """A file of orders or contacts that also tells who the people are feeds them too."""
    people, who = by_name.get("people"), best.mapped.get("source_id")
    if people is None or who is None or best.table.name in ("people", "agents"):
        return []
    told = {
        name: header
        for name, header in people.mapped.items()
        if name not in ("source_id", "created_at", "source") and people.sure.get(name, 0) > 0.75
    }
    if not set(told) & {"name", "given_name", "family_name", "email", "phone", "loyalty_id", "street", "username"}:
        return []
    match = replace(
        people, mapped={"source_id": who, **told}, marks={k: v for k, v in people.marks.items() if k in told}, perhaps={}, lacking=()
    )
    made = _proposed(one, match, place)
    marks = {**made.marks, "source_id": f"as in {best.table.name}; of several rows of one person the last holds"}
    return [replace(made, marks=marks, left_out={}, lacking=best.lacking if "source_id" in best.lacking else ())]


# names and sources


def _named(inputs: Sequence[Proposed]) -> list[Proposed]:
    """Give every input a name of its own."""
    taken: dict[str, int] = {}
    made: list[Proposed] = []
    for one in inputs:
        name = one.input.name
        taken[name] = taken.get(name, 0) + 1
        made.append(replace(one, input=replace(one.input, name=name if taken[name] == 1 else f"{name}_{taken[name]}")))
    return made


def _shared_sources(inputs: Sequence[Proposed]) -> list[Proposed]:
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
