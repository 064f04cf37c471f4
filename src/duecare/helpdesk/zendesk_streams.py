"""Zendesk: what can be pulled. Exports go on where they ended; a cursor comes at their end too, so the flag says when it is reached.

Sources: developer.zendesk.com, Ticketing API: Incremental Exports (ten requests a minute), Satisfaction Ratings.
"""

from collections.abc import Sequence
from typing import Any

from duecare.helpdesk.desk import Page, Request, Response
from duecare.helpdesk.zendesk import API, EXPORTS, EXPORTS_A_MINUTE

BEGINNING = "1"
"""The first moment, in seconds since 1970."""
BY_CURSOR, BY_TIME = ("users", "tickets"), ("ticket_events", "ticket_metric_events")
WITH = {"tickets": {"include": "metric_sets"}, "ticket_events": {"include": "comment_events"}}
FULL = 1000
"""Of an export by time, a page with fewer is the last."""


class ZendeskStreams:
    """Translates a Zendesk's streams."""

    anew: Sequence[str] = ()
    streams: Sequence[str] = (*BY_CURSOR, *BY_TIME, "satisfaction_ratings")

    def fetch(self, stream: str, cursor: str) -> Request:
        """Ask for a page."""
        if stream == "satisfaction_ratings":
            query = {"page[size]": "100"} | ({"page[after]": cursor} if cursor else {})
            return Request(method="GET", path=f"{API}/{stream}", query=query)
        more = WITH.get(stream, {})
        if stream in BY_CURSOR:
            query = {"cursor": cursor} if cursor else {"start_time": BEGINNING}
            return Request(
                method="GET", path=f"{API}/incremental/{stream}/cursor", query=query | more, lane=EXPORTS, per_minute=EXPORTS_A_MINUTE
            )
        query = {"start_time": cursor or BEGINNING}
        return Request(method="GET", path=f"{API}/incremental/{stream}", query=query | more, lane=EXPORTS, per_minute=EXPORTS_A_MINUTE)

    def fetched(self, stream: str, response: Response) -> Page:
        """Read it."""
        said = response.json()
        rows = said[stream]
        if stream == "satisfaction_ratings":
            return Page(rows, str(said["meta"].get("after_cursor") or ""), not said["meta"]["has_more"])
        if stream in BY_CURSOR:
            return Page(rows, str(said["after_cursor"] or ""), bool(said["end_of_stream"]))
        return Page(rows, str(said["end_time"] or ""), bool(said.get("end_of_stream", len(rows) < FULL)))

    def goes_on(self, stream: str, cursor: str, page: Page) -> str:
        """Return where to go on: what the page says, or where we were if it says nothing."""
        del stream
        return page.cursor or cursor

    def whose(self, stream: str, row: Any) -> tuple[str, str]:  # noqa: ANN401 - Zendesk's JSON
        """Return the person whom a row is of, and the ticket."""
        person = row["id"] if stream == "users" else row.get("requester_id", "")
        ticket = row["id"] if stream == "tickets" else row.get("ticket_id", "")
        return str(person), str(ticket)
