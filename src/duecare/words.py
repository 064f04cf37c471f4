"""The words that every room shares: ids, channels, money, time, and the family of errors.

Nothing here knows a table, a file or an engine; every other room may import it.

The family: DuecareError <- BadSettings (nothing was run) · BadRows (kept aside, none
guessed) · StoreTrouble (busy, newer or damaged; nothing was changed) · DeskTrouble (a help desk
does not let us in or does not answer; what was done is kept) · HeldBack (a guard stopped it; nothing was changed).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType

CustomerId = NewType("CustomerId", str)
"""Opaque, never reused, resolvable for ever; starts with `cu_`."""

RunId = NewType("RunId", str)
"""Sorts by time: `20261122T101500Z-3f9a`."""


class DuecareError(Exception):
    """Anything this house raises on purpose: what is wrong, where it looked, and what mends it."""

    exit_code = 1
    """What the program ends with."""

    def __init__(self, wrong: str, *, mend: str, looked: Sequence[str] = ()) -> None:
        where = f"\n  looked in: {'; '.join(looked)}" if looked else ""
        super().__init__(f"{wrong}.{where}\n  To mend: {mend}.")
        self.wrong, self.mend, self.looked = wrong, mend, tuple(looked)


class BadSettings(DuecareError):
    """The settings or the command cannot be followed; nothing was run."""


class BadRows(DuecareError):
    """The data cannot be used as it is; rows are kept aside, none guessed."""


class StoreTrouble(DuecareError):
    """A store is busy, newer than this program, or damaged; nothing was changed."""


class DeskTrouble(DuecareError):
    """A help desk does not let us in, does not answer or is not understood; what was done so far is kept, and is gone on with."""


class HeldBack(DuecareError):
    """A guard of fairness or safety stopped it; nothing was changed."""

    exit_code = 4


class Channel(StrEnum):
    """Where a customer met the company; orders and contacts share the list."""

    SHOP = "shop"
    WEB = "web"
    MOBILE = "mobile"
    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    SOCIAL = "social"
    POST = "post"


def aware(moment: datetime) -> datetime:
    """Return *moment* in UTC; refuse one without a zone.

    >>> from datetime import timedelta, timezone
    >>> aware(datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=1)))).isoformat()
    '2026-01-01T08:00:00+00:00'
    """
    if moment.tzinfo is None:
        raise BadSettings(f"the time {moment.isoformat()} has no zone", mend="write it with one, as in 2026-01-01T09:00:00+01:00")
    return moment.astimezone(UTC)


def nearest(word: str, known: Sequence[str], at_most: int = 3) -> list[str]:
    """Return the *known* words that look most like *word*, best first, for an error that helps.

    >>> nearest("premum", ["Premium", "Plus", "Standard"])
    ['Premium']
    """
    from difflib import get_close_matches

    by_fold = {k.casefold(): k for k in known}
    return [by_fold[k] for k in get_close_matches(word.casefold(), list(by_fold), n=at_most, cutoff=0.6)]
