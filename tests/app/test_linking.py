"""The promise: any table of people can be linked, every record gets its row, and nothing is set aside."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from app.calling import Told, duecare, went_wrong
from duecare.app.linking import customer_ids
from duecare.identity.model import fixed
from identity.people import somebody

FACES = ("given", "family", "birth_date", "email", "phone", "loyalty", "street", "postcode", "city", "username", "handle")
PEOPLE: Sequence[Mapping[str, str]] = [
    {"no": "x1", "first name": "Thomas", "surname": " Clifford ", "dob": "1630-08-1", "email": "tom@clifford.example"},
    {"no": "x2", "first name": "Tom", "surname": "Clifford", "dob": "1630-08-1", "email": "Tom@Clifford.example"},
    {"no": "x3", "first name": "Ada", "surname": "Byron", "dob": "-0050-01-0", "email": ""},
    {"no": "x4", "first name": "Ada", "surname": "Byrom", "dob": "-0050-01-0", "email": ""},
    {"no": "x5", "first name": "Nil", "surname": "Desperandum", "dob": "1850", "email": "nil@d.example"},
    {"no": "", "first name": "", "surname": "", "dob": "", "email": ""},
]
ONE = {frozenset({"x1", "x2"}), frozenset({"x3", "x4"})}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a model to weigh by, so that few people suffice."""
    (tmp_path / "model.json").write_text(fixed(FACES).as_json(), "utf-8")
    return tmp_path


def write(folder: Path, name: str, rows: Sequence[Mapping[str, str]] = PEOPLE) -> str:
    """Write rows in the format that the name's ending says."""
    file, table = folder / name, pa.Table.from_pylist([dict(row) for row in rows])
    if name.endswith(".parquet"):
        pq.write_table(table, file)
    elif name.endswith(".jsonl"):
        file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    else:
        pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(quoting_style="needed"))
    return name


def link(folder: Path, *words: str) -> Told:
    return duecare("link", *words, "--model", "model.json", folder=folder)


def together(rows: Sequence[Mapping[str, str]]) -> set[frozenset[str]]:
    """Who has one customer's id, where several have."""
    of: dict[str, set[str]] = {}
    for row in rows:
        of.setdefault(row["customer_id"], set()).add(row["record_id"])
    return {frozenset(group) for group in of.values() if len(group) > 1}


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", ["people.csv", "people.parquet", "people.jsonl"])
def test_people_of_any_file_are_linked_in_its_order(folder: Path, name: str) -> None:
    told = link(folder, write(folder, name), "--out", "clusters.csv", "--id", "no")
    assert told.code == 0, told.err
    found = read(folder / "clusters.csv")
    assert [row["record_id"] for row in found] == ["x1", "x2", "x3", "x4", "x5", "row 6"]
    assert together(found) == ONE
    assert [row["confidence"] for row in found[4:]] == ["1", "1"]
    assert "6 records: 4 customers, 2 of several records" in told.out
    assert "1 record with nothing that tells people apart" in told.out


def test_columns_are_found_or_named_and_the_summary_says_which(folder: Path) -> None:
    write(folder, "people.csv")
    found = link(folder, "people.csv", "--out", "a.parquet", "--json").json
    assert found["columns"] == {"given_name": "first name", "family_name": "surname", "email": "email", "birth_date": "dob"}
    assert (found["records"], found["customers"], found["largest"], found["learnt"]) == (6, 4, 2, False)
    named = link(
        folder, "people.csv", "--out", "b.csv", "--map", "family_name=SURNAME,birth_date=dob", "--map", "name=first name+surname", "--json"
    ).json
    assert named["columns"] == {"family_name": "surname", "birth_date": "dob", "name": "first name + surname"}
    assert pq.read_table(folder / "a.parquet").schema.names == ["record_id", "customer_id", "confidence"]


def test_without_an_id_rows_are_numbered(folder: Path) -> None:
    write(folder, "people.csv", [{key: row[key] for key in row if key != "no"} for row in PEOPLE])
    assert link(folder, "people.csv", "--out", "c.csv", "--json").json["id"] is None
    assert [row["record_id"] for row in read(folder / "c.csv")] == ["1", "2", "3", "4", "5", "6"]


def test_an_id_that_comes_twice_is_one_only_if_somebody_says_so(folder: Path) -> None:
    write(folder, "people.csv", [{**row, "no": f"c{n // 2}"} for n, row in enumerate(PEOPLE)])
    found = link(folder, "people.csv", "--out", "c.csv", "--json").json
    assert (found["id"], found["notes"][0]) == (None, "'no' is not another one in every row, so rows are numbered")
    assert link(folder, "people.csv", "--out", "c.csv", "--id", "no", "--json").json["id"] == "no"
    assert {row["record_id"] for row in read(folder / "c.csv")} == {"c0", "c1", "c2"}
    assert len({row["customer_id"] for row in read(folder / "c.csv")}) == 4


def test_the_same_people_have_the_same_ids_whenever_and_in_whatever_order_they_come(folder: Path) -> None:
    link(folder, write(folder, "people.csv"), "--out", "a.csv", "--id", "no")
    link(folder, write(folder, "turned.csv", PEOPLE[4::-1]), "--out", "b.csv", "--id", "no")
    first = {row["record_id"]: row["customer_id"] for row in read(folder / "a.csv")}
    assert {row["record_id"]: row["customer_id"] for row in read(folder / "b.csv")}.items() <= first.items()
    assert all(name.startswith("cu_") and len(name) == 23 for name in first.values())


def test_records_of_one_id_are_told_apart_by_their_turn() -> None:
    assert len(set(customer_ids(["a", "a", "a"], [0, 1, 2]))) == 3
    assert customer_ids([], []) == []


