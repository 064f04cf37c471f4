"""Erasing: rows of who was forgotten leave everything that has landed, now and whenever the same exports are read again.

A piece is written anew without them, beside its place, and put there in one step; its counts say how many rows left, and why.
What a person is known by in other sources (an e-mail, a phone that is nobody else's) is marked too, so that they do not come back by another door.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duecare.records import Forgotten, open_scratch

if TYPE_CHECKING:
    from duecare.records import Warehouse

REASON = "the person asked to be forgotten"
OLD = "older than the settings keep"
DIGEST = "erased"
"""In a piece's counts: the marks that it was swept with."""
KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("record", ("source", "source_id")),
    ("record", ("source", "referrer")),
    ("record", ("source", "referee")),
    ("order", ("order_id",)),
    ("contact", ("contact_id",)),
)
"""By which columns a row may be somebody's, in any table."""
IDENTIFIERS = {"email": "lower(trim({}))", "phone": "regexp_replace({}, '[^0-9]', '', 'g')"}
"""By which a person is known in other sources too, and how each is written alike."""


NOBODY = Forgotten("", frozenset())


def erase(home: Path, forgotten: Forgotten, oldest: Mapping[str, datetime], *, memory_gb: float | None = None) -> list[str]:
    """Take the rows of who was forgotten, and what is too old, out of every landed piece; return new marks of records that identifiers led to.

    Args:
        home: the folder that holds `landed/`.
        forgotten: the marks; `NOBODY` for none.
        oldest: the first moment that is kept, of `orders` and `contacts`.
        memory_gb: the most the engine may take.
    """
    pieces, whole = list(_pieces(home)), forgotten
    fresh = [piece for piece in pieces if _counts(piece).get(DIGEST, _digest(NOBODY, {})) != _digest(forgotten, oldest)]
    if not fresh:
        return []
    with open_scratch(home / ".erasing", memory_gb=memory_gb) as warehouse:
        warehouse.put("marks", _marks(whole))
        for table in LEADS:  # people first: what they lead to decides on orders and contacts
            led = {one for piece in fresh for one in _led_to(warehouse, piece, table, whole)}
            whole = Forgotten(whole.salt, whole.marks | led)
            warehouse.put("marks", _marks(whole))
        for piece in pieces:
            _sweep(warehouse, piece, whole, oldest)
    shutil.rmtree(home / ".erasing", ignore_errors=True)
    return sorted(whole.marks - forgotten.marks)


def _marks(forgotten: Forgotten) -> Any:  # noqa: ANN401 - an arrow table
    import pyarrow as pa

    return pa.table({"mark": pa.array(sorted(forgotten.marks), pa.string())})


def _pieces(home: Path) -> Iterator[Path]:
    """Every piece; one that a killed sweep had half put in place is put back first."""
    for gone in (home / "landed").glob("*/*.gone"):
        place = gone.with_suffix("")
        gone.rename(place) if not place.exists() else shutil.rmtree(gone)
    yield from sorted(file.parent for file in (home / "landed").glob("*/*/counts.json") if not file.parent.name.startswith("."))


def _counts(piece: Path) -> dict[str, Any]:
    return json.loads((piece / "counts.json").read_text("utf-8"))


def _digested(*parts: str) -> str:
    return f"sha256(concat_ws(chr(31), $salt, {', '.join(parts)}))"


def _is_marked(columns: list[str], *, identifiers: bool) -> str:
    """SQL that tells whose rows leave, by the columns that are there."""
    keys = [_digested(f"'{kind}'", *(f"CAST(f.{name} AS VARCHAR)" for name in names)) for kind, names in KEYS if set(names) <= set(columns)]
    ids = [_identifier(name) for name in IDENTIFIERS if name in columns] if identifiers else []
    return " OR ".join(f"coalesce({one} IN (SELECT mark FROM marks), false)" for one in [*keys, *ids]) or "false"


def _identifier(name: str) -> str:
    return _digested(f"'{name}'", IDENTIFIERS[name].format(f"CAST(f.{name} AS VARCHAR)"))


LEADS = {"people": ("record", ("source", "source_id")), "orders": ("order", ("order_id",)), "contacts": ("contact", ("contact_id",))}
"""What a row of a table that leaves marks in its turn: a record that bears an e-mail, and an order or a contact that is a record's."""


