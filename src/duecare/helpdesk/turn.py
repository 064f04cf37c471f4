"""Turns: one run at a time is at work on a desk, and says that it lives before each request and while it waits."""

import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.ledger import LOCK_S, Ledger

KEEP = timedelta(seconds=LOCK_S / 5)
"""So often a run says that it lives."""


@contextmanager
def turn(ledger: Ledger, carrier: Carrier, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Generator[None]:
    """Have a desk for oneself.

    Raises:
        StoreTrouble: another run is at work on it, or took it while this one was silent too long.
    """
    holder, other = f"{socket.gethostname()}:{os.getpid()}:{_began(os.getpid())}", ledger.holder()
    ledger.lock(holder, at := now(), dead=other if _dead(other) else None)

    def alive() -> None:
        nonlocal at
        if (moment := now()) - at >= KEEP:
            ledger.keep(holder, moment)
            at = moment

    carrier.alive = alive
    try:
        yield
    finally:
        carrier.alive = lambda: None
        ledger.unlock(holder)


def _dead(holder: str | None) -> bool:
    """Tell whether a run that has a desk is known to live no more: it was one of this machine, whose number may be another's now."""
    host, _, rest = (holder or "").partition(":")
    pid, _, began = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return began != _began(int(pid))


def _began(pid: int) -> str:
    """When a process began, in the system's own ticks; blank where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""
