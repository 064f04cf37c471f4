"""Request Tracker 5: what can be pulled. Users anew each time, tickets that changed since, and what happened to them, which never changes.

Tickets are read in the order of their numbers, so that none is missed while others change; the next pull asks for those that changed
since a day before this one began, for RT reads the moment in its user's own zone.
"""

from collections.abc import Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from duecare.helpdesk.desk import Page, Request, Response
from duecare.helpdesk.rt import API

FIELDS = {
    "users": "id,Name,RealName,EmailAddress,MobilePhone,WorkPhone,HomePhone,Organization,Lang,Created",
    "tickets": "Subject,Status,Queue,Created,LastUpdated,Resolved,Started,Due,SLA,Requestor,Owner,Priority,TimeWorked,CustomFields",
    "transactions": "Type,Field,OldValue,NewValue,Created,Creator,ObjectId",
}
LINKS = ("type", "_url")
"""What REST2 adds of its own; `type` would be taken for a transaction's `Type`."""
PAGE = "100"
BEGINNING = "1970-01-02 00:00:00"
MARGIN = timedelta(hours=26)
"""A day, and what zones may differ by."""


class RtStreams:
    """Translates a Request Tracker's streams."""

    anew: Sequence[str] = ("users",)
    streams: Sequence[str] = tuple(FIELDS)

    def fetch(self, stream: str, cursor: str) -> Request:
        """Ask for a page."""
        query = {"fields": FIELDS[stream], "per_page": PAGE, "orderby": "id"}
        if stream == "users":
            query |= {"page": cursor or "1", "find_disabled_rows": "1"}
        elif stream == "tickets":
            since, last, _ = _pass(cursor)
            query |= {"query": f"LastUpdated > '{since}' AND id > {last}"}
        else:
            query |= {"query": f"ObjectType = 'RT::Ticket' AND id > {int(cursor or 0)}"}
        return Request(method="GET", path=f"{API}/{stream}", query=query)

    def fetched(self, stream: str, response: Response) -> Page:
        """Read it."""
        said = response.json()
        rows = [{name: value for name, value in one.items() if name not in LINKS} for one in said["items"]]
        more = (said.get("pages") or 0) > said["page"]
        if stream == "users":
            return Page(rows, str(said["page"] + 1) if more else "", not more)
        last = rows[-1]["id"] if rows else ""
        if stream == "transactions":
            return Page(rows, str(last), not more)
        began = f"{parsedate_to_datetime(response.headers['date']) - MARGIN:%Y-%m-%d %H:%M:%S}"
        return Page(rows, f"{last}|{began}", not more)

    def goes_on(self, stream: str, cursor: str, page: Page) -> str:
        """Return the cursor after a page, which may hang on the one before it."""
        if stream == "users":
            return page.cursor
        if stream == "transactions":
            return page.cursor or cursor
        since, last, began = _pass(cursor)
        number, _, now = page.cursor.partition("|")
        began = began or now
        return f"{began}|0|" if page.done else f"{since}|{number or last}|{began}"

    def whose(self, stream: str, row: Any) -> tuple[str, str]:  # noqa: ANN401 - RT's JSON
        """Return the person whom a row is of, by their RT name, and the ticket."""
        if stream == "users":
            return str(row["Name"]), ""
        if stream == "transactions":
            return "", str(row["ObjectId"])
        return next((str(one["id"]) for one in row["Requestor"]), ""), str(row["id"])


def _pass(cursor: str) -> tuple[str, str, str]:
    """Of one reading of the tickets: changed since when, up to which number it came, and when it began."""
    since, _, rest = cursor.partition("|")
    last, _, began = rest.partition("|")
    return since or BEGINNING, last or "0", began
