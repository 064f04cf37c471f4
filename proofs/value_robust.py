"""Rows of robustness: whatever a book looks like, no nonsense comes out of it, and no signal is claimed where there is none."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import numpy as np

from buyers import invent
from duecare.value.alone import Bought, value_alone
from duecare.value.backtest import backtest
from duecare.value.curves import whale_curve
from duecare.value.drift import rate_changed
from duecare.words import DuecareError
from proofs import DATA, Measured, row
from proofs.value import bought_from, cdnow, online_retail
from value.books import bought_of
from value.test_drift import changed

OLIST = DATA / "olist"
CHECKED = ("expected_orders", "spend_per_order", "clv", "clv_low", "clv_high", "p_alive", "p_top10", "future_margin", "clv_percentile")
FUZZED = 200
Case = tuple[str, Bought, int]


@row
def value_robust() -> Measured:
    """8 real or realistic sets and 200 fuzzed ones: 0 NaN, 0 infinite, 0 exceptions without a mend."""
    found = [_tried(*case) for case in (*_real(), *_fuzzed())]
    figure = {name: sum(one[name] for one in found) for name in ("nan", "infinite", "out_of_bounds", "exceptions", "refused_with_mend")}
    figure |= {"sets": len(found), "customers_valued": sum(one["valued"] for one in found)}
    holds = not any(figure[name] for name in ("nan", "infinite", "out_of_bounds", "exceptions"))
    return Measured(figure=figure, target="0 of each but those refused with a mend", holds=holds, n=len(found))


@row
def drift_found() -> Measured:
    """A purchase rate that changed by a quarter is found in 95 % of 100 worlds of 20,000 customers, and at most 1 % of steady ones alarm."""
    alarms = {change: sum(bool(list(rate_changed(*changed(seed, change)))) for seed in range(700, 800)) for change in (0.0, -0.25, 0.25)}
    holds = alarms[0.0] <= 1 and min(alarms[-0.25], alarms[0.25]) >= 95
    figure = {f"{change:+.0%}": many for change, many in alarms.items()}
    return Measured(figure=figure, target="<= 1 of 100 steady, >= 95 of 100 changed", holds=holds, n=300)


@row
def no_signal() -> Measured:
    """On the Olist sample and on superstore no model claims to tell customers apart."""
    figure: dict[str, Any] = {}
    for name, (bought, _) in {"olist": _olist(), "superstore": _superstore()}.items():
        book = bought.book()
        past = backtest(book, int(book.day.max()), 180)
        best = past.scores[0] if past.scores else None
        figure[name] = {"signal": past.signal, "champion": past.champion, "by_lot": past.chance, "notes": list(past.notes)}
        figure[name] |= {"best": f"{best.model} {best.captured:.3f}"} if best else {}
    holds = not any(one["signal"] for one in figure.values())
    return Measured(figure=figure, target="no signal claimed on either", holds=holds, n=2)


@row
def superstore_whale() -> Measured:
    """The whale curve of superstore peaks at 124.9 % of profit at 80.5 % of customers."""
    profit = (
        duckdb.connect().sql(f"SELECT sum(profit) AS p FROM '{DATA / 'clv' / 'superstore.parquet'}' GROUP BY customer_id").fetchnumpy()["p"]
    )
    customers, share = whale_curve(np.asarray(profit, np.float64))
    peak = int(np.argmax(share))
    figure = {"peak_percent": round(100 * float(share[peak]), 1), "at_percent_of_customers": round(100 * float(customers[peak]), 1)}
    return Measured(figure=figure, target="124.9 at 80.5", holds=list(figure.values()) == [124.9, 80.5], n=len(customers) - 1)


def _tried(_name: str, bought: Bought, many: int) -> dict[str, int]:
    """Value a book; count what must not be."""
    none = dict.fromkeys(("nan", "infinite", "out_of_bounds", "exceptions", "refused_with_mend", "valued"), 0)
    try:
        columns = value_alone(bought, many, day=int(bought.day.max(initial=0)), days=365).columns
    except DuecareError:
        return none | {"refused_with_mend": 1}
    except Exception:  # noqa: BLE001 - counting them is what this is for
        return none | {"exceptions": 1}
    values = {name: columns[name].drop_null().to_numpy() for name in CHECKED}
    out = sum(int(((values[name] < 0) | (values[name] > 1 + 1e-9)).sum()) for name in ("p_alive", "p_top10"))
    return none | {
        "nan": sum(int(np.isnan(column).sum()) for column in values.values()),
        "infinite": sum(int(np.isinf(column).sum()) for column in values.values()),
        "out_of_bounds": out + int((values["clv_low"] > values["clv_high"] + 1e-9).sum()),
        "valued": len(values["clv"]),
    }


def _real() -> Iterator[Case]:
    for name, make in {"cdnow": cdnow, "online retail": online_retail, "olist": _olist, "superstore": _superstore}.items():
        yield (name, *make())
    for seed in (71, 72):
        yield f"world {seed}", bought_of(3_000, seed), 3_000
    for name, truth in {"all leave": 0, "none leave": 1}.items():
        yield (name, *_told(truth))


def _told(stay: int) -> tuple[Bought, int]:
    """Buyers who all left after one day of buying, or who never leave and buy every month."""
    many, chance = 2_000, np.random.default_rng(stay)
    days = 18 if stay else 1
    day = chance.integers(19_000, 19_030, many)[:, None] + 30 * np.arange(days)
    return Bought(np.repeat(np.arange(many), days), day.ravel(), chance.gamma(2, 10, many * days)), many


def _olist() -> tuple[Bought, int]:
    return bought_from(
        f"""SELECT c.customer_unique_id AS customer, o.order_purchase_timestamp AS day, sum(p.payment_value) AS amount
        FROM '{OLIST / "olist_orders_dataset.csv"}' o JOIN '{OLIST / "olist_customers_dataset.csv"}' c USING (customer_id)
        JOIN '{OLIST / "olist_order_payments_dataset.csv"}' p USING (order_id) GROUP BY ALL"""
    )


def _superstore() -> tuple[Bought, int]:
    return bought_from(f"SELECT customer_id AS customer, date AS day, amount FROM '{DATA / 'clv' / 'superstore.parquet'}'")


def _fuzzed() -> Iterator[Case]:
    for seed in range(FUZZED):
        chance = np.random.default_rng(90_000 + seed)
        name = list(SHAPES)[seed % len(SHAPES)]
        bought = SHAPES[name](chance)
        yield name, bought, int(bought.customer.max()) + 1


def _plain(chance: np.random.Generator, many: int, each: int, spread_days: int) -> Bought:
    who = np.repeat(np.arange(many), each)
    return Bought(who, 19_000 + chance.integers(0, spread_days, len(who)), chance.gamma(2, 10, len(who)))


def _huge_counts(chance: np.random.Generator) -> Bought:
    few = _plain(chance, 200, 3, 700)
    day = 18_000 + np.tile(np.arange(1_700), 3)
    who = np.repeat(np.arange(200, 203), 1_700)
    assert few.amount is not None
    return Bought(np.r_[few.customer, who], np.r_[few.day, day], np.r_[few.amount, chance.gamma(2, 10, len(who))])


def _margins(chance: np.random.Generator) -> Bought:
    one = _plain(chance, 300, 4, 500)
    assert one.amount is not None
    return Bought(one.customer, one.day, one.amount, one.amount * chance.choice([-2.0, 0.0, 0.3], len(one.day)))


def _refunded(chance: np.random.Generator) -> Bought:
    one = _plain(chance, 300, 4, 500)
    assert one.amount is not None
    return Bought(np.r_[one.customer, one.customer], np.r_[one.day, one.day + 1], np.r_[one.amount, -one.amount])


def _sized(chance: np.random.Generator) -> Bought:
    one = _plain(chance, 300, 4, 500)
    assert one.amount is not None
    return Bought(one.customer, one.day, one.amount * 10.0 ** chance.integers(-9, 12, len(one.day)))


def _before_1970(chance: np.random.Generator) -> Bought:
    one = _plain(chance, 200, 4, 500)
    return Bought(one.customer, one.day - 40_000, one.amount)


def _mixed(chance: np.random.Generator) -> Bought:
    frequency, _, age, _ = invent(400, int(chance.integers(1, 10**6)))
    who = np.repeat(np.arange(400), frequency.astype(int) + 1)
    day = 19_800 - (chance.random(len(who)) * age[who]).astype(int)
    return Bought(who, day, chance.normal(10, 20, len(who)))


SHAPES: dict[str, Callable[[np.random.Generator], Bought]] = {
    "one purchase each": lambda chance: _plain(chance, 500, 1, 700),
    "all alive": lambda chance: _plain(chance, 300, 40, 400),
    "nobody older than today": lambda chance: _plain(chance, 300, 1, 1),
    "huge counts": _huge_counts,
    "margins of any sign": _margins,
    "one customer": lambda chance: _plain(chance, 1, int(chance.integers(1, 30)), 700),
    "orders of one day": lambda chance: _plain(chance, 300, 5, 1),
    "all came back": _refunded,
    "sums of any size": _sized,
    "before 1970": _before_1970,
    "anything": _mixed,
    "two days": lambda chance: _plain(chance, 300, 5, 2),
}
