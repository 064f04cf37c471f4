"""`duecare measure`: what people and programs get of it."""

import csv
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.calling import duecare, say
from duecare.app.remembering import remember, terms_at
from duecare.app.settings import read_settings
from duecare.measure.registry import KPIS
from duecare.records import open_book

SLOW_PROMISE = '\n[[promises]]\nmetric = "first_response"\ntarget_minutes = 60\n'


@pytest.fixture(scope="module")
def applied(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo whose plan is applied, with a promise."""
    folder = tmp_path_factory.mktemp("applied") / "shop"
    shutil.copytree(demo, folder)
    with (folder / "duecare.toml").open("a") as settings:
        settings.write(SLOW_PROMISE)
    assert duecare("plan", folder=folder).code == 0
    assert (told := duecare("apply", "--yes", folder=folder)).code == 0, told.err
    return folder


def test_every_kpi_is_told_with_its_unit(demo: Path) -> None:
    told = duecare("measure", folder=demo)
    assert told.code == 0, told.err
    for kpi in (KPIS[name] for name in ("first_response", "csat", "cost_per_contact", "orders_kept", "bought_again")):
        assert any(line.startswith(kpi.title) for line in told.out.splitlines())
    assert "queue_wait (phone) within 3 minutes" in told.out
    assert "EUR" in told.out


def test_figures_come_as_json_by_tier_and_as_a_file(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.csv"
    told = duecare("measure", "--by", "tier, week", "--kpi", "csat", "--kpi", "abandoned", "--out", str(out), "--json", folder=demo)
    assert told.code == 0, told.err
    rows = json.loads(told.out)["kpis"]
    assert {row["kpi"] for row in rows} == {"csat", "abandoned"}
    assert {row["tier"] for row in rows} <= {"Premium", "Plus", "Standard"}
    with out.open() as file:
        assert len(list(csv.DictReader(file))) == len(rows)
    assert duecare("measure", "--out", str(tmp_path / "figures.doc"), folder=demo).code == 1


def test_as_of_sees_nothing_later_and_refuses_what_no_run_saw(demo: Path) -> None:
    early = json.loads(duecare("measure", "--as-of", "2026-03-30", "--json", "--by", "month", folder=demo).out)
    months = {row["month"] for row in early["kpis"]}
    assert max(months) == "2026-03"
    told = duecare("measure", "--as-of", datetime.now(UTC).isoformat(), folder=demo)
    assert told.code == 1
    assert "the latest run saw until" in told.err


def test_a_misspelt_kpi_or_breakdown_is_told_with_the_near_one(demo: Path) -> None:
    assert "csat" in duecare("measure", "--kpi", "cast", folder=demo).err
    assert "channel" in duecare("measure", "--by", "chanel", folder=demo).err


def test_promises_are_told_by_tier_with_alarms_and_guard_rails(applied: Path) -> None:
    facts = json.loads(duecare("measure", "--json", folder=applied).out)
    assert {row["tier"] for row in facts["compliance"]} == {"Premium", "Plus", "Standard"}
    assert sum(row["decided"] for row in facts["compliance"]) == next(
        row["cases"] for row in facts["kpis"] if row["kpi"] == "promises_kept"
    )
    assert {one["name"].split(":")[0] for one in facts["burn"]} == {"burn"}
    assert [one["name"] for one in facts["guards"]] == ["guard:Standard:csat", "guard:Standard:complaints", "guard:Standard:bought_again"]
    assert not any(one["crossed"] for one in facts["guards"])
    assert "guard rail" in duecare("measure", folder=applied).out


def test_goals_are_told_with_what_they_lack(applied: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(applied, folder)
    with (folder / "duecare.toml").open("a") as settings:
        settings.write('\n[[goals]]\nname = "in time"\nkpi = "orders_kept"\ntarget = 99.9\nbegins = 2026-08-01\nends = 2026-12-31\n')
    goal = json.loads(duecare("measure", "--json", folder=folder).out)["goals"][0]
    assert (goal["state"], 50 < goal["baseline"] < 99.9) == ("behind", True)
    assert {check["letter"]: check["holds"] for check in goal["checks"]} | {"A": None} == {
        "S": False,
        "M": True,
        "A": None,
        "R": True,
        "T": True,
    }
    assert "goal in time: behind" in duecare("measure", folder=folder).out


def test_a_past_report_stays_as_it_was_when_everybody_gets_another_tier_later(applied: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(applied, folder)
    before = duecare("measure", "--by", "tier,month", "--as-of", "2026-09-30", "--json", folder=folder).out
    assert duecare("undo", "--to", "0", "--yes", folder=folder).code == 0
    assert duecare("measure", "--by", "tier,month", "--as-of", "2026-09-30", "--json", folder=folder).out == before


LATER = [
    ("target_minutes = 480", "target_minutes = 60"),
    ('mon = [["09:00", "17:00"]]', 'mon = [["11:00", "12:00"]]'),
    ('tz = "Europe/Berlin"', 'tz = "Europe/Berlin"\nholidays = ["2026-06-01", "2026-06-02"]'),
    ("[records]", "[measure]\ncsat_positive_from = 5\n\n[records]"),
]


@pytest.mark.parametrize(("was", "becomes"), LATER)
def test_a_past_report_stays_as_it_was_when_promises_calendars_and_holidays_change_later(
    demo: Path, tmp_path: Path, was: str, becomes: str
) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(demo, folder)
    past = ("measure", "--by", "tier,month", "--as-of", "2026-09-30", "--json")
    before, now = duecare(*past, folder=folder).out, duecare("measure", "--json", folder=folder).out
    say(folder, was, becomes)
    with open_book("sqlite:book.db", folder) as book:
        remember(read_settings(folder / "duecare.toml"), book, datetime.now(UTC))
    assert duecare(*past, folder=folder).out == before
    assert duecare("measure", "--json", folder=folder).out != now


def test_terms_are_written_down_once_and_again_when_they_change_or_run_out(demo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(demo, folder)
    say(folder, 'tz = "Europe/Berlin"', 'tz = "Europe/Berlin"\npublic_holidays = "DE"')
    read, now = read_settings(folder / "duecare.toml"), datetime(2027, 3, 1, tzinfo=UTC)
    with open_book("sqlite:book.db", folder) as book:
        times = [now, now, now.replace(year=2029), now.replace(year=2031)]
        known = []
        for moment in times:
            remember(read, book, moment)
            known.append(len(book.rows("SELECT since FROM measure_terms")))
        assert known == [2, 2, 2, 3]
        terms, names = terms_at(read, book, datetime(2027, 6, 1, tzinfo=UTC))
        assert names == ("Premium", "Plus", "Standard")
        desk = terms.calendars["desk"]
        christmas = datetime(2027, 12, 24, 12, tzinfo=UTC)  # a Friday, and no public holiday; the two days after it are
        assert desk.elapsed(christmas, christmas + timedelta(days=3)) == read.calendars["desk"].elapsed(
            christmas, christmas + timedelta(days=3)
        )
