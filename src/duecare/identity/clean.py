"""Identifiers made fit for comparing: telephone numbers in E.164, and the names that a short name can stand for."""

import re
from functools import cache

WRITTEN_IN_FULL = re.compile(r"^\+[1-9]\d{7,14}$")
FILLER = re.compile(r"[\s().\-/]")
ONE_DIGIT = re.compile(r"(\d)\1{5,}$")

SHORTEST = 8
"""Signs of the shortest number that tells anybody apart, + included; shorter ones are services."""

CALLING = "DE"
"""The country whose dialling rules hold where neither number nor record names one."""


def e164(phone: str, country: str | None = None) -> str | None:
    """Return a telephone number in E.164, None when it is none or a placeholder.

    Args:
        phone: the number as written.
        country: ISO 3166 two letters whose dialling rules hold for a number without +.

    >>> e164("0151 234-56789", "DE"), e164("+44 20 7946 0958"), e164("000000"), e164("+49 (0)30 901820")
    ('+4915123456789', '+442079460958', None, '+4930901820')
    """
    import phonenumbers

    plain = FILLER.sub("", phone)
    if ONE_DIGIT.search(plain):
        return None
    if WRITTEN_IN_FULL.match(plain) and "(" not in phone:
        return plain
    try:
        number = phonenumbers.parse(phone, _region(country))
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if phonenumbers.is_possible_number(number) and len(written) >= SHORTEST else None


PREFIX = 8
"""Signs of a number in E.164, + included, that tell what kind of line it is."""


def fixed_line(number: str) -> bool:
    """Whether a number in E.164 is a fixed line, which a home has in common; False where the plan does not tell.

    >>> fixed_line("+493090182000"), fixed_line("+4915123456789")
    (True, False)
    """
    return _fixed(number[:PREFIX], len(number))


@cache
def _fixed(prefix: str, length: int) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse(prefix + "2" * (length - len(prefix)), None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE


def _region(country: str | None) -> str:
    return country.upper() if country and len(country) == 2 else CALLING


SHORT: dict[str, tuple[str, ...]] = {
    "alexander": ("alex", "sascha", "xander", "sandro"),
    "alexandra": ("alex", "sandra", "sascha"),
    "andrea": ("andi",),
    "andreas": ("andi", "andy"),
    "anton": ("toni",),
    "barbara": ("barbel", "babsi"),
    "christian": ("chris",),
    "christina": ("christl", "tina"),
    "cornelia": ("conny", "nele"),
    "elisabeth": ("elli", "lisa", "liesl", "lisbeth", "sissi", "elsbeth"),
    "florian": ("flo",),
    "franziska": ("franzi",),
    "friedrich": ("fritz",),
    "gabriele": ("gabi",),
    "hannelore": ("hanne", "lore"),
    "heinrich": ("heinz", "heiner"),
    "helena": ("lena", "leni"),
    "johanna": ("hanna", "hanni"),
    "johannes": ("hans", "hannes", "jo"),
    "josef": ("sepp", "jupp", "pepi"),
    "julia": ("jule", "juli"),
    "katharina": ("kathi", "katja", "kate", "kati", "trina"),
    "magdalena": ("lena", "leni", "magda"),
    "margarete": ("greta", "gretel", "grete", "marga", "rita"),
    "matthias": ("matze", "hias"),
    "maximilian": ("max", "maxi"),
    "michael": ("michi", "micha", "mike"),
    "monika": ("moni",),
    "nikolaus": ("klaus", "niko", "nik"),
    "rudolf": ("rudi", "rolf"),
    "sebastian": ("basti", "bastian", "wastl"),
    "stefan": ("steffen", "steff"),
    "stefanie": ("steffi",),
    "susanne": ("susi", "sanne"),
    "theresia": ("resi", "theres"),
    "thomas": ("tom", "tommi"),
    "tobias": ("tobi",),
    "ulrich": ("uli", "ulli"),
    "ulrike": ("uli", "ulli", "rike"),
    "veronika": ("vroni",),
    "wilhelm": ("willi", "willy", "helm"),
    "wolfgang": ("wolf", "wolfi"),
}
"""German short forms in common use, a list of our own; English ones come from the package `nicknames` (Apache-2.0)."""


@cache
def _formal() -> dict[str, frozenset[str]]:
    """By name, the names that it can be a form of; by a formal one, itself."""
    from nicknames import NickNamer

    found: dict[str, set[str]] = {}
    english = ((formal, shorts) for formal, shorts in NickNamer().nickname_lookup.items())
    for formal, shorts in (*english, *SHORT.items()):
        found.setdefault(formal, set()).add(formal)
        for short in shorts:
            found.setdefault(short, {short}).add(formal)
    return {name: frozenset(formals) for name, formals in found.items()}


def forms_of(given: str) -> list[str] | None:
    """Return the names that a given name can be a form of, itself among them; None when it is a form of no other and has none.

    >>> forms_of("bill")
    ['bill', 'robert', 'will', 'william', 'willis']
    >>> forms_of("xaver") is None
    True
    """
    found = _formal().get(given)
    return sorted(found) if found else None
