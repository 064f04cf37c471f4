"""Reading: a warehouse becomes a log, up to one moment."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from duecare.measure.costs import Rates, cost_cents, raw
from duecare.measure.gate import Found, oddities, sift
from duecare.measure.held import Held
from duecare.measure.log import Contacts, Log, Named, Orders, Promised, Referrals, Shifts, Surveys, handled, named, severities
from duecare.measure.periods import SECOND
from duecare.measure.terms import Rules
from duecare.promises.calendar import Calendar
from duecare.promises.clocks import Spans, clocked, happened
from duecare.promises.dues import decided_at
from duecare.promises.instants import MISSING, instant, instants
from duecare.promises.terms import Promises
from duecare.promises.verdicts import judge
from duecare.records import Warehouse, pieces
from duecare.value.costing import not_over
from duecare.value.terms import Money

if TYPE_CHECKING:
    import pyarrow as pa

Ints: TypeAlias = NDArray[np.int64]
Ask: TypeAlias = "Callable[[str], pa.Table]"

TABLES = ("contacts", "members", "surveys", "orders", "referrals", "agent_events", "activity_rates", "service_months")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what is measured."""

    promises: Promises
    calendars: Mapping[str, Calendar]
    rules: Rules
    zone: ZoneInfo
    money: Money


def read_log(warehouse: Warehouse, terms: Terms, held: Held, *, as_of: datetime, stake_cents: Ints | None = None) -> tuple[Log, Found]:
    """Read everything that KPIs are measured from; nothing is written.

    Args:
        warehouse: of a run.
        terms: what was promised, on which calendars, and what the settings say of KPIs.
        held: which tier who had when.
        as_of: nothing later is seen.
        stake_cents: the CLV of each customer, by number.

    Returns:
        The log, and what the data gate found.
    """
    sql = pieces("duecare.measure", "log.sql")
    values = {"as_of": as_of, "account": terms.money.service_account}

    def ask(step: str) -> "pa.Table":
        used = {name: value for name, value in values.items() if f"${name}" in sql[step]}
        return warehouse.arrow(sql[step], used, **{name: name for name in TABLES})

    with ThreadPoolExecutor(2) as pool:  # numpy lets go of the lock while it counts, and the engine does while it reads
        bought = pool.submit(_orders, ask("orders"), held, instant(as_of))
        read = happened(warehouse, as_of=as_of)
        told, surveys, referrals, shifts = (ask(step) for step in ("contacts", "surveys", "referrals", "shifts"))
        rates, odd = _rates(ask, terms.money, as_of), oddities(warehouse, as_of=as_of)
        spans = clocked(read, _clocks(terms.promises))
        customer, channel = _whole(told, "customer_number"), named(told["channel"])
        sifting = pool.submit(sift, read, spans, instants(told["first_reply_at"]), instants(told["resolved_at"]), odd)
        promised = pool.submit(_promised, spans, customer, channel, terms, held)
        answers = pool.submit(_surveys, surveys, told, held)
        found = sifting.result()
        contacts = _contacts(told, spans, read.opened, customer, channel, held, found, rates)
        log = Log(
            as_of=instant(as_of),
            zone=terms.zone,
            tiers=held.tiers,
            contacts=contacts,
            spans=spans,
            promised=promised.result(),
            surveys=answers.result(),
            orders=bought.result(),
            referrals=Referrals(customer=_whole(referrals, "customer_number"), at=instants(referrals["at"])),
            shifts=_shifts(shifts),
            stake_cents=np.empty(0, dtype=np.int64) if stake_cents is None else stake_cents,
            rules=terms.rules,
        )
    return log, found


NEEDED = ("first_response", "next_reply", "first_resolution", "full_resolution", "queue_wait", "handle_time", "unsolved")
"""Clocks that KPIs read, whatever was promised."""


def _clocks(promises: Promises) -> tuple[str, ...]:
    return tuple({*NEEDED, *(one.metric for one in promises.all)})


