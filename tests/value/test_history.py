"""The promise: orders, contacts and rates become one row a customer, to the cent, on every engine."""

from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import pyarrow as pa
import pytest

from duecare.identity import Matching
from duecare.identity.match import match
from duecare.records import Warehouse, open_warehouse
from duecare.value import Money, history
from duecare.value.drift import drift
from duecare.value.history import purchase_book
from duecare.value.selves import selves
from duecare.words import BadSettings
from house import lacking
from shop import contact, day, know, order, person, stock

AS_OF = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
MONEY = Money(gross_margin_percent=40, service_cost_per_minute=0.6, service_minutes_per_contact=10)
ENGINES = ["duckdb:unused", pytest.param("spark:local[2]@unused", marks=pytest.mark.xdist_group("spark"))]

ORDERS = [
    order("1", "ada", "2026-01-10", 100.00, cost=55.50, brand="A"),
    order("2", "ada", "2026-01-10", 20.10, cost=10.00),  # the same day: one purchase day
    order("3", "ada", "2026-03-01", 50.00, cost=20.00, refunded=50.00),
    order("4", "ada", "2026-03-02", 999.00, cost=1.00, status="Cancelled"),
    order("5", "ada", "2026-04-01", 999.00, cost=1.00),  # after the as-of moment
    order("6", "bo", "2026-02-01", 10.00, brand="A"),  # no cost: the gross margin stands in
    order("7", "bo", "2026-02-10", 0.00, refunded=5.00, status="returned"),  # a return is no purchase
]
CONTACTS = [
    contact("c1", "ada", "2026-01-11", "phone", handle_seconds=300.0),
    contact("c2", "ada", "2026-01-12", "email", handle_seconds=600.0),
    contact("c3", "bo", "2026-02-02", "chat"),  # no handle time: ten minutes
    contact("c4", "bo", "2026-04-02", "chat", handle_seconds=9999.0),  # after the as-of moment
]
RATES = [
    {"activity": "minute", "channel": "phone", "amount": 1.20},
    {"activity": "contact", "channel": "*", "amount": 0.50},
    {"activity": "return", "channel": "*", "amount": 4.00},
]


@pytest.fixture(params=ENGINES)
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param.startswith("spark") and (find_spec("pyspark") is None or which("java") is None):
        lacking("Spark needs pyspark and Java")
    referrals = [{"source": "shop", "referrer": "bo", "referee": "ada", "at": datetime(2026, 1, 1, tzinfo=UTC)}]
    made = stock(
        open_warehouse(request.param, tmp_path / "run", memory_gb=1),
        only=("people", "orders", "contacts", "contact_events", "rates", "ledger", "referrals"),
        people=[person("ada"), person("bo"), person("cy")],
        orders=ORDERS,
        contacts=CONTACTS,
        rates=RATES,
        referrals=referrals,
    )
    know(made, prefix="cu_")
    return made


