"""Request Tracker 5: are the fields there that profiles and tickets need? Values for others are accepted and dropped."""

import json
from collections.abc import Iterable

from duecare.helpdesk.desk import Request, Response
from duecare.helpdesk.rt import API, KEYS
from duecare.helpdesk.rt_rules import LEVEL

USERS, TICKETS = "RT::User", "RT::Queue-RT::Ticket"
NEEDED = {**dict.fromkeys(KEYS.values(), USERS), LEVEL: TICKETS}


def ask() -> Request:
    """Ask for the fields whose names begin as ours do."""
    query = json.dumps([{"field": "Name", "operator": "LIKE", "value": "duecare"}])
    return Request(method="GET", path=f"{API}/customfields", query={"query": query, "fields": "Name,LookupType", "per_page": "100"})


def lacking(response: Response) -> Iterable[str]:
    """Return the names of fields that are not there, or are not of users or tickets."""
    there = {one["Name"]: one["LookupType"] for one in response.json()["items"]}
    return [name for name, of in NEEDED.items() if there.get(name) != of]
