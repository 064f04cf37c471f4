"""Zendesk: configuration. Translates objects to and from fields, triggers, SLA policies, views and schedules.

Sources: developer.zendesk.com, Ticketing API: User Fields, Ticket Fields, Triggers, SLA Policies, Views, Groups, Schedules.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from duecare.helpdesk.desk import Request, Response
from duecare.helpdesk.objects import Found, Wanted
from duecare.helpdesk.zendesk import API

Row = Mapping[str, Any]
PATHS: Mapping[str, tuple[str, str]] = {
    "user_field": ("user_fields", "key"),
    "organization_field": ("organization_fields", "key"),
    "ticket_field": ("ticket_fields", "title"),
    "group": ("groups", "name"),
    "agent": ("users", "email"),
    "schedule": ("business_hours/schedules", "name"),
    "trigger": ("triggers", "title"),
    "sla_policy": ("slas/policies", "title"),
    "view": ("views", "title"),
}
"""Each kind's path, and the word that is its name; the list is under the path's last part, or `sla_policies`."""
WORKWEEK, HOLIDAY, OPTIONS = "workweek", "holiday", "custom_field_options"
SCHEDULES = PATHS["schedule"][0]
ORDERED = ("trigger", "sla_policy")
PAGE = "100"


class ZendeskObjects:
    """Translates a Zendesk's configuration."""

    kinds: Sequence[str] = (
        "user_field",
        "organization_field",
        "ticket_field",
        "schedule",
        WORKWEEK,
        HOLIDAY,
        "trigger",
        "sla_policy",
        "view",
    )

    def inventory(self, kind: str, cursor: str) -> Request:
        """Ask what there is of a kind."""
        path = PATHS["schedule" if kind in {WORKWEEK, HOLIDAY} else kind][0]
        paged = {} if path == SCHEDULES else {"page[size]": PAGE} | ({"page[after]": cursor} if cursor else {})
        return Request(method="GET", path=f"{API}/{path}", query=paged | ({"role": "agent"} if kind == "agent" else {}))

    def inventoried(self, kind: str, response: Response) -> tuple[Sequence[Found], str]:
        """Read it."""
        said = response.json()
        meta = said.get("meta") or {}
        return list(_read(kind, said)), str(meta.get("after_cursor") or "") if meta.get("has_more") else ""

    def create(self, wanted: Wanted, body: Row, under: str) -> Request:
        """Ask to make an object."""
        if wanted.kind == WORKWEEK:
            return _workweek(under, body)
        path = f"{SCHEDULES}/{under}/holidays" if wanted.kind == HOLIDAY else PATHS[wanted.kind][0]
        return Request(method="POST", path=f"{API}/{path}", body={wanted.kind: body})

    def created(self, wanted: Wanted, response: Response, under: str) -> str:
        """Read its number; a week is known by its schedule's."""
        return under if wanted.kind == WORKWEEK else str(response.json()[wanted.kind]["id"])

    def update(self, found: Found, body: Row) -> Request:
        """Ask to change an object; options of a drop-down keep their numbers."""
        if found.kind == WORKWEEK:
            return _workweek(found.number, body)
        path = f"{SCHEDULES}/{found.under}/holidays" if found.kind == HOLIDAY else PATHS[found.kind][0]
        whole = {**body, OPTIONS: _numbered(body[OPTIONS], found.body.get(OPTIONS) or [])} if OPTIONS in body else body
        return Request(method="PUT", path=f"{API}/{path}/{found.number}", body={found.kind: whole})

    def delete(self, kind: str, number: str, under: str) -> Request | None:
        """Ask to take an object away; hours and holidays go with their schedule."""
        if kind == WORKWEEK:
            return None
        path = f"{SCHEDULES}/{under}/holidays" if kind == HOLIDAY else PATHS[kind][0]
        return Request(method="DELETE", path=f"{API}/{path}/{number}")


def _read(kind: str, said: Row) -> Iterable[Found]:
    if kind == WORKWEEK:
        for one in said["schedules"]:
            yield Found(
                kind=kind, number=str(one["id"]), name=one["name"], body={"intervals": one.get("intervals") or []}, under=str(one["id"])
            )
    elif kind == HOLIDAY:
        for one in said["schedules"]:
            for day in one.get("holidays") or []:
                yield Found(kind=kind, number=str(day["id"]), name=day["name"], body=day, under=str(one["id"]))
    else:
        path, name = PATHS[kind]
        rows = cast("Sequence[Row]", said["sla_policies" if kind == "sla_policy" else path.rpartition("/")[2]])
        for at, one in enumerate(sorted(rows, key=lambda row: row.get("position") or 0) if kind in ORDERED else rows):
            yield Found(kind=kind, number=str(one["id"]), name=str(one[name]), body=one, place=int(one.get("position") or at))


def _workweek(schedule: str, body: Row) -> Request:
    return Request(method="PUT", path=f"{API}/{SCHEDULES}/{schedule}/workweek", body={WORKWEEK: body})


def _numbered(options: Sequence[Row], there: Sequence[Row]) -> list[Row]:
    """Options with the numbers that they have already."""
    numbers = {one["value"]: one["id"] for one in there if "id" in one}
    return [{**one, "id": numbers[one["value"]]} if one["value"] in numbers else one for one in options]
