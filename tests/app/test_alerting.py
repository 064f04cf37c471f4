"""Alerts are told once, and a crossed guard rail takes the plan back."""

import json
import shutil
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.calling import duecare
from duecare.app.alerting import Alert, Alerts, alerts, send
from duecare.app.restoring import ACTOR, hold_to_guards, restore
from duecare.app.settings import read_settings
from duecare.records import open_book
from duecare.tiers import history
from duecare.words import BadSettings, HeldBack, StoreTrouble

FACTS: dict[str, Any] = {
    "as_of": "2026-10-31T00:00:00+00:00",
    "guards": [
        {"name": "guard:Standard:csat", "crossed": True, "said": "worse"},
        {"name": "guard:Standard:complaints", "crossed": False, "said": "fine"},
    ],
    "burn": [
        {
            "name": "burn:x",
            "promise": "answered within 5 minutes",
            "tier": "Premium",
            "kept_percent": 71.0,
            "alarm_days": ["2026-09-01", "2026-10-24", "2026-10-30"],
        }
    ],
    "goals": [{"name": "quick", "state": "missed"}, {"name": "slow", "state": "behind"}],
}


def test_what_is_crossed_missed_stopped_or_lately_broken_is_told() -> None:
    names = [one.name for one in alerts(FACTS, ["gender 'w' has Premium 9 points less often (1 % against 2 %)"])]
    assert names == [
        "guard:Standard:csat",
        "burn:x:2026-10-24",
        "burn:x:2026-10-30",
        "goal:quick:missed",
        "fairness:gender 'w' has Premium 9 points less often",
    ]


@contextmanager
def hook(answers: list[int]) -> Generator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """A webhook that answers with these codes, then 200, and keeps what it got."""
    got: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["Idempotency-Key"], json.loads(body)))
            self.send_response(answers.pop(0) if answers else 200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_each_alert_is_sent_once_and_one_that_failed_comes_again(tmp_path: Path) -> None:
    one, two = Alert("a", "first"), Alert("b", "second")
    with open_book("sqlite:book.db", tmp_path) as book, hook([503]) as (address, got):
        to = Alerts(webhook=address)
        with pytest.raises(StoreTrouble, match="503"):
            send(book, to, [one])
        assert send(book, to, [one, two]) == [one, two]
        assert send(book, to, [one, two]) == []
        assert [name for name, _ in got] == ["a", "a", "b"]
        assert got[-1][1]["said"] == "second"


def test_a_command_gets_the_sentence_and_its_failure_is_told(tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as book:
        assert send(book, Alerts(command=("tee", str(tmp_path / "out"))), [Alert("a", "said")])
        assert (tmp_path / "out").read_text() == "said\n"
        with pytest.raises(StoreTrouble, match="false ended with 1"):
            send(book, Alerts(command=("false",)), [Alert("b", "said")])
        with pytest.raises(StoreTrouble, match="could not be run"):
            send(book, Alerts(command=("/no/such/program",)), [])


@pytest.mark.parametrize("address", ["http://example.org/x", "http://localhost.example.org/x", "ftp://example.org", "hook"])
def test_a_webhook_without_tls_is_refused_unless_it_is_this_machine(address: str) -> None:
    with pytest.raises(BadSettings, match="https"):
        Alerts(webhook=address)
    assert Alerts(webhook="http://localhost:8000/x")


def test_alerts_that_have_nowhere_to_go_are_refused(tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as book, pytest.raises(BadSettings, match="nowhere to go"):
        send(book, Alerts(), [])


@pytest.fixture
def served(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo whose policy changed and was applied."""
    folder = tmp_path / "shop"
    shutil.copytree(demo, folder)
    return folder


CROSSED = [{"name": "guard:Standard:csat", "crossed": True, "said": "worse"}]
GUARD = '\n[[guards]]\nkpi = "csat"\nrestore = true\n'


def test_a_crossed_guard_rail_takes_the_plan_back_once_and_keeps_its_policy_out(served: Path) -> None:
    file = served / "duecare.toml"
    with file.open("a") as settings:
        settings.write(GUARD)
    with open_book("sqlite:book.db", served) as book:
        read = read_settings(file)
        (plan,) = history(book)
        assert restore(read, book, [CROSSED[0] | {"crossed": False}]) is None
        said = restore(read, book, CROSSED)
        assert said is not None
        assert "took plan 1 back" in said
        assert [(step.kind, step.applied_by) for step in history(book)] == [
            ("plan", "duecare demo"),
            ("undo", f"{ACTOR}guard:Standard:csat"),
        ]
        assert restore(read, book, CROSSED) is None
        with pytest.raises(HeldBack, match="took this policy back"):
            hold_to_guards(read, book, plan.policy_hash)
        hold_to_guards(read, book, "another policy")
    assert duecare("plan", folder=served).code == 0
    refused = duecare("apply", "--yes", folder=served)
    assert (refused.code, "answered_by" in refused.err) == (4, True)
    file.write_text(file.read_text().replace("restore = true", 'restore = true\nanswered_by = "Ada"'))
    assert duecare("apply", "--yes", folder=served).code == 0


def test_a_guard_rail_that_may_not_takes_nothing_back(served: Path) -> None:
    with open_book("sqlite:book.db", served) as book:
        assert restore(read_settings(served / "duecare.toml"), book, CROSSED) is None
        assert len(history(book)) == 1


def test_measure_tells_alerts_once(served: Path) -> None:
    with hook([]) as (address, got):
        with (served / "duecare.toml").open("a") as settings:
            settings.write(
                f'\n[alerts]\nwebhook = "{address}"\n\n[[goals]]\nname = "all"\nkpi = "orders_kept"\ntarget = 100\nbegins = 2026-08-01\nends = 2026-10-30\n'
            )
        first, again = (duecare("measure", "--kpi", "csat", "--alert", "--json", folder=served).json["alerted"] for _ in range(2))
        assert "goal:all:missed" in {one["name"] for one in first}
        assert again == []
        assert len(got) == len(first)
