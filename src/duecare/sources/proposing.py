"""Proposing: what files may be, how they could be read, and what is assumed in that.

A known export is read by its preset. For any other file each header is mapped, a perhaps, or
left out; whatever is not beyond doubt bears a mark. Nothing is asked and nothing is guessed
in silence.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from duecare.sources.by_headers import by_headers
from duecare.sources.by_preset import by_preset, preset_for
from duecare.sources.files import ENDINGS, PACKED, found
from duecare.sources.headers import understand
from duecare.sources.planning import role_of
from duecare.sources.presets import PRESETS
from duecare.sources.proposals import Proposal, Proposed
from duecare.sources.sampling import Sample, sample
from duecare.sources.sharing import named, settled_currency, shared_sources, without_doubles
from duecare.words import BadRows, BadSettings

MOST_FILES = 2000


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
    inputs, doubles = without_doubles(shared_sources(named([*joint, *singles])))
    currencies = {code for one in inputs for code in one.currencies}
    currency = next(iter(currencies)) if len(currencies) == 1 else None
    return Proposal(
        inputs=tuple(settled_currency(inputs, currency)), not_understood=not_understood, notes=(*notes, *doubles), currency=currency
    )


def _files(path: Path) -> list[Path]:
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
                made.append(by_preset(preset, here, _relative(folder / pattern, base)))
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
    preset = preset_for(first)
    if preset is not None:
        return [by_preset(preset, group, place)]
    made = by_headers(first, place)
    if not made:
        lost[place] = _why_not(first)
    return made


def _why_not(one: Sample) -> str:
    known = [header for header in one.headers if understand(header).ideas]
    if not known:
        return f"none of its {len(one.headers)} headers says anything known: {', '.join(one.headers[:8])}"
    return f"its headers fit no table of the contract: {', '.join(one.headers[:12])}"
