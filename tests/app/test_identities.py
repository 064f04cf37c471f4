"""The promise: a person can tell, correct and undo who is who from the command line, and is told what each word did."""

from pathlib import Path

import pytest

from app.calling import duecare, make_shop, order, rows, went_wrong
from duecare.app.settings import RANGES

WHY = ("--why", "she called", "--by", "ada")


def ids(folder: Path) -> dict[str, str]:
    return {
        str(row["source_id"]): str(row["customer_id"]) for row in rows(folder, "SELECT source_id, customer_id FROM {members}", "members")
    }


@pytest.mark.parametrize("least_or_most", RANGES["identity.threshold"])
def test_a_run_goes_by_every_threshold_that_the_settings_take(tmp_path: Path, least_or_most: float) -> None:
    people = [{"source": source, "source_id": "1", "given_name": "Ada", "email": "ada@mail.example"} for source in ("shop", "till")]
    shop = make_shop(tmp_path, [order("o1", "1", "2026-01-01", 10)], people=people)
    with (shop / "duecare.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[identity]\nthreshold = {least_or_most}\n")
    assert (told := duecare("run", folder=shop)).code == 0, told.err


@pytest.fixture
def two(ran: Path) -> tuple[Path, str, str]:
    """A shop that was run once, and the ids of its two customers."""
    of = ids(ran)
    return ran, of["a"], of["b"]


def test_two_customers_are_joined_told_and_parted_again_by_undoing(two: tuple[Path, str, str]) -> None:
    shop, a, b = two
    done = duecare("identity", "join", a, b, *WHY, folder=shop)
    assert done.code == 0, done.err
    assert f"{b} was merged into it with 1 record" in done.out
    assert "next: duecare run" in done.err
    told = duecare("identity", "history", b, "--json", folder=shop).json
    assert (told["customer_id"], told["leads_to"], told["records"]) == (b, [a], [])
    merged = next(event for event in told["events"] if event["kind"] == "merge")
    assert (merged["actor"], merged["why"]) == ("ada", "she called")
    assert duecare("identity", "history", "b", folder=shop).out.startswith(a)  # by its number, where it is now
    back = duecare("identity", "undo", str(merged["seq"]), *WHY, "--json", folder=shop).json
    assert (back["moved"], [event["kind"] for event in back["events"]]) == (1, ["undo", "undo", "apart"])
    assert duecare("identity", "history", b, "--json", folder=shop).json["leads_to"] == [b]
    went_wrong(duecare("identity", "join", a, b, *WHY, folder=shop), "keeps some of these records apart", "duecare identity undo")


def test_a_record_is_taken_out_of_a_customer_by_its_name(two: tuple[Path, str, str]) -> None:
    shop, a, b = two
    assert duecare("identity", "join", a, b, *WHY, folder=shop).code == 0
    went_wrong(duecare("identity", "part", a, "b", *WHY, folder=shop), "keeps some of these records together")
    together = next(
        event["seq"] for event in duecare("identity", "history", a, "--json", folder=shop).json["events"] if event["kind"] == "together"
    )
    assert duecare("identity", "undo", str(together), *WHY, folder=shop).code == 0
    went_wrong(duecare("identity", "part", a, "zz", *WHY, folder=shop), "holds no record by one of these names", "SOURCE:NUMBER")
    parted = duecare("identity", "part", a, "shop:b", *WHY, folder=shop)
    assert parted.code == 0, parted.err
    assert "1 record moved" in parted.out
    assert duecare("identity", "history", a, "--json", folder=shop).json["records"] == [{"source": "shop", "source_id": "a"}]


def test_a_locked_customer_is_closed_until_unlocked(two: tuple[Path, str, str]) -> None:
    shop, a, b = two
    assert duecare("identity", "lock", a, *WHY, folder=shop).code == 0
    went_wrong(duecare("identity", "join", a, b, *WHY, folder=shop), f"{a} is locked", "duecare identity unlock")
    assert duecare("identity", "unlock", a, *WHY, "--json", folder=shop).json["events"][0]["kind"] == "unlock"
    assert duecare("identity", "join", a, b, *WHY, folder=shop).code == 0


def test_a_dry_run_writes_nothing(two: tuple[Path, str, str]) -> None:
    shop, a, b = two
    told = duecare("identity", "join", a, b, *WHY, "--dry-run", folder=shop)
    assert "dry run: nothing was written." in told.out
    assert duecare("identity", "history", b, "--json", folder=shop).json["leads_to"] == [b]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("history", "nobody@example.org"), "nobody is known by that identifier"),
        (("undo", "999", *WHY), "no event 999"),
        (("undo", "1", *WHY), "of the kind mint"),
        (("lock", "a", "--why", "  "), "no reason is given"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_mend(words: tuple[str, ...], told: str, two: tuple[Path, str, str]) -> None:
    went_wrong(duecare("identity", *words, folder=two[0]), told)


def test_a_reason_must_be_given(two: tuple[Path, str, str]) -> None:
    assert duecare("identity", "lock", two[1], folder=two[0]).code == 2


def test_doctor_replays_the_ledger(two: tuple[Path, str, str]) -> None:
    found = {one["what"]: one["said"] for one in duecare("doctor", "--json", folder=two[0]).json["findings"]}
    assert found["identities"] == "2 events give exactly who 2 source records belong to, 2 customers"
