"""Anybody: a table of people in any file, read as it is: no row is set aside and nothing is lost.

A run sets rows aside that have no key, and empties cells that cannot be read. Where people are
only to be linked every row stays, in its order, and a birth date that is no whole date stays as
it is written: it can still be one slip away from another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources.cells import as_text, emptied, native, quoted, trimmed
from duecare.sources.contract import CONTRACT, PEOPLE
from duecare.sources.files import Found, find, unpack
from duecare.sources.inputs import Input
from duecare.sources.kinds import TYPES, Manner, reader
from duecare.sources.looking import look
from duecare.sources.raw import Raw
from duecare.sources.reading import raw_rows
from duecare.sources.sampling import Sample, sample
from duecare.sources.telling import JOINED, NAMES, Meant, tell
from duecare.words import BadRows, BadSettings

if TYPE_CHECKING:
    from duecare.records import Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Anybody:
    """What was read of a file."""

    name: str
    many: int
    """How many rows it has."""
    columns: Mapping[str, str]
    """Column of the contract -> the header it was read from."""
    id_column: str | None
    """The header of the record's id; None where rows are numbered, from 1."""
    notes: tuple[str, ...] = ()


def read_anybody(warehouse: "Warehouse", path: Path, *, work: Path, id_column: str | None, columns: Mapping[str, str] | None) -> Anybody:
    """Make the table `people` of a file, every other table of the contract empty, and `rows`: the record_id of each row.

    Args:
        warehouse: a scratch one.
        path: CSV, Parquet, a workbook or JSON lines, packed or not.
        work: a folder for what must be written anew.
        id_column: the header of the record's id; found, or the number of the row, when None.
        columns: column of the contract -> header, or headers joined by ` + `; found by headers and values when None.

    Returns:
        What was read. In `people` rows are numbered by `source_id`, in the order of the file.

    Raises:
        BadSettings: no such file, no such header or column, or no header tells people apart.
        BadRows: the file is empty or cannot be read as a table.
    """
    file = one_file(path)
    meant = tell(only_sample(file, "the people"), id_column, columns)
    headers = [part for said in (*meant.columns.values(), meant.id_column or "") for part in (said, *said.split(JOINED)) if part]
    inner = unpack(file, work / "unpacked")[0]
    raw = raw_rows(warehouse, "raw", inner, Input(name="people", path=str(path)), work=work, wanted=headers)
    notes = [*raw.notes, *_people(warehouse, raw, meant.columns)]
    numbered = _rows(warehouse, raw, meant)
    for table in ("raw", *warehouse.tables()):
        if table.startswith(("raw", "refused_", "scans_")):
            warehouse.drop(table)
    notes += [f"{len(raw.refused):,} lines could not be parted into fields and have no record"] if raw.refused else []
    notes += [f"{meant.id_column!r} is not another one in every row, so rows are numbered"] if numbered and meant.id_column else []
    return Anybody(
        name=file.name,
        many=raw.read - len(raw.refused),
        columns=meant.columns,
        id_column=None if numbered else meant.id_column,
        notes=tuple(notes),
    )


def one_file(path: Path) -> Found:
    """Return the file that a path names, which may be a pattern that only one fits."""
    files = find(str(path.absolute()), Path.cwd())
    if len(files) > 1:
        raise BadSettings(f"{len(files)} files are called like {path.name}", mend=f"name one of them, as {files[0].path.name}")
    return files[0]


def only_sample(file: Found, what: str) -> Sample:
    """Return the beginning of a file that holds one table; *what* it should be of."""
    samples = sample(file)
    if len(samples) != 1:
        raise BadRows(f"{file.name} holds {len(samples)} files", mend=f"unpack it and name the one with {what}", looked=(str(file.path),))
    return samples[0]


def _people(warehouse: "Warehouse", raw: Raw, columns: Mapping[str, str]) -> tuple[str, ...]:
    """Make `people`, and every other table of the contract empty; return what was assumed of birth dates."""
    cells = {name: text_cell(warehouse, raw, header, strict=name not in NAMES) for name, header in columns.items()}
    notes: tuple[str, ...] = ()
    if "birth_date" in cells:
        cells["birth_date"], notes = _born(warehouse, raw, cells["birth_date"])
    for table in CONTRACT.values():
        warehouse.run(
            table.name, f"SELECT {', '.join(f'CAST(NULL AS {TYPES[c.kind]}) AS {quoted(c.name)}' for c in table.columns)} WHERE false"
        )
    rest = {c.name: f"CAST(NULL AS {TYPES[c.kind]})" for c in PEOPLE.columns}
    rest |= {"source": "'file'", "source_id": "lpad(CAST(_row AS VARCHAR), 12, '0')"} | cells
    warehouse.run("people", f"SELECT {', '.join(f'{sql} AS {quoted(name)}' for name, sql in rest.items())} FROM {raw.rows}", raw.params)
    return notes


def text_cell(warehouse: "Warehouse", raw: Raw, said: str, *, strict: bool, between: str = " ") -> str:
    """SQL of what a row says under a header, or under several, as text."""
    schema = warehouse.arrow(f"SELECT * FROM {raw.rows} LIMIT 0", raw.params).schema
    headers = [said] if said in schema.names else said.split(JOINED)
    parts: list[str] = []
    for header in headers:
        of = native(schema.field(header).type)
        plain = emptied(trimmed(quoted(header), of), of, strict=strict)
        parts.append(as_text(plain, of) if of != "naive" else f"CAST(CAST({plain} AS DATE) AS VARCHAR)")
    return parts[0] if len(parts) == 1 else f"nullif(concat_ws('{between}', {', '.join(parts)}), '')"


EIGHT_DIGITS = r"[12]\d{7}"


def _born(warehouse: "Warehouse", raw: Raw, cell: str) -> tuple[str, tuple[str, ...]]:
    """SQL of a birth date as ISO where it is one, else as it is written; and what was assumed of its day and month."""
    seen = look(warehouse, f"SELECT {cell} AS birth_date FROM {raw.rows}", {"birth_date": "date"}, raw.params)
    read = reader(PEOPLE.column("birth_date"), cell, "text", Manner(zone=None), seen["birth_date"])
    parted = f"concat(left({cell}, 4), '-', substr({cell}, 5, 2), '-', right({cell}, 2))"
    written = f"CASE WHEN regexp_full_match({cell}, '{EIGHT_DIGITS}') THEN {parted} ELSE {cell} END"
    return f"coalesce(CAST({read.value} AS VARCHAR), {written})", read.notes


def _rows(warehouse: "Warehouse", raw: Raw, meant: Meant) -> bool:
    """Make `rows`: the record_id of each row; return whether rows are numbered because there is no id."""
    number = "CAST(row_number() OVER (ORDER BY _row) AS VARCHAR)"
    if meant.id_column is not None:
        cell = text_cell(warehouse, raw, meant.id_column, strict=False, between=":")
        sql = f"SELECT _row, coalesce({cell}, concat('row ', {number})) AS record_id, {cell} AS said FROM {raw.rows}"
        warehouse.run("rows", sql, raw.params)
        told = warehouse.arrow("SELECT count(*) = count(DISTINCT said) AS alone FROM {rows}", rows="rows")["alone"][0].as_py()
        if told or meant.said:
            return False
    warehouse.run("rows", f"SELECT _row, {number} AS record_id FROM {raw.rows}", raw.params)
    return True


def record_ids(warehouse: "Warehouse") -> Sequence[str]:
    """Return the record_id of each row, in the order of the file."""
    return warehouse.arrow("SELECT record_id FROM {rows} ORDER BY _row", rows="rows")["record_id"].to_pylist()