def test_a_model_is_learnt_saved_and_weighed_by_again(tmp_path: Path) -> None:
    kept = ("given_name", "family_name", "email", "birth_date")
    rows = [{"id": f"{side}{n}"} | {column: str(somebody(n)[column]) for column in kept} for n in range(150) for side in "ab"]
    write(tmp_path, "people.csv", rows)
    learnt = duecare("link", "people.csv", "--out", "a.csv", "--save-model", "m.json", "--json", folder=tmp_path).json
    again = duecare("link", "people.csv", "--out", "b.csv", "--model", "m.json", "--json", folder=tmp_path).json
    assert (learnt["learnt"], learnt["model"]) == (True, again["model"])
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_birth_dates_are_read_in_any_form_and_kept_where_they_are_none(folder: Path) -> None:
    rows = [
        {"id": str(n), "name": "Ada Lovelace", "born": born}
        for n, born in enumerate(["10.12.1815", "1815-12-10", "18151210", "about 1815", "18151310"])
    ]
    assert link(folder, write(folder, "born.csv", rows), "--out", "c.csv", "--map", "name=name,birth_date=born").code == 0
    assert together(read(folder / "c.csv")) != set()


@pytest.mark.parametrize("rows", [[{"id": "a", "name": "Ada Byron"}], []])
def test_one_record_and_none_are_no_trouble(folder: Path, rows: list[dict[str, str]]) -> None:
    (folder / "few.csv").write_text("\n".join(["id,name", *(f"{row['id']},{row['name']}" for row in rows)]) + "\n", "utf-8")
    assert link(folder, "few.csv", "--out", "c.csv").code == 0
    assert [row["confidence"] for row in read(folder / "c.csv")] == ["1"] * len(rows)


WRONG: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "no such file": (["peple.csv", "--out", "c.csv"], ["peple.csv", "did you mean people.csv"]),
    "no such id": (["people.csv", "--out", "c.csv", "--id", "nr"], ["no column 'nr'", "write one of 'no', 'first name'"]),
    "no such header": (["people.csv", "--out", "c.csv", "--map", "given_name=firstname"], ["no column 'firstname'", "'first name'"]),
    "no such column": (["people.csv", "--out", "c.csv", "--map", "givenname=first name"], ["'givenname'", "did you mean given_name"]),
    "half a mapping": (["people.csv", "--out", "c.csv", "--map", "given_name"], ["no header for it", "given_name=first_name"]),
    "nothing to compare": (["things.csv", "--out", "c.csv"], ["tells people apart", "--map"]),
    "only a country": (["people.csv", "--out", "c.csv", "--map", "country=no"], ["tells people apart"]),
    "an ending that says nothing": (["people.csv", "--out", "clusters.txt"], ["neither CSV nor Parquet"]),
    "a folder that is not there": (["people.csv", "--out", "nowhere/c.csv"], ["mkdir -p nowhere"]),
    "no folder for the model": (
        ["people.csv", "--out", "c.csv", "--save-model", "nowhere/m.json"],
        ["folder of --save-model", "mkdir -p nowhere"],
    ),
    "a folder for a file": (["people.csv", "--out", "folder.csv"], ["--out folder.csv is a folder"]),
    "several files": (["[pt]*.csv", "--out", "c.csv"], ["2 files are called like [pt]*.csv", "as people.csv"]),
    "a country that is none": (["people.csv", "--out", "c.csv", "--country", "Germany"], ["'GERMANY'", "two letters"]),
    "an empty file": (["empty.csv", "--out", "c.csv"], ["is empty"]),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_with_its_mend(folder: Path, wrong: str) -> None:
    write(folder, "people.csv")
    (folder / "things.csv").write_text("colour,weight\nred,3\nblue,4\n", "utf-8")
    (folder / "empty.csv").write_text("", "utf-8")
    (folder / "folder.csv").mkdir()
    words, said = WRONG[wrong]
    went_wrong(link(folder, *words), *said)
    assert not (folder / "c.csv").exists()


@pytest.mark.parametrize("option", ["--out", "--save-model"])
def test_the_file_of_the_people_is_never_written_over(folder: Path, option: str) -> None:
    write(folder, "people.csv")
    (folder / "other.csv").symlink_to("people.csv")
    before = (folder / "people.csv").read_bytes()
    for name in ("people.csv", "other.csv"):
        words = ("--out", name) if option == "--out" else ("--out", "c.csv", option, name)
        went_wrong(link(folder, "people.csv", *words), f"{option} {name} is the file of the people")
    assert (folder / "people.csv").read_bytes() == before


def test_it_is_told_when_there_is_no_model_to_save(tmp_path: Path) -> None:
    write(tmp_path, "people.csv", [{"id": "a", "name": "Ada Byron"}])
    found = duecare("link", "people.csv", "--out", "c.csv", "--save-model", "m.json", "--json", folder=tmp_path).json
    assert (found["notes"], (tmp_path / "m.json").exists()) == (["no two records could be compared, so there is no model to save"], False)


def test_a_header_may_hold_the_sign_that_joins_headers(folder: Path) -> None:
    rows = [{"first + last name": row["first name"] + row["surname"], "email": row["email"]} for row in PEOPLE]
    write(folder, "people.csv", rows)
    found = link(folder, "people.csv", "--out", "c.csv", "--map", "name=first + last name,email=email", "--json").json
    assert found["columns"] == {"name": "first + last name", "email": "email"}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"columns": {"given": {}}}'])
def test_a_file_that_holds_no_model_is_refused(folder: Path, text: str) -> None:
    write(folder, "people.csv")
    (folder / "model.json").write_text(text, "utf-8")
    went_wrong(link(folder, "people.csv", "--out", "c.csv"), "holds no model")
