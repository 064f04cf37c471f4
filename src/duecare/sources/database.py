"""A database as a source: rows are streamed in batches, and only newer ones where a column says so.

The address may name a secret (`env:`, `file:`) but never hold a password; no error shows one.
Only SELECTs are run.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duecare.records import read_secret
from duecare.sources.files import Found, hashed
from duecare.sources.inputs import Input, mode_of
from duecare.sources.pieces import Known, make_piece
from duecare.sources.raw import cell_text
from duecare.words import BadSettings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

BATCH = 50_000
TABLE = re.compile(r"[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*){0,2}")

Progress = Callable[[str], None]


def land_query(
    inp: Input, *, base: Path, folder: Path, known: Mapping[str, Known], said: str, memory_gb: float | None, progress: Progress | None
) -> dict[str, Known]:
    """Read what a query answers into a piece, and return the index as it is then.

    With `since` only rows above the highest value seen are read, into a piece of their own; else
    all rows are read, and the piece is made anew only when they differ.
    """
    before = dict(known) if inp.since and all(entry["piece"].endswith(said[:16]) for entry in known.values()) else {}
    highest = max((entry["highest"] for entry in before.values() if entry["highest"] is not None), default=None)
    if progress is not None:
        progress(f"reading {inp.name} from its database")
    work = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        target = work / "rows.parquet"
        rows, top = _fetch(inp, base, highest, target)
        if rows == 0 and before:
            return before
        file = Found(path=target, name=f"{inp.name} (query)", size=target.stat().st_size, mtime_ns=target.stat().st_mtime_ns)
        piece = f"{hashed(target)[:16]}-{said[:16]}"
        if not (folder / piece).is_dir():
            make_piece(inp, [file], folder, piece, memory_gb)
        made = Known(stamps=[], piece=piece, order=file.mtime_ns, highest=top if top is not None else highest)
        keep = before if inp.since and mode_of(inp) == "append" else {}
        return {**keep, f"{inp.name} (query {len(keep) + 1})": made}
    finally:
        shutil.rmtree(work, ignore_errors=True)


def address(inp: Input, base: Path) -> "URL":
    """Return the address of an input's database, its secret looked up.

    Raises:
        BadSettings: the secret is not there, the address is none, or it holds a password in the open.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    said = inp.url or ""
    secret = said.startswith(("env:", "file:"))
    text = read_secret(said, base, whose=f"input {inp.name!r}") if secret else said
    try:
        url = make_url(text)
    except ArgumentError:
        raise BadSettings(
            f"the url of input {inp.name!r} is no database address",
            mend='write one such as "postgresql+psycopg://user@host/shop"',
            looked=("duecare.toml, [[inputs]]",),
        ) from None
    if url.password is not None and not secret:
        raise BadSettings(
            f"the url of input {inp.name!r} holds a password in the open",
            mend='put the address into an environment variable and write url = "env:SHOP_DB"',
            looked=("duecare.toml, [[inputs]]",),
        )
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_absolute() and url.database != ":memory:":
        url = url.set(database=str(base / url.database))
    return url


def _fetch(inp: Input, base: Path, highest: object, target: Path) -> tuple[int, str | int | float | None]:
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

    url = address(inp, base)
    try:
        engine = _engine(inp, url)
        with engine.connect().execution_options(stream_results=True) as connection:
            return _write(inp, connection, highest, target)
    except NoSuchModuleError:
        raise BadSettings(
            f"no driver for {url.drivername} is known",
            mend="write postgresql+psycopg://, mysql+pymysql:// or sqlite://",
            looked=(f"the url of input {inp.name!r}",),
        ) from None
    except ModuleNotFoundError as error:
        raise BadSettings(
            f"the driver {error.name} for {url.drivername} is not installed",
            mend=f"pip install {error.name}",
            looked=(f"the url of input {inp.name!r}",),
        ) from None
    except SQLAlchemyError as error:
        raise BadSettings(
            f"the database of input {inp.name!r} refuses: {_why(error)}",
            mend="correct the url or the query, or ask for read permission",
            looked=(url.render_as_string(hide_password=True),),
        ) from None


def _engine(inp: Input, url: "URL") -> "Engine":
    from sqlalchemy import NullPool, create_engine

    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:") and not Path(str(url.database)).is_file():
        raise BadSettings(f"the database file of input {inp.name!r} is not there", mend="correct the url", looked=(str(url.database),))
    return create_engine(url, poolclass=NullPool)  # one connection, closed when it has answered


def _why(error: Exception) -> str:
    """The kind of an error and its first line without values: a driver may quote rows."""
    origin = getattr(error, "orig", None) or error
    first = str(origin).splitlines()[0] if str(origin) else ""
    plain = re.sub(r"'[^']*'|\"[^\"]*@[^\"]*\"", "…", first)
    return f"{type(origin).__name__}: {plain[:160]}"


def _write(inp: Input, connection: "Connection", highest: object, target: Path) -> tuple[int, str | int | float | None]:
    """Stream the answer into Parquet as text; return how many rows came and the highest value of `since`."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from sqlalchemy import text

    sql, params = select(inp, connection, highest)
    answer = connection.execute(text(sql), params)
    headers = list(answer.keys())
    place = _place(inp, headers)
    schema = pa.schema([(header, pa.string()) for header in headers])
    count, top = 0, None
    with pq.ParquetWriter(target, schema) as writer:
        for batch in answer.partitions(BATCH):
            rows = [tuple(row) for row in batch]
            columns = [pa.array([cell_text(row[i]) for row in rows], pa.string()) for i in range(len(headers))]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            count += len(rows)
            top = _top(top, rows, place)
    return count, _kept(top)


def _place(inp: Input, headers: Sequence[str]) -> int | None:
    if inp.since is None:
        return None
    if inp.since not in headers:
        raise BadSettings(
            f"the query of input {inp.name!r} answers no column {inp.since!r}, which `since` names",
            mend=f"write one of {', '.join(headers[:20])}",
            looked=("duecare.toml, [[inputs]]",),
        )
    return headers.index(inp.since)


def _top(top: Any, rows: Sequence[tuple[Any, ...]], place: int | None) -> Any:  # noqa: ANN401 - whatever the driver answers
    if place is None:
        return None
    seen = [row[place] for row in rows if row[place] is not None]
    return max([*seen, *([top] if top is not None else [])], default=None)


def _kept(top: object) -> str | int | float | None:
    return top if isinstance(top, int | float) else cell_text(top)


def select(inp: Input, connection: "Connection", highest: object) -> tuple[str, dict[str, object]]:
    """Return the SELECT of an input: of a table by its name, or as written; only rows above *highest*."""
    said = (inp.query or "").strip().rstrip(";")
    if TABLE.fullmatch(said):
        quote = connection.dialect.identifier_preparer.quote
        said = f"SELECT * FROM {'.'.join(quote(part) for part in said.split('.'))}"
    if not re.match(r"(?is)(select|with)\b", said):
        raise BadSettings(
            f"the query of input {inp.name!r} is no SELECT",
            mend="write the name of a table or a SELECT",
            looked=("duecare.toml, [[inputs]]",),
        )
    if inp.since is None:
        return said, {}
    column = connection.dialect.identifier_preparer.quote(inp.since)
    where = f" WHERE q.{column} > :since" if highest is not None else ""
    return f"SELECT * FROM ({said}) q{where} ORDER BY q.{column}", {"since": highest} if highest is not None else {}
