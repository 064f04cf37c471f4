"""One input: where rows come from and how they are read; one `[[inputs]]` of duecare.toml.

An input names either a file (or many by a pattern) or a query at a database, and either a
preset or a contract table with its columns. Secrets are named, never written.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from hashlib import blake2b
from typing import Literal

from duecare.sources.contract import CONTRACT, Table
from duecare.sources.presets import PRESETS, Preset
from duecare.words import BadSettings, nearest

Format = Literal["csv", "parquet", "xlsx", "jsonl"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Where rows come from, and how they are read."""

    name: str
    """Names the input in counts; also its `source` when neither the file nor `source` says one."""
    path: str | None = None
    """A file, or a pattern such as `exports/orders*.csv`; relative to the settings file."""
    url: str | None = None
    """A database: `env:SHOP_DB`, `file:/run/secrets/shop`, or an address without a password."""
    query: str | None = None
    """With `url`: the name of a table or view, or a SELECT."""
    table: str | None = None
    """The contract table that the rows feed, with `columns`; or else a preset."""
    preset: str | None = None
    """A known export, which may feed several tables."""
    source: str | None = None
    """The contract's `source` when the file has no such column."""
    format: Format | None = None
    """Seen from the file's ending and content when None."""
    sheet: str | None = None
    """With `.xlsx`: the sheet; the first one with rows when None."""
    delimiter: str | None = None
    encoding: str | None = None
    decimal: Literal[".", ","] = "."
    """The sign before the cents; the other one may part thousands."""
    time_format: str | None = None
    """How times are written when not ISO, in strptime's words, as `%d/%m/%Y %H:%M`."""
    zone: str = "UTC"
    """The zone of times that bear none."""
    currency: str | None = None
    """The currency of money that bears none, ISO 4217; the book's when None."""
    mode: Literal["snapshot", "append"] | None = None
    """`snapshot`: rows of files that are gone go too; `append`: they stay. The contract's when None."""
    since: str | None = None
    """With `url` and `append`: a column that only grows; only rows above the last one seen are read."""
    lines: Literal["add", "repeat"] | None = None
    """With `table = "orders"`, when an order stands in several rows: `add`, a row is one line and its money adds
    up; `repeat`, rows repeat what the order is, or leave it empty, and the first value holds."""
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    """Contract column -> header of the file; or `=word` for a fixed word; or `One header * Another` for a product."""

    @property
    def source_name(self) -> str:
        return self.source or self.name

    @property
    def where(self) -> str:
        """What an error calls the place, without secrets."""
        return self.path or f"the database of input {self.name!r}"


def preset_of(inp: Input) -> Preset | None:
    """Return the preset an input names, None when it maps columns itself."""
    if inp.preset is None:
        return None
    if inp.preset not in PRESETS:
        raise _unknown(inp, "preset", inp.preset, tuple(PRESETS))
    return PRESETS[inp.preset]


def table_of(inp: Input) -> Table:
    """Return the contract table of an input without preset."""
    if inp.table is None:
        raise _bad(inp, "names neither a table nor a preset", 'write table = "orders" with [inputs.columns], or preset = "..."')
    if inp.table not in CONTRACT:
        raise _unknown(inp, "table", inp.table, tuple(CONTRACT))
    return CONTRACT[inp.table]


def mode_of(inp: Input) -> Literal["snapshot", "append"]:
    """Return whether files that are gone take their rows with them: as written, else as the contract has it."""
    if inp.mode is not None:
        return inp.mode
    preset = preset_of(inp)
    tables = [CONTRACT[fill.table] for fill in preset.fills] if preset else [table_of(inp)]
    return "append" if any(table.mode == "append" for table in tables) else "snapshot"


def check(inp: Input) -> None:
    """Refuse an input that cannot be followed, before anything is read.

    Raises:
        BadSettings: a name, table, preset, column, zone or currency that nobody knows, a required
            column that is not mapped, or fields that do not go together.
    """
    _check_place(inp)
    _check_units(inp)
    if inp.preset is None:
        _check_columns(inp, table_of(inp))
        return
    preset_of(inp)
    if inp.table or inp.columns:
        raise _bad(inp, "names a preset and also a table or columns", "keep one of the two")


