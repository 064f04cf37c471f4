"""Names enough for worlds of millions: the demo's, and composed ones for the long tail.

A few names are very common and most are rare, as in life: the weight of the k-th name of a
list is 1 / (k + flat). With the values below the commonest family name is borne by about
1 person in 130 and the commonest given names by about 1 woman or man in 60; that this is near
to life is our assumption.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import product

import numpy as np

from duecare.demo import names
from duecare.demo.columns import Floats, Ints, pick

_PARTS = tomllib.loads((files("duecare.demo") / "world_names.toml").read_text(encoding="utf-8"))

GIVEN_FLAT, FAMILY_FLAT = 12.0, 14.0
HANDLE_WORDS = tuple(_PARTS["handles"].split())
"""What people call themselves where they need not say who they are."""

Lists = tuple[tuple[str, ...], ...]


def _words(part: str, name: str) -> list[str]:
    return _PARTS[part][name].split()


def _composed(firsts: Iterable[str], lasts: Iterable[str]) -> list[str]:
    return [first + last for first, last in product(firsts, lasts)]


def _tail(composed: list[str]) -> list[str]:
    """Put composed names into an order that is always the same and follows neither part."""
    return [composed[k] for k in np.random.default_rng(20).permutation(len(composed)).tolist()]


def _once(*lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names_ in lists for name in names_))


def _given(gender: str, known: Lists) -> Lists:
    long = _composed(_words("given_parts", "first"), _words("given_parts", gender))
    short = _composed(_words("given_parts", "short"), _words("given_parts", f"short_{gender}"))
    german = _once(known[0][:12], _words("more", gender), known[0][12:], _tail(long + short))
    return (german, *known[1:])


def _families(origin: str, known: tuple[str, ...]) -> tuple[str, ...]:
    firsts, lasts = _words("family_parts", f"{origin}_first"), _words("family_parts", f"{origin}_last")
    short = _composed(firsts, lasts)
    fronts = _words("family_parts", "de_front") if origin == "de" else []
    long = [front + name.lower() for front, name in product(fronts, short) if not name.startswith(front)]
    return _once(known, _tail(short), _tail(long))


WOMEN, MEN = _given("women", names.WOMEN), _given("men", names.MEN)
FAMILIES: Lists = tuple(_families(origin, known) for origin, known in zip(names.ORIGINS, names.FAMILIES, strict=True))
GIVEN = tuple(name for lists in (WOMEN, MEN) for list_ in lists for name in list_)
FAMILY_NAMES = tuple(name for list_ in FAMILIES for name in list_)
_FIRST_MAN = sum(len(list_) for list_ in WOMEN)


def draw_given(woman: Ints, origin: Ints, chances: Floats) -> Ints:
    """Draw places in `GIVEN` for people of a gender (1 woman, 0 man) and origin."""
    women, men = _draw(WOMEN, origin, chances, GIVEN_FLAT), _draw(MEN, origin, chances, GIVEN_FLAT)
    return np.where(woman == 1, women, _FIRST_MAN + men)


def draw_family(origin: Ints, chances: Floats) -> Ints:
    """Draw places in `FAMILY_NAMES` for people of an origin."""
    return _draw(FAMILIES, origin, chances, FAMILY_FLAT)


def _draw(lists: Lists, origin: Ints, chances: Floats, flat: float) -> Ints:
    places, offset = np.zeros(len(origin), np.int64), 0
    for code, list_ in enumerate(lists):
        here = origin == code
        places[here] = offset + pick([1 / (k + flat) for k in range(len(list_))], chances[here])
        offset += len(list_)
    return places


def _alike(gender: str, first: int) -> Ints:
    place = {name: k + first for k, name in enumerate(GIVEN[first:])}
    return np.array([[place[name] for name in pair.split(":")] for pair in _words("alike", gender)])


ALIKE = (_alike("men", _FIRST_MAN), _alike("women", 0))
"""Pairs of places in `GIVEN` that sound alike: men's, women's."""


def in_mails(vocabulary: Sequence[str]) -> list[str]:
    """Return names as they stand in an e-mail address: small plain letters.

    >>> in_mails(["Müller", "De-Luca"])
    ['mueller', 'deluca']
    """
    return [re.sub("[^a-z]", "", names.plain(name).lower()) for name in vocabulary]
