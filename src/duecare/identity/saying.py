"""Saying: what one contact says of who they are, cleaned sign by sign as `identity.sql` cleans millions of records.

The same text must come out of both, or a caller is not found; a test holds them equal on any text.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeAlias

from duecare.identity.clean import e164

Words: TypeAlias = dict[str, str | None]
"""What was said, column by column, cleaned; None where nothing was."""

SAYABLE = (
    "name",
    "given_name",
    "family_name",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "country",
    "birth_date",
    "loyalty_id",
    "username",
    "social_handle",
)
"""Columns of `people` by which somebody can say who they are."""

GOOGLE = ("@gmail.com", "@googlemail.com")
GOOGLE_END = re.compile(r"([+][^@]*)?@[^\n]*\Z")
TAG = re.compile(r"[+][^@]*@")
NO_SIGN = re.compile(r"[^A-Za-z0-9]")
STREET = re.compile(r"(strasse|street|str|st)( |\Z)")

NO_NAME = re.compile(r"(none|no|na|n a|null|nil|nobody|unknown|anonym(ous)?|test|customer|guest|kunde|gast|x+)\Z")
E_MAIL = re.compile(r"[^@ ]+@[^@ ]+\.[a-z0-9-]{2,}\Z")
NO_USER = re.compile(
    r"(none|no|na|n\.a|null|nil|nobody|unknown|anonym(ous)?|test|noreply|no-reply|nomail|noemail|no-email|keine?|aucun|x+|a+|0+)@"
)
NO_HOUSE = re.compile(r"@(none|null|nomail|noemail|test|invalid|x+)\.")
NO_CARD = ("NONE", "NULL", "UNKNOWN", "TEST", "1234", "12345", "123456")
NO_BIRTH_DATE = ("1900-01-01", "1970-01-01", "1901-01-01", "1999-09-09")
LONGEST = 300
"""Signs of a text that are heard; nobody is called more."""


def plain(said: Mapping[str, object]) -> Words:
    """Return what was said as texts; whatever is no contract column, empty, or no text is left out.

    >>> plain({"email": " a@b.de ", "phone": "", "age": 7, "birth_date": date(1980, 5, 3)})
    {'email': ' a@b.de ', 'birth_date': '1980-05-03'}
    """
    texts = {column: _text(said.get(column)) for column in SAYABLE}
    return {column: text for column, text in texts.items() if text is not None and text.strip()}


def cleaned(said: Mapping[str, str | None], country: str | None = None) -> Words:
    """Return identifiers fit for matching; placeholders become None.

    Args:
        said: columns of `people` as texts.
        country: whose dialling rules hold where *said* names none; ISO 3166 two letters.

    >>> found = cleaned({"name": "Müller, Jörg", "email": "J.Mueller+shop@GMail.com", "phone": "0151 234-56789"})
    >>> found["given"], found["family"], found["email"], found["phone"]
    ('jorg', 'muller', 'jmueller@gmail.com', '+4915123456789')
    """
    words = written(said)
    phone = said.get("phone")
    return words | {
        "given": _unless(NO_NAME, words["given"]),
        "family": _unless(NO_NAME, words["family"]),
        "email": words["email"] if _is_address(words["email"]) else None,
        "phone": e164(phone, said.get("country") or country) if phone is not None else None,
        "loyalty": words["loyalty"] if _is_card(words["loyalty"]) else None,
        "birth_date": None if words["birth_date"] in NO_BIRTH_DATE else words["birth_date"],
    }


def written(said: Mapping[str, str | None]) -> Words:
    """Return what was said in one spelling, placeholders and all."""
    given, family = _names(said)
    return {
        "given": _letters(_folded(given)),
        "family": _letters(_folded(family)),
        "email": _address(said.get("email")),
        "loyalty": _signs(said.get("loyalty_id")),
        "birth_date": said.get("birth_date"),
        "postcode": _signs(said.get("postcode")),
        "city": _letters(_folded(said.get("city"))),
        "street": _street(_folded(said.get("street"))),
        "username": _trimmed(lower(said.get("username") or "")) or None,
        "handle": lower(_trimmed(said.get("social_handle") or "", "@ ")) or None,
    }


def _text(value: object) -> str | None:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    return value[:LONGEST].encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def _names(said: Mapping[str, str | None]) -> tuple[str | None, str | None]:
    """Given and family name, parted where they came in one field: `Family, Given` or `Given Family`."""
    name, given, family = said.get("name"), said.get("given_name"), said.get("family_name")
    parts: tuple[str | None, str | None] = (None, None)
    if name is not None and "," in name:
        parts = name.split(",")[1], name.split(",")[0]
    elif name is not None and " " in _trimmed(name):
        parts = _trimmed(name).split(" ")[0], _trimmed(name).split(" ")[-1]
    return given if given is not None else parts[0], family if family is not None else parts[1]


def lower(text: str) -> str:
    """Return *text* in lower case, sign for sign, as the engine does."""
    return "".join(small if len(small := sign.lower()) == 1 else small[0] for sign in text)


def _trimmed(text: str, signs: str | None = None) -> str:
    """Without blanks, or *signs*, at its ends; to the engine any space separator is a blank, a tab or a new line is none."""
    if signs is not None:
        return text.strip(signs)
    first = next((at for at, sign in enumerate(text) if unicodedata.category(sign) != "Zs"), len(text))
    last = next((at for at in range(len(text), first, -1) if unicodedata.category(text[at - 1]) != "Zs"), first)
    return text[first:last]


def _folded(text: str | None) -> str | None:
    """In lower case, without accents, umlauts in both spellings alike."""
    if text is None:
        return None
    bare = _without_accents(lower(text)).translate(_STROKES)
    return bare.replace("ß", "ss").replace("ae", "a").replace("oe", "o").replace("ue", "u")


_STROKES = str.maketrans("łıøđ", "liod")


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    parted = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(sign for sign in parted if not unicodedata.category(sign).startswith("M")))


def _letters(text: str | None) -> str | None:
    """Nothing but letters, one blank between words; None when nothing is left."""
    return " ".join("".join(sign if sign.isalpha() else " " for sign in text).split()) or None if text is not None else None


def _street(text: str | None) -> str | None:
    if text is None:
        return None
    kept = "".join(sign if unicodedata.category(sign)[0] in "LN" else " " for sign in text)
    blank = re.sub(" +", " ", kept)
    return STREET.sub("st ", blank).strip(" ") or None


def _signs(text: str | None) -> str | None:
    return NO_SIGN.sub("", text).upper() or None if text is not None else None


def _address(text: str | None) -> str | None:
    """An e-mail without its +tag, and without dots where the provider takes none."""
    if text is None:
        return None
    bare = lower(_trimmed(text))
    if lower(text).endswith(GOOGLE):
        return GOOGLE_END.sub("", bare, count=1).replace(".", "") + "@gmail.com"
    return TAG.sub("@", bare, count=1) or None


def _is_address(email: str | None) -> bool:
    return email is not None and bool(E_MAIL.match(email)) and not NO_USER.match(email) and not NO_HOUSE.search(email)


def _is_card(loyalty: str | None) -> bool:
    return loyalty is not None and len(loyalty) >= 4 and bool(loyalty.replace(loyalty[0], "")) and loyalty not in NO_CARD


def _unless(pattern: re.Pattern[str], text: str | None) -> str | None:
    return None if text is None or pattern.match(text) else text
