"""JSON: one object a line, a list, or pages that hold a list under a key.

A header is the road to a value, with dots: `via.channel`. The engine takes the values out, so
a million tickets need no Python objects.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from duecare.sources.cells import quoted
from duecare.sources.delimited import Refused
from duecare.sources.files import Found, encoding_of, scan, to_utf8
from duecare.sources.raw import Raw
from duecare.words import BadRows

if TYPE_CHECKING:
    from duecare.records import Warehouse

SAMPLE_ROWS = 500


def json_rows(warehouse: "Warehouse", name: str, file: Found, *, work: Path, records: str, wanted: Sequence[str] | None) -> Raw:
    """Make the rows of a JSON file known to *warehouse*; see `reading.raw_rows`."""
    path = _by_line(file, work / f"{name}.jsonl")
    lines = "SELECT rowid + 1 AS _line, line FROM {lines}"
    warehouse.run(f"{name}_lines", _LINES, {"file": str(path)})
    refused = warehouse.arrow(f"SELECT _line FROM ({lines}) WHERE NOT json_valid(line)", lines=f"{name}_lines")["_line"].to_pylist()
    key = records or _records_key(path)
    page = f"list_extract(json_extract(line, ['$.{quoted(key)}']), 1)" if key else "NULL"
    whole = f"SELECT _line, unnest(CASE WHEN json_type({page}) = 'ARRAY' THEN CAST({page} AS JSON[]) WHEN json_type(line) = 'ARRAY' THEN CAST(line AS JSON[]) ELSE [CAST(line AS JSON)] END) AS one"
    warehouse.run(name, f"{whole} FROM ({lines}) WHERE json_valid(line)", lines=f"{name}_lines")
    paged = warehouse.arrow("SELECT count(*) AS n, count(DISTINCT _line) AS lines FROM {rows}", rows=name).to_pylist()[0]
    row = "_line" if paged["n"] == paged["lines"] else "rowid + 1"
    headers = _headers(warehouse, name)
    kept = headers if wanted is None else tuple(w for w in wanted if w in headers)
    columns = "".join(f", json_extract_string(one, '{_road(header)}') AS {quoted(header)}" for header in kept)
    rows = f"(SELECT {row} AS _row{columns} FROM {quoted(name)} WHERE json_type(one) = 'OBJECT')"
    other = warehouse.arrow(f"SELECT {row} AS _row FROM {{rows}} WHERE json_type(one) IS DISTINCT FROM 'OBJECT'", rows=name)[
        "_row"
    ].to_pylist()
    bad = (
        *(Refused(int(line), "the line is not JSON") for line in refused),
        *(Refused(int(line), "the line holds no object") for line in other),
    )
    return Raw(rows=rows, headers=headers, read=int(paged["n"]) + len(refused), refused=bad)


_LINES = """
SELECT line FROM read_csv($file, columns = {'line': 'VARCHAR'}, delim = chr(1), quote = '', escape = '', header = false, auto_detect = false, max_line_size = 67108864)
WHERE trim(line) <> ''
"""


def _by_line(file: Found, target: Path) -> Path:
    """Return a file with one JSON value a line: the file itself, or its single value written anew."""
    path = file.path
    seen = scan(path)
    encoding = encoding_of(path, seen, None)
    if not (seen.utf8 and encoding == "utf-8-sig"):
        path = target.with_suffix(".utf8")
        to_utf8(file.path, encoding, path)
    with path.open("r", encoding="utf-8-sig") as text:
        first = next((line for line in text if line.strip()), "")
    if _is_json(first):
        return path
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except ValueError:
        if first.lstrip()[:1] == "{":
            return path
        raise BadRows(f"{file.name} is no JSON", mend="export it again, one object a line", looked=(str(file.path),)) from None
    one_a_line = value if isinstance(value, list) else [value]
    target.write_text("".join(json.dumps(one) + "\n" for one in cast("list[Any]", one_a_line)), "utf-8")
    return target


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _records_key(path: Path) -> str:
    """In a page, the key whose value is the list of rows: the longest list of objects."""
    with path.open("r", encoding="utf-8-sig") as text:
        for line in text:
            if _is_json(line):
                page = json.loads(line)
                break
        else:
            return ""
    if not isinstance(page, dict):
        return ""
    lists = {
        key: value
        for key, value in cast("dict[str, Any]", page).items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    }
    paging = {
        "next_page",
        "next_url",
        "after_url",
        "count",
        "end_of_stream",
        "has_more",
        "meta",
        "links",
        "paging",
        "pages",
        "total_count",
        "object",
    } & set(page)
    return max(lists, key=lambda key: len(lists[key])) if lists and (paging or len(page) == 1) else ""


def _headers(warehouse: "Warehouse", name: str) -> tuple[str, ...]:
    sample = warehouse.arrow(f"SELECT CAST(one AS VARCHAR) AS one FROM {{rows}} USING SAMPLE {SAMPLE_ROWS} ROWS (reservoir, 7)", rows=name)[
        "one"
    ].to_pylist()
    seen: dict[str, str] = {}
    for text in sample:
        for header in _roads(json.loads(text), ""):
            seen.setdefault(header.casefold(), header)  # an engine does not tell `Type` from `type`
    return tuple(seen.values())


def _roads(value: object, before: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from _roads(inner, f"{before}.{key}" if before else key)
    elif before:
        yield before


def _road(header: str) -> str:
    return "$." + ".".join('"' + part.replace('"', "").replace("'", "''") + '"' for part in header.split("."))
