"""Calendars, clocks and promises: where time meets what was promised.

`clocks`, `verdicts` and `suggest` are imported where they are used: numpy and numba take their time.
"""

from typing import TYPE_CHECKING

from duecare.promises.terms import Guarantee, Promise, Promises

if TYPE_CHECKING:
    from duecare.promises.calendar import Calendar, NeverDue
    from duecare.promises.pauses import Pauses

__all__ = ["Calendar", "Guarantee", "NeverDue", "Pauses", "Promise", "Promises"]

LATE = {"Calendar": "calendar", "NeverDue": "calendar", "Pauses": "pauses"}


def __getattr__(name: str) -> object:
    """Import what leans on numpy only when it is asked for."""
    from importlib import import_module

    if name not in LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{LATE[name]}"), name)
