"""Help desks: pushes and pulls through kills, faults and edits; rates; configuration; and Request Tracker for real."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.helpdesk.desk import Capabilities
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.zendesk import KEYS, Zendesk
from duecare.helpdesk.zendesk_rules import compiled
from duecare.records import open_book
from helpdesk import bench, test_configuration, test_faults
from helpdesk.bench import TIERS, ZendeskWorld, wants
from helpdesk.desks import rt
from helpdesk.desks.http import on_port
from helpdesk.desks.zendesk import USER, ZendeskServer
from helpdesk.test_rt import SERVING, for_real
from proofs import ROOT, WORK, Measured, row
from proofs.desk_child import levels

MANY, NEW = 100_000, 500
"""Customers, and how many of them the desk does not know at first."""
BATCH = 100


@row
def desk_kills() -> Measured:
    """200 SIGKILLs over a push of 100,000 customers: all right, nobody twice, no more than one batch sent again a kill, and then nothing to do."""
    folder = _fresh("desk_kills")
    world = ZendeskWorld(folder, job_polls=1)
    world.add(MANY - NEW)
    with on_port(world.server) as url:
        kills, ended = _killed(["push", url, str(folder), str(MANY)], 200, 0.15, folder, lambda: world.server.writes() * BATCH / MANY)
        before = world.server.writes()
        again = _once(["push", url, str(folder), str(MANY)])
        second = world.server.writes() - before
    rows = sum(len(job["users"]) for job in world.server.jobs.values())
    right = _right(world)
    resent = rows - MANY
    figure = {
        "kills": kills,
        "runs_that_ended": ended,
        "right": right,
        "people": len(world.server.users),
        "rows_resent": resent,
        "second_run_writes": second,
    }
    holds = kills >= 200 and right == MANY == len(world.server.users) and resent <= kills * BATCH and second == 0 and again["written"] == 0
    return Measured(
        figure=figure, target="200 kills, all right, nobody twice, at most 100 rows again a kill, second run 0 writes", holds=holds, n=MANY
    )


@row
def rt_kills() -> Measured:
    """20 SIGKILLs over a push to a real Request Tracker: all right, nobody twice, no more than one batch sent again a kill."""
    folder, many = _fresh("rt_kills"), 400
    with rt.running(folder / "rt", SERVING) as server:
        people = [server.user(bench.email(at)) for at in range(many)]
        kills, ended = _killed(["push-rt", server.url, str(folder), str(many)], 20, 0.5, folder)
        wanted = [{KEYS[name]: text for name, text in one.fields.items() if text} for one in wants(levels(many))]
        right = sum(server.fields(number) == fields for number, fields in zip(people, wanted, strict=True))
        written = sum(
            1
            for number in people
            for one in server.ask("GET", f"user/{number}/history", fields="Type", per_page="100")["items"]
            if one["Type"] == "CustomField"
        )
        second = _once(["push-rt", server.url, str(folder), str(many)])
        everybody = server.ask("POST", "users", [{"field": "EmailAddress", "operator": "LIKE", "value": "@shop.example"}])["total"]
    fields = sum(len(one) for one in wanted)
    figure = {
        "kills": kills,
        "runs_that_ended": ended,
        "right": right,
        "people": everybody,
        "fields_resent": written - fields,
        "second_run_written": second["written"],
    }
    holds = kills >= 20 and right == many == everybody and written - fields <= kills * len(KEYS) and second["written"] == 0
    return Measured(
        figure=figure,
        target="20 kills, all right, nobody twice, at most one profile again a kill, second run 0 writes",
        holds=holds,
        n=many,
    )


@row
def desk_calls() -> Measured:
    """K changes take the hundredth of k write calls, rounded up; a run without changes none."""
    found: dict[int, int] = {}
    for changed in (0, 1, 99, 100, 101, 250, 999, 1000, 5000):
        with tempfile.TemporaryDirectory() as folder:
            world = ZendeskWorld(Path(folder))
            world.add(5000)
            with bench.bench(world, Path(folder)) as at:
                now = levels(5000)
                at.runs(most_changed_percent=100).push(wants(now))
                before = world.writes()
                at.runs(most_changed_percent=100).push(
                    wants(["Plus" if tier != "Plus" else "" for tier in now[:changed]] + now[changed:]), accept_mass=True
                )
                found[changed] = world.writes() - before
    holds = all(calls == -(-changed // BATCH) for changed, calls in found.items())
    return Measured(figure={"write_calls_by_changes": found}, target="the hundredth, rounded up", holds=holds, n=len(found))


@row
def desk_rates() -> Measured:
    """At 200, 400 and 700 requests a minute: none refused after warm-up, and nine tenths of the budget used."""
    found: dict[str, Any] = {}
    for limit in (200, 400, 700):
        for reserve in (0, 10):
            found[f"{limit}, reserve {reserve} %"] = _rate(limit, reserve)
    holds = all(one["refused"] == 0 and one["share_of_budget"] >= 0.9 for one in found.values())
    return Measured(
        figure=found, target="0 refused after the first minute, at least 0.9 of the budget less the reserve used", holds=holds, n=len(found)
    )


def _rate(limit: int, reserve: int) -> dict[str, Any]:
    """Push for several minutes of a clock that takes no time, and count minute by minute."""
    many, few = limit * 20, Capabilities(batch=5, looks=5, creates=True, incremental=True, jobs=20)  # small batches make many requests
    clock = bench.Instant()
    with tempfile.TemporaryDirectory() as folder:
        world = ZendeskWorld(Path(folder), limit=limit, now=clock.now)
        world.add(many)
        world.desk = Zendesk(user=USER, tiers=TIERS, capabilities=few)
        with bench.bench(world, Path(folder)) as at:
            at.clock = clock
            at.carrier.clock, at.carrier.pace = clock, Pace(reserve)
            moments = list[tuple[float, int]]()
            at.faulty.before = lambda request: moments.append((clock.at, "incremental" not in str(request.url)))
            at.runs().push(wants(levels(many)))
    writing = [moment for moment, busy in moments if busy]
    whole = range(int(writing[0] // 60) + 1, int(writing[-1] // 60))  # minutes in which it wrote from the first second to the last
    counts = [sum(minute * 60 <= moment < minute * 60 + 60 for moment in writing) for minute in whole]
    refused = sum(status == 429 for _, _, status in world.server.log)
    return {"refused": refused, "minutes": len(counts), "share_of_budget": round(min(counts) / (limit * (1 - reserve / 100)), 3)}


@row
def desk_faults() -> Measured:
    """1,000 random schedules of faults: each ends at what is wanted, nothing lost, nobody twice."""
    done = [0]

    def once(schedule: list[str], tiers: list[str], seed: int) -> None:
        test_faults.any_schedule(schedule, tiers, seed)
        done[0] += 1

    run = given(test_faults.SCHEDULES, test_faults.LEVELS, st.integers(0, 2**30))(once)
    settings(max_examples=1000, deadline=None, database=None)(run)()
    return Measured(figure={"schedules": done[0], "not_converged": 0}, target="1,000, all converge", holds=done[0] >= 1000, n=done[0])


@row
def desk_edits() -> Measured:
    """1,000 random interleavings of people's edits with pushes: every edit is there or told; as many in Zendesk, but between look and write."""
    lost = sum(test_faults.edits_lost(seed) for seed in range(1000))
    zendesk = sum(test_faults.edits_lost(seed, ZendeskWorld) for seed in range(1000, 2000))
    figure = {"interleavings": 1000, "edits_lost_silently": lost, "zendesk_outside_of_look_and_write": 1000, "zendesk_lost": zendesk}
    return Measured(figure=figure, target="0 lost", holds=lost == zendesk == 0, n=2000)


