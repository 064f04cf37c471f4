"""Pulling at the door: what a desk has is landed beside the settings, where inputs read it."""

from collections.abc import Callable, Container
from contextlib import AbstractContextManager
from pathlib import Path

import typer

from duecare.app.desking import HOME, reached, terms_of
from duecare.app.progress import Progress
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.helpdesk.desks import SOURCES
from duecare.helpdesk.pull import erase, pull
from duecare.records import alone, open_book
from duecare.words import BadSettings, nearest


def pull_desk(name: str, file: Path, *, streams: list[str], as_json: bool) -> None:
    """Land what is new in a desk, and say how to have it read."""
    settings, progress = read_settings(file), Progress()
    terms = terms_of(settings, name)
    with open_book(settings.records.book, settings.base) as book, reached(settings, name, book) as (desk, carrier):
        if desk.source is None:
            raise BadSettings(f"nothing can be pulled from the desk {name!r}", mend="desks of kind zendesk and rt can be")
        for one in streams:
            if one not in desk.source.streams:
                raise BadSettings(
                    f"{name} has no stream {one!r}", mend=f"write {' or '.join(nearest(one, desk.source.streams) or desk.source.streams)}"
                )
        source, home = desk.source, settings.base / HOME / name
        with progress.step("pull"), _alone(home):
            found = [pull(source, carrier, home, one, _saying(progress, one)) for one in streams or source.streams]
    path, read = f"{HOME}/{name}/*.jsonl", _is_read(settings, name)
    if as_json:
        print_json({"desk": name, "streams": {one.stream: one.rows for one in found}, "path": path, "read_by_an_input": read})
        return
    typer.echo("\n".join(f"{one.stream}: {one.rows:,} rows" for one in found))
    if not read:
        source = f'\n  source = "{terms.source}"' if terms.source else ""
        typer.echo(
            f'\nNothing reads it yet; add to {file.name}:\n\n  [[inputs]]\n  name = "{name}"\n  path = "{path}"\n  preset = "{terms.kind}"{source}'
        )
    next_command("duecare run" if read else "duecare check, when that is added", file if read else None)


def erase_pulled(settings: Settings, name: str, persons: Container[str]) -> int:
    """Take some people out of all that was pulled from a desk, and return how many rows that was."""
    source = SOURCES.get(terms_of(settings, name).kind)
    home = settings.base / HOME / name
    if source is None or not home.exists():
        return 0
    with _alone(home):
        return erase(source, home, persons)


def _alone(home: Path) -> AbstractContextManager[None]:
    """One pull at a time lands in a folder, and nobody is taken out of it meanwhile."""
    return alone(home / "pull.lock", "pull or forgetting")


def _saying(progress: Progress, stream: str) -> Callable[[int], None]:
    return lambda rows: progress.say(f"{stream}: {rows:,}")


def _is_read(settings: Settings, name: str) -> bool:
    return any((one.path or "").startswith(f"{HOME}/{name}/") for one in settings.inputs)
