"""The promise: any identifier, however it is spelt, leads to the one customer it names, or is told to name several or none."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.calling import duecare, rows, went_wrong
from duecare.app.indexing import NEWEST
from duecare.records import open_book, open_scratch, pieces
from shop import contact, order, stock
from shop import person as person_of_shop

ON_THE_DEMO = pytest.mark.xdist_group("demo-shop")


def person(demo: Path, source: str, source_id: str) -> dict[str, str]:
    """A line of the demo's people as it stands in the export."""
    with (demo / "exports" / "people.csv").open(encoding="utf-8") as file:
        return next(row for row in csv.DictReader(file) if (row["source"], row["source_id"]) == (source, source_id))


@pytest.fixture(scope="module")
def stories(demo: Path) -> dict[str, Any]:
    return {story["key"]: story["ids"] for story in json.loads((demo / "truth" / "stories.json").read_text("utf-8"))}


@pytest.fixture(scope="module")
def lapsed(demo: Path, stories: dict[str, Any]) -> dict[str, str]:
    """The records of one customer, flattened: whatever any of them knows."""
    known = [person(demo, one["source"], one["source_id"]) for one in stories["lapsed_big_spender"]["records"]]
    return {name: next((one[name] for one in known if one[name]), "") for name in known[0]}


def explained(demo: Path, who: str) -> Any:  # noqa: ANN401 - one JSON object
    told = duecare("explain", who, "--json", folder=demo)
    assert told.code == 0, told.err
    return told.json


@ON_THE_DEMO
def test_a_customer_is_found_by_every_identifier_however_it_is_spelt(demo: Path, lapsed: dict[str, str], stories: dict[str, Any]) -> None:
    by_number = explained(demo, lapsed["source_id"])
    phone, (user, _, house) = lapsed["phone"], lapsed["email"].partition("@")
    national = "0" + phone.removeprefix("+49")
    assert re.fullmatch(r"\+49\d{10,11}", phone)
    ways = {
        "customer id": by_number["customer_id"],
        "blanks around": f"  {by_number['customer_id']} ",
        "order": by_number["orders"][0]["order_id"],
        "other source": stories["lapsed_big_spender"]["records"][1]["source_id"],
        "e-mail": lapsed["email"],
        "e-mail in capitals": lapsed["email"].upper(),
        "e-mail with a tag": f"{user}+shop@{house}",
        "card": lapsed["loyalty_id"],
        "card in groups": f"{lapsed['loyalty_id'][:4]} {lapsed['loyalty_id'][4:]}",
        "phone": phone,
        "phone with 00": "00" + phone[1:],
        "national phone": national,
        "phone with signs": f"{national[:5]} / {national[5:8]}-{national[8:]}",
        "phone in brackets": f"+49 (0) {phone[3:6]} {phone[6:]}",
    }
    assert {name: explained(demo, who)["customer_id"] for name, who in ways.items()} == dict.fromkeys(ways, by_number["customer_id"])


@ON_THE_DEMO
@pytest.mark.parametrize("column", ["username", "social_handle"])
def test_a_customer_is_found_by_a_name_they_bear_on_line(demo: Path, column: str) -> None:
    with (demo / "exports" / "people.csv").open(encoding="utf-8") as file:
        named = next((row for row in csv.DictReader(file) if row[column]), None)
    assert named is not None
    owner = explained(demo, named["source_id"])["customer_id"]
    assert explained(demo, named[column])["customer_id"] == owner
    assert explained(demo, named[column].upper())["customer_id"] == owner
    if column == "social_handle":
        assert explained(demo, f"@{named[column].lstrip('@')}")["customer_id"] == owner


@ON_THE_DEMO
def test_explain_tells_who_did_what_and_what_it_is_worth_and_why(demo: Path, lapsed: dict[str, str]) -> None:
    told = duecare("explain", lapsed["email"], folder=demo).out
    assert [
        word
        for word in ("identities:", "history as of 2026-10-31", "value: CLV", "last orders:", "why: ", "tier held: ")
        if word not in told
    ] == []
    assert lapsed["loyalty_id"] in told


