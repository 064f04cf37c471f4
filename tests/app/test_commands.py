"""The promise: each command does what it says, tells what went wrong and what mends it, and names the next one to type."""

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from app.calling import ORDERS, Told, duecare, make_shop, order, say, went_wrong, write_csv
from duecare import __version__
from duecare.app import batch
from duecare.records import open_book

ON_THE_DEMO = pytest.mark.xdist_group("demo-shop")
SECRET = "hunter2-and-more"  # noqa: S105 - an invented one, looked for in what is printed
HELP = {
    "demo": ("planted stories", "--customers", "--effect", "--seed", "--serve", "--no-serve", "--json"),
    "init": ("PATH", "folder of exports", "duecare.toml", "--force", "--json"),
    "check": ("--settings", "Exit code 3", "--json"),
    "run": ("--as-of", "--seed", "--settings", "publish", "no assignment changes", "--json"),
    "policy": ("list", "show", "use", "compare"),
    "segment": ("list", "count", "freeze"),
    "schema": ("JSON Schema",),
    "forget": ("WHO", "--from", "--why", "--yes", "--dry-run", "--settings", "--json"),
    "disclose": ("WHO", "--out", "--settings", "--json"),
    "dpia": ("--out", "--settings"),
    "model-card": ("--out", "--settings"),
    "people": ("object", "override", "need", "hold", "appeal", "decide", "part-ways", "end", "list"),
    "plan": ("--list", "nothing is assigned", "--settings", "--json"),
    "undo": ("--to", "--yes", "--dry-run", "--settings", "--json"),
    "history": ("--settings", "--json"),
    "apply": ("--dry-run", "--yes", "--settings", "--json"),
    "explain": ("WHO", "e-mail", "phone", "--settings", "--json"),
    "report": ("--out", "HTML", "--settings", "--json"),
    "measure": ("--by", "--kpi", "--as-of", "--out", "--alert", "Exit code 3", "--settings", "--json"),
    "fairness": ("no rule may look at", "Exit code 4", "--as-of", "--settings", "--json"),
    "effects": ("by lot", "at the cut", "by circumstance", "--as-of", "--settings", "--json"),
    "drivers": ("what matters most", "--as-of", "--settings", "--json"),
    "practice": ("promise against practice", "--as-of", "--settings", "--json"),
    "agents": ("--ratings", "never by name", "--as-of", "--settings", "--json"),
    "quality": ("draw", "score", "show", "seven items"),
    "tasks": ("--close", "--outcome", "called back", "--settings", "--json"),
    "clock": ("CALENDAR", "START", "END", "--due", "--json"),
    "promises": ("suggest", "Draft"),
    "pull": ("DESK", "--stream", "--settings", "goes on", "--json"),
    "push": (
        "DESK",
        "--dry-run",
        "--create",
        "--edits",
        "--accept-mass-change",
        "--again",
        "--rollback",
        "--settings",
        "Exit code 4",
        "--json",
    ),
    "desk": ("drift", "apply", "touch", "runs", "edits", "refused"),
    "identity": ("history", "join", "part", "lock", "unlock", "undo", "Tell, correct"),
    "link": ("FILE", "--out", "--id", "--map", "--threshold", "--country", "--model", "--save-model", "--seed", "--json"),
    "value": ("FILE", "--out", "--as-of", "--horizon-days", "--map", "--discount-percent", "--seed", "--json"),
    "backtest": ("FILE", "--as-of", "--horizon-days", "--map", "--settings", "--seed", "--json"),
    "curves": ("--of", "--settings", "--json"),
    "selves": ("--by", "--level", "--as-of", "--out", "--settings", "--json"),
    "doctor": ("--finish-migrations", "--settings", "--json"),
}


# every command


@pytest.mark.parametrize("command", list(HELP))
def test_help_of_a_command_tells_its_words(command: str, tmp_path: Path) -> None:
    told = duecare(command, "--help", folder=tmp_path)
    said = " ".join(told.out.split())
    assert told.code == 0
    assert [word for word in HELP[command] if word not in said] == []
    assert duecare(command, "-h", folder=tmp_path).out == told.out


def test_help_lists_every_command_with_its_reason(tmp_path: Path) -> None:
    told = duecare("--help", folder=tmp_path)
    listed = dict(re.findall(r"^  ([\w-]+) +(\w.+)$", told.out.partition("Commands:")[2], re.MULTILINE))
    assert set(listed) == set(HELP)
    assert told.code == 0


