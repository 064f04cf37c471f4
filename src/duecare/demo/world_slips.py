"""How a word goes wrong on its way into a system: at the keyboard, in a scanner, by ear, in a field too short.

Only the words that go wrong are looked at one by one; the rest passes as columns.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from duecare.demo.columns import Flags, pc

Slip = Callable[[str, float], str]
"""A word and a chance in [0, 1) give the word gone wrong."""

_KEYS = ("qwertzuiopü", "asdfghjklöä", "yxcvbnm")
_NEAR = {key: row[max(k - 1, 0) : k] + row[k + 1 : k + 2] for row in _KEYS for k, key in enumerate(row)}
_SCANNED = (("rn", "m"), ("m", "rn"), ("l", "1"), ("i", "l"), ("o", "0"), ("cl", "d"), ("e", "c"), ("h", "b"), ("u", "v"), ("n", "ri"))
_HEARD = (
    ("ck", "k"), ("ph", "f"), ("dt", "t"), ("ei", "ai"), ("v", "f"), ("y", "i"), ("th", "t"), ("c", "k"), ("z", "tz"),
    ("ie", "i"), ("mm", "m"), ("nn", "n"), ("ll", "l"), ("ss", "s"), ("tt", "t"), ("d", "t"), ("b", "p"), ("s", "ss"), ("h", ""),
)  # fmt: skip


def _place(text: str, draw: float) -> int:
    """A place behind the first letter."""
    return 1 + int(draw * 7919) % (len(text) - 1)


def neighbour(text: str, draw: float) -> str:
    """Hit the key beside the right one.

    >>> neighbour("anna", 0.0)
    'abna'
    """
    at = _place(text, draw)
    near = _NEAR.get(text[at].lower(), "")
    return text[:at] + near[int(draw * 104_729) % len(near)] + text[at + 1 :] if near else dropped(text, draw)


def turned(text: str, draw: float) -> str:
    """Let two letters change places.

    >>> turned("anna", 0.5), turned("berta", 0.0)
    ('anan', 'breta')
    """
    at = _place(text, draw)
    at = min(at, len(text) - 2) if len(text) > 2 else 0
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def dropped(text: str, draw: float) -> str:
    """Leave a letter out."""
    at = _place(text, draw)
    return text[:at] + text[at + 1 :]


def doubled(text: str, draw: float) -> str:
    """Strike a key twice."""
    at = _place(text, draw)
    return text[: at + 1] + text[at:]


def _exchanged(pairs: tuple[tuple[str, str], ...], text: str, draw: float) -> str:
    fits = [(old, new) for old, new in pairs if old in text[1:]]
    if not fits:
        return dropped(text, draw)
    old, new = fits[int(draw * 104_729) % len(fits)]
    return text[0] + text[1:].replace(old, new, 1)


def scanned(text: str, draw: float) -> str:
    """Take one letter for another that looks like it.

    >>> scanned("Horn", 0.0)
    'Hom'
    """
    return _exchanged(_SCANNED, text, draw)


def heard(text: str, draw: float) -> str:
    """Write a word as it sounds.

    >>> heard("Schmidt", 0.0)
    'Schmit'
    """
    return _exchanged(_HEARD, text, draw)


def cut_short(text: str, draw: float) -> str:
    """End where the field ends."""
    return text[: max(3, len(text) - 1 - int(draw * 7919) % 3)]


def wrong_digit(text: str, draw: float) -> str:
    """Write one digit of the last four wrong, or two of them the wrong way round.

    >>> wrong_digit("10115", 0.9)
    '13115'
    """
    if draw < 0.3 and text[-1] != text[-2]:
        return text[:-2] + text[-1] + text[-2]
    at = len(text) - 1 - int(draw * 7919) % min(4, len(text) - 1)
    return text[:at] + str((int(text[at]) + 3) % 10) + text[at + 1 :] if text[at].isdigit() else text


def wrong_mail(text: str, draw: float) -> str:
    """Slip in the name, lose its dots, or spoil the domain so that no mail could ever arrive.

    >>> wrong_mail("anna.ott1@example.com", 0.6), wrong_mail("anna.ott1@example.com", 0.9)
    ('annaott1@example.com', 'anna.ott1@example.con')
    """
    local, _, domain = text.partition("@")
    if draw < 0.5 and len(local) > 3:
        return f"{_LETTERS[int(draw * 7919) % 4](local, draw)}@{domain}"
    if draw < 0.7:
        return f"{local.replace('.', '')}@{domain}"
    return f"{local}@{domain[:-1] + 'n' if draw > 0.85 else domain.rpartition('.')[0]}"


_LETTERS: tuple[Slip, ...] = (neighbour, turned, dropped, doubled, scanned, heard, cut_short)
_SHARES = (0.26, 0.42, 0.56, 0.66, 0.78, 0.95, 1.0)
"""Keyboard, turned, dropped, doubled, scanner, ear, cut short, added up. Assumed."""


def wrong_word(text: str, draw: float) -> str:
    """Let a word go wrong in one of the ways above."""
    kind = next(k for k, share in enumerate(_SHARES) if draw < share)
    return _LETTERS[kind](text, draw * 997 % 1)


def slipped(texts: pa.Array, hit: Flags, slip: Slip, chances: np.random.Generator) -> pa.Array:
    """Return the texts, those that are *hit* gone wrong; nulls and texts under three letters stay."""
    hit = hit & np.asarray(pc.fill_null(pc.greater_equal(pc.utf8_length(texts), 3), fill_value=False))
    places = np.flatnonzero(hit)
    known = texts.take(pa.array(places)).to_pylist()
    wrong = [slip(text, draw) for text, draw in zip(known, chances.random(len(places)).tolist(), strict=True)]
    return pc.replace_with_mask(texts, pa.array(hit), pa.array(wrong, pa.string()))
