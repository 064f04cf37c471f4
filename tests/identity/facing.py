"""Faces to compare: what a record says once it is cleaned, drawn at random, near one another and far."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa

from duecare.identity.clean import forms_of
from duecare.records import Warehouse

COLUMNS = ("given", "family", "birth_date", "email", "phone", "loyalty", "street", "postcode", "city", "username", "handle")
FLAGS = ("given_known", "email_common", "phone_common", "loyalty_common")


def face(**said: Any) -> dict[str, Any]:  # noqa: ANN401 - any values
    """A whole face of what is *said*; the rest is as the cleaning would have it."""
    whole: dict[str, Any] = dict.fromkeys(COLUMNS) | dict.fromkeys(FLAGS, False) | said
    email, given = whole["email"], whole["given"]
    derived = {"login": email.split("@")[0] if email is not None else None, "given_forms": forms_of(given) if given is not None else None}
    return derived | whole


def put_faces(warehouse: Warehouse, faces: Sequence[Mapping[str, Any]], name: str = "faces") -> None:
    """Make the table of *faces*, numbered from 1."""
    kinds: list[tuple[str, pa.DataType]] = [(column, pa.string()) for column in (*COLUMNS, "login")]
    kinds += [*((flag, pa.bool_()) for flag in FLAGS), ("given_forms", pa.list_(pa.string()))]
    columns = {column: pa.array([one[column] for one in faces], kind) for column, kind in kinds}
    warehouse.put(name, pa.table({"unique_id": pa.array(range(1, len(faces) + 1), pa.int64())} | columns))


NAMES = ["anna", "anne", "ann", "bill", "william", "dani", "daniel", "lena", "weber", "muller", "mullerweber", "a", "ю", "юлия", "юлий"]
DATES = ("1980-03-05", "1980-05-03", "1980-03-06", "1981-03-06", "1850", "-0050-01-0", "0980-03-05", "1930-12-31")
Chance: TypeAlias = random.Random


def _text(chance: Chance, signs: str, least: int, most: int) -> str:
    return "".join(chance.choices(signs, k=chance.randint(least, most)))


def _word(chance: Chance) -> str:
    return chance.choice(
        [*NAMES, "anna lena", _text(chance, "abeno ", 1, 9), _text(chance, "юлияйéß", 3, 9), _text(chance, "abcdefgh", 10, 17)]
    )


def _login(chance: Chance) -> str:
    return _text(chance, "ab.", 1, 8)


DRAWN: Mapping[str, Callable[[Chance], str]] = {
    "given": _word,
    "family": _word,
    "birth_date": lambda chance: chance.choice(DATES),
    "email": lambda chance: f"{_login(chance)}@{chance.choice(['mail', 'post'])}.example",
    "phone": lambda chance: f"+49151{_text(chance, '0123', 1, 12)}",
    "loyalty": lambda chance: f"LC{_text(chance, '0123', 1, 12)}",
    "street": lambda chance: f"{_word(chance)} 7",
    "postcode": lambda chance: _text(chance, "0123", 1, 7),
    "city": _word,
    "username": _login,
    "handle": _login,
}


def slipped(chance: Chance, text: str) -> str:
    """A text with one or two slips of the pen: a sign swapped with its neighbour, doubled, left out or replaced."""
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(max(len(text), 1))
        two, rest = text[at : at + 2], text[at + 2 :]
        text = text[:at] + chance.choice([two[::-1], two[:1] + two, two[1:], "0" + two[1:]]) + rest
    return text or "a"


def two_faces(chance: Chance) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two records; what the second says is its own, the first's, or nearly the first's."""
    one = {column: _said(chance, kind(chance)) for column, kind in DRAWN.items()}
    other: dict[str, Any] = {}
    for column, kind in DRAWN.items():
        before = one[column]
        near = [before, slipped(chance, before)] if before is not None and column != "email" else [before]
        other[column] = _said(chance, chance.choice([kind(chance), *near]))
    if chance.random() < 0.2:
        other["given"], other["family"] = one["family"], one["given"]
    turn = chance.randint(0, 1)
    return face(**one, **_flags(one, turn)), face(**other, **_flags(other, turn))


def _said(chance: Chance, text: str | None) -> str | None:
    return None if chance.random() < 0.2 else text


def _flags(said: Mapping[str, Any], turn: int) -> dict[str, bool]:
    """What is known of values is the same wherever they stand."""
    return {flag: len(said[flag.split("_")[0]] or "") % 2 == turn for flag in FLAGS}
