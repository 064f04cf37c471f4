"""Every KPI is the same by SQL, told another way: on the demo's shop, and on any contacts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from duecare import demo
from duecare.measure.figures import table
from duecare.measure.held import ALWAYS, Held
from duecare.measure.log import Log
from duecare.measure.reading import Terms, read_log
from duecare.measure.registry import KPIS
from duecare.measure.terms import Rules
from duecare.promises import Promise, Promises
from duecare.promises.calendar import always
from duecare.records import Warehouse, open_scratch
from duecare.value.costing import cost_to_serve
from duecare.value.terms import Money
from measure import by_sql
from measure.made import know, stock

AS_OF = datetime(2026, 9, 20, 15, tzinfo=UTC)
"""Within the data, so that much still runs."""
MONEY = Money(service_account="service")
TIERS = ("Premium", "Plus", "Standard")
TARGETS = {"Premium": 240, "Plus": 480, "Standard": 480}


DESK_SAYS = "SELECT * REPLACE (nullif(CAST(right(contact_id, 1) AS INTEGER), 0) > 3 AS sla_met) FROM {contacts}"
"""The demo's desk says nothing of its own promise; here it does, of nine contacts in ten."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warehouse, Log]]:
    folder: Path = tmp_path_factory.mktemp("shop")
    made = demo.make(folder / "shop", customers=1_500, seed=3, form="parquet")
    with open_scratch(folder / "scratch", memory_gb=1) as warehouse:
        stock(warehouse, dict(made.exports))
        warehouse.put("contacts", warehouse.arrow(DESK_SAYS, contacts="contacts"))
        know(warehouse, made.truth)
        cost_to_serve(warehouse, as_of=AS_OF, money=MONEY)
        held = warehouse.arrow("SELECT customer_number, tier FROM {plan}", plan="plan")
        by_sql.prepare(warehouse, as_of=AS_OF, held=held, targets=TARGETS)
        yield warehouse, log_of(warehouse, held)


def log_of(warehouse: Warehouse, held: pa.Table) -> Log:
    promises = (Promise(metric="first_response", target_minutes=480), Promise(metric="first_response", target_minutes=240, tier="Premium"))
    tier = np.array([TIERS.index(name) for name in held["tier"].to_pylist()], dtype=np.int64)
    number = held["customer_number"].to_numpy().astype(np.int64)
    terms = Terms(
        promises=Promises(promises, ("always",)),
        calendars={"always": always()},
        rules=Rules(),
        zone=ZoneInfo("Europe/Berlin"),
        money=MONEY,
    )
    return read_log(
        warehouse,
        terms,
        Held(TIERS, number, np.full(len(number), ALWAYS), tier),
        as_of=AS_OF,
        stake_cents=np.full(int(number.max()) + 1, by_sql.STAKE_CENTS),
    )[0]


NO_CHANNEL = {"nps", "orders_kept", "bought_again"}
ASKED = [
    (name, by)
    for name in by_sql.names()
    for by in ((), ("tier",), ("tier", "channel"))
    if not (by and name in by_sql.NO_TIER) and not ("channel" in by and name in NO_CHANNEL)
]


def test_every_kpi_is_asked_by_sql() -> None:
    assert set(by_sql.names()) == set(KPIS)


@pytest.mark.parametrize(("name", "by"), ASKED)
def test_the_figure_is_the_same_by_sql(shop: tuple[Warehouse, Log], name: str, by: tuple[str, ...]) -> None:
    warehouse, log = shop
    rows = table(log, [KPIS[name]], by).to_pylist()
    assert rows
    assert by_sql.alike(rows, by, name) == by_sql.asked(warehouse, name, as_of=AS_OF, money=MONEY, by=by)


@pytest.mark.parametrize("by", [("tier",), ("channel",), ("severity",), ("week",), ("tier", "month")])
def test_the_groups_of_a_breakdown_come_to_the_total(shop: tuple[Warehouse, Log], by: tuple[str, ...]) -> None:
    _, log = shop
    whole = {row["kpi"]: row for row in table(log, list(KPIS.values())).to_pylist()}
    parts = table(log, list(KPIS.values()), by).to_pylist()
    for name in {row["kpi"] for row in parts}:
        for part in ("cases", "numerator", "denominator"):
            assert sum(row[part] for row in parts if row["kpi"] == name) == whole[name][part]