def _contacts(
    told: "pa.Table", spans: Spans, opened: Ints, customer: Ints, channel: Named, held: Held, found: Found, rates: Rates
) -> Contacts:
    handle_s = handled(_whole(told, "handle_s"), spans)
    month = opened.view("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return Contacts(
        opened=opened,
        customer=customer,
        tier=held.of(customer, opened),
        channel=channel,
        reason=named(told["reason"]),
        severity=severities(spans),
        product=named(told["product_id"]),
        agent=named(told["agent_id"]),
        outcome=named(told["outcome"]),
        answers=spans.answers,
        transfers=spans.transfers,
        handle_s=handle_s,
        cost_cents=cost_cents(raw(handle_s, channel.place, channel.names, rates), month, rates),
        sla_met=_whole(told, "sla_met"),
        aside=found.aside,
    )


def _whole(table: "pa.Table", name: str) -> Ints:
    """A column of whole numbers or flags, -1 where nothing is told."""
    import pyarrow as pa

    return table[name].cast(pa.int64()).fill_null(-1).to_numpy()


def _rates(ask: Ask, money: Money, as_of: datetime) -> Rates:
    rates, books = ask("rates").to_pylist(), ask("books").to_pylist()
    over = not_over(as_of)
    return Rates(
        per_minute={row["channel"]: row["per_minute"] for row in rates if row["per_minute"] is not None},
        per_contact={row["channel"]: row["per_contact"] for row in rates if row["per_contact"] is not None},
        default_per_minute=money.service_cost_per_minute,
        seconds_per_contact=money.service_minutes_per_contact * 60.0,
        books_cents={
            _month(row["period"]): round(row["books"] * 100) for row in books if row["state"] == "scaled" and row["period"] < over
        },
    )


def _month(period: str) -> int:
    return int(np.datetime64(period, "M").astype(np.int64))


def _promised(spans: Spans, customer: Ints, channel: Named, terms: Terms, held: Held) -> Promised:
    tier = held.of(customer[spans.contact], spans.frozen)
    judged = judge(
        spans,
        terms.promises,
        terms.calendars,
        tier=tier,
        tiers=held.tiers,
        channel=channel.place,
        channels=channel.names,
    )
    return Promised(
        judged=judged,
        decided=decided_at(spans, judged, terms.calendars),
        tier=tier,
    )


def _surveys(told: "pa.Table", contacts: "pa.Table", held: Held) -> Surveys:
    import pyarrow.compute as pc

    at, customer = instants(told["at"]), _whole(told, "customer_number")
    place = pc.index_in(told["contact_id"], value_set=contacts["contact_id"].combine_chunks())  # pyright: ignore[reportAttributeAccessIssue]
    return Surveys(
        at=at,
        kind=named(told["kind"]),
        score=_whole(told, "score"),
        contact=place.fill_null(-1).to_numpy().astype(np.int64),
        customer=customer,
        tier=held.of(customer, at),
    )


def _orders(told: "pa.Table", held: Held, as_of: int) -> Orders:
    """The orders by customer and time; sorting numbers here takes half of what sorting rows there does."""
    told = told.filter(told["counts"].combine_chunks())
    at, customer = instants(told["ordered_at"]), _whole(told, "customer_number")
    order = by_owner_and_time(customer, at)
    at, customer, delivered = at[order], customer[order], instants(told["delivered_at"])[order]
    return Orders(
        customer=customer,
        at=at,
        cents=told["cents"].to_numpy()[order],
        promised=instants(told["promised_at"])[order],
        delivered=np.where(delivered > as_of, MISSING, delivered),
        tier=held.of(customer, at),
    )


def by_owner_and_time(owner: Ints, at: Ints) -> Ints:
    """Return the order by owner and, within, by time; what comes nearly sorted, as exports do, is sorted in no time.

    >>> by_owner_and_time(np.array([7, 3, 7]), np.array([20, 5, 10])).tolist()
    [1, 2, 0]
    """
    second = at // SECOND
    low = int(second.min(initial=0))
    order = np.argsort((owner + 1) * (int(second.max(initial=0)) - low + 1) + second - low, kind="stable")
    same = owner[order][1:] == owner[order][:-1]
    within = (at[order][1:] >= at[order][:-1]) | ~same
    return order if within.all() else np.lexsort((at, owner))


def _shifts(told: "pa.Table") -> Shifts:
    return Shifts(agent=named(told["agent_id"]), begins=instants(told["begins"]), ends=instants(told["ends"]))
