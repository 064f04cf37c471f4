"""The promise: from exports to tiers, every figure is the one worked out by hand, and a run is whole or not there.

Forty customers, small enough for paper. Four buy every month (12 orders of 100, cost 60), six three times (120, cost 60),
ten three times (50, cost 30), twenty once (40, cost 24). Twenty came back, exactly as many as a purchase rate needs.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from app.calling import Row, duecare, make_shop, order, rows, say, write_csv
from duecare.app.batch import RESULTS
from duecare.records import Runs, open_book

THRICE = ("2025-02-01", "2025-06-01", "2025-10-01")
WHALES, RICH, PLAIN, ONCE = ([f"{kind}{n}" for n in range(many)] for kind, many in (("w", 4), ("r", 6), ("g", 10), ("o", 20)))
EVERYBODY = [*WHALES, *RICH, *PLAIN, *ONCE]


def placed(who: str) -> list[Row]:
    """The orders of one customer; the first of g0 came back in part."""
    if who in WHALES:
        return [order(f"{who}-{month}", who, f"2025-{month:02}-15", 100, 60) for month in range(1, 13)]
    if who in ONCE:
        return [order(who, who, "2025-01-10", 40, 24)]
    revenue, cost = (120, 60) if who in RICH else (50, 30)
    return [order(f"{who}-{day}", who, day, revenue, cost, 20 if (who, day) == ("g0", THRICE[0]) else 0) for day in THRICE]


ORDERS = [one for who in EVERYBODY for one in placed(who)]
PEOPLE = [
    {"source": "shop", "source_id": who, "consent_profiling": {"w0": "no", "o5": "no"}.get(who, "yes"), "city": "Ulm"} for who in EVERYBODY
]
CALLS = [
    {
        "contact_id": f"c{n}",
        "source": "shop",
        "source_id": "o0",
        "channel": "phone",
        "opened_at": f"2025-03-0{n}T09:00:00Z",
        "handle_seconds": 600,
    }
    for n in (1, 2)
]
RATES = [{"activity": "minute", "channel": "*", "amount": 0.60}, {"activity": "return", "channel": "*", "amount": 4}]


def bought(who: str, begins: str, ends: str | None = None, level: str = "Plus", kind: str = "bought") -> Row:
    return {
        "source": "shop",
        "source_id": who,
        "level": level,
        "kind": kind,
        "from_at": f"{begins}T00:00:00Z",
        "to_at": ends and f"{ends}T00:00:00Z",
    }


LEVELS = [
    bought("o1", "2025-01-01"),
    bought("o2", "2025-01-01", "2025-06-01"),
    bought("o3", "2026-01-01"),
    bought("o5", "2025-01-01", kind="contracted"),
    bought("w1", "2025-01-01"),
]
Street = Callable[..., Path]
EMPTY = ("rows_aside", "households", "accounts", "review")
"""Results in which these forty have no row."""
OTHERS = dict.fromkeys(EMPTY, 0) | {"service_costs": 2, "service_months": 2, "rfm_transition": 13}
"""Results in which they have other than a row each: two of them were served, each in a month of its own; all are new to four segments and three classes each of R, F and M."""


def walk(folder: Path, orders: Iterable[Row] = tuple(ORDERS), **tables: Iterable[Row]) -> Path:
    """Make the shop and run it once."""
    given = {"people": PEOPLE, "contacts": CALLS, "rates": RATES, "entitlements": LEVELS} | tables
    make_shop(folder, orders, **given)
    assert (told := duecare("run", folder=folder)).code == 0, told.err
    return folder


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop run once; tests only read it."""
    return walk(tmp_path_factory.mktemp("street"))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The same, for a test that changes it."""
    return walk(tmp_path)


STANDING = """
SELECT m.source_id AS who, f.*, p.tier, p.origin, p.why, h.service_cost, v.margin_share, v.service_cost_per_order
FROM {members} m JOIN {facts} f USING (customer_id) JOIN {plan} p USING (customer_id) JOIN {history} h USING (customer_id)
JOIN {valuation} v USING (customer_id)
"""


def standings(folder: Path) -> dict[str, dict[str, Any]]:
    """Every customer by the shop's own number."""
    return {row["who"]: row for row in rows(folder, STANDING, "members", "facts", "plan", "history", "valuation")}


