"""A desk of each kind with people on it, and everything that a run over it needs."""

import itertools
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import httpx

# ruff: noqa: ANN401 - what is handed on is theirs
from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.desk import FIELDS, Desk
from duecare.helpdesk.ledger import Ledger
from duecare.helpdesk.memory import CsvDesk, MemoryDesk
from duecare.helpdesk.merge import Policy
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.plain import Plain
from duecare.helpdesk.rt import KEYS as RT_KEYS
from duecare.helpdesk.rt import RequestTracker
from duecare.helpdesk.runs import Runs
from duecare.helpdesk.wants import Want
from duecare.helpdesk.zendesk import KEYS, Zendesk, as_shown, tag
from duecare.helpdesk.zendesk_organizations import ZendeskOrganizations
from duecare.records import Book, open_book
from helpdesk.desks import rt
from helpdesk.desks.zendesk import AFTER, BEFORE, BUSY, BUSY_PLAIN, FINE, LOST, TOKEN, TWICE, USER, Local, ZendeskServer

TIERS = ("Premium", "Plus")
SHOP, MANY = "https://shop.example", 250
FIRST = 100_001
"""Number of the first person."""


@dataclass
class Instant:
    """A clock on which waiting takes no time."""

    at: float = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class World(Protocol):
    """A desk as its own people see it, whatever kind it is."""

    transport: httpx.BaseTransport
    desk: Desk
    url: str
    many: int
    """How many people a test takes."""

    def add(self, count: int) -> None: ...

    def shown(self) -> Mapping[str, Mapping[str, str]]:
        """What each profile shows, by number, blank fields left out."""
        ...

    def number(self, place: int) -> str:
        """The desk's number of a person."""
        ...

    def edit(self, person: str, name: str, text: str) -> None: ...

    def writes(self) -> int: ...


class PlainWorld:
    """The shipped desk in memory."""

    desk: Desk = Plain()
    url = SHOP
    many = MANY

    def __init__(self, folder: Path) -> None:
        del folder
        self.server = MemoryDesk()
        self.transport: httpx.BaseTransport = self.server

    def add(self, count: int) -> None:
        for at in range(count):
            self.server.people[str(FIRST + at)] = {"external_id": None, "email": email(at), "fields": {}}

    def shown(self) -> Mapping[str, Mapping[str, str]]:
        return {number: dict(one["fields"]) for number, one in self.server.people.items()}

    def number(self, place: int) -> str:
        return str(FIRST + place)

    def edit(self, person: str, name: str, text: str) -> None:
        self.server.people[person]["fields"][name] = text

    def writes(self) -> int:
        return self.server.writes


