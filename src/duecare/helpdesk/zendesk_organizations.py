"""Zendesk: organisations. The level of a company whose people are placed together, in the organisation's own fields.

Sources: developer.zendesk.com, Ticketing API: Organizations (list, show many, update many).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from duecare.helpdesk.desk import Capabilities, Change, Page, Person, Request, Response
from duecare.helpdesk.zendesk import API, Zendesk, as_fields, as_shown

PAGE = "100"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZendeskOrganizations(Zendesk):
    """Translates for the organisations of one Zendesk; each is matched by its external id, or by its name."""

    capabilities: Capabilities = field(default_factory=lambda: Capabilities(batch=100, looks=100, jobs=20))

    def people(self, cursor: str) -> Request:
        """Ask for all organisations."""
        return Request(method="GET", path=f"{API}/organizations", query={"page[size]": PAGE} | ({"page[after]": cursor} if cursor else {}))

    def peopled(self, response: Response) -> Page:
        """Read a page."""
        said = response.json()
        meta = said.get("meta") or {}
        return Page(
            [self._organization(one) for one in said["organizations"]], str(meta.get("after_cursor") or ""), not meta.get("has_more")
        )

    def look(self, persons: Sequence[str]) -> Request:
        """Ask for some."""
        return Request(method="GET", path=f"{API}/organizations/show_many", query={"ids": ",".join(persons)})

    def looked(self, response: Response) -> Sequence[Person]:
        """Read them."""
        return [self._organization(one) for one in response.json()["organizations"]]

    def write(self, changes: Sequence[Change]) -> Request:
        """Ask to update a batch."""
        rows = [{"id": int(one.person), "organization_fields": as_fields(one.after)} for one in changes]
        return Request(method="PUT", path=f"{API}/organizations/update_many", body={"organizations": rows})

    def _organization(self, said: Mapping[str, Any]) -> Person:
        shown = as_shown(said.get("organization_fields") or {}, self.tiers)
        return Person(person=str(said["id"]), external_id=said.get("external_id"), email=said.get("name"), fields=shown)
