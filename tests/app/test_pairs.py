"""The promise: for any two, one sentence says why they are one customer or two, and the table below it bears the sentence out."""

from pathlib import Path

import pytest

from app.calling import Row, duecare, make_shop, order, went_wrong
from duecare.app.pairs import sentence
from duecare.identity.between import Told
from duecare.identity.guard import SETTLED_BITS
from duecare.identity.reasons import Stopped


def somebody(source: str, number: int, given: str) -> Row:
    """Given and family name, e-mail, phone and birth date of one of four people."""
    family = ("Weber", "Celik", "Dietz", "Ebert")[number]
    said = {
        "given_name": given,
        "family_name": family,
        "email": f"{given}.{family}@mail.example".lower(),
        "birth_date": f"198{number}-03-01",
    }
    return {"source": source, "source_id": f"{source}{number}", **said, "phone": f"+4915123456{number}89"}


GIVEN = ("Anna", "Bernd", "Carla", "David")
PEOPLE = [somebody(source, number, given) for number, given in enumerate(GIVEN) for source in ("shop", "till")]


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    make_shop(tmp_path, [order(f"o{n}", f"shop{n}", "2026-01-01", 10) for n in range(4)], people=PEOPLE)
    assert duecare("run", folder=tmp_path).code == 0
    return tmp_path


def test_two_records_of_one_customer_are_told_with_what_ties_them(asked: Path) -> None:
    first, _, head, *rows = duecare("explain", "shop:shop1", "--with", "till1", folder=asked).out.splitlines()
    assert first.startswith("They are one customer, cu_")
    assert "bits, most of all" in first
    assert head.split()[:2] == ["shop:shop1", "till:till1"]
    assert [row.split("  ")[0] for row in rows if row.startswith(("e-mail", "phone", "birth"))] == ["birth date", "e-mail", "phone"]


def test_two_customers_are_told_with_what_keeps_them_apart(asked: Path) -> None:
    told = duecare("explain", "anna.weber@mail.example", "--with", "shop1", "--json", folder=asked).json
    assert told["together"] is False
    assert told["sentence"].startswith("They are two customers, cu_")
    assert len(told["customers"]) == 2
    assert told["stopped"]["guards"]
    assert {said["column"] for said in told["pairs"][0]["said"]} >= {"given name", "e-mail"}


def test_a_persons_ruling_is_the_reason_that_is_told(asked: Path) -> None:
    assert duecare("identity", "part", "shop2", "till:till2", "--why", "two sisters", "--by", "ada", folder=asked).code == 0
    assert duecare("run", folder=asked).code == 0
    told = duecare("explain", "shop:shop2", "--with", "till:till2", folder=asked).out
    assert "because ada ruled so (event " in told.splitlines()[0]
    assert "two sisters" in told.splitlines()[0]


def test_one_and_the_same_record_and_nobody_are_refused_without_repeating_what_was_asked(asked: Path) -> None:
    went_wrong(duecare("explain", "shop1", "--with", "shop:shop1", folder=asked), "both name one and the same record")
    told = duecare("explain", "shop1", "--with", "zz@nowhere.example", folder=asked)
    went_wrong(told, "nobody is known by that identifier")
    assert "zz@nowhere" not in told.err


def test_a_customer_as_a_whole_is_told_at_its_weakest_pair(asked: Path) -> None:
    told = duecare("explain", "shop3", "--with", "till3", "--json", folder=asked).json
    whole = duecare("explain", told["customers"][0], "--with", told["customers"][0], "--json", folder=asked).json
    assert (whole["together"], len(whole["pairs"])) == (True, 1)


@pytest.mark.parametrize(("bits", "needed"), [(SETTLED_BITS, True), (SETTLED_BITS + 0.1, False)])
def test_no_more_bits_are_said_to_be_needed_than_there_are(bits: float, needed: bool) -> None:
    stopped = Stopped(guards=("birth dates",), average_bits=bits, pairs=1)
    told = Told(a="cu_a", b="cu_b", pairs=(), keys={}, rulings=(), stopped=stopped, threshold_bits=0.0)
    assert ("needed" in sentence(told)) is needed
    assert "their birth dates differ" in sentence(told)