@pytest.fixture(scope="module")
def known(street: Path) -> dict[str, dict[str, Any]]:
    return standings(street)


def facts_of(folder: Path) -> Any:  # noqa: ANN401 - the run's own facts
    with Runs.at("duckdb:warehouse", folder).read() as published:
        return published.facts


# figures


def test_everybody_is_a_customer_once(known: dict[str, dict[str, Any]]) -> None:
    assert sorted(known) == sorted(EVERYBODY)
    assert len({row["customer_id"] for row in known.values()}) == 40


def test_profit_is_margin_minus_cost_to_serve(known: dict[str, dict[str, Any]]) -> None:
    due = dict.fromkeys(WHALES, 12 * 40.0) | dict.fromkeys(RICH, 3 * 60.0) | dict.fromkeys(PLAIN, 3 * 20.0) | dict.fromkeys(ONCE, 16.0)
    due |= {"o0": 16.0 - 2 * 10 * 0.60, "g0": 60.0 - 20.0 - 4.0}
    assert {who: row["profit"] for who, row in known.items()} == pytest.approx(due)


def test_history_counts_what_was_bought_and_asked(known: dict[str, dict[str, Any]]) -> None:
    told = {
        who: (known[who]["orders"], known[who]["revenue"], known[who]["contacts"], known[who]["returns"])
        for who in ("w0", "r0", "g0", "o0")
    }
    assert told == {"w0": (12, 1200.0, 0, 0), "r0": (3, 360.0, 0, 0), "g0": (3, 150.0, 0, 1), "o0": (1, 40.0, 2, 0)}
    assert (known["w0"]["days_since_order"], known["w0"]["tenure_days"]) == (0, 334)
    assert (known["o0"]["days_since_order"], known["o0"]["tenure_days"]) == (339, 339)


def test_classes_are_quarters_and_those_who_are_alike_stay_together(known: dict[str, dict[str, Any]]) -> None:
    due = dict.fromkeys(WHALES, "111") | dict.fromkeys(RICH, "221") | dict.fromkeys(PLAIN, "222") | dict.fromkeys(ONCE, "444")
    assert {who: row["rfm"] for who, row in known.items()} == due


def test_percentiles_say_how_many_in_a_hundred_have_less(known: dict[str, dict[str, Any]]) -> None:
    due = dict.fromkeys(WHALES, 90.0) | dict.fromkeys(RICH, 75.0) | dict.fromkeys(PLAIN, 52.5) | dict.fromkeys(ONCE, 2.5)
    assert {who: row["clv_percentile"] for who, row in known.items()} == pytest.approx(due | {"g0": 50.0, "o0": 0.0})


def test_margin_and_service_are_mixed_with_everybodys_as_the_document_says(known: dict[str, dict[str, Any]]) -> None:
    revenue, margin, service, days = 9260.0, 4 * 480 + 6 * 180 + 10 * 60 - 20 + 20 * 16.0, 12.0 + 4.0, 48 + 18 + 30 + 20
    of_three = 3 * revenue / days
    due_margin = {"w0": (480 + of_three * margin / revenue) / (1200 + of_three), "o0": (16 + of_three * margin / revenue) / (40 + of_three)}
    due_service = {"w0": (0 + 3 * service / days) / (12 + 3), "o0": (12 + 3 * service / days) / (1 + 3)}
    assert {who: known[who]["margin_share"] for who in due_margin} == pytest.approx(due_margin)
    assert {who: known[who]["service_cost_per_order"] for who in due_service} == pytest.approx(due_service)


def test_tiers_have_the_customers_and_the_money_worked_out_by_hand(street: Path) -> None:
    told = {one["tier"]: (one["customers"], one["revenue"], one["profit"]) for one in facts_of(street)["findings"]["tiers"]}
    assert told == {"Premium": (3, 3600.0, 1440.0), "Plus": (8, 2240.0, 1112.0), "Standard": (29, 3420.0, pytest.approx(1332.0))}


