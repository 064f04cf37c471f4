"""The promise: from exports to the profile that an agent sees, and all of it back again, by commands alone."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.calling import duecare, make_shop, order, say, went_wrong
from duecare.app import pushing
from duecare.app.desking import gathered
from duecare.app.pulling import erase_pulled
from duecare.app.settings import Settings, read_settings
from duecare.helpdesk.ledger import Ledger
from duecare.helpdesk.turn import Lock
from duecare.helpdesk.wants import Want
from duecare.helpdesk.zendesk import tag
from duecare.records import Book, alone, open_book
from duecare.words import StoreTrouble
from helpdesk.desks.http import on_port
from helpdesk.desks.zendesk import TOKEN, USER, ZendeskServer

POLICY = """
[[tiers]]
name = "Premium"
when = "orders >= 3"
agents = "senior"
options = ["line"]

[[tiers]]
name = "Standard"

[[options]]
name = "line"
says = "a direct line"

[[promises]]
metric = "first_response"
target_minutes = 60
tier = "Premium"

[[promises]]
metric = "first_response"
target_minutes = 1440

[guarantee]
signed_by = "Ada"
reason = "a test"

[desks.zendesk]
url = "URL"
user = "bot@shop.example"
secret = "env:ZENDESK_TOKEN"
"""


NAMES = ("Ada Berg", "Bo Cole", "Cem Dorn", "Dana Eder", "Eli Fink", "Fay Gold")


class Desk:
    """A shop and its Zendesk."""

    def __init__(self, folder: Path, server: ZendeskServer) -> None:
        self.folder, self.server = folder, server

    def shown(self, email: str) -> dict[str, str]:
        (row,) = [row for row in self.server.users.values() if row["email"] == email]
        return {key.removeprefix("duecare_"): text for key, text in row["user_fields"].items() if text}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that was run, and not applied."""
    folder = tmp_path_factory.mktemp("desks") / "shop"
    people = [{"source": "shop", "source_id": f"c{at}", "name": name, "email": f"p{at}@shop.example"} for at, name in enumerate(NAMES)]
    orders = [order(f"o{who}{at}", f"c{who}", f"2026-0{1 + at}-1{who}", 10.0) for who in range(6) for at in range(3 if who < 2 else 1)]
    make_shop(folder, orders, people=people)
    file = folder / "duecare.toml"
    blocks = [
        one for one in re.split(r"\n(?=\[)", file.read_text("utf-8")) if not one.startswith(("[[tiers]]", "[[promises]]", "[guarantee]"))
    ]
    file.write_text("\n".join(blocks) + POLICY.replace("URL", "https://shop.example"), "utf-8")
    assert (told := duecare("run", folder=folder)).code in {0, 4}, told.err
    return folder


