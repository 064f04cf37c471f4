"""The words that people are made from, out of `names.toml`, and two ways to write them without accents.

E-mail domains are those that RFC 2606 reserves, so no message can ever arrive.
"""

import tomllib
from importlib.resources import files

_LISTS = tomllib.loads((files("duecare.demo") / "names.toml").read_text(encoding="utf-8"))

ORIGINS = ("de", "tr", "pl", "en", "fr", "it")
ORIGIN_SHARES = (0.80, 0.05, 0.04, 0.05, 0.03, 0.03)


def _by_origin(kind: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_LISTS[kind][origin].split()) for origin in ORIGINS)


def _pairs(kind: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in _LISTS[kind].split())


WOMEN, MEN, FAMILIES = _by_origin("women"), _by_origin("men"), _by_origin("families")
"""Given names of women and men, and family names: a list for each origin, the commonest name first."""
STREETS: tuple[str, ...] = tuple(_LISTS["streets"].split())
CITIES = _pairs("cities")
"""Towns and the first two digits of their postal codes."""
NICKNAMES = _pairs("nicknames")
COMPANIES = tuple(
    f"{name} {form}" for name in ("Nordlicht", "Talblick", "Silberpfad", "Auenhof", "Steinbrück") for form in ("GmbH", "KG", "AG")
)
"""Invented, for the few who buy for the company they work at."""

MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org", "web.example.net")
WORK_DOMAINS = ("office.example.com", "team.example.org", "work.example.net")

_PLAIN, _BARE = str.maketrans(_pairs("plain")), str.maketrans("äöüÄÖÜ", "aouAOU")


def plain(word: str) -> str:
    """Return a word without the letters that a foreign keyboard lacks.

    >>> plain("Jörg Großmann"), plain("Wiśniewski")
    ('Joerg Grossmann', 'Wisniewski')
    """
    return word.translate(_PLAIN)


def bare(word: str) -> str:
    """Return a word as hurried people type it: the dots dropped, not spelt out.

    >>> bare("Müller")
    'Muller'
    """
    return word.translate(_BARE).translate(_PLAIN)