def test_the_claims_are_held_against_these_customers(street: Path) -> None:
    claims = {one["name"]: one["yours"] for one in facts_of(street)["findings"]["claims"]}
    assert claims == {"revenue_10": pytest.approx(4800 / 9260), "profit_100": 1.0, "social_40": None, "complainers_20": None}


# who gets what


def test_the_top_tenth_exactly_on_the_line_is_premium(known: dict[str, dict[str, Any]]) -> None:
    assert [known[who]["tier"] for who in WHALES[1:]] == ["Premium"] * 3
    assert "clv_percentile is 90" in known["w2"]["why"]


def test_opting_out_of_profiling_gives_the_last_tier_or_what_was_bought(known: dict[str, dict[str, Any]]) -> None:
    assert (known["w0"]["tier"], known["w0"]["why"]) == ("Standard", "no profiling, as they asked")
    assert (known["o5"]["tier"], known["o5"]["origin"]) == ("Plus", "contracted")


def test_a_bought_level_raises_while_it_holds_and_never_lowers(known: dict[str, dict[str, Any]]) -> None:
    assert (known["o1"]["tier"], known["o1"]["origin"]) == ("Plus", "bought")
    assert (known["w1"]["tier"], known["w1"]["origin"]) == ("Premium", "earned")
    assert [known[who]["tier"] for who in ("o2", "o3")] == ["Standard", "Standard"]


def test_every_customer_has_a_reason(known: dict[str, dict[str, Any]]) -> None:
    assert not [who for who, row in known.items() if not row["why"]]
    assert "rfm_m is 1" in known["r0"]["why"]


# time


def test_what_lies_after_the_as_of_moment_is_not_seen(own: Path) -> None:
    assert duecare("run", "--as-of", "2025-03-01", folder=own).code == 0
    then = standings(own)
    assert facts_of(own)["as_of"] == "2025-03-01T23:59:59.999999+00:00"
    assert (then["w1"]["orders"], then["w1"]["revenue"], then["r0"]["orders"]) == (2, 200.0, 1)
    assert (then["o0"]["contacts"], then["o0"]["profit"]) == (1, pytest.approx(16.0 - 6.0))
    assert (then["o2"]["tier"], then["o2"]["origin"]) == ("Plus", "bought")


def test_a_row_of_the_future_is_set_aside_and_does_not_move_the_as_of_moment(tmp_path: Path) -> None:
    folder = walk(tmp_path, [*ORDERS, order("later", "w0", "2999-01-01", 1, 1)])
    facts = facts_of(folder)
    assert facts["as_of"] == "2025-12-15T12:00:00+00:00"
    assert sum(one["rows_aside"] for one in facts["inputs"]) == 1


# the same again


def test_running_twice_gives_the_same_ids_and_the_same_plan(own: Path) -> None:
    before, plan = standings(own), facts_of(own)["plan"]
    assert duecare("run", folder=own).code == 0
    assert standings(own) == before
    assert facts_of(own)["plan"] == plan


