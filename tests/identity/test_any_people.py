"""The promise: whatever columns a table of people has, matching comes to an end, joins copies and never strangers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from duecare.identity import Matching
from duecare.identity import match as matching
from duecare.identity.clusters import clusters_of, cut
from duecare.identity.match import Matched, match
from duecare.records import Warehouse, open_scratch
from shop import order, person, stock

NOW = datetime(2026, 11, 1, tzinfo=UTC)
COLUMNS: Sequence[tuple[str, ...]] = (
    ("email",),
    ("phone",),
    ("loyalty_id",),
    ("username",),
    ("social_handle",),
    ("username", "social_handle"),
    ("email", "phone"),
    ("email", "given_name", "family_name"),
    ("given_name", "family_name", "postcode"),
    ("email", "given_name", "family_name", "phone", "loyalty_id", "birth_date", "postcode"),
)
SURE = {"email", "loyalty_id"}
COPIED: Mapping[str, int] = {"nobody": 0, "every tenth": 10, "everybody": 1}


def somebody(n: int) -> Mapping[str, Any]:
    """Person *n*, who shares no identifier with anybody else."""
    word = "".join("bcdfghklmn"[int(digit)] + "aeiou"[int(digit) % 5] for digit in str(1000 + n * 7))
    return {
        "given_name": word[:5],
        "family_name": word[::-1],
        "email": f"{word}.{n}@mail.example",
        "phone": f"+49 151 {20000000 + n * 7919}",
        "loyalty_id": f"L{n * 7919:08}",
        "birth_date": date(1950, 1, 1) + timedelta(days=n * 37),
        "postcode": f"{10000 + n % 90}",
        "username": f"user{n}",
        "social_handle": f"handle{n}",
    }


def matched(
    folder: Path, people: list[dict[str, Any]], orders: Sequence[Mapping[str, Any]] = (), known_until: datetime | None = None
) -> tuple[Matched, dict[str, int]]:
    """What matching says of *people*, and the cluster of each source id."""
    with open_scratch(folder, memory_gb=1) as warehouse:
        found = match(stock(warehouse, people=people, orders=orders), Matching(country="DE"), as_of=NOW, known_until=known_until)
        return found, clusters(warehouse, found)


def clusters(warehouse: Warehouse, found: Matched) -> dict[str, int]:
    ids = warehouse.arrow("SELECT source_id FROM {r} ORDER BY record", r="records")["source_id"].to_pylist()
    if found.links is None:
        return {who: n for n, who in enumerate(ids)}
    links = warehouse.arrow("SELECT a, b FROM {l}", l=found.links)
    return dict(zip(ids, clusters_of(links, len(ids)).tolist(), strict=True))


@pytest.mark.parametrize("many", [1, 2, 30, 300])
@pytest.mark.parametrize("copied", COPIED)
@pytest.mark.parametrize("columns", COLUMNS, ids="+".join)
def test_copies_are_joined_and_strangers_are_not(tmp_path: Path, columns: Sequence[str], copied: str, many: int) -> None:
    step = COPIED[copied]
    written = [{column: somebody(n)[column] for column in columns} for n in range(many)]
    doubled = [n for n in range(many) if step and n % step == 0]
    people = [person(f"s{n}", **row) for n, row in enumerate(written)] + [person(f"d{n}", "desk", **written[n]) for n in doubled]
    _, found = matched(tmp_path, people)
    assert len({found[f"s{n}"] for n in range(many)}) == many
    if SURE & set(columns):
        assert [n for n in doubled if found[f"s{n}"] != found[f"d{n}"]] == []


@pytest.mark.parametrize("column", ["email", "phone", "loyalty_id"])
def test_two_records_that_say_one_and_the_same_thing_are_one_person(tmp_path: Path, column: str) -> None:
    _, found = matched(tmp_path, [person("a", **{column: somebody(1)[column]}), person("b", "desk", **{column: somebody(1)[column]})])
    assert found["a"] == found["b"]


@pytest.mark.parametrize("postcode", ["10115", None])
def test_a_name_that_thousands_share_brings_nobody_together(tmp_path: Path, postcode: str | None) -> None:
    people = [person(f"w{n}", given_name="Walkin", family_name="Customer", postcode=postcode) for n in range(3000)]
    found, each = matched(tmp_path, people)
    assert (found.links, len(set(each.values()))) == (None, 3000)


def test_what_cannot_be_weighed_is_joined_by_equal_identifiers_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from splink.internals.exceptions import SplinkException
    from splink.internals.linker_components.inference import LinkerInference

    def fail(*_: object, **__: object) -> None:
        raise SplinkException

    monkeypatch.setattr(LinkerInference, "predict", fail)
    people = [person(f"{source}{n}", source, email=somebody(n)["email"]) for n in range(3) for source in ("s", "d")]
    found, each = matched(tmp_path, people)
    assert "could not be weighed" in found.notes[0]
    assert [each[f"s{n}"] == each[f"d{n}"] for n in range(3)] == [True] * 3
    assert len(set(each.values())) == 3


def test_a_third_record_does_not_chain_two_people_of_one_phone(tmp_path: Path) -> None:
    home = {"family_name": "Ferber", "phone": "030 901820"}
    people = [person("anna", given_name="Anna", **home), person("boris", given_name="Boris", **home), person("x", "desk", **home)]
    _, found = matched(tmp_path, people)
    assert found["anna"] != found["boris"]
    assert found["x"] in (found["anna"], found["boris"])


def test_a_cut_takes_the_weakest_links_and_leaves_other_clusters_alone() -> None:
    links = pa.table({"a": [1, 2, 3, 5], "b": [2, 3, 4, 6], "probability": [0.99, 0.91, 0.95, 0.9]})
    assert cut(links, pa.table({"a": [1], "b": [4]}), np.array([0, 0, 0, 0, 1, 1])) == [(2, 3)]
    assert cut(links, pa.table({"a": [1], "b": [5]}), np.array([0, 0, 0, 0, 1, 1])) == []


def test_people_who_came_later_are_no_customers_yet_unless_something_speaks_of_them(tmp_path: Path) -> None:
    later = NOW + timedelta(days=3)
    people = [person("early", created_at=NOW - timedelta(days=3)), person("undated"), person("late", created_at=later)]
    orders = [order("o1", "bought", "2026-10-01", 9.0)]
    people.append(person("bought", created_at=later))
    assert set(matched(tmp_path / "a", people, orders, known_until=NOW)[1]) == {"early", "undated", "bought"}
    assert set(matched(tmp_path / "b", people, orders)[1]) == {"early", "undated", "bought", "late"}


def test_blocks_are_capped_where_placeholders_fill_the_birth_date(tmp_path: Path) -> None:
    people = [person(f"p{n}", given_name="Thomas", birth_date=date(1980, 1, 1)) for n in range(matching.TOO_MANY + 1)]
    found, _ = matched(tmp_path, people)
    assert found.links is None
