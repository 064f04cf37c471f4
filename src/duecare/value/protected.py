"""Protected: what nobody may be served by, and what stands in for it, by the words it goes under."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

PROTECTED: Mapping[str, tuple[str, ...]] = {
    "age": ("age", "alter", "birth", "born", "birthday", "dob", "geburt", "geburtsdatum", "geburtstag", "geburtsjahr", "jahrgang", "edad"),
    "sex and gender": ("sex", "gender", "geschlecht", "anrede", "salutation", "pronoun", "pronouns", "female", "male", "sexo"),
    "origin": (
        *("race", "ethnicity", "ethnic", "nationality", "origin", "citizenship", "herkunft", "nationalitaet", "staatsangehoerigkeit"),
        *("migration", "skin", "accent", "birthplace", "geburtsort"),
    ),
    "religion and belief": ("religion", "religious", "faith", "church", "konfession", "belief", "weltanschauung", "kirchensteuer"),
    "health": ("health", "disability", "disabled", "illness", "pregnant", "pregnancy", "gesundheit", "behinderung", "krankheit", "medical"),
    "political opinion and union": ("political", "politics", "party", "union", "gewerkschaft", "partei"),
    "sexual orientation and family": ("orientation", "marital", "married", "familienstand", "civil", "divorced", "widowed", "ledig"),
    "genetic and biometric data": ("genetic", "biometric", "fingerprint", "face"),
}
"""What the law protects, with the words it goes by."""

PROXIES: Mapping[str, tuple[str, ...]] = {
    "names": ("name", "forename", "surname", "firstname", "lastname", "vorname", "nachname", "familienname", "givenname", "nom", "prenom"),
    "where people live": (
        *("postcode", "postal", "zip", "zipcode", "plz", "postleitzahl", "address", "adresse", "street", "strasse", "neighbourhood"),
        *("neighborhood", "district", "stadtteil", "city", "ort", "geo", "latitude", "longitude", "region", "country", "land"),
    ),
    "language": ("language", "sprache", "locale", "mothertongue", "muttersprache", "langue"),
    "device": ("device", "phone", "browser", "os", "geraet", "handy", "useragent", "iphone", "android"),
}
"""What stands in for it."""

SIGNED = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


@dataclass(frozen=True, slots=True)
class Ground:
    """On what ground a word may not decide on service."""

    name: str
    protected: bool
    """True for what the law protects, False for what stands in for it."""

    @property
    def why(self) -> str:
        return f"tells of {self.name}, which {'is protected' if self.protected else 'stands in for what is protected'}"


def ground(words: str) -> Ground | None:
    """Return on what ground *words* may not decide on anybody's service, None where they may.

    >>> ground("customerGender"), ground("plz"), ground("app_theme")
    (Ground(name='sex and gender', protected=True), Ground(name='where people live', protected=False), None)
    """
    said = set(_words(words))
    for grounds, protected in ((PROTECTED, True), (PROXIES, False)):
        if found := next((name for name, known in grounds.items() if said & set(known)), None):
            return Ground(found, protected)
    return None


def _words(name: str) -> list[str]:
    """The words of a name, in small letters without their signs, parted at capitals too, and the whole without its gaps."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = "".join(SIGNED.get(sign, sign) for sign in parted.lower())
    bare = "".join(sign for sign in unicodedata.normalize("NFD", plain) if not unicodedata.combining(sign))
    words = re.findall(r"[a-z]+", bare)
    return [*words, "".join(words), *(one + other for one, other in pairwise(words))]
