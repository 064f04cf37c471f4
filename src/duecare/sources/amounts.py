"""How a written amount becomes a number: SQL that never guesses.

`1,234.50` with decimal `.` is one thousand and so; `12,50` with decimal `.` is not an amount,
for a comma parts thousands only where three digits follow. Signs and codes of currency may
stand before or after; brackets and a minus on either side make it negative.
"""

from collections.abc import Mapping
from typing import Literal

Decimal = Literal[".", ","]

PLAIN = r"[+-]?\d{1,14}(\.\d+)?"
"""What a machine writes; the only form when a whole column fits it."""

_SIGN = r"(?:[A-Z]{3}|[A-Z]{1,2}\$|kr\.?|zł|Kč|Ft|Rs\.?|Fr\.?|lei|\p{Sc})?"
_GAP = r"[\s\x{00a0}\x{202f}]*"
_THOUSANDS = {".": r"[, '’\x{00a0}\x{202f}]", ",": r"[. '’\x{00a0}\x{202f}]"}

SIGNS: Mapping[str, str] = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "₩": "KRW",
    "₪": "ILS",
    "₴": "UAH",
    "฿": "THB",
    "₫": "VND",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "R$": "BRL",
    "US$": "USD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "lei": "RON",
}
"""Signs that name one currency."""

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "CLP", "COP", "ARS", "TWD"),
    "¥": ("JPY", "CNY"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "Rs": ("INR", "PKR", "LKR"),
    "Fr": ("CHF",),
}
"""Signs that several currencies share: the input's or the book's currency must be among them."""


def amount_pattern(decimal: Decimal) -> str:
    """Return the regular expression of a whole written amount."""
    thousands, point = _THOUSANDS[decimal], rf"\{decimal}"
    digits = rf"(?:\d{{1,3}}(?:{thousands}\d{{3}})+|\d{{1,14}})(?:{point}\d+)?|{point}\d+"
    before = rf"(?:[-−+]?{_GAP}{_SIGN}|{_SIGN}{_GAP}[-−+])"
    return rf"\(?{_GAP}{before}{_GAP}(?:{digits}){_GAP}{_SIGN}{_GAP}-?{_GAP}\)?"


def amount_sql(x: str, decimal: Decimal, of: str) -> str:
    """Return SQL that reads text *x* as an exact number of type *of*, null when it is no amount."""
    number = r"(\d[\d.,\s'’\x{00a0}\x{202f}]*|[.,]\d+)"
    digits = rf"regexp_replace(regexp_extract({x}, '{_doubled(number)}', 1), '[^0-9{decimal}]', '', 'g')"
    value = f"try_cast(replace({digits}, '{decimal}', '.') AS DECIMAL(18, 4))"
    signed = f"(CASE WHEN regexp_matches({x}, '[-−(]') THEN -{value} ELSE {value} END)"
    return f"(CASE WHEN regexp_full_match({x}, '{_doubled(amount_pattern(decimal))}') THEN CAST({signed} AS {of}) END)"


def plain_sql(x: str, of: str) -> str:
    """Return SQL that reads *x*, of which the whole column is `PLAIN`, as type *of*."""
    return f"try_cast({x} AS {of})"


def is_plain_sql(x: str) -> str:
    """Return SQL that is true when *x* is written as a machine writes."""
    return f"regexp_full_match({x}, '{PLAIN}')"


def currency_sql(x: str) -> str:
    """Return SQL for the currency that a written amount bears: a code, a shared sign as it stands, or null."""
    written = rf"regexp_extract({x}, '([A-Z]{{3}}|[A-Z]{{1,2}}\$|kr|zł|Kč|Ft|Rs|Fr|lei|\p{{Sc}})', 1)"
    known = " ".join(f"WHEN '{sign}' THEN '{code}'" for sign, code in SIGNS.items())
    return f"(CASE {written} WHEN '' THEN NULL {known} ELSE {written} END)"


def _doubled(pattern: str) -> str:
    return pattern.replace("'", "''")
