"""Faces to compare: what a record says once it is cleaned, drawn at random, near one another and far."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

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


LETTERS = "abeno"
NAMES = st.sampled_from(
    [
        "anna",
        "anne",
        "ann",
        "bill",
        "william",
        "dani",
        "daniel",
        "anna lena",
        "lena",
        "weber",
        "muller",
        "mullerweber",
        "a",
        "ю",
        "юлия",
        "юлий",
    ]
)
WORDS = st.one_of(NAMES, st.text(LETTERS + " ", min_size=1, max_size=9), st.text("юлияйéß", min_size=3, max_size=9))
DATES = st.one_of(
    st.sampled_from(["1980-03-05", "1980-05-03", "1980-03-06", "1981-03-06", "1850", "-0050-01-0", "0980-03-05"]), st.dates().map(str)
)
DIGITS = st.text("0123", min_size=1, max_size=12)
EMAILS = st.builds("{}@{}".format, st.text("ab.", min_size=1, max_size=8), st.sampled_from(["mail.example", "post.example"]))
LOGINS = st.text("ab.", min_size=1, max_size=8)
DRAWN: Mapping[str, st.SearchStrategy[str]] = {
    "given": WORDS,
    "family": WORDS,
    "birth_date": DATES,
    "email": EMAILS,
    "phone": DIGITS.map("+49151{}".format),
    "loyalty": DIGITS.map("LC{}".format),
    "street": WORDS.map("{} 7".format),
    "postcode": DIGITS,
    "city": WORDS,
    "username": LOGINS,
    "handle": LOGINS,
}


@st.composite
def slipped(draw: st.DrawFn, text: str) -> str:
    """A text with one or two slips of the pen: a sign swapped with its neighbour, doubled, left out or replaced."""
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, max(len(text) - 1, 0)))
        two, rest = text[at : at + 2], text[at + 2 :]
        text = text[:at] + draw(st.sampled_from([two[::-1], two[:1] + two, two[1:], "0" + two[1:]])) + rest
    return text or "a"


@st.composite
def two_faces(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two records; what the second says is its own, the first's, or nearly the first's."""
    one = {column: draw(st.one_of(st.none(), kind)) for column, kind in DRAWN.items()}
    other: dict[str, Any] = {}
    for column, kind in DRAWN.items():
        before = one[column]
        near = [slipped(before), st.just(before)] if before is not None and column != "email" else [st.just(before)]
        other[column] = draw(st.one_of(st.none(), kind, *near))
    if draw(st.booleans()):
        other["given"], other["family"] = one["family"], one["given"]
    turn = draw(st.integers(0, 1))
    return face(**one, **_flags(one, turn)), face(**other, **_flags(other, turn))


def _flags(said: Mapping[str, Any], turn: int) -> dict[str, bool]:
    """What is known of values is the same wherever they stand."""
    return {flag: len(said[flag.split("_")[0]] or "") % 2 == turn for flag in FLAGS}
