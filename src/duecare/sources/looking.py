"""Looking: what a whole column of text shows, before any cell of it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duecare.sources import amounts, times
from duecare.sources.cells import quoted
from duecare.sources.contract import Kind

if TYPE_CHECKING:
    from duecare.records import Warehouse


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
