"""The promise: columns of any library give the same valuation, whatever their order, and bad ones are refused with the mend."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.value import value
from duecare.value.alone import Bought, value_alone
from duecare.words import BadRows, BadSettings, DuecareError
from value.books import rows_of

ROWS = rows_of(300, 5)
WHO, DAY, AMOUNT = [row[0] for row in ROWS], [row[1] for row in ROWS], [float(row[2]) for row in ROWS]


def test_any_form_of_the_same_columns_gives_the_same() -> None:
    plain = value(WHO, DAY, AMOUNT)
    moments = [datetime.fromisoformat(day).replace(hour=23, tzinfo=UTC) for day in DAY]
    dates = pa.array([date.fromisoformat(day) for day in DAY])
    for who, day, amount in (
        (pa.chunked_array([WHO[:10], WHO[10:]]), dates, np.array(AMOUNT)),
        (pa.array(WHO).dictionary_encode(), pa.array(moments), pa.array([Decimal(row[2]) for row in ROWS])),
        (WHO, [f"{day}T05:00:00" for day in DAY], AMOUNT),
    ):
        assert value(who, day, amount).equals(plain)


def test_the_order_of_rows_never_shows() -> None:
    order = np.random.default_rng(2).permutation(len(WHO))
    mixed = value([WHO[at] for at in order], [DAY[at] for at in order], [AMOUNT[at] for at in order])
    assert mixed.equals(value(WHO, DAY, AMOUNT))


def test_profit_takes_the_place_of_amounts_and_a_return_is_taken_off() -> None:
    plain = value(WHO, DAY, AMOUNT)["clv"].to_numpy()
    half = value(WHO, DAY, AMOUNT, profit=[amount / 2 for amount in AMOUNT])["clv"].to_numpy()
    assert half == pytest.approx(plain / 2, abs=2e-6)
    back = value([*WHO, WHO[0]], [*DAY, DAY[-1]], [*AMOUNT, -0.5 * AMOUNT[0]])["clv"].to_numpy()
    assert back.sum() < plain.sum()


def test_a_zone_is_read_as_utc() -> None:
    late = datetime(2026, 1, 1, 1, tzinfo=UTC)
    zoned = value(["a", "b"], pa.array([late, late + timedelta(days=1)], pa.timestamp("us", "Asia/Tokyo")))
    assert zoned.equals(value(["a", "b"], ["2026-01-01", "2026-01-02"]))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ((["a", None], ["2026-01-01"] * 2, [1.0, 2.0]), "missing"),
        ((["a"], ["2026-01-01"] * 2, [1.0, 2.0]), "differ in length"),
        ((["a"], ["soon"], [1.0]), "ISO"),
        ((["a"], [3], [1.0]), "neither dates"),
        ((["a"], ["2026-01-01"], ["much"]), "no number"),
        ((["a"], ["2026-01-01"], [float("inf")]), "finite"),
    ],
)
def test_bad_columns_are_refused(columns: tuple[list[object], list[object], list[object]], said: str) -> None:
    with pytest.raises(BadRows, match=said):
        value(*columns)


def test_a_horizon_of_no_days_is_refused() -> None:
    with pytest.raises(BadSettings, match="no future"):
        value(WHO, DAY, horizon_days=0)


@st.composite
def anything(draw: st.DrawFn) -> tuple[Bought, int]:
    """Transactions such as exports have them: returns, nothing paid, everybody on one day, one customer, sums of any size."""
    many = draw(st.integers(1, 60))
    chance = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows = many * draw(st.integers(1, 8))
    day = chance.integers(0, draw(st.sampled_from([1, 2, 400, 20_000])), rows) - draw(st.sampled_from([0, 30_000]))
    amount = np.round(chance.normal(draw(st.sampled_from([-5.0, 0.0, 20.0])), 30, rows) * draw(st.sampled_from([1e-6, 1.0, 1e9])), 4)
    profit = draw(st.sampled_from([None, -1.0, 0.0, 0.4]))
    return Bought(chance.integers(0, many, rows), day, amount, None if profit is None else amount * profit), many


@settings(max_examples=60)
@given(anything(), st.integers(1, 4000))
def test_no_transactions_give_nonsense(case: tuple[Bought, int], days: int) -> None:
    bought, many = case
    try:
        made = value_alone(bought, many, day=int(bought.day.max()), days=days).columns
    except DuecareError:
        return
    for name in ("expected_orders", "clv", "clv_low", "clv_high", "p_alive", "p_top10"):
        values = made[name].drop_null().to_numpy()
        assert np.isfinite(values).all()
    for name in ("p_alive", "p_top10"):
        assert ((made[name].drop_null().to_numpy() >= 0) & (made[name].drop_null().to_numpy() <= 1 + 1e-12)).all()


def test_where_nothing_tells_customers_apart_all_are_worth_the_same() -> None:
    chance = np.random.default_rng(8)
    everyday = chance.integers(0, 700, 400 * 6)
    told = value_alone(Bought(np.repeat(np.arange(400), 6), everyday + 19_000, chance.gamma(2, 10, 2400)), 400, day=19_700, days=200)
    if told.past is not None and not told.past.signal:
        assert np.ptp(told.columns["clv"].to_numpy()) == pytest.approx(0, abs=1e-9)
        assert np.ptp(told.columns["p_top10"].to_numpy()) == 0
