"""The promise: our own Zendesk answers as Zendesk's published description says, and serves a client that somebody else wrote."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import pytest
import requests

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.zendesk import Zendesk
from duecare.helpdesk.zendesk_touch import touch_open_tickets
from helpdesk.bench import OrganizationsWorld, ZendeskWorld, bench, wants
from helpdesk.desks.http import Adapter, on_port
from helpdesk.desks.zendesk import TOKEN, USER, ZendeskServer
from helpdesk.test_configuration import SERVING, Site
from helpdesk.test_pull import Shop
from house import real

# ruff: noqa: ANN401 - JSON is anything

UNDESCRIBED = ("/business_hours/",)
"""Of the paths used, those that the description lacks: hours have a page of their own."""


@cache
def description() -> Any:
    return json.loads(real("zendesk/support-openapi-2024-08.json").read_text("utf-8"))


def schema(said: Any) -> Any:
    """A schema of OpenAPI 3.0 as JSON Schema: nullable becomes a type more; what is only written about is not asked of answers."""
    if isinstance(said, list):
        return [schema(one) for one in said]
    if not isinstance(said, dict):
        return said
    if "$ref" in said:
        return {"$ref": said["$ref"].replace("#/components/schemas/", "#/$defs/")}
    made = {key: schema(value) for key, value in said.items() if key not in {"nullable", "example", "format"}}
    if said.get("nullable") and isinstance(said.get("type"), str):
        made["type"] = [said["type"], "null"]
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
    elif said.get("nullable"):
        made = {"anyOf": [made, {"type": "null"}]}
    return made


@cache
def definitions() -> Any:
    return {name: schema(one) for name, one in description()["components"]["schemas"].items()}


def operation(method: str, path: str) -> Any:
    """What the description says of a request, by the path with most words of its own."""
    parts = path.removesuffix(".json").strip("/").split("/")
    fits = []
    for known, operations in description()["paths"].items():
        named = known.strip("/").split("/")
        same = [one.startswith("{") or one == other for one, other in zip(named, parts, strict=False)]
        if len(named) == len(parts) and all(same) and method.lower() in operations:
            fits.append((sum(not one.startswith("{") for one in named), operations[method.lower()]))
    return max(fits, key=lambda one: one[0])[1] if fits else None


class Held(ZendeskServer):
    """The server, each of whose exchanges is held against the description."""

    def handle(self, method: str, path: str, query: Any, body: Any, headers: Any) -> Any:
        before = json.loads(json.dumps(body))
        status, more, content = super().handle(method, path, query, body, headers)
        if not any(part in path for part in UNDESCRIBED):
            hold(method, path, before, status, content)
        return status, more, content


SEEN: set[tuple[str, str]] = set()


def hold(method: str, path: str, body: Any, status: int, content: bytes) -> None:
    """Check one exchange."""
    found = operation(method, path)
    assert found is not None, f"{method} {path} is not described"
    SEEN.add((method, found["operationId"]))
    asked = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None and asked:
        check(body, asked, f"request of {method} {path}")
    answers = found["responses"].get(str(status), {}).get("content", {}).get("application/json", {}).get("schema")
    if status < 300 and answers:
        check(there(json.loads(content)), answers, f"answer {status} to {method} {path}")


def there(value: Any) -> Any:
    """An answer without its nulls: Zendesk says null of what there is not, an assignee for one, and describes that nowhere."""
    if isinstance(value, list):
        return [there(one) for one in value]
    return {name: there(one) for name, one in value.items() if one is not None} if isinstance(value, dict) else value


def check(value: Any, of: Any, what: str) -> None:
    found = list(jsonschema.Draft202012Validator({**schema(of), "$defs": definitions()}).iter_errors(value))
    assert not found, f"{what}: {[(list(one.absolute_path), one.message[:200]) for one in found[:3]]}"


def test_what_a_push_says_and_hears_is_as_described(tmp_path: Path) -> None:
    description()
    world = ZendeskWorld(tmp_path)
    held = Held(users=world.server.users, user_fields=world.server.user_fields)
    held._user_order, held._versions = world.server._user_order, world.server._versions
    world.server = held
    world.transport.server = held  # type: ignore[attr-defined]
    world.add(130)
    with bench(world, tmp_path) as at:
        at.runs().push(wants(["Premium"] * 140), create=True)
        at.runs().rollback(1)
    assert {"UpdateManyUsers", "CreateOrUpdateManyUsers", "ShowManyUsers", "ShowManyJobStatuses"} <= {one for _, one in SEEN}


def test_what_a_configuration_says_and_hears_is_as_described(tmp_path: Path) -> None:
    from duecare.helpdesk.zendesk_rules import compiled
    from duecare.records import open_book

    description()
    with open_book("sqlite:book.db", tmp_path) as book:
        site = Site(book)
        held = Held()
        for name in ("users", "user_fields", "triggers", "policies", "groups", "_number"):
            setattr(held, name, getattr(site.server, name))
        site.server = held
        site.faulty.inner.server = held  # type: ignore[attr-defined]
        site.configuration().apply(compiled(SERVING))
        site.configuration().apply([])
    assert {"CreateTrigger", "CreateUserField", "CreateTicketField", "CreateView", "DeleteTrigger"} <= {one for _, one in SEEN}


def test_what_a_push_of_organisations_says_and_hears_is_as_described(tmp_path: Path) -> None:
    description()
    world = OrganizationsWorld(tmp_path)
    held = Held(organizations=world.server.organizations, organization_fields=world.server.organization_fields)
    world.server = held
    world.transport.server = held  # type: ignore[attr-defined]
    world.add(130)
    with bench(world, tmp_path) as at:
        at.runs().push(wants(["Premium"] * 130))
    assert {"ListOrganizations", "ShowManyOrganizations", "UpdateManyOrganizations"} <= {one for _, one in SEEN}


def held_shop(folder: Path) -> Shop:
    """A shop whose Zendesk holds all that is said and heard against the description."""
    description()
    shop = Shop(folder)
    held = Held(now=shop.clock.now)
    shop.server = held
    shop.faulty.inner.server = held  # type: ignore[attr-defined]
    return shop


def test_what_a_touch_says_and_hears_is_as_described(tmp_path: Path) -> None:
    shop = held_shop(tmp_path)
    for at in range(3):
        shop.ticket(f"p{at}@shop.example")
    sends = Carrier(Zendesk(user=USER, tiers=()), "https://shop.example", TOKEN, Pace(0), clock=shop.clock, transport=shop.faulty)
    assert touch_open_tickets(sends.send, shop.clock.sleep, "duecare_touched_1") == 3
    assert {"ExportSearchResults", "TicketsUpdateMany", "ShowJobStatus"} & {one for _, one in SEEN}


def test_what_a_pull_says_and_hears_is_as_described(tmp_path: Path) -> None:
    shop = held_shop(tmp_path)
    number = shop.ticket("ada@shop.example")
    shop.happens(number, 60, status="solved", comment={"body": "there", "author_id": 1})
    shop.pull_all()
    assert {"IncrementalTicketExportCursor", "IncrementalTicketEvents"} <= {one for _, one in SEEN}


def test_an_independent_client_is_served_unmodified() -> None:
    zenpy = pytest.importorskip("zenpy")
    from zenpy.lib.api_objects import Comment, Ticket, User

    server = ZendeskServer()
    session = requests.Session()
    session.mount("https://", Adapter(server))
    client = zenpy.Zenpy(subdomain="shop", email=USER, token=TOKEN, session=session)
    made = client.users.create(User(name="Ada", email="ada@shop.example", external_id="a1"))
    assert client.users(id=made.id).email == "ada@shop.example"
    made.name = "Ada L."
    assert client.users.update(made).name == "Ada L."
    assert [one.id for one in client.users.search(query="email:ada@shop.example")] == [made.id]
    asked = client.tickets.create(Ticket(subject="late", requester_id=made.id, comment=Comment(body="where is it?")))
    assert client.tickets(id=asked.id).subject == "late"
    found_all = list(client.users(ids=[made.id]))
    found_all[0].name = "Ada Lovelace"
    job = client.users.update(found_all)
    assert client.job_status(id=job.id).status == "completed"
    assert client.users(id=made.id).name == "Ada Lovelace"
    assert {one.id for one in client.users.incremental(start_time=1)} >= {made.id}
    assert [one.id for one in client.tickets.incremental(start_time=1, paginate_by_time=False)] == [asked.id]


def test_it_serves_on_a_port() -> None:
    server = ZendeskServer()
    server.user(email="ada@shop.example")
    with on_port(server) as url:
        found = requests.get(f"{url}/api/v2/users/me.json", auth=(f"{USER}/token", TOKEN), timeout=10)
        refused = requests.get(f"{url}/api/v2/users/me.json", auth=(f"{USER}/token", "wrong"), timeout=10)
    assert (found.status_code, refused.status_code) == (200, 401)
    assert parse_qsl(urlsplit(url).query) == []
