"""Every known export lands where it should: shown on tiny invented files with the export's own headers."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from duecare.records import Warehouse
from duecare.sources import CONTRACT, PRESETS, Input, propose
from house import real
from sources.kitchen import Dish, cook, cooking, sums_hold, write_csv, write_json

Row = Mapping[str, Any]


def read(folder: Path, preset: str, rows: Sequence[Row], *, book: str = "EUR", **more: Any) -> Dish:  # noqa: ANN401 - fields of an input
    write_csv(folder / "export.csv", rows)
    return cook(folder, Input(name=preset, path="export.csv", preset=preset, source="s", **more), currency=book)


def only(rows: Sequence[Row], **wanted: object) -> None:
    """One row, and in it what is wanted."""
    (row,) = rows
    assert {name: row[name] for name in wanted} == wanted


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("name", list(PRESETS))
def test_each_preset_says_where_its_format_is_documented(name: str) -> None:
    preset = PRESETS[name]
    assert preset.name == name
    assert preset.docs
    assert all(re.match(r"https://[\w.-]+/\S+$", address) for address in preset.docs)


@pytest.mark.parametrize("name", list(PRESETS))
def test_each_preset_fills_required_columns_of_the_contract_and_no_others_than_it_has(name: str) -> None:
    for fill in PRESETS[name].fills:
        table = CONTRACT[fill.table]
        assert set(fill.columns) <= {column.name for column in table.columns}
        assert set(table.required) <= set(fill.columns)


SHOPIFY = (
    {"Name": "#1001", "Email": "Ann@example.org", "Financial Status": "paid", "Created at": "2026-01-05 10:00:00 +0100", "Currency": "EUR",
     "Subtotal": "70.00", "Shipping": "5.00", "Taxes": "11.18", "Total": "75.00", "Lineitem quantity": "2", "Lineitem name": "Lamp",
     "Lineitem price": "30.00", "Lineitem sku": "L-1", "Lineitem discount": "0.00", "Billing Name": "Ann Example", "Billing Zip": "'01069",
     "Billing City": "Dresden", "Billing Country": "DE", "Refunded Amount": "0.00", "Source": "web", "Vendor": "Lumen", "Cancelled at": ""},
    {"Name": "#1001", "Email": "Ann@example.org", "Created at": "2026-01-05 10:00:00 +0100", "Lineitem quantity": "1", "Lineitem name": "Shade", "Lineitem price": "15.00", "Lineitem discount": "5.00"},
    {"Name": "#1002", "Email": "bo@example.org", "Financial Status": "refunded", "Created at": "2026-01-06 10:00:00 +0100", "Currency": "EUR",
     "Subtotal": "40.00", "Total": "40.00", "Lineitem quantity": "4", "Lineitem name": "Bulb", "Lineitem price": "10.00", "Refunded Amount": "40.00",
     "Cancelled at": "2026-01-07 09:00:00 +0100", "Source": "pos"},
    {"Name": "#1003", "Email": "", "Financial Status": "paid", "Created at": "2026-01-08 10:00:00 +0100", "Subtotal": "9.00", "Lineitem quantity": "1", "Lineitem name": "Bulb", "Lineitem price": "9.00"},
)  # fmt: skip


def test_fields_of_a_shopify_order_stand_on_its_first_line_only(tmp_path: Path) -> None:
    made = read(tmp_path, "shopify_orders", SHOPIFY)
    ann, bo = made["orders"]
    assert (ann["order_id"], ann["source_id"], ann["revenue"], ann["status"]) == ("#1001", "ann@example.org", Decimal("70.0000"), "paid")
    assert ann["ordered_at"] == at("2026-01-05T09:00:00")
    assert (bo["revenue"], bo["refunded"], bo["status"], bo["channel"]) == (Decimal("40.0000"), Decimal("40.0000"), "cancelled", "shop")
    lines = {(line["order_id"], line["product_id"]): (line["quantity"], line["amount"]) for line in made["order_lines"]}
    assert lines == {("#1001", "L-1"): (2, 60), ("#1001", "Shade"): (1, 10), ("#1002", "Bulb"): (4, 40)}
    assert {person["source_id"] for person in made["people"]} == {"ann@example.org", "bo@example.org"}
    assert next(person["postcode"] for person in made["people"] if person["city"]) == "01069"


def test_a_shopify_order_without_a_customer_is_set_aside_with_its_lines(tmp_path: Path) -> None:
    counts = read(tmp_path, "shopify_orders", SHOPIFY).only
    assert (counts.rows_read, counts.rows_used, counts.reasons) == (4, 3, {"source_id is missing": 1})


def test_two_shopify_exports_of_one_shop_meet_in_the_e_mail(tmp_path: Path) -> None:
    write_csv(tmp_path / "orders.csv", SHOPIFY)
    write_csv(tmp_path / "customers.csv", [{"Customer ID": "'77", "First Name": "Ann", "Last Name": "Example", "Email": "ann@example.org", "Default Address Zip": "'01069", "Default Address Country Code": "DE", "Total Spent": "70.00", "Total Orders": "1"}])  # fmt: skip
    inputs = [one.input for one in propose(tmp_path, relative_to=tmp_path).inputs]
    assert {one.preset for one in inputs} == {"shopify_orders", "shopify_customers"}
    made = cook(tmp_path, *inputs)
    ann = next(person for person in made["people"] if person["source_id"] == "ann@example.org")
    assert ann["source"] == made["orders"][0]["source"] == "shopify"
    assert ann["postcode"] == "01069"


def test_a_shopify_customer_without_e_mail_keeps_the_customer_number(tmp_path: Path) -> None:
    rows = [
        {
            "Customer ID": "'77",
            "First Name": "Ann",
            "Last Name": "Example",
            "Email": "",
            "Total Spent": "1",
            "Total Orders": "1",
            "Phone": "'+49301234567",
        }
    ]
    only(read(tmp_path, "shopify_customers", rows)["people"], source_id="77", given_name="Ann", phone="+49301234567")


def test_a_woocommerce_order_is_worth_its_total_without_postage_and_tax(tmp_path: Path) -> None:
    base = {
        "status": "completed",
        "billing_email": "Ann@example.org",
        "order_currency": "EUR",
        "billing_first_name": "Ann",
        "billing_postcode": "01069",
    }
    rows = [
        {"order_id": "7", "order_number": "W-7", "date": "2026-02-03 04:05:06", "order_total": "121.50", "shipping_total": "4.50", "tax_total": "17.00", "customer_id": "12", **base},
        {"order_id": "8", "order_number": "W-8", "date": "2026-02-04 04:05:06", "order_total": "10.00", "shipping_total": "", "tax_total": "", "customer_id": "0", **base},
    ]  # fmt: skip
    made = read(tmp_path, "woocommerce_orders", rows)
    assert [(o["order_id"], o["source_id"], o["revenue"]) for o in made["orders"]] == [("W-7", "12", 100), ("W-8", "ann@example.org", 10)]
    assert {person["source_id"] for person in made["people"]} == {"12", "ann@example.org"}


def test_the_advanced_order_export_gives_orders_lines_and_people(tmp_path: Path) -> None:
    base = {"Order Number": "9", "Order Status": "Completed", "Order Date": "2026-02-03 04:05", "Email (Billing)": "ann@example.org", "First Name (Billing)": "Ann", "Order Total Amount": "59.00", "Order Shipping Amount": "5.00", "Order Total Tax Amount": "4.00"}  # fmt: skip
    rows = [{**base, "SKU": "A", "Item Name": "Lamp", "Quantity (- Refund)": "2", "Item Cost": "20.00"}, {**base, "SKU": "B", "Item Name": "Bulb", "Quantity (- Refund)": "1", "Item Cost": "10.00"}]  # fmt: skip
    made = read(tmp_path, "woocommerce_order_export", rows)
    only(made["orders"], order_id="9", revenue=Decimal("50.0000"), source_id="ann@example.org")
    assert sum(line["amount"] for line in made["order_lines"]) == 50
    only(made["people"], given_name="Ann")


def test_stripe_takes_payments_that_succeeded(tmp_path: Path) -> None:
    base = {"Currency": "eur", "Customer Email": "Ann@example.org", "Card Name": "Ann Example"}
    rows = [
        {"id": "ch_1", "Created date (UTC)": "2026-03-01 10:00:00", "Amount": "12.50", "Amount Refunded": "2.50", "Status": "Paid", "Customer ID": "cus_1", **base},
        {"id": "ch_2", "Created date (UTC)": "2026-03-01 11:00:00", "Amount": "99.00", "Amount Refunded": "0.00", "Status": "Failed", "Customer ID": "cus_1", **base},
    ]  # fmt: skip
    made = read(tmp_path, "stripe_payments", rows)
    only(
        made["orders"],
        order_id="ch_1",
        source_id="cus_1",
        revenue=Decimal("12.5000"),
        refunded=Decimal("2.5000"),
        ordered_at=at("2026-03-01T10:00:00"),
    )
    assert made.only.reasons == {"the payment did not succeed": 1}


def test_stripe_customers_are_people(tmp_path: Path) -> None:
    rows = [
        {
            "id": "cus_1",
            "Email": "ann@example.org",
            "Name": "Ann Example",
            "Created (UTC)": "2026-03-01 10:00",
            "Delinquent": "false",
            "Address Postal Code": "01069",
        }
    ]
    only(read(tmp_path, "stripe_customers", rows)["people"], source_id="cus_1", postcode="01069", created_at=at("2026-03-01T10:00:00"))


def zendesk_ticket(number: int, **more: object) -> dict[str, Any]:
    return {"id": number, "requester_id": 501, "assignee_id": 9, "created_at": "2026-04-01T08:00:00Z", "updated_at": "2026-04-03T08:00:00Z",
            "status": "solved", "priority": "urgent", "type": "problem", "subject": "Lamp", "via": {"channel": "web"}, **more}  # fmt: skip


def test_zendesk_tickets_come_in_pages_or_one_a_line(tmp_path: Path) -> None:
    metric = {"reply_time_in_minutes": {"calendar": 90}, "solved_at": "2026-04-02T08:00:00Z"}
    tickets = [
        zendesk_ticket(1, metric_set=metric, satisfaction_rating={"score": "good", "comment": "thanks"}),
        zendesk_ticket(2, status="deleted"),
    ]
    (tmp_path / "page").mkdir()
    (tmp_path / "lines").mkdir()
    write_json(tmp_path / "page" / "t.json", {"tickets": tickets, "count": 2, "next_page": None})
    (tmp_path / "lines" / "t.jsonl").write_text("\n".join(json.dumps(ticket) for ticket in tickets), "utf-8")
    page, lines = (
        cook(tmp_path / name, Input(name="z", path=file, preset="zendesk_tickets"))
        for name, file in (("page", "t.json"), ("lines", "t.jsonl"))
    )
    assert page.tables == lines.tables
    only(
        page["contacts"],
        contact_id="1",
        source_id="501",
        channel="web",
        severity="critical",
        agent_id="9",
        first_reply_at=at("2026-04-01T09:30:00"),
        resolved_at=at("2026-04-02T08:00:00"),
    )
    only(page["surveys"], score=5.0, kind="csat", at=at("2026-04-03T08:00:00"))
    assert page.only.reasons == {"deleted in the help desk": 1}


def test_zendesk_users_are_people_or_agents(tmp_path: Path) -> None:
    users = [{"id": 501, "name": "Ann", "email": "ann@example.org", "role": "end-user", "created_at": "2026-01-01T00:00:00Z"}, {"id": 9, "name": "Eve", "email": "eve@example.org", "role": "agent"}]  # fmt: skip
    write_json(tmp_path / "u.json", {"users": users, "count": 2, "next_page": None})
    made = cook(tmp_path, Input(name="z", path="u.json", preset="zendesk_users"))
    only(made["people"], source_id="501")
    only(made["agents"], agent_id="9")


def test_zendesk_tickets_as_csv(tmp_path: Path) -> None:
    rows = [{"Id": "1", "Requester": "Ann", "Requester id": "501", "Requester email": "ann@example.org", "Created at": "2026-04-01 08:00", "Updated at": "2026-04-03 08:00", "Solved at": "2026-04-02 08:00", "Status": "Solved", "Via": "Web form", "Priority": "High", "Satisfaction Score": "Bad", "First reply time in minutes": "30", "Assignee": "Eve"}]  # fmt: skip
    made = read(tmp_path, "zendesk_tickets_csv", rows)
    only(made["contacts"], contact_id="1", channel="web", severity="high", first_reply_at=at("2026-04-01T08:30:00"))
    only(made["surveys"], score=1.0)
    only(made["people"], email="ann@example.org")


def test_freshdesk_tickets(tmp_path: Path) -> None:
    rows = [{"Ticket ID": "31", "Subject": "Lamp", "Status": "Closed", "Priority": "Urgent", "Source": "Phone", "Type": "Question", "Agent": "Eve", "Created time": "2026-04-01 08:00:00", "Resolved time": "2026-04-01 09:00:00", "Initial response time": "2026-04-01 08:10:00", "Contact ID": "600", "Full name": "Ann Example", "Email": "ann@example.org"}]  # fmt: skip
    made = read(tmp_path, "freshdesk_tickets", rows)
    only(
        made["contacts"],
        contact_id="31",
        source_id="600",
        channel="phone",
        severity="critical",
        first_reply_at=at("2026-04-01T08:10:00"),
        resolved_at=at("2026-04-01T09:00:00"),
    )
    only(made["people"], name="Ann Example")


def test_intercom_conversations_and_contacts(tmp_path: Path) -> None:
    talk = {"type": "conversation", "id": "c1", "created_at": 1775030400, "updated_at": 1775034000, "state": "closed", "priority": "priority", "admin_assignee_id": 9,
            "source": {"type": "conversation", "author": {"id": "x"}}, "contacts": {"contacts": [{"id": "p1"}]},
            "statistics": {"first_admin_reply_at": 1775030700, "last_close_at": 1775034000}, "conversation_rating": {"rating": 4, "remark": "fine", "created_at": 1775037600}}  # fmt: skip
    write_json(tmp_path / "talks.json", {"type": "conversation.list", "conversations": [talk], "pages": {}, "total_count": 1})
    write_json(tmp_path / "people.json", {"type": "list", "data": [{"id": "p1", "email": "ann@example.org", "name": "Ann", "role": "user", "signed_up_at": 1700000000, "location": {"city": "Dresden", "country_code": "DE"}}], "total_count": 1, "pages": {}})  # fmt: skip
    made = cook(
        tmp_path,
        Input(name="t", path="talks.json", preset="intercom_conversations", source="i"),
        Input(name="p", path="people.json", preset="intercom_contacts", source="i"),
    )
    only(
        made["contacts"],
        contact_id="c1",
        source_id="p1",
        channel="chat",
        severity="high",
        opened_at=at("2026-04-01T08:00:00"),
        first_reply_at=at("2026-04-01T08:05:00"),
        resolved_at=at("2026-04-01T09:00:00"),
    )
    only(made["surveys"], score=4.0, contact_id="c1", at=at("2026-04-01T10:00:00"))
    only(made["people"], source_id="p1", country="DE", city="Dresden", created_at=at("2023-11-14T22:13:20"))


def test_hubspot_counts_won_deals_only(tmp_path: Path) -> None:
    rows = [
        {"Record ID": "1", "Deal Name": "Lamps", "Deal Stage": "Closed won", "Amount": "1200.50", "Close Date": "2026-02-01 10:00", "Associated Contact IDs": "51; 52", "Pipeline": "Sales"},
        {"Record ID": "2", "Deal Name": "Bulbs", "Deal Stage": "Closed lost", "Amount": "10", "Close Date": "2026-02-01 10:00", "Associated Contact IDs": "51", "Pipeline": "Sales"},
    ]  # fmt: skip
    made = read(tmp_path, "hubspot_deals", rows)
    only(made["orders"], order_id="1", source_id="51", revenue=Decimal("1200.5000"))
    assert made.only.reasons == {"the deal is not won": 1}


def test_hubspot_contacts_are_people(tmp_path: Path) -> None:
    rows = [{"Record ID": "51", "First Name": "Ann", "Last Name": "Example", "Email": "ann@example.org", "Phone Number": "", "Mobile Phone Number": "+49 151 1", "Create Date": "2025-01-01 10:00", "Country/Region": "Germany"}]  # fmt: skip
    only(read(tmp_path, "hubspot_contacts", rows)["people"], source_id="51", phone="+49 151 1", country="Germany")


def test_google_contacts_are_known_by_mail_then_telephone_then_name(tmp_path: Path) -> None:
    rows = [
        {"First Name": "Ann", "Last Name": "Example", "E-mail 1 - Value": "Ann@example.org ::: a@example.com", "Phone 1 - Value": "+49 30 1", "Birthday": "1980-02-03"},
        {"First Name": "Bo", "Last Name": "Muster", "E-mail 1 - Value": "", "Phone 1 - Value": "+49 30 2"},
        {"First Name": "Cy", "Last Name": "Rossi", "E-mail 1 - Value": "", "Phone 1 - Value": ""},
    ]  # fmt: skip
    people = read(tmp_path, "google_contacts", rows)["people"]
    assert [person["source_id"] for person in people] == ["+49 30 2", "Cy Rossi", "ann@example.org"]
    assert people[2]["email"] == "Ann@example.org"
    assert str(people[2]["birth_date"]) == "1980-02-03"


def test_online_retail_tells_returns_from_sales_and_leaves_out_what_is_no_product(tmp_path: Path) -> None:
    def line(invoice: str, code: str, pieces: int, price: float, who: str) -> Row:
        return {
            "InvoiceNo": invoice,
            "StockCode": code,
            "Description": "X",
            "Quantity": pieces,
            "InvoiceDate": "2011-12-01 08:26:00",
            "UnitPrice": price,
            "CustomerID": who,
            "Country": "France",
        }

    rows = [line("536365", "85123A", 6, 2.55, "17850.0"), line("536365", "71053", 2, 3.0, "17850.0"), line("C536379", "85123A", -1, 2.55, "17850.0"),
            line("536366", "POST", 1, 18.0, "17850.0"), line("536367", "22633", 6, 1.85, ""), line("536368", "22633", 6, 0.0, "13047")]  # fmt: skip
    made = read(tmp_path, "online_retail", rows, zone="Europe/London", currency="GBP", book="GBP")
    sale, back = made["orders"]
    assert (sale["order_id"], sale["source_id"], sale["revenue"], sale["refunded"]) == ("536365", "17850", Decimal("21.3000"), 0)
    assert (back["order_id"], back["status"], back["revenue"], back["refunded"]) == ("C536379", "returned", 0, Decimal("2.5500"))
    assert made.only.reasons == {"adjustment, no product": 1, "no customer": 1, "price is zero or negative": 1}
    assert {person["source_id"] for person in made["people"]} == {"17850", "13047"}


def test_servicenow_states_become_events_and_closing_is_a_rule(tmp_path: Path) -> None:
    def update(mod: int, state: str, when: str, who: str, **more: str) -> Row:
        return {"number": "INC1", "incident_state": state, "caller_id": "Caller 7", "opened_at": "01/03/2016 08:00", "sys_updated_at": when, "sys_mod_count": mod, "sys_updated_by": who, "contact_type": "Phone", "priority": "2 - High", "assigned_to": "?", "resolved_at": "02/03/2016 10:00", "closed_at": "15/03/2016 10:00", "assignment_group": "G1", **more}  # fmt: skip

    rows = [update(0, "New", "01/03/2016 08:01", "a"), update(1, "Active", "01/03/2016 09:00", "a", assigned_to="R3"), update(2, "Resolved", "02/03/2016 10:00", "b", assigned_to="R3", assignment_group="G2"), update(3, "Closed", "15/03/2016 10:00", "b", assigned_to="R3", assignment_group="G2")]  # fmt: skip
    made = read(tmp_path, "servicenow_incidents", rows)
    only(
        made["contacts"],
        contact_id="INC1",
        source_id="Caller 7",
        channel="phone",
        severity="high",
        status="closed",
        agent_id="R3",
        resolved_at=at("2016-03-02T10:00:00"),
        first_reply_at=None,
    )
    events = sorted((event["at"], event["kind"], event["actor_kind"]) for event in made["contact_events"])
    assert [kind for _, kind, _ in events] == ["opened", "status", "assigned", "status", "status", "transferred", "closed"]
    assert events[-1][2] == "rule"
    assert made.only.rows_aside == 0


def test_olist_customers_are_people_and_not_orders(tmp_path: Path) -> None:
    write_csv(tmp_path / "olist_orders_dataset.csv", [{"order_id": f"o{n}", "customer_id": f"c{n}", "order_status": "delivered", "order_purchase_timestamp": f"2018-0{n}-01 12:00:00", "order_delivered_customer_date": "", "order_estimated_delivery_date": ""} for n in (1, 2, 3)])  # fmt: skip
    write_csv(tmp_path / "olist_customers_dataset.csv", [{"customer_id": f"c{n}", "customer_unique_id": "u", "customer_zip_code_prefix": "01001", "customer_city": "sao paulo", "customer_state": "SP"} for n in (1, 2, 3)])  # fmt: skip
    write_csv(tmp_path / "olist_order_items_dataset.csv", [{"order_id": "o1", "order_item_id": "1", "product_id": "p", "seller_id": "s", "price": "10.00", "freight_value": "5.00"}, {"order_id": "o1", "order_item_id": "2", "product_id": "p", "seller_id": "s", "price": "7.50", "freight_value": "5.00"}, {"order_id": "o2", "order_item_id": "1", "product_id": "p", "seller_id": "s", "price": "1.00", "freight_value": "5.00"}])  # fmt: skip
    (one,) = propose(tmp_path, relative_to=tmp_path).inputs
    assert one.input.preset == "olist"
    made = cook(tmp_path, one.input, currency="BRL")
    assert [(o["order_id"], o["source_id"], o["revenue"]) for o in made["orders"]] == [("o1", "u", Decimal("17.5000")), ("o2", "u", 1)]
    only(made["people"], source_id="u", postcode="01001", country="BR")
    assert sums_hold(made.only)
    assert made.only.reasons == {"revenue is missing": 1}


def one(warehouse: Warehouse, sql: str) -> Any:  # noqa: ANN401 - whatever the query answers
    """The only value of the only row."""
    ((value,),) = [tuple(row.values()) for row in warehouse.arrow(sql).to_pylist()]
    return value


def test_every_line_of_the_real_online_retail_is_used_or_set_aside_for_a_reason(tmp_path: Path) -> None:
    (proposed,) = propose(real("clv/online_retail_raw.parquet"), relative_to=tmp_path).inputs
    assert proposed.input.preset == "online_retail"
    with cooking(tmp_path, proposed.input, currency="GBP") as (reading, warehouse):
        (counts,) = reading.counts
        assert counts.rows_read == 541_909
        assert sums_hold(counts)
        assert counts.reasons == {"no customer": 135_080, "adjustment, no product": 1_920, "price is zero or negative": 33}
        assert one(warehouse, "SELECT count(*) FROM people") == 4_372
        assert one(warehouse, "SELECT count(*) FROM rows_aside") == counts.rows_aside

        # an invoice that begins with C gives goods back: it earns nothing, and its lines are negative
        back = "order_id LIKE 'C%'"
        assert one(warehouse, f"SELECT count(*) FROM orders WHERE {back} <> (status = 'returned')") == 0
        assert one(warehouse, f"SELECT count(*) FROM orders WHERE {back} AND (revenue <> 0 OR refunded <= 0)") == 0
        assert one(warehouse, f"SELECT count(*) FROM orders WHERE NOT {back} AND (revenue <= 0 OR refunded <> 0)") == 0
        assert one(warehouse, f"SELECT count(*) FROM order_lines WHERE {back} <> (quantity < 0)") == 0
        assert one(warehouse, "SELECT sum(amount) FROM order_lines") == one(warehouse, "SELECT sum(revenue - refunded) FROM orders")


def test_the_real_olist_files_are_known_together_and_persons_are_persons(tmp_path: Path) -> None:
    (proposed,) = propose(real("olist"), relative_to=tmp_path).inputs
    assert proposed.input.preset == "olist"
    with cooking(tmp_path, proposed.input, currency="BRL") as (reading, warehouse):
        assert sums_hold(reading.counts[0])
        assert one(warehouse, "SELECT count(*) FROM people") == 8_016
        assert one(warehouse, "SELECT count(*) FROM orders WHERE source_id NOT IN (SELECT source_id FROM people)") == 0
        assert 0 < one(warehouse, "SELECT count(*) FROM (SELECT source_id FROM orders GROUP BY 1 HAVING count(*) > 1)") <= 73
        assert any("hardly anybody orders twice" in note for note in reading.notes)


def test_the_real_servicenow_log_gives_incidents_callers_and_no_replies(tmp_path: Path) -> None:
    (proposed,) = propose(real("tickets/incident_event_log.csv.zip"), relative_to=tmp_path).inputs
    assert proposed.input.preset == "servicenow_incidents"
    with cooking(tmp_path, proposed.input) as (reading, warehouse):
        (counts,) = reading.counts

        assert counts.rows_read == 141_712
        assert sums_hold(counts)
        assert counts.reasons == {"source_id is missing": 29}  # three incidents whose caller is nowhere written
        assert one(warehouse, "SELECT count(*) FROM contacts") == 24_918 - 3
        assert one(warehouse, "SELECT count(first_reply_at) FROM contacts") == 0
        assert one(warehouse, "SELECT count(*) FROM contact_events WHERE (kind = 'closed') <> (actor_kind = 'rule')") == 0
        assert one(warehouse, "SELECT count(*) FROM people") == 5_244
