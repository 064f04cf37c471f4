"""How each kind of column is read from what a file holds: SQL, after a look at the whole column.

A `Reader` answers two questions of every cell: does something stand there, and what is it worth.
A cell in which something stands that is worth nothing could not be read; it is never guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from duecare.sources import amounts, times
from duecare.sources.contract import Column, Kind

if TYPE_CHECKING:
    import pyarrow as pa

    from duecare.records import Warehouse

Native = Literal["text", "naive", "instant", "date", "whole", "real", "decimal", "flag", "other"]
"""What a column is before it is read: text for CSV, anything for Parquet."""

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

MISSING = ("?", "null", "n/a", "#n/a", "na", "nan", "none", "-", "--", "\\n", "nil", "undefined", "#value!", "#ref!", "nat", "<na>")
"""Words that mean 'empty' where an id, a time or a number should stand, in lower case."""

MISSING_TEXT = ("NULL", "\\N", "#N/A", "NaN", "nan", "N/A", "<NA>", "#VALUE!", "#REF!")
"""Words that mean 'empty' in free text, as written: a person may be called Null or None."""

YES = (
    "true",
    "t",
    "yes",
    "y",
    "1",
    "1.0",
    "on",
    "subscribed",
    "opted in",
    "opted-in",
    "opt-in",
    "ja",
    "oui",
    "si",
    "sí",
    "sim",
    "granted",
    "accepted",
    "x",
)
NO = (
    "false",
    "f",
    "no",
    "n",
    "0",
    "0.0",
    "off",
    "unsubscribed",
    "opted out",
    "opted-out",
    "opt-out",
    "nein",
    "non",
    "não",
    "nee",
    "denied",
    "not subscribed",
)

CHANNELS: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone", "phone call", "call", "telephone", "voice", "tel", "inbound call", "outbound call", "voicemail", "telefon", "téléphone", "mobile phone", "direct call", "self-service phone"),
    "email": ("email", "e-mail", "mail", "inbound email", "support email", "e mail", "email message", "correo", "courriel"),
    "chat": ("chat", "live chat", "livechat", "messaging", "web chat", "webchat", "native_messaging", "messenger chat", "chatbot", "in-app chat", "conversation"),
    "social": (
        "social", "messenger", "facebook", "facebook messenger", "twitter", "x", "instagram", "instagram_dm", "whatsapp", "whats app", "telegram", "line", "wechat", "viber", "twitter dm",
        "twitter_dm", "facebook_post", "social media", "tiktok", "youtube",
    ),
    "web": ("web", "web form", "webform", "web widget", "web_widget", "online", "online store", "online_store", "website", "portal", "self-service", "self service", "customer portal", "form", "internet", "contact form", "help center", "help_center", "webshop", "e-commerce", "ecommerce"),
    "mobile": ("mobile", "mobile app", "app", "mobile_sdk", "ios", "android", "iphone", "in-app", "sms", "text message"),
    "shop": ("shop", "pos", "store", "in store", "in-store", "retail", "point of sale", "walk-in", "walk in", "in person", "branch", "counter", "filiale", "offline"),
    "post": ("post", "letter", "postal", "postal mail", "fax", "brief", "courrier", "mail order"),
}  # fmt: skip
"""Words for a channel, folded onto `words.Channel`; any other word is kept in lower case."""

STATES: Mapping[str, tuple[str, ...]] = {
    "cancelled": (
        "cancelled",
        "canceled",
        "cancel",
        "voided",
        "void",
        "storniert",
        "annulé",
        "annulée",
        "cancelado",
        "annullato",
        "geannuleerd",
    ),
}
"""States of an order that later steps must know; any other is kept in lower case."""

SEVERITIES: Mapping[str, tuple[str, ...]] = {
    "critical": ("critical", "urgent", "blocker", "highest", "emergency", "p1", "1 - critical", "1-critical", "kritisch", "urgente"),
    "high": ("high", "major", "p2", "2 - high", "2-high", "hoch", "haute", "alta"),
    "normal": (
        "normal",
        "medium",
        "moderate",
        "standard",
        "p3",
        "3 - moderate",
        "3-medium",
        "3 - medium",
        "mittel",
        "moyenne",
        "media",
        "média",
    ),
    "low": (
        "low",
        "minor",
        "trivial",
        "lowest",
        "p4",
        "p5",
        "4 - low",
        "4-low",
        "5 - planning",
        "niedrig",
        "basse",
        "baixa",
        "baja",
        "bassa",
    ),
}
"""Words for how grave an issue is."""

SURVEYS: Mapping[str, tuple[str, ...]] = {
    "csat": ("csat", "satisfaction", "customer satisfaction"),
    "nps": ("nps", "net promoter score"),
    "ces": ("ces", "customer effort score"),
}


_FOLDS = {"channel": CHANNELS, "status": STATES, "severity": SEVERITIES}


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


def native(kind: "pa.DataType") -> Native:
    """Tell what an Arrow column is before it is read."""
    import pyarrow as pa

    t = pa.types
    if t.is_timestamp(kind):
        return "instant" if kind.tz else "naive"
    tests: Sequence[tuple[bool, Native]] = (
        (t.is_string(kind) or t.is_large_string(kind), "text"),
        (t.is_date(kind), "date"),
        (t.is_integer(kind), "whole"),
        (t.is_floating(kind), "real"),
        (t.is_decimal(kind), "decimal"),
        (t.is_boolean(kind), "flag"),
    )
    found: list[Native] = [name for is_it, name in tests if is_it]
    return found[0] if found else "other"


def trimmed(x: str, of: Native) -> str:
    """Return SQL of a cell without blanks around; anything but text as it is, and no-number as null."""
    if of == "real":
        return f"(CASE WHEN isnan({x}) THEN NULL ELSE {x} END)"
    if of not in ("text", "other"):
        return x
    text = x if of == "text" else f"CAST({x} AS VARCHAR)"
    ends = " OR ".join(f"ends_with({text}, '{blank}')" for blank in (" ", "\t", "\n", "\r"))
    loose = f"{text} < '!' OR {ends} OR contains({text}, '\u00a0') OR starts_with({text}, '\ufeff')"
    return f"(CASE WHEN {loose} THEN trim({text}, ' \t\r\n\u00a0\ufeff') ELSE {text} END)"


def emptied(x: str, of: Native, *, strict: bool, missing: Sequence[str] = ()) -> str:
    """Return SQL of a trimmed cell, null where a word says 'empty'.

    Args:
        x: SQL of the trimmed cell.
        of: what it is.
        strict: whether words such as `none` and `-` mean 'empty' too: true for ids, times and numbers.
        missing: further words that do.
    """
    if of not in ("text", "other"):
        return x
    empty = f"{x} IN ('', {_words((*MISSING_TEXT, *missing))})" + (
        f" OR (strlen({x}) <= 9 AND lower({x}) IN ({_words(MISSING)}))" if strict else ""
    )
    return f"(CASE WHEN {empty} THEN NULL ELSE {x} END)"


def as_text(x: str, of: Native) -> str:
    """Return SQL that writes a neat cell as text: a whole number without its `.0`."""
    if of == "text":
        return x
    if of == "real":
        return f"(CASE WHEN {x} = floor({x}) AND abs({x}) < 1e15 THEN CAST(CAST({x} AS BIGINT) AS VARCHAR) ELSE CAST({x} AS VARCHAR) END)"
    return f"CAST({x} AS VARCHAR)"


def reader(column: Column, x: str, of: Native, manner: Manner, seen: "Seen | None") -> Reader:
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
            else f"(CASE WHEN lower({as_text(x, of)}) IN ({_words(YES)}) THEN true WHEN lower({as_text(x, of)}) IN ({_words(NO)}) THEN false END)"
        )
    else:
        value = _number(column, x, of, manner, seen)
    return Reader(given=given, value=value, notes=notes)


def _text(column: Column, x: str) -> str:
    if column.name in _FOLDS:
        return _fold(x, _FOLDS[column.name])
    if column.name == "currency":
        return f"(CASE WHEN regexp_full_match({x}, '[A-Za-z]{{3}}') THEN upper({x}) ELSE {amounts.currency_sql(x)} END)"
    if column.choices:
        folded = _fold(x, SURVEYS) if "csat" in column.choices else f"lower({x})"
        return f"(CASE WHEN {folded} IN ({_words(column.choices)}) THEN {folded} END)"
    return x


def _fold(x: str, onto: Mapping[str, Sequence[str]]) -> str:
    cases = " ".join(f"WHEN lower({x}) IN ({_words(words)}) THEN '{name}'" for name, words in onto.items())
    return f"(CASE {cases} ELSE lower({x}) END)"


def _number(column: Column, x: str, of: Native, manner: Manner, seen: "Seen | None") -> str:
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


def _time(column: Column, x: str, of: Native, manner: Manner, seen: "Seen | None") -> tuple[str, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if of == "instant":
        value = x
    elif of in ("naive", "date"):
        value = times.placed(f"CAST({x} AS TIMESTAMP)", manner.zone)
    else:
        value, notes = _written_time(column, as_text(x, of), manner, seen)
    local = manner.zone or "'UTC'"
    return (value if column.kind == "time" else f"CAST({value} AT TIME ZONE {local} AS DATE)"), notes


def _written_time(column: Column, x: str, manner: Manner, seen: "Seen | None") -> tuple[str, tuple[str, ...]]:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a whole column of text showed."""

    plain: bool = False
    """Whether every number is written as a machine writes."""
    witness: times.Witness | None = None


