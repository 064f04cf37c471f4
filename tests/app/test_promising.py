"""Promises at the door: the clock, drafts, and a guarantee that nobody makes worse unnoticed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.calling import ORDERS, Told, duecare, make_shop, order, went_wrong
from duecare.promises.terms import METRICS, SEVERITIES
from duecare.tiers import DOCUMENTS

OFFICE = {"tz": "Europe/Paris", "weekly": {"fri": [["09:00", "17:00"]], "mon": [["09:00", "17:00"]]}}
START, END = "2026-11-20T16:00+01:00", "2026-11-23T10:00+01:00"


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    (tmp_path / "office.json").write_text(json.dumps(OFFICE), "utf-8")
    return tmp_path


def test_the_clock_tells_open_minutes_and_due_times(calendar: Path) -> None:
    assert duecare("clock", "office.json", START, END, folder=calendar).out == "120 open minutes (2 h 0 min)\n"
    assert duecare("clock", "office.json", START, END, "--json", folder=calendar).json == {"open_minutes": 120.0}
    assert duecare("clock", "office.json", START, "--due", "90", folder=calendar).out == "due 2026-11-23T09:30:00+01:00\n"


def test_the_clock_tells_seconds_and_many_minutes_in_full(calendar: Path) -> None:
    second = ("clock", "office.json", START, "2026-11-20T16:01:20.5+01:00")
    assert duecare(*second, folder=calendar).out == "1.341667 open minutes (0 h 1 min 20.5 s)\n"
    long = duecare("clock", "office.json", "2006-11-20T16:00+01:00", "2126-11-23T10:00+01:00", folder=calendar).out
    assert long == "6011100 open minutes (100185 h 0 min)\n"  # 12,523 Mondays and Fridays, and an hour


def test_the_clock_reads_what_windows_writes(tmp_path: Path) -> None:
    (tmp_path / "bom.json").write_text(json.dumps(OFFICE), "utf-8-sig")
    assert duecare("clock", "bom.json", START, END, "--json", folder=tmp_path).json == {"open_minutes": 120.0}


def test_a_moment_before_the_year_one_is_a_clear_error(calendar: Path) -> None:
    went_wrong(duecare("clock", "office.json", "0001-01-01T00:00+05:00", END, folder=calendar), "before the year 1")


def test_the_clock_reads_toml_too(tmp_path: Path) -> None:
    (tmp_path / "always.toml").write_text('tz = "UTC"\n[weekly]\nfri = [["00:00", "24:00"]]\n', "utf-8")
    assert duecare("clock", "always.toml", START, END, "--json", folder=tmp_path).json == {"open_minutes": 540.0}


@pytest.mark.parametrize("words", [[START], [START, END, "--due", "5"], ["2026-11-20T16:00", END], ["2026-11-20", END], ["yesterday", END]])
def test_a_clock_that_is_not_asked_one_clear_thing_is_a_wrong_use(calendar: Path, words: list[str]) -> None:
    told = duecare("clock", "office.json", *words, folder=calendar)
    assert told.code == 2
    assert told.out == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no calendar"),
        ('{"tz": "UTC", "tz": "UTC"}', "'tz' twice"),
        ("[" * 100_000, "is no calendar"),
        (json.dumps(OFFICE | {"tz": "Europe/Pariss"}), "Europe/Paris"),
        ("[]", "no table of names"),
    ],
)
def test_a_bad_calendar_is_a_clear_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.json").write_text(text, "utf-8")
    went_wrong(duecare("clock", "bad.json", START, END, folder=tmp_path), said)


def test_a_due_time_that_never_comes_is_said(calendar: Path) -> None:
    went_wrong(duecare("clock", "office.json", START, "--due", "1e12", folder=calendar), "before the year 2200")


def contacts(minutes: list[float]) -> list[Mapping[str, object]]:
    """One e-mail for each length until its first answer, an hour apart, in the first days of March."""
    opened = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(len(minutes))]
    return [
        {
            "contact_id": f"c{n}",
            "source": "shop",
            "source_id": "b",
            "channel": "email",
            "opened_at": at.isoformat(),
            "first_reply_at": (at + timedelta(minutes=length)).isoformat(),
        }
        for n, (at, length) in enumerate(zip(opened, minutes, strict=True))
    ]


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A shop whose hundred e-mails were answered after 1 to 100 minutes."""
    later = order("o4", "b", "2026-03-20", 10, 5)
    folder = make_shop(tmp_path, [*ORDERS, later], contacts=contacts([float(n) for n in range(1, 101)]))
    assert duecare("run", folder=folder).code == 0
    return folder


