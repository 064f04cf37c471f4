"""Small invented logs for tests of measuring."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from duecare.measure.gate import Found
from duecare.measure.held import ALWAYS, Held
from duecare.measure.log import Log
from duecare.measure.reading import Terms, read_log
from duecare.measure.terms import Rules
from duecare.promises import Promise, Promises
from duecare.promises.calendar import always
from duecare.records import Warehouse
from duecare.value.costing import cost_to_serve
from duecare.value.terms import Money
from shop import know, stock

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday."""
AS_OF = datetime(2026, 6, 30, tzinfo=UTC)
TIERS = ("Premium", "Standard")
MONEY = Money(service_account="service")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def case(number: str, minutes: float = 0, who: str = "1", channel: str = "email", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"contact_id": number, "source": "shop", "source_id": who, "channel": channel, "opened_at": at(minutes), **more}


def event(number: str, minutes: float, kind: str, by: str = "agent", value: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"contact_id": number, "at": at(minutes), "kind": kind, "actor_kind": by, "value": value, **more}


def served(number: str, minutes: float, reply: float, solved: float) -> list[dict[str, Any]]:
    """A contact opened, answered and solved so many minutes after it was opened."""
    told = [event(number, minutes, "opened", "customer"), event(number, minutes + reply, "reply", public=True)]
    return [*told, event(number, minutes + solved, "status", value="solved")]


def log_of(warehouse: Warehouse, contacts: Iterable[Mapping[str, Any]] = (), events: Iterable[Mapping[str, Any]] = (), **more: Any) -> Log:  # noqa: ANN401
    """Read a log from rows, as `sifted` does."""
    return sifted(warehouse, contacts, events, **more)[0]


def sifted(
    warehouse: Warehouse,
    contacts: Iterable[Mapping[str, Any]] = (),
    events: Iterable[Mapping[str, Any]] = (),
    *,
    promises: tuple[Promise, ...] = (),
    premium: Iterable[str] = (),
    as_of: datetime = AS_OF,
    rules: Rules | None = None,
    zone: str = "UTC",
    stake_cents: "np.ndarray | None" = None,
    **tables: Iterable[Mapping[str, Any]],
) -> tuple[Log, Found]:
    """Read a log from rows, with what the data gate found; *premium* names who holds the better tier."""
    contacts = list(contacts)
    people = {(row["source"], row["source_id"]) for row in [*contacts, *tables.get("orders", ()), *tables.get("surveys", ())]}
    tables.setdefault("people", [{"source": source, "source_id": who} for source, who in sorted(people)])
    stock(warehouse, None, contacts=contacts, contact_events=events, **tables)
    know(warehouse)
    cost_to_serve(warehouse, as_of=as_of, money=MONEY)
    members = warehouse.arrow("SELECT DISTINCT customer_id, customer_number FROM {m} ORDER BY 2", m="members").to_pylist()
    number = np.array([row["customer_number"] for row in members], dtype=np.int64)
    tier = np.array([0 if row["customer_id"] in set(premium) else 1 for row in members], dtype=np.int64)
    terms = Terms(
        promises=Promises(promises, ("always",)), calendars={"always": always()}, rules=rules or Rules(), zone=ZoneInfo(zone), money=MONEY
    )
    held = Held(TIERS, number, np.full(len(number), ALWAYS), tier)
    return read_log(warehouse, terms, held, as_of=as_of, stake_cents=stake_cents)
