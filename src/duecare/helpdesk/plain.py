"""The plain connector: Duecare's own small protocol, spoken by the shipped `memory` and CSV desks.

GET /people?cursor= gives everybody a page at a time; POST /look reads some; PUT /people writes some.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from duecare.helpdesk.desk import BatchRefused, Capabilities, Change, Job, Outcome, Page, Person, Request, Response, Told


class Plain:
    """Translates to and from JSON that has the words of the seam itself."""

    capabilities = Capabilities(batch=100, looks=100, creates=True)

    def enter(self, secret: str) -> Request | None:
        """Nobody has to ask."""
        del secret
        return None

    def headers(self, secret: str) -> Mapping[str, str]:
        """Return what each request carries."""
        return {"authorization": f"Bearer {secret}"} if secret else {}

    def told(self, response: Response) -> Told | None:
        """No budget is told."""
        del response
        return None

    def people(self, cursor: str) -> Request:
        """Ask for everybody."""
        return Request(method="GET", path="/people", query={"cursor": cursor} if cursor else {})

    def peopled(self, response: Response) -> Page:
        """Read a page."""
        said = response.json()
        return Page([_person(one) for one in said["people"]], said["cursor"], said["done"])

    def look(self, persons: Sequence[str]) -> Request:
        """Ask for some."""
        return Request(method="POST", path="/look", body={"persons": list(persons)})

    def looked(self, response: Response) -> Sequence[Person]:
        """Read them."""
        return [_person(one) for one in response.json()["people"]]

    def write(self, changes: Sequence[Change]) -> Request:
        """Ask to write a batch; `before` lets the desk refuse what changed meanwhile."""
        rows = [
            {
                "person": one.person,
                "external_id": one.customer_id,
                "email": one.email,
                "name": one.name,
                "before": dict(one.before),
                "fields": dict(one.after),
            }
            for one in changes
        ]
        return Request(method="PUT", path="/people", body={"people": rows})

    def written(self, changes: Sequence[Change], response: Response) -> Sequence[Outcome | None] | Job:
        """Read what came of it."""
        del changes
        if response.status != 200:
            raise BatchRefused(f"answered {response.status}")
        return [Outcome(**one) for one in response.json()["outcomes"]]

    def poll(self, jobs: Sequence[str]) -> Request:
        """There are no jobs."""
        raise NotImplementedError(jobs)

    def polled(
        self, jobs: Mapping[str, Sequence[Change]], response: Response
    ) -> Mapping[str, Sequence[Outcome | None] | BatchRefused | None]:
        """There are no jobs."""
        raise NotImplementedError(jobs, response)


def _person(said: Mapping[str, Any]) -> Person:
    return Person(
        person=said["person"], external_id=said["external_id"], email=said["email"], fields=said["fields"], gone=said.get("gone", False)
    )
