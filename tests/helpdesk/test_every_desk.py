"""The promise: every desk is brought to what is wanted, whatever breaks, and nothing that somebody else wrote is lost without a word."""

import itertools
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from duecare.helpdesk.desk import FIELDS, Change
from duecare.helpdesk.forgotten import forget
from duecare.helpdesk.ledger import Ledger, Receipt
from duecare.helpdesk.merge import POLICIES, Policy
from duecare.helpdesk.turn import LOCK_S, Lock
from duecare.helpdesk.wants import FEW, Want
from duecare.words import BadSettings, DeskTrouble, HeldBack, StoreTrouble
from helpdesk.bench import (
    FIRST,
    WORLDS,
    Bench,
    Instant,
    OrganizationsWorld,
    PlainWorld,
    RtWorld,
    ZendeskWorld,
    bench,
    customer,
    email,
    want,
    wants,
)
from helpdesk.desks.zendesk import AFTER, BEFORE, BUSY, BUSY_PLAIN, LOST, TWICE

SERVERS = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("rt", "postgres")]


@pytest.fixture(params=[*WORLDS, *SERVERS])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    world = RtWorld(request.getfixturevalue("rt")) if request.param == "rt" else WORLDS.get(request.param, PlainWorld)(tmp_path)
    world.add(world.many)
    with bench(world, tmp_path, _book(request) if request.param == "postgres" else "sqlite:book.db") as made:
        yield made


def _book(request: pytest.FixtureRequest) -> str:
    """A book of its own in a real PostgreSQL."""
    dsn, schema = request.getfixturevalue("postgres"), f"d{abs(hash(request.node.name)) % 10**12}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return f"postgres:{dsn} options='-c search_path={schema}'"


def test_profiles_show_what_is_wanted(at: Bench) -> None:
    done = at.runs().push(wants(at.levels))
    assert at.world.shown() == at.due(at.levels)
    assert done.counts["written"] == at.many


