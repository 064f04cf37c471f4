"""Slips of pen and keyboard: what happens to a true value on its way into a system.

Words lose their accents or their case, letters change places, a mail address gets a tag,
a telephone number one of many forms, and what is not known gets a filler.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from duecare.demo.columns import Flags, Floats, Ints, ids, pc, pick
from duecare.demo.names import bare, plain

HANDS = (0.77, 0.10, 0.05, 0.04, 0.04)
"""How often a record is written as it should be, without umlauts, without dots, in capitals, in small letters."""

FILLER_MAILS = ("none@none.com", "n/a", "noemail@example.com")
FILLER_PHONES = ("000000", "0000000000", "n/a")
FILLER_NAMES = ("n/a", "Unknown")

PHONE_LEADS = ("+49 ", "0", "0049 ", "0", "+49", "(0")
PHONE_GAPS = (" ", " ", " ", "/", "", ") ")
PHONE_FORMS = (0.30, 0.25, 0.10, 0.12, 0.15, 0.08)
MOBILE_PREFIXES = ("1512", "1522", "1573", "1590")


def in_every_hand(vocabulary: Sequence[str]) -> pa.Array:
    """Return a list of words in each of the hands, one hand after the other."""
    forms = ([f(w) for w in vocabulary] for f in (str, plain, bare, str.upper, str.lower))
    return pa.array([word for form in forms for word in form])


def hands(chances: Floats) -> Ints:
    """Draw the hand that a record was written in."""
    return pick(HANDS, chances)


def slip(texts: pa.Array, chances: np.random.Generator, share: float, spared: Flags, reach: int = 99) -> pa.Array:
    """Return the texts with a letter slip among their first *reach* letters in a *share* of them; *spared* and short ones stay right."""
    hit = (chances.random(len(texts)) < share) & ~spared & np.asarray(pc.fill_null(pc.greater(pc.utf8_length(texts), 3), fill_value=False))
    places = np.flatnonzero(hit)
    wrong = [_slipped(str(text), draw, reach) for text, draw in zip(texts.take(pa.array(places)), chances.random(len(places)), strict=True)]
    return pc.replace_with_mask(texts, pa.array(hit), pa.array(wrong, pa.string()))


def _slipped(text: str, draw: float, reach: int = 99) -> str:
    """Swap, drop or double a letter behind the first; *draw* in [0, 1) says where and how.

    >>> [_slipped("Schmidt", draw) for draw in (0.1, 0.4, 0.95)]
    ['Schmitd', 'Schmdt', 'Schmmidt']
    """
    place = 1 + int(draw * 997 % (min(len(text), reach) - 2))
    if draw < 0.35:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if draw < 0.75:
        return text[:place] + text[place + 1 :]
    return text[: place + 1] + text[place:]


def phones(number: Ints, mobile: Flags, chances: Floats) -> pa.Array:
    """Write telephone numbers in one of six forms.

    Args:
        number: a mobile number as its place among all, or a subscriber's number in Berlin; below 0: none.
        mobile: which of the two it is.
        chances: one in [0, 1) each, for the form.
    """
    form = pick(PHONE_FORMS, chances)
    area = pa.array((*MOBILE_PREFIXES, "30")).take(pa.array(np.where(mobile, number // 10_000_000, 4).clip(0, 4)))
    rest = pc.if_else(pa.array(mobile), ids("", np.where(number < 0, -1, number % 10_000_000), 7), ids("", number, 8))
    lead, gap = pa.array(PHONE_LEADS).take(pa.array(form)), pa.array(PHONE_GAPS).take(pa.array(form))
    return pc.binary_join_element_wise(lead, area, gap, rest, "")


def fill_in(texts: pa.Array, fillers: Sequence[str], chances: Floats, share: float, spared: Flags) -> pa.Array:
    """Return the texts with a filler in a *share* of the places, as clerks write who must write something."""
    hit = (chances < share) & ~spared
    filler = pa.array(fillers).take(pa.array((chances * 1e6).astype(np.int64) % len(fillers)))
    return pc.if_else(pa.array(hit), filler, texts)


def with_tag(mails: pa.Array, tagged: Flags) -> pa.Array:
    """Return mail addresses with the tag that some people add to sort their letters."""
    return pc.if_else(pa.array(tagged), pc.replace_substring(mails, "@", "+shop@", max_replacements=1), mails)


def in_capitals(texts: pa.Array, which: Flags) -> pa.Array:
    """Return the texts, some of them in capitals."""
    return pc.if_else(pa.array(which), pc.utf8_upper(texts), texts)
