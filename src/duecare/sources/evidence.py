"""What the values of a column show: enough to doubt or to trust what its header says."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from duecare.sources.contract import Column
from duecare.sources.folds import CHANNELS, MISSING, NO, SEVERITIES, YES
from duecare.sources.times import forms

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"'?\+?[\d\s().\-/x]{6,24}")
PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
POINT = re.compile(r"\(?-?[^\d\s,.()-]{0,4}\s*-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\s*[^\d\s]{0,4}-?\)?")
COMMA = re.compile(r"\(?-?[^\d\s,.()-]{0,4}\s*-?(\d{1,3}([. '\u00a0\u202f]\d{3})+|\d+)(,\d+)?\s*[^\d\s]{0,4}-?\)?")
SPAN = re.compile(r"\d+:\d{2}:\d{2}")
CODE = re.compile(r"[A-Za-z]{3}")
ZONED = re.compile(r".*\d(Z| ?UTC| ?GMT| ?[+-]\d{2}:?\d{2}|:\d{2} ?[+-]\d{2})$")
CLOCK = re.compile(r".*\d{1,2}:\d{2}.*")
EPOCH = re.compile(r"\d{9,10}|\d{12,13}|\d{15,16}")
SIGNS = re.compile(r"€|£|₹|US\$|R\$|zł|Kč|\b(?:EUR|USD|GBP|CHF|CAD|AUD|BRL|SEK|NOK|DKK|PLN|JPY|INR)\b")
SIGN_CODES = {"€": "EUR", "£": "GBP", "₹": "INR", "US$": "USD", "R$": "BRL", "zł": "PLN", "Kč": "CZK"}

LOOKED_AT = 800
"""Different values of a column of which each is looked at; of more, a part spread evenly."""
DIALLED = 6
"""Digits from which on a number may be a telephone's."""
FEW = 60
"""Different values up to which a column may be a list of words to choose from."""
SPOKEN: Mapping[str, frozenset[str]] = {
    "channel": frozenset(word for words in CHANNELS.values() for word in words),
    "severity": frozenset(word for words in SEVERITIES.values() for word in words) | frozenset("0123456789"),
}
"""Columns of which the usual words are known."""
ENUMERATED = frozenset(
    {"status", "channel", "severity", "language", "currency", "category", "outlet", "brand", "kind", "country", "reason", "outcome"}
)
ALL_ALIKE = 0.5
"""What a number of persons or things is worth that is the same in every row: it names the shop, or nothing."""
PEOPLE_IDS = frozenset({"source_id", "contact_id", "order_id"})
IDS = frozenset({"source_id", "order_id", "contact_id", "agent_id", "product_id", "loyalty_id", "referrer", "referee"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Shares, from 0 to 1, of the values that are not empty; all 0 when there are none."""

    count: int
    distinct: int
    email: float = 0.0
    phone: float = 0.0
    time: float = 0.0
    clocked: float = 0.0
    """Times that bear an hour."""
    span: float = 0.0
    """Durations, written as hours, minutes and seconds."""
    zoned: float = 0.0
    point: float = 0.0
    """Amounts whose cents stand behind a point."""
    comma: float = 0.0
    plain: float = 0.0
    """Numbers as a machine writes them."""
    fraction: float = 0.0
    code: float = 0.0
    flag: float = 0.0
    length: float = 0.0
    """Signs on average."""
    sign: str | None = None
    """The currency that a sign or code beside the amounts names."""
    words: frozenset[str] = frozenset()
    """The values themselves in lower case, when they are few."""
    spaced: float = 0.0
    """Values of several words."""
    rows: int = 0
    """Of the sample, the empty ones among them."""
    low: float | None = None
    high: float | None = None

    @property
    def number(self) -> float:
        return max(self.point, self.comma)

    @property
    def alike(self) -> bool:
        return self.count > 2 and self.distinct == 1

    @property
    def unique(self) -> bool:
        return self.count > 1 and self.distinct == self.count


def gather(values: Sequence[str | None]) -> Evidence:
    """Look at the values of one column.

    >>> gather(["ann@example.org", None, "bo@example.org"]).email
    1.0
    """
    given = [value.strip() for value in values if value is not None and value.strip() and value.strip().casefold() not in MISSING]
    if not given:
        return Evidence(0, 0, rows=len(values))
    several = Counter(given)
    told = list(several.items())[:: -(-len(several) // LOOKED_AT)]
    whole = sum(times for _, times in told)

    def share(holds: Callable[[str], object]) -> float:
        return sum(times for value, times in told if holds(value)) / whole

    numbers = [float(value) for value, _ in told if PLAIN.fullmatch(value)]
    signs = {found.group() for value, _ in told if (found := SIGNS.search(value)) and any(c.isdigit() for c in value)}
    plain = share(PLAIN.fullmatch)
    return Evidence(
        count=len(given),
        distinct=len(several),
        email=share(EMAIL.fullmatch),
        phone=share(lambda value: PHONE.fullmatch(value) and sum(c.isdigit() for c in value) >= DIALLED),
        time=share(_time_pattern().fullmatch),
        clocked=share(lambda value: CLOCK.fullmatch(value) or EPOCH.fullmatch(value)),
        span=share(SPAN.fullmatch),
        zoned=share(lambda value: ZONED.fullmatch(value) or EPOCH.fullmatch(value)),
        point=share(POINT.fullmatch),
        comma=share(COMMA.fullmatch),
        plain=plain,
        fraction=share(lambda value: "." in value and PLAIN.fullmatch(value)) / plain if plain else 0.0,
        code=share(CODE.fullmatch),
        flag=share(lambda value: value.casefold() in YES or value.casefold() in NO),
        length=sum(len(value) * times for value, times in told) / whole,
        sign=SIGN_CODES.get(only, only) if len(signs) == 1 and (only := next(iter(signs))) else None,
        words=frozenset(value.casefold() for value in several) if len(several) <= FEW else frozenset(),
        spaced=share(lambda value: " " in value),
        rows=len(values),
        low=min(numbers, default=None),
        high=max(numbers, default=None),
    )


def unzoned(seen: Evidence) -> bool:
    """Whether a column holds times without a zone."""
    return seen.time > 0.6 and seen.zoned < 0.9 and seen.count > 0


@cache
def _time_pattern() -> re.Pattern[str]:
    """Any form of a time, as one expression of Python."""
    parts = [form.pattern.replace("(?i)", "") for form in forms("day first") if form.name != "excel"]
    return re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE)


def trust(column: Column, seen: Evidence) -> float:
    """Return how well values fit a column: 1 they may be it, 0 they cannot; 1 when there are none."""
    if not seen.count:
        return 1.0
    if column.kind in ("time", "date"):
        return 1.0 if seen.time >= 0.6 or (seen.plain >= 0.9 and _serial(seen)) else 0.0
    if column.kind in ("money", "number", "count"):
        return _numeric(column, seen)
    if column.kind == "flag":
        return 1.0 if seen.flag >= 0.8 else 0.4
    return _textual(column, seen)


def _serial(seen: Evidence) -> bool:
    return seen.low is not None and seen.high is not None and 30_000 <= seen.low <= seen.high <= 60_000


def _numeric(column: Column, seen: Evidence) -> float:
    if column.name.endswith("_seconds") and seen.span >= 0.9:
        return 1.0
    if seen.number < 0.6:
        return 0.0
    return 0.0 if seen.time > 0.9 and not seen.plain else 1.0


def _textual(column: Column, seen: Evidence) -> float:
    name = column.name
    shown = {"email": seen.email >= 0.5, "phone": seen.phone >= 0.4, "currency": seen.code >= 0.8, "username": seen.spaced <= 0.5}
    if name in shown:
        return 1.0 if shown[name] else 0.2
    if name in IDS:
        return _identifier(seen) * (ALL_ALIKE if name in PEOPLE_IDS and seen.alike else 1.0)
    if name in SPOKEN and not _spoken(seen, SPOKEN[name]):
        return min(0.8, _enumerated(seen))
    if name in ENUMERATED:
        return _enumerated(seen)
    if name in ("name", "given_name", "family_name", "company", "city") and max(seen.email, seen.number) > 0.8:
        return 0.3
    return 0.3 if seen.time > 0.9 and not seen.plain else 1.0


def _spoken(seen: Evidence, known: frozenset[str]) -> bool:
    """Whether most values hold a usual word; a `channel` of a telephone exchange is a line, not a way of contact."""
    return 2 * sum(any(word in known for word in (value, *re.split(r"[^a-z0-9]+", value))) for value in seen.words) >= max(
        1, len(seen.words)
    )


def _identifier(seen: Evidence) -> float:
    if seen.time > 0.8 and seen.plain < 0.5:
        return 0.0
    if seen.length > 80:
        return 0.2
    return 0.5 if seen.fraction > 0.5 and seen.plain > 0.9 and not _whole(seen) else 1.0


def _whole(seen: Evidence) -> bool:
    return seen.low is not None and float(seen.low).is_integer() and seen.high is not None and float(seen.high).is_integer()


def _enumerated(seen: Evidence) -> float:
    if seen.length > 60:
        return 0.4
    if seen.count >= 40 and seen.distinct > 0.8 * seen.count:
        return 0.5
    return 0.4 if seen.time > 0.9 and not seen.plain else 1.0