class CsvWorld(PlainWorld):
    """A CSV file that a desk exports and imports."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.file = CsvDesk(file=folder / "people.csv")
        self.transport = self.file

    def add(self, count: int) -> None:
        lines = [f"{FIRST + at},,{email(at)},keep {at}" for at in range(count)]
        self.file.file.write_text("\n".join(["id,external_id,email,note", *lines]) + "\n", "utf-8")

    def shown(self) -> Mapping[str, Mapping[str, str]]:
        self.file._read()
        return {number: dict(one["fields"]) for number, one in self.file.people.items()}

    def edit(self, person: str, name: str, text: str) -> None:
        self.file._read()
        self.file.people[person]["fields"][name] = text
        self.file._save()

    def writes(self) -> int:
        return self.file.writes


class ZendeskWorld:
    """Our own Zendesk."""

    desk: Desk = Zendesk(user=USER, tiers=TIERS)
    url = SHOP
    many = MANY

    def __init__(self, folder: Path, **more: Any) -> None:
        del folder
        self.server = ZendeskServer(**more)
        self.transport: httpx.BaseTransport = Local(self.server)
        for key in KEYS.values():
            options = [{"name": one, "value": tag(one)} for one in TIERS] if key.endswith("tier") else []
            kind = "dropdown" if options else "text"
            self.server.user_fields[len(self.server.user_fields) + 1] = {
                "key": key,
                "type": kind,
                "title": key,
                "custom_field_options": options,
            }

    def add(self, count: int) -> None:
        for at in range(count):
            self.server.user(id=FIRST + at, email=email(at))

    def shown(self) -> Mapping[str, Mapping[str, str]]:
        named: dict[str, str] = {key: name for name, key in KEYS.items()}
        tiers: dict[str, str] = {tag(one): one for one in TIERS}
        return {
            str(number): {named[key]: tiers.get(text, str(text)) for key, text in row["user_fields"].items() if text and key in named}
            for number, row in self.server.users.items()
            if row["active"]
        }

    def number(self, place: int) -> str:
        return str(FIRST + place)

    def edit(self, person: str, name: str, text: str) -> None:
        self.server.edit(int(person), KEYS[name], tag(text) if name == "tier" and text else text)

    def writes(self) -> int:
        return self.server.writes()


class OrganizationsWorld(ZendeskWorld):
    """The organisations of our own Zendesk; their names stand where people have e-mails."""

    desk: Desk = ZendeskOrganizations(user=USER, tiers=TIERS)

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, **more)
        self.server.organization_fields = self.server.user_fields

    def add(self, count: int) -> None:
        for at in range(count):
            self.server.organization(email(at), id=FIRST + at)

    def shown(self) -> Mapping[str, Mapping[str, str]]:
        return {str(number): dict(as_shown(row["organization_fields"], TIERS)) for number, row in self.server.organizations.items()}

    def edit(self, person: str, name: str, text: str) -> None:
        self.server.organizations[int(person)]["organization_fields"][KEYS[name]] = tag(text) if name == "tier" and text else text


class RtWorld:
    """A real Request Tracker; few people, for it answers one at a time."""

    desk: Desk = RequestTracker(user=rt.USER)
    many = 4

    def __init__(self, server: rt.Rt) -> None:
        self.server, self.url, self.wrote, self.people = server, server.url, 0, list[str]()
        self.transport: httpx.BaseTransport = _Counting(self, httpx.HTTPTransport())

    def add(self, count: int) -> None:
        """Take the people of the test before, with nothing in their profiles; the first makes them."""
        known = self.server.people
        known += [self.server.user(email(at)) for at in range(len(known), count)]
        self.people = known[:count]
        for number in self.people:
            if shown := self.server.fields(number):
                self.server.ask("PUT", f"user/{number}", {"CustomFields": dict.fromkeys(shown, "")})

    def shown(self) -> Mapping[str, Mapping[str, str]]:
        named: dict[str, str] = {key: name for name, key in RT_KEYS.items()}
        return {one: {named[key]: text for key, text in self.server.fields(one).items()} for one in self.people}

    def number(self, place: int) -> str:
        return self.people[place]

    def edit(self, person: str, name: str, text: str) -> None:
        self.server.ask("PUT", f"user/{person}", {"CustomFields": {RT_KEYS[name]: text}})

    def writes(self) -> int:
        return self.wrote


@dataclass
class _Counting(httpx.BaseTransport):
    """Counts what is written."""

    world: RtWorld
    inner: httpx.BaseTransport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.world.wrote += request.method == "PUT"
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


WORLDS: Mapping[str, Callable[[Path], World]] = {
    "memory": PlainWorld,
    "csv": CsvWorld,
    "zendesk": ZendeskWorld,
    "organisations": OrganizationsWorld,
}


@dataclass
class Faulty(httpx.BaseTransport):
    """Breaks the requests of any desk, by a list of faults; after it all is fine."""

    inner: httpx.BaseTransport
    faults: Iterator[str] = field(default_factory=lambda: itertools.repeat(FINE))
    before: Callable[[httpx.Request], None] = lambda _: None
    """Called before each request: where somebody else may act."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.before(request)
        fault = next(self.faults, FINE)
        if fault == BEFORE:
            return httpx.Response(500, content=b"<html>oh no</html>", request=request)
        if fault in {BUSY, BUSY_PLAIN}:
            return httpx.Response(429, headers={"retry-after": "2"}, content=b"slow down", request=request)
        request.read()
        answer = self.inner.handle_request(request)
        if fault == TWICE:
            answer = self.inner.handle_request(request)
        if fault == LOST:
            raise httpx.ReadTimeout("no answer", request=request)
        return httpx.Response(502, content=b"bad gateway", request=request) if fault == AFTER else answer

    def close(self) -> None:
        self.inner.close()