def test_the_order_of_rows_and_a_row_that_comes_twice_change_no_figure(known: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    mixed = [*ORDERS, *ORDERS[:7]]
    random.Random(5).shuffle(mixed)
    again = standings(walk(tmp_path, mixed))
    for name in ("tier", "rfm", "profit", "clv", "clv_percentile", "why"):
        assert {who: row[name] for who, row in again.items()} == pytest.approx({who: row[name] for who, row in known.items()}), name


def test_a_file_that_is_added_is_read_and_the_others_are_not(own: Path) -> None:
    say(own, "exports/orders.csv", "exports/orders*.csv")
    assert duecare("run", folder=own).code == 0
    ids = {who: row["customer_id"] for who, row in standings(own).items()}
    read = {piece: piece.stat().st_mtime_ns for piece in (own / "warehouse" / "landed" / "orders").rglob("*.parquet")}
    write_csv(own / "exports" / "orders-2.csv", [order("n1", "o7", "2025-12-15", 40, 24), order("n2", "new", "2025-12-15", 5, 3)])
    assert duecare("run", folder=own).code == 0
    now = standings(own)
    assert (now["o7"]["orders"], now["o7"]["revenue"], now["new"]["orders"]) == (2, 80.0, 1)
    assert {who: row["customer_id"] for who, row in now.items() if who != "new"} == ids
    assert read
    assert {piece: piece.stat().st_mtime_ns for piece in read} == read


# assumptions


def test_profit_is_called_assumed_when_the_orders_carry_no_cost(tmp_path: Path) -> None:
    folder = walk(tmp_path, [{name: value for name, value in one.items() if name != "cost"} for one in ORDERS])
    assert "# assumed: the orders carry no cost" in (folder / "duecare.toml").read_text("utf-8")
    assert any(note.startswith("assumed: 116 orders carry no cost, so a gross margin of 40 %") for note in facts_of(folder)["notes"])
    assert standings(folder)["w1"]["margin"] == pytest.approx(480.0)
    told = duecare("report", folder=folder)
    assert "profit (assumed)" in told.out


def test_nothing_is_called_assumed_when_cost_and_rates_are_there(street: Path) -> None:
    assert [note for note in facts_of(street)["notes"] if note.startswith("assumed")] == []
    assert "assumed" not in duecare("report", "--out", str(street / "r.html"), folder=street).out


# published whole


def test_the_parquet_files_hold_what_the_warehouse_holds(street: Path) -> None:
    with Runs.at("duckdb:warehouse", street).read() as published:
        for table in RESULTS:
            file = pq.read_table(published.results / f"{table}.parquet").to_pylist()
            kept = published.warehouse.arrow("SELECT * FROM {t}", t=table).to_pylist()
            assert sorted(file, key=first_two) == sorted(kept, key=first_two), table
            assert len(file) == OTHERS.get(table, 40), table


def first_two(row: dict[str, Any]) -> list[str]:
    return [str(value) for value in list(row.values())[:2]]


def test_a_reader_that_is_open_keeps_its_run_while_others_come_and_go(own: Path) -> None:
    say(own, "[records]", "[records]\nkeep_runs = 1")
    runs, sql = Runs.at("duckdb:warehouse", own), "SELECT sum(revenue) AS revenue FROM {history}"
    with runs.read() as old:
        for number in range(2):
            write_csv(own / "exports" / "orders.csv", [*ORDERS, order(f"n{number}", "o9", "2025-12-15", 1000)])
            assert duecare("run", folder=own).code == 0
            assert old.warehouse.arrow(sql, history="history").to_pylist() == [{"revenue": 9260.0}]
        assert runs.current() != old.run_id
        assert old.run_id in runs.complete()
    assert rows(own, sql, "history") == [{"revenue": 10260.0}]  # the file was replaced twice, so its last rows count
    assert duecare("run", folder=own).code == 0
    assert runs.complete() == [runs.current()]


def test_a_second_run_beside_the_first_is_told_to_wait(own: Path) -> None:
    with Runs.at("duckdb:warehouse", own).lock():
        told = duecare("run", folder=own)
    assert told.code == 1
    assert "another run is at work: process" in told.err


@pytest.mark.timeout(120)
def test_a_run_that_is_killed_leaves_one_whole_result_and_the_next_succeeds(own: Path) -> None:
    chance, runs = random.Random(20261122), Runs.at("duckdb:warehouse", own)
    ids = {who: row["customer_id"] for who, row in standings(own).items()}
    for pause_s in (0.0, *(chance.uniform(0.0, 0.6) for _ in range(3))):
        before = runs.complete()
        process = subprocess.Popen(COMMAND, cwd=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not list((own / "warehouse" / "runs").glob("*.partial")):
            time.sleep(0.005)
        time.sleep(pause_s)
        process.kill()
        process.wait(60)
        assert runs.current() in runs.complete()
        assert len(set(runs.complete()) - set(before)) <= 1
        assert {who: row["customer_id"] for who, row in standings(own).items()} == ids
    assert duecare("run", folder=own).code == 0
    assert not list((own / "warehouse" / "runs").glob("*.partial"))
    assert duecare("doctor", folder=own).code == 0
    with open_book("sqlite:book.db", own) as book:
        assert book.rows("SELECT count(*) FROM customer_ids") == [(40,)]


COMMAND = [str(Path(sys.executable).parent / "duecare"), "run", "--json"]
