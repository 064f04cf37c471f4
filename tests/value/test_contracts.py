"""The promise: contracts last as the published data say, and what they bring is a part of the value that adds up."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import hyp2f1

from duecare.records import Warehouse, open_scratch
from duecare.value import Money, Terms
from duecare.value.contracts import FEWEST_ENDED, Contracts, contracts, months_between
from duecare.value.estimate import estimate
from duecare.value.models import kaplan_meier, lasting, sbg
from duecare.value.models.lasting import Running, still_there
from duecare.value.npv import discount_factors
from duecare.value.sensitivity import changed
from shop import know, order, person, stock
from value.test_estimate import people

HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491)
REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241)
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = np.array([np.nan])


def seen(alive: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Customers by how many were left after each year: the period in which each ended, or how many they lasted."""
    ends = [at for at in range(1, len(alive)) for _ in range(alive[at - 1] - alive[at])]
    return np.array([*ends, *[len(alive) - 1] * alive[-1]], float), np.array([1.0] * len(ends) + [0.0] * alive[-1])


@pytest.mark.parametrize(("alive", "printed"), [(HIGH_END, (0.668, 3.806, -1611.2)), (REGULAR, (0.704, 1.182, -1680.3))])
def test_the_published_estimates_come_out_to_their_last_digit(alive: tuple[int, ...], printed: tuple[float, float, float]) -> None:
    """Fader & Hardie (2007), both sets of their table 1."""
    found = sbg.fit(*seen(alive))
    assert (*(round(one, 3) for one in found.parameters), round(found.log_likelihood, 1)) == printed


@pytest.mark.parametrize("lasted", [0.0, 1.0, 7.0])
def test_over_an_endless_horizon_discounted_renewals_are_the_published_closed_form(lasted: float) -> None:
    """Fader & Hardie (2010), Marketing Science 29 (1), 85-93, equation 6, for who has paid *lasted* times and faces the next renewal."""
    a, b, rate = 0.668, 3.806, 0.1
    n = lasted + 1.0
    closed = (b + n - 1) / (a + b + n - 1) * hyp2f1(1.0, b + n, a + b + n, 1 / (1 + rate))
    factors = (1 + rate) ** -np.arange(400.0)
    chance = still_there(sbg.Fitted(sbg.Parameters(a, b), 0.0), Running(np.array([lasted]), OPEN), 400, goes_on=0.0)
    assert (chance @ factors)[0] == pytest.approx(closed, rel=1e-9)


def test_who_renewed_more_often_renews_more_surely() -> None:
    model = sbg.Fitted(sbg.Parameters(0.7, 1.2), 0.0)
    retention = model.retention(np.arange(20.0))
    assert (np.diff(retention) > 0).all()
    assert np.cumprod(retention) == pytest.approx(model.lasts(np.arange(1.0, 21.0)))


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=30, max_size=80))
def test_kaplan_meier_is_the_product_of_the_shares_that_went_on(rows: list[tuple[int, bool]]) -> None:
    periods, ended = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows], float)
    found = kaplan_meier.fit(periods, ended, beyond=sbg.Fitted(sbg.Parameters(1.0, 1.0), 0.0))
    left = 1.0
    for at in range(1, len(found.shares)):
        reached = int((periods >= at).sum())
        assert reached >= kaplan_meier.LEAST_REACHED
        left *= 1 - ((periods == at) & (ended > 0)).sum() / reached
        assert found.lasts(np.array([float(at)]))[0] == pytest.approx(left)
    assert (np.diff(found.lasts(np.arange(30.0))) <= 1e-12).all()