def test_the_version_is_told(tmp_path: Path) -> None:
    assert duecare("--version", folder=tmp_path) == Told(0, f"duecare {__version__}\n", "")


@pytest.mark.parametrize(
    "words", [("run", "--frobnicate"), ("frobnicate",), ("explain",), ("run", "--seed", "soon"), ("demo", "--customers", "3")]
)
def test_what_cannot_be_understood_ends_with_2_and_says_so(words: tuple[str, ...], tmp_path: Path) -> None:
    told = duecare(*words, folder=tmp_path)
    assert (told.code, told.out) == (2, "")
    assert "Error: " in told.err
    assert "duecare" in told.err


@pytest.mark.parametrize(
    ("as_of", "says"), [("yesterday", "no day and no moment"), ("2026-10-31T18:00", "has no zone"), ("2026-02-30", "no day")]
)
def test_a_moment_that_is_none_is_refused_before_anything_is_read(as_of: str, says: str, shop: Path) -> None:
    told = duecare("run", "--as-of", as_of, folder=shop)
    assert told.code == 2
    assert says in " ".join(told.err.split())
    assert not (shop / "warehouse").exists()


NEXT = [
    ("check", "duecare run"),
    ("run", "duecare plan"),
    ("plan", "duecare apply"),
    ("apply --yes", "duecare report"),
    ("plan", "duecare report"),
    ("undo --yes", "duecare history"),
    ("history", "duecare undo --to NUMBER"),
    ("plan", "duecare apply"),
    ("apply --yes", "duecare report"),
    ("run", "duecare report"),
    ("report", "duecare explain WHO"),
    ("explain a", "duecare report"),
    ("doctor", "duecare run"),
]


def test_every_command_ends_with_the_next_one_to_type(shop: Path) -> None:
    for words, following in NEXT:
        told = duecare(*words.split(), folder=shop)
        assert told.code == 0, told.err
        assert told.err.splitlines()[-1] == f"next: {following}", words
        assert "next:" not in told.out


def test_init_ends_with_the_next_one_to_type(tmp_path: Path) -> None:
    write_csv(tmp_path / "exports" / "orders.csv", ORDERS)
    told = duecare("init", "exports", folder=tmp_path)
    assert told.err.splitlines()[-1].startswith("next: look at the lines marked `assumed`")
    assert told.err.rstrip().endswith("then duecare run")


def test_the_next_command_can_be_typed_where_the_settings_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "my shop").mkdir()
    shop = make_shop(tmp_path / "my shop")
    for words in ("check", "run", "doctor"):
        told = duecare(words, "--settings", "my shop/duecare.toml", folder=tmp_path)
        assert told.err.splitlines()[-1].endswith("--settings 'my shop/duecare.toml'"), words
    assert (shop / "warehouse" / "current").exists()
    assert not (tmp_path / "warehouse").exists()


@pytest.mark.parametrize("words", ["check", "run", "apply --yes", "report", "explain a", "doctor"])
def test_with_json_the_output_is_one_object_and_nothing_else(words: str, ran: Path) -> None:
    told = duecare(*words.split(), "--json", folder=ran)
    assert told.code == 0
    assert isinstance(told.json, dict)
    assert told.err == ""


def test_what_goes_to_a_file_has_no_control_signs(shop: Path) -> None:
    said = [duecare(*words, folder=shop) for words in (("run",), ("explain", "a"), ("run", "--wrong"))]
    assert [told.code for told in said] == [0, 0, 2]
    assert not [told for told in said if "\x1b" in told.out + told.err]


