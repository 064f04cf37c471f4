"""What a header says: its words, folded onto ideas, and how surely they make a column of the contract.

The words are data (`vocabulary.toml`, seven languages), and so are the patterns of ideas that
make a column (`patterns.toml`). Nothing here looks at values.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

SURE = 0.75
"""From here on a header is mapped."""
CURRENCIES = frozenset(
    {
        "usd",
        "eur",
        "gbp",
        "chf",
        "cad",
        "aud",
        "nzd",
        "jpy",
        "cny",
        "inr",
        "brl",
        "mxn",
        "sek",
        "nok",
        "dkk",
        "pln",
        "czk",
        "huf",
        "ron",
        "try",
        "zar",
        "sgd",
        "hkd",
    }
)

BLOCKING = frozenset(
    {
        *("BY", "LASTTIME", "COUNT", "UPDATED", "TAX", "DISCOUNT", "FEE", "STREET2", "FAX", "PROFIT", "TITLE", "DIRECTION", "LINEID"),
        *("PAYMETHOD", "BANK", "TAXID", "WEB", "GEO", "MEASURE", "CAMPAIGN", "FLAGGED", "NIGHTS", "AGE", "TAGS", "NOTES", "VALIDITY"),
        *("SENTIMENT", "MISSED"),
    }
)
"""Ideas that make a header speak of something else, whatever stands beside them."""
OWN = {
    "orders": "ORDER",
    "order_lines": "ORDER",
    "contacts": "TICKET",
    "agents": "AGENT",
    "surveys": "SURVEY",
    "subscriptions": "SUBSCRIPTION",
}
"""The idea that every header of a table may bear."""
MONEY = frozenset({"revenue", "amount", "cost", "refunded", "price_per_month"})
MOMENTS = frozenset({"SHIPPED", "DELIVERED", "PROMISED", "CANCELLED", "DUE", "SHIPPING", "ELAPSED"})
"""Ideas that part of a sum may bear, but not the sum."""
SUBJECTS = frozenset(
    {"CUSTOMER", "CONTACT", "ACCOUNT", "AGENT", "GROUP", "ORDER", "TICKET", "PRODUCT", "SUPPLIER", "COMPANY", "OUTLET", "SURVEY"}
)
"""Ideas of whom or what a header speaks: the number of a product is not that of an order."""
QUALITIES = frozenset(
    {
        *("TYPE", "STATUS", "DATE", "TIME", "AMOUNT", "TOTAL", "QUANTITY", "PRICE", "REASON", "CHANNEL", "CREATED", "PAID", "SHIPPED"),
        *("DELIVERED", "CURRENCY", "TEXT", "COMMENT", "CATEGORY", "LANGUAGE", "COUNTRY", "CITY", "SCORE", "START", "END", "SUBJECT"),
    }
)
"""Ideas beside which a header names no number of a thing, but what it is like."""
PLACES = frozenset({"street", "postcode", "city", "country", "name", "given_name", "family_name", "phone", "company", "email"})
"""Columns for which a billing address is as good, and a delivery address nearly."""


ADDRESSED = frozenset(
    {
        "FIRSTNAME",
        "LASTNAME",
        "FULLNAME",
        "COMPANY",
        "STREET",
        "STREET2",
        "POSTCODE",
        "CITY",
        "REGION",
        "STATE",
        "COUNTRY",
        "PHONE",
        "EMAIL",
    }
)
"""Ideas beside which an invoice is a billing address, and no order."""
LONG_QUESTION = 5
"""Words from which on a question is a sentence, of which most words say nothing."""
ASKED = frozenset({"NPS", "CSAT", "CES", "SATISFACTION", "SCORE", "COMMENT"})
"""Ideas that a question of a survey may be about."""
MOMENT_ENDS = frozenset({"at", "on", "date", "time", "timestamp"})
"""Last words of a header that names a moment."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header as it was understood."""

    text: str
    ideas: tuple[str, ...]
    unknown: tuple[str, ...]
    """Words that stand under no idea."""
    currency: str | None
    """The currency it names, as in `Total (USD)`."""


def words_of(text: str) -> list[str]:
    """Part a header into plain lower-case words.

    >>> words_of("orderDate"), words_of("Kunden-Nr."), words_of("CustomerID")
    (['order', 'date'], ['kunden', 'nr'], ['customer', 'id'])
    """
    spaced = re.sub(
        r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text.replace("№", " number ").replace("#", " number ").replace("ß", "ss")
    )
    plain = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return re.findall(r"[a-z]+|[0-9]+", plain.casefold())


@cache
def understand(text: str) -> Header:
    """Fold the words of a header onto ideas, the longest phrase first."""
    words, phrases = words_of(text), _phrases()
    currency = next((word.upper() for word in words[1:] if word in CURRENCIES), None)
    left = [word for place, word in enumerate(words) if not (place and word in CURRENCIES)]
    ideas: list[str] = []
    unknown: list[str] = []
    while left:
        size = next((n for n in range(min(6, len(left)), 0, -1) if " ".join(left[:n]) in phrases), 0)
        found = (phrases[" ".join(left[:size])],) if size else _single(left[0], phrases)
        if size == 1 and len(left) > 1 and left[0] in ("first", "last"):
            found = ("LASTTIME",)  # `Last Request`; a mere `Last` is a name
        ideas.extend(idea for idea in found if idea != "NOISE")
        unknown.extend([] if found else [left[0]])
        left = left[max(size, 1) :]
    ideas = _in_context(ideas)
    if text.rstrip().endswith("?") and len(words) >= LONG_QUESTION:
        return Header(text, tuple(idea for idea in dict.fromkeys(ideas) if idea in ASKED), (), currency)
    return Header(text, tuple(ideas), tuple(unknown), currency)