@pytest.fixture
def desk(ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("ZENDESK_TOKEN", TOKEN)
    folder = tmp_path / "shop"
    shutil.copytree(ran, folder, symlinks=True)
    server = ZendeskServer()
    for at in range(5):
        server.user(email=f"p{at}@shop.example", name=NAMES[at])
    server.user(email="stranger@shop.example")
    server.user(email=USER, role="admin")
    with on_port(server) as url:
        say(folder, "https://shop.example", url)
        yield Desk(folder, server)


@pytest.fixture
def applied(desk: Desk) -> Desk:
    assert (told := duecare("apply", "--yes", folder=desk.folder)).code == 0, told.err
    assert (told := duecare("desk", "apply", "zendesk", "--json", folder=desk.folder)).code == 0, told.err
    return desk


def test_nothing_is_pushed_before_a_plan_was_applied(desk: Desk) -> None:
    went_wrong(duecare("push", "zendesk", folder=desk.folder), "no plan was applied", "duecare apply")


def test_agents_see_the_level_the_care_and_why_and_never_money(applied: Desk) -> None:
    told = duecare("push", "zendesk", folder=applied.folder)
    assert told.code == 0, told.err
    assert "none → Premium: 2" in told.out
    premium, standard = applied.shown("p0@shop.example"), applied.shown("p3@shop.example")
    assert premium["tier"] == tag("Premium")
    assert premium["care"] == "served first by senior agents; first reply within 1 hour; a direct line"
    assert premium["why"] == "earned by how often they buy"
    assert set(standard) == {"customer"}  # the last level has no label
    assert applied.shown("stranger@shop.example") == {}
    assert duecare("push", "zendesk", "--json", folder=applied.folder).json["run"] is None


def test_a_dry_run_says_what_the_run_does_and_writes_nothing(applied: Desk) -> None:
    looked = duecare("push", "zendesk", "--dry-run", "--json", folder=applied.folder).json
    assert applied.server.writes() == 0
    done = duecare("push", "zendesk", "--json", folder=applied.folder).json
    assert looked["plan"] == done["plan"]
    assert (looked["changes"], done["written"], done["unknown_to_the_desk"]) == (5, 5, 1)


def test_a_run_is_listed_and_taken_back(applied: Desk) -> None:
    run = duecare("push", "zendesk", "--json", folder=applied.folder).json["run"]
    assert f"run {run}: push" in duecare("desk", "runs", "zendesk", folder=applied.folder).out
    told = duecare("push", "zendesk", "--rollback", str(run), folder=applied.folder)
    assert "5 profiles of zendesk show again" in told.out
    assert applied.shown("p0@shop.example") == {}
    went_wrong(duecare("push", "zendesk", "--rollback", "99", folder=applied.folder), "no run 99", "desk runs")


def test_an_edit_by_hand_is_listed_and_waits_for_a_word(applied: Desk) -> None:
    duecare("push", "zendesk", folder=applied.folder)
    (number,) = [number for number, row in applied.server.users.items() if row["email"] == "p0@shop.example"]
    applied.server.edit(number, "duecare_care", "as a friend")
    assert "1 field bear somebody else's word" in duecare("push", "zendesk", folder=applied.folder).out
    assert "'as a friend' instead of" in duecare("desk", "edits", "zendesk", folder=applied.folder).out
    duecare("push", "zendesk", "--edits", "ours", folder=applied.folder)
    assert applied.shown("p0@shop.example")["care"].startswith("served first")
    assert duecare("desk", "edits", "zendesk", "--json", folder=applied.folder).json["edits"][0]["settled"] == "ours"


def test_a_need_is_shown_whatever_the_level(applied: Desk) -> None:
    assert duecare("people", "need", "c3", "plain words", "--why", "they asked", folder=applied.folder).code == 0
    duecare("push", "zendesk", folder=applied.folder)
    assert applied.shown("p3@shop.example")["care"] == "needs: plain words"


def test_rules_are_made_once_and_drift_is_told(applied: Desk) -> None:
    again = duecare("desk", "apply", "zendesk", "--json", folder=applied.folder).json
    assert again["steps"] == []
    assert duecare("desk", "drift", "zendesk", folder=applied.folder).code == 0
    (view,) = applied.server.views.values()
    view["title"] = "mine now"
    told = duecare("desk", "drift", "zendesk", folder=applied.folder)
    assert told.code == 3
    assert "'mine now' was changed: title" in told.out
    assert "duecare desk touch zendesk" in duecare("desk", "apply", "zendesk", "--remove", folder=applied.folder).out
    assert applied.server.views == applied.server.triggers == applied.server.policies == {}


def test_open_tickets_are_touched_once(applied: Desk) -> None:
    duecare("push", "zendesk", folder=applied.folder)
    (number,) = [number for number, row in applied.server.users.items() if row["email"] == "p0@shop.example"]
    triggers, applied.server.triggers = applied.server.triggers, {}
    _, said = applied.server._routed("POST", "tickets", {}, {"ticket": {"requester_id": number, "comment": {"body": "?"}}})
    applied.server.triggers = triggers
    assert duecare("desk", "touch", "zendesk", "--yes", folder=applied.folder).out.startswith("1 open ticket")
    ticket = applied.server.tickets[said["ticket"]["id"]]
    assert [one["value"] for one in ticket["custom_fields"] if one["value"]] == ["duecare_premium_ticket"]
    assert duecare("desk", "touch", "zendesk", "--yes", "--json", folder=applied.folder).json["touched"] == 0
    duecare("push", "zendesk", "--rollback", "1", folder=applied.folder)  # levels are others now
    assert duecare("desk", "touch", "zendesk", "--yes", "--json", folder=applied.folder).json["touched"] == 1


def test_one_pull_at_a_time_lands_and_none_while_somebody_is_taken_out(applied: Desk) -> None:
    home = applied.folder / "desks" / "zendesk"
    with alone(home / "pull.lock", "pull"):
        told = duecare("pull", "zendesk", folder=applied.folder)
        assert (told.code, list(home.glob("*.jsonl"))) == (1, [])
        assert "another pull or forgetting is at work" in told.err
        with pytest.raises(StoreTrouble, match="another pull"):
            erase_pulled(read_settings(applied.folder / "duecare.toml"), "zendesk", {"1"})


def test_nobody_is_forgotten_while_a_push_is_at_work_that_would_write_them_again(applied: Desk) -> None:
    duecare("push", "zendesk", folder=applied.folder)
    with open_book("sqlite:book.db", applied.folder) as book:
        Lock(book, "zendesk").take("elsewhere:1", datetime.now(UTC))
        told = duecare("forget", "p0@shop.example", "--yes", folder=applied.folder)
        assert "another run is at work on the desk 'zendesk'" in told.err
        assert book.rows("SELECT count(*) FROM forgettings") == [(0,)]
    assert applied.shown("p0@shop.example")["tier"] == tag("Premium")


def test_a_push_whose_people_were_read_before_somebody_was_forgotten_writes_nothing(applied: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def then_forgotten(settings: Settings, name: str, book: Book) -> list[Want]:
        found = gathered(settings, name, book)
        assert duecare("forget", "p0@shop.example", "--yes", folder=applied.folder).code == 0
        return found

    monkeypatch.setattr(pushing, "gathered", then_forgotten)
    assert "somebody was forgotten meanwhile" in duecare("push", "zendesk", folder=applied.folder).err
    assert applied.server.writes() == 0
    monkeypatch.setattr(pushing, "gathered", gathered)
    assert duecare("push", "zendesk", folder=applied.folder).code == 0
    assert applied.shown("p0@shop.example") == {}
    assert applied.shown("p1@shop.example")["tier"] == tag("Premium")


def test_tickets_are_not_touched_while_levels_are_on_their_way(applied: Desk) -> None:
    duecare("push", "zendesk", folder=applied.folder)
    with open_book("sqlite:book.db", applied.folder) as book:
        Ledger(book, "zendesk").sending(1, 9, [], whole=False)
    went_wrong(duecare("desk", "touch", "zendesk", "--yes", folder=applied.folder), "cut off", "duecare push zendesk")


def test_one_apply_at_a_time_makes_rules(desk: Desk) -> None:
    with open_book("sqlite:book.db", desk.folder) as book:
        Lock(book, "zendesk").take("elsewhere:1", datetime.now(UTC))
    told = duecare("desk", "apply", "zendesk", folder=desk.folder)
    assert "another run" in told.err
    assert desk.server.triggers == desk.server.views == {}


def test_what_is_pulled_is_read_by_the_next_run(applied: Desk) -> None:
    (number,) = [number for number, row in applied.server.users.items() if row["email"] == "p0@shop.example"]
    applied.server._routed("POST", "tickets", {}, {"ticket": {"requester_id": number, "comment": {"body": "?"}}})
    told = duecare("pull", "zendesk", folder=applied.folder)
    assert told.code == 0, told.err
    assert 'preset = "zendesk"' in told.out
    say(
        applied.folder,
        "[desks.zendesk]",
        '[[inputs]]\nname = "zendesk"\npath = "desks/zendesk/*.jsonl"\npreset = "zendesk"\n\n[desks.zendesk]',
    )
    assert duecare("run", "--json", folder=applied.folder).code in {0, 4}
    known = duecare("explain", "p0@shop.example", "--json", folder=applied.folder).json
    assert len(known["contacts"]) == 1
    assert duecare("measure", "--json", folder=applied.folder).code == 0
    assert duecare("pull", "zendesk", "--json", folder=applied.folder).json["streams"]["tickets"] == 0
    went_wrong(duecare("pull", "zendesk", "--stream", "tickts", folder=applied.folder), "tickets")


def test_forgetting_reaches_the_desk_and_what_was_pulled(applied: Desk) -> None:
    duecare("push", "zendesk", folder=applied.folder)
    duecare("pull", "zendesk", folder=applied.folder)
    say(
        applied.folder,
        "[desks.zendesk]",
        '[[inputs]]\nname = "zendesk"\npath = "desks/zendesk/*.jsonl"\npreset = "zendesk"\n\n[desks.zendesk]',
    )
    assert duecare("run", folder=applied.folder).code in {0, 4}
    told = duecare("forget", "p0@shop.example", "--yes", folder=applied.folder)
    assert told.code == 0, told.err
    assert "zendesk: 1 profile cleared" in told.out
    assert applied.shown("p0@shop.example") == {}
    assert "p0@shop.example" not in (applied.folder / "desks" / "zendesk" / "users.jsonl").read_text("utf-8")
    assert applied.shown("p1@shop.example")["tier"] == tag("Premium")
    assert duecare("push", "zendesk", folder=applied.folder).code == 0
    assert applied.shown("p0@shop.example") == {}
    with open_book("sqlite:book.db", applied.folder) as book:
        assert book.rows("SELECT count(*) FROM desk_forgotten") == [(0,)]


def test_a_company_shows_the_level_that_its_people_were_given_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENDESK_TOKEN", TOKEN)
    people = [
        {
            "source": "shop",
            "source_id": f"c{at}",
            "name": NAMES[at],
            "email": f"p{at}@shop.example",
            "company": f"Firm {'AB'[at % 2]}",
        }
        for at in range(6)
    ]
    orders = [order(f"o{who}{at}", f"c{who}", f"2026-0{1 + at}-1{who}", 10.0) for who in range(6) for at in range(4 if who == 0 else 1)]
    make_shop(tmp_path, orders, people=people)
    server = ZendeskServer()
    firms = [server.organization(name) for name in ("Firm A", "firm b", "Stranger")]
    with on_port(server) as url:
        file = tmp_path / "duecare.toml"
        blocks = [
            one
            for one in re.split(r"\n(?=\[)", file.read_text("utf-8"))
            if not one.startswith(("[[tiers]]", "[[promises]]", "[guarantee]"))
        ]
        policy = (
            POLICY.replace("[desks.zendesk]", '[desks.firms]\nkind = "zendesk_organizations"').replace("URL", url).replace(">= 3", ">= 5")
        )
        file.write_text("\n".join(blocks) + policy, "utf-8")
        for command in ("run", "apply"):
            assert duecare(command, *(["--yes"] if command == "apply" else []), folder=tmp_path).code in {0, 4}
        went_wrong(duecare("push", "firms", folder=tmp_path), "places people", "account")
        file.write_text(file.read_text("utf-8") + '\n[policy]\nlevel = "account"\n', "utf-8")
        assert duecare("run", folder=tmp_path).code in {0, 4}
        assert (told := duecare("apply", "--yes", folder=tmp_path)).code == 0, told.err
        assert (told := duecare("desk", "apply", "firms", folder=tmp_path)).code == 0, told.err
        assert (told := duecare("push", "firms", folder=tmp_path)).code == 0, told.err
    shown = [{key.removeprefix("duecare_"): text for key, text in one["organization_fields"].items() if text} for one in firms]
    assert [one.get("tier") for one in shown] == [tag("Premium"), None, None]
    assert [set(one) for one in shown] == [{"customer", "tier", "care", "why"}, {"customer"}, set()]


def test_who_asks_is_told_what_those_who_serve_them_see(applied: Desk) -> None:
    duecare("push", "zendesk", folder=applied.folder)
    told = duecare("disclose", "p0@shop.example", "--json", "--out", "page.html", folder=applied.folder).json
    assert [(one["desk"], one["tier"]) for one in told["desks"]] == [("zendesk", "Premium")]
    assert "a direct line" in (applied.folder / "page.html").read_text("utf-8")


def test_a_desk_that_is_down_is_cleared_by_the_next_push(applied: Desk) -> None:
    duecare("push", "zendesk", folder=applied.folder)
    applied.server.revoked = True
    told = duecare("forget", "p0@shop.example", "--yes", folder=applied.folder)
    assert "1 profile NOT cleared yet" in told.out
    assert applied.shown("p0@shop.example") != {}
    told = duecare("doctor", folder=applied.folder)
    assert told.code == 1
    assert "1 profile of people who were forgotten is not cleared" in told.out
    applied.server.revoked = False
    assert duecare("push", "zendesk", folder=applied.folder).code == 0
    assert applied.shown("p0@shop.example") == {}


def test_a_revoked_token_is_told_with_the_mend_and_never_shown(applied: Desk) -> None:
    applied.server.revoked = True
    told = duecare("push", "zendesk", folder=applied.folder)
    went_wrong(told, "does not let us in", "secret")
    assert TOKEN not in told.err + json.dumps(told.out)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('url = "http://127', 'url = "http://shop.example:127', ("https",)),
        ('secret = "env:ZENDESK_TOKEN"', 'secret = "hunter2"', ("in the open", "env:NAME")),
        ('secret = "env:ZENDESK_TOKEN"', 'secret = "env:NOWHERE"', ("NOWHERE", "export")),
        ('user = "bot@shop.example"\n', "", ("has no user",)),
        ("[desks.zendesk]", "[desks.support]", ("kind",)),
        ('user = "bot', 'usr = "bot', ("nobody reads", "user")),
        ('user = "bot', 'groups = { Premum = "Seniors" }\nuser = "bot', ("Premum", "Premium")),
        ('user = "bot', 'on_human_edit = "mine"\nuser = "bot', ("on_human_edit",)),
    ],
)
def test_settings_that_cannot_be_meant_are_told(applied: Desk, old: str, new: str, words: tuple[str, ...]) -> None:
    say(applied.folder, old, new)
    told = duecare("push", "zendesk", folder=applied.folder)
    went_wrong(told, *words)
    assert "hunter2" not in told.err


def test_a_policy_that_was_changed_and_not_applied_shows_nobody_a_level(applied: Desk) -> None:
    say(applied.folder, 'name = "Premium"', 'name = "Gold"')
    say(applied.folder, 'tier = "Premium"', 'tier = "Gold"')
    went_wrong(duecare("push", "zendesk", folder=applied.folder), "'Premium'", "has no more", "apply")
    assert applied.server.writes() == 0


def test_a_desk_that_is_not_there_is_told_with_the_nearest(applied: Desk) -> None:
    went_wrong(duecare("push", "zendsk", folder=applied.folder), "zendesk")
