"""Explain two: why two records or customers are one customer, or two; the sentence first, then the weights.

For analysts: it shows what the two records say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from duecare.app.identities import customer_of
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.identity.between import GUARD_WORDS, Told, between
from duecare.identity.guard import SETTLED_BITS
from duecare.identity.ruled import Key
from duecare.identity.telling import PairTold, Said
from duecare.records import Book, Published, Runs, open_book
from duecare.words import BadSettings

RECORDS = """
SELECT r.record, c.customer_id FROM {records} r JOIN {clusters} c ON c.record = r.record
WHERE concat(r.source, ':', r.source_id) = $who OR r.source_id = $who ORDER BY 1
"""
MEMBERS = "SELECT record FROM {clusters} WHERE customer_id = $who ORDER BY 1"


def explain_pair(a: str, b: str, file: Path, *, as_json: bool) -> None:
    """Find both, take the decision again and print why it fell so."""
    settings = read_settings(file)
    with Runs.at(settings.records.warehouse, settings.base).read() as published, open_book(settings.records.book, settings.base) as book:
        told = why(published, book, *(records_of(who, published, book, settings) for who in (a, b)))
    if as_json:
        print_json(as_object(told))
    else:
        typer.echo("\n".join(lines(told)))
        next_command(f"duecare identity history {told.a}", file)


def why(published: Published, book: Book, ones: Sequence[int], others: Sequence[int]) -> Told:
    """Return why records of the published run are one customer, or two.

    Raises:
        BadSettings: both are one record, or the run is older than what it takes to explain it.
    """
    if list(ones) == list(others) and len(ones) == 1:
        raise BadSettings("both name one and the same record", mend="name another one, as SOURCE:NUMBER")
    said: Any = published.facts.get("identity", {})
    if "blocks" not in said:
        raise BadSettings("the published run has not kept by what it decided, for it is older than that", mend="duecare run")
    return between(published.warehouse, book, said, ones, others)


def records_of(who: str, published: Published, book: Book, settings: Settings) -> list[int]:
    """Return the records that *who* names: one, by SOURCE:NUMBER or by a number that one record has; else all of the customer that it names."""
    ask, tables = who.strip(), {"records": "records", "clusters": "clusters"}
    found = published.warehouse.arrow(RECORDS, {"who": ask}, **tables).to_pylist()
    if len(found) == 1:
        return [int(found[0]["record"])]
    name = customer_of(ask, book, settings)
    records = published.warehouse.arrow(MEMBERS, {"who": name}, **tables)["record"].to_pylist()
    if not records:
        raise BadSettings(f"no record of {name} is in the published run", mend="duecare run, then try again")
    return records


def sentence(told: Told) -> str:
    """Say in one sentence why two are one customer, or two."""
    if told.together:
        return f"They are one customer, {told.a}, because {_tied(told)}."
    return f"They are two customers, {told.a} and {told.b}, because {parted(told)}."


def lines(told: Told) -> list[str]:
    """Tell the sentence, then what each pair of records says, column by column."""
    return [sentence(told), *_beside(told), *[line for pair in told.pairs for line in _table(pair, told.keys)]]


def as_object(told: Told) -> dict[str, Any]:
    """Return all of it for JSON; record numbers become source and number."""
    stopped = None if told.stopped is None else asdict(told.stopped)
    return {
        "together": told.together,
        "sentence": sentence(told),
        "customers": [told.a] if told.together else [told.a, told.b],
        "stopped": stopped,
        "threshold_bits": told.threshold_bits,
        "rulings": [{"seq": one.seq, "kind": one.kind, "actor": one.actor, "why": one.why} for one in told.rulings],
        "pairs": [asdict(pair) | {side: _label(told.keys[getattr(pair, side)]) for side in ("a", "b")} for pair in told.pairs],
    }


def parted(told: Told) -> str:
    """Say why two are two, as a clause."""
    stopped = told.stopped
    if stopped is None or not stopped.guards:
        return "they were so when the run was made; nothing keeps them apart now, and the next run sees to them"
    if stopped.average_bits is None and stopped.guards[0] != "ruling":
        return "nothing that they say can be compared"
    first = _clause(told)
    more = [GUARD_WORDS[guard] for guard in stopped.guards[1:]]
    return "; moreover ".join([first, *more])


def _clause(told: Told) -> str:
    """The most telling guard, with its own words."""
    stopped, guard = told.stopped, told.stopped.guards[0] if told.stopped else "average"
    average = 0.0 if stopped is None or stopped.average_bits is None else stopped.average_bits
    if guard == "ruling" and told.rulings:
        last = told.rulings[-1]
        return f"{last.actor} ruled so (event {last.seq}): {last.why}"
    if guard == "torn" and stopped is not None and stopped.rival:
        return f"one of them could as well be {stopped.rival}, who is not the other one"
    if guard in ("birth dates", "twins") and average <= SETTLED_BITS:
        return f"{GUARD_WORDS[guard]} ({average:+.1f} bits on the average, more than {SETTLED_BITS:+.1f} needed)"
    if guard == "average":
        pairs = many(stopped.pairs if stopped else 0, "pair")
        return f"what their records say comes to {average:+.1f} bits on the average of {pairs}, and more than {told.threshold_bits:+.1f} are needed"
    return GUARD_WORDS[guard]


def _tied(told: Told) -> str:
    """Say by what two records hang together, as a clause."""
    if told.rulings:
        last = told.rulings[-1]
        return f"{last.actor} ruled so (event {last.seq}): {last.why}"
    if not told.pairs:
        return "they were one before this run, which parts nobody; by today's data alone nothing connects them"
    weakest = min(told.pairs, key=lambda pair: pair.bits)
    words = " and ".join(f"{one.column} {one.level}" for one in weakest.strongest) or "nothing by itself"
    if len(told.pairs) == 1:
        return f"they say so with {weakest.bits:+.1f} bits, most of all {words}"
    return f"{len(told.pairs)} pairs of records connect them, the weakest with {weakest.bits:+.1f} bits, most of all {words}"


def _beside(told: Told) -> list[str]:
    """What should be known beside the reason."""
    home = [pair for pair in told.pairs if pair.home_share >= 0.5 and not told.together]
    return [f"  They may share a home: that is {pair.home_share:.0%} probable by what this pair says." for pair in home]


def _table(pair: PairTold, keys: Mapping[int, Key]) -> list[str]:
    heads = ("", _label(keys[pair.a]), _label(keys[pair.b]), "they are", "bits", "bits if a home")
    rows = [heads, ("start", "", "", "any two records", f"{pair.start_bits:+.1f}", "")]
    rows += [_row(one) for one in pair.said]
    rows.append(("together", "", "", "with the caution that holds for a home", f"{pair.bits:+.1f}", ""))
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    return ["", *["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]]


def _row(one: Said) -> tuple[str, ...]:
    return (one.column, one.one, one.other, one.level, f"{one.against_strangers_bits:+.1f}", f"{one.against_home_bits:+.1f}")


def _label(key: Key) -> str:
    return f"{key[0]}:{key[1]}"
