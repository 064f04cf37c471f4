"""Promise: the shop has the documents' two numbers, counted anew from its exports, and books that agree with its log."""

import json

import pytest

from demo.asking import Ask, opened
from duecare.demo import Shop

EARNED = """
    WITH sold AS (
        SELECT person_id, sum(revenue) AS revenue, sum(revenue - refunded - cost) AS margin, count_if(refunded > 0) AS returns
        FROM orders JOIN truth.records USING (source, source_id) WHERE status <> 'cancelled' GROUP BY 1),
    served AS (
        SELECT person_id, sum(coalesce(handle_seconds, 0) / 60 * m.amount + f.amount) AS cost
        FROM contacts JOIN truth.records USING (source, source_id)
        JOIN rates m ON (m.activity, m.channel) = ('minute', contacts.channel)
        JOIN rates f ON (f.activity, f.channel) = ('contact', contacts.channel) GROUP BY 1),
    earned AS (
        SELECT person_id, coalesce(revenue, 0) AS revenue,
            coalesce(margin, 0) - coalesce(cost, 0) - coalesce(returns, 0) * (SELECT amount FROM rates WHERE activity = 'return') AS profit
        FROM (SELECT person_id FROM truth.customers) LEFT JOIN sold USING (person_id) LEFT JOIN served USING (person_id))
"""
TOP_TENTH = (
    EARNED
    + """
    SELECT sum(revenue) FILTER (place <= people / 10) / sum(revenue)
    FROM (SELECT revenue, row_number() OVER (ORDER BY revenue DESC) AS place, count(*) OVER () AS people FROM earned)
"""
)
ALL_PROFIT = (
    EARNED
    + """
    SELECT min(place) FILTER (running >= total) / max(people) FROM (
        SELECT sum(profit) OVER (ORDER BY profit DESC, person_id ROWS UNBOUNDED PRECEDING) AS running, sum(profit) OVER () AS total,
            row_number() OVER (ORDER BY profit DESC, person_id) AS place, count(*) OVER () AS people FROM earned)
"""
)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_tenth_of_customers_make_forty_percent_of_revenue_and_a_sixth_make_all_the_profit(
    whole: Shop, asked: Ask, other: Shop, seed: int
) -> None:
    shop, ask = (whole, asked) if seed == 1 else (other, opened(other, "orders", "contacts", "rates"))
    (top,), (sixth,) = ask(TOP_TENTH)[0], ask(ALL_PROFIT)[0]
    assert 0.38 <= top <= 0.42
    assert 0.15 <= sixth <= 0.20
    assert (top, sixth) == pytest.approx((shop.calibration.top_tenth_of_revenue, shop.calibration.customers_for_all_profit), abs=2e-4)
    assert json.loads((shop.truth / "calibration.json").read_text()) == {
        name: getattr(shop.calibration, name)
        for name in ("top_tenth_of_revenue", "customers_for_all_profit", "losing_share", "peak_of_profit", "service_share")
    }


def test_each_months_service_cost_in_the_ledger_is_that_of_its_contacts(asked: Ask) -> None:
    rows = asked("""
        SELECT count(*), max(abs(l.amount - c.cost)) FROM (
            SELECT strftime(opened_at, '%Y-%m') AS period, sum(coalesce(handle_seconds, 0)::DOUBLE / 60 * m.amount + f.amount) AS cost
            FROM contacts
            JOIN rates m ON (m.activity, m.channel) = ('minute', contacts.channel)
            JOIN rates f ON (f.activity, f.channel) = ('contact', contacts.channel) GROUP BY 1) c
        JOIN ledger l USING (period) WHERE l.account = 'service'""")
    assert rows[0][0] == 24
    assert rows[0][1] <= 0.0051


def test_each_months_returns_in_the_ledger_are_those_of_its_orders(asked: Ask) -> None:
    rows = asked("""
        SELECT count(*), count_if(l.amount <> r.returns * (SELECT amount FROM rates WHERE activity = 'return')) FROM (
            SELECT strftime(ordered_at, '%Y-%m') AS period, count_if(refunded > 0) AS returns FROM orders GROUP BY 1) r
        JOIN ledger l USING (period) WHERE l.account = 'returns'""")
    assert rows == [(24, 0)]


def test_truth_tells_each_customers_revenue_and_profit_as_the_exports_do(asked: Ask) -> None:
    rows = asked(
        f"{EARNED} SELECT max(abs(e.revenue - c.revenue)), max(abs(e.profit - c.profit)) FROM earned e JOIN truth.customers c USING (person_id)"
    )
    assert rows[0][0] == 0
    assert rows[0][1] <= 0.011


def test_the_shop_is_as_large_as_it_says(whole: Shop) -> None:
    each = {name: whole.counts[name] / 20_000 for name in ("people", "orders", "order_lines", "contacts")}
    assert each["people"] == pytest.approx(1.7, abs=0.05)
    assert each["orders"] == pytest.approx(6, abs=0.3)
    assert each["order_lines"] / each["orders"] == pytest.approx(1.7, abs=0.1)
    assert each["contacts"] == pytest.approx(0.95, abs=0.15)


def test_what_is_expected_of_the_living_is_what_the_second_half_of_a_shop_brought(asked: Ask) -> None:
    """The formula of the truth, held against what happened: orders of a year, for those who came in the first month of the data."""
    rows = asked("""
        WITH early AS (
            SELECT person_id, min(ordered_at) AS first FROM orders JOIN truth.records USING (source, source_id)
            GROUP BY 1 HAVING min(ordered_at) < '2025-03-01'),
        had AS (
            SELECT person_id, count(*) - 1 AS orders FROM early JOIN truth.records USING (person_id) JOIN orders USING (source, source_id)
            WHERE ordered_at < first + INTERVAL 373 DAY GROUP BY 1)
        SELECT avg(orders), avg((1 - dropout_as_served) * (1 - exp(-rate_per_day * dropout_as_served * 365.25)) / dropout_as_served), count(*)
        FROM had JOIN truth.customers USING (person_id)""")
    had, expected, customers = rows[0]
    assert customers > 4_000
    assert had == pytest.approx(expected, rel=0.08)