def _in_context(ideas: Sequence[str]) -> list[str]:
    """Settle ideas that mean one thing beside some ideas and another beside others."""
    near = set(ideas)
    meant = {
        "INVOICE": "BILLING" if ADDRESSED & near else "ORDER",
        "ISSUE": "TICKET" if near - {"ISSUE", "TEXT"} else "REASON",
        "STATE": "REGION" if {"BILLING", "SHIPPING", "CUSTOMER", "ADDRESS"} & near else "STATE",
    }
    settled = [meant.get(idea, idea) for idea in ideas]
    return [idea for idea in settled if idea != "USER"] if {"CUSTOMER", "AGENT"} & near else settled


def _single(word: str, phrases: Mapping[str, str]) -> tuple[str, ...]:
    """A word that is no phrase as it stands: its singular, else its parts."""
    if word.endswith("s") and word[:-1] in phrases and len(word) > 3:
        return (phrases[word[:-1]],)
    return _compound(word, phrases)


def _compound(word: str, phrases: Mapping[str, str]) -> tuple[str, ...]:
    """A word made of known ones, as `kundennummer`, `orderdate` or `uniqueid`; the longest first part wins."""
    for cut in range(len(word) - 2, 2, -1):
        head, tail = word[:cut], word[cut:]
        if f"{head} {tail}" in phrases:
            return (phrases[f"{head} {tail}"],)
        idea = next((phrases[bare] for bare in _bare(head) if bare in phrases and len(bare) > 2), None)
        if idea is None:
            continue
        rest = (phrases[tail],) if tail in phrases else _compound(tail, phrases) if len(tail) > SHORT else ()
        if rest and rest != ("NOISE",):
            return idea, *rest
    return ()


SHORT = 5
"""Letters up to which the rest of a compound is not parted once more."""


def _bare(head: str) -> tuple[str, ...]:
    """The first part of a compound as it stands, and without the letters that join it to the next."""
    return head, head.removesuffix("s"), head.removesuffix("n"), head.removesuffix("en"), head.removesuffix("es"), f"{head}e"


@cache
def _phrases() -> Mapping[str, str]:
    said: dict[str, list[str]] = tomllib.loads(files("duecare.sources").joinpath("vocabulary.toml").read_text("utf-8"))
    return {" ".join(words_of(phrase)): idea for idea, phrases in said.items() for phrase in phrases}


@cache
def patterns() -> Mapping[str, Mapping[str, tuple[tuple[Counter[str], float], ...]]]:
    """Return table -> column -> the patterns that make it, with their weights."""
    said: dict[str, dict[str, dict[str, float]]] = tomllib.loads(files("duecare.sources").joinpath("patterns.toml").read_text("utf-8"))
    return {
        table: {column: tuple((Counter(pattern.split()), weight) for pattern, weight in made.items()) for column, made in columns.items()}
        for table, columns in said.items()
    }


@lru_cache(maxsize=1 << 16)
def sureness(header: Header, table: str, column: str) -> float:
    """Return how surely a header is *column* of *table*, from its words alone: 0 not at all, 1 without doubt."""
    if "_" in column and column != "contact_id" and header.text.casefold() == column:
        return 1.0  # the contract's own words; a single one, as `cost`, may mean many things
    fit = max((weight * _fit(header, pattern, table, column) for pattern, weight in patterns()[table].get(column, ())), default=0.0)
    return min(fit, 1.0) * _plainness(header.text)


def _plainness(text: str) -> float:
    """Of two headers that fit alike, `id` is better than `number`, and that than `reference`."""
    words = set(words_of(text))
    return 0.97 if words & {"ref", "reference", "referenz", "code"} else 0.99 if words & {"number", "no", "nr", "nummer", "numero"} else 1.0


def _fit(header: Header, pattern: Counter[str], table: str, column: str) -> float:
    if any(header.ideas.count(idea) < times for idea, times in pattern.items()):
        return 0.0
    extra = Counter(header.ideas) - pattern
    fit = 1.0
    for idea in extra.elements():
        fit *= 0.95 if idea == OWN.get(table) and idea not in pattern else _toll(idea, pattern, column)
    return min(fit, 1.1) * (0.77 if header.unknown else 1.0) ** min(len(header.unknown), 2)


def _toll(idea: str, pattern: Counter[str], column: str) -> float:
    """What an idea beyond the pattern costs."""
    if idea in BLOCKING and idea not in pattern:
        return 0.0
    if idea in pattern:
        return 0.97  # said twice
    if column in PLACES or (idea == "BILLING" and column == "source_id"):
        return {"BILLING": 0.985, "SHIPPING": 0.82, "CUSTOMER": 0.95}.get(idea, _foreign(idea))
    if column in MONEY:
        return {"EXTAX": 1.09, "NET": 1.09, "INCTAX": 0.97}.get(idea, 0.3 if idea in MOMENTS else _foreign(idea))
    if column.endswith("_id"):
        return 0.2 if idea in QUALITIES else _foreign(idea)
    return _foreign(idea)


def _foreign(idea: str) -> float:
    return 0.4 if idea in SUBJECTS else 0.6
