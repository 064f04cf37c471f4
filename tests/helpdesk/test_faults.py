"""The promise: whatever answers are lost, late, doubled or partial, the desk comes to what is wanted: nothing lost, nobody twice."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.helpdesk.desk import Job
from duecare.helpdesk.forgotten import forget
from duecare.helpdesk.sync import TIMES
from duecare.words import DeskTrouble
from helpdesk.bench import FIRST, TIERS, Bench, PlainWorld, ZendeskWorld, bench, customer, due, want, wants
from helpdesk.desks.zendesk import FAULTS, FINE

MANY = 230
LOOK = "users/show_many"
SCHEDULES = st.lists(st.sampled_from([FINE, FINE, *FAULTS]), max_size=40)
LEVELS = st.integers(0, 2**30).map(lambda seed: random.Random(seed).choices([*TIERS, ""], k=MANY))


def converges(at: Bench, tiers: list[str], *, create: bool = False, most: int = 12) -> None:
    """Push until there is nothing to do; a desk that stays down for long is tried again, as cron would."""
    for _ in range(most):
        try:
            if at.runs(most_changed_percent=100).push(wants(tiers), create=create, accept_mass=True, again=True).run is None:
                return
        except DeskTrouble:
            continue
    raise AssertionError("it never ends")


@settings(max_examples=25, deadline=None)
@given(schedule=SCHEDULES, tiers=LEVELS, seed=st.integers(0, 2**30))
def test_any_schedule_of_faults_ends_at_what_is_wanted(schedule: list[str], tiers: list[str], seed: int) -> None:
    any_schedule(schedule, tiers, seed)


def any_schedule(schedule: list[str], tiers: list[str], seed: int) -> None:
    """Push through faults, with jobs that are slow, lost or half told; 30 of the customers are not there yet."""
    chance = random.Random(seed)
    partly: Callable[[int], bool] = lambda at: hash((seed, at)) % 7 == 0 if chance.random() < 0.5 else False  # noqa: E731
    world = ZendeskWorld(
        Path(), job_polls=chance.choice((0, 1, 3)), drop_results=partly, lose_jobs=lambda at: chance.random() < 0.15 and at < 20
    )
    world.add(MANY - 30)
    with TemporaryDirectory() as folder, bench(world, Path(folder)) as at:
        at.faulty.faults = iter(schedule)
        converges(at, tiers, create=True)
        shown = sorted((one for one in world.shown().values() if one), key=lambda one: one["customer"])
        assert shown == list(due(tiers).values())
        assert len(world.shown()) == MANY
        assert at.book.rows("SELECT count(*) FROM desk_outbox") == [(0,)]


@pytest.mark.parametrize("kind", [PlainWorld, ZendeskWorld])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**30))
def test_every_edit_between_requests_is_found_and_none_lost_silently(kind: type[PlainWorld | ZendeskWorld], seed: int) -> None:
    assert edits_lost(seed, kind) == 0


@dataclass
class Open:
    """Whose profiles a desk that cannot compare may write over unseen: looked at, and the write not taken yet."""

    persons: set[str] = field(default_factory=set[str])
    writing: bool = False

    def hear(self, request: httpx.Request) -> None:
        self.writing, wrote = request.method == "PUT", self.writing
        if wrote or not (self.writing or LOOK in request.url.path):
            self.persons.clear()

    def look(self, request: httpx.Request) -> None:
        self.persons |= set(request.url.params.get("ids", "").split(",")) if LOOK in request.url.path else set()


def edits_lost(seed: int, kind: type[PlainWorld | ZendeskWorld] = PlainWorld) -> int:
    """Let somebody edit profiles at any moment of two pushes, and return how many edits are neither there nor told.

    A desk that does not compare before it sets is edited at any moment but between the look at a profile and its write.
    """
    chance, edits, window = random.Random(seed), list[tuple[str, str, str]](), Open()
    world, names = kind(Path()), ("care", "tier") if kind is PlainWorld else ("care", "why")
    world.add(MANY)

    def act(request: httpx.Request) -> None:
        window.hear(request)
        person = str(FIRST + chance.randrange(MANY))
        if chance.random() < 0.3 and person not in window.persons:
            edit = person, chance.choice(names), f"by hand {len(edits)}"
            world.edit(*edit)
            edits.append(edit)
        if isinstance(world, ZendeskWorld):
            window.look(request)

    with TemporaryDirectory() as folder, bench(world, Path(folder)) as at:
        at.faulty.before = act
        policy = chance.choice(("ours", "theirs", "ask"))
        for _ in range(2):
            at.runs(policy, most_changed_percent=100).push(wants(chance.choices([*TIERS, ""], k=MANY)))
        at.faulty.before = lambda _: None
        at.runs(policy, most_changed_percent=100).push(wants([""] * MANY))
        told = {(str(person), str(name), str(found)) for person, name, found in at.book.rows("SELECT person, field, found FROM desk_edits")}
        there = {(person, name, text) for person, one in world.shown().items() for name, text in one.items()}
        last = {edit[:2]: edit for edit in edits}  # who writes by hand over what stands there by hand loses it themselves
        return len([one for one in last.values() if one not in told | there])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**30))
def test_a_dry_run_is_the_run_and_a_rollback_gives_all_back(seed: int) -> None:
    same_and_back(seed)


def same_and_back(seed: int) -> None:
    """From a random state, look, push and roll back."""
    chance = random.Random(seed)
    world = chance.choice((PlainWorld, ZendeskWorld))(Path())
    world.add(MANY)
    with TemporaryDirectory() as folder, bench(world, Path(folder)) as at:
        policy = chance.choice(("ours", "theirs", "ask"))
        for _ in range(chance.randrange(3)):
            at.runs(policy).push(wants(chance.choices([*TIERS, ""], k=MANY)), accept_mass=True)
            for _ in range(chance.randrange(5)):
                world.edit(str(FIRST + chance.randrange(MANY)), chance.choice(("care", "why")), f"by hand {chance.random()}")
        before, tiers = world.shown(), chance.choices([*TIERS, ""], k=MANY)
        looked = at.runs(policy).look(wants(tiers))
        assert world.shown() == before
        done = at.runs(policy).push(wants(tiers), accept_mass=True)
        assert looked.hash == done.plan.hash
        if done.run is not None:
            written = {one.person: dict(one.after) for one in at.runs().ledger.receipts(done.run) if one.state == "written"}
            assert written == {one.person: dict(one.after) for one in looked.changes}
            at.runs(policy).rollback(done.run)
        assert world.shown() == before


def test_a_desk_that_never_tells_what_came_of_jobs_is_given_up_and_written_all_the_same(tmp_path: Path) -> None:
    world = ZendeskWorld(tmp_path, drop_results=lambda _: True)
    world.add(3)
    with bench(world, tmp_path) as at:
        at.runs().push(wants(["Premium"] * 3))  # the profiles show it, so it is known
        assert world.shown() == due(["Premium"] * 3)
    assert TIMES > 1


def test_who_is_refused_is_set_aside_with_the_reason_and_not_sent_again(tmp_path: Path) -> None:
    world = ZendeskWorld(tmp_path)
    world.add(120)
    next(one for one in world.server.user_fields.values() if one["key"] == "duecare_tier")["custom_field_options"].pop()  # no Plus
    tiers = ["Plus" if at == 50 else "Premium" for at in range(120)]
    with bench(world, tmp_path) as at:
        done = at.runs().push(wants(tiers))
        assert (done.counts["written"], done.counts["refused"]) == (119, 1)
        (why,) = at.book.rows("SELECT refused_why FROM desk_people WHERE refused IS NOT NULL")[0]
        assert "options" in str(why)
        before = world.writes()
        assert at.runs().push(wants(tiers)).plan.refused == 1
        assert world.writes() == before


def test_a_batch_that_is_refused_as_a_whole_is_parted_until_it_is_known_who_is_meant(tmp_path: Path) -> None:
    world = PlainWorld(tmp_path)
    world.add(100)
    bad = str(FIRST + 37)

    class Refusing(httpx.BaseTransport):
        """Refuses every batch that one person is in."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            refused = request.method == "PUT" and bad.encode() in request.read()
            return httpx.Response(422, request=request) if refused else world.server.handle_request(request)

    with bench(world, tmp_path) as at:
        at.faulty.inner = Refusing()
        done = at.runs().push(wants(["Premium"] * 100))
        assert (done.counts["written"], done.counts["refused"]) == (99, 1)
        assert world.shown()[bad] == {}


