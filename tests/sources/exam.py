"""How well `propose` reads headers: a set is written as a file, proposed, and judged column by column.

A column is right when what it is mapped to is its truth or another right answer, or when it is rightly
left out. It is *silently wrong* when it is mapped to something that is neither, without a mark.
A contract column that names the same thing in several tables (the person, the order, the contact) is
one answer, whichever of the file's tables it feeds.
"""

import csv
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from duecare.sources import Proposed, propose

HERE = Path(__file__).parent
DEV = HERE / "headers_dev"
"""What sniffing was developed on."""
EXAMS = (HERE / "heldout", HERE / "fresh")
"""Folders of sets that nothing may be tuned on; a folder may be empty or not there."""

SHARED = frozenset({"source_id", "order_id", "contact_id", "product_id", "agent_id", "currency"})
RENAMED = {"subscriptions.from": "subscriptions.from_at", "subscriptions.to": "subscriptions.to_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One set of headers with what each should become."""

    name: str
    file: str
    delimiter: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Mapping[str, frozenset[str | None]]
    only: str | None = None
    """Judge the mapping onto this table alone; all when None."""


@dataclass(slots=True, kw_only=True)
class Score:
    """What came of it, in columns."""

    sheets: int = 0
    columns: int = 0
    right: int = 0
    silently_wrong: int = 0
    with_truth: int = 0
    """Columns that should be mapped."""
    found: int = 0
    """Of those, the ones that were mapped rightly."""
    doubted: int = 0
    """Of those, the ones that bear a mark nevertheless: a tool that doubts everything is never silently wrong."""
    unread: int = 0
    """Sets of which nothing was proposed."""
    wrong: list[str] = field(default_factory=list[str])
    """`sheet: header -> answers`; never to be looked at for held-out sets."""

    @property
    def share(self) -> float:
        return self.right / self.columns

    def __str__(self) -> str:
        return (
            f"{self.sheets} sets, {self.columns} columns: {self.share:.1%} right, {self.silently_wrong} silently wrong; "
            f"of {self.with_truth} columns with a place in the contract {self.found} were found, {self.doubted} with a mark; {self.unread} sets unread"
        )


def sheets(folder: Path) -> list[Sheet]:
    """Read all sets of a folder, in the form of a README of rules (`truth`) or in the older one (`columns`)."""
    said = [json.loads(path.read_text("utf-8")) | {"name": path.stem} for path in sorted(folder.glob("*.json"))]
    return [_truthful(one) if "truth" in one else _older(one) for one in said]


def score(folder: Path) -> Score:
    """Propose and judge every set of a folder."""
    with tempfile.TemporaryDirectory() as work:
        return take(sheets(folder), Path(work))


def take(sets: Sequence[Sheet], folder: Path) -> Score:
    """Propose every set and judge what was proposed."""
    made = Score()
    for sheet in sets:
        _judge(sheet, _answers(sheet, folder / sheet.name), made)
    return made


def _truthful(said: Mapping[str, Any]) -> Sheet:
    right = {
        header: frozenset(_plain(answer) for answer in (said["truth"][header], *said["also"].get(header, ()))) for header in said["header"]
    }
    return Sheet(
        name=said["name"], file="export.csv", delimiter=said.get("delimiter", ","), headers=said["header"], rows=said["rows"], right=right
    )


def _older(said: Mapping[str, Any]) -> Sheet:
    whole: bool = said.get("all", False)
    right: dict[str, set[str | None]] = {header: set() for header in said["headers"]}

    def dotted(column: str) -> str | None:
        return _plain(column if whole else f"{said['table']}.{column}")

    for column, header in said["columns"].items():
        for part in (part for part in {header, *header.split(" * ")} if part in right):
            right[part].add(dotted(column))
    for column, headers in said["may"].items():
        for header in (header for header in headers if header in right):
            right[header].update({dotted(column)} if right[header] - {None} else {dotted(column), None})
    return Sheet(
        name=said["name"],
        file=f"{Path(said['file']).stem}.csv",
        delimiter=",",
        headers=said["headers"],
        rows=said["rows"],
        right={header: frozenset(answers or {None}) for header, answers in right.items()},
        only=None if whole else said["table"],
    )


def _plain(answer: str | None) -> str | None:
    if answer is None:
        return None
    named = RENAMED.get(answer, answer)
    column = named.split(".", 1)[1]
    return column if column in SHARED else named


def _answers(sheet: Sheet, folder: Path) -> dict[str, dict[str, bool]]:
    """Return header -> what it is mapped to -> whether that bears a mark."""
    folder.mkdir(parents=True)
    with (folder / sheet.file).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=sheet.delimiter).writerows([sheet.headers, *sheet.rows])
    made: dict[str, dict[str, bool]] = {header: {} for header in sheet.headers}
    folded = {" ".join(header.split()): header for header in sheet.headers}
    for one in propose(folder / sheet.file, relative_to=folder).inputs:
        if sheet.only in (None, one.input.table):
            _enter(one, folded, made)
    return made


def _enter(one: Proposed, folded: Mapping[str, str], made: dict[str, dict[str, bool]]) -> None:
    if one.input.preset is not None:
        for answers in made.values():
            answers[f"preset {one.input.preset}"] = False
    for column, said in one.columns.items():
        for part in [said] if said in folded else said.split(" * "):
            if part in folded:
                answer = cast("str", _plain(f"{one.input.table}.{column}"))
                made[folded[part]][answer] = made[folded[part]].get(answer, True) and bool({column, "table"} & set(one.marks))


def _judge(sheet: Sheet, answers: Mapping[str, Mapping[str, bool]], score: Score) -> None:
    score.sheets += 1
    score.unread += not any(answers.values())
    for header in sheet.headers:
        right, given = sheet.right[header], answers[header]
        astray = [answer for answer, marked in given.items() if answer not in right and not marked]
        good = not astray and (bool(right & set(given)) if given else None in right)
        score.columns += 1
        score.right += good
        score.silently_wrong += bool(astray)
        score.with_truth += None not in right
        score.found += None not in right and good
        score.doubted += None not in right and good and all(given.values())
        if not good:
            score.wrong.append(f"{sheet.name}: {header!r} -> {dict(given)}, right {sorted(map(str, right))}")
