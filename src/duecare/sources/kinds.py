"""How each kind of column is read from what a file holds: SQL, after a look at the whole column.

A `Reader` answers two questions of every cell: does something stand there, and what is it worth.
A cell in which something stands that is worth nothing could not be read; it is never guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duecare.sources import amounts, times
from duecare.sources.cells import Native, as_text, listed
from duecare.sources.contract import Column, Kind
from duecare.sources.folds import FOLDS, NO, SURVEYS, YES
from duecare.sources.looking import Seen

TYPES: Mapping[Kind, str] = {
    "text": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "date": "DATE",
    "money": "DECIMAL(18, 4)",
    "number": "DOUBLE",
    "count": "BIGINT",
    "flag": "BOOLEAN",
}
"""The type in which each kind is kept."""

COMPLAINTS: Mapping[Kind, str] = {
    "text": "is not text",
    "time": "is not a time",
    "date": "is not a date",
    "money": "is not an amount",
    "number": "is not a number",
    "count": "is not a whole number",
    "flag": "is neither yes nor no",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an input writes what a file cannot say of itself; the names of SQL parameters where there is a choice."""

    decimal: amounts.Decimal = "."
    zone: str | None = "$zone"
    """SQL of the zone of times without one; None means UTC, which is much faster."""
    stated: str | None = None
    """SQL of the stated form of times."""
    hint: times.Order | None = None
    """The order of day and month, when something outside the column tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How one column is read."""

    given: str
    """SQL that is true when something stands in the cell."""
    value: str
    """SQL of what it is worth, in the type of its kind; null when it cannot be read."""
    notes: tuple[str, ...] = field(default=())
    """What was assumed."""


def complaint(column: Column) -> str:
    """Say what is wrong with a value of *column* that could not be read."""
    return f"is none of {', '.join(column.choices)}" if column.choices else COMPLAINTS[column.kind]


def reader(column: Column, x: str, of: Native, manner: Manner, seen: Seen | None) -> Reader:
    """Return how *column* is read from the neat cell *x*.

    Args:
        column: the contract's column.
        x: SQL of the neat cell.
        of: what it is.
        manner: how the input writes.
        seen: what the whole column showed, for times and numbers written as text; see `look`.
    """
    given = f"{x} IS NOT NULL"
    notes: tuple[str, ...] = ()
    if column.kind == "text":
        value = _text(column, as_text(x, of))
    elif column.kind in ("time", "date"):
        value, notes = _time(column, x, of, manner, seen)
    elif column.kind == "flag":
        value = (
            x
            if of == "flag"
            else f"(CASE WHEN lower({as_text(x, of)}) IN ({listed(YES)}) THEN true WHEN lower({as_text(x, of)}) IN ({listed(NO)}) THEN false END)"
        )
    else:
        value = _number(column, x, of, manner, seen)
    return Reader(given=given, value=value, notes=notes)


def _text(column: Column, x: str) -> str:
    if column.name in FOLDS:
        return _fold(x, FOLDS[column.name])
    if column.name == "currency":
        return f"(CASE WHEN regexp_full_match({x}, '[A-Za-z]{{3}}') THEN upper({x}) ELSE {amounts.currency_sql(x)} END)"
    if column.choices:
        folded = _fold(x, SURVEYS) if "csat" in column.choices else f"lower({x})"
        return f"(CASE WHEN {folded} IN ({listed(column.choices)}) THEN {folded} END)"
    return x


def _fold(x: str, onto: Mapping[str, Sequence[str]]) -> str:
    cases = " ".join(f"WHEN lower({x}) IN ({listed(words)}) THEN '{name}'" for name, words in onto.items())
    return f"(CASE {cases} ELSE lower({x}) END)"


def _number(column: Column, x: str, of: Native, manner: Manner, seen: Seen | None) -> str:
    kept = TYPES[column.kind]
    if of in ("whole", "real", "decimal"):
        read = f"try_cast({x} AS {kept})"
        return f"(CASE WHEN {x} = floor({x}) THEN {read} END)" if column.kind == "count" else read
    text = as_text(x, of)
    if seen is not None and seen.plain and manner.decimal == ".":
        read = amounts.plain_sql(text, kept)
    else:
        read = amounts.amount_sql(text, manner.decimal, kept)
    if column.kind == "count":
        return f"(CASE WHEN try_cast({text} AS DOUBLE) IS NULL OR try_cast({text} AS DOUBLE) = floor(try_cast({text} AS DOUBLE)) THEN {read} END)"
    return f"coalesce({read}, {_duration(text)})" if column.name.endswith("_seconds") else read


def _duration(x: str) -> str:
    parts = [rf"try_cast(regexp_extract({x}, '^(\d+):(\d\d):(\d\d)$', {n}) AS DOUBLE)" for n in (1, 2, 3)]
    return f"({parts[0]} * 3600 + {parts[1]} * 60 + {parts[2]})"


def _time(column: Column, x: str, of: Native, manner: Manner, seen: Seen | None) -> tuple[str, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if of == "instant":
        value = times.within(x)
    elif of in ("naive", "date"):
        value = times.within(times.placed(f"CAST({x} AS TIMESTAMP)", manner.zone))
    else:
        value, notes = _written_time(column, as_text(x, of), manner, seen)
    local = manner.zone or "'UTC'"
    return (value if column.kind == "time" else f"CAST({value} AT TIME ZONE {local} AS DATE)"), notes


def _written_time(column: Column, x: str, manner: Manner, seen: Seen | None) -> tuple[str, tuple[str, ...]]:
    if seen is None or seen.witness is None:
        return times.time_sql(x, times.forms("day first"), whole=False, zone=manner.zone, stated=manner.stated), ()
    order, assumed = times.decide_order(seen.witness, manner.hint)
    slashed = any(name.startswith("slashed") and count for name, count in seen.witness.counts.items())
    notes = (
        [f"{column.name}: the order of day and month is assumed ({order}); no value tells it"]
        if slashed and assumed and manner.stated is None
        else []
    )
    if seen.witness.first_above_12 and seen.witness.second_above_12 and manner.stated is None:
        notes.append(f"{column.name}: written in both orders of day and month; read {order}, the others are set aside")
    present = [form for form in times.forms(order) if seen.witness.counts.get(form.name)]
    whole = sum(seen.witness.counts.values()) >= seen.witness.given
    return times.time_sql(x, present, whole=whole, zone=manner.zone, stated=manner.stated), tuple(notes)