def test_a_revoked_token_stops_the_run_with_the_mend_and_no_half_state(tmp_path: Path) -> None:
    world = ZendeskWorld(tmp_path)
    world.add(MANY)
    with bench(world, tmp_path) as at:
        turn = itertools.count()

        def act(_: object) -> None:
            world.server.revoked = next(turn) == 4

        at.faulty.before = act
        with pytest.raises(DeskTrouble, match="does not let us in") as caught:
            at.runs().push(wants(["Premium"] * MANY))
        assert "secret" in caught.value.mend
        assert "a-token" not in str(caught.value)
        world.server.revoked, at.faulty.before = False, lambda _: None
        at.runs().push(wants(["Premium"] * MANY))
        assert world.shown() == due(["Premium"] * MANY)
        assert at.book.rows("SELECT count(*) FROM desk_outbox") == [(0,)]


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_killed_job_that_tells_nothing_of_somebody_new_makes_nobody_nameless(tmp_path: Path, *, forgotten: bool) -> None:
    world = ZendeskWorld(tmp_path, drop_results=lambda _: True)
    world.add(1)
    with bench(world, tmp_path) as at:
        runs, wanted = at.runs(), [want(0, "Plus"), want(7, "Plus", name="Ada"), want(8, "Plus", name="Bob")]
        new = [one for one in runs.look(wanted, create=True).changes if not one.person]
        run = runs.ledger.begin("push", actor="killed", at=runs.now())
        job = world.desk.written(new, at.carrier.send(world.desk.write(runs.ledger.sending(run, 0, new, whole=False))))
        assert isinstance(job, Job)
        runs.ledger.sent(run, 0, job.number)
        if forgotten:
            with at.book.write() as transaction:
                forget(transaction, [customer(7)], runs.now())

        def act(request: httpx.Request) -> None:
            if request.method != "GET":
                world.server.drop_results = lambda _: False

        at.faulty.before = act
        left = [one for one in wanted if one.customer_id != customer(7) or not forgotten]
        done = at.runs().push(left, create=True)
        assert sorted(one["name"] for one in world.server.users.values()) == ["Ada", "Bob", f"User {FIRST}"]
        assert at.book.rows("SELECT count(*) FROM desk_outbox") == [(0,)]
        assert {one.person for one in at.runs().ledger.receipts(done.run or 0)} == {str(FIRST)}
        assert len([one for one in world.shown().values() if one]) == (2 if forgotten else 3)


def test_making_users_where_bulk_import_is_off_is_told(tmp_path: Path) -> None:
    world = ZendeskWorld(tmp_path, bulk_import=False)
    world.add(2)
    with bench(world, tmp_path) as at, pytest.raises(DeskTrouble, match="--create"):
        at.runs().push([want(0, "Plus"), want(7, "Plus")], create=True)