def test_the_last_level_has_no_label(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    assert all("tier" not in at.world.shown()[at.number(place)] for place, tier in enumerate(at.levels) if not tier)


def test_a_second_push_writes_nothing_and_is_no_run(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    before = at.world.writes()
    assert at.runs().push(wants(at.levels)).run is None
    assert at.world.writes() == before


@pytest.mark.parametrize("changed", [1, 99, 100, 101, 200])
def test_k_changes_take_a_hundredth_of_k_write_calls_rounded_up(at: Bench, changed: int) -> None:
    runs = at.runs(most_changed_percent=100)
    runs.push(wants(at.levels))
    if changed > at.many:
        pytest.skip("there are not so many people")
    before = at.world.writes()
    now = ["Plus" if tier != "Plus" else "" for tier in at.levels[:changed]] + at.levels[changed:]
    runs.push(wants(now))
    assert at.world.writes() - before == -(-changed // at.world.desk.capabilities.batch)


def test_a_dry_run_writes_nothing_and_says_what_the_run_does(at: Bench) -> None:
    looked = at.runs().look(wants(at.levels))
    assert at.world.writes() == 0
    done = at.runs().push(wants(at.levels))
    assert looked.hash == done.plan.hash
    written = {(one.person, tuple(one.after.items())) for one in at.runs().ledger.receipts(done.run or 0)}
    assert written == {(one.person, tuple(sorted(one.after.items()))) for one in looked.changes}


def test_a_rollback_gives_everything_back(at: Bench) -> None:
    runs = at.runs(most_changed_percent=100)
    runs.push(wants(at.levels))
    before = at.world.shown()
    done = runs.push(wants(at.others))
    assert at.world.shown() != before
    runs.rollback(done.run or 0)
    assert at.world.shown() == before


def test_the_first_run_can_be_rolled_back_too(at: Bench) -> None:
    before = at.world.shown()
    done = at.runs().push(wants(at.levels))
    at.runs().rollback(done.run or 0)
    assert at.world.shown() == before


def test_a_persons_edit_is_found_and_waits_for_a_word(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    at.world.edit(at.number(0), "tier", "Plus")
    done = at.runs("ask").push(wants(at.levels))
    assert [(person, edit.field, edit.found) for person, _, edit in done.plan.edits] == [(at.number(0), "tier", "Plus")]
    assert at.world.shown()[at.number(0)]["tier"] == "Plus"
    assert at.book.rows("SELECT person, field, found, settled FROM desk_edits") == [(at.number(0), "tier", "Plus", "")]


def test_theirs_leaves_an_edit_and_says_so(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    at.world.edit(at.number(0), "tier", "Plus")
    at.runs("theirs").push(wants(at.levels))
    assert at.world.shown()[at.number(0)]["tier"] == "Plus"
    assert at.book.rows("SELECT settled FROM desk_edits") == [("theirs",)]


def test_ours_writes_over_an_edit_keeps_it_and_can_give_it_back(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    at.world.edit(at.number(0), "tier", "Plus")
    done = at.runs("ours").push(wants(at.levels))
    assert at.world.shown()[at.number(0)]["tier"] == "Premium"
    assert at.book.rows("SELECT found, settled FROM desk_edits") == [("Plus", "ours")]
    at.runs("ours").rollback(done.run or 0)
    assert at.world.shown()[at.number(0)]["tier"] == "Plus"


@pytest.mark.parametrize("text", ["Plus", ""])
def test_a_text_that_a_rollback_gives_back_is_still_the_persons(at: Bench, text: str) -> None:
    at.runs().push(wants(at.levels))
    at.world.edit(at.number(0), "tier", text)
    done = at.runs("ours").push(wants(at.levels))
    at.runs().rollback(done.run or 0)
    assert at.world.shown()[at.number(0)].get("tier", "") == text
    assert len(at.runs("ask").push(wants(at.levels)).plan.edits) == 1
    assert at.world.shown()[at.number(0)].get("tier", "") == text
    at.runs().clear([at.number(0)])
    assert at.world.shown()[at.number(0)] == ({"tier": text} if text else {})


def test_what_stood_there_before_the_first_push_is_a_persons_too(at: Bench) -> None:
    at.world.edit(at.number(0), "care", "call her by her first name")
    at.runs("ask").push(wants(at.levels))
    assert at.world.shown()[at.number(0)]["care"] == "call her by her first name"
    assert at.world.shown()[at.number(0)]["tier"] == "Premium"


def test_who_shows_already_what_is_wanted_is_not_written(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    at.book.rows("DELETE FROM desk_people")
    before = at.world.writes()
    at.runs().push(wants(at.levels))
    assert at.world.writes() == before


def test_of_whom_nobody_wants_anything_any_more_everything_is_taken_away(at: Bench) -> None:
    at.runs(most_changed_percent=100).push(wants(at.levels))
    at.runs(most_changed_percent=100).push(wants(at.levels)[1:])
    assert at.world.shown()[at.number(0)] == {}


def test_people_of_nobody_are_left_alone(at: Bench) -> None:
    at.runs().push(wants(at.levels)[1:])
    assert at.world.shown()[at.number(0)] == {}


def test_the_desks_own_number_names_a_person_before_any_e_mail_does(at: Bench) -> None:
    moved = Want(customer_id="cu_x", persons=(at.number(0),), fields={**want(0, "Plus").fields, "customer": "cu_x"})
    at.runs().push([moved, *wants(at.levels)])
    assert at.world.shown()[at.number(0)]["customer"] == "cu_x"


def test_an_e_mail_of_two_customers_is_nobodys(at: Bench) -> None:
    twin = Want(customer_id="cu_twin", emails=(email(0),), fields=want(1, "Plus").fields)
    done = at.runs().push([*wants(at.levels), twin])
    assert done.plan.ambiguous == 1
    assert at.world.shown()[at.number(0)] == {}


def test_customers_whom_the_desk_does_not_know_are_told(at: Bench) -> None:
    done = at.runs().push([*wants(at.levels), want(at.many + 7, "Plus")])
    assert done.plan.unmatched == (customer(at.many + 7),)
    assert len(at.world.shown()) == at.many


def test_they_are_made_when_it_is_asked_for_and_once_alone(at: Bench) -> None:
    if not at.world.desk.capabilities.creates:
        pytest.skip("nobody is made there")
    more = [*wants(at.levels), want(at.many + 7, "Plus")]
    at.runs().push(more, create=True)
    assert next(one for one in at.world.shown().values() if one.get("customer") == customer(at.many + 7))["tier"] == "Plus"
    at.runs().push(more, create=True)
    assert len(at.world.shown()) == at.many + 1


def test_nobody_is_made_whose_e_mail_is_borne_there_or_by_several_customers(at: Bench) -> None:
    if not at.world.desk.capabilities.creates:
        with pytest.raises(BadSettings, match="nobody can be made"):
            at.runs().push(wants(at.levels), create=True)
        assert at.world.writes() == 0
        return
    new, fields = email(at.many + 7), want(1, "Plus").fields
    shared = [Want(customer_id=f"cu_new_{which}", emails=(new,), fields=fields) for which in "ab"]
    twin = Want(customer_id="cu_twin", emails=("twin@shop.example", email(0)), fields=fields)
    other = Want(customer_id="cu_other", persons=(at.number(1),), fields=fields)
    done = at.runs().push([*wants(at.levels), *shared, twin, other], create=True)
    assert (len(done.plan.unmatched), done.plan.taken) == (5, 5)  # the two, the twin, and both whose person is the twin's or the other's
    assert len(at.world.shown()) == at.many
    assert at.world.shown()[at.number(0)] == {}
    assert at.world.shown()[at.number(1)]["tier"] == "Plus"


def test_who_works_at_the_desk_is_never_written_to_and_loses_what_was_written(at: Bench) -> None:
    world = at.world
    if not isinstance(world, ZendeskWorld) or isinstance(world, OrganizationsWorld):
        pytest.skip("only Zendesk tells of its staff in the list of people")
    agent = world.server.user(email=email(at.many + 7), role="agent")
    more = [*wants(at.levels), want(at.many + 7, "Premium")]
    for _ in range(2):  # the second time nothing new is read of them
        assert at.runs().push(more, create=True).plan.taken == 1
        assert (agent["user_fields"], agent["external_id"], agent["role"]) == ({}, None, "agent")
    world.server.users[FIRST]["role"] = "agent"
    world.server.edit(FIRST, "seen", "new")
    at.runs().push(more, create=True)
    assert FIRST in world.server.users
    assert world.shown()[at.number(0)] == {}
    assert at.runs().push(more, create=True).run is None


def test_who_comes_to_work_there_between_plan_and_write_is_left_alone(at: Bench) -> None:
    world = at.world
    if not isinstance(world, ZendeskWorld) or isinstance(world, OrganizationsWorld):
        pytest.skip("only Zendesk tells of its staff in the list of people")

    def act(request: "object") -> None:
        if "show_many" in str(getattr(request, "url", "")):
            world.server.users[FIRST]["role"] = "admin"

    at.faulty.before = act
    assert at.runs().push(wants(at.levels)).counts["gone"] == 1
    assert world.shown()[at.number(0)] == {}
    assert at.runs().push(wants(at.levels)).run is None


def test_too_many_changed_levels_are_held_back_and_nothing_is_written(at: Bench) -> None:
    if at.many <= FEW:
        pytest.skip("so few may change always")
    at.runs().push(wants(at.levels))
    before = at.world.shown(), at.world.writes()
    with pytest.raises(HeldBack, match="another or none"):
        at.runs(most_changed_percent=20).push(wants(at.others))
    assert (at.world.shown(), at.world.writes()) == before


def test_they_are_written_when_somebody_says_so(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    at.runs(most_changed_percent=20).push(wants(at.others), accept_mass=True)
    assert at.world.shown() == at.due(at.others)


def test_a_share_exactly_on_the_line_passes(at: Bench) -> None:
    if at.many <= FEW:
        pytest.skip("so few may change always")
    held = sum(map(bool, at.levels))
    at.runs().push(wants(at.levels))
    places = [place for place, tier in enumerate(at.levels) if tier][: held // 4]
    now = [("Plus" if tier == "Premium" else "Premium") if place in places else tier for place, tier in enumerate(at.levels)]
    percent = 100 * len(places) / held
    with pytest.raises(HeldBack):
        at.runs(most_changed_percent=percent - 0.01).push(wants(now))
    at.runs(most_changed_percent=percent).push(wants(now))
    assert at.world.shown() == at.due(now)


@dataclass
class Slow(httpx.BaseTransport):
    """Is too busy for an hour once."""

    inner: httpx.BaseTransport
    busy: bool = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self.busy:
            return self.inner.handle_request(request)
        self.busy = False
        return httpx.Response(429, headers={"retry-after": "3600"}, content=b"slow down", request=request)


def test_one_run_at_a_time(at: Bench) -> None:
    runs = at.runs()
    Lock(at.book, "desk").take("elsewhere:1", runs.now())
    with pytest.raises(StoreTrouble, match="another run"):
        runs.push(wants(at.levels))
    assert at.world.writes() == 0


def test_a_process_of_which_the_system_tells_nothing_is_taken_for_alive(at: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = at.runs()
    Lock(at.book, "desk").take(f"{socket.gethostname()}:{os.getpid()}:77", runs.now())
    monkeypatch.setattr("duecare.helpdesk.turn._began", lambda _: "")
    with pytest.raises(StoreTrouble, match="another run"):
        runs.push(wants(at.levels))


@pytest.mark.parametrize("began", ["", ":1", ":0"])
def test_the_lock_of_a_process_that_is_gone_gives_way_though_its_number_is_anothers_now(at: Bench, began: str) -> None:
    runs = at.runs()
    Lock(at.book, "desk").take(f"{socket.gethostname()}:{os.getpid()}{began}", runs.now())
    runs.push(wants(at.levels))
    assert at.world.shown() == at.due(at.levels)


def test_a_run_that_waits_for_hours_keeps_its_lock(at: Bench) -> None:
    began, tried = datetime.now(UTC), list[float]()

    def now() -> datetime:
        return began + timedelta(seconds=at.clock.now())

    class Tried(Instant):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            with pytest.raises(StoreTrouble, match="another run"):
                Lock(at.book, "desk").take("elsewhere:1", now())
            tried.append(self.at)

    at.clock = at.carrier.clock = Tried()
    at.faulty.inner = Slow(at.faulty.inner)
    at.runs(now=now).push(wants(at.levels))
    assert tried[-1] > 2 * LOCK_S
    assert at.world.shown() == at.due(at.levels)


def test_a_run_whose_lock_another_took_writes_no_more(at: Bench) -> None:
    at.faulty.before = lambda _: Lock(at.book, "desk").take("elsewhere:1", datetime.now(UTC) + timedelta(days=1))
    moments = (datetime.now(UTC) + timedelta(minutes=at) for at in itertools.count())
    with pytest.raises(StoreTrouble, match="took the desk"):
        at.runs(now=lambda: next(moments)).push(wants(at.levels))
    assert at.world.writes() == 0


def test_a_lock_that_ran_out_gives_way(at: Bench) -> None:
    runs = at.runs()
    Lock(at.book, "desk").take("elsewhere:1", runs.now() - timedelta(hours=1))
    runs.push(wants(at.levels))
    assert at.world.shown() == at.due(at.levels)


@pytest.mark.parametrize("fault", [BEFORE, AFTER, TWICE, LOST, BUSY, BUSY_PLAIN])
def test_one_fault_anywhere_changes_nothing_of_the_end(at: Bench, fault: str) -> None:
    for place in range(0, 14, 2 if at.many > FEW else 6):  # a real desk takes its time
        at.faulty.faults = iter(["fine"] * place + [fault])
        at.runs("ask", most_changed_percent=100).push(wants(at.levels if place // 2 % 2 else at.others))
        assert at.world.shown() == at.due(at.levels if place // 2 % 2 else at.others)


def test_a_desk_that_stays_down_is_told_and_the_next_push_goes_on(at: Bench) -> None:
    at.faulty.faults = iter(["fine"] * 3 + [BEFORE] * 50)
    with pytest.raises(DeskTrouble, match="goes on where it ended"):
        at.runs().push(wants(at.levels))
    at.faulty.faults = iter([])
    at.runs().push(wants(at.levels))
    assert at.world.shown() == at.due(at.levels)
    assert at.book.rows("SELECT count(*) FROM desk_outbox") == [(0,)]


def test_clearing_takes_out_what_duecare_wrote_and_nothing_else(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    at.world.edit(at.number(0), "care", "their own words")
    at.runs().look(wants(at.levels))
    at.runs().clear([at.number(0), at.number(1)])
    assert at.world.shown()[at.number(0)] == {"care": "their own words"}
    assert at.world.shown()[at.number(1)] == {}
    assert at.world.shown()[at.number(2)] == at.due(at.levels)[at.number(2)]


def test_who_was_forgotten_is_cleared_by_the_next_push_and_a_dry_run_says_the_same(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    with at.book.write() as transaction:
        assert forget(transaction, [customer(0)], at.runs().now()) == 1
    left = wants(at.levels)[1:]
    looked = at.runs().look(left)
    assert at.runs().push(left).plan.hash == looked.hash
    assert at.world.shown()[at.number(0)] == {}
    assert at.book.rows("SELECT count(*) FROM desk_forgotten") == [(0,)]
    tables = ("desk_people", "desk_receipts", "desk_edits", "desk_outbox")
    assert not [row for table in tables for row in at.book.rows(f"SELECT * FROM {table}") if customer(0) in str(row)]


def test_a_batch_under_way_when_somebody_is_forgotten_is_cleared_too(at: Bench) -> None:
    runs, first = at.runs(), at.runs().look(wants(at.levels)).changes[0]
    run = runs.ledger.begin("push", actor="killed", at=runs.now())
    runs.ledger.sending(run, 0, [first], whole=False)
    at.carrier.send(at.world.desk.write([first]))
    with at.book.write() as transaction:
        assert forget(transaction, [first.customer_id], runs.now()) == 1
    at.runs().push([one for one in wants(at.levels) if one.customer_id != first.customer_id])
    assert at.world.shown()[first.person] == {}
    tables = ("desk_people", "desk_receipts", "desk_edits", "desk_outbox")
    assert not [row for table in tables for row in at.book.rows(f"SELECT * FROM {table}") if first.customer_id in str(row[:3])]


def killed_while_making(at: Bench) -> tuple[list[Want], Change]:
    """A push that died with somebody's making written down, and nobody knows whether it was sent: what was wanted, and the change."""
    at.runs().push(wants(at.levels))
    more = [*wants(at.levels), want(at.many + 7, "Plus")]
    runs, (new,) = at.runs(), at.runs().look(more, create=True).changes
    run = runs.ledger.begin("push", actor="killed", at=runs.now())
    runs.ledger.sending(run, 0, [new], whole=False)
    return more, new


def test_who_is_made_by_a_batch_under_way_when_they_are_forgotten_is_cleared_too(at: Bench) -> None:
    if not at.world.desk.capabilities.creates:
        pytest.skip("nobody is made there")
    runs, (_, new) = at.runs(), killed_while_making(at)
    with at.book.write() as transaction:
        assert forget(transaction, [new.customer_id], runs.now()) == 1
    at.runs().push(wants(at.levels))
    at.carrier.send(at.world.desk.write([new]))  # it comes late
    at.runs().push(wants(at.levels))
    assert [one for one in at.world.shown().values() if new.customer_id in one.values()] == []
    tables = ("desk_receipts", "desk_edits", "desk_outbox", "desk_forgotten", "desk_overwritten")
    assert not [row for table in tables for row in at.book.rows(f"SELECT * FROM {table}") if new.customer_id in str(row)]


@pytest.mark.parametrize("then", ["look", "push"])
@pytest.mark.parametrize("made", [True, False])
def test_who_was_made_by_a_killed_run_and_is_nobodys_yet_is_forgotten_too(at: Bench, *, made: bool, then: str) -> None:
    if not at.world.desk.capabilities.creates:
        pytest.skip("nobody is made there")
    runs, more, new = at.runs(), *killed_while_making(at)
    if made:
        at.carrier.send(at.world.desk.write([new]))
    at.runs().look(more, create=True) if then == "look" else at.runs().push(wants(at.levels))
    with at.book.write() as transaction:
        assert forget(transaction, [new.customer_id], runs.now()) == 1
    at.runs().erase()
    if not made:
        at.carrier.send(at.world.desk.write([new]))  # it comes late
        at.runs().erase()
    assert [one for one in at.world.shown().values() if new.customer_id in one.values()] == []
    assert at.book.rows("SELECT count(*) FROM desk_forgotten") == [(0,)]


def test_nobody_who_may_be_made_yet_is_waited_for_longer_than_a_day(at: Bench) -> None:
    ledger, then = at.runs().ledger, datetime(2026, 1, 1, tzinfo=UTC)
    run = ledger.begin("push", actor="killed", at=then)
    nobody = Receipt(person="c9", customer_id="c9", before={}, after={"tier": "Plus"}, state="unknown")
    ledger.receive(run, [nobody], {}, then)
    with at.book.write() as transaction:
        assert forget(transaction, ["c9"], then) == 1
    if not at.world.desk.capabilities.looks:
        return
    at.runs(now=lambda: datetime(2026, 1, 2, tzinfo=UTC)).push(wants(at.levels))
    assert at.book.rows("SELECT count(*) FROM desk_forgotten") == [(1,)]
    at.runs(now=lambda: datetime(2026, 1, 2, 0, 0, 1, tzinfo=UTC)).push(wants(at.levels))
    assert at.book.rows("SELECT count(*) FROM desk_forgotten") == [(0,)]
    assert at.book.rows("SELECT count(*) FROM desk_receipts WHERE customer_id = 'c9'") == [(0,)]


@pytest.mark.parametrize("new", [True, False])
def test_what_comes_late_is_known_as_duecares_and_what_a_person_wrote_since_as_theirs(at: Bench, *, new: bool) -> None:
    if new and not at.world.desk.capabilities.creates:
        pytest.skip("nobody is made there")
    place = at.many if new else 1
    runs = at.runs(most_changed_percent=100)
    runs.push(wants(at.levels)[:1])
    change = next(
        one for one in runs.look([want(0, "Premium"), want(place, "Plus")], create=new).changes if one.customer_id == customer(place)
    )
    run = runs.ledger.begin("push", actor="killed", at=runs.now())
    runs.ledger.sending(run, 0, [change], whole=False)
    runs.look([want(0, "Premium")])  # clears up: nothing stands there yet
    at.carrier.send(at.world.desk.write([change]))
    runs.look([want(0, "Premium")])  # sees them
    (person,) = [number for number, one in at.world.shown().items() if one.get("customer") == customer(place)]
    at.world.edit(person, "care", "hers")
    done = runs.push([want(0, "Premium"), want(place, "Premium")])
    assert at.world.shown()[person] == {"customer": customer(place), "tier": "Premium", "care": "hers", "why": "because"}
    assert [(one.field, one.found) for _, _, one in done.plan.edits] == [("care", "hers")]
    runs.rollback(done.run or 0)
    runs.rollback(run)
    assert at.world.shown()[person] == {"care": "hers"}
    assert at.book.rows("SELECT state FROM desk_receipts WHERE state = 'unknown'") == []


def test_two_batches_without_an_answer_are_both_learned_from_and_another_desk_is_left_alone(at: Bench) -> None:
    if not at.world.desk.capabilities.looks:
        pytest.skip("nobody can be looked at there")
    runs = at.runs()
    runs.push([want(0, "Plus")])
    person, ledger, then = at.number(0), runs.ledger, runs.now()
    known = {one.person: one for one in ledger.people()}
    texts = {"tier": "Premium", "care": "Premium care"}
    before = {name: known[person].observed[name] for name in texts}
    for after in (texts, {"tier": "Premium"}):
        run = ledger.begin("push", actor="killed", at=then)
        sent = Receipt(person=person, customer_id=customer(0), before=before, after=after, state="unknown")
        ledger.receive(run, [sent], {}, then)
    other = Ledger(at.book, "other")
    elsewhere = other.begin("push", actor="killed", at=then)
    other.receive(elsewhere, [Receipt(person=customer(0), customer_id=customer(0), before={}, after=texts, state="unknown")], {}, then)
    for name, text in texts.items():
        at.world.edit(person, name, text)
    runs.look([want(0, "Plus")])
    (found,) = [one for one in ledger.people() if one.person == person]
    assert {name: found.applied[name] for name in texts} == texts
    assert [run for run, _ in other.unknown()] == [elsewhere]


def test_the_same_text_by_hand_after_a_later_word_of_duecares_is_somebodys(at: Bench) -> None:
    runs = at.runs(most_changed_percent=100)
    runs.push([want(0, "Premium")])
    run = runs.ledger.begin("push", actor="killed", at=runs.now())
    sent = Receipt(person=at.number(0), customer_id=customer(0), before={}, after={"tier": "Plus"}, state="unknown")
    runs.ledger.receive(run, [sent], {}, runs.now())
    runs.push([want(0, "")])
    at.world.edit(at.number(0), "tier", "Plus")
    done = runs.push([want(0, "Premium")])
    assert [(one.field, one.found) for _, _, one in done.plan.edits] == [("tier", "Plus")]
    assert at.world.shown()[at.number(0)]["tier"] == "Plus"


def test_runs_that_died_are_closed(at: Bench) -> None:
    runs = at.runs()
    run = runs.ledger.begin("push", actor="killed", at=runs.now())
    runs.push(wants(at.levels))
    assert at.book.rows("SELECT state FROM desk_runs WHERE run = ?", (run,)) == [("cut off",)]


def test_who_registers_before_somebody_is_made_is_not_taken_for_them(at: Bench) -> None:
    world = at.world
    if not isinstance(world, ZendeskWorld) or isinstance(world, OrganizationsWorld):
        pytest.skip("only Zendesk takes one for the other")

    def act(request: httpx.Request) -> None:
        if "update_many" in request.url.path and len(world.server.users) == at.many:
            world.server.user(email=email(at.many + 7), name="Herself")

    at.faulty.before = act
    done = at.runs().push([*wants(at.levels), want(at.many + 7, "Plus"), want(at.many + 8, "Plus")], create=True)
    assert (done.counts["written"], done.counts["refused"]) == (at.many + 1, 1)
    (herself,) = [one for one in world.server.users.values() if one["name"] == "Herself"]
    assert (herself["external_id"], herself["user_fields"]) == (None, {})
    at.runs().push([*wants(at.levels), want(at.many + 7, "Plus"), want(at.many + 8, "Plus")], create=True)
    assert world.shown()[str(herself["id"])]["tier"] == "Plus"  # an e-mail of one customer alone


def test_a_rollback_in_which_somebody_writes_keeps_what_duecare_had_written_apart(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    at.world.edit(at.number(0), "care", "hers")
    done = at.runs("ours").push(wants(at.levels))
    at.world.edit(at.number(0), "care", "hers again")
    plan = at.runs()._back(done.run or 0)
    assert plan.changes[0].had_written == {"care": "Premium care"}
    at.runs().rollback(done.run or 0)
    assert at.world.shown()[at.number(0)]["care"] == "hers again"
    at.world.edit(at.number(0), "care", "Premium care")
    at.runs().push(wants(at.others), accept_mass=True)
    assert at.world.shown()[at.number(0)]["care"] == "Plus care"


def test_no_e_mail_is_kept_in_the_book(at: Bench) -> None:
    at.runs().push(wants(at.levels), create=at.world.desk.capabilities.creates)
    tables = ("desk_people", "desk_outbox", "desk_receipts", "desk_runs", "desk_edits")
    assert not [row for table in tables for row in at.book.rows(f"SELECT * FROM {table}") if "@" in str(row)]


def test_an_edit_between_look_and_write_is_never_lost_where_the_desk_compares(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    meant = {"done": False}

    def act(request: "object") -> None:
        if getattr(request, "method", "") == "PUT" and not meant["done"]:
            meant["done"] = True
            at.world.edit(at.number(0), "tier", "")

    if not isinstance(at.world, PlainWorld):
        pytest.skip("this desk sets without comparing; the window between look and write is one request wide, and docs/desks.md says so")
    at.faulty.before = act
    at.runs("ask", most_changed_percent=100).push(wants(at.others))
    assert not at.world.shown()[at.number(0)].get("tier")
    assert at.book.rows("SELECT person, field, found FROM desk_edits") == [(at.number(0), "tier", "")]


def test_who_was_deleted_meanwhile_is_told(at: Bench) -> None:
    world = at.world
    if not isinstance(world, ZendeskWorld) or isinstance(world, OrganizationsWorld):
        pytest.skip("nobody is deleted there")
    at.runs().look(wants(at.levels))

    def act(request: "object") -> None:
        if "show_many" in str(getattr(request, "url", "")):
            world.server.remove(FIRST)

    at.faulty.before = act
    assert at.runs().push(wants(at.levels)).counts["gone"] == 1


ODD = {
    "accents": "très bien, Größe, naïve",
    "another script": "優先 обслуживание خدمة",
    "signs": '5 % off; a < b & c > d; it\'s "so"',
    "beyond the plane": "🎈 first",
    "like a command": "'; DROP TABLE users; -- $(rm) {{x}} %s",
    "a number": "0012",
    "long": "call back, " * 20 + "now",
}


@pytest.mark.parametrize("text", list(ODD.values()), ids=list(ODD))
def test_any_text_stands_there_as_it_was_said_and_is_not_written_again(at: Bench, text: str) -> None:
    said = [Want(customer_id=one.customer_id, emails=one.emails, fields={**one.fields, "care": text}) for one in wants(at.levels)]
    at.runs().push(said)
    assert {one["care"] for one in at.world.shown().values()} == {text}
    assert at.runs().push(said).run is None


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_goes_when_it_is_wanted_no_more(at: Bench, name: str) -> None:
    at.runs(most_changed_percent=100).push(wants(at.levels))
    less = [Want(customer_id=one.customer_id, emails=one.emails, fields={**one.fields, name: ""}) for one in wants(at.levels)]
    at.runs(most_changed_percent=100).push(less, accept_mass=True)
    assert not any(name in one for one in at.world.shown().values())
    assert at.world.shown()[at.number(0)] == {each: text for each, text in less[0].fields.items() if text}


@pytest.mark.parametrize("name", FIELDS)
def test_an_edit_in_any_field_is_found(at: Bench, name: str) -> None:
    at.runs().push(wants(at.levels))
    at.world.edit(at.number(0), name, "Plus")
    done = at.runs("theirs").push(wants(at.levels))
    assert [(edit.field, edit.found) for _, _, edit in done.plan.edits] == [(name, "Plus")]
    assert at.world.shown()[at.number(0)][name] == "Plus"


@pytest.mark.parametrize("policy", POLICIES)
def test_an_edit_to_what_is_wanted_is_no_edit(at: Bench, policy: Policy) -> None:
    at.runs().push(wants(at.others))
    at.world.edit(at.number(0), "tier", "Premium")  # what the next push wants
    at.world.edit(at.number(0), "care", "Premium care")
    done = at.runs(policy, most_changed_percent=100).push(wants(at.levels))
    assert done.plan.edits == ()
    assert at.world.shown() == at.due(at.levels)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_rollback_leaves_what_somebody_wrote_since_unless_ours_counts(at: Bench, policy: Policy) -> None:
    runs = at.runs(policy, most_changed_percent=100)
    runs.push(wants(at.levels))
    done = runs.push(wants(at.others))
    at.world.edit(at.number(0), "tier", "")
    runs.rollback(done.run or 0)
    assert at.world.shown()[at.number(0)].get("tier", "") == ("Premium" if policy == "ours" else "")
    assert at.world.shown()[at.number(3)] == at.due(at.levels)[at.number(3)]


def test_a_rollback_can_be_rolled_back(at: Bench) -> None:
    runs = at.runs(most_changed_percent=100)
    first = runs.push(wants(at.levels))
    back = runs.rollback(first.run or 0)
    runs.rollback(back.run or 0)
    assert at.world.shown() == at.due(at.levels)


def test_the_ledger_shows_what_the_desk_shows(at: Bench) -> None:
    at.runs().push(wants(at.levels))
    known = {one.person: dict(one.observed) for one in at.runs().ledger.people()}
    assert {number: known[number] for number in at.world.shown()} == at.world.shown()


def test_every_profile_that_was_meant_has_a_receipt(at: Bench) -> None:
    done = at.runs().push(wants(at.levels))
    receipts = at.runs().ledger.receipts(done.run or 0)
    assert {one.person for one in receipts} == set(at.world.shown())
    assert {one.state for one in receipts} == {"written"}


def test_no_secret_stands_in_the_book_or_in_an_error(at: Bench) -> None:
    at.faulty.faults = iter([BEFORE] * 60)
    with pytest.raises(DeskTrouble) as caught:
        at.runs().push(wants(at.levels))
    assert at.carrier.secret not in str(caught.value)
    rows = [row for table in ("desks", "desk_runs", "desk_outbox") for row in at.book.rows(f"SELECT * FROM {table}")]
    assert not any(at.carrier.secret in str(row) for row in rows)


def test_a_killed_run_is_cleared_up_by_the_next(at: Bench) -> None:
    """Killed with a batch written down and not sent, and another sent and not told of."""
    runs, (first, second, *rest) = at.runs(), at.runs().look(wants(at.levels)).changes
    del rest
    run = runs.ledger.begin("push", actor="killed", at=runs.now())
    runs.ledger.sending(run, 0, [first], whole=False)
    runs.ledger.sending(run, 1, [second], whole=False)
    at.carrier.send(at.world.desk.write([second]))
    at.runs().push(wants(at.levels))
    assert at.world.shown() == at.due(at.levels)
    assert at.book.rows("SELECT state FROM desk_runs WHERE run = ?", (run,)) == [("cut off",)]
    assert {one.person: one.state for one in at.runs().ledger.receipts(run)} == {first.person: "unknown", second.person: "written"}