def look(warehouse: "Warehouse", rows: str, wanted: Mapping[str, Kind], params: Mapping[str, object]) -> dict[str, Seen]:
    """Look at whole columns of text, each as the kind it shall be read as.

    Args:
        warehouse: answers the question.
        rows: SQL of a SELECT in which each key of *wanted* is a column of neat text.
        wanted: column -> kind; only times, dates and numbers are looked at.
        params: values of the parameters in *rows*.
    """
    asked: dict[str, Kind] = {name: kind for name, kind in wanted.items() if kind not in ("text", "flag")}
    if not asked:
        return {}
    first = _ask(warehouse, rows, [p for i, (name, kind) in enumerate(asked.items()) for p in _first_look(i, name, kind)], params)
    mixed = {name: kind for i, (name, kind) in enumerate(asked.items()) if kind in ("time", "date") and first[f"g{i}"] != first[f"p{i}"]}
    second = _ask(warehouse, rows, [p for i, name in enumerate(mixed) for p in _second_look(i, name)], params) if mixed else {}
    deeper = {name: _witness(i, second) for i, name in enumerate(mixed)}
    return {name: _seen(kind, first[f"g{i}"], first[f"p{i}"], deeper.get(name)) for i, (name, kind) in enumerate(asked.items())}


def _ask(warehouse: "Warehouse", rows: str, parts: Sequence[str], params: Mapping[str, object]) -> dict[str, int]:
    answer = warehouse.arrow(f"SELECT {', '.join(parts)} FROM ({rows})", params).to_pylist()[0]
    return {name: int(value or 0) for name, value in answer.items()}


