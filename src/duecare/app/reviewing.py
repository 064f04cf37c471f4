"""The review of doubts, at the door: which are open, and a person's word on one of them."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import typer

from duecare.app.identities import Saying, perform
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.identity import acts
from duecare.identity.carrying import Done
from duecare.identity.deciding import keep_apart, keep_together
from duecare.identity.evidence import listed
from duecare.identity.ruled import Key, rulings
from duecare.records import Book, Runs, Warehouse, open_book
from duecare.words import BadSettings

Row = Mapping[str, Any]


def list_doubts(file: Path, *, top: int, as_json: bool) -> None:
    """Print the first doubts that nobody has decided."""
    settings = read_settings(file)
    with _published(settings) as published, open_book(settings.records.book, settings.base) as book:
        rows = _rows(published.warehouse)
        shown = list(islice(_open(published.warehouse, book, rows), top))
        keys = _keys(published.warehouse, [row[side] for row in shown for side in ("record_a", "record_b")])
        currency = str(published.facts["currency"])
    if as_json:
        print_json({"doubts": [_as_object(row, keys) for row in shown], "listed": len(rows), "currency": currency})
        return
    lines = [line for row in shown for line in _lines(row, keys, currency)]
    typer.echo("\n".join([*lines, f"{many(len(shown), 'doubt')} shown; {many(len(rows), 'doubt')} in the published run."]))
    next_command("duecare identity review accept N, for one person, or refuse N", file)


def decide_doubt(rank: int, saying: Saying, *, one_person: bool) -> None:
    """Carry out a person's word on a doubt.

    Raises:
        BadSettings: there is no such doubt, or it was decided already.
    """
    settings = read_settings(saying.file)
    with _published(settings) as published, open_book(settings.records.book, settings.base) as book:
        row = next((row for row in _rows(published.warehouse) if row["rank"] == rank), None)
        if row is None:
            raise BadSettings(f"the published run has no doubt {rank}", mend="duecare identity review lists them")
        if not list(_open(published.warehouse, book, [row])):
            raise BadSettings(f"doubt {rank} was decided already", mend="duecare identity review lists what is open")
        keys = _keys(published.warehouse, _concerned(published.warehouse, row))
    perform(saying, lambda book, _: _act(book, row, keys, saying, one_person=one_person))


def _act(book: Book, row: Row, keys: Mapping[int, Key], saying: Saying, *, one_person: bool) -> Done:
    """Join or part, or rule that it stays as it is."""
    a, b = str(row["customer_id"]), str(row["other_id"])
    if row["kind"] == "join":
        return acts.join(book, a, b, **saying.said()) if one_person else keep_apart(book, a, b, **saying.said())
    if one_person:
        return keep_together(book, a, keys.values(), **saying.said())
    return acts.part(book, a, [keys[int(number)] for number in row["out"].split()], **saying.said())


def _published(settings: Settings) -> Any:  # noqa: ANN401 - a context manager
    return Runs.at(settings.records.warehouse, settings.base).read()


def _rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    if "review" not in warehouse.tables():
        raise BadSettings("the published run lists no doubts, for it is older than that", mend="duecare run")
    return warehouse.arrow("SELECT * FROM {review} ORDER BY rank", review="review").to_pylist()


def _open(warehouse: Warehouse, book: Book, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The doubts that nobody has decided since the run."""
    for row in rows:
        keys = _keys(warehouse, [row["record_a"], row["record_b"]])
        a, b = keys[row["record_a"]], keys[row["record_b"]]
        ruled = any(one.ties(a, b) or one.parts(a, b) for one in rulings(book, [a, b]))
        if not ruled and (_holder(book, a) == _holder(book, b)) == (row["kind"] == "part"):
            yield row


def _holder(book: Book, key: Key) -> str | None:
    rows = book.rows("SELECT customer_id FROM memberships WHERE source = ? AND source_id = ?", key)
    return str(rows[0][0]) if rows else None


def _concerned(warehouse: Warehouse, row: Row) -> list[int]:
    """The records of the customer of a `part`; of a `join` only the two."""
    if row["kind"] == "join":
        return [row["record_a"], row["record_b"]]
    sql = "SELECT record FROM {clusters} WHERE customer_id = $who ORDER BY record"
    return warehouse.arrow(sql, {"who": row["customer_id"]}, clusters="clusters")["record"].to_pylist()


def _keys(warehouse: Warehouse, numbers: list[int]) -> dict[int, Key]:
    sql = f"SELECT record, source, source_id FROM {{records}} WHERE record IN ({listed(numbers)})"
    return {int(one["record"]): (str(one["source"]), str(one["source_id"])) for one in warehouse.arrow(sql, records="records").to_pylist()}


def _label(key: Key) -> str:
    return f"{key[0]}:{key[1]}"


def _as_object(row: Row, keys: Mapping[int, Key]) -> dict[str, Any]:
    ends = {side: _label(keys[row[side]]) for side in ("record_a", "record_b")}
    return {name: value for name, value in row.items() if name != "out"} | ends


def _lines(row: Row, keys: Mapping[int, Key], currency: str) -> list[str]:
    ends = " and ".join(_label(keys[row[side]]) for side in ("record_a", "record_b"))
    what = f"are {ends} one person?" if row["kind"] == "join" else f"are {ends}, who are one customer, one person?"
    stake = f"{row['value']:,.2f} {currency} at stake"
    return [f"{row['rank']:>4}  {what}  {row['probability']:.0%}, {stake}", f"      {row['why']}"]
