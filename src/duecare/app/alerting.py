"""Alerts: a crossed guard rail, a promise no longer kept, a missed goal, a stopped plan; each told once, to a webhook or a command.

An alert is written down before it is sent and marked after: one that could not be sent is sent the next time, and one
that was sent while the mark was lost comes again under the same name, by which a receiver knows it (`Idempotency-Key`).
"""

import subprocess  # nosec B404 - the command is the settings' own, without a shell
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from duecare.records import Book
from duecare.words import BadSettings, StoreTrouble

RECENT_DAYS = 7
"""Alarms of promises are told when they are no older; what is older is in the report."""
WAIT_S = 20.0
HERE = ("localhost", "127.0.0.1", "::1")
"""Where alerts may go without TLS: this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Where alerts go."""

    webhook: str | None = None
    """An address that takes a POST of JSON: name, said, raised_at."""
    command: tuple[str, ...] = ()
    """A program with its arguments, which gets the sentence on its standard input; as ["mail", "-s", "Duecare", "support@example.org"]."""

    def __post_init__(self) -> None:
        to = urlsplit(self.webhook or "")
        if self.webhook is not None and not (to.scheme == "https" or (to.scheme == "http" and to.hostname in HERE)):
            raise BadSettings("[alerts] webhook is not an https address", mend='write one, as "https://example.org/hook"')


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to be told."""

    name: str
    """Stays the same from day to day."""
    said: str


def alerts(facts: Mapping[str, Any], stops: Sequence[str] = ()) -> list[Alert]:
    """Return what is to be told of measured facts and of a plan that an audit stops.

    >>> alerts({"as_of": "2026-10-31T00:00:00+00:00", "guards": [{"name": "guard:Standard:csat", "crossed": True, "said": "worse"}],
    ...     "burn": [], "goals": []})
    [Alert(name='guard:Standard:csat', said='guard rail crossed: worse')]
    """
    oldest = (datetime.fromisoformat(str(facts["as_of"])) - timedelta(days=RECENT_DAYS)).date().isoformat()
    return [
        *[Alert(one["name"], f"guard rail crossed: {one['said']}") for one in facts["guards"] if one["crossed"]],
        *[alarm for one in facts["burn"] for alarm in _burning(one, oldest)],
        *[Alert(f"goal:{one['name']}:missed", f"goal missed: {one['name']}") for one in facts["goals"] if one["state"] == "missed"],
        *[Alert(f"fairness:{why.split(' (')[0]}", f"the fairness audit stops the plan: {why}") for why in stops],
    ]


def _burning(one: Mapping[str, Any], oldest: str) -> list[Alert]:
    said = f"{one['promise']} is no longer kept for {one['tier']}: {one['kept_percent']:.1f} % in all"
    return [Alert(f"{one['name']}:{day}", f"{said}, since {day}") for day in one["alarm_days"] if day >= oldest]


def send(book: Book, settings: Alerts, found: Iterable[Alert], *, now: datetime | None = None) -> list[Alert]:
    """Send what was not sent yet, and return it.

    Raises:
        BadSettings: there is nowhere to send it.
        StoreTrouble: it could not be sent; it will be tried again the next time.
    """
    if not (settings.webhook or settings.command):
        raise BadSettings("alerts have nowhere to go", mend='write [alerts] webhook = "https://..." or command = ["mail", ...]')
    at = (now or datetime.now(UTC)).isoformat()
    with book.write() as transaction:
        rows = [(one.name, one.said, at) for one in found]
        transaction.many("INSERT INTO alerts (name, said, raised_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING", rows)
    waiting = book.rows("SELECT name, said, raised_at FROM alerts WHERE sent_at IS NULL ORDER BY raised_at, name")
    sent: list[Alert] = []
    for name, said, raised_at in waiting:
        _deliver(settings, Alert(str(name), str(said)), str(raised_at))
        with book.write() as transaction:
            transaction.rows("UPDATE alerts SET sent_at = ? WHERE name = ?", ((now or datetime.now(UTC)).isoformat(), name))
        sent.append(Alert(str(name), str(said)))
    return sent


def _deliver(settings: Alerts, one: Alert, raised_at: str) -> None:
    if settings.webhook:
        _post(settings.webhook, one, raised_at)
    if settings.command:
        _run(settings.command, one)


def _post(webhook: str, one: Alert, raised_at: str) -> None:
    import httpx

    try:
        told = {"name": one.name, "said": one.said, "raised_at": raised_at}
        httpx.post(webhook, json=told, headers={"Idempotency-Key": one.name}, timeout=WAIT_S).raise_for_status()
    except httpx.HTTPStatusError as error:
        raise _unsent(f"the webhook answered {error.response.status_code}") from None
    except httpx.HTTPError as error:
        raise _unsent(f"the webhook does not answer ({type(error).__name__})") from None


def _run(command: Sequence[str], one: Alert) -> None:
    try:
        done = subprocess.run(command, input=f"{one.said}\n", text=True, capture_output=True, timeout=WAIT_S, check=False)  # noqa: S603  # nosec B603 - as above
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unsent(f"{command[0]} could not be run ({type(error).__name__})") from None
    if done.returncode:
        raise _unsent(f"{command[0]} ended with {done.returncode}")


def _unsent(why: str) -> StoreTrouble:
    return StoreTrouble(f"an alert could not be sent: {why}", mend="mend [alerts] in duecare.toml; it is sent the next time")
