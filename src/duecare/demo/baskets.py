"""What is in each order: lines, their cost, what came back, when it arrived.

Sums hold to the cent: an order's revenue, cost and refund are those of its lines. A return
is one line of an order, sent back whole; its cost stays with the order, for goods that come
back are written off. Cancelled orders brought nothing and are left out of every sum.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from duecare.demo.catalogue import BRANDS, FAULTY, KINDS, PRODUCTS, Catalogue
from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Flags, Floats, Ints, counts, ids, money, same, table, take, times, total_by, words
from duecare.demo.days import END
from duecare.demo.habits import Habits
from duecare.demo.people import People
from duecare.demo.purchases import CHANNELS, PROMISED_DAYS, SHOP, Orders
from duecare.demo.records import Records

MORE_LINES, MOST_LINES = 0.70, 6
ORDER_SPREAD, LINE_SPREAD = 0.30, 0.40
"""Sigmas of what an order and a line come to against the customer's middle."""
USUAL, AROUND = 0.4, 7
"""How often a line is the customer's usual one at its price, and how many places off the others lie."""
CANCELLED, RETURNED, FAULTY_RETURNED, RETURN_DAYS = 0.01, 0.075, 0.55, 20

STATUSES = ("completed", "cancelled", "returned", "shipped")
OUTLETS = ("lindenhof.example", "Lindenhof app", "order line", "Berlin", "Hamburg", "Leipzig", "Köln", "München")


@dataclass(frozen=True, slots=True)
class Baskets:
    """One value a line, and one value an order; money in cents."""

    order: Ints
    product: Ints
    quantity: Ints
    amount: Ints
    cost: Ints
    came_back: Flags
    first_line: Ints
    """Per order: the place of its first line."""
    revenue: Ints
    order_cost: Ints
    refunded: Ints
    cancelled: Flags


def fill_baskets(chunk: Chunk, goods: Catalogue, habits: Habits, orders: Orders) -> Baskets:
    """Return the lines of every order of a chunk."""
    chances, n = chunk.chances("baskets"), orders.size
    lines = 1 + np.minimum(chances.poisson(MORE_LINES, n), MOST_LINES - 1)
    order = np.repeat(np.arange(n), lines)
    first = np.cumsum(lines) - lines
    price_meant = _meant(chances, habits.spend[orders.person], order)
    product = _chosen(chances, goods, price_meant, orders.person[order])
    product[first[orders.faulty]] = FAULTY
    quantity = np.maximum(np.rint(price_meant * 100 / goods.price[product]).astype(np.int64), 1)
    amount, cost = goods.price[product] * quantity, goods.cost[product] * quantity
    cancelled = (chances.random(n) < CANCELLED) & (orders.contacts == 0) & ~orders.faulty & ~orders.late
    came_back = _returns(chances, orders, cancelled, first, lines)
    revenue, order_cost, refunded = (total_by(order, part, n) for part in (amount, cost, amount * came_back))
    return Baskets(order, product, quantity, amount, cost, came_back, first, revenue, order_cost, refunded, cancelled)


def _meant(chances: np.random.Generator, spend: Floats, order: Ints) -> Floats:
    """Return what each line is meant to come to, in euro: an order's sum parted unevenly."""
    whole = spend * np.exp(ORDER_SPREAD * chances.standard_normal(len(spend)))
    weight = np.exp(LINE_SPREAD * chances.standard_normal(len(order)))
    return whole[order] * weight / np.bincount(order, weights=weight)[order]


def _chosen(chances: np.random.Generator, goods: Catalogue, meant: Floats, person: Ints) -> Ints:
    """Return a product near the price that was meant; four times in ten the one that this customer usually takes."""
    usual = chances.random(len(meant)) < USUAL
    off = np.where(usual, person * 7 % (2 * AROUND + 1), chances.integers(0, 2 * AROUND + 1, len(meant))) - AROUND
    near = np.searchsorted(goods.price, meant * 100)
    return np.clip(near + off, 0, PRODUCTS - 1).astype(np.int64)


def _returns(chances: np.random.Generator, orders: Orders, cancelled: Flags, first: Ints, lines: Ints) -> Flags:
    """Return which lines came back: at most one an order, none of the last days'."""
    share = np.where(orders.faulty, FAULTY_RETURNED, RETURNED)
    sent = (chances.random(orders.size) < share) & ~cancelled & (orders.at < END - RETURN_DAYS * DAY_S)
    which = np.where(orders.faulty, first, first + (chances.random(orders.size) * lines).astype(np.int64))
    came_back = np.zeros(int(lines.sum()), np.bool_)
    came_back[which[sent]] = True
    return came_back


def order_ids(chunk: Chunk, order: Ints) -> pa.Array:
    """Return order numbers; null where the place is below 0."""
    return ids("O", np.where(order < 0, -1, chunk.place * 10_000_000 + order), 10)


def orders_table(chunk: Chunk, people: People, records: Records, orders: Orders, baskets: Baskets, goods: Catalogue) -> pa.Table:
    """Return the contract's `orders` rows of a chunk."""
    kind = goods.kind[baskets.product[baskets.first_line]]
    delivered, promised = _delivery(chunk, orders)
    arrived = ~baskets.cancelled & (delivered <= END)
    outlet = np.where(orders.channel == SHOP, 3 + people.number[orders.person] % 5, np.where(orders.channel > SHOP, 2, orders.channel))
    whole = (baskets.refunded == baskets.revenue) & ~baskets.cancelled
    status = np.where(baskets.cancelled, 1, np.where(whole, 2, np.where(arrived, 0, 3)))
    columns = {"order_id": order_ids(chunk, np.arange(orders.size))} | records.who(orders.record)
    columns |= {"ordered_at": times(orders.at), "revenue": money(baskets.revenue), "cost": money(baskets.order_cost)}
    columns |= {"currency": same("EUR", orders.size), "channel": words(CHANNELS, orders.channel), "outlet": words(OUTLETS, outlet)}
    columns |= {"brand": words(BRANDS, kind // 4), "category": words(KINDS, kind), "status": words(STATUSES, status)}
    columns |= {"refunded": money(baskets.refunded), "delivered_at": times(delivered, arrived)}
    return table(columns | {"promised_at": times(promised, orders.channel != SHOP)})


def _delivery(chunk: Chunk, orders: Orders) -> tuple[Ints, Ints]:
    """Return when each order arrived, and for when it was promised; what is bought in the shop is carried home."""
    chances = chunk.chances("delivery")
    promised = orders.at // DAY_S * DAY_S + int(PROMISED_DAYS * DAY_S)
    off = np.where(orders.late, chances.uniform(0.15, 1.6, orders.size), -chances.uniform(0.05, 1.7, orders.size))
    return np.where(orders.channel == SHOP, orders.at, promised + (off * DAY_S).astype(np.int64)), promised


def lines_table(chunk: Chunk, baskets: Baskets, goods: Catalogue) -> pa.Table:
    """Return the contract's `order_lines` rows of a chunk."""
    columns = {"order_id": order_ids(chunk, baskets.order), "product_id": take(goods.product_id, baskets.product)}
    columns |= {"quantity": counts(baskets.quantity), "amount": money(baskets.amount), "name": take(goods.name, baskets.product)}
    columns |= {"supplier": take(goods.supplier, baskets.product), "cost": money(baskets.cost)}
    return table(columns | {"returned": counts(baskets.quantity * baskets.came_back)})
