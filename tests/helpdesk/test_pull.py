"""The promise: what a desk has is landed once, whatever breaks on the way, and the preset reads it as the contract's tables."""

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.pull import Pulled, erase, pull
from duecare.helpdesk.zendesk import Zendesk
from duecare.helpdesk.zendesk_streams import ZendeskStreams
from duecare.sources import Input
from duecare.words import BadRows, DeskTrouble
from helpdesk.bench import TIERS, Faulty, Instant
from helpdesk.desks.zendesk import FAULTS, FINE, TOKEN, USER, Local, ZendeskServer
from sources.kitchen import Dish, cook

# ruff: noqa: ANN401 - JSON is anything


class Stop(Exception):
    """Stands for a kill."""


class Shop:
    """A Zendesk with tickets, and a folder to land it in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Instant()
        self.server = ZendeskServer(now=self.clock.now)
        self.server.users[1] = self.server.user(id=1, role="agent", name="Ann", email="ann@desk.example")
        self.faulty = Faulty(Local(self.server))

    def ticket(self, email: str, **said: Any) -> int:
        _, row = self.server._routed(
            "POST", "tickets", {}, {"ticket": {"requester": {"email": email, "name": email}, "comment": {"body": "?"}, **said}}
        )
        return row["ticket"]["id"]

    def happens(self, number: int, after_s: float, **said: Any) -> None:
        self.clock.at += after_s
        status, _ = self.server._routed("PUT", f"tickets/{number}", {}, {"ticket": said})
        assert status == 200

    def pull(self, stream: str) -> Pulled:
        desk = Zendesk(user=USER, tiers=TIERS)
        carrier = Carrier(desk, "https://shop.example", TOKEN, Pace(0), clock=self.clock, transport=self.faulty, chance=lambda: 0.5)
        return pull(ZendeskStreams(), carrier, self.folder / "zendesk", stream)

    def pull_all(self) -> None:
        for stream in ZendeskStreams.streams:
            self.pull(stream)

    def rows(self, stream: str) -> list[Any]:
        return [json.loads(line) for line in (self.folder / "zendesk" / f"{stream}.jsonl").read_text("utf-8").splitlines()]

    def cooked(self) -> Dish:
        return cook(self.folder, Input(name="zendesk", path="zendesk/*.jsonl", preset="zendesk"))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_ticket_becomes_a_contact_with_its_first_reply_its_solution_and_its_events(shop: Shop) -> None:
    number = shop.ticket("ada@shop.example", priority="urgent", type="problem")
    shop.happens(number, 60, comment={"body": "an aside", "public": False, "author_id": 1})
    shop.happens(number, 60, comment={"body": "hello", "author_id": 1}, assignee_id=1, updater_id=1)
    shop.happens(number, 600, status="solved", updater_id=1)
    requester = shop.server.tickets[number]["requester_id"]
    shop.server.metric_events += [
        {
            "id": 1,
            "ticket_id": number,
            "metric": "reply_time",
            "instance_id": 1,
            "type": kind,
            "time": "2026-03-01T00:00:00Z",
            "deleted": False,
            "_at": 9,
        }
        for kind in ("activate", "apply_sla", "fulfill")
    ]
    shop.server.ratings.append(
        {"id": 5, "score": "good", "ticket_id": number, "requester_id": requester, "comment": "thanks"}
        | {"created_at": "2026-03-01T01:00:00Z", "updated_at": "2026-03-01T01:00:00Z"}
    )
    shop.pull_all()
    dish = shop.cooked()
    (contact,) = dish["contacts"]
    assert (contact["contact_id"], contact["source_id"], contact["severity"], contact["status"]) == (
        str(number),
        str(requester),
        "critical",
        "solved",
    )
    assert (contact["first_reply_at"] - contact["opened_at"]).total_seconds() == 120
    assert (contact["resolved_at"] - contact["opened_at"]).total_seconds() == 720
    assert contact["sla_met"] is True
    told = [
        (one["kind"], one["actor_kind"], one["value"], one["public"])
        for one in sorted(dish["contact_events"], key=lambda one: (one["at"], one["kind"]))
    ]
    assert told == [
        ("opened", "customer", None, None),
        ("reply", "customer", None, True),
        ("reply", "agent", None, False),
        ("assigned", "agent", "1", None),
        ("reply", "agent", None, True),
        ("status", "agent", "solved", None),
    ]
    assert [one["agent_id"] for one in dish["agents"]] == ["1"]
    assert [one["email"] for one in dish["people"]] == ["ada@shop.example"]
    assert [(one["score"], one["contact_id"]) for one in dish["surveys"]] == [(5, str(number))]


def test_a_second_pull_brings_what_is_new_and_a_changed_ticket_counts_once(shop: Shop) -> None:
    first = shop.ticket("ada@shop.example")
    shop.pull_all()
    shop.happens(first, 60, status="pending")
    shop.ticket("bob@shop.example")
    assert shop.pull("tickets").rows == 2
    assert shop.pull("tickets").rows == 0
    shop.pull_all()
    contacts = shop.cooked()["contacts"]
    assert {one["contact_id"]: one["status"] for one in contacts}[str(first)] == "pending"
    assert len(contacts) == 2


def test_a_cursor_at_the_end_does_not_go_on_for_ever(shop: Shop) -> None:
    shop.ticket("ada@shop.example")
    assert shop.pull("tickets") == Pulled("tickets", 1, 1)
    asked = len(shop.server.log)
    assert shop.pull("tickets") == Pulled("tickets", 1, 0)
    assert len(shop.server.log) == asked + 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**30))
def test_nothing_is_lost_or_doubled_whatever_breaks(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    whatever_breaks(seed, tmp_path_factory.mktemp("pull"))


def whatever_breaks(seed: int, folder: Path) -> None:
    """Pull through faults and stops at any request, and compare with what the desk has."""
    chance = random.Random(seed)
    shop = Shop(folder)
    for at in range(2300):
        shop.server.user(email=f"p{at}@shop.example")
    stops = chance.choice((0.0, 0.3))

    def act(_: object) -> None:
        if chance.random() < stops:
            raise Stop

    shop.faulty.faults = iter(chance.choices([FINE, FINE, *FAULTS], k=chance.randrange(40)))
    shop.faulty.before = act
    for _ in range(60):
        try:
            if shop.pull("users").rows == 0:
                break
        except (Stop, DeskTrouble):
            if chance.random() < 0.3:  # killed after the page, before it was written down
                with (folder / "zendesk" / "users.jsonl").open("a", encoding="utf-8") as out:
                    out.write('{"id": 0, "half a li')
    shop.faulty.before, shop.faulty.faults = lambda _: None, itertools.repeat(FINE)
    shop.pull("users")
    found = [row["id"] for row in shop.rows("users")]
    assert len(found) == len(set(found))
    assert set(found) == set(shop.server.users)


def test_what_was_written_down_and_is_damaged_is_told_with_the_mend(shop: Shop) -> None:
    shop.pull("users")
    (shop.folder / "zendesk" / "users.mark").write_text("{", "utf-8")
    with pytest.raises(BadRows, match="remove it"):
        shop.pull("users")


def test_a_file_that_was_removed_is_pulled_anew(shop: Shop) -> None:
    shop.pull("users")
    (shop.folder / "zendesk" / "users.jsonl").unlink()
    assert shop.pull("users").rows == 1


def test_who_is_forgotten_leaves_what_was_pulled_though_a_pull_was_cut_off(shop: Shop) -> None:
    first, second = shop.ticket("ada@shop.example"), shop.ticket("bob@shop.example")
    shop.pull_all()
    home = shop.folder / "zendesk"
    with (home / "tickets.jsonl").open("a", encoding="utf-8") as out:
        out.write('{"id": 1, "requester_id"')
    person = str(shop.server.tickets[first]["requester_id"])
    assert erase(ZendeskStreams(), home, {person}) == 3  # the user, the ticket and what befell it
    assert [row["id"] for row in shop.rows("tickets")] == [second]
    shop.ticket("cy@shop.example")
    assert shop.pull("tickets").rows == 1
    assert len(shop.rows("tickets")) == 2


def test_files_are_readable_by_their_owner_alone(shop: Shop) -> None:
    shop.pull("users")
    files = [shop.folder / "zendesk", *(shop.folder / "zendesk").iterdir()]
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


def test_ten_exports_a_minute_are_not_passed(shop: Shop) -> None:
    shop.server.limit = 0
    for at in range(25_000):
        shop.server.users[10_000 + at] = {"id": 10_000 + at}
        shop.server._touch("user", 10_000 + at, shop.server._user_order)
    moments: list[float] = []
    shop.faulty.before = lambda _: moments.append(shop.clock.at)
    shop.pull("users")
    assert len(moments) == 26
    assert all(later - earlier >= 60 for earlier, later in zip(moments, moments[10:], strict=False))
