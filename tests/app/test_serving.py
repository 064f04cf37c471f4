"""The promise: a run says how cost to serve agrees with the books, and the report shows it with what is nobody's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.calling import ORDERS, duecare, make_shop
from duecare.app import report
from duecare.app.report import costs
from duecare.app.report.said import Said
from duecare.app.serving import service_notes
from duecare.records import Runs
from duecare.value import Money

MONTH = {
    "period": "2026-01",
    "account": "service",
    "contacts": 2,
    "returns": 0,
    "at_rates": 20.0,
    "books": 30.0,
    "cost": 30.0,
    "state": "scaled",
}
CHANNEL = {
    "channel": "phone",
    "contacts": 2,
    "returns": 0,
    "minutes": 12.5,
    "cost": 30.0,
    "returns_cost": 0.0,
    "contacts_of_nobody": 0,
    "cost_of_nobody": 0.0,
}


def found(**other: Any) -> dict[str, Any]:  # noqa: ANN401
    """What a run finds of service, one month scaled."""
    plain: dict[str, Any] = {
        "channels": [CHANNEL],
        "rounding": 0.0,
        "contact_cost": 15.0,
        "months": [MONTH],
        "ledger_accounts": ["service"],
        "acquisition": [],
        "winning_cost": None,
        "saved": [],
    }
    return plain | other


def said(**other: Any) -> Said:  # noqa: ANN401
    return Said({"currency": "EUR", "findings": {"service": found(**other)}})


# what the run says


def test_scaled_months_are_said_with_both_sums() -> None:
    (note,) = service_notes(found(), Money())
    assert note == "cost to serve is scaled to the books from 2026-01: 20.00 EUR at the rates are 30.00 there"
    later = MONTH | {"period": "2026-03", "at_rates": 1.5, "books": 1.0}
    (note,) = service_notes(found(months=[MONTH, later]), Money())
    assert "from 2026-01 to 2026-03: 21.50 EUR at the rates are 31.00 there" in note


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("no line", "the books have no line"),
        ("not over", "the month was not over"),
        ("below nothing", "the books have less than nothing"),
        ("other currency", "the books are in another currency"),
        ("no rates", "the work costs nothing at the rates"),
    ],
)
def test_a_month_that_is_not_scaled_is_said_with_its_reason(state: str, why: str) -> None:
    told = service_notes(found(months=[MONTH, MONTH | {"state": state}]), Money())
    assert told[1] == f"1 sum of a month and account stays at the rates: 1 because {why}"
    told = service_notes(found(months=[MONTH, MONTH | {"state": state}, MONTH | {"state": state}]), Money())
    assert told[1] == f"2 sums of a month and account stay at the rates: 2 because {why}"


def test_without_a_ledger_the_run_says_that_nothing_is_scaled() -> None:
    unscaled = [MONTH | {"state": "no line", "books": None}]
    (note,) = service_notes(found(months=unscaled, ledger_accounts=[]), Money())
    assert note == "cost to serve is at the rates: there is no ledger, so nothing is scaled to the books"


def test_a_ledger_without_the_account_is_told_with_the_accounts_that_it_has() -> None:
    unscaled = [MONTH | {"state": "no line", "books": None}]
    (note,) = service_notes(found(months=unscaled, ledger_accounts=["4711", "rent"]), Money())
    assert "no account of the ledger (4711, rent) is called 'service' or 'returns'; [money] service_account names it" in note


def test_what_is_nobodys_is_said_and_who_has_no_contact_hears_nothing() -> None:
    nobodys = CHANNEL | {"contacts_of_nobody": 1, "cost_of_nobody": 4.5}
    assert service_notes(found(channels=[nobodys]), Money())[-1] == (
        "1 contact is of nobody who is known; the 4.50 EUR of it stand in a line of their own and are in nobody's profit"
    )
    assert service_notes(found(channels=[], months=[]), Money()) == []


# what the report shows


def cells(figure: costs.Figure, table: int) -> list[list[str]]:
    return figure.tables[table].shown


def test_the_report_shows_every_channel_and_every_month_beside_the_books() -> None:
    figure = costs.service_figure(said())
    assert figure.headline == "Serving customers cost €30; 2 contacts cost €15.00 each on average."
    assert cells(figure, 0) == [["phone", "2", "12", "0", "€30.00", "€0"]]
    assert cells(figure, 1) == [["2026-01", "service", "€20.00", "€30.00", "€30.00", "150.0 %", "yes"]]


def test_without_books_there_is_no_table_of_months() -> None:
    assert len(costs.service_figure(said(months=[MONTH | {"books": None, "state": "no line"}])).tables) == 1


def test_without_any_work_the_report_says_that_none_was_read() -> None:
    assert costs.service_figure(said(channels=[])).missing == "The run read no contacts and no returns."
    assert costs.service_figure(Said({})).missing == "The run worked none out."


def test_a_saved_customer_is_told_with_what_it_pays_for() -> None:
    one: Mapping[str, Any] = {"tier": "Premium", "worth": 250.0, "contacts": 50.0, "customers_won": 2.5}
    assert costs.keeping_lines(said(saved=[one])) == [
        "One saved customer of Premium is worth €250 on average, which pays for 50 contacts or winning 2.5 new customers."
    ]
    bare = {"tier": "Standard", "worth": -5.0, "contacts": 0.0, "customers_won": None}
    assert costs.keeping_lines(said(saved=[bare])) == ["One saved customer of Standard is worth −€5.00 on average."]


def test_what_winning_costs_is_shown_only_where_a_rate_says_it() -> None:
    won = [{"channel": "web", "customers": 3, "cost_each": 12.0}, {"channel": "*", "customers": 1, "cost_each": None}]
    table = costs.winning_table(said(acquisition=won))
    assert table is not None
    assert table.shown == [["web", "3", "€12.00"], ["any channel", "1", "not known"]]
    assert costs.winning_table(said(acquisition=won[1:])) is None


# through the whole street


def test_a_run_publishes_what_each_customer_cost_and_the_report_reads_it(tmp_path: Path) -> None:
    calls = [
        {
            "contact_id": "1",
            "source": "shop",
            "source_id": "a",
            "channel": "phone",
            "opened_at": "2026-01-05T12:00:00Z",
            "handle_seconds": 60,
        },
        {
            "contact_id": "2",
            "source": "shop",
            "source_id": "b",
            "channel": "phone",
            "opened_at": "2026-01-06T12:00:00Z",
            "handle_seconds": 60,
        },
    ]
    books = [{"period": "2026-01", "account": "service", "amount": 31.00}]
    make_shop(tmp_path, ORDERS, contacts=calls, ledger=books)
    assert (told := duecare("run", folder=tmp_path)).code == 0, told.err
    with Runs.at("duckdb:warehouse", tmp_path).read() as published:
        facts: dict[str, Any] = dict(published.facts)
        assert (published.results / "service_costs.parquet").exists()
        history = published.warehouse.arrow("SELECT service_cost FROM {h}", h="history")["service_cost"].to_pylist()
    assert history == [15.5, 15.5]
    assert "cost to serve is scaled to the books from 2026-01: 1.60 EUR at the rates are 31.00 there" in facts["notes"]
    assert "Serving customers cost €31 (assumed); 2 contacts cost €15.50 each on average." in report.render(facts).replace("&#39;", "'")