@dataclass
class Switch(httpx.BaseTransport):
    """Leads to whatever is behind it now, so that one session serves many tests."""

    inner: httpx.BaseTransport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.inner.handle_request(request)


@dataclass
class Bench:
    """A world, a book and runs over them."""

    world: World
    book: Book
    clock: Instant
    faulty: Faulty

    @cached_property
    def carrier(self) -> Carrier:
        """One for all runs, as to be let in takes a real desk a second."""
        if not isinstance(self.world, RtWorld):
            return Carrier(self.world.desk, self.world.url, TOKEN, Pace(0), clock=self.clock, transport=self.faulty, chance=lambda: 0.5)
        server, clock = self.world.server, self.clock
        if server.carrier is None:
            server.carrier = Carrier(
                self.world.desk, server.url, rt.SECRET, Pace(0), clock=clock, transport=Switch(self.faulty), chance=lambda: 0.5
            )
        assert isinstance(server.carrier.transport, Switch)
        server.carrier.transport.inner, server.carrier.clock = self.faulty, clock
        return server.carrier

    @property
    def many(self) -> int:
        return self.world.many

    @property
    def levels(self) -> list[str]:
        """Which level everybody is to have."""
        return [(*TIERS, "")[at % 3] for at in range(self.many)]

    @property
    def others(self) -> list[str]:
        """The same, with another for a third of them."""
        return ["Plus" if one == "Premium" else one for one in self.levels]

    def number(self, place: int) -> str:
        """The desk's number of a person."""
        return self.world.number(place)

    def due(self, tiers: Sequence[str]) -> dict[str, dict[str, str]]:
        """What profiles show when they show that."""
        return {self.number(at): one for at, one in enumerate(due(tiers).values())}

    def runs(self, policy: Policy = "ask", **more: Any) -> Runs:
        return Runs(desk=self.world.desk, ledger=Ledger(self.book, "desk"), carrier=self.carrier, policy=policy, **more)


@contextmanager
def bench(world: World, folder: Path, address: str = "sqlite:book.db") -> Generator[Bench]:
    """Open a book beside a world."""
    with open_book(address, folder) as book:
        made = Bench(world, book, Instant(), Faulty(world.transport))
        yield made
        made.faulty.close()
        if not isinstance(world, RtWorld):
            made.carrier.close()


def email(at: int) -> str:
    """The e-mail of a person."""
    return f"p{at}@shop.example"


def customer(at: int) -> str:
    """The id of the customer whose e-mail that is."""
    return f"cu_{at:05d}"


def want(at: int, tier: str = "", **more: Any) -> Want:
    """What the profile of a person's customer is to show."""
    fields = {**dict.fromkeys(FIELDS, ""), "customer": customer(at), "tier": tier}
    if tier:
        fields |= {"care": f"{tier} care", "why": "because"}
    return Want(customer_id=customer(at), emails=(email(at),), fields=fields, **more)


def wants(tiers: Sequence[str]) -> list[Want]:
    """What profiles are to show, one level a person; blank for the last level, which has no label."""
    return [want(at, tier) for at, tier in enumerate(tiers)]


def due(tiers: Sequence[str]) -> dict[str, dict[str, str]]:
    """What profiles show when they show that."""
    return {str(FIRST + at): {name: text for name, text in one.fields.items() if text} for at, one in enumerate(wants(tiers))}
