"""The promise: what serving cost is worked out by activity, agrees with the books to the last digit, and nothing is spread in silence."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.records import Warehouse, open_scratch, open_warehouse
from duecare.value import Money, history
from duecare.value.costing import Won, acquisition
from duecare.value.retaining import mean_winning_cost, one_saved
from house import lacking
from shop import contact, day, know, order, person, stock

AS_OF = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
MONEY = Money(gross_margin_percent=40, service_cost_per_minute=0.6, service_minutes_per_contact=10)
ENGINES = ["duckdb:unused", pytest.param("spark:local[2]@unused", marks=pytest.mark.xdist_group("spark"))]
RATES = [
    {"activity": "minute", "channel": "phone", "amount": 1.20},
    {"activity": "contact", "channel": "*", "amount": 0.50},
    {"activity": "return", "channel": "*", "amount": 4.00},
    {"activity": "return", "channel": "web", "amount": 2.50},
    {"activity": "acquisition", "channel": "web", "amount": 12.00},
]
CONTACTS = [
    contact("c1", "ada", "2026-01-11", "phone", handle_seconds=300.0),  # 6.00 + 0.50
    contact("c2", "ada", "2026-01-12", "email", handle_seconds=600.0),  # 6.00 + 0.50
    contact("c3", "bo", "2026-02-02", "chat"),  # ten minutes assumed: 6.00 + 0.50
    contact("c4", "bo", "2026-03-02", "chat"),  # 150 seconds by its events: 1.50 + 0.50
    contact("c5", "stranger", "2026-01-13", "phone", handle_seconds=60.0),  # nobody's: 1.20 + 0.50
    contact("c6", "bo", "2026-04-02", "chat", handle_seconds=9999.0),  # after the as-of moment
]
ORDERS = [
    order("1", "ada", "2026-01-10", 100.00, channel="web", refunded=10.00),  # a return on the web
    order("2", "bo", "2026-01-20", 50.00, refunded=50.00),  # a return nobody knows the channel of
    order("3", "bo", "2026-02-20", 50.00, channel="web", refunded=50.00, status="cancelled"),  # no order, so no return
]


def events(number: str, answered: datetime, *lengths_s: float) -> list[dict[str, Any]]:
    """An agent takes the contact once or more, an hour apart."""
    begun = [answered + timedelta(hours=at) for at in range(len(lengths_s))]
    ends = [at + timedelta(seconds=length) for at, length in zip(begun, lengths_s, strict=True)]
    return [
        {"contact_id": number, "at": at, "kind": kind, "actor_kind": "agent", "actor": "a"}
        for kind, moments in (("answered", begun), ("finished", ends))
        for at in moments
    ]


def filled(warehouse: Warehouse, **tables: Any) -> Warehouse:  # noqa: ANN401
    """A shop of which everybody but the stranger is a customer."""
    given_tables = {"people": [person("ada"), person("bo")], "orders": ORDERS, "contacts": CONTACTS, "rates": RATES} | tables
    stock(warehouse, only=("people", "orders", "contacts", "contact_events", "rates", "ledger", "referrals"), **given_tables)
    know(warehouse, prefix="cu_")
    return warehouse


@pytest.fixture(params=ENGINES)
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    if request.param.startswith("spark") and (find_spec("pyspark") is None or which("java") is None):
        lacking("Spark needs pyspark and Java")
    with open_warehouse(request.param, tmp_path / "run", memory_gb=1) as made:
        yield filled(made, contact_events=events("c4", day("2026-03-02"), 100, 50), ledger=BOOKS)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Warehouse]:
    with open_scratch(tmp_path) as made:
        yield made


BOOKS = [
    {"period": "2026-01", "account": "Service", "amount": 30.00},  # 14.70 at the rates
    {"period": "2026-01", "account": "returns", "amount": 10.01},  # 6.50 at the rates
    {"period": "2026-01", "account": "rent", "amount": 9999.00},
    {"period": "2026-03", "account": "service", "amount": 3.33},  # 2.00 at the rates
]


def costs(warehouse: Warehouse, as_of: datetime = AS_OF, money: Money = MONEY) -> dict[tuple[str | None, str], dict[str, Any]]:
    history(warehouse, as_of=as_of, money=money)
    found = warehouse.arrow("SELECT * FROM {s}", s="service_costs").to_pylist()
    return {(row["customer_id"], row["channel"]): row for row in found}


def months(warehouse: Warehouse) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["period"], row["account"]): row for row in warehouse.arrow("SELECT * FROM {s}", s="service_months").to_pylist()}


# by activity


def test_each_cost_is_what_one_works_out_by_hand_on_every_engine(warehouse: Warehouse) -> None:
    found, by_month = costs(warehouse), months(warehouse)
    scale, returns = Decimal(30) / Decimal("14.70"), Decimal("10.01") / Decimal("6.50")
    due = {
        ("cu_ada", "phone"): Decimal("6.50") * scale,
        ("cu_ada", "email"): Decimal("6.50") * scale,
        ("cu_ada", "web"): Decimal("2.50") * returns,
        ("cu_bo", "*"): Decimal("4.00") * returns,
        ("cu_bo", "chat"): Decimal("6.50") + Decimal("3.33"),
        (None, "phone"): Decimal("1.70") * scale,
    }
    assert {who: row["cost"] for who, row in found.items() if who[1] != "rounding"} == {
        who: pytest.approx(cost, abs=Decimal("1e-8")) for who, cost in due.items()
    }
    assert (found["cu_bo", "chat"]["minutes"], found["cu_bo", "chat"]["contacts"], found["cu_bo", "chat"]["handle_assumed"]) == (12.5, 2, 1)
    assert (found["cu_ada", "phone"]["minutes"], found["cu_ada", "web"]["returns"], found["cu_ada", "web"]["contacts"]) == (5.0, 1, 0)
    states = {which: row["state"] for which, row in by_month.items()}
    assert states == {
        ("2026-01", "service"): "scaled",
        ("2026-01", "returns"): "scaled",
        ("2026-02", "service"): "no line",
        ("2026-03", "service"): "scaled",
    }
    assert by_month["2026-01", "service"]["of_nobody"] == pytest.approx(Decimal("1.70") * scale, abs=Decimal("1e-8"))
    assert sum(row["cost"] for row in found.values()) == Decimal("30.00") + Decimal("10.01") + Decimal("6.50") + Decimal("3.33")


def test_cost_to_serve_in_the_history_is_the_sum_of_its_lines(warehouse: Warehouse) -> None:
    lines: dict[str, Decimal] = defaultdict(Decimal)
    for (who, _), row in costs(warehouse).items():
        lines[who or ""] += row["cost"]
    told = {row["customer_id"]: row["service_cost"] for row in warehouse.arrow("SELECT * FROM {h}", h="history").to_pylist()}
    assert told == {who: pytest.approx(float(lines[who]), abs=1e-9) for who in ("cu_ada", "cu_bo")}


def test_a_handle_time_of_its_own_goes_before_events_and_events_before_the_settings(plain: Warehouse) -> None:
    told = [
        contact("own", "ada", "2026-01-11", handle_seconds=60.0),
        contact("clock", "ada", "2026-01-11"),
        contact("none", "ada", "2026-01-11"),
    ]
    happened = events("own", day("2026-01-11"), 900) + events("clock", day("2026-01-11"), 120)
    filled(plain, contacts=told, contact_events=happened, orders=[])
    row = costs(plain)["cu_ada", "phone"]
    assert (row["minutes"], row["handle_assumed"]) == (1.0 + 2.0 + 10.0, 1)


def test_a_contact_that_is_still_worked_on_has_no_handle_time_yet(plain: Warehouse) -> None:
    filled(plain, contacts=[contact("c", "ada", "2026-01-11")], contact_events=events("c", day("2026-01-11"), 120), orders=[])
    row = costs(plain, as_of=day("2026-01-11") + timedelta(seconds=119))["cu_ada", "phone"]
    assert (row["minutes"], row["handle_assumed"]) == (10.0, 1)
    row = costs(plain, as_of=day("2026-01-11") + timedelta(seconds=120))["cu_ada", "phone"]
    assert (row["minutes"], row["handle_assumed"]) == (2.0, 0)


# the books

WORK = st.lists(
    st.tuples(st.sampled_from(["ada", "bo", "cy", "stranger"]), st.sampled_from(["01", "02", "03"]), st.integers(0, 5000)),
    min_size=1,
    max_size=40,
)
SUMS = st.dictionaries(st.sampled_from(["2026-01", "2026-02", "2026-03"]), st.decimals(0, 100_000, places=2), max_size=3)


@settings(max_examples=30)
@given(WORK, SUMS)
def test_every_month_comes_to_what_the_books_say_to_the_last_digit(work: list[tuple[str, str, int]], books: dict[str, Decimal]) -> None:
    told = [contact(str(at), who, f"2026-{month}-05", handle_seconds=float(s)) for at, (who, month, s) in enumerate(work)]
    lines = [{"period": period, "account": "service", "amount": amount} for period, amount in books.items()]
    with TemporaryDirectory() as folder, open_scratch(Path(folder)) as made:
        filled(made, people=[person("ada"), person("bo"), person("cy")], contacts=told, ledger=lines, orders=[])
        found, by_month = costs(made), months(made)
    for (period, _), row in by_month.items():
        assert row["state"] == ("scaled" if period in books else "no line")
        assert row["cost"] + row["rounding"] == (books[period] if period in books else row["at_rates"])
        assert abs(row["rounding"]) <= Decimal("1e-8") * len(work)
    due = sum((Decimal(str(books.get(period, row["at_rates"]))) for (period, _), row in by_month.items()), Decimal(0))
    assert sum(row["cost"] for row in found.values()) == due
    nobodys = sum((row["cost"] for (who, channel), row in found.items() if who is None and channel != "rounding"), Decimal(0))
    assert nobodys == sum(row["of_nobody"] for row in by_month.values())


def test_customers_who_were_served_alike_cost_alike_to_the_last_digit(plain: Warehouse) -> None:
    people = [person(f"p{at}") for at in range(7)]
    told = [contact(str(at), f"p{at}", "2026-01-05", handle_seconds=60.0) for at in range(7)]
    filled(plain, people=people, contacts=told, orders=[], ledger=[{"period": "2026-01", "account": "service", "amount": 10.00}])
    found = costs(plain)
    assert {row["cost"] for (who, _), row in found.items() if who} == {Decimal("1.42857143")}
    assert found[None, "rounding"]["cost"] == Decimal("-0.00000001")


def test_without_a_ledger_nothing_is_scaled(plain: Warehouse) -> None:
    filled(plain)
    found = costs(plain)
    assert {row["state"] for row in months(plain).values()} == {"no line"}
    assert sum(row["cost"] for row in found.values()) == sum(row["at_rates"] for row in months(plain).values())


@pytest.mark.parametrize(
    ("line", "as_of", "state"),
    [
        ({"amount": 30.0}, AS_OF, "scaled"),
        ({"amount": 0.0}, AS_OF, "scaled"),
        ({"amount": -0.01}, AS_OF, "below nothing"),
        ({"amount": 30.0, "currency": "USD"}, AS_OF, "other currency"),
        ({"amount": 30.0, "currency": "EUR"}, AS_OF, "scaled"),
        ({"amount": 30.0}, datetime(2026, 1, 31, 0, tzinfo=UTC), "scaled"),  # a month is over from its last day on
        ({"amount": 30.0}, datetime(2026, 1, 30, 23, 59, tzinfo=UTC), "not over"),
        ({"amount": 30.0, "account": "SERVICE"}, AS_OF, "scaled"),
        ({"amount": 30.0, "account": "service desk"}, AS_OF, "no line"),
    ],
)
def test_a_month_is_scaled_exactly_when_its_sum_can_be_meant(plain: Warehouse, line: dict[str, Any], as_of: datetime, state: str) -> None:
    told = [contact("1", "ada", "2026-01-05", handle_seconds=60.0)]
    filled(plain, contacts=told, orders=[], ledger=[{"period": "2026-01", "account": "service"} | line])
    found = costs(plain, as_of=as_of)["cu_ada", "phone"]["cost"]
    assert months(plain)["2026-01", "service"]["state"] == state
    assert found == (Decimal(str(line["amount"])) if state == "scaled" else Decimal("1.70"))


def test_work_that_costs_nothing_at_the_rates_cannot_be_scaled(plain: Warehouse) -> None:
    told = [contact("1", "ada", "2026-01-05", "visit", handle_seconds=0.0)]
    filled(plain, contacts=told, orders=[], rates=[], ledger=[{"period": "2026-01", "account": "service", "amount": 5}])
    assert costs(plain)["cu_ada", "visit"]["cost"] == 0
    assert months(plain)["2026-01", "service"]["state"] == "no rates"


def test_one_account_for_contacts_and_returns_is_shared_by_both(plain: Warehouse) -> None:
    filled(plain, ledger=[{"period": "2026-01", "account": "care", "amount": 42.40}])  # 21.20 at the rates
    found = costs(plain, money=Money(service_cost_per_minute=0.6, service_account="care", returns_account="care"))
    assert found["cu_ada", "phone"]["cost"] == Decimal("13.00")
    assert found["cu_bo", "*"]["cost"] == Decimal("8.00")


def test_an_account_without_a_name_reconciles_nothing(plain: Warehouse) -> None:
    filled(plain, ledger=[{"period": "2026-01", "account": "", "amount": 42.40}])
    costs(plain, money=Money(service_account="", returns_account=""))
    assert {row["state"] for row in months(plain).values()} == {"no line"}


# winning and keeping


def test_winning_a_customer_costs_what_the_channel_of_the_first_order_says(plain: Warehouse) -> None:
    orders = [*ORDERS, order("0", "ada", "2025-12-01", 10.0, channel="shop"), order("9", "bo", "2026-02-01", 10.0, channel="web")]
    filled(plain, orders=orders, rates=[*RATES, {"activity": "acquisition", "channel": "shop", "amount": 20}])
    history(plain, as_of=AS_OF, money=MONEY)
    assert acquisition(plain, as_of=AS_OF, money=MONEY) == [
        Won(channel="*", customers=1, cost_each=None),
        Won(channel="shop", customers=1, cost_each=20.0),
    ]


def test_what_winning_cost_is_never_taken_off_the_history(plain: Warehouse) -> None:
    def margins(rates: list[dict[str, Any]]) -> list[Any]:
        history(filled(plain, rates=rates), as_of=AS_OF, money=MONEY)
        return plain.arrow("SELECT customer_id, margin, service_cost FROM {h}", h="history").to_pylist()

    dear = [{"activity": "acquisition", "channel": "*", "amount": 1e6}]
    assert margins([*RATES[:4], *dear]) == margins(RATES[:4])


def test_one_saved_customer_pays_for_so_many_contacts_and_so_many_new_ones() -> None:
    saved = one_saved("Premium", clv=1000.0, valued=4, contact_cost=5.0, winning_cost=100.0)
    assert saved is not None
    assert (saved.worth, saved.contacts, saved.customers_won) == (250.0, 50.0, 2.5)
    assert one_saved("Premium", clv=None, valued=0, contact_cost=5.0, winning_cost=1.0) is None
    free = one_saved("Premium", clv=10.0, valued=1, contact_cost=0.0, winning_cost=None)
    assert free is not None
    assert (free.contacts, free.customers_won) == (None, None)


def test_a_customer_who_costs_more_than_they_bring_pays_for_no_contact() -> None:
    saved = one_saved("Standard", clv=-10.0, valued=2, contact_cost=5.0, winning_cost=5.0)
    assert saved is not None
    assert (saved.worth, saved.contacts, saved.customers_won) == (-5.0, 0.0, 0.0)


def test_winning_costs_on_average_what_customers_with_a_rate_cost() -> None:
    assert mean_winning_cost([]) is None
    assert mean_winning_cost([Won(channel="a", customers=5, cost_each=None)]) is None
    assert mean_winning_cost([Won(channel="a", customers=5, cost_each=None), Won(channel="b", customers=2, cost_each=7.0)]) == 7.0
