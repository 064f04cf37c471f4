"""Request Tracker 5 over REST2: people. Profiles are custom fields of users, which an administrator applies to all of them.

A value for a field that is not applied is answered with 200 and dropped: the engine reads back what it wrote. The password is
sent once, for a session; to be let in by password with each request takes RT a second and more.
Sources: docs.bestpractical.com/rt/5.0, RT::REST2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from duecare.helpdesk.desk import (
    CARE,
    CUSTOMER,
    TIER,
    WHY,
    BatchRefused,
    Capabilities,
    Change,
    Job,
    Outcome,
    Page,
    Person,
    Request,
    Response,
    Told,
)

API = "/REST/2.0"
KEYS = {CUSTOMER: "duecare_customer", TIER: "duecare_tier", CARE: "duecare_care", WHY: "duecare_why"}
"""Duecare's fields by the names of RT's custom fields."""
SHOWN = "id,EmailAddress,ExternalContactInfoId,CustomFields"
PAGE = "100"
NO_JOBS = "Request Tracker answers at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTracker:
    """Translates for one Request Tracker."""

    user: str = ""
    """Whose password the secret is; blank where it is a token."""
    capabilities: Capabilities = field(default_factory=Capabilities)

    def enter(self, secret: str) -> Request | None:
        """Ask for a session; a token is carried by each request."""
        return Request(method="POST", path="/NoAuth/Login.html", form={"user": self.user, "pass": secret}) if self.user else None

    def headers(self, secret: str) -> Mapping[str, str]:
        """Return what each request carries."""
        return {} if self.user else {"authorization": f"token {secret}"}

    def told(self, response: Response) -> Told | None:
        """No budget is told."""
        del response
        return None

    def people(self, cursor: str) -> Request:
        """Ask for everybody in the order of their numbers; the disabled too, so that no page shifts while it is read."""
        query = {"orderby": "id", "per_page": PAGE, "page": cursor or "1", "fields": SHOWN, "find_disabled_rows": "1"}
        return Request(method="GET", path=f"{API}/users", query=query)

    def peopled(self, response: Response) -> Page:
        """Read a page."""
        said = response.json()
        return Page([_person(one) for one in said["items"]], str(said["page"] + 1), said["page"] >= (said.get("pages") or 0))

    def look(self, persons: Sequence[str]) -> Request:
        """Ask for one."""
        return Request(method="GET", path=f"{API}/user/{quote(persons[0], safe='')}", absent=True)

    def looked(self, response: Response) -> Sequence[Person]:
        """Read them."""
        return [] if response.status == 404 else [_person(response.json())]

    def write(self, changes: Sequence[Change]) -> Request:
        """Ask to write one."""
        fields = {KEYS[name]: text for name, text in changes[0].after.items()}
        return Request(method="PUT", path=f"{API}/user/{quote(changes[0].person, safe='')}", body={"CustomFields": fields})

    def written(self, changes: Sequence[Change], response: Response) -> Sequence[Outcome | None] | Job:
        """Read what came of it; what RT says of each field is in its own tongue, so it is read back instead."""
        del changes
        if response.status == 404:
            return [Outcome(missing=True)]
        if response.status != 200:
            raise BatchRefused(f"answered {response.status}")
        return [Outcome()]

    def poll(self, jobs: Sequence[str]) -> Request:
        """There are no jobs."""
        raise NotImplementedError(NO_JOBS, jobs)

    def polled(
        self, jobs: Mapping[str, Sequence[Change]], response: Response
    ) -> Mapping[str, Sequence[Outcome | None] | BatchRefused | None]:
        """There are no jobs."""
        raise NotImplementedError(NO_JOBS, jobs, response)


def _person(said: Mapping[str, Any]) -> Person:
    named = {key: name for name, key in KEYS.items()}
    values = {named[one["name"]]: one["values"] for one in said.get("CustomFields") or [] if one["name"] in named}
    return Person(
        person=str(said["id"]),
        external_id=said.get("ExternalContactInfoId") or None,
        email=said.get("EmailAddress") or None,
        fields={name: str(texts[0]) for name, texts in values.items() if texts and texts[0]},
        staff=str(said["Privileged"] or "0") == "1" if "Privileged" in said else None,
    )
