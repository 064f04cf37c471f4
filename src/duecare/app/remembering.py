"""Remembering: by what was measured from when on, so that a report of a past moment stays as it was when promises, calendars, holidays or tiers change later."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from duecare.app.settings import Settings, promised
from duecare.records import Book

if TYPE_CHECKING:
    from duecare.measure.reading import Terms
    from duecare.promises import Calendar, Promises

PUBLIC, HOLIDAYS = "public_holidays", "holidays"
PINNED_YEARS = (10, 5)
"""Public holidays are written down for so many years back and ahead: what a later edition of their list says changes no past report."""
NEWEST = "SELECT said FROM measure_terms ORDER BY since DESC LIMIT 1"
AT = "SELECT said FROM measure_terms WHERE since <= ? ORDER BY since DESC LIMIT 1"
OLDEST = "SELECT said FROM measure_terms ORDER BY since LIMIT 1"


def remember(settings: Settings, book: Book, now: datetime) -> None:
    """Write down by what is measured from now on, where that differs from before or its public holidays run out."""
    said = _said(settings, now.date())
    with book.write() as transaction:
        newest = transaction.rows(NEWEST)
        before = json.loads(str(newest[0][0])) if newest else {}
        if before.get("written") != said["written"] or str(before["until"]) < (now + timedelta(days=366)).date().isoformat():
            values = (now.astimezone(UTC).isoformat(), json.dumps(said, sort_keys=True))
            transaction.rows("INSERT INTO measure_terms (since, said) VALUES (?, ?) ON CONFLICT (since) DO NOTHING", values)


def terms_at(settings: Settings, book: Book, as_of: datetime | None) -> "tuple[Terms, tuple[str, ...]]":
    """Return by what is measured, and the tiers' names, best first: as the settings say, or as they said at a moment.

    Before anything was written down the oldest that was stands.
    """
    if as_of is None:
        return _terms(settings.calendars, settings.promises, settings.measure, settings.money), settings.policy.names
    rows = book.rows(AT, (as_of.astimezone(UTC).isoformat(),)) or book.rows(OLDEST)
    if not rows:
        return terms_at(settings, book, None)
    said = json.loads(str(rows[0][0]))
    names = tuple(said["written"]["tiers"])
    return _terms(*promised(said["written"] | {"calendars": said["calendars"]}, names)), names


def _terms(calendars: "Mapping[str, Calendar]", promises: "Promises", rules: Any, money: Any) -> "Terms":  # noqa: ANN401 - settings of rooms
    from duecare.measure.reading import Terms
    from duecare.promises.calendar import always
    from duecare.promises.terms import ALWAYS
    from duecare.promises.zones import zone

    only = next(iter(calendars.values())).place if len(calendars) == 1 else ZoneInfo("UTC")
    return Terms(
        promises=promises,
        calendars={ALWAYS: always(), **calendars},
        rules=rules,
        zone=zone(rules.time_zone) if rules.time_zone else only,
        money=money,
    )


def _said(settings: Settings, today: date) -> dict[str, Any]:
    """The sections as they stand in the file, with the tiers' names; and the calendars with their public holidays as days, until when."""
    written = dict(settings.written) | {"tiers": list(settings.policy.names)}
    calendars = {name: _pinned(words, today) for name, words in settings.written.get("calendars", {}).items()}
    plain: dict[str, Any] = json.loads(json.dumps({"written": written, "calendars": calendars}, default=str))
    return plain | {"until": date(today.year + PINNED_YEARS[1], 1, 1).isoformat()}


def _pinned(words: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A calendar with its public holidays written out."""
    from duecare.promises.reading import public_holidays

    if PUBLIC not in words:
        return dict(words)
    known = public_holidays(words[PUBLIC])
    first, last = (date(today.year + years, 1, 1) for years in (-PINNED_YEARS[0], PINNED_YEARS[1]))
    days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days) if first + timedelta(days=n) in known]
    rest = {name: value for name, value in words.items() if name != PUBLIC}
    return rest | {HOLIDAYS: sorted({*(str(day) for day in words.get(HOLIDAYS, ())), *days})}
