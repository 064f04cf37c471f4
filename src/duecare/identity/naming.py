"""Naming: the customers that one word names, whatever kind of identifier it is and however it is spelt."""

from collections.abc import Iterator

from duecare.identity.clean import e164
from duecare.identity.saying import written
from duecare.records import Book, Index

FEWEST_DIGITS = 6
"""A telephone number has so many digits at least, and no letters."""

MOST = 10_000
"""So many records are looked at where a word names a crowd."""


def customers_named(index: Index, who: str, country: str | None = None) -> list[str]:
    """Return the ids of all customers that *who* names, sorted, by the first way in which it names anybody.

    The ways, in this order: a customer id; a number that a source gave a person; an order; a
    contact; an e-mail, phone, loyalty card, user name or handle, cleaned as matching cleans them.

    Args:
        index: the published index.
        who: the word as somebody wrote it.
        country: whose dialling rules hold for a number without one; ISO 3166 two letters.
    """
    if index.find("customer", who):
        return [who]
    for records in _ways(index, who, country):
        if records:
            return customers_of(index, records)
    return []


def has_lost_nothing(book: Book, customer_id: str) -> bool:
    """Tell whether no record ever left a customer, so that its id, if it ever had any, leads to itself; far quicker than to resolve it."""
    return not book.rows("SELECT 1 FROM identity_events WHERE from_id = ? LIMIT 1", (customer_id,))


def customers_of(index: Index, records: set[int]) -> list[str]:
    """Return the ids of the customers whose records these are, sorted."""
    of = index.numbers("customer_of")
    return sorted(str(index.row("customers", number)["customer_id"]) for number in {of[record] for record in records})


def _ways(index: Index, who: str, country: str | None) -> Iterator[set[int]]:
    for name in ("source_id", "order", "contact"):
        yield set(index.find(name, who, most=MOST))
    words = written({"email": who, "loyalty_id": who, "username": who, "social_handle": who})
    words["phone"] = _phone(who, country)
    yield {
        record
        for column in ("email", "phone", "loyalty", "username", "handle")
        if (word := words[column]) is not None
        for record in index.find(column, word, most=MOST)
    }


def _phone(who: str, country: str | None) -> str | None:
    if sum(sign.isdigit() for sign in who) < FEWEST_DIGITS or any(sign.isalpha() for sign in who):
        return None
    return e164(who, country)