def at_a_terminal(folder: Path, **environment: str) -> str:
    """What `duecare run` shows a person at a terminal, its control signs included."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "CI"}}
    command = [str(Path(sys.executable).parent / "duecare"), "run"]
    process = subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=clean | {"TERM": "xterm"} | environment)
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # the end of a pseudo terminal
        while piece := os.read(ours, 4096):
            seen += piece
    os.close(ours)
    assert process.wait(60) == 0, seen
    return seen.decode()


COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3\d|9\d)(?:;\d+)*m")


def test_progress_is_coloured_at_a_terminal_and_not_where_no_color_is_set(shop: Path) -> None:
    coloured, plain = at_a_terminal(shop), at_a_terminal(shop, NO_COLOR="1")
    assert COLOUR.search(coloured)
    assert not COLOUR.search(plain)
    assert all(step in plain for step in ("reading and cleaning the exports", "publishing"))


# init and check


def test_init_writes_settings_with_every_assumption_marked(tmp_path: Path) -> None:
    write_csv(tmp_path / "exports" / "orders.csv", [{"order_id": "o1", "source_id": "a", "ordered_at": "2026-01-01 10:00", "revenue": 5}])
    told = duecare("init", "exports", folder=tmp_path)
    text = (tmp_path / "duecare.toml").read_text("utf-8")
    assert told.code == 0
    assert "written: " in told.out
    assert [line.partition(" =")[0] for line in text.splitlines() if "# assumed" in line and "=" in line.partition("#")[0]] == [
        "currency",
        "gross_margin_percent",
        "service_cost_per_minute",
        "service_minutes_per_contact",
        "zone",
    ]


def test_init_does_not_touch_settings_that_are_there(shop: Path) -> None:
    say(shop, "horizon_months = 36", "horizon_months = 12")
    went_wrong(duecare("init", "exports", folder=shop), "duecare.toml is there already", "--force")
    assert "horizon_months = 12" in (shop / "duecare.toml").read_text("utf-8")
    assert duecare("init", "exports", "--force", folder=shop).code == 0
    assert "horizon_months = 36" in (shop / "duecare.toml").read_text("utf-8")


def test_init_of_what_is_not_there_or_not_understood_says_where_it_looked(tmp_path: Path) -> None:
    went_wrong(duecare("init", "nowhere", folder=tmp_path), "nowhere")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "notes.csv").write_text("colour,mood\nred,good\nblue,bad\n")
    went_wrong(duecare("init", "exports", folder=tmp_path), "notes.csv", "docs/data-contract.md")
    assert not (tmp_path / "duecare.toml").exists()


def test_check_of_good_data_says_ready_and_keeps_no_run(shop: Path) -> None:
    told = duecare("check", folder=shop)
    assert (told.code, told.out.splitlines()[-1]) == (0, "ready")
    assert not (shop / "warehouse" / "runs").exists()
    assert not (shop / "book.db").exists()


@pytest.mark.parametrize(("bad", "code"), [(2, 0), (3, 3)])
def test_check_ends_with_3_when_more_than_a_fifth_is_set_aside(bad: int, code: int, tmp_path: Path) -> None:
    shop = make_shop(tmp_path, [order(f"o{n}", "a", "2026-01-01", 10) for n in range(10)])
    good, never = [order(f"o{n}", "a", "2026-01-01", 10) for n in range(bad, 10)], [{"order_id": f"x{n}"} for n in range(bad)]
    write_csv(shop / "exports" / "orders.csv", [*good, *never])
    told = duecare("check", "--json", folder=shop)
    assert told.code == code
    assert told.json["ready"] is (code == 0)
    assert told.json["inputs"][0]["rows_aside"] == bad


def test_check_ends_with_3_when_there_are_no_orders(tmp_path: Path) -> None:
    write_csv(tmp_path / "exports" / "people.csv", [{"source": "shop", "source_id": n, "email": f"p{n}@example.org"} for n in range(3)])
    assert duecare("init", "exports", folder=tmp_path).code == 0
    told = duecare("check", folder=tmp_path)
    assert told.code == 3
    assert "✗ orders: none" in told.out
    assert told.out.splitlines()[-1] == "not ready"


# run


def test_run_tells_for_each_input_what_became_of_its_rows(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, [*ORDERS, order("o4", "b", "2026-02-02", 7)])
    write_csv(shop / "exports" / "orders.csv", [*ORDERS, {"order_id": "o4"}, {**order("o5", "a", "2026-02-01", 5), "ordered_at": "never"}])
    told = duecare("run", "--json", folder=shop)
    (counts,) = told.json["inputs"]
    assert (counts["input"], counts["rows_read"], counts["rows_used"], counts["rows_aside"]) == ("orders", 5, 3, 2)
    assert sum(counts["reasons"].values()) == counts["rows_aside"]
    assert any("ordered_at" in why for why in counts["reasons"])
    assert "never" not in told.out


@ON_THE_DEMO
def test_sums_match_for_every_input_of_the_demo(demo: Path) -> None:
    facts = json.loads(next((demo / "warehouse" / "runs").glob("*/run.json")).read_text("utf-8"))
    lines = {file.stem: len(list(csv.DictReader(file.read_text("utf-8").splitlines()))) for file in (demo / "exports").glob("*.csv")}
    assert {one["input"]: one["rows_read"] for one in facts["inputs"]} == lines
    assert not [one for one in facts["inputs"] if one["rows_used"] + one["rows_aside"] != one["rows_read"]]
    assert not [one for one in facts["inputs"] if sum(one["reasons"].values()) != one["rows_aside"]]


def test_run_publishes_and_assigns_nothing(ran: Path) -> None:
    told = duecare("run", folder=ran)
    assert "nobody moves before duecare apply" in told.out
    assert "published: run " in told.out
    with open_book("sqlite:book.db", ran) as book:
        assert book.rows("SELECT count(*) FROM assignments") == [(0,)]


def test_what_the_reading_noted_is_told(shop: Path) -> None:
    assert "note: shop: 2 customers of orders have no row in people" in duecare("run", folder=shop).out.splitlines()


def test_run_without_settings_says_how_to_get_them(tmp_path: Path) -> None:
    went_wrong(duecare("run", folder=tmp_path), "there is no settings file", "duecare.toml", "duecare init PATH")


def test_run_whose_file_is_gone_names_it(shop: Path) -> None:
    (shop / "exports" / "orders.csv").unlink()
    went_wrong(duecare("run", folder=shop), "exports/orders.csv")


def test_run_of_rows_that_are_all_bad_tells_the_reasons_and_keeps_the_old_result(ran: Path) -> None:
    before = (ran / "warehouse" / "current").read_text("utf-8")
    write_csv(ran / "exports" / "orders.csv", [{**order(n, "a", "2026-01-01", 1), "ordered_at": "never"} for n in ("o7", "o8")])
    say(ran, 'table = "orders"', 'table = "orders"\nmode = "snapshot"')
    went_wrong(duecare("run", folder=ran), "none of 2 rows could be used", "duecare check")
    assert (ran / "warehouse" / "current").read_text("utf-8") == before


def test_a_fault_of_our_own_is_told_by_its_place_and_never_by_the_data(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_newest", lambda _: {}["anna@example.org"])  # pyright: ignore[reportUnknownLambdaType]
    told = duecare("run", folder=shop)
    assert told.code == 1
    assert "fault of Duecare's own (KeyError in batch.py:" in told.err
    assert "DUECARE_TRACEBACK=1" in told.err
    assert "anna" not in told.err
    monkeypatch.setenv("DUECARE_TRACEBACK", "1")
    with pytest.raises(KeyError):
        duecare("run", folder=shop)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('book = "sqlite:book.db"', f'book = "postgres:host=/nowhere user=ada password={SECRET}"'),
        ('path = "exports/orders.csv"', f'url = "postgresql://ada:{SECRET}@localhost:1/shop"\nquery = "orders"'),
        ('path = "exports/orders.csv"', 'url = "env:SHOP_DB"\nquery = "orders"'),
        ("horizon_months = 36", f'horizon_months = "{SECRET}"'),
        ('currency = "EUR"', f"currency = {SECRET}"),
    ],
    ids=["book", "input", "named", "of the wrong kind", "no TOML"],
)
def test_a_secret_is_never_printed(old: str, new: str, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DB", f"postgresql://ada:{SECRET}@localhost:1/shop")
    say(shop, old, new)
    for command in ("check", "run", "doctor", "apply"):
        told = duecare(command, folder=shop)
        assert SECRET not in told.out + told.err, command
    assert duecare("run", folder=shop).code == 1


def test_a_secret_that_is_not_there_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_DB", raising=False)
    say(shop, 'path = "exports/orders.csv"', 'url = "env:SHOP_DB"\nquery = "orders"')
    went_wrong(duecare("run", folder=shop), "SHOP_DB")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_interrupts_is_told_that_the_last_result_stands(number: signal.Signals, ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, handlers = (ran / "warehouse" / "current").read_text("utf-8"), signal.getsignal(number)

    def interrupted(_: object) -> None:
        try:
            os.kill(os.getpid(), number)
        except BaseException as error:
            raise RuntimeError("Query interrupted") from error  # as an engine does

    monkeypatch.setattr(batch, "_newest", interrupted)
    told = duecare("run", folder=ran)
    assert told.code == 128 + number
    assert told.err.splitlines()[-1] == "duecare: interrupted; the last published result stands"
    assert "fault" not in told.err
    assert (ran / "warehouse" / "current").read_text("utf-8") == before
    assert not list((ran / "warehouse" / "runs").glob("*.partial"))
    assert signal.getsignal(number) == handlers


def test_a_moment_that_has_not_come_is_refused(shop: Path) -> None:
    today = datetime.now(UTC)
    went_wrong(duecare("run", "--as-of", f"{today + timedelta(days=2):%Y-%m-%d}", folder=shop), "has not come yet")
    went_wrong(duecare("run", "--as-of", (today + timedelta(hours=1)).isoformat(), folder=shop), "has not come yet")
    assert not (shop / "warehouse").exists()
    assert duecare("run", "--as-of", f"{today:%Y-%m-%d}", folder=shop).code == 0


def test_one_is_told_as_one(tmp_path: Path) -> None:
    told = duecare("run", folder=make_shop(tmp_path, [order("o1", "a", "2026-01-01", 10)]))
    assert "1 row read" in told.out
    assert "1 customer from 1 source record" in told.out
    assert "1 customer would move" in told.out


def test_a_warehouse_whose_name_the_engine_would_misread_is_refused(shop: Path) -> None:
    say(shop, 'warehouse = "duckdb:warehouse"', 'warehouse = "duckdb:what?"')
    went_wrong(duecare("run", folder=shop), "'?'", "what?")


# apply


def test_apply_assigns_what_was_proposed_the_first_time_and_nothing_the_second(ran: Path) -> None:
    first, second = (duecare("apply", "--yes", "--json", folder=ran).json for _ in range(2))
    assert (first["movers"], first["moved"]) == (2, 2)
    assert (second["movers"], second["moved"]) == (2, 0)
    assert "nobody moves: this plan is in force already." in duecare("apply", "--yes", folder=ran).out
    assert duecare("run", "--json", folder=ran).json["plan"]["movers"] == 0


def test_apply_in_words_says_how_many_were_assigned(ran: Path) -> None:
    told = duecare("apply", "--yes", folder=ran)
    assert told.out.splitlines()[-1] == "2 customers assigned."


def test_apply_in_a_script_must_say_yes(ran: Path) -> None:
    for words in ([], ["--json"]):
        told = duecare("apply", *words, folder=ran)
        assert told.code == 1
        assert "To mend: say --yes" in told.err
    with open_book("sqlite:book.db", ran) as book:
        assert book.rows("SELECT count(*) FROM assignments") == [(0,)]


def test_the_question_of_apply_stays_out_of_its_results(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = StringIO("y\n")
    answers.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", answers)
    told = duecare("apply", "--json", folder=ran)
    assert (told.code, told.json["moved"]) == (0, 2)
    assert "assign 2 customers?" in told.err


def test_a_dry_run_of_apply_assigns_nothing(ran: Path) -> None:
    told = duecare("apply", "--dry-run", folder=ran)
    assert "2 customers would move" in told.out
    assert "nothing was assigned" in told.out
    assert duecare("apply", "--yes", "--json", folder=ran).json["moved"] == 2


def test_apply_refuses_when_the_policy_changed_under_the_plan(ran: Path) -> None:
    say(ran, "clv_percentile >= 90", "clv_percentile >= 80")
    for words in (["--yes"], ["--dry-run"]):
        told = duecare("apply", *words, folder=ran)
        assert told.code == 1
        assert "changed since this plan was made" in told.err
    assert "duecare plan" in told.err
    with open_book("sqlite:book.db", ran) as book:
        assert book.rows("SELECT count(*) FROM assignments") == [(0,)]
    assert duecare("run", folder=ran).code == 0
    assert duecare("apply", "--yes", "--json", folder=ran).json["moved"] == 2


@pytest.mark.parametrize("command", ["apply", "report", "explain a"])
def test_before_the_first_run_a_command_says_that_nothing_is_published(command: str, shop: Path) -> None:
    went_wrong(duecare(*command.split(), folder=shop), "nothing has been published yet", "duecare run")
