"""The promise, on a real Request Tracker: an agent sees the level, a new ticket is due as was promised, and what happened comes back."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from duecare.helpdesk import rt_check
from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.ledger import Ledger
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.pull import pull
from duecare.helpdesk.rt import KEYS, RequestTracker
from duecare.helpdesk.rt_rules import LEVEL, fields_file, settings_file, untold
from duecare.helpdesk.rt_streams import RtStreams
from duecare.helpdesk.runs import Runs
from duecare.helpdesk.serving import Serving
from duecare.helpdesk.wants import Want
from duecare.promises import Promise, Promises
from duecare.records import open_book
from duecare.sources import Input
from duecare.words import DeskTrouble
from helpdesk import test_configuration
from helpdesk.bench import TIERS
from helpdesk.desks import rt as tracker
from sources.kitchen import Dish, cook

SERVING: Serving = replace(
    test_configuration.SERVING,
    promises=Promises(
        (*test_configuration.SERVING.promises.all, Promise(metric="full_resolution", target_minutes=480, tier="Premium", calendar="desk")),
        ("always", "desk"),
    ),
)
pytestmark = pytest.mark.xdist_group("rt")


def carrier(server: tracker.Rt, secret: str = tracker.SECRET) -> Carrier:
    return Carrier(RequestTracker(user=tracker.USER), server.url, secret, Pace(0))


def for_real(server: tracker.Rt, folder: Path) -> dict[str, Any]:
    """Push one customer's level, let them write, and pull it back; what was seen on the way."""
    number, email = server.user("real@shop.example"), "real@shop.example"
    server.client.post("/REST/2.0/queue", json={"Name": "Support", "SLADisabled": 0})
    fields = {"customer": "cu_real", "tier": "Premium", "care": "served first by senior agents", "why": "their contract says so"}
    with open_book("sqlite:book.db", folder) as book:
        sends = carrier(server)
        done = Runs(desk=sends.desk, ledger=Ledger(book, "rt"), carrier=sends).push(
            [Want(customer_id="cu_real", emails=(email,), fields=fields)]
        )
        assert done.counts["written"] == 1
        ticket = server.ask("POST", "ticket", {"Queue": "Support", "Subject": "late", "Requestor": email, "Content": "where is it?"})["id"]
        server.ask("POST", f"ticket/{ticket}/correspond", {"Content": "on its way", "ContentType": "text/plain"})
        server.ask("PUT", f"ticket/{ticket}", {"Status": "resolved"})
        lacking = list(rt_check.lacking(sends.send(rt_check.ask())))
        for stream in RtStreams.streams:
            pull(RtStreams(), sends, folder / "desks" / "rt", stream)
        sends.close()
    shown = server.ask("GET", f"ticket/{ticket}")
    dish = cooked(folder)
    return {
        "profile": server.fields(number),
        "level": next(one["values"] for one in shown["CustomFields"] if one["name"] == LEVEL),
        "sla": shown["SLA"],
        "due": shown["Due"] if not shown["Due"].startswith("1970") else due_once(server, ticket),
        "lacking": lacking,
        "contacts": len([one for one in dish["contacts"] if one["source_id"] == email]),
        "events": [one["kind"] for one in sorted(dish["contact_events"], key=lambda one: one["at"]) if one["contact_id"] == str(ticket)],
    }


def due_once(server: tracker.Rt, ticket: str) -> str:
    """When the ticket was due, before it was resolved."""
    history = server.ask("GET", f"ticket/{ticket}/history", fields="Type,Field,NewValue", per_page="100")["items"]
    return next((one["NewValue"] for one in history if one.get("Field") == "Due" and not one["NewValue"].startswith("1970")), "")


def cooked(folder: Path) -> Dish:
    return cook(folder, Input(name="rt", path="desks/rt/*.jsonl", preset="rt"), now=datetime.now(UTC))


def test_a_level_is_seen_in_the_profile_and_on_a_new_ticket_and_what_happened_comes_back(rt: tracker.Rt, tmp_path: Path) -> None:
    seen = for_real(rt, tmp_path)
    assert seen["profile"] == {
        KEYS["customer"]: "cu_real",
        KEYS["tier"]: "Premium",
        KEYS["care"]: "served first by senior agents",
        KEYS["why"]: "their contract says so",
    }
    assert (seen["level"], seen["sla"], seen["lacking"]) == (["Premium"], "Premium", [])
    assert seen["due"]
    assert seen["contacts"] == 1
    assert {"opened", "reply", "status"} <= set(seen["events"])


