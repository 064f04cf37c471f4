"""Wording: numbers, money and days as people read them. The same sentences stand on the page and in the terminal."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}
"""Currencies that have a sign everybody reads alike here; the others are named by their code."""

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]

UNKNOWN = "not known"


def count(many: float | None) -> str:
    """Write a whole number.

    >>> count(4372)
    '4,372'
    """
    return UNKNOWN if many is None else _signed(f"{many:,.0f}")


def percent(part: float | None) -> str:
    """Write a share.

    >>> percent(0.6137506), percent(-0.02)
    ('61.4 %', '−2.0 %')
    >>> percent(0.0001), percent(0.9999)  # little is not nothing, and nearly all is not all
    ('<0.1 %', '>99.9 %')
    """
    if part is None:
        return UNKNOWN
    if 0.0 < part < 0.0005:
        return "<0.1 %"
    return ">99.9 %" if 0.9995 <= part < 1.0 - 1e-9 else _signed(f"{100.0 * part:.1f} %")


def round_percent(low: float, high: float | None = None) -> str:
    """Write a share, or a range of shares, as the documents say it.

    >>> round_percent(0.4), round_percent(0.15, 0.2)
    ('40 %', '15 to 20 %')
    """
    return f"{100.0 * low:g} %" if high is None or high == low else f"{100.0 * low:g} to {100.0 * high:g} %"


@dataclass(frozen=True, slots=True)
class Currency:
    """How sums are written in the book's currency."""

    code: str

    def full(self, amount: float | None) -> str:
        r"""Write a sum to the unit, a small one to the hundredth.

        >>> Currency("GBP").full(8911407.9), Currency("CHF").full(-0.8)
        ('£8,911,408', '−CHF\xa00.80')
        """
        if amount is None:
            return UNKNOWN
        return self._with_sign(amount, f"{abs(amount):,.2f}" if 0 < abs(amount) < 100 else f"{abs(amount):,.0f}")

    def brief(self, amount: float | None) -> str:
        """Write a sum in three digits or so.

        >>> [Currency("GBP").brief(sum) for sum in (8911407.9, 590356.0, -466.1, 999_999.0)]
        ['£8.91 m', '£590 k', '−£466', '£1.00 m']
        """
        if amount is None:
            return UNKNOWN
        return self._with_sign(amount, _scaled(abs(amount), " k", " m", " bn"))

    def spoken(self, amount: float | None) -> str:
        """Write a sum for a sentence.

        >>> Currency("GBP").spoken(8911407.9)
        '£8.91 million'
        """
        if amount is None:
            return UNKNOWN
        return self._with_sign(amount, _scaled(abs(amount), " thousand", " million", " billion"))

    def _with_sign(self, amount: float, digits: str) -> str:
        sign = SIGNS.get(self.code, f"{self.code}\N{NO-BREAK SPACE}" if self.code else "")
        return f"{'−' if amount < 0 else ''}{sign}{digits}"


def day(moment: str | None) -> str:
    """Write the day of an ISO moment, in UTC.

    >>> day("2011-12-10T00:30:00+01:00")
    '9 December 2011'
    """
    return _dated(moment, with_time=False)


def moment_of(moment: str | None) -> str:
    """Write an ISO moment to the minute, in UTC.

    >>> moment_of("2011-12-09T23:59:00+00:00")
    '9 December 2011, 23:59 UTC'
    """
    return _dated(moment, with_time=True)


def listed(words: Sequence[str], last: str = "and") -> str:
    """Write words one after another.

    >>> listed(["e-mail", "phone", "postcode"])
    'e-mail, phone and postcode'
    """
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def many(number: float, one: str, more: str = "") -> str:
    """Write a number and what it counts.

    >>> many(1, "source record"), many(4372, "source record")
    ('1 source record', '4,372 source records')
    """
    return f"{count(number)} {one if number == 1 else more or one + 's'}"


def capital(words: str) -> str:
    """Begin with a capital letter."""
    return words[:1].upper() + words[1:]


def unbroken(words: str) -> str:
    r"""Keep numbers and their per cent signs on one line.

    >>> unbroken("10 % of them")
    '10\xa0% of them'
    """
    return re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", words)


def _signed(digits: str) -> str:
    return digits.replace("-", "−")


def _scaled(amount: float, thousand: str, million: str, billion: str) -> str:
    for unit, name in ((1e9, billion), (1e6, million), (1e3, thousand)):
        if amount >= max(unit * 0.9995, 9_999.5):
            scaled = amount / unit
            return f"{scaled:,.2f}{name}" if scaled < 9.995 else f"{scaled:,.1f}{name}" if scaled < 99.95 else f"{scaled:,.0f}{name}"
    return f"{amount:,.0f}"


def _dated(moment: str | None, *, with_time: bool) -> str:
    try:
        at = datetime.fromisoformat(moment or "")
    except ValueError:
        return moment or UNKNOWN
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}" + (f", {at:%H:%M} UTC" if with_time else "")
