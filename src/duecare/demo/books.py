"""The shop's books: what an activity costs, what service cost each month, what each customer earned.

A customer's profit is revenue, less refunds, less the cost of all goods sold (that of
returned ones too: they are written off), less the cost to serve: minutes and fees of their
contacts, and the handling of their returns. The cost of winning them is a rate of its own and
no part of it. Minutes are summed as whole seconds, so the ledger agrees to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from duecare.demo.answers import Answers
from duecare.demo.baskets import Baskets
from duecare.demo.columns import Floats, Ints, money, same, table, total_by
from duecare.demo.contacts import CHANNELS, Contacts
from duecare.demo.days import Window, month_name, month_of
from duecare.demo.endings import worked
from duecare.demo.purchases import CHANNELS as ORDER_CHANNELS
from duecare.demo.purchases import Orders

MINUTE = np.asarray((160, 134, 129, 134, 134))
"""Cents a minute of an agent's work, by channel of contacts: an hour of wages, room and leadership."""
FEE = np.asarray((250, 80, 100, 80, 80))
"""Cents a contact, by channel: line, software, share of the bot."""
RETURN = 650
"""Cents for each return: postage, inspection, writing off."""
ACQUISITION = (1_400, 1_100, 800, 2_000)
"""Cents for each customer won, by channel of orders."""


@dataclass(frozen=True, slots=True)
class Books:
    """What one chunk brought and cost; money in cents."""

    revenue: Ints
    """A person each; cancelled orders are left out of everything."""
    margin: Ints
    """Revenue less refunds less cost of goods, a person each."""
    service: Ints
    """Cost to serve, a person each."""
    months: Ints
    """Service cost (first row, in sixtieths of a cent) and returns (second, in cents), a column each month of the window."""

    @property
    def profit(self) -> Ints:
        return self.margin - self.service


def keep_books(persons: int, span: Window, orders: Orders, baskets: Baskets, contacts: Contacts, answers: Answers) -> Books:
    """Return what the customers of a chunk brought and cost."""
    sold = ~baskets.cancelled
    revenue = total_by(orders.person, baskets.revenue * sold, persons)
    goods = total_by(orders.person, (baskets.order_cost + baskets.refunded) * sold, persons)
    returned = np.where(baskets.refunded > 0, RETURN, 0)
    cost = _sixtieths(contacts, answers)
    service = np.rint(total_by(contacts.person, cost, persons) / 60).astype(np.int64) + total_by(orders.person, returned, persons)
    first, last = (int(m) for m in month_of(np.asarray([span.start, span.start + int(span.length * 86_400) - 1])))
    by_month = (
        total_by(month_of(contacts.opened) - first, cost, last - first + 1),
        total_by(month_of(orders.at) - first, returned, last - first + 1),
    )
    return Books(revenue, revenue - goods, service, np.stack(by_month))


def _sixtieths(contacts: Contacts, answers: Answers) -> Ints:
    """Return what each contact cost, in sixtieths of a cent, so that it is a whole number."""
    return np.where(worked(answers), answers.handle_s, 0) * MINUTE[contacts.channel] + FEE[contacts.channel] * 60


def ledger_table(span: Window, months: Ints) -> pa.Table:
    """Return the contract's `ledger`: service and returns of each month."""
    first = int(month_of(np.asarray([span.start]))[0])
    periods = [month_name(first + m) for m in range(months.shape[1])]
    amounts = np.concatenate((np.rint(months[0] / 60).astype(np.int64), months[1]))
    accounts = [same(account, len(periods)) for account in ("service", "returns")]
    columns = {"period": pa.array(periods * 2), "account": pa.concat_arrays(accounts), "amount": money(amounts)}
    return table(columns | {"currency": same("EUR", len(amounts))})


def rates_table() -> pa.Table:
    """Return the contract's `rates`."""
    rows = [("minute", channel, int(cents)) for channel, cents in zip(CHANNELS, MINUTE, strict=True)]
    rows += [("contact", channel, int(cents)) for channel, cents in zip(CHANNELS, FEE, strict=True)]
    rows += [("return", "*", RETURN)] + [
        ("acquisition", channel, cents) for channel, cents in zip(ORDER_CHANNELS, ACQUISITION, strict=True)
    ]
    activity, channel, cents = zip(*rows, strict=True)
    columns = {"activity": pa.array(activity), "channel": pa.array(channel), "amount": money(np.asarray(cents))}
    return table(columns | {"currency": same("EUR", len(rows))})


@dataclass(frozen=True, slots=True)
class Calibration:
    """The documents' two numbers as this shop has them, over all its customers."""

    top_tenth_of_revenue: float
    """Share of revenue that the tenth of customers with the most revenue bring; 0.40 is meant."""
    customers_for_all_profit: float
    """Smallest share of customers, best first, whose profit sums to all of it; 0.15 to 0.20 is meant."""
    losing_share: float
    peak_of_profit: float
    """The profit of those who earn any, against all of it."""
    service_share: float
    """Cost to serve against revenue."""


def calibration(books: Sequence[Books]) -> Calibration:
    """Measure the two numbers, and what explains them."""
    revenue, profit = (np.concatenate([getattr(b, name) for b in books]).astype(np.float64) for name in ("revenue", "profit"))
    service = sum(int(b.service.sum()) for b in books)
    return Calibration(
        top_tenth_of_revenue=round(top_share(revenue, 0.1), 4),
        customers_for_all_profit=round(share_for_all(profit), 4),
        losing_share=round(float((profit < 0).mean()), 4),
        peak_of_profit=round(float(profit[profit > 0].sum() / profit.sum()), 4),
        service_share=round(service / float(revenue.sum()), 4),
    )


def top_share(amounts: Floats, part: float) -> float:
    """Return the share of the sum that the largest *part* of the amounts make.

    >>> top_share(np.asarray([6.0, 1, 1, 1, 1]), 0.2)
    0.6
    """
    best_first = np.sort(amounts)[::-1]
    return float(best_first[: round(len(amounts) * part)].sum() / amounts.sum())


def share_for_all(amounts: Floats) -> float:
    """Return the smallest share of the amounts, largest first, that reaches the sum of all.

    >>> share_for_all(np.asarray([5.0, 3, -1, -2]))
    0.25
    """
    running = np.cumsum(np.sort(amounts)[::-1])
    return float((np.argmax(running >= running[-1]) + 1) / len(amounts))
