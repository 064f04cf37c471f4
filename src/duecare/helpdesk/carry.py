"""Carrying: requests go to the desk at its pace, again where that may help, and an answer comes back or the trouble is told."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from duecare.helpdesk.desk import Desk, Request, Response
from duecare.helpdesk.pace import Lane, Pace
from duecare.helpdesk.terms import refuse_plain
from duecare.words import DeskTrouble

ATTEMPTS = 9
FIRST_S, MOST_S = 0.5, 60.0
"""The first wait before another attempt, doubled each time up to the most; each is drawn between half of it and all."""
TIMEOUT_S = 60.0
NAP_S = 60.0
"""No wait is longer in one piece, so that whoever waits can say that it lives."""
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
BUSY = 429
DENIED = frozenset({302, 303, 401, 403})
"""Not let in, or not let do that; a redirection is one to a page for people to log in."""


class Clock(Protocol):
    """What waits."""

    def now(self) -> float:
        """Return seconds of a steady clock."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Steady:
    """The machine's own clock."""

    def now(self) -> float:
        """Return seconds of a steady clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class _Again(Exception):
    def __init__(self, said: str, again_in_s: float | None = None, *, unsure: bool = False) -> None:
        super().__init__(said)
        self.again_in_s = again_in_s
        self.unsure = unsure
        """Nobody knows whether it was done."""


@dataclass(slots=True)
class Carrier:
    """Sends requests to one desk."""

    desk: Desk
    url: str
    secret: str
    pace: Pace
    clock: Clock = field(default_factory=Steady)
    transport: httpx.BaseTransport | None = None
    chance: Callable[[], float] = random.random
    """For the jitter; anything between 0 and 1."""
    alive: Callable[[], None] = lambda: None
    """Called before each request and between the pieces of a wait; what it raises stops the run."""
    asked: int = 0
    """Requests that were sent, the repeated ones too."""
    _client: httpx.Client | None = None
    _let_in: bool = False
    _lanes: dict[str, Lane] = field(default_factory=dict[str, Lane])

    def __post_init__(self) -> None:
        refuse_plain(self.url)

    def send(self, request: Request) -> Response:
        """Send a request until it is answered.

        Returns:
            The answer; one that refuses (4xx) is an answer too.

        Raises:
            DeskTrouble: the desk does not let us in, or does not answer however often it is asked.
        """
        try:
            return self._tried(request, lambda error: isinstance(error, _Again))
        except _Again as error:
            raise self._silent(error) from None

    def once(self, request: Request) -> Response | None:
        """Send a request that is not to be done twice; None where nobody knows whether it was done.

        Raises:
            DeskTrouble: the desk does not let us in, or is too busy however often it is asked.
        """
        try:
            return self._tried(request, lambda error: isinstance(error, _Again) and not error.unsure)
        except _Again as error:
            if error.unsure:
                return None
            raise self._silent(error) from None

    def _tried(self, request: Request, again: Callable[[BaseException], bool]) -> Response:
        stop, retry = stop_after_attempt(ATTEMPTS), retry_if_exception(again)
        return Retrying(sleep=self.sleep, stop=stop, wait=self._wait, retry=retry, reraise=True)(self._once, request)

    def sleep(self, seconds: float) -> None:
        """Wait, a piece at a time."""
        while seconds > 0:
            self.clock.sleep(min(seconds, NAP_S))
            seconds -= NAP_S
            self.alive()

    def _silent(self, error: Exception) -> DeskTrouble:
        return DeskTrouble(
            f"{self._host} does not answer: {error} ({ATTEMPTS} attempts)",
            mend="look whether it is up, then do this again: it goes on where it ended",
        )

    def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            self._client.close()
            self._client, self._let_in = None, False

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or self.url

    def _once(self, request: Request) -> Response:
        client = self._entered()
        self._keep_pace(request)
        answer = self._ask(client, request)
        if answer.status in DENIED:
            raise self._denied(answer.status, request.denied)
        if answer.status in AGAIN:
            wait = _asked_to_wait(answer) if answer.status in {BUSY, 503} else None
            raise _Again(f"it said {answer.status}", wait, unsure=answer.status != BUSY)
        return answer

    def _keep_pace(self, request: Request) -> None:
        paces, now = [self.pace, *self._lane(request)], self.clock.now()
        wait = max(pace.next_at(now) for pace in paces) - now
        self.sleep(wait)
        self.alive()
        for pace in paces:
            pace.sent(self.clock.now())

    def _lane(self, request: Request) -> list[Lane]:
        """The budget of requests that have one of their own."""
        if not request.lane:
            return []
        return [self._lanes.setdefault(request.lane, Lane(request.per_minute, self.pace.reserve_percent))]

    def _ask(self, client: httpx.Client, request: Request) -> Response:
        self.asked += 1
        try:
            got = client.request(
                request.method,
                self._whole(request.path),
                params=dict(request.query) or None,
                json=request.body,
                data=dict(request.form) if request.form else None,
                content=request.raw,
                headers={**self.desk.headers(self.secret), **request.headers},
            )
        except httpx.TransportError as error:  # no connection, or none any more: whether it was done nobody knows
            raise _Again(type(error).__name__, unsure=True) from None
        answer = Response(got.status_code, {name.lower(): text for name, text in got.headers.items()}, got.content)
        self.pace.heard(self.desk.told(answer), self.clock.now())
        return answer

    def _whole(self, path: str) -> str:
        """The whole address; one that the desk gave must be its own, for the secret goes with it."""
        whole = path if "://" in path else urljoin(self.url.rstrip("/") + "/", path.removeprefix("/")) if path else self.url
        if urlsplit(whole)[:2] != urlsplit(self.url)[:2]:
            raise DeskTrouble(f"{self._host} sends us to {urlsplit(whole).hostname}", mend="check [desks] url")
        return whole

    def _entered(self) -> httpx.Client:
        """The connection, let in once."""
        if self._client is None:
            self._client = httpx.Client(timeout=TIMEOUT_S, transport=self.transport, follow_redirects=False)
        asked = None if self._let_in else self.desk.enter(self.secret)
        if asked is not None:
            self._keep_pace(asked)
            answer = self._ask(self._client, asked)
            if answer.status in AGAIN:
                raise _Again(f"it said {answer.status}")
            if answer.status in {401, 403}:
                raise self._denied(answer.status)
        self._let_in = True
        return self._client

    def _denied(self, status: int, mend: str = "") -> DeskTrouble:
        return DeskTrouble(
            f"{self._host} does not let us in ({status})" if not mend else f"{self._host} does not let us do that ({status})",
            mend=mend or "give [desks] user and secret that are valid and may edit people, then do this again: it goes on where it ended",
        )

    def _wait(self, state: RetryCallState) -> float:
        """How long to wait: what the desk asks for, else twice as long as before, with jitter."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Again) and error.again_in_s is not None:
            return error.again_in_s
        return min(FIRST_S * 2 ** (state.attempt_number - 1), MOST_S) * (0.5 + self.chance() / 2)


def _asked_to_wait(answer: Response) -> float | None:
    """What `Retry-After` says, in seconds, or the end of the count."""
    said: Mapping[str, str] = answer.headers
    for name in ("retry-after", "ratelimit-reset"):
        try:
            return min(max(float(said[name]), 0.0), 3600.0)
        except (KeyError, ValueError):  # not told, or a date
            continue
    return None
