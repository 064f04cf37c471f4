"""The truth beside the shop: who is who, what moves each customer, what is to be expected of them.

Only tests read it. Expected figures are those of the BG/NBD process with each customer's own
parameters: a customer who still buys at rate r and stops with chance p after each order places
(1 - exp(-r p t)) / p orders in the time t on average.
"""

import numpy as np
import pyarrow as pa

from duecare.demo.columns import Floats, ids, money, table, take
from duecare.demo.effect import QUIET_DAYS, Lived, Outcomes, outcomes
from duecare.demo.purchases import CARE, CARE_LATE, CHANNEL_PLACES, CHANNEL_SHARES, LATE_SHARE, SHOP, WAIT_SHARE
from duecare.demo.staff import truth_table
from duecare.demo.world import World

YEAR = 365.25


def truths(world: World) -> dict[str, pa.Table]:
    """Return the truth tables of a chunk."""
    return {"records": _records(world), "customers": _customers(world), "agents": truth_table(world.case.team)}


def person_ids(world: World) -> pa.Array:
    """Return each person's number as the truth writes it."""
    return ids("person-", world.people.number, 8)


def household_ids(world: World) -> pa.Array:
    """Return each person's household as the truth writes it."""
    return ids("home-", world.people.home, 8)


def order_outcomes(world: World) -> Outcomes:
    """Return what would have followed the orders, had they gone well or badly; those who leave whatever happens are left out."""
    orders, habits = world.orders, world.habits
    free = np.flatnonzero(np.isinf(habits.leaves[orders.person]))
    who = orders.person[free]
    sent, asked = orders.channel[free] != SHOP, orders.contacts[free] > 0
    lived = Lived(habits.dropout[who], habits.rate[who], orders.late[free], orders.waited[free], sent, asked)
    return outcomes(world.setting.market.effect, lived)


def _records(world: World) -> pa.Table:
    records = world.records
    columns = records.who(np.arange(records.size)) | {"person_id": take(person_ids(world), records.person)}
    return table(columns | {"household_id": take(household_ids(world), records.person)})


def _customers(world: World) -> pa.Table:
    habits, books = world.habits, world.books
    rate, stops = habits.rate / (1 + QUIET_DAYS * habits.rate), _stop_chance(world)
    columns = {"person_id": person_ids(world), "household_id": household_ids(world), "rate_per_day": pa.array(rate)}
    columns |= {"dropout_when_served_well": pa.array(habits.dropout), "dropout_as_served": pa.array(stops)}
    columns |= {"alive": pa.array(world.alive), "spend_per_order": pa.array(habits.spend), "care": pa.array(habits.care)}
    columns |= {"revenue": money(books.revenue), "profit": money(books.profit)}
    margin, service = _per_order(world)
    for months in (12, 36):
        orders = world.alive * -np.expm1(-rate * stops * YEAR * months / 12) / stops
        columns |= {f"orders_next_{months}": pa.array(orders), f"margin_next_{months}": pa.array(orders * margin)}
        columns |= {f"service_next_{months}": pa.array(orders * service)}
    return table(columns)


def _stop_chance(world: World) -> Floats:
    """Return each one's chance to stop after an order, given how this shop serves on average."""
    habits, effect = world.habits, world.setting.market.effect
    share = np.asarray(CHANNEL_SHARES) * (world.records.of[:, CHANNEL_PLACES] >= 0)
    late_share = LATE_SHARE * (1 - share[:, SHOP] / share.sum(axis=1))
    chance = np.zeros(world.chunk.size)
    for late, share_late in ((False, 1 - late_share), (True, late_share)):
        waits = WAIT_SHARE * -np.expm1(-CARE * habits.care * (1 + CARE_LATE * late))
        for waited, share_waited in ((False, 1 - waits), (True, waits)):
            chance += (
                share_late * share_waited * effect.stop_chance(habits.dropout, np.full(len(chance), late), np.full(len(chance), waited))
            )
    return chance


def _per_order(world: World) -> tuple[Floats, Floats]:
    """Return what an order of each customer brings and costs to serve, in euro, by the whole chunk's relation to their habits."""
    habits, books, person = world.habits, world.books, world.orders.person
    margin = books.margin.sum() / habits.spend[person].sum() / 100
    service = books.service.sum() / habits.care[person].sum() / 100
    return habits.spend * margin, habits.care * service
