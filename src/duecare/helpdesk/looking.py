"""Looking: who is at a desk and what their profiles show, and what of it is Duecare's though no answer ever told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from duecare.helpdesk.desk import Desk, Page, Person, Request, Response, Sender
from duecare.helpdesk.forgotten import Pending
from duecare.helpdesk.ledger import Known, Ledger, Receipt
from duecare.helpdesk.proof import part
from duecare.words import DeskTrouble

JOBS_END = timedelta(days=1)
"""What has not come by then of a batch of which no answer came does not come any more."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Reads one desk's people into the ledger."""

    desk: Desk
    ledger: Ledger
    carrier: Sender
    now: Callable[[], datetime]

    def see(self) -> None:
        """Read who is there and what their profiles show, from where it was read last if the desk can tell."""
        if not self.desk.capabilities.looks:
            return
        start = self.ledger.cursor() if self.desk.capabilities.incremental else ""
        cursor, met, told = start, set[str](), True
        while True:
            page = self._page(cursor)
            self.ledger.see(page.rows, page.cursor)
            met |= {one.person for one in page.rows}
            told = told and all(one.staff is not None for one in page.rows)
            if page.done:
                break
            cursor = page.cursor
        if not start:
            self.ledger.drop(one.person for one in self.ledger.people() if one.person not in met)
        if not told:  # whoever is known to work there may do so no more
            self.ledger.see(list(self.looked([one.person for one in self.ledger.people() if one.staff]).values()))
        self._learn()

    def _learn(self) -> None:
        """Take what no answer told of for written where it stands by now; what has not come for a day comes no more."""
        self.ledger.expire(self.now() - JOBS_END)
        unknown = self.ledger.unknown()
        waiting = set(Pending(self.ledger.book, self.ledger.desk).persons()) if unknown else set[str]()
        people = {one.person: one for one in self.ledger.people()} if unknown else {}
        made = {one.external_id: one.person for one in people.values() if one.external_id}
        for run, one in unknown:
            known = people.get(made.get(one.customer_id, "") if one.person == one.customer_id else one.person)
            names = _come(one, known) if known is not None else []
            if known is None or not names or (known.person not in waiting and self.ledger.written_since(run, known.person)):
                continue  # where a later word of Duecare's stood, another is taken for somebody's
            had = {name: text for name, text in self.ledger.had_written(run, known.person).items() if name in names}
            taken = replace(part(one, names, "written", person=known.person), had_written=had)
            self.ledger.receive(run, [taken], people, self.now())
            people[known.person] = replace(known, applied={**known.applied, **taken.after, **had}, customer_id=one.customer_id)

    def _page(self, cursor: str) -> Page:
        return self.desk.peopled(self.answered(self.desk.people(cursor)))

    def answered(self, request: Request) -> Response:
        """Return what the desk says; it must be a yes.

        Raises:
            DeskTrouble: it is none.
        """
        response = self.carrier.send(request)
        if not 200 <= response.status < 300 and not (request.absent and response.status == 404):
            raise DeskTrouble(
                f"the desk answers {response.status} to {request.method} {request.path}",
                mend="look whether the desk's address, user and rights are right",
            )
        return response

    def looked(self, persons: Sequence[str]) -> dict[str, Person]:
        """Return some people by the desk's numbers; who is not there is left out."""
        found: dict[str, Person] = {}
        for some in batches(persons, self.desk.capabilities.looks):
            found |= {one.person: one for one in self.desk.looked(self.answered(self.desk.look(some)))}
        return found


def _come(receipt: Receipt, known: Known) -> list[str]:
    """Which fields show by now what was sent, and are not known to."""
    return [
        name
        for name, text in receipt.after.items()
        if known.observed.get(name, "") == text != receipt.before.get(name, "") and known.applied.get(name, "") != text
    ]


def batches(items: Sequence[Any], size: int) -> Iterator[Any]:
    """Part items into batches, the last one as long as it comes."""
    for at in range(0, len(items), size):
        yield items[at : at + size]
