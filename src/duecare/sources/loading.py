"""Loading: from landed pieces to the contract's tables in a warehouse.

Every contract table is made, empty where nothing feeds it. The latest row of a key wins; rows
from the future, rows replaced and money without a rate are set aside with a reason. The counts
are of raw rows: read = used + set aside, for every input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources import settling
from duecare.sources.inputs import CURRENCY
from duecare.sources.landing import Landed, Piece
from duecare.sources.plan import FILE_SHIFT
from duecare.sources.settling import Part
from duecare.words import BadSettings, aware

if TYPE_CHECKING:
    from duecare.records import Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCounts:
    """What became of the rows of one input; `rows_read == rows_used + rows_aside`."""

    input: str
    tables: tuple[str, ...]
    rows_read: int
    rows_used: int
    """Rows that fed at least one table."""
    rows_aside: int
    reasons: Mapping[str, int]
    """Why rows were set aside; adds up to `rows_aside`."""
    cells_emptied: Mapping[str, int]
    """`table.column: reason` -> rows that were kept although this could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was loaded."""

    counts: tuple[InputCounts, ...]
    notes: tuple[str, ...]
    """What was assumed or looks wrong, a sentence each."""


def load(warehouse: "Warehouse", landed: Sequence[Landed], *, currency: str, now: datetime) -> Reading:
    """Make every contract table in *warehouse*, and `rows_aside`, from what has landed.

    Args:
        warehouse: the run's; tables of the contract's names are replaced.
        landed: the inputs, in the order of the settings.
        currency: the book's, ISO 4217; money of orders is converted to it by `fx`.
        now: rows dated later are set aside.

    Returns:
        Counts by input, and notes.
    """
    if not CURRENCY.fullmatch(currency):
        raise BadSettings(f"the book's currency {currency!r} is no ISO 4217 code", mend='write three capital letters, as "EUR"')
    parts = _parts(landed)
    settling.settle(warehouse, parts, currency=currency, now=aware(now))
    counts = tuple(_counts(warehouse, number, one, parts) for number, one in enumerate(landed))
    _rows_aside(warehouse, landed, parts)
    notes = [note for one in landed for note in _piece_notes(one)]
    notes += settling.notes(warehouse)
    for name in [name for name in warehouse.tables() if name.startswith("_")]:
        warehouse.drop(name)
    return Reading(counts=counts, notes=tuple(dict.fromkeys(notes)))


def _parts(landed: Sequence[Landed]) -> list[Part]:
    """Every fill of every piece, the earliest first: a later one wins."""
    pieces = sorted(
        (
            (piece.order, number, piece.files, index, one, piece)
            for number, one in enumerate(landed)
            for index, piece in enumerate(one.pieces)
        ),
        key=lambda entry: entry[:4],
    )
    parts: list[Part] = []
    for _, number, _, index, _, piece in pieces:
        for fill, made in enumerate(piece.counts["fills"]):
            place = len(parts)
            parts.append(
                Part(
                    number=place,
                    input=number,
                    piece=index,
                    fill=fill,
                    table=made["table"],
                    columns=tuple(made["columns"]),
                    parquet=piece.folder / made["file"],
                )
            )
    return parts


def _piece_notes(one: Landed) -> list[str]:
    notes: list[str] = []
    for piece in one.pieces:
        notes.extend(f"{one.input.name}: {note}" for note in piece.counts["notes"])
    for table, key in (("orders", "order_id"), ("contacts", "contact_id")):
        if one.input.preset is None and one.input.table == table and key not in one.input.columns:
            notes.append(f"{one.input.name}: each row is taken as one {table.removesuffix('s')}, for there is no number of its own")
    return notes


def _counts(warehouse: "Warehouse", number: int, one: Landed, parts: Sequence[Part]) -> InputCounts:
    reasons: dict[str, int] = {}
    emptied: dict[str, int] = {}
    read = 0
    for index, piece in enumerate(one.pieces):
        counts = piece.counts
        read += counts["read"]
        _add(reasons, counts["reasons"])
        _add(emptied, counts["emptied"])
        own = [part for part in parts if (part.input, part.piece) == (number, index)]
        lost, partly = _lost(warehouse, piece, own)
        _add(reasons, lost)
        _add(emptied, partly)
    aside = sum(reasons.values())
    tables = tuple(dict.fromkeys(part.table for part in parts if part.input == number))
    ordered = dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return InputCounts(
        input=one.input.name,
        tables=tables,
        rows_read=read,
        rows_used=read - aside,
        rows_aside=aside,
        reasons=ordered,
        cells_emptied=emptied,
    )


def _add(sums: dict[str, int], more: Mapping[str, int]) -> None:
    for key, count in more.items():
        sums[key] = sums.get(key, 0) + int(count)


def _lost(warehouse: "Warehouse", piece: Piece, own: Sequence[Part]) -> tuple[dict[str, int], dict[str, int]]:
    """Raw rows of a piece that were set aside at loading, by reason; and those that lost only a part."""
    if not own:
        return {}, {}
    sql = f"SELECT _part, table_name, reason, count(*) AS n FROM _killed WHERE _part IN ({', '.join(str(part.number) for part in own)}) GROUP BY ALL ORDER BY ALL"
    found = warehouse.arrow(sql).to_pylist()
    if not found:
        return {}, {}
    links = piece.folder / "links.parquet"
    if not links.exists():
        return {row["reason"]: int(row["n"]) for row in found}, {}
    return _lost_by_links(warehouse, links, own)


def _lost_by_links(warehouse: "Warehouse", links: Path, own: Sequence[Part]) -> tuple[dict[str, int], dict[str, int]]:
    cases = " ".join(f"WHEN {part.fill} THEN {part.number}" for part in own)
    fates = (
        f"SELECT l._row, k.table_name, k.reason, l._fill FROM (SELECT *, CASE _fill {cases} END AS _part FROM read_parquet($links)) l "
        "LEFT JOIN _killed k ON k._part = l._part AND k._row = l._to"
    )
    warehouse.run("_fates", fates, {"links": str(links)})
    whole = "SELECT _row, min_by(reason, _fill) AS reason FROM _fates GROUP BY _row HAVING bool_and(reason IS NOT NULL)"
    lost = warehouse.arrow(f"SELECT reason, count(*) AS n FROM ({whole}) GROUP BY reason ORDER BY reason").to_pylist()
    partly = warehouse.arrow(
        "SELECT table_name, reason, count(DISTINCT _row) AS n FROM _fates WHERE reason IS NOT NULL "
        "AND _row IN (SELECT _row FROM _fates GROUP BY _row HAVING bool_or(reason IS NULL)) GROUP BY ALL ORDER BY ALL"
    ).to_pylist()
    return {row["reason"]: int(row["n"]) for row in lost}, {f"{row['table_name']}: {row['reason']}": int(row["n"]) for row in partly}


def _rows_aside(warehouse: "Warehouse", landed: Sequence[Landed], parts: Sequence[Part]) -> None:
    """Make `rows_aside`: where each row that was set aside stands, and why."""
    import pyarrow as pa

    files: list[tuple[int, int, int, str, str]] = []
    selects: list[str] = []
    params: dict[str, object] = {}
    for number, one in enumerate(landed):
        for index, piece in enumerate(one.pieces):
            inner = piece.counts["files"]
            names = [piece.files[0]] if len(inner) == 1 else inner
            files.extend((number, index, place, one.input.name, name) for place, name in enumerate(names))
            params[f"aside_{number}_{index}"] = str(piece.folder / "aside.parquet")
            selects.append(
                f"SELECT {number} AS _input, {index} AS _piece, CAST(_row AS BIGINT) AS _row, CAST(table_name AS VARCHAR) AS table_name, "
                f"CAST(column_name AS VARCHAR) AS column_name, CAST(reason AS VARCHAR) AS reason FROM read_parquet($aside_{number}_{index})"
            )
    selects.extend(
        f"SELECT {part.input}, {part.piece}, _row, table_name, column_name, reason FROM _killed WHERE _part = {part.number}"
        for part in parts
    )
    names = ("_input", "_piece", "_file", "input", "file")
    kinds = (pa.int64(), pa.int64(), pa.int64(), pa.string(), pa.string())
    columns = list(zip(*files, strict=True)) if files else [()] * 5
    warehouse.put("_files", pa.table({name: pa.array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=True)}))
    every = (
        " UNION ALL ".join(selects)
        or "SELECT 0 AS _input, 0 AS _piece, 0 AS _row, '' AS table_name, '' AS column_name, '' AS reason WHERE false"
    )
    sql = (
        f"SELECT f.input, f.file, a.table_name, a._row & {(1 << FILE_SHIFT) - 1} AS row_number, a.column_name, a.reason "
        f"FROM ({every}) a JOIN _files f ON a._input = f._input AND a._piece = f._piece AND (a._row >> {FILE_SHIFT}) = f._file"
    )
    warehouse.run("rows_aside", sql, params)