def test_a_wrong_password_is_told_with_the_mend(rt: tracker.Rt, tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as book:
        sends = carrier(rt, "wrong")
        with pytest.raises(DeskTrouble, match="does not let us in") as caught:
            Runs(desk=sends.desk, ledger=Ledger(book, "rt"), carrier=sends).push([])
        sends.close()
    assert "wrong" not in str(caught.value)


def test_a_field_that_is_not_applied_to_all_users_is_found_out(rt: tracker.Rt, tmp_path: Path) -> None:
    """RT takes the value with 200 and drops it; the run says so, and takes nothing for written."""
    number = rt.user("dropped@shop.example")
    field = next(one for one in rt.ask("GET", "customfields", query='[{"field":"Name","value":"duecare_why"}]', fields="Name")["items"])
    rt.ask("PUT", f"customfield/{field['id']}", {"Disabled": 1})
    try:
        with open_book("sqlite:book.db", tmp_path) as book:
            sends = carrier(rt)
            want = Want(customer_id="cu_d", emails=("dropped@shop.example",), fields={"customer": "cu_d", "why": "because"})
            done = Runs(desk=sends.desk, ledger=Ledger(book, "rt"), carrier=sends).push([want])
            sends.close()
            assert (done.counts["written"], done.counts["refused"]) == (1, 1)  # the customer's id stands, why does not
            assert "did not keep" in str(book.rows("SELECT why FROM desk_receipts WHERE person = ?", (number,)))
            sends = carrier(rt)
            again = Runs(desk=sends.desk, ledger=Ledger(book, "rt"), carrier=sends).push([want])
            assert (again.run, again.plan.refused, again.plan.edits) == (None, 1, ())
            sends.close()
    finally:
        rt.ask("PUT", f"customfield/{field['id']}", {"Disabled": 0})


def test_who_came_to_work_there_loses_what_was_written_and_has_it_again_when_they_leave(rt: tracker.Rt, tmp_path: Path) -> None:
    number, wanted = rt.user("works@shop.example"), Want(customer_id="cu_w", emails=("works@shop.example",), fields={"tier": "Plus"})
    with open_book("sqlite:book.db", tmp_path) as book:

        def push() -> tuple[int, str | None]:
            sends = carrier(rt)
            done = Runs(desk=sends.desk, ledger=Ledger(book, "rt"), carrier=sends, most_changed_percent=100).push([wanted])
            sends.close()
            return len(done.plan.changes), rt.fields(number).get("duecare_tier")

        assert push() == (1, "Plus")
        rt.ask("PUT", f"user/{number}", {"Privileged": 1})
        assert push() == (0, "Plus")  # nothing is to be written, so nobody looked
        wanted = replace(wanted, fields={"tier": "Premium"})
        assert push() == (1, "Plus")  # found out
        assert push() == (1, None)  # taken away
        assert push() == (0, None)
        rt.ask("PUT", f"user/{number}", {"Privileged": 0})
        assert push() == (1, "Premium")


def test_a_second_pull_brings_what_is_new(rt: tracker.Rt, tmp_path: Path) -> None:
    sends = carrier(rt)
    for stream in RtStreams.streams:
        pull(RtStreams(), sends, tmp_path / "desks" / "rt", stream)
    rt.client.post("/REST/2.0/queue", json={"Name": "Support", "SLADisabled": 0})
    rt.user("later@shop.example")
    rt.ask("POST", "ticket", {"Queue": "Support", "Subject": "new", "Requestor": "later@shop.example", "Content": "?"})
    came = {stream: pull(RtStreams(), sends, tmp_path / "desks" / "rt", stream).rows for stream in RtStreams.streams}
    sends.close()
    assert came["transactions"] >= 1
    assert came["tickets"] >= 1
    contacts = [one for one in cooked(tmp_path)["contacts"] if one["source_id"] == "later@shop.example"]
    assert len(contacts) == 1


def test_the_files_say_what_cannot_be_watched_and_quote_what_is_odd() -> None:
    odd = Serving(tiers=("It's", *TIERS), promises=Promises((Promise(metric="queue_wait", target_minutes=3),)), today=date(2026, 11, 27))
    assert r"'It\'s'" in fields_file(odd)
    assert "Default => ''" in settings_file(odd)
    assert "no such clock" in untold(odd)[0]
