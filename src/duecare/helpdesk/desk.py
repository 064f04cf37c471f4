"""The seam: what a help desk can be asked, as requests, and what its answers mean. Nothing here talks to anybody.

A connector translates and does no more: the engine (`sync`, `carry`) sends what it says, waits, tries again, and keeps
what came of it. A new desk is one file of such translations and one line in `DESKS`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

Fields: TypeAlias = Mapping[str, str]
"""What a person's profile shows: name of a field -> its text, blank for nothing."""

CUSTOMER, TIER, CARE, WHY = "customer", "tier", "care", "why"
FIELDS = (CUSTOMER, TIER, CARE, WHY)
"""What Duecare writes to a profile: the customer's id, the level's name, the care to give, and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to a desk."""

    method: str
    path: str
    """Under the desk's address, or a whole address that the desk itself gave."""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    """To be sent as JSON."""
    form: Mapping[str, str] | None = None
    """To be sent as a form."""
    raw: bytes | None = None
    """To be sent as it is."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    lane: str = ""
    """Requests of one name have a budget of their own beside the desk's: `per_minute`."""
    per_minute: int = 0
    denied: str = ""
    """What mends a refusal (403), where it is another thing than user and secret."""
    absent: bool = False
    """That there is nothing (404) is an answer, not a trouble."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - what the desk says
        """Read the body.

        Raises:
            ValueError: it is no JSON.
        """
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as the desk knows them."""

    person: str
    """The desk's own number of them."""
    external_id: str | None = None
    email: str | None = None
    fields: Fields
    gone: bool = False
    """The desk has deleted them."""
    staff: bool | None = False
    """They work there: nothing is written to them, but what was written before they did is taken away. None where it is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one person's profile is to show instead of what it shows."""

    person: str
    """Blank for somebody whom the desk does not know yet."""
    customer_id: str
    before: Fields
    """What stands in the fields that change."""
    after: Fields
    email: str | None = None
    name: str | None = None
    """Both of somebody who is to be created alone."""
    version: int = 0
    """The number of the batch, among all that were sent to the desk."""
    had_written: Fields = field(default_factory=dict[str, str])
    """Fields that are given somebody else's text back, and what Duecare had written there before them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change of a batch."""

    why: str = ""
    """Why the desk refused it; blank when it was written."""
    person: str = ""
    """The number of somebody who was created."""
    missing: bool = False
    """The desk does not know the person any more."""
    changed: bool = False
    """Nothing was written, for somebody else wrote since it was looked at: the desk compares before it sets."""


class BatchRefused(Exception):
    """The desk refused a batch as a whole, for something in it."""


@dataclass(frozen=True, slots=True)
class Job:
    """The desk will work on a batch by and by."""

    number: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a stream."""

    rows: Sequence[Any]
    cursor: str
    """Where to go on, now or another day."""
    done: bool
    """Nothing more is there for now. A cursor may come all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an answer says of the desk's budget of requests."""

    limit: int
    """A minute."""
    remaining: int
    reset_s: float | None = None
    """In how many seconds the count begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a desk can do."""

    batch: int = 1
    """How many people one request may write."""
    looks: int = 1
    """How many people one request may read; 0 where nobody can be read."""
    creates: bool = False
    """A person who is not there can be created."""
    incremental: bool = False
    """The stream of people goes on where it ended, with those alone who changed."""
    jobs: int = 0
    """How many batches the desk works on at once, by and by; 0 where it answers when it is done."""


class Sender(Protocol):
    """What carries requests."""

    def send(self, request: Request) -> Response:
        """Send a request until it is answered."""
        ...

    def once(self, request: Request) -> Response | None:
        """Send a request that is not to be done twice; None where nobody knows whether it was done."""
        ...


class Source(Protocol):
    """What a desk can be pulled by."""

    @property
    def streams(self) -> Sequence[str]:
        """What can be pulled."""
        ...

    @property
    def anew(self) -> Sequence[str]:
        """Streams that are read from their beginning each time."""
        ...

    def fetch(self, stream: str, cursor: str) -> Request:
        """Ask for a page of a stream; blank to begin."""
        ...

    def fetched(self, stream: str, response: Response) -> Page:
        """Read a page."""
        ...

    def goes_on(self, stream: str, cursor: str, page: Page) -> str:
        """Return the cursor after a page that was asked for by another."""
        ...

    def whose(self, stream: str, row: Any) -> tuple[str, str]:  # noqa: ANN401 - the desk's own JSON
        """Return the person whom a row is of, and the ticket; blank where it names none."""
        ...


class Desk(Protocol):
    """A help desk as the engine sees it."""

    @property
    def capabilities(self) -> Capabilities:
        """What the desk can do."""
        ...

    def enter(self, secret: str) -> Request | None:
        """Ask to be let in; None where each request carries what lets it in (`headers`)."""
        ...

    def headers(self, secret: str) -> Mapping[str, str]:
        """Return what each request carries."""
        ...

    def told(self, response: Response) -> Told | None:
        """Read the budget from an answer."""
        ...

    def people(self, cursor: str) -> Request:
        """Ask for everybody, a page at a time; blank to begin."""
        ...

    def peopled(self, response: Response) -> Page:
        """Read a page of `Person`."""
        ...

    def look(self, persons: Sequence[str]) -> Request:
        """Ask for some people by the desk's numbers."""
        ...

    def looked(self, response: Response) -> Sequence[Person]:
        """Read them; who is not there is left out."""
        ...

    def write(self, changes: Sequence[Change]) -> Request:
        """Ask to write a batch."""
        ...

    def written(self, changes: Sequence[Change], response: Response) -> Sequence[Outcome | None] | Job:
        """Read what came of it, one outcome a change; None for one of which the desk tells nothing.

        Raises:
            BatchRefused: nothing was written, for something in the batch.
        """
        ...

    def poll(self, jobs: Sequence[str]) -> Request:
        """Ask how jobs stand."""
        ...

    def polled(
        self, jobs: Mapping[str, Sequence[Change]], response: Response
    ) -> Mapping[str, Sequence[Outcome | None] | BatchRefused | None]:
        """Read the outcomes of jobs: None while one goes on; one of which the desk knows nothing is left out."""
        ...