@row
def desk_dry_runs() -> Measured:
    """1,000 random states: the dry run is the run, and a rollback gives all back."""
    failed = [seed for seed in range(1000) if not _holds(lambda seed=seed: test_faults.same_and_back(seed))]
    return Measured(figure={"states": 1000, "unequal": len(failed), "seeds": failed[:5]}, target="0 unequal", holds=not failed, n=1000)


@row
def desk_configuration() -> Measured:
    """Configuration as code: a second apply changes nothing, nobody else's objects are touched, and lost answers make nothing twice."""
    folder = _fresh("desk_configuration")
    with open_book("sqlite:book.db", folder) as book:
        site = test_configuration.Site(book)
        first = len(site.configuration().apply(compiled(test_configuration.SERVING)).steps)
        before = site.all()
        second = len(site.configuration().apply(compiled(test_configuration.SERVING)).steps)
        same = site.all() == before and site.others() == site.foreign
    failed = [seed for seed in range(500) if not _holds(lambda seed=seed: _through(seed))]
    figure = {
        "first_apply_steps": first,
        "second_apply_steps": second,
        "foreign_untouched": same,
        "through_faults": 500,
        "failed": len(failed),
        "seeds": failed[:5],
    }
    return Measured(
        figure=figure, target="second apply 0, foreign untouched, none failed", holds=first > 0 == second and same and not failed, n=500
    )


