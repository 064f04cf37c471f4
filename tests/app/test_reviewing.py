"""The promise: a doubt that a person decides is obeyed by every run, and is listed no more."""

from pathlib import Path
from typing import Any

import pytest

from app.calling import Row, duecare, make_shop, order, rows, went_wrong

WHY = ("--why", "she called", "--by", "ada")


def somebody(source: str, number: int, **said: object) -> Row:
    return {
        "source": source,
        "source_id": f"{source}{number}",
        **dict.fromkeys(("given_name", "family_name", "email", "phone", "birth_date")),
        **said,
    }


PEOPLE = [
    somebody("shop", 1, given_name="Anna", family_name="Weber", email="anna.weber@mail.example", birth_date="1980-03-01"),
    somebody("till", 1, given_name="Anna", family_name="Weber", email="anna.weber@mail.example", birth_date="1980-03-01"),
    somebody("shop", 2, given_name="Bernd", family_name="Celik", phone="+4915123456789", birth_date="1981-03-01"),
    somebody("till", 2, given_name="Bernd", family_name="Celik", phone="+4915123456789", birth_date="1962-12-24"),
    somebody("shop", 3, given_name="Carla", family_name="Dietz"),
    somebody("till", 3, given_name="Carla", family_name="Dietz"),
]


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    make_shop(tmp_path, [order(f"o{n}", f"shop{n}", "2026-01-01", 100 * n) for n in (1, 2, 3)], people=PEOPLE)
    assert duecare("run", folder=tmp_path).code == 0
    return tmp_path


def doubts(folder: Path) -> list[dict[str, Any]]:
    return duecare("identity", "review", "--json", folder=folder).json["doubts"]


def customers(folder: Path) -> dict[str, str]:
    found = rows(folder, "SELECT source_id, customer_id FROM {members}", "members")
    return {str(row["source_id"]): str(row["customer_id"]) for row in found}


def first_join(folder: Path) -> dict[str, Any]:
    return next(one for one in doubts(folder) if one["kind"] == "join")


def test_doubts_are_listed_with_a_sentence_each_and_what_is_at_stake(asked: Path) -> None:
    told = duecare("identity", "review", folder=asked)
    assert told.code == 0, told.err
    assert "one person?" in told.out.splitlines()[0]
    assert "EUR at stake" in told.out
    assert "next: duecare identity review accept N" in told.err
    one = doubts(asked)[0]
    assert (one["rank"], one["value"] > 0) == (1, True)
    assert duecare("identity", "review", "--top", "1", "--json", folder=asked).json["doubts"] == [one]


def test_accepting_joins_two_customers_and_the_doubt_is_gone_before_and_after_the_next_run(asked: Path) -> None:
    doubt = first_join(asked)
    who = [doubt[end].split(":")[1] for end in ("record_a", "record_b")]
    done = duecare("identity", "review", "accept", str(doubt["rank"]), *WHY, folder=asked)
    assert done.code == 0, done.err
    assert doubt["rank"] not in [one["rank"] for one in doubts(asked)]
    went_wrong(duecare("identity", "review", "accept", str(doubt["rank"]), *WHY, folder=asked), "was decided already")
    assert duecare("run", folder=asked).code == 0
    assert len({customers(asked)[one] for one in who}) == 1
    assert not [one for one in doubts(asked) if {one["record_a"], one["record_b"]} == {doubt["record_a"], doubt["record_b"]}]


def test_refusing_leaves_two_customers_apart_for_ever(asked: Path) -> None:
    doubt = first_join(asked)
    before = customers(asked)
    assert duecare("identity", "review", "refuse", str(doubt["rank"]), *WHY, folder=asked).code == 0
    assert duecare("run", "--retrain", folder=asked).code == 0
    assert customers(asked) == before
    assert not [one for one in doubts(asked) if {one["record_a"], one["record_b"]} == {doubt["record_a"], doubt["record_b"]}]
    told = duecare("explain", doubt["record_a"], "--with", doubt["record_b"], folder=asked).out
    assert "ada ruled so" in told.splitlines()[0]


def test_a_dry_run_decides_nothing(asked: Path) -> None:
    before = doubts(asked)
    told = duecare("identity", "review", "accept", "1", *WHY, "--dry-run", folder=asked)
    assert "dry run: nothing was written." in told.out
    assert doubts(asked) == before


def test_a_doubt_that_is_not_listed_is_refused(asked: Path) -> None:
    went_wrong(duecare("identity", "review", "accept", "999", *WHY, folder=asked), "no doubt 999")


@pytest.mark.xdist_group("demo-shop")
def test_a_doubtful_customer_is_kept_together_or_comes_apart_at_the_weakest_pair(demo: Path) -> None:
    found = duecare("identity", "review", "--top", "1000", "--json", folder=demo).json["doubts"]
    doubt = next(one for one in found if one["kind"] == "part")
    told = {
        word: duecare("identity", "review", word, str(doubt["rank"]), *WHY, "--dry-run", "--json", folder=demo).json
        for word in ("accept", "refuse")
    }
    assert [event["kind"] for event in told["accept"]["events"]] == ["together"]
    assert [event["kind"] for event in told["refuse"]["events"]] == ["mint", "split", "apart"]
    assert (told["accept"]["moved"], told["refuse"]["moved"] > 0) == (0, True)
