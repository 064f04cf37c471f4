"""One chunk of the shop from first to last: persons, purchases, service, and the tables of the contract.

Straight calls, in the order in which life goes; each step draws from a stream of its own.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from duecare.demo.answers import answer
from duecare.demo.baskets import Baskets, fill_baskets, lines_table, orders_table
from duecare.demo.books import Books, keep_books
from duecare.demo.catalogue import Catalogue, catalogue
from duecare.demo.chunk import Chunk
from duecare.demo.columns import Flags, Ints
from duecare.demo.contacts import arise
from duecare.demo.days import END, ServiceHours, Window, season, service_hours
from duecare.demo.effect import Effect
from duecare.demo.endings import Case, contacts_table, end
from duecare.demo.events import events_table
from duecare.demo.forms import opened_at, people_table
from duecare.demo.habits import Habits, make_habits
from duecare.demo.people import People, make_people
from duecare.demo.purchases import Market, Orders, purchase
from duecare.demo.records import Records, make_records
from duecare.demo.staff import agents_table, make_team, shifts_table
from duecare.demo.traits import groups_table, levels_table, traits_table
from duecare.demo.voices import referrals, referrals_table, surveys_table


@dataclass(frozen=True, slots=True)
class Setting:
    """What all chunks share."""

    market: Market
    hours: ServiceHours
    goods: Catalogue

    @property
    def span(self) -> Window:
        return self.market.span


@dataclass(frozen=True, slots=True)
class World:
    """All that is true of a chunk."""

    chunk: Chunk
    setting: Setting
    people: People
    habits: Habits
    records: Records
    orders: Orders
    alive: Flags
    baskets: Baskets
    case: Case
    books: Books
    brought: tuple[Ints, Ints, Ints]
    """Who brought whom, when."""


def set_up(span: Window, effect: Effect) -> Setting:
    """Return what all chunks share."""
    return Setting(Market(span, season(span), effect), service_hours(span), catalogue())


def live(chunk: Chunk, setting: Setting) -> World:
    """Let the customers of a chunk live through the window."""
    people = make_people(chunk)
    habits = make_habits(chunk, people, setting.span)
    records = make_records(chunk, habits)
    orders, alive = purchase(chunk, habits, records, setting.market)
    baskets = fill_baskets(chunk, setting.goods, habits, orders)
    team = make_team(chunk, setting.span)
    contacts = arise(chunk, people, records, orders, setting.hours)
    answers = answer(chunk, contacts, team, setting.hours)
    case = Case(contacts, answers, end(chunk, contacts, answers, team, setting.hours), team)
    books = keep_books(chunk.size, setting.span, orders, baskets, contacts, answers)
    brought = referrals(chunk, habits, records, orders, setting.market.effect, books.revenue)
    return World(chunk, setting, people, habits, records, orders, alive, baskets, case, books, brought)


def exports(world: World) -> dict[str, pa.Table]:
    """Return the tables of the contract, as the shop's systems would export them."""
    chunk, people, records, goods = world.chunk, world.people, world.records, world.setting.goods
    seen = _first_seen(world)
    return {
        "people": people_table(chunk, people, world.habits, records, seen),
        "orders": orders_table(chunk, people, records, world.orders, world.baskets, goods),
        "order_lines": lines_table(chunk, world.baskets, goods),
        "contacts": contacts_table(chunk, world.case, records, world.baskets, goods),
        "contact_events": events_table(chunk, world.case),
        "agents": agents_table(world.case.team),
        "agent_events": shifts_table(world.case.team),
        "surveys": surveys_table(chunk, world.case, world.orders, records),
        "referrals": referrals_table(records, world.brought),
        "entitlements": levels_table(chunk, records, world.setting.span),
        "traits": traits_table(chunk, people, records, seen),
        "audit_groups": groups_table(chunk, people, records),
    }


def _first_seen(world: World) -> Ints:
    """Return when each record was opened: before any order or contact that names it."""
    used = np.full(world.records.size, END)
    np.minimum.at(used, world.orders.record, world.orders.at)
    np.minimum.at(used, world.case.contacts.record, world.case.contacts.opened)
    return opened_at(world.chunk, world.records, world.habits, world.setting.span.start, used)