def _through(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        test_configuration.through_faults(seed, Path(folder))


@row
def desk_pull() -> Measured:
    """A pull of 100,000 tickets, killed again and again, loses none and doubles none."""
    folder = _fresh("desk_pull")
    server = ZendeskServer()
    server.fill(100_000)
    with on_port(server) as url:
        kills, ended = _killed(["pull", url, str(folder)], 40, 0.3, folder, lambda: len(server.log) / 100)
    numbers = [json.loads(line)["id"] for line in (folder / "desk" / "tickets.jsonl").read_text("utf-8").splitlines()]
    lost, doubled = len(set(server.tickets) - set(numbers)), len(numbers) - len(set(numbers))
    figure = {"tickets": len(set(numbers)), "kills": kills, "runs_that_ended": ended, "lost": lost, "doubled": doubled}
    return Measured(figure=figure, target="0 lost, 0 doubled", holds=kills >= 20 and lost == 0 == doubled, n=100_000)


@row
def rt_for_real() -> Measured:
    """Request Tracker for real: made, started, provisioned, pushed to, seen in the profile and on a new ticket, and pulled back, in five minutes."""
    folder, began = _fresh("rt_for_real"), time.perf_counter()
    with rt.running(folder / "rt", SERVING) as server:
        seen = for_real(server, folder)
    took = time.perf_counter() - began
    holds = took < 300 and seen["profile"]["duecare_tier"] == "Premium" and bool(seen["due"]) and seen["contacts"] == 1
    return Measured(
        figure={"seconds": round(took, 1), **seen}, target="Premium and a due date seen, pulled back, in less than 300 s", holds=holds, n=1
    )


def _fresh(name: str) -> Path:
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except AssertionError:
        return False
    return True


def _right(world: ZendeskWorld) -> int:
    """How many customers' profiles show exactly what they should."""
    shown = {one["customer"]: dict(one) for one in world.shown().values() if "customer" in one}
    wanted = {one.customer_id: {name: text for name, text in one.fields.items() if text} for one in wants(levels(MANY))}
    return sum(shown.get(who) == fields for who, fields in wanted.items())


def _killed(words: list[str], times: int, most_s: float, folder: Path, share: Callable[[], float] = lambda: 0.0) -> tuple[int, int]:
    """Start a child again and again and kill it at a random moment, most often of its work; return kills, and how often it came to its end.

    Where more than its share of the work is done, it is killed sooner, so that there is work for every kill.
    """
    chance, kills, ended, started = np.random.default_rng(7), 0, 0, folder / "started"
    while not ended:
        started.unlink(missing_ok=True)
        child = _start(words)
        if chance.random() < 0.8:
            _wait_for(started, child)
        try:
            most = most_s / 10 if share() > kills / times else most_s
            child.communicate(timeout=chance.uniform(0.0, most) if kills < times else None)
            if child.returncode:
                raise RuntimeError(f"{words} ended with {child.returncode} after {kills} kills")
            ended += 1
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.communicate()
            kills += 1
    return kills, ended


def _start(words: list[str]) -> "subprocess.Popen[bytes]":
    world = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
    return subprocess.Popen([sys.executable, "-m", "proofs.desk_child", *words], cwd=ROOT, env=world, stdout=subprocess.PIPE)


def _wait_for(file: Path, child: "subprocess.Popen[bytes]") -> None:
    while not file.exists() and child.poll() is None:
        time.sleep(0.01)


def _once(words: list[str]) -> dict[str, Any]:
    said, _ = _start(words).communicate(timeout=1800)
    return json.loads(said)
