"""The promise: an address of one's own is told every change once, signed, and again with the same key if an answer was lost."""

import hashlib
import hmac
import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.forgotten import forget
from duecare.helpdesk.ledger import Ledger
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.runs import Runs
from duecare.helpdesk.wants import Want
from duecare.helpdesk.webhook import KEY, SIGNATURE, Webhook
from duecare.records import Book, open_book
from duecare.words import BadSettings, DeskTrouble
from helpdesk.bench import Faulty, Instant, customer, email, want, wants
from helpdesk.desks.zendesk import AFTER, BEFORE, LOST

TABLES = ("desk_people", "desk_outbox", "desk_receipts", "desk_overwritten", "desk_edits", "desk_forgotten")
SECRET = "sign with this"  # noqa: S105 - of a test


class Receiver(httpx.BaseTransport):
    """Takes what is sent, once for each key, and only if it is signed."""

    def __init__(self) -> None:
        self.keys: dict[str, int] = {}
        self.shown: dict[str, dict[str, str]] = {}
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        self.requests.append(request)
        if not hmac.compare_digest(request.headers[SIGNATURE], hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()):
            return httpx.Response(422, request=request)
        key = request.headers[KEY]
        self.keys[key] = self.keys.get(key, 0) + 1
        if self.keys[key] == 1:
            for one in json.loads(body)["changes"]:
                assert {name: self.shown.get(one["customer_id"], {}).get(name, "") for name in one["before"]} == one["before"]
                self.shown.setdefault(one["customer_id"], {}).update(one["after"])
        return httpx.Response(204, request=request)


def runs(book: Book, faulty: Faulty, secret: str = SECRET) -> Runs:
    desk = Webhook(secret=secret)
    carrier = Carrier(
        desk, "https://shop.example/hooks/duecare?of=tiers", secret, Pace(0), clock=Instant(), transport=faulty, chance=lambda: 0.5
    )
    return Runs(desk=desk, ledger=Ledger(book, "hook"), carrier=carrier, most_changed_percent=100)


def shown(receiver: Receiver) -> dict[str, dict[str, str]]:
    return {who: {name: text for name, text in fields.items() if text} for who, fields in receiver.shown.items()}


def due(tiers: list[str]) -> dict[str, dict[str, str]]:
    return {one.customer_id: {name: text for name, text in one.fields.items() if text} for one in wants(tiers)}


def test_every_change_is_told_once_and_nothing_when_nothing_changes(tmp_path: Path) -> None:
    receiver, tiers = Receiver(), ["Premium", "Plus", ""] * 50
    with open_book("sqlite:book.db", tmp_path) as book:
        assert runs(book, Faulty(receiver)).push(wants(tiers)).counts["written"] == 150
        assert shown(receiver) == due(tiers)
        assert len(receiver.requests) == 2  # of a hundred changes at the most
        assert runs(book, Faulty(receiver)).push(wants(tiers)).run is None
        runs(book, Faulty(receiver)).push(wants(["Plus", *tiers[1:]]))
        assert len(json.loads(receiver.requests[-1].content)["changes"]) == 1
    assert {str(one.url) for one in receiver.requests} == {"https://shop.example/hooks/duecare?of=tiers"}


@pytest.mark.parametrize("fault", [BEFORE, AFTER, LOST])
def test_a_lost_answer_sends_the_same_key_again(tmp_path: Path, fault: str) -> None:
    receiver = Receiver()
    with open_book("sqlite:book.db", tmp_path) as book:
        runs(book, Faulty(receiver, iter([fault]))).push(wants(["Premium"] * 5))
    assert shown(receiver) == due(["Premium"] * 5)
    assert len(receiver.keys) == 1


def test_one_that_stays_silent_is_told_and_gone_on_with(tmp_path: Path) -> None:
    receiver = Receiver()
    with open_book("sqlite:book.db", tmp_path) as book:
        with pytest.raises(DeskTrouble, match="goes on where it ended"):
            runs(book, Faulty(receiver, itertools.repeat(LOST))).push(wants(["Premium"] * 5))
        runs(book, Faulty(receiver)).push(wants(["Premium"] * 5))
        assert shown(receiver) == due(["Premium"] * 5)
        assert len(receiver.keys) == 1


def test_the_same_text_that_is_wanted_anew_is_told_anew(tmp_path: Path) -> None:
    receiver = Receiver()
    with open_book("sqlite:book.db", tmp_path) as book:
        for version in (1, 3, 5):
            done = runs(book, Faulty(receiver)).push([want(0, "Premium")])
            assert json.loads(receiver.requests[-1].content)["changes"][0]["version"] == version
            assert shown(receiver) == due(["Premium"])
            runs(book, Faulty(receiver)).rollback(done.run or 0)
    assert len(receiver.keys) == 6


