"""Calendars, clocks and promises: where time meets what was promised."""

from duecare.promises.calendar import Calendar, NeverDue
from duecare.promises.pauses import Pauses

__all__ = ["Calendar", "NeverDue", "Pauses"]
