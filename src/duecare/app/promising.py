"""Promises at the door: draft them from what customers got, hold the guarantee, and tell a calendar's time."""

import json
import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Published, Runs, Warehouse, open_book
from duecare.words import BadRows, BadSettings, HeldBack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from duecare.promises.calendar import Calendar
    from duecare.promises.clocks import Spans
    from duecare.promises.suggest import Groups, Worse

WHOSE = """
SELECT c.contact_id, c.channel, m.customer_id, p.tier
FROM {contacts} c
LEFT JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
LEFT JOIN {plan} p ON p.customer_id = m.customer_id
WHERE c.opened_at <= CAST($as_of AS TIMESTAMPTZ)
ORDER BY c.contact_id
"""

ASSIGNED = """
SELECT a.customer_id, a.tier, p.applied_at FROM assignments a JOIN plans p ON p.plan_hash = a.plan_hash
WHERE p.state = 'applied' ORDER BY a.customer_id, p.seq
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
    from duecare.promises.clocks import spans
    from duecare.promises.suggest import Groups

    found = spans(warehouse, as_of=as_of)
    whose = warehouse.arrow(WHOSE, {"as_of": as_of}, contacts="contacts", members="members", plan="plan")
    channels = sorted(set(whose["channel"].to_pylist()))
    return found, Groups(
        tier=_tiers(found, whose, book, settings.policy.names),
        tiers=settings.policy.names,
        channel=_places(whose["channel"].to_pylist(), channels),
        channels=tuple(channels),
    )


def _tiers(found: "Spans", whose: Any, book: Book, names: tuple[str, ...]) -> "NDArray[np.int64]":  # noqa: ANN401 - an arrow table
    """The tier of each span's customer when its target froze; before the first assignment the tier they are due, and the last one for a stranger."""
    import numpy as np

    from duecare.promises.instants import instant

    place = {name: at for at, name in enumerate(names)}
    last = len(names) - 1
    due = np.array([place.get(tier, last) for tier in whose["tier"].to_pylist()], dtype=np.int64)
    tier = due[found.contact]
    history: dict[str, list[tuple[int, int]]] = {}
    for who, name, at in book.rows(ASSIGNED):
        history.setdefault(str(who), []).append((instant(datetime.fromisoformat(str(at))), place.get(str(name), last)))
    if not history:
        return tier
    customers = whose["customer_id"].to_pylist()
    moments = sorted({at for steps in history.values() for at, _ in steps})
    for at in moments:  # few: one for each plan that was applied
        then = np.array([_step(history.get(who, ()), at) if who else -1 for who in customers], dtype=np.int64)[found.contact]
        tier = np.where((found.frozen >= at) & (then >= 0), then, tier)
    return tier


def _step(steps: Any, at: int) -> int:  # noqa: ANN401 - pairs of instant and tier
    return next((tier for when, tier in steps if when == at), -1)


def _places(words: list[str], known: list[str]) -> "NDArray[np.int64]":
    import numpy as np

    place = {word: at for at, word in enumerate(known)}
    return np.array([place[word] for word in words], dtype=np.int64)


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