def rows(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    table = history(warehouse, as_of=AS_OF, money=MONEY)
    found = warehouse.arrow("SELECT * FROM {history} ORDER BY customer_id", history=table).to_pylist()
    return {row["customer_id"]: row for row in found}


def test_each_figure_is_what_one_works_out_by_hand(warehouse: Warehouse) -> None:
    found = rows(warehouse)
    ada, bo = found["cu_ada"], found["cu_bo"]
    assert (ada["orders"], ada["purchase_days"], ada["recency_days"], ada["age_days"]) == (3, 2, 50.0, 80.0)
    assert (ada["revenue"], ada["refunded"], ada["returns"]) == (170.10, 50.00, 1)
    assert ada["margin"] == pytest.approx(170.10 - 50.00 - 85.50)
    assert ada["service_cost"] == pytest.approx((300 * 1.20 + 600 * 0.6) / 60 + 2 * 0.50 + 4.00)
    assert (bo["orders"], bo["purchase_days"], bo["recency_days"], bo["age_days"]) == (1, 1, 0.0, 58.0)
    assert bo["margin"] == pytest.approx((10.00 - 5.00) * 0.40)
    assert bo["service_cost"] == pytest.approx(600 * 0.6 / 60 + 0.50 + 4.00)
    assert (bo["cost_assumed"], bo["handle_assumed"], bo["referrals"]) == (2, 1, 1)

    cy = found["cu_cy"]  # who never bought has a row of nothing
    assert (cy["orders"], cy["purchase_days"], cy["revenue"], cy["margin"], cy["service_cost"]) == (0, 0, 0.0, 0.0, 0.0)
    assert (cy["recency_days"], cy["age_days"]) == (None, None)


def test_an_order_at_the_as_of_moment_counts_and_one_a_moment_later_does_not(tmp_path: Path) -> None:
    with open_warehouse("duckdb:unused", tmp_path, memory_gb=1) as made:
        stock(made, people=[person("ada")], orders=[order("1", "ada", "2026-01-01", 1.0)])
        know(made)
        noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        assert made.arrow("SELECT orders FROM {h}", h=history(made, as_of=noon, money=MONEY))["orders"].to_pylist() == [1]
        earlier = noon.replace(hour=11, minute=59, second=59)
        assert made.arrow("SELECT orders FROM {h}", h=history(made, as_of=earlier, money=MONEY))["orders"].to_pylist() == [0]


def test_records_that_only_an_order_speaks_of_are_customers_from_then_on(tmp_path: Path) -> None:
    with open_warehouse("duckdb:unused", tmp_path, memory_gb=1) as made:
        stock(made, orders=[order("1", "ghost", "2026-01-01", 1.0), order("2", "later", "2026-01-02", 1.0)])
        matched = match(made, Matching(), as_of=day("2026-01-01", 23))
        assert made.arrow("SELECT source_id FROM {r}", r=matched.records)["source_id"].to_pylist() == ["ghost"]


def test_signs_and_states_that_cannot_be_meant_never_make_a_customer_richer(tmp_path: Path) -> None:
    orders = [
        order("1", "a", "2026-01-01", 100.0, cost=60.0, refunded=-20.0),
        order("2", "b", "2026-01-01", 100.0, cost=-60.0),
        order("3", "c", "2026-01-01", 100.0, cost=60.0, status="Canceled by customer"),
        order("4", "d", "2026-01-01", 100.0, status="refunded"),
        order("5", "e", "2026-01-01", 100.0, refunded=150.0),
    ]
    contacts = [contact("1", "a", "2026-01-02", handle_seconds=-600.0)]
    with open_warehouse("duckdb:unused", tmp_path, memory_gb=1) as made:
        stock(made, orders=orders, contacts=contacts)
        know(made, of="orders")
        rows = made.arrow("SELECT * FROM {h}", h=history(made, as_of=day("2026-02-01"), money=Money())).to_pylist()
    found = {row["customer_id"]: row for row in rows}
    margins = {who: row["margin"] for who, row in found.items()}
    assert margins == {"a": 100 - 20 - 60, "b": 40, "c": 0, "d": 0, "e": 100 - 150}
    assert found["b"]["cost_assumed"] == 1
    assert (found["a"]["handle_assumed"], found["a"]["rate_assumed"]) == (1, 1)
    assert found["a"]["service_cost"] == pytest.approx(8 * Money().service_cost_per_minute)


def test_drift_can_be_asked_on_every_engine(warehouse: Warehouse) -> None:
    history(warehouse, as_of=AS_OF, money=MONEY)
    book = purchase_book(warehouse, as_of=AS_OF, money=MONEY)
    assert [len(book.day), book.spend.sum()] == [3, 180.10]
    assert drift(warehouse, book, as_of=AS_OF, money=MONEY) == []


def test_selves_add_up_to_the_customer_and_to_the_home(warehouse: Warehouse) -> None:
    """Ada's first order and one of bo's are of brand A, the others of none; ada and bo are one home."""
    history(warehouse, as_of=AS_OF, money=MONEY)
    for name, rows in {
        "valuation": {"customer_id": ["cu_ada", "cu_bo", "cu_cy"], "clv": [80.0, 10.0, None]},
        "households": {"customer_id": ["cu_ada", "cu_bo"], "household_id": ["ho_1", "ho_1"]},
        "accounts": {"customer_id": ["cu_ada"], "account_id": ["ac_1"]},
        "golden": {"customer_id": ["cu_ada"], "city": ["Ulm"], "country": [None]},
    }.items():
        kinds = {"clv": pa.float64()}
        warehouse.put(name, pa.table({column: pa.array(values, kinds.get(column, pa.string())) for column, values in rows.items()}))
    known = warehouse.arrow("SELECT * FROM {history}", history="history").to_pylist()
    for level in ("person", "household", "account"):
        for by in ("brand", "channel", "city"):
            found = selves(warehouse, by=by, level=level, as_of=AS_OF, money=MONEY).to_pylist()
            for sum_of in ("revenue", "refunded", "margin", "orders"):
                assert sum(row[sum_of] for row in found) == pytest.approx(sum(row[sum_of] for row in known), abs=1e-9), (level, by, sum_of)
            assert sum(row["clv"] or 0 for row in found) == pytest.approx(90)
            assert sum(row["service_cost"] for row in found) == pytest.approx(sum(row["service_cost"] for row in known if row["orders"]))
    people = {(row["id"], row["self"]): row for row in selves(warehouse, by="brand", level="person", as_of=AS_OF, money=MONEY).to_pylist()}
    assert people[("cu_ada", "A")]["revenue"] == 100
    assert people[("cu_ada", "A")]["clv"] == pytest.approx(80 * 100 / 170.1)
    homes = {
        (row["id"], row["self"]): row for row in selves(warehouse, by="brand", level="household", as_of=AS_OF, money=MONEY).to_pylist()
    }
    assert homes[("ho_1", "A")]["revenue"] == 110
    early = selves(warehouse, by="brand", level="person", as_of=day("2026-01-20"), money=MONEY).to_pylist()
    assert sum(row["revenue"] for row in early) == pytest.approx(120.10)


def test_a_self_or_a_level_that_is_none_gets_the_nearest(warehouse: Warehouse) -> None:
    for by, level, mend in (("brnd", "person", "brand"), ("brand", "houshold", "household"), ("birth_date", "person", "write")):
        with pytest.raises(BadSettings) as wrong:
            selves(warehouse, by=by, level=level, as_of=AS_OF, money=MONEY)
        assert mend in wrong.value.mend


def test_nothing_that_is_learnt_hangs_on_the_ids_that_were_drawn(warehouse: Warehouse) -> None:
    books = list[tuple[list[int], list[float]]]()
    for drawn in (("cu_1", "cu_2", "cu_3"), ("cu_3", "cu_1", "cu_2")):
        ids = dict(zip(("ada", "bo", "cy"), drawn, strict=True))
        numbered = {"customer_id": list(drawn), "customer_number": [0, 1, 2]}
        warehouse.put("members", pa.table({"source": ["shop"] * 3, "source_id": list(ids)} | numbered))
        warehouse.put("customers", pa.table(numbered).sort_by("customer_id"))
        history(warehouse, as_of=AS_OF, money=MONEY)
        table = warehouse.arrow("SELECT customer_id, contacts FROM {h}", h="history").to_pylist()
        assert [row["customer_id"] for row in table] == list(ids.values())  # by the first of their records
        book = purchase_book(warehouse, as_of=AS_OF, money=MONEY)
        books.append((book.customer.tolist(), book.spend.tolist()))
    assert books[0] == books[1]