@ON_THE_DEMO
def test_the_parts_of_a_value_add_up_to_it(demo: Path, lapsed: dict[str, str]) -> None:
    value = explained(demo, lapsed["email"])["standing"]
    margin = value["discounted_orders"] * value["spend_per_order"] * value["margin_share"]
    service = value["discounted_orders"] * value["service_cost_per_order"]
    assert value["future_margin"] == pytest.approx(margin)
    assert value["future_service_cost"] == pytest.approx(service)
    assert value["clv"] == pytest.approx(margin - service + value["referral_value"])


@ON_THE_DEMO
def test_an_identifier_that_several_share_names_them_all(demo: Path, stories: dict[str, Any]) -> None:
    family = [explained(demo, one["records"][0]["source_id"])["customer_id"] for one in stories["shared_household_phone"]["persons"]]
    told = duecare("explain", stories["shared_household_phone"]["phone"], folder=demo)
    went_wrong(told, "3 customers share that identifier", *family)


@ON_THE_DEMO
@pytest.mark.parametrize("who", ["nobody@example.org", "+49 30 00000000", "cu_00000000000000000000", "'; DROP TABLE people; --", " ", "*"])
def test_who_is_not_known_is_told_without_repeating_it(who: str, demo: Path) -> None:
    told = duecare("explain", who, folder=demo)
    went_wrong(told, "nobody is known by that identifier", "looked in: customer ids")
    assert who.strip() == "" or who == "*" or who not in told.err


def test_an_id_that_was_merged_away_leads_to_the_customer_who_lives_on(ran: Path) -> None:
    (known,) = rows(ran, "SELECT customer_id FROM {members} WHERE source_id = 'a'", "members")
    with open_book("sqlite:book.db", ran) as book, book.write() as transaction:
        transaction.many(
            "INSERT INTO customer_ids VALUES (?, ?, ?)",
            [("cu_gone", "2026-01-01", "cu_went"), ("cu_went", "2026-01-01", known["customer_id"])],
        )
    assert duecare("explain", "cu_gone", "--json", folder=ran).json["customer_id"] == known["customer_id"]


def test_ids_that_point_at_each_other_are_told_as_unknown_and_do_not_hang(ran: Path) -> None:
    with open_book("sqlite:book.db", ran) as book, book.write() as transaction:
        circle = [("cu_one", "2026-01-01", "cu_two"), ("cu_two", "2026-01-01", "cu_one")]
        transaction.many("INSERT INTO customer_ids VALUES (?, ?, ?)", circle)
    went_wrong(duecare("explain", "cu_one", folder=ran), "nobody is known by that identifier")


def test_orders_and_contacts_after_the_moment_of_the_run_are_not_shown(tmp_path: Path) -> None:
    made = [order("o1", "a", "2026-01-01", 9.0), order("o2", "a", "2026-03-01", 9.0)]
    asked = [contact("c1", "a", "2026-01-01"), contact("c2", "a", "2026-03-01")]
    with open_scratch(tmp_path, memory_gb=1) as warehouse:
        stock(warehouse, people=[person_of_shop("a")], orders=made, contacts=asked)
        warehouse.run("members", "SELECT source, source_id, 'cu_a' AS customer_id FROM {people}", people="people")
        warehouse.run("customer_numbers", "SELECT 'cu_a' AS customer_id, 0 AS number")
        sql, ask = pieces("duecare.app", "index.sql"), {"most": NEWEST, "as_of": "2026-02-01T00:00:00+00:00"}
        tables = {name: name for name in ("orders", "contacts", "members", "customer_numbers")}
        assert warehouse.arrow(sql["orders"], ask, **tables)["order_id"].to_pylist() == ["o1"]
        assert warehouse.arrow(sql["contacts"], ask, **tables)["contact_id"].to_pylist() == ["c1"]
