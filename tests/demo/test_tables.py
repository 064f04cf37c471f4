"""Promise: the exports keep the data contract: tables, columns, types, keys, and every id leads somewhere."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from demo.asking import Ask, opened
from duecare.demo import Shop, make
from duecare.sources.contract import CONTRACT

FILLED = sorted(set(CONTRACT) - {"subscriptions", "fx"})
"""The shop sells no plans and takes one currency."""

TYPES = {
    "text": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "money": pa.decimal128(12, 2),
    "number": pa.int64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}


def test_every_table_of_the_contract_is_filled_but_for_plans_and_currencies(small: Shop) -> None:
    assert sorted(small.counts) == FILLED
    assert all(small.counts[name] > 0 for name in FILLED)


@pytest.mark.parametrize("name", FILLED)
def test_a_table_has_the_contracts_columns_with_their_types_and_no_others(whole: Shop, name: str) -> None:
    schema, table = pq.read_schema(whole.exports[name][0]), CONTRACT[name]
    assert set(table.required) <= set(schema.names) <= {c.name for c in table.columns}
    assert {c: schema.field(c).type for c in schema.names} == {c: TYPES[table.column(c).kind] for c in schema.names}


@pytest.mark.parametrize("name", FILLED)
def test_what_is_required_is_never_missing(asked: Ask, name: str) -> None:
    for column in CONTRACT[name].required:
        assert asked(f'SELECT count(*) FROM {name} WHERE "{column}" IS NULL') == [(0,)], column


@pytest.mark.parametrize("name", [name for name in FILLED if not CONTRACT[name].grouped])
def test_no_two_rows_have_the_same_key(asked: Ask, name: str) -> None:
    key = ", ".join(f'"{column}"' for column in CONTRACT[name].key)
    assert asked(f"SELECT count(*) FROM (SELECT 1 FROM {name} GROUP BY {key} HAVING count(*) > 1)") == [(0,)]


@pytest.mark.parametrize("name", ["orders", "contacts", "surveys", "traits", "entitlements", "audit_groups"])
def test_every_row_names_a_source_record_that_exists(asked: Ask, name: str) -> None:
    assert asked(f"SELECT count(*) FROM {name} ANTI JOIN people USING (source, source_id)") == [(0,)]


@pytest.mark.parametrize(
    ("table", "column", "where", "there"),
    [
        ("order_lines", "order_id", "orders", "order_id"),
        ("orders", "order_id", "order_lines", "order_id"),
        ("contacts", "order_id", "orders", "order_id"),
        ("contacts", "product_id", "order_lines", "product_id"),
        ("contacts", "agent_id", "agents", "agent_id"),
        ("contact_events", "contact_id", "contacts", "contact_id"),
        ("contacts", "contact_id", "contact_events", "contact_id"),
        ("contact_events", "actor", "agents", "agent_id"),
        ("agent_events", "agent_id", "agents", "agent_id"),
        ("surveys", "contact_id", "contacts", "contact_id"),
        ("referrals", "referrer", "people", "source_id"),
        ("referrals", "referee", "people", "source_id"),
    ],
)
def test_every_id_leads_somewhere(asked: Ask, table: str, column: str, where: str, there: str) -> None:
    question = f"SELECT count(*) FROM {table} t WHERE t.{column} IS NOT NULL AND t.{column} NOT IN (SELECT {there} FROM {where})"
    assert asked(question) == [(0,)]


def test_a_contact_about_an_order_comes_from_the_one_who_placed_it(asked: Ask) -> None:
    question = """
        SELECT count(*) FROM contacts c JOIN orders o USING (order_id)
        JOIN truth.records a ON (a.source, a.source_id) = (c.source, c.source_id)
        JOIN truth.records b ON (b.source, b.source_id) = (o.source, o.source_id)
        WHERE a.person_id <> b.person_id OR c.opened_at < o.ordered_at"""
    assert asked(question) == [(0,)]


def test_an_orders_sums_are_those_of_its_lines_to_the_cent(asked: Ask) -> None:
    question = """
        SELECT count(*) FROM orders JOIN (
            SELECT order_id, sum(amount) AS amount, sum(cost) AS cost, sum(amount) FILTER (returned > 0) AS refunded
            FROM order_lines GROUP BY order_id) l USING (order_id)
        WHERE l.amount <> revenue OR l.cost <> orders.cost OR coalesce(l.refunded, 0) <> orders.refunded"""
    assert asked(question) == [(0,)]


def test_nothing_is_dated_outside_the_window_nor_a_record_after_its_first_use(asked: Ask) -> None:
    begin, end = "TIMESTAMPTZ '2024-11-01 00:00:00Z'", "TIMESTAMPTZ '2026-10-31 23:59:59Z'"
    for table, column in (
        ("orders", "ordered_at"),
        ("contacts", "opened_at"),
        ("contact_events", "at"),
        ("surveys", "at"),
        ("referrals", "at"),
    ):
        assert asked(f'SELECT count(*) FROM {table} WHERE "{column}" NOT BETWEEN {begin} AND {end}') == [(0,)], table
    for column in ("delivered_at", "first_reply_at", "resolved_at"):
        table = "orders" if column == "delivered_at" else "contacts"
        assert asked(f"SELECT count(*) FROM {table} WHERE {column} > {end}") == [(0,)], column
    for table, column in (("orders", "ordered_at"), ("contacts", "opened_at")):
        assert asked(f"SELECT count(*) FROM {table} JOIN people USING (source, source_id) WHERE created_at > {column}") == [(0,)]


def test_csv_says_the_same_as_parquet(small_asked: Ask, folder: Path) -> None:
    twin = opened(make(folder, customers=4_000, form="parquet"), "orders", "contacts", "people")
    for table, sums in (
        ("orders", "sum(revenue)::DECIMAL(18,2), max(epoch(ordered_at)), count(delivered_at)"),
        ("contacts", "sum(handle_seconds), max(epoch(resolved_at)), count(agent_id)"),
        ("people", "count(email), max(birth_date), count_if(consent_profiling)"),
    ):
        assert small_asked(f"SELECT count(*), {sums} FROM {table}") == twin(f"SELECT count(*), {sums} FROM {table}")
