"""Proof: what was written is laid beside what profiles show afterwards. A desk may take a text and not keep it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from duecare.helpdesk.desk import Fields
from duecare.helpdesk.ledger import Receipt

DROPPED = "the desk took it and did not keep it"


def dropped(written: Mapping[str, Receipt], shown: Mapping[str, Fields]) -> tuple[list[Receipt], list[Receipt]]:
    """Return receipts of what was not kept, as refused, and of what was kept of those profiles.

    Args:
        written: the receipts of a run, by person.
        shown: what their profiles show; who is not in it was not to be seen.
    """
    lost = {person: names for person, one in written.items() if person in shown and (names := _lost(one, shown[person]))}
    refused = [part(written[person], names, "refused", why=DROPPED) for person, names in lost.items()]
    kept = [part(written[person], set(written[person].after) - set(names), "written", why=DROPPED) for person, names in lost.items()]
    return refused, [one for one in kept if one.after]


def _lost(receipt: Receipt, shown: Fields) -> list[str]:
    """Which fields were written and do not stand there, while what stood there before does: else somebody wrote since."""
    return [
        name for name, text in receipt.after.items() if shown.get(name, "") != text and shown.get(name, "") == receipt.before.get(name, "")
    ]


def part(receipt: Receipt, names: Iterable[str], state: str, *, why: str = "", person: str = "") -> Receipt:
    """Return a receipt of some of the fields, of the same person or of another number of theirs."""
    named = set(names)
    before, after = ({name: text for name, text in side.items() if name in named} for side in (receipt.before, receipt.after))
    return replace(receipt, before=before, after=after, state=state, why=why, person=person or receipt.person)
