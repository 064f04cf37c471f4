"""Reading: from a file of any format to raw rows.

A smooth file goes straight to the engine; one with lines that no reader can take is written
anew first, and those lines are set aside.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources.cells import quoted
from duecare.sources.delimited import Layout, layout_of, rewrite, unique
from duecare.sources.files import Found, encoding_of, format_of, scan, to_utf8
from duecare.sources.json_lines import json_rows
from duecare.sources.raw import Raw, cell_text, text_rows
from duecare.words import BadRows, BadSettings

if TYPE_CHECKING:
    from duecare.records import Warehouse
    from duecare.sources.inputs import Input


def raw_rows(
    warehouse: "Warehouse", name: str, file: Found, inp: "Input", *, work: Path, records: str = "", wanted: Sequence[str] | None = None
) -> Raw:
    """Make the raw rows of one file known to *warehouse*.

    Args:
        warehouse: a scratch one.
        name: free name for a table.
        file: the unpacked file.
        inp: how it is written.
        work: a folder for what must be written anew.
        records: in JSON, the key that holds a page's rows.
        wanted: headers that will be used, all when None; others need not be kept.

    Raises:
        BadRows: the file is empty or no file of its format.
    """
    if file.size == 0:
        raise BadRows(f"{file.name} is empty", mend="export it again; it should begin with a line of headers", looked=(str(file.path),))
    kind = format_of(file.path, inp.format)
    if kind == "parquet":
        return _parquet(name, file)
    if kind == "xlsx":
        return _workbook(warehouse, name, file, inp.sheet)
    if kind == "jsonl":
        return json_rows(warehouse, name, file, work=work, records=records, wanted=wanted)
    return _delimited(warehouse, name, file, inp, work, wanted)


def _parquet(name: str, file: Found) -> Raw:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        head = pq.ParquetFile(file.path)
    except (pa.ArrowException, OSError) as error:
        raise BadRows(
            f"{file.name} is no Parquet file, or a part of one ({type(error).__name__})", mend="export it again", looked=(str(file.path),)
        ) from None
    names = head.schema_arrow.names
    headers = unique(names)
    columns = ", ".join(f"{quoted(old)} AS {quoted(new)}" for old, new in zip(names, headers, strict=True))
    rows = f"(SELECT file_row_number + 2 AS _row, {columns} FROM read_parquet($file_{name}, file_row_number = true))"
    return Raw(rows=rows, headers=headers, params={f"file_{name}": str(file.path)}, read=head.metadata.num_rows)


def _delimited(warehouse: "Warehouse", name: str, file: Found, inp: "Input", work: Path, wanted: Sequence[str] | None) -> Raw:
    path, notes, smooth = _as_utf8(file, inp.encoding, work / f"{name}.utf8.csv")
    layout = layout_of(path, file.name, inp.delimiter)
    kept = [header for header in layout.headers if wanted is None or header in wanted]
    if smooth and layout.skip <= 1:
        read = _straight(warehouse, name, path, layout, kept)
        if read is not None:
            return Raw(rows=_named(quoted(name), layout, kept, "rowid + 2"), headers=layout.headers, read=read, notes=notes)
    target = work / f"{name}.good.parquet"
    read, refused = rewrite(path, layout, target)
    rows = _named(f"read_parquet($file_{name})", layout, kept, "_row")
    return Raw(rows=rows, headers=layout.headers, params={f"file_{name}": str(target)}, read=read, refused=tuple(refused), notes=notes)


_DIALECT = "delim = $delimiter, quote = '\"', escape = '\"', auto_detect = false, null_padding = false"


def _as_utf8(file: Found, stated: str | None, target: Path) -> tuple[Path, tuple[str, ...], bool]:
    seen = scan(file.path)
    encoding = encoding_of(file.path, seen, stated)
    if encoding in ("utf-8-sig", "utf-8", "utf8", "ascii") and seen.utf8:
        return file.path, ("NUL signs were left out",) if seen.nul else (), seen.smooth
    broken = to_utf8(file.path, encoding, target)
    said = [f"read as {encoding}" + ("" if stated else ", which is assumed")]
    if broken:
        said.append(f"{broken} signs are not {encoding} and were replaced")
    return target, tuple(said), False


def _straight(warehouse: "Warehouse", name: str, path: Path, layout: Layout, kept: Sequence[str]) -> int | None:
    """Let the engine read a smooth file; None when it refused a line, so that the slow road is taken."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(layout.headers)))
    chosen = ", ".join(f"c{layout.headers.index(header)}" for header in kept) or "c0"
    options = f"header = true, store_rejects = true, rejects_table = 'refused_{name}', rejects_scan = 'scans_{name}', rejects_limit = 1"
    sql = f"SELECT {chosen} FROM read_csv($file, columns = {{{columns}}}, {_DIALECT}, {options})"
    warehouse.run(name, sql, {"file": str(path), "delimiter": layout.delimiter})
    counted = warehouse.arrow(
        f"SELECT (SELECT count(*) FROM {quoted(name)}) AS good, (SELECT count(*) FROM refused_{name}) AS bad"
    ).to_pylist()[0]
    return None if counted["bad"] else int(counted["good"])


def _named(rows: str, layout: Layout, kept: Sequence[str], row: str) -> str:
    columns = "".join(f", c{layout.headers.index(header)} AS {quoted(header)}" for header in kept)
    return f"(SELECT {row} AS _row{columns} FROM {rows})"


def _workbook(warehouse: "Warehouse", name: str, file: Found, sheet: str | None) -> Raw:
    rows = sheet_rows(file, sheet)
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if not filled:
        raise BadRows(f"{file.name} has no rows", mend="name the sheet that has, with sheet = ...", looked=(str(file.path),))
    usual = max(len([c for c in cells if c]) for _, cells in filled[:50])
    start = next(i for i, (_, cells) in enumerate(filled) if len([c for c in cells if c]) >= usual / 2)
    last = max(i for i, cell in enumerate(filled[start][1]) if cell) + 1
    headers = unique([cell or "" for cell in filled[start][1][:last]])
    read = text_rows(warehouse, name, headers, iter(filled[start + 1 :]))
    return Raw(rows=quoted(name), headers=headers, read=read)


def sheet_rows(file: Found, sheet: str | None) -> list[tuple[int, list[str | None]]]:
    """Return the rows of a sheet as text, with their numbers as the spreadsheet shows them."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(file.path)
    except (CalamineError, OSError) as error:
        raise BadRows(
            f"{file.name} is no workbook, or is locked ({type(error).__name__})",
            mend="save it as .xlsx without a password",
            looked=(str(file.path),),
        ) from None
    if sheet is not None and sheet not in book.sheet_names:
        raise BadSettings(
            f"{file.name} has no sheet {sheet!r}", mend=f"write one of {', '.join(book.sheet_names)}", looked=(str(file.path),)
        )
    for chosen in [sheet] if sheet is not None else book.sheet_names:
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
        if sheet is not None or any(any(cell not in ("", None) for cell in row) for row in rows):
            return [(number, [cell_text(cell) for cell in row]) for number, row in enumerate(rows, start=1)]
    return []
