"""Identifiers made fit for comparing: telephone numbers in E.164."""

import re

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


def _region(country: str | None) -> str:
    return country.upper() if country and len(country) == 2 else CALLING
