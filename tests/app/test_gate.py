"""The promise: while the gate is shut nothing is touched, each reason is told, and a named person can let the run through."""

import json
from pathlib import Path

import pytest

from app.calling import Row, duecare, make_shop, order, say
from duecare.records import Runs, open_book

NAMES = (("Anna", "Weber"), ("Bernd", "Celik"), ("Carla", "Dietz"), ("David", "Ebert"))


def somebody(source: str, number: int) -> Row:
    """One of four people, as a source knows them."""
    given, family = NAMES[number]
    said = {
        "given_name": given,
        "family_name": family,
        "email": f"{given}.{family}@mail.example".lower(),
        "birth_date": f"198{number}-03-0{1 + number}",
    }
    return {"source": source, "source_id": f"{source}{number}", **said}


PEOPLE = [somebody(source, number) for number in range(4) for source in ("shop", "till")]
ORDERS = [order(f"o{n}", f"shop{n}", "2026-01-01", 10) for n in range(4)]


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A shop that was published once, and whose settings now say that two records of one person are two."""
    make_shop(tmp_path, ORDERS, people=PEOPLE)
    assert duecare("run", folder=tmp_path).code == 0
    settle(tmp_path)
    say(tmp_path, "[records]", '[identity]\ncanaries = ["shop:shop1 <> till:till1", "shop:shop2 = till:till2"]\n\n[records]')
    return tmp_path


def settle(folder: Path) -> None:
    """Let the book write down what it holds in its log, so that its bytes can be compared."""
    with open_book("sqlite:book.db", folder) as book:
        book.rows("PRAGMA wal_checkpoint(TRUNCATE)")


def state(folder: Path) -> tuple[bytes, str, list[str]]:
    """The bytes of the book, what the pointer says, and which runs there are."""
    settle(folder)
    runs = Runs.at("duckdb:warehouse", folder)
    return (folder / "book.db").read_bytes(), runs.pointer.read_text("utf-8"), sorted(path.name for path in (runs.home / "runs").iterdir())


def test_a_shut_gate_leaves_book_pointer_and_runs_as_they_were_and_tells_why(canary: Path) -> None:
    before = state(canary)
    told = duecare("run", folder=canary)
    assert (told.code, told.out) == (3, "")
    assert "canary 1: its two records are not as [identity] canaries says" in told.err
    assert "canary 2" not in told.err
    assert "To mend: " in told.err
    assert "--accept-changes NAME" in told.err
    assert "till1" not in told.err
    assert state(canary) == before


def test_the_reasons_are_told_as_json_too(canary: Path) -> None:
    told = duecare("run", "--json", folder=canary)
    assert told.code == 3
    (reason,) = told.json["reasons"]
    assert (told.json["published"], reason["what"], reason["number"], reason["limit"]) == (False, "canary 1", 1, 0)


def test_a_named_person_lets_the_run_through_and_stands_in_the_audit_chain(canary: Path) -> None:
    _, pointer, _ = state(canary)
    told = duecare("run", "--accept-changes", "Ada Example", folder=canary)
    assert told.code == 0, told.err
    assert state(canary)[1] != pointer
    with open_book("sqlite:book.db", canary) as book:
        actor, detail = book.rows("SELECT actor, detail FROM audit WHERE kind = 'identity changes accepted'")[0]
    assert (actor, [one["what"] for one in json.loads(str(detail))["reasons"]]) == ("Ada Example", ["canary 1"])


def test_a_blank_name_accepts_nothing(canary: Path) -> None:
    assert duecare("run", "--accept-changes", " ", folder=canary).code == 3


def test_what_a_person_parted_satisfies_the_canary(canary: Path) -> None:
    parted = duecare("identity", "part", "shop1", "till:till1", "--why", "two people", folder=canary)
    assert parted.code == 0, parted.err
    told = duecare("run", folder=canary)
    assert told.code == 0, told.err
    assert "0 of 8 known records came to another customer" in told.out


def test_the_gate_is_judged_when_learning_anew_too_and_a_run_tells_how_far_it_moved(canary: Path) -> None:
    assert duecare("run", "--retrain", folder=canary).code == 3


def test_a_canary_whose_record_is_not_there_is_told_and_shuts_nothing(canary: Path) -> None:
    say(canary, "shop:shop1 <> till:till1", "shop:shop1 <> till:gone")
    told = duecare("run", folder=canary)
    assert told.code == 0, told.err
    assert "note: canary 1 of [identity] canaries names a record that is not here" in told.out


def test_a_column_that_went_missing_shuts_the_gate(tmp_path: Path) -> None:
    many = [{"source": "shop", "source_id": f"s{n}", "email": f"p{n}@mail.example", "family_name": "Weber"} for n in range(30)]
    make_shop(tmp_path, ORDERS, people=many)
    assert duecare("run", folder=tmp_path).code == 0
    make = [dict(one) | {"email": one["email"] if n >= 11 else None} for n, one in enumerate(many)]
    write = (tmp_path / "exports" / "people.csv").write_text
    write(
        "\n".join(["source,source_id,email,family_name", *(f"shop,{row['source_id']},{row['email'] or ''},Weber" for row in make)]) + "\n"
    )
    told = duecare("run", folder=tmp_path)
    assert told.code == 3
    assert "records with an e-mail fell by 36.67 percentage points of all; 5 may be" in told.err


def test_where_the_published_run_is_damaged_the_next_one_mends_it(canary: Path) -> None:
    say(canary, "shop:shop1 <> till:till1", "shop:shop1 = till:till1")
    runs = Runs.at("duckdb:warehouse", canary)
    (runs.home / "runs" / str(runs.current()) / "run.json").write_text("{", "utf-8")
    assert duecare("run", folder=canary).code == 0
