"""Zendesk: open tickets are touched, so that rules, SLA policies and levels that are new reach them now, and not on their next event.

A touch adds a tag, one for each state of rules and profiles, so that the same touch is done once and the next one again. Zendesk then asks every trigger, others' too: who asks for it is told so.
Sources: developer.zendesk.com, Ticketing API: Search (export), Tickets (update many).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from duecare.helpdesk.desk import Page, Request, Response
from duecare.helpdesk.zendesk import API
from duecare.words import DeskTrouble

TAG = "duecare_touched_"
PAGE = 100
ENDED = ("completed", "failed", "killed")
POLL_S, MOST_POLLS = 2.0, 600

Send = Callable[[Request], Response]


def touch_tag(state: Iterable[str]) -> str:
    """Return the tag of a touch: the same while what the tickets are to take is the same.

    >>> touch_tag(["a policy", "run 7"])
    'duecare_touched_140c3e98'
    """
    return TAG + hashlib.sha256("\x1f".join(state).encode()).hexdigest()[:8]


def touch_open_tickets(send: Send, sleep: Callable[[float], None], tag: str, step: Callable[[int], None] = lambda _: None) -> int:
    """Touch every open ticket that does not bear the tag, and return how many that was; done again, it goes on where it ended.

    Raises:
        DeskTrouble: the desk refuses, or does not end a job.
    """
    touched, cursor, done = 0, "", False
    while not done:
        page = _found(_taken(send(_search(cursor, tag))))
        if page.rows:
            _wait(send, sleep, _taken(send(_touch([str(one) for one in page.rows], tag))))
        touched, cursor, done = touched + len(page.rows), page.cursor, page.done
        step(touched)
    return touched


def _search(cursor: str, tag: str) -> Request:
    query = {"query": f"status<solved -tags:{tag}", "filter[type]": "ticket", "page[size]": str(PAGE)}
    return Request(method="GET", path=f"{API}/search/export", query=query | ({"page[after]": cursor} if cursor else {}))


def _found(response: Response) -> Page:
    said = response.json()
    return Page([one["id"] for one in said["results"]], str(said["meta"].get("after_cursor") or ""), not said["meta"]["has_more"])


def _touch(numbers: Sequence[str], tag: str) -> Request:
    body = {"ticket": {"additional_tags": [tag]}}
    return Request(method="PUT", path=f"{API}/tickets/update_many", query={"ids": ",".join(numbers)}, body=body)


def _wait(send: Send, sleep: Callable[[float], None], response: Response) -> None:
    """Wait until a job has ended."""
    job: Mapping[str, Any] = response.json()["job_status"]
    for _ in range(MOST_POLLS):
        if job["status"] in ENDED:
            break
        sleep(POLL_S)
        job = _taken(send(Request(method="GET", path=f"{API}/job_statuses/{job['id']}"))).json()["job_status"]
    if job["status"] != "completed":
        raise DeskTrouble(
            "the desk does not end the touching of tickets", mend="look at its job queue, then do this again: it goes on where it ended"
        )


def _taken(response: Response) -> Response:
    if not 200 <= response.status < 300:
        raise DeskTrouble(f"the desk answers {response.status}", mend="look whether the user may search and edit tickets")
    return response
