"""Every column that may tell who a person is, is declared by the room that makes it."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from duecare import identity
from duecare.app import batch, indexing
from duecare.app.progress import Progress
from duecare.app.settings import FILE, read_settings
from duecare.app.start import begin
from duecare.records import Index, Runs
from duecare.sources import CONTRACT

PEOPLE = 40
DECLARED = {table.name: set(table.personal) for table in CONTRACT.values()} | {
    name: set(columns) for room in (identity.PERSONAL, indexing.PERSONAL) for name, columns in room.items()
}


def secret(column: str, who: int) -> str:
    """A value of a personal column that stands nowhere else; planted so that it can be found again."""
    word = "".join("abcdefghij"[int(digit)] for digit in str(who))
    return {
        "email": f"zqmail{word}@zq.example",
        "phone": f"+49301234{5600 + who}",
        "birth_date": f"19{60 + who % 40}-03-{1 + who % 27:02}",
        "postcode": f"ZQ{9000 + who}",
        "country": "DE",
        "loyalty_id": f"ZQL{70000 + who}",
        "source_id": f"zqid{word}",
    }.get(column, f"zq{column.replace('_', '')}{word}")


def write_shop(folder: Path) -> None:
    """People in two systems, so that they are matched, and their orders and contacts."""
    columns = [column.name for column in CONTRACT["people"].columns if column.personal]
    plain = ",".join(["source", *columns])
    rows = [",".join([source, *(secret(column, who) for column in columns)]) for who in range(PEOPLE) for source in ("shop", "till")]
    (folder / "people.csv").write_text("\n".join([plain, *rows]) + "\n", "utf-8")
    orders = [f"o{n},shop,{secret('source_id', n % PEOPLE)},2026-0{1 + n % 6}-1{n % 9}T10:00:00Z,{10 + n}" for n in range(160)]
    (folder / "orders.csv").write_text("\n".join(["order_id,source,source_id,ordered_at,revenue", *orders]) + "\n", "utf-8")


def secrets() -> set[str]:
    columns = [column.name for column in CONTRACT["people"].columns if column.personal]
    found = {secret(column, who).lower() for column in columns for who in range(PEOPLE)}
    return found | {value.removeprefix("+") for value in found}


def columns_of(index: Index, name: str) -> dict[str, Sequence[object]]:
    """The rows of an index column by column, as far as there are any."""
    rows = [index.row(name, place) for place in range(5 * PEOPLE)]
    return {column: [row[column] for row in rows] for column in index.held[name]}


def personal_columns(tables: dict[str, dict[str, Sequence[object]]]) -> dict[str, set[str]]:
    """Table -> its columns in which a planted value stands."""
    planted = secrets() - {"de"}  # a country alone tells nobody apart
    found = {
        table: {name for name, values in columns.items() if {str(value).lower() for value in values} & planted}
        for table, columns in tables.items()
    }
    return {table: columns for table, columns in found.items() if columns}


def test_what_a_run_keeps_of_a_person_is_declared(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    write_shop(exports)
    begin(exports, tmp_path)
    facts = batch.run(read_settings(tmp_path / FILE), batch.Options(), Progress())
    assert facts["identity"]["customers"] == PEOPLE

    with Runs.at("duckdb:warehouse", tmp_path).read() as published:
        kept = {name: published.warehouse.arrow("SELECT * FROM {t}", t=name).to_pydict() for name in published.warehouse.tables()}
    with Runs.at("duckdb:warehouse", tmp_path).indexed() as published:
        kept |= {f"index.{name}": columns_of(published.index, name) for name in published.index.held}
    with sqlite3.connect(tmp_path / "book.db") as book:
        names = [name for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            cursor = book.execute(f'SELECT * FROM "{name}"')
            heads, rows = [head[0] for head in cursor.description], cursor.fetchall()
            kept[name] = {head: [row[at] for row in rows] for at, head in enumerate(heads)}
    book.close()

    found = personal_columns(kept)
    undeclared = {table: columns - DECLARED.get(table, set()) for table, columns in found.items()}
    assert {table: columns for table, columns in undeclared.items() if columns} == {}
    assert {"people", "orders", "members", "faces", "memberships", "index.faces", "index.identities"} <= set(found)
    assert not personal_columns({"facts": {"all": str(facts).replace("'", " ").split()}})
