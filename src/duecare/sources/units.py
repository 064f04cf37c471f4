"""Units: zone, currency and decimal sign of a file, as far as its headers and values tell them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from duecare.sources.contract import CONTRACT
from duecare.sources.evidence import Evidence, unzoned
from duecare.sources.headers import understand
from duecare.sources.matching import Match
from duecare.sources.sampling import Sample


@dataclass(frozen=True, slots=True)
class Units:
    """Currency and decimal sign of an input, where they are told."""

    currency: str | None
    decimal: Literal[".", ","]


def units_of(match: Match, one: Sample) -> tuple[Units, dict[str, str]]:
    """Zone, currency and decimal sign, as far as the sample tells; what it does not is marked."""
    currency: str | None = None
    marks: dict[str, str] = {}
    kinds = {name: CONTRACT[match.table.name].column(name).kind for name in match.mapped}
    times = [match.mapped[name] for name, kind in kinds.items() if kind == "time"]
    if any(header in one.naive or unzoned(one.seen[header]) for header in times):
        utc = any(re.search(r"\b(utc|gmt)\b", header, re.IGNORECASE) for header in times)
        marks |= {} if utc else {"zone": "times bear no zone; UTC is assumed"}
    money = [header for name, kind in kinds.items() if kind == "money" for header in match.mapped[name].split(" * ") if header in one.seen]
    if money:
        currency = next((code for header in money if (code := understand(header).currency or _iso(one.seen[header].sign))), None)
        currency = None if "currency" in match.mapped else currency
        if currency is None and "currency" not in match.mapped:
            marks["currency"] = "no column and no sign tells the currency; the book's is assumed"
    numbers = [
        one.seen[h] for name, kind in kinds.items() if kind in ("money", "number") for h in match.mapped[name].split(" * ") if h in one.seen
    ]
    return Units(currency, decimal_of(numbers)), marks


def decimal_of(numbers: Sequence[Evidence]) -> Literal[".", ","]:
    """Return the decimal sign that more columns of numbers show."""
    return "," if sum(seen.comma > seen.point for seen in numbers) > sum(seen.point > seen.comma for seen in numbers) else "."


def _iso(sign: str | None) -> str | None:
    return sign if sign is not None and re.fullmatch(r"[A-Z]{3}", sign) else None