def silent(book: Book, receiver: Receiver, *wanted: Want, taken: bool) -> None:
    """Push to a receiver whose answers get lost, or that nothing reaches."""
    with pytest.raises(DeskTrouble):
        runs(book, Faulty(receiver, itertools.repeat(LOST if taken else BEFORE))).push(wanted)


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("then", ["Premium", "Plus", ""])
def test_a_batch_of_which_no_answer_came_is_sent_again_before_anything_else_is(tmp_path: Path, then: str, taken: bool) -> None:
    receiver = Receiver()
    with open_book("sqlite:book.db", tmp_path) as book:
        runs(book, Faulty(receiver)).push(wants(["Premium", "Premium"]))
        silent(book, receiver, want(0, "Plus"), want(1, "Plus"), taken=taken)
        looked = runs(book, Faulty(receiver)).look([want(0, then)])
        sent = len(receiver.requests)
        done = runs(book, Faulty(receiver)).push([want(0, then)])
        assert done.plan.hash == looked.hash
        assert len(receiver.requests) == sent + 1 + (done.run is not None)
        assert shown(receiver) == {**due([then]), customer(1): {}}
        versions = [json.loads(one.content)["changes"][0]["version"] for one in receiver.requests]
        assert versions == sorted(versions)
        assert len(set(versions)) == len(receiver.keys)
        assert "@" not in str(book.rows("SELECT * FROM desk_outbox"))


def test_a_new_customers_e_mail_comes_with_the_batch_that_is_sent_again(tmp_path: Path) -> None:
    receiver = Receiver()
    with open_book("sqlite:book.db", tmp_path) as book:
        silent(book, receiver, want(0, "Premium"), taken=False)
        runs(book, Faulty(receiver)).push([want(0, "Plus")])
    assert json.loads(receiver.requests[-2].content)["changes"][0]["email"] == email(0)
    assert shown(receiver) == due(["Plus"])


@pytest.mark.parametrize("taken", [True, False])
def test_who_is_forgotten_while_a_batch_waits_for_its_answer_is_told_to_be_blank_and_named_no_more(tmp_path: Path, taken: bool) -> None:
    receiver = Receiver()
    with open_book("sqlite:book.db", tmp_path) as book:
        silent(book, receiver, want(0, "Premium"), want(1, "Plus"), taken=taken)
        with book.write() as transaction:
            assert forget(transaction, [customer(0)], datetime.now(UTC)) == 1
        assert email(0) not in str(book.rows("SELECT * FROM desk_outbox"))
        runs(book, Faulty(receiver)).push([want(1, "Plus")])
        assert shown(receiver) == {customer(0): {}, customer(1): due(["", "Plus"])[customer(1)]}
        assert [name for name in TABLES if customer(0) in str(book.rows(f"SELECT * FROM {name}"))] == []


def test_a_run_can_be_taken_back(tmp_path: Path) -> None:
    receiver = Receiver()
    with open_book("sqlite:book.db", tmp_path) as book:
        done = runs(book, Faulty(receiver)).push([want(0, "Premium")])
        runs(book, Faulty(receiver)).rollback(done.run or 0)
    assert shown(receiver) == {"cu_00000": {}}


def test_who_was_forgotten_is_told_by_the_id_that_the_receiver_knows(tmp_path: Path) -> None:
    receiver = Receiver()
    with open_book("sqlite:book.db", tmp_path) as book:
        runs(book, Faulty(receiver)).push(wants(["Premium", "Plus"]))
        with book.write() as transaction:
            forget(transaction, ["cu_00000"], datetime.now(UTC))
        runs(book, Faulty(receiver)).erase()
        assert book.rows("SELECT person FROM desk_people") == [("cu_00001",)]
    assert shown(receiver) == {"cu_00000": {}, "cu_00001": due(["Premium", "Plus"])["cu_00001"]}


def test_the_secret_signs_and_is_never_sent(tmp_path: Path) -> None:
    receiver = Receiver()
    with open_book("sqlite:book.db", tmp_path) as book:
        runs(book, Faulty(receiver)).push([want(0, "Premium")])
    (request,) = receiver.requests
    assert SECRET not in str(request.headers) + request.content.decode()
    assert SECRET not in repr(Webhook(secret=SECRET))


def test_a_wrong_signature_is_refused_and_told(tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as book:
        done = runs(book, Faulty(Receiver()), "another").push([want(0, "Premium")])
        assert (done.counts["written"], done.counts["refused"]) == (0, 1)


def test_an_address_in_the_open_is_refused() -> None:
    with pytest.raises(BadSettings, match="https"):
        Carrier(Webhook(secret=SECRET), "http://shop.example/hook", SECRET, Pace(0))
