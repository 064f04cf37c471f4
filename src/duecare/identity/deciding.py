"""Deciding what was in doubt: a person's word that two customers stay two, or that one stays one; nobody moves."""

from collections.abc import Iterable
from datetime import datetime

from duecare.identity.carrying import Done, Where, carry_out
from duecare.identity.ledger import Act, Events, numbers_of
from duecare.identity.standing import records_of, resolve
from duecare.records import Book, Transaction
from duecare.words import BadSettings


def keep_apart(book: Book, a: str, b: str, *, actor: str, why: str, at: datetime, dry_run: bool = False) -> Done:
    """Rule that two customers are not one, for ever: no run joins the records that they hold now.

    Raises:
        BadSettings: one of them is no customer, both are one, or a decision keeps them together.
    """

    def change(transaction: Transaction) -> tuple[Events, Where]:
        ones, others = (_living(transaction, name) for name in (a, b))
        if ones == others:
            raise BadSettings(f"both are {ones}", mend="duecare identity part takes records out of a customer")
        events = Events()
        events.add("apart", records=records_of(transaction, ones), others=records_of(transaction, others))
        return events, {}

    return carry_out(book, Act(actor=actor, kind="keep apart", why=why, at=at), change, dry_run=dry_run)


def keep_together(
    book: Book, customer_id: str, records: Iterable[tuple[str, str]], *, actor: str, why: str, at: datetime, dry_run: bool = False
) -> Done:
    """Rule that these records (source and source_id) of a customer are one person's, for ever: no run parts them.

    Raises:
        BadSettings: the customer is none, or the records are not its records.
        BadSettings: a decision keeps them apart.
    """
    keys = sorted(set(records))

    def change(transaction: Transaction) -> tuple[Events, Where]:
        name = _living(transaction, customer_id)
        ours = {int(str(number)) for number, _, _ in numbers_of(transaction, keys)} & set(records_of(transaction, name))
        if len(ours) < len(keys):
            raise BadSettings(
                f"{len(keys) - len(ours)} of {len(keys)} records are not {name}'s",
                mend=f"duecare identity history {name} lists its records",
            )
        events = Events()
        events.add("together", records=ours)
        return events, {}

    return carry_out(book, Act(actor=actor, kind="keep together", why=why, at=at), change, dry_run=dry_run)


def _living(transaction: Transaction, name: str) -> str:
    """The customer that a name leads to now.

    Raises:
        BadSettings: it leads to none, or to several.
    """
    found = resolve(transaction, name)
    if len(found) != 1:
        raise BadSettings(f"{name} leads to {len(found)} customers now", mend="duecare run, then duecare identity review")
    return found[0]
