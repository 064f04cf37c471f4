"""The promise: contracts last as the published data say, and what they bring is a part of the value that adds up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duecare.records import Warehouse, open_scratch
from duecare.value import Money, Terms
from duecare.value.contracts import FEWEST_ENDED, Contracts, contract_values
from duecare.value.estimate import estimate
from duecare.value.models import sbg
from duecare.value.npv import discount_factors
from shop import person, stock
from value.test_estimate import people

HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491)
REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241)
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def seen(alive: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Customers by how many were left after each year: the period in which each ended, or how many they lasted."""
    ends = [at for at in range(1, len(alive)) for _ in range(alive[at - 1] - alive[at])]
    return np.array([*ends, *[len(alive) - 1] * alive[-1]], float), np.array([1.0] * len(ends) + [0.0] * alive[-1])


@pytest.mark.parametrize(("alive", "printed"), [(HIGH_END, (0.668, 3.806, -1611.2)), (REGULAR, (0.704, 1.182, -1680.3))])
def test_the_published_estimates_come_out_to_their_last_digit(alive: tuple[int, ...], printed: tuple[float, float, float]) -> None:
    """Fader & Hardie (2007), both sets of their table 1."""
    found = sbg.fit(*seen(alive))
    assert (*(round(one, 3) for one in found.parameters), round(found.log_likelihood, 1)) == printed


def test_periods_to_come_are_the_sum_of_the_chances_to_last_until_each() -> None:
    model, factors = sbg.Fitted(sbg.Parameters(0.7, 1.2), 0.0), discount_factors(24, 0.1)
    chances = [float(model.lasts(np.array([5.0 + at]))[0] / model.lasts(np.array([5.0]))[0]) for at in range(1, 25)]
    assert model.to_come(np.array([5.0]), factors)[0] == pytest.approx(np.dot(chances, factors))
    assert (model.to_come(np.array([0.0, 5.0, 50.0]), factors)[:-1] < model.to_come(np.array([5.0, 50.0, 500.0]), factors)[:-1]).all()
    low, high = (model.quantile(np.array([5.0]), level, 24)[0] for level in (0.05, 0.95))
    assert low <= sum(chances) <= high


@pytest.fixture
def warehouse(tmp_path: Path) -> Any:  # noqa: ANN401
    with open_scratch(tmp_path) as made:
        yield made


def signed(warehouse: Warehouse, ended: int) -> Contracts:
    """Two running contracts of customer 1, one of customer 2 that ended later than asked for, and some that were ended."""
    plans = [("p1", 10.0, 400, None), ("p1", 5.0, 30, None), ("p2", 20.0, 200, AS_OF + timedelta(days=3)), ("p3", 9.0, 500, None)]
    rows = [
        {
            "source": "shop",
            "source_id": who,
            "plan": f"n{at}",
            "price_per_month": price,
            "from_at": AS_OF - timedelta(days=days),
            "to_at": to,
        }
        for at, (who, price, days, to) in enumerate(plans)
    ]
    rows[3]["to_at"] = AS_OF
    for at in range(ended - 1):
        begun = AS_OF - timedelta(days=700)
        ends = begun + timedelta(days=31 * (1 + at % 9))
        rows.append({"source": "shop", "source_id": "p4", "plan": f"e{at}", "price_per_month": 7.0, "from_at": begun, "to_at": ends})
    stock(warehouse, only=("people", "subscriptions"), people=[person(f"p{at}") for at in range(1, 5)], subscriptions=rows)
    warehouse.run("numbered", "SELECT source, source_id, CAST(substr(source_id, 2) AS BIGINT) - 1 AS place FROM {people}", people="people")
    return contract_values(warehouse, customers=4, as_of=AS_OF, money=Money(gross_margin_percent=50), terms=Terms())


def test_running_contracts_bring_their_margin_as_long_as_they_may_last(warehouse: Warehouse) -> None:
    found = signed(warehouse, FEWEST_ENDED)
    assert found.notes == ()
    assert found.value[2] == found.value[3] == 0  # what has ended brings nothing more, on the day itself too
    most = discount_factors(36, 0.10).sum()
    assert 0 < found.value[0] < 15 * 0.5 * most
    assert (found.low <= found.value + 1e-9).all()
    assert (found.value <= found.high + 1e-9).all()


def test_too_few_that_were_ended_tell_nothing_and_it_is_said(warehouse: Warehouse) -> None:
    found = signed(warehouse, FEWEST_ENDED - 1)
    assert not found.value.any()
    assert "cannot be learned" in found.notes[0]


def test_a_contract_is_a_part_of_the_value_and_stands_alone_where_nobody_bought() -> None:
    rows = people(900)
    value = np.where(np.arange(900) % 90 == 89, 240.0, 0.0)  # the last of them never bought
    contracts = Contracts(value, 0.5 * value, 1.5 * value, ())
    with_them, without = (estimate(rows, Terms(), contracts=one).columns for one in (contracts, None))
    more = np.nan_to_num(with_them["clv"].to_numpy()) - np.nan_to_num(without["clv"].to_numpy())
    assert more == pytest.approx(value)
    last = with_them.slice(899, 1).to_pylist()[0]
    assert (last["clv"], last["contract_value"], last["clv_low"], last["expected_orders"]) == (240.0, 240.0, 120.0, None)
    assert last["clv_percentile"] > 90
    assert np.nansum(with_them["contract_value"].to_numpy()) == value.sum()
