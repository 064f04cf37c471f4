"""Facing: the face of somebody who says who they are, as the matching would see their record.

What `identity.sql` works out over all records (who is known by which name, what too many share,
what a home has in common) is asked of the index here, for one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from duecare.identity.clean import fixed_line, forms_of
from duecare.identity.levels import Face, text_of
from duecare.identity.saying import Words, cleaned, plain
from duecare.records import Index

SHAREABLE = ("email", "phone", "loyalty", "birth_date", "street", "username", "handle")
"""Columns of which a value that too many share says nothing."""

MAY_BE_COMMON = ("email", "phone", "loyalty")
"""Columns of which a home may have a value in common."""


def face_of(index: Index, said: Mapping[str, object], country: str | None = None) -> dict[str, Any]:
    """Return what *said* comes to as a face; whether its values are a home's is for `commonly` to add.

    Args:
        index: the published index.
        said: any columns of the contract's `people`.
        country: whose dialling rules hold where *said* names none.

    `given_told` is whether the given name was said, and not read off a log-in.
    """
    words = cleaned(plain(said), country)
    named = _named(index, words)
    face: dict[str, Any] = {
        column: None if value is not None and index.count("shared", column, value) else value
        for column, value in words.items()
        if column in SHAREABLE
    }
    given = words["given"] or named["given"]
    hidden = _crowded_name(index, words)
    return face | {
        "given": None if hidden else given,
        "family": None if hidden else words["family"] or named["family"],
        "given_told": words["given"] is not None,
        "given_known": given is not None and index.count("known", given) > 0,
        "given_forms": forms_of(given) if given else None,
        "birth_date": None if _crowded_birth(index, words) else face["birth_date"],
        "login": face["email"].split("@")[0] if face["email"] else None,
        "postcode": words["postcode"],
        "city": words["city"],
    }


def commonly(face: Face, column: str, bearers: Sequence[Face]) -> bool:
    """Whether a value of *face* may be one that a home has in common, seen with all others who bear it.

    >>> anna = {"given": "anna", "given_known": True, "phone": "+4915123456789"}
    >>> commonly(anna, "phone", [anna | {"given": "bernd"}]), commonly(anna, "phone", [anna])
    (True, False)

    An address of which nobody's name is told is not known to be a home's.
    """
    everybody = (face, *bearers)
    families = {one.get("family") for one in everybody} - {None}
    names = {one["given"] for one in everybody if one.get("given") and one.get("given_known")}
    if len(names - families) > 1:
        return True
    if column == "phone":
        return fixed_line(text_of(face, "phone"))
    named = any(one.get("given") or one.get("family") for one in everybody)
    return column == "email" and named and not any(_own(one) for one in everybody if one.get("given") not in families)


def _own(face: Face) -> bool:
    """Whether an e-mail address is made of its bearer's given name, or of its first letter and the family name."""
    given, family = text_of(face, "given"), text_of(face, "family")
    local = _one_spelling("".join(sign for sign in text_of(face, "email").split("@")[0] if sign.isalpha()))
    return (len(given) >= 3 and given in local) or bool(given and family and local.startswith(given[:1] + family))


def _crowded_name(index: Index, words: Words) -> bool:
    given, family, postcode = words["given"], words["family"], words["postcode"]
    if given is None or family is None:
        return False
    here = postcode is not None and index.count("crowd", "name", given, family, postcode) > 0
    return here or index.count("crowd", "name", given, family) > 0


def _crowded_birth(index: Index, words: Words) -> bool:
    born = words["birth_date"]
    names = [(column, words[column]) for column in ("family", "given")]
    return born is not None and any(name is not None and index.count("crowd", column, name, born) > 0 for column, name in names)


def _named(index: Index, words: Words) -> Words:
    """The names that are not said and that a log-in tells: `maria.weber7`."""
    nothing: Words = {"given": None, "family": None}
    if words["given"] is not None and words["family"] is not None:
        return nothing
    email, username = words["email"], words["username"]
    told = email.split("@")[0] if email is not None else username if username is not None else words["handle"]
    if told is None:
        return nothing
    first, second = _parted(_one_spelling(told))
    surname = second if second and index.count("surname", second) else None
    known = bool(first) and index.count("known", first) > 0
    initial = len(first) == 1 and ((bool(second) and second == words["family"]) or surname is not None)
    return {"given": first if known or initial else None, "family": surname}


def _parted(login: str) -> tuple[str, str]:
    """The letters that a log-in begins with, and those behind the dots, lines or dashes that follow."""
    first = _leading(login)
    rest = login[len(first) :]
    bare = rest.lstrip("._-")
    return first, _leading(bare) if first and len(bare) < len(rest) else ""


def _leading(text: str) -> str:
    return text[: next((at for at, sign in enumerate(text) if not sign.isalpha()), len(text))]


def _one_spelling(text: str) -> str:
    return text.replace("ae", "a").replace("oe", "o").replace("ue", "u")
