"""Promises at the door: draft them from what customers got, hold the guarantee, and tell a calendar's time."""

import json
import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from duecare.app.given import held_tiers
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Published, Runs, Warehouse, open_book
from duecare.words import BadRows, BadSettings, HeldBack

if TYPE_CHECKING:
    from duecare.promises.calendar import Calendar
    from duecare.promises.clocks import Spans
    from duecare.promises.suggest import Groups, Worse

WHOSE = """
SELECT c.contact_id, c.channel, m.customer_number
FROM {contacts} c
LEFT JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
WHERE c.opened_at <= CAST($as_of AS TIMESTAMPTZ)
ORDER BY c.contact_id
"""


def suggest_promises(file: Path, *, days: int, calendar: str | None, as_json: bool) -> None:
    """Print promises that the last *days* would bear, as lines for the settings file."""
    from duecare.promises.suggest import as_toml, drafts

    settings = read_settings(file)
    name = calendar or _only(settings)
    with Runs.at(settings.records.warehouse, settings.base).read() as published, open_book(settings.records.book, settings.base) as book:
        spans, groups = _seen(published.warehouse, book, settings, _as_of(published))
    found = drafts(spans, _calendars(settings, name)[name], groups, name=name, days=days)
    if not found:
        raise BadRows(
            f"no clock has 50 contacts of one tier and channel in the last {days} days", mend="take more --days, or more contacts"
        )
    if as_json:
        print_json(
            {"days": days, "promises": [_plain(draft.promise, kept_percent=draft.kept_percent, spans=draft.spans) for draft in found]}
        )
    else:
        typer.echo(as_toml(found, days))
        next_command(f"put what you will answer for into {file.name}, then duecare run", file)


def guarantee_worse(settings: Settings, warehouse: Warehouse, book: Book, as_of: datetime) -> "list[Worse]":
    """Return the guarantees that are worse than what the lowest tier got in the last 90 days."""
    from duecare.promises.suggest import worse

    if not settings.promises.guarantee:
        return []
    spans, groups = _seen(warehouse, book, settings, as_of)
    return worse(spans, settings.promises, _calendars(settings), groups)


def tell_time(calendar: Path, start: datetime, end: datetime | None, *, minutes: float | None, as_json: bool) -> None:
    """Print the open minutes between two instants, or when so many will have passed."""
    from duecare.promises.calendar import Calendar

    asked = Calendar.from_dict(_read(calendar))
    if end is not None:
        open_minutes = asked.elapsed(start, end)
        found: dict[str, Any] = {"open_minutes": open_minutes}
        said = f"{_plainly(open_minutes)} open minutes ({_as_hours(open_minutes)})"
    else:
        due = asked.due(start, minutes or 0.0).astimezone(asked.place)
        found, said = {"due": due.isoformat()}, f"due {due.isoformat()}"
    print_json(found) if as_json else typer.echo(said)


def hold_to_guarantee(settings: Settings, published: Published, book: Book) -> None:
    """Refuse to go on while the guarantee is worse than what the lowest tier got, unless a named person signs for it.

    Raises:
        HeldBack: it is, and nobody signed.
    """
    found = [] if settings.guarantee.signed_by else guarantee_worse(settings, published.warehouse, book, _as_of(published))
    if found:
        raise HeldBack(
            f"the guarantee is worse than what customers of the lowest tier got: {'; '.join(one.told() for one in found)}",
            mend='promise what they got (duecare promises suggest), or let a named person answer for it: [guarantee] signed_by = "..."',
        )


def _as_of(published: Published) -> datetime:
    return datetime.fromisoformat(str(published.facts["as_of"]))


def _seen(warehouse: Warehouse, book: Book, settings: Settings, as_of: datetime) -> "tuple[Spans, Groups]":
    from duecare.measure.log import named
    from duecare.promises.clocks import spans
    from duecare.promises.suggest import Groups

    found = spans(warehouse, as_of=as_of)
    whose = warehouse.arrow(WHOSE, {"as_of": as_of}, contacts="contacts", members="members")
    customer = whose["customer_number"].cast("int64").fill_null(-1).to_numpy()[found.contact]
    channel = named(whose["channel"])
    return found, Groups(
        tier=held_tiers(warehouse, book, settings.policy.names).of(customer, found.frozen),
        tiers=settings.policy.names,
        channel=channel.place,
        channels=channel.names,
    )


def _calendars(settings: Settings, name: str | None = None) -> "dict[str, Calendar]":
    from duecare.promises.calendar import always
    from duecare.promises.terms import ALWAYS

    known = {ALWAYS: always(), **settings.calendars}
    if name is not None and name not in known:
        raise BadSettings(f"there is no calendar {name!r}", mend=f"write {' or '.join(known)}")
    return known


def _only(settings: Settings) -> str:
    """The one calendar of the settings, or none that is ever closed."""
    from duecare.promises.terms import ALWAYS

    return next(iter(settings.calendars)) if len(settings.calendars) == 1 else ALWAYS


def _plain(promise: Any, **more: float) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    from dataclasses import asdict

    return asdict(promise) | more


def _read(file: Path) -> Any:  # noqa: ANN401 - what the file holds
    try:
        text = file.read_text("utf-8-sig")
        return tomllib.loads(text) if file.suffix == ".toml" else json.loads(text, object_pairs_hook=_said_once)
    except (OSError, ValueError, RecursionError) as error:  # not to be read, no JSON, no TOML, no text
        raise BadSettings(
            f"{file.name} is no calendar: {error}", mend="write JSON or TOML as in docs/promises.md", looked=[str(file)]
        ) from None


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, which may say no name twice: the first would be lost without a word."""
    twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if twice:
        raise ValueError(f"it says {twice[0]!r} twice")
    return dict(pairs)


def _plainly(number: float) -> str:
    """Write a number with as many decimals as it takes, six at the most."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _as_hours(minutes: float) -> str:
    """Write open minutes as hours, minutes and, where there are any, seconds.

    >>> _as_hours(120), _as_hours(0.5)
    ('2 h 0 min', '0 h 0 min 30 s')
    """
    hours, rest = divmod(round(minutes * 60, 6), 3600)
    whole, seconds = divmod(rest, 60)
    return f"{hours:.0f} h {whole:.0f} min" + (f" {_plainly(seconds)} s" if seconds else "")