def _led_to(warehouse: "Warehouse", piece: Path, table: str, forgotten: Forgotten) -> list[str]:
    """Marks of what the rows of a table lead to that leave."""
    made, (kind, names) = list[str](), LEADS[table]
    for fill in _counts(piece)["fills"]:
        if fill["table"] == table and set(names) <= set(fill["columns"]):
            led = _is_marked(fill["columns"], identifiers=table == "people")
            sql = (
                f"SELECT DISTINCT {_digested(repr(kind), *(f'f.{name}' for name in names))} AS mark FROM read_parquet($file) f WHERE {led}"
            )
            made += warehouse.arrow(sql, {"file": str(piece / fill["file"]), "salt": forgotten.salt})["mark"].to_pylist()
    return made


def _digest(forgotten: Forgotten, oldest: Mapping[str, datetime]) -> str:
    """A fingerprint of what a piece was swept with."""
    return "|".join(
        [forgotten.digest if forgotten.marks else "", *(f"{table}<{moment.isoformat()}" for table, moment in sorted(oldest.items()))]
    )


def _sweep(warehouse: "Warehouse", piece: Path, forgotten: Forgotten, oldest: Mapping[str, datetime]) -> None:
    counts = _counts(piece)
    if counts.get(DIGEST, _digest(NOBODY, {})) == _digest(forgotten, oldest):
        return
    fresh = piece.with_name(f".making-{piece.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(piece, fresh)
    for reason in (REASON, OLD):
        warehouse.run("left", "SELECT CAST(0 AS INTEGER) AS _fill, CAST(0 AS BIGINT) AS _row WHERE false")
        for number, fill in enumerate(counts["fills"]):
            leaves = _is_marked(fill["columns"], identifiers=False) if reason == REASON else _is_old(fill, oldest)
            _write_without(warehouse, fresh / fill["file"], number, leaves, forgotten.salt)
        if lost := _count_left(warehouse, fresh, reason):
            counts["reasons"] = counts["reasons"] | {reason: counts["reasons"].get(reason, 0) + lost}
    (fresh / "counts.json").write_text(json.dumps(counts | {DIGEST: _digest(forgotten, oldest)}), "utf-8")
    piece.rename(piece.with_name(f"{piece.name}.gone"))
    fresh.rename(piece)
    shutil.rmtree(piece.with_name(f"{piece.name}.gone"))


def _is_old(fill: Mapping[str, Any], oldest: Mapping[str, datetime]) -> str:
    happened = {"orders": "ordered_at", "contacts": "opened_at"}.get(fill["table"])
    if fill["table"] not in oldest or happened not in fill["columns"]:
        return "false"
    return f"f.{happened} < CAST('{oldest[fill['table']].isoformat()}' AS TIMESTAMPTZ)"


def _write_without(warehouse: "Warehouse", file: Path, number: int, leaves: str, salt: str) -> None:
    """Write a fill anew without the rows that leave, and note them in `left`."""
    if leaves == "false":
        return
    values = {"file": str(file)} | ({"salt": salt} if "$salt" in leaves else {})
    warehouse.run(
        "left_here",
        f"SELECT CAST({number} AS INTEGER) AS _fill, CAST(f._row AS BIGINT) AS _row FROM read_parquet($file) f WHERE {leaves}",
        values,
    )
    if not warehouse.arrow("SELECT count(*) AS n FROM {l}", l="left_here")["n"][0].as_py():
        return
    warehouse.run("left_all", "SELECT * FROM {l} UNION ALL SELECT * FROM {h}", l="left", h="left_here")
    warehouse.run("left", "SELECT * FROM {a}", a="left_all")
    kept = file.with_suffix(".kept")
    warehouse.save("SELECT f.* FROM read_parquet($file) f WHERE f._row NOT IN (SELECT _row FROM left_here)", kept, {"file": str(file)})
    kept.replace(file)


def _count_left(warehouse: "Warehouse", piece: Path, reason: str) -> int:
    """Count the rows of the export of which nothing is left, and set them aside with the reason."""
    links = piece / "links.parquet"
    if links.exists():
        sql = """SELECT l._row FROM (SELECT l._row, g._row IS NOT NULL AS gone FROM read_parquet($links) l
                 LEFT JOIN {left} g ON g._fill = l._fill AND g._row = l._to) l GROUP BY l._row HAVING bool_and(l.gone)"""
        warehouse.run("whole", sql, {"links": str(links)}, left="left")
    else:
        warehouse.run("whole", "SELECT DISTINCT _row FROM {left}", left="left")
    many = int(warehouse.arrow("SELECT count(*) AS n FROM {w}", w="whole")["n"][0].as_py())
    if many:
        aside = piece / "aside.parquet"
        sql = f"SELECT * FROM read_parquet($aside) UNION ALL BY NAME SELECT _row, '' AS table_name, '' AS column_name, '{reason}' AS reason, true AS whole FROM whole"
        warehouse.save(sql, aside.with_suffix(".new"), {"aside": str(aside)}).replace(aside)
    return many
