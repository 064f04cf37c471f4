"""What the commands of `duecare segment` do, over the published run."""

import getpass
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Runs, Warehouse, open_book
from duecare.tiers import NamedSegment, Policy, TierRule, parse
from duecare.tiers.columns import make_facts
from duecare.tiers.frozen import freeze
from duecare.words import BadSettings, nearest


def list_segments(file: Path, *, as_json: bool) -> None:
    """Print every named segment with how many customers it holds."""
    settings = read_settings(file)
    with _open(settings) as (warehouse, book, as_of):
        found = [(one, _holding(warehouse, book, settings, f"in_segment({_word(one.name)})", as_of)) for one in settings.policy.segments]
    if as_json:
        print_json({"segments": [{"name": one.name, "when": one.when, "kind": one.kind, "customers": len(ids)} for one, ids in found]})
        return
    typer.echo(
        "\n".join(f"{one.name}  {many(len(ids), 'customer')}  {one.kind}: {one.when}" for one, ids in found)
        or "no [[segments]] stand in the settings"
    )
    next_command('duecare segment count "CONDITION"', file)


def count_condition(condition: str, file: Path, *, as_json: bool) -> None:
    """Print how many customers a condition holds."""
    settings = read_settings(file)
    parse(condition, settings.policy.segments)
    with _open(settings) as (warehouse, book, as_of):
        found = len(_holding(warehouse, book, settings, condition, as_of))
        every = warehouse.arrow("SELECT count(*) AS n FROM {f}", f="facts")["n"][0].as_py()
    if as_json:
        print_json({"condition": condition, "customers": found, "of": every})
        return
    typer.echo(f"{found:,} of {many(every, 'customer')}")
    next_command("write it as a [[segments]] or a [[tiers]] of duecare.toml, then duecare plan", file)


def freeze_segment(name: str, file: Path, *, as_json: bool) -> None:
    """Write down who fits a static segment now, and print how many."""
    settings = read_settings(file)
    one = _named(name, settings)
    dynamic = tuple(replace(each, kind="dynamic") if each.name == name else each for each in settings.policy.segments)
    with _open(settings) as (warehouse, book, as_of):
        live = replace(settings, policy=replace(settings.policy, segments=dynamic))
        ids = _holding(warehouse, book, live, one.when, as_of)
        freeze(book, one.name, one.when, ids, actor=getpass.getuser(), at=datetime.now(UTC))
    if as_json:
        print_json({"segment": name, "customers": len(ids)})
        return
    typer.echo(f"{many(len(ids), 'customer')} written down as {name!r}")
    next_command("duecare plan", file)


def _named(name: str, settings: Settings) -> NamedSegment:
    segments = settings.policy.segments
    one = next((each for each in segments if each.name == name), None)
    if one is None or one.kind != "static":
        static = [each.name for each in segments if each.kind == "static"]
        near = nearest(name, static) or static
        raise BadSettings(
            f"no static segment is called {name!r}", mend=f"write {' or '.join(near)}" if near else 'give its [[segments]] kind = "static"'
        )
    return one


@contextmanager
def _open(settings: Settings) -> "Generator[tuple[Warehouse, Book, datetime]]":
    runs = Runs.at(settings.records.warehouse, settings.base)
    with (
        TemporaryDirectory() as scratch,
        runs.read(beside=Path(scratch)) as published,
        open_book(settings.records.book, settings.base) as book,
    ):
        yield published.warehouse, book, datetime.fromisoformat(str(published.facts["as_of"]))


def _holding(warehouse: Warehouse, book: Book, settings: Settings, condition: str, as_of: datetime) -> list[str]:
    """The customers for whom a condition holds."""
    asked = Policy((TierRule(name="in", when=condition), TierRule(name="out")), settings.policy.segments, scope=settings.policy.scope)
    make_facts(warehouse, asked, book, as_of=as_of)
    sql = f"SELECT customer_id FROM {{facts}} WHERE {parse(condition, settings.policy.segments).sql} ORDER BY customer_id"
    return warehouse.arrow(sql, facts="facts")["customer_id"].to_pylist()


def _word(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
