"""Books of invented buyers, as rows of a file and as columns."""

from datetime import date, timedelta

import numpy as np

from buyers import TRUE
from duecare.value.alone import Bought

FIRST, DAYS = date(2023, 1, 1), 730


def bought_of(customers: int, seed: int) -> Bought:
    """Transactions of buyers by the story of MBG/NBD with Gamma-Gamma amounts, over two years."""
    chance = np.random.default_rng(seed)
    start = chance.integers(0, 500, customers)
    rate, leaves = chance.gamma(TRUE.r, 1 / TRUE.alpha, customers), chance.beta(TRUE.a, TRUE.b, customers)
    clock, here = start.astype(np.float64), chance.random(customers) > leaves
    who, when = [np.arange(customers)], [start]
    while here.any():
        clock[here] += chance.exponential(1 / rate[here])
        here &= clock <= DAYS
        who.append(np.flatnonzero(here))
        when.append(np.ceil(clock[here]).astype(np.int64))
        here &= chance.random(customers) > leaves
    customer, day = np.concatenate(who), np.concatenate(when)
    scale = chance.gamma(3.7, 1 / 15.0, customers)
    amount = (chance.gamma(6.2, 1.0, len(customer)) / scale[customer]).round(2) + 0.01
    return Bought(customer, day + (FIRST - date(1970, 1, 1)).days, amount)


def rows_of(customers: int, seed: int) -> list[tuple[str, str, str]]:
    """The same as texts: customer, day and amount."""
    bought = bought_of(customers, seed)
    assert bought.amount is not None
    days = [(date(1970, 1, 1) + timedelta(days=day)).isoformat() for day in bought.day.tolist()]
    rows = zip(bought.customer.tolist(), days, bought.amount.tolist(), strict=True)
    return [(f"c{customer:04}", day, f"{amount:.2f}") for customer, day, amount in rows]