def meaning(inp: Input) -> str:
    """Return a text that changes whenever the input would read the same file differently."""
    left_out = {"path", "url", "query", "mode", "since"}
    said = [f"{f.name}={_stable(getattr(inp, f.name))}" for f in fields(inp) if f.name not in left_out]
    preset = preset_of(inp)
    return "\n".join([*said, f"preset={preset.digest if preset else ''}"])


def digest(*parts: bytes | str) -> str:
    """Return a short name for some content; equal content, equal name."""
    made = blake2b(digest_size=16)
    for part in parts:
        made.update(part.encode() if isinstance(part, str) else part)
        made.update(b"\0")
    return made.hexdigest()


@cache
def zones() -> frozenset[str]:
    """Name every zone that can be written."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def _stable(value: object) -> str:
    return repr(sorted(value.items())) if isinstance(value, Mapping) else repr(value)


def _check_place(inp: Input) -> None:
    if not NAME.fullmatch(inp.name):
        raise BadSettings(f"input name {inp.name!r} cannot name a folder", mend="use letters, digits, . _ - only")
    if (inp.path is None) == (inp.url is None):
        raise _bad(inp, "needs a path or a url, one of them", 'write path = "exports/orders.csv"')
    if inp.url is not None and not inp.query:
        raise _bad(inp, "has a url and no query", 'write query = "orders" or a SELECT')
    if inp.since is not None and inp.url is None:
        raise _bad(inp, "has `since` without a url", "leave it out; files are read again only when they change")


def _check_units(inp: Input) -> None:
    if inp.zone not in zones():
        raise _unknown(inp, "zone", inp.zone, sorted(zones()))
    if inp.currency is not None and not CURRENCY.fullmatch(inp.currency):
        raise _bad(inp, f"has currency {inp.currency!r}, which is no ISO 4217 code", 'write three capital letters, as "EUR"')
    if inp.delimiter is not None and (len(inp.delimiter) != 1 or inp.delimiter in '"\r\n'):
        raise _bad(inp, f"has delimiter {inp.delimiter!r}", r'write one character, as ";" or "\t"')
    if inp.encoding is not None:
        _check_encoding(inp, inp.encoding)


def _check_encoding(inp: Input, encoding: str) -> None:
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError):
        raise _bad(inp, f"has encoding {encoding!r}, which nobody knows", 'write one such as "utf-8", "cp1252" or "utf-16"') from None


def _check_columns(inp: Input, table: Table) -> None:
    known = tuple(column.name for column in table.columns)
    for name in inp.columns:
        if name not in known:
            raise _unknown(inp, f"column of {table.name}", name, known)
    lacking = [name for name in table.required if name not in inp.columns and name not in made(inp, table)]
    if lacking:
        raise _bad(
            inp,
            f"maps no header to {', '.join(lacking)}, which {table.name} needs",
            f'write {lacking[0]} = "the header" under [inputs.columns]; `duecare init` proposes one',
        )


def made(inp: Input, table: Table) -> tuple[str, ...]:
    """Name the required columns that are made when no header gives them: the source, and one number a row for orders and contacts."""
    key = {"orders": "order_id", "contacts": "contact_id"}.get(table.name)
    return ("source", key) if key is not None and inp.lines is None else ("source",)


def _bad(inp: Input, wrong: str, mend: str) -> BadSettings:
    return BadSettings(f"input {inp.name!r} {wrong}", mend=mend, looked=("duecare.toml, [[inputs]]",))


def _unknown(inp: Input, what: str, word: str, known: Sequence[str]) -> BadSettings:
    near = nearest(word, known)
    meant = f"did you mean {', '.join(near)}" if near else f"write one of {', '.join(list(known)[:20])}"
    return _bad(inp, f"has an unknown {what}, {word!r}", meant)