def _first_look(i: int, name: str, kind: Kind) -> list[str]:
    x = quoted(name)
    plain = f"regexp_full_match({x}, '{times.ISO}')" if kind in ("time", "date") else amounts.is_plain_sql(x)
    return [f"count({x}) AS g{i}", f"count(*) FILTER ({plain}) AS p{i}"]


def _second_look(i: int, name: str) -> list[str]:
    x = quoted(name)
    slashed = f"regexp_matches({x}, '^{times.SLASHED}')"
    number = r"try_cast(regexp_extract({x}, '^(\d{{1,2}})[/.\-](\d{{1,2}})', {n}) AS INTEGER)"
    counts = [f"count(*) FILTER (regexp_full_match({x}, '{form.pattern}')) AS f{i}_{k}" for k, form in enumerate(times.forms("day first"))]
    above = [f"count(*) FILTER ({slashed} AND {number.format(x=x, n=n)} > 12) AS a{i}_{n}" for n in (1, 2)]
    return [
        f"count({x}) AS g{i}",
        *counts,
        *above,
        f"count(*) FILTER ({slashed} AND regexp_matches({x}, '[AaPp]\\.?[Mm]')) AS h{i}",
        f"count(*) FILTER ({slashed} AND contains({x}[1:6], '.')) AS d{i}",
    ]


def _witness(i: int, answer: Mapping[str, int]) -> times.Witness:
    return times.Witness(
        given=answer[f"g{i}"],
        counts={form.name: answer[f"f{i}_{k}"] for k, form in enumerate(times.forms("day first"))},
        first_above_12=answer[f"a{i}_1"],
        second_above_12=answer[f"a{i}_2"],
        half_days=bool(answer[f"h{i}"]),
        dotted=bool(answer[f"d{i}"]),
    )


def _seen(kind: Kind, given: int, plain: int, deeper: times.Witness | None) -> Seen:
    if kind in ("time", "date"):
        return Seen(witness=deeper or times.Witness(given=given, counts={"iso": plain}))
    return Seen(plain=given == plain)


def quoted(name: str) -> str:
    """Write a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _words(words: Sequence[str]) -> str:
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)