def lived(hazard: np.ndarray, many: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Contracts begun on any of 40 months, ended by chances that hang on their age."""
    chance = np.random.default_rng(seed)
    age = chance.integers(1, 41, many)
    ended_at = 1 + (chance.random((many, 40)) < hazard[:40]).argmax(axis=1)
    ended = (ended_at <= age) & (chance.random(many) >= 0)
    return np.where(ended, ended_at, age).astype(float), ended.astype(float)


def test_each_model_is_taken_where_contracts_end_as_it_says() -> None:
    yearly = np.where(np.arange(1, 41) % 12 == 0, 0.3, 0.005)
    yearly[-1] = 1.0
    assert [lasting.fit(*lived(yearly, 600, seed))[0] for seed in range(5)] == [kaplan_meier.NAME] * 5
    for seed in range(5):
        chance = np.random.default_rng(seed)
        age, leaves = chance.integers(1, 41, 600), chance.beta(0.7, 4.0, 600)
        ended_at = chance.geometric(leaves)
        assert lasting.fit(np.minimum(ended_at, age).astype(float), (ended_at <= age).astype(float))[0] == sbg.NAME


def test_until_the_last_day_that_is_told_a_contract_is_sure_and_then_goes_on_as_often_as_others_did() -> None:
    model = sbg.Fitted(sbg.Parameters(0.7, 1.2), 0.0)
    chance = still_there(model, Running(np.array([5.0]), np.array([2.0])), 4, goes_on=0.25)[0]
    then = model.lasts(np.array([8.0, 9.0])) / model.lasts(np.array([7.0]))
    assert chance == pytest.approx([1.0, 1.0, *(0.25 * then)])


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 4000))
def test_months_are_those_of_the_calendar(begin: date, days: int) -> None:
    end = begin + timedelta(days=days)
    whole, begun = (float(one[()]) for one in months_between(np.datetime64(begin), np.array(np.datetime64(end))))
    assert begun - whole == (begin.day != end.day)
    assert abs(days / 30.4375 - whole) < 1.2


@pytest.fixture
def warehouse(tmp_path: Path) -> Any:  # noqa: ANN401
    with open_scratch(tmp_path) as made:
        yield made


def plan(who: str, begun: int, to: datetime | None = None, price: float = 10.0, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    begins = AS_OF - timedelta(days=begun)
    return {"source": "shop", "source_id": who, "plan": "a", "price_per_month": price, "from_at": begins, "to_at": to} | more


def ended(many: int = 40) -> list[dict[str, Any]]:
    """Contracts of customer 9, one after the other with half a year between, each ended after one to nine months."""
    found = list[dict[str, Any]]()
    begun = 16_000
    for at in range(many):
        length = 31 * (1 + at % 9)
        found.append(plan("p9", begun, AS_OF - timedelta(days=begun - length)))
        begun -= length + 180
    return found


def signed(
    warehouse: Warehouse, rows: list[dict[str, Any]], orders: list[dict[str, Any]] | None = None
) -> tuple[Contracts | None, tuple[str, ...]]:
    stock(
        warehouse,
        only=("people", "subscriptions", "orders"),
        people=[person(f"p{at}") for at in range(1, 10)],
        subscriptions=rows,
        orders=orders or [],
    )
    know(warehouse)
    return contracts(warehouse, customers=9, as_of=AS_OF, money=Money(gross_margin_percent=50))


def some(warehouse: Warehouse, *rows: dict[str, Any], orders: list[dict[str, Any]] | None = None) -> Contracts:
    found, _ = signed(warehouse, [*rows, *ended()], orders)
    assert found is not None
    return found


def test_running_contracts_bring_their_margin_as_long_as_they_may_last(warehouse: Warehouse) -> None:
    found = some(
        warehouse, plan("p1", 400), plan("p1", 30, price=5.0, plan="b"), plan("p3", 500, AS_OF), plan("p4", 90, cost_per_month=8.0)
    )
    assert found.customer.tolist() == [0, 0, 3]  # what has ended brings nothing more, on the day itself too
    assert found.margin.tolist() == [5.0, 2.5, 2.0]
    worth = found.worth(Terms(), np.zeros(9))
    assert worth.customer.tolist() == [0, 3]
    assert (worth.value > 0).all()
    assert (worth.value < np.array([7.5, 2.0]) * discount_factors(36, 0.10).sum()).all()
    assert (worth.low <= worth.value).all()
    assert (worth.value <= worth.high).all()
    assert worth.levels.mean(axis=0) == pytest.approx(worth.value, rel=0.03)
    dear = found.worth(Terms(), np.full(9, 3.0))
    assert dear.value == pytest.approx(worth.value)
    assert dear.value[1] - dear.cost[1] < 0 < dear.value[0] - dear.cost[0]


def test_rows_of_renewals_and_other_plans_are_one_contract(warehouse: Warehouse) -> None:
    months = [AS_OF - timedelta(days=days) for days in (800, 435, 70)]
    rows = [plan("p2", 1165, months[0]), plan("p2", 799, months[1]), plan("p2", 430, months[2], price=20.0, plan="b"), plan("p2", 69)]
    found = some(warehouse, *rows)
    assert found.customer.tolist() == [1]
    assert found.running.lasted.tolist() == [38.0]
    assert found.margin.tolist() == [5.0]
    assert found.goes_on == pytest.approx(3 / 43)
    assert some(warehouse, *rows[:3], plan("p2", 20)).running.lasted.tolist() == [0.0]  # begun anew, after more than a month


def test_a_last_day_to_come_is_sure_until_then(warehouse: Warehouse) -> None:
    found = some(warehouse, plan("p2", 200, AS_OF + timedelta(days=100)), plan("p3", 200))
    assert found.running.sure.tolist()[:1] == [3.0]
    worth = found.worth(Terms(), np.zeros(9))
    assert worth.value[0] == pytest.approx(5.0 * discount_factors(3, 0.10).sum())  # none of those that ended went on
    assert worth.value[1] > worth.value[0]


def test_what_is_paid_by_orders_is_valued_as_orders_and_not_twice(warehouse: Warehouse) -> None:
    monthly = [order(f"o{at}", "p1", f"2025-{at:02}-05", 10.0) for at in range(3, 13)]
    yearly = [order("y", "p2", "2025-06-01", 120.0)]
    else_ = [order("e", "p3", "2025-06-01", 10.0)]
    rows = [plan("p1", 365), plan("p2", 250), plan("p3", 365)]
    found, notes = signed(warehouse, [*rows, *ended()], [*monthly, *yearly, *else_])
    assert found is not None
    assert found.customer.tolist() == [2]
    assert "2 running subscriptions are paid by orders" in notes[0]


def test_too_few_that_were_ended_tell_nothing_and_it_is_said(warehouse: Warehouse) -> None:
    found, notes = signed(warehouse, [plan("p1", 400), *ended(FEWEST_ENDED - 1)])
    assert found is None
    assert "cannot be learned" in notes[0]
    assert signed(warehouse, [plan("p1", 400), *ended(FEWEST_ENDED)])[0] is not None


def test_no_contract_is_nothing_to_say(warehouse: Warehouse) -> None:
    assert signed(warehouse, []) == (None, ())


def held(customer: np.ndarray, margin: np.ndarray) -> Contracts:
    running = Running(np.full(len(customer), 6.0), np.full(len(customer), np.nan))
    model = sbg.Fitted(sbg.Parameters(0.7, 4.0), 0.0)
    return Contracts(
        customer=customer, margin=margin, running=running, months=np.full(900, 6.0), model=model, goes_on=0.0, facts={"contracts": "sBG"}
    )


def test_a_contract_is_a_part_of_the_value_and_stands_alone_where_nobody_bought() -> None:
    rows = people(900)  # the last hundred never bought
    made = held(np.arange(9, 900, 90), np.full(10, 12.0))
    with_them, without = (estimate(rows, Terms(), contracts=one, cuts=[100.0]) for one in (made, None))
    known = {
        name: np.nan_to_num(with_them.columns[name].to_numpy())
        for name in with_them.columns.column_names
        if name.startswith(("f", "c", "ref")) and name != "customer_id"
    }
    parts = known["future_margin"] - known["future_service_cost"] + known["referral_value"] + known["contract_value"]
    assert np.abs(parts - known["clv"]).max() < 1e-9
    more = known["clv"] - np.nan_to_num(without.columns["clv"].to_numpy())
    bought = np.arange(900) < 800
    assert more[bought] == pytest.approx(known["contract_value"][bought])
    last = with_them.columns.slice(819, 1).to_pylist()[0]
    assert (last["expected_orders"], last["future_margin"]) == (None, 0.0)
    assert last["clv"] == pytest.approx(last["contract_value"] - last["future_service_cost"])
    assert last["future_service_cost"] > 0
    assert last["clv_low"] < last["clv"] < last["clv_high"]
    assert last["clv_percentile"] > 50
    assert with_them.above is not None
    assert without.above is not None
    assert 0 < with_them.above[100.0][819] < 1
    untouched = np.setdiff1d(np.arange(800), made.customer)
    assert with_them.above[100.0][untouched] == pytest.approx(without.above[100.0][untouched])
    assert with_them.model["contracts"] == "sBG"


def test_an_interval_holds_what_purchases_and_contracts_bring_together() -> None:
    made = held(np.arange(10), np.full(10, 12.0))
    found = estimate(people(900), Terms(), contracts=made).columns.slice(0, 10).to_pylist()
    for row in found:
        assert row["clv_low"] >= row["contract_value_low"]  # nobody here costs more than they bring
        assert row["clv_low"] < row["clv"] < row["clv_high"]


def test_other_terms_change_contracts_too() -> None:
    made = held(np.arange(9, 900, 90), np.full(10, 12.0))
    now = estimate(people(900), Terms(), contracts=made)
    for change in (("horizon_months", 12.0), ("discount_percent_per_year", 15.0)):
        then = estimate(people(900), changed(Terms(), change), contracts=made).columns["clv"].to_numpy()
        assert now.otherwise[change][made.customer] == pytest.approx(then[made.customer], rel=1e-6)


def test_a_firm_of_contracts_alone_is_valued_by_them() -> None:
    rows = people(900)
    nobody = rows.set_column(rows.schema.get_field_index("purchase_days"), "purchase_days", [np.zeros(900, np.int64)])
    found = estimate(nobody, Terms(), contracts=held(np.arange(50), np.linspace(1, 50, 50)))
    assert found.columns["clv"].null_count == 850
    assert "whose CLV is what that will bring" in found.notes[1]
    assert found.columns["p_top10"].slice(0, 50).to_numpy().sum() == pytest.approx(5.0, abs=0.5)