def promise(folder: Path, **said: Any) -> None:  # noqa: ANN401
    lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
    with (folder / "duecare.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "[[promises]]", *lines, ""]))


def test_drafts_are_what_nine_in_ten_got_and_can_be_put_into_the_settings_as_they_are(served: Path) -> None:
    told = duecare("promises", "suggest", folder=served)
    assert told.code == 0, told.err
    assert "next: " in told.err
    found = duecare("promises", "suggest", "--json", folder=served).json["promises"]
    answers = [one for one in found if one["metric"] == "first_response"]
    assert [(one["tier"], one["channel"], one["target_minutes"], one["share_percent"], one["spans"]) for one in answers] == [
        (None, "email", 90, 90, 100)
    ]
    with (served / "duecare.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + told.out)
    assert duecare("run", folder=served).code == 0
    assert duecare("apply", "--yes", folder=served).code == 0


def test_too_few_contacts_draft_nothing_and_that_is_said(tmp_path: Path) -> None:
    folder = make_shop(tmp_path, ORDERS, contacts=contacts([5.0] * 49))
    assert duecare("run", folder=folder).code == 0
    went_wrong(duecare("promises", "suggest", folder=folder), "50 contacts")


def applied(folder: Path) -> Told:
    return duecare("apply", "--yes", folder=folder)


def test_a_guarantee_worse_than_what_they_got_is_told_by_run_and_stops_apply(served: Path) -> None:
    promise(served, metric="first_response", target_minutes=90, share_percent=89.9)
    told = duecare("run", folder=served)
    assert "note: the guarantee is worse than it was" in told.out
    for words in ([], ["--dry-run"]):
        stopped = duecare("apply", "--yes", *words, folder=served)
        assert stopped.code == 4
        assert "90 % of 100" in stopped.err
        assert "signed_by" in stopped.err
    assert duecare("doctor", "--json", folder=served).code == 0


def test_a_named_person_may_answer_for_it(served: Path) -> None:
    promise(served, metric="first_response", target_minutes=90, share_percent=50)
    assert applied(served).code == 4
    with (served / "duecare.toml").open("a", encoding="utf-8") as file:
        file.write('\n[guarantee]\nsigned_by = "Ada Example"\nreason = "two agents leave"\n')
    assert applied(served).code == 0


def test_a_guarantee_that_is_no_worse_lets_apply_go_on(served: Path) -> None:
    promise(served, metric="first_response", target_minutes=90, share_percent=90)
    promise(served, metric="first_response", severity="critical", target_minutes=5, share_percent=90)
    assert applied(served).code == 0


WRONG = {
    "an unknown tier": ({"metric": "first_response", "target_minutes": 5, "tier": "Premum"}, "Premium"),
    "an unknown metric": ({"metric": "first_reply", "target_minutes": 5}, "first_response"),
    "an unknown calendar": ({"metric": "first_response", "target_minutes": 5, "calendar": "office"}, "always"),
    "a target as a text": ({"metric": "first_response", "target_minutes": "5"}, "not a number"),
    "no target": ({"metric": "first_response"}, "target_minutes"),
    "no time": ({"metric": "first_response", "target_minutes": 0}, "0.0166667"),
}


@pytest.mark.parametrize(("said", "told"), WRONG.values(), ids=WRONG)
def test_a_promise_that_cannot_be_meant_stops_every_command(shop: Path, said: dict[str, Any], told: str) -> None:
    promise(shop, **said)
    went_wrong(duecare("run", folder=shop), told)


def test_a_bad_calendar_in_the_settings_is_told_by_its_name(shop: Path) -> None:
    with (shop / "duecare.toml").open("a", encoding="utf-8") as file:
        file.write('\n[calendars.office]\ntz = "UTC"\nweekly = {mon = [["17:00", "09:00"]]}\n')
    went_wrong(duecare("run", folder=shop), "[calendars.office]", "not after")


def test_the_words_of_promises_are_those_of_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "promises.md").read_text("utf-8")
    assert all(f"`{metric}`" in page for metric in (*METRICS, "handle_time"))
    settings = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
    assert ", ".join(SEVERITIES) in settings
    assert DOCUMENTS.names[0] in page
