"""Pace: how fast a desk may be asked, so that it never has to refuse, and others have their part of the budget.

Where a budget is told with the answers, requests go evenly, a minute's worth a minute, of the limit less the reserve. What the desk tells of its limit and of
what is left counts from answer to answer: where others use more than their part, Duecare waits for the new count.
"""

from collections import deque
from dataclasses import dataclass, field

from duecare.helpdesk.desk import Told

MINUTE_S = 60.0
SPARED = 0.02
"""Of the limit, for clocks that differ."""


@dataclass(slots=True)
class Pace:
    """When the next request may go; times are seconds of one steady clock."""

    reserve_percent: float
    """Of the budget, left to the customer's other tools."""
    told: Told | None = None
    _told_at: float = 0.0
    _last: float = float("-inf")

    def next_at(self, now: float) -> float:
        """Return when the next request may go, now at the earliest."""
        if self.told is None:
            return now
        due = max(now, self._last + self._apart(self.told))
        reset = self._told_at + (MINUTE_S if self.told.reset_s is None else self.told.reset_s)
        spent = self.told.remaining < self.told.limit * self.reserve_percent / 100
        return max(due, reset) if spent and now < reset else due

    def sent(self, now: float) -> None:
        """Count a request."""
        self._last = now

    def heard(self, told: Told | None, now: float) -> None:
        """Take in what an answer tells."""
        if told is not None:
            self.told, self._told_at = told, now

    def _apart(self, told: Told) -> float:
        return MINUTE_S / max(told.limit * (1 - self.reserve_percent / 100 - SPARED), 1e-3)


@dataclass(slots=True)
class Lane:
    """A small budget of its own that no answer tells of: at most so many in any minute, the first of them at once."""

    per_minute: int
    reserve_percent: float
    _sent: deque[float] = field(default_factory=deque[float])

    def next_at(self, now: float) -> float:
        """Return when the next request may go, now at the earliest."""
        most = max(int(self.per_minute * (1 - self.reserve_percent / 100)), 1)
        return now if len(self._sent) < most else max(now, self._sent[-most] + MINUTE_S * (1 + SPARED))

    def sent(self, now: float) -> None:
        """Count a request."""
        self._sent.append(now)
        if len(self._sent) > self.per_minute:
            self._sent.popleft()
