"""Presets: known exports, told as data.

A preset is a TOML file in `presets/`. It says by which headers the export is known, where its
format is documented, which rows are set aside and why, and how each contract table is filled
with SQL over the raw row. Within it a header stands in double quotes; values are trimmed text
with missing ones null, except those under `typed`, which are read as numbers, money or times.

An export of several files names a `role` for each; a fill reads one base role and may join others.
A fill with `each` makes one row of all raw rows that agree on it; a column then takes the first
value that is not empty, or what its `take` says (first, last, sum, min, max).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Literal, cast

from duecare.sources.contract import Kind

Take = Literal["first", "last", "sum", "min", "max"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One file of an export: how it is known, and how its headers are read."""

    name: str
    required: tuple[str, ...]
    """Headers without which a file is not this one."""
    optional: tuple[str, ...] = ()
    """Headers the fills may use; a file without one reads as if it were empty."""
    typed: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    lookup: bool = False
    """Whether it is only looked up in: its rows are not counted."""
    needed: bool = True
    """Whether the export cannot be read without it."""
    derived: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further columns: name -> SQL over the raw row, window functions included."""

    @property
    def headers(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Rows that are not used, and why."""

    when: str
    """SQL over the raw row; a row for which it is true is set aside."""
    reason: str
    column: str = ""
    role: str = "rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How one contract column is filled: SQL over the raw row, then what is taken of a group."""

    sql: str
    take: Take = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """How one contract table is filled."""

    table: str
    columns: Mapping[str, Cell]
    base: str = "rows"
    join: str = ""
    """SQL after FROM base; other roles stand in braces."""
    each: tuple[str, ...] = ()
    """SQL whose equal values make a group; one row a raw row when empty."""
    where: str = ""
    needs: str = ""
    """A table filled before, of which the row's `order_id` or `contact_id` must have been used."""
    everyone: bool = False
    """Whether it also reads rows that a rule sets aside; they do not count as used by that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A known export."""

    name: str
    title: str
    docs: tuple[str, ...]
    """Addresses of the format's documentation."""
    roles: tuple[Role, ...]
    fills: tuple[Fill, ...]
    asides: tuple[Aside, ...] = ()
    missing: tuple[str, ...] = ()
    """Words that mean 'empty' in this export, besides the usual ones."""
    records: str = ""
    """In JSON: the key that holds the rows of a page."""
    zone: str | None = None
    """The zone of its times, when the documentation says it."""
    currency: str | None = None
    notes: tuple[str, ...] = ()
    digest: str = ""

    @property
    def joint(self) -> bool:
        """Whether its files are read together."""
        return len(self.roles) > 1

    def role(self, name: str) -> Role:
        return {role.name: role for role in self.roles}[name]


def read_preset(text: str) -> Preset:
    """Read a preset from TOML."""
    import tomllib

    said: dict[str, Any] = tomllib.loads(text)
    roles = cast("list[dict[str, Any]]", said.pop("roles"))
    fills = cast("list[dict[str, Any]]", said.pop("fills"))
    asides = cast("list[dict[str, Any]]", said.pop("asides", []))
    return Preset(
        roles=tuple(Role(**_tuples({"name": "rows"} | role)) for role in roles),
        fills=tuple(_fill(fill) for fill in fills),
        asides=tuple(Aside(**aside) for aside in asides),
        digest=blake2b(text.encode(), digest_size=8).hexdigest(),
        **_tuples(said),
    )


def _fill(said: Mapping[str, Any]) -> Fill:
    cells = {name: Cell(**cell) if isinstance(cell, dict) else Cell(sql=str(cell)) for name, cell in said["columns"].items()}
    return Fill(**_tuples({**said, "columns": cells}))


def _tuples(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(cast("list[str]", value)) if isinstance(value, list) else value for key, value in said.items()}


class _Shelf(Mapping[str, Preset]):
    """The presets of this package, each read when first asked for."""

    @cached_property
    def _texts(self) -> dict[str, str]:
        folder = files("duecare.sources").joinpath("presets")
        found = sorted((entry.name, entry) for entry in folder.iterdir() if entry.name.endswith(".toml"))
        return {name.removesuffix(".toml"): entry.read_text("utf-8") for name, entry in found}

    @cached_property
    def _read(self) -> dict[str, Preset]:
        return {}

    def __getitem__(self, name: str) -> Preset:
        if name not in self._read:
            self._read[name] = read_preset(self._texts[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


PRESETS: Mapping[str, Preset] = _Shelf()
"""Every preset by name."""
