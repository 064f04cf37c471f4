"""Planning: what an input's settings or preset mean for cleaning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources.cells import quoted
from duecare.sources.cleaning import clean
from duecare.sources.contract import CONTRACT
from duecare.sources.files import Found
from duecare.sources.inputs import Input, digest, made, preset_of, table_of
from duecare.sources.plan import Outcome, Plan
from duecare.sources.presets import Cell, Fill, Preset, Role, Take
from duecare.sources.raw import Raw
from duecare.sources.reading import raw_rows
from duecare.words import BadSettings, nearest

if TYPE_CHECKING:
    from duecare.records import Warehouse


@cache
def contract_digest() -> str:
    """Return a name for the contract as it stands, so that pieces made under another are made anew."""
    return digest(repr(sorted(CONTRACT.items(), key=lambda item: item[0])))


def joint(inp: Input) -> bool:
    """Whether the files of an input are read together."""
    preset = preset_of(inp)
    return preset is not None and preset.joint


def clean_files(warehouse: "Warehouse", inp: Input, files: Sequence[Found], work: Path, out: Path) -> Outcome:
    """Read unpacked files of one piece and clean them into *out*."""
    preset = preset_of(inp)
    if preset is not None:
        return _clean_preset(warehouse, inp, preset, files, work, out)
    raws = [(number, _mapped(warehouse, inp, file, number, work)) for number, file in enumerate(files)]
    return clean(warehouse, mapped_plan(inp, _stem(files), raws[0][1].headers), {"rows": raws}, out)


def mapped_plan(inp: Input, stem: str, headers: Sequence[str]) -> Plan:
    """Return the plan of an input that maps columns itself, for a file with *headers*."""
    table = table_of(inp)
    terms = {name: term_of(said, headers) for name, said in inp.columns.items()}
    cells = {name: Cell(sql=term.sql, take=_take(inp, table.column(name).kind)) for name, term in terms.items()}
    if "source" in table.required:
        cells["source"] = _source(cells)
    for key in {"order_id", "contact_id"} & set(made(inp, table)) - set(cells):
        cells[key] = Cell(sql="concat($input, '/', $stem, '/', _row)")
    each = (cells["order_id"].sql,) if inp.lines and table.name == "orders" else ()
    factors = tuple(dict.fromkeys(header for term in terms.values() for header in term.headers if term.product))
    role = Role(
        name="rows",
        required=tuple(dict.fromkeys(header for term in terms.values() for header in term.headers)),
        typed=dict.fromkeys(factors, "money"),
    )
    ordered = {column.name: cells[column.name] for column in table.columns if column.name in cells}
    fill = Fill(table=table.name, columns=ordered, each=each)
    return Plan(
        roles=(role,), fills=(fill,), params=_params(inp, stem), decimal=inp.decimal, stated=inp.time_format is not None, plain=not factors
    )


@dataclass(frozen=True, slots=True)
class Term:
    """What `[inputs.columns]` says of one column: a header, a fixed word, or a product of two headers."""

    sql: str
    headers: tuple[str, ...]
    product: bool = False


def term_of(said: str, headers: Sequence[str]) -> Term:
    """Read what a mapping says, for a file with *headers*.

    >>> term_of("=phone", ["a"]).sql, term_of("Qty * Price", ["Qty", "Price"]).headers
    ("'phone'", ('Qty', 'Price'))
    """
    if said.startswith("="):
        word = said[1:].strip().replace("'", "''")
        return Term(f"'{word}'", ())
    there = {header.casefold() for header in headers}
    one, star, other = (_fold(part) for part in said.partition(" * "))
    if star and _fold(said).casefold() not in there and {one.casefold(), other.casefold()} <= there:
        return Term(f"CAST({quoted(one)} * {quoted(other)} AS DECIMAL(18, 4))", (one, other), product=True)
    return Term(quoted(_fold(said)), (_fold(said),))


def _source(cells: Mapping[str, Cell]) -> Cell:
    given = cells.get("source")
    return Cell(sql=f"coalesce(nullif(trim(CAST({given.sql} AS VARCHAR)), ''), $source)" if given else "$source")


def _take(inp: Input, kind: str) -> Take:
    return "sum" if inp.lines == "add" and kind == "money" else "first"


def _fold(header: str) -> str:
    return " ".join(header.replace("{", "(").replace("}", ")").split())


def _params(inp: Input, stem: str) -> dict[str, object]:
    said: dict[str, object] = {"zone": inp.zone, "source": inp.source_name, "input": inp.name, "stem": stem}
    return said | ({"currency": inp.currency} if inp.currency else {}) | ({"time_format": inp.time_format} if inp.time_format else {})


def _stem(files: Sequence[Found]) -> str:
    return Path(files[0].name).name.split(".")[0]


def _mapped(warehouse: "Warehouse", inp: Input, file: Found, number: int, work: Path) -> Raw:
    raw = raw_rows(warehouse, f"raw_{number}", file, inp, work=work)
    return require(raw, [header for said in inp.columns.values() for header in term_of(said, raw.headers).headers], file, inp)


def require(raw: Raw, wanted: Sequence[str], file: Found, inp: Input) -> Raw:
    """Return *raw* when it has all *wanted* headers; else say which it lacks and what looks like them."""
    there = {header.casefold() for header in raw.headers}
    for header in wanted:
        if header.casefold() not in there:
            near = nearest(header, raw.headers)
            mend = f"did you mean {', '.join(map(repr, near))}" if near else f"write one of {', '.join(map(repr, raw.headers[:30]))}"
            raise BadSettings(f"{file.name} has no column {header!r}, which input {inp.name!r} maps", mend=mend, looked=(str(file.path),))
    return raw


# presets


def _clean_preset(warehouse: "Warehouse", inp: Input, preset: Preset, files: Sequence[Found], work: Path, out: Path) -> Outcome:
    raws: dict[str, list[tuple[int, Raw]]] = {role.name: [] for role in preset.roles}
    others: list[str] = []
    for number, file in enumerate(files):
        raw = raw_rows(warehouse, f"raw_{number}", file, inp, work=work, records=preset.records)
        role = role_of(preset, raw.headers)
        if role is None and not preset.joint:
            raise _not_this(preset, raw, file)
        if role is None:
            others.append(file.name)
        else:
            raws[role.name].append((number, raw))
    _require_roles(preset, raws, files)
    plan = Plan(
        roles=preset.roles,
        fills=preset.fills,
        asides=preset.asides,
        missing=preset.missing,
        params=_params(inp, _stem(files)),
        decimal=inp.decimal,
        stated=inp.time_format is not None,
    )
    outcome = clean(warehouse, plan, raws, out)
    outcome.notes.extend(f"{name} is not needed by {preset.title}" for name in others)
    return outcome


def role_of(preset: Preset, headers: Sequence[str]) -> Role | None:
    """Return the role that a file with *headers* has in a preset, None when it has none."""
    there = {header.casefold() for header in headers}
    fits = [role for role in preset.roles if all(header.casefold() in there for header in role.required)]
    return max(fits, key=lambda role: len(role.required)) if fits else None


def _not_this(preset: Preset, raw: Raw, file: Found) -> BadSettings:
    there = {header.casefold() for header in raw.headers}
    lacking = [header for header in preset.roles[0].required if header.casefold() not in there]
    return BadSettings(
        f"{file.name} is no {preset.title}: it has no column {', '.join(map(repr, lacking[:5]))}",
        mend="choose another preset, or map the columns with table and [inputs.columns]",
        looked=(str(file.path),),
    )


def _require_roles(preset: Preset, raws: Mapping[str, Sequence[object]], files: Sequence[Found]) -> None:
    for role in preset.roles:
        if role.needed and not raws[role.name]:
            raise BadSettings(
                f"{preset.title} needs a file with the columns {', '.join(role.required)}, and there is none",
                mend="put it beside the others",
                looked=tuple(file.name for file in files),
            )
