"""Turns: one run at a time is at work on a desk, and says that it lives before each request and while it waits."""

import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.ledger import meet
from duecare.records import Book
from duecare.words import StoreTrouble

LOCK_S = 300
"""How long a run may be silent before another takes its place."""
KEEP = timedelta(seconds=LOCK_S / 5)
"""So often a run says that it lives."""


@contextmanager
def turn(
    book: Book, desk: str, carrier: Carrier | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Generator[Callable[[], None]]:
    """Have a desk for oneself, as long as requests go; what is yielded says that the run lives where nothing carries any.

    Raises:
        StoreTrouble: another run is at work on it, or took it while this one was silent too long.
    """
    lock, holder = Lock(book, desk), f"{socket.gethostname()}:{os.getpid()}:{_began(os.getpid())}"
    lock.take(holder, at := now())

    def keep() -> None:
        nonlocal at
        lock.keep(holder, at := now())

    def alive() -> None:
        if now() - at >= KEEP:
            keep()

    if carrier is not None:
        carrier.alive = alive
    try:
        yield keep
    finally:
        if carrier is not None:
            carrier.alive = lambda: None
        lock.give_back(holder)


@dataclass(frozen=True, slots=True)
class Lock:
    """Who has a desk, and until when."""

    book: Book
    desk: str

    def take(self, holder: str, at: datetime) -> None:
        """Take the desk for one run.

        Raises:
            StoreTrouble: another run has it, and may be alive.
        """
        meet(self.book, self.desk)
        with self.book.write() as transaction:
            other, ends = transaction.rows("SELECT holder, until FROM desks WHERE desk = ?", (self.desk,))[0]
            if other is not None and not _dead(str(other)) and datetime.fromisoformat(str(ends)) > at:
                raise StoreTrouble(
                    f"another run is at work on the desk {self.desk!r}", looked=[str(other)], mend=f"wait for it; it gives way at {ends}"
                )
            transaction.rows("UPDATE desks SET holder = ?, until = ? WHERE desk = ?", (holder, _until(at), self.desk))

    def keep(self, holder: str, at: datetime) -> None:
        """Keep the desk for longer.

        Raises:
            StoreTrouble: another run took it meanwhile.
        """
        with self.book.write() as transaction:
            ((other,),) = transaction.rows("SELECT holder FROM desks WHERE desk = ?", (self.desk,))
            if other != holder:
                raise StoreTrouble(
                    f"another run took the desk {self.desk!r}, for this one was silent too long",
                    looked=[str(other)],
                    mend="wait for it, then do this again: it goes on where this ended",
                )
            transaction.rows("UPDATE desks SET until = ? WHERE desk = ?", (_until(at), self.desk))

    def give_back(self, holder: str) -> None:
        """Give the desk back, if it was not taken meanwhile."""
        with self.book.write() as transaction:
            transaction.rows("UPDATE desks SET holder = NULL, until = NULL WHERE desk = ? AND holder = ?", (self.desk, holder))


def _until(at: datetime) -> str:
    return (at + timedelta(seconds=LOCK_S)).isoformat()


def _dead(holder: str) -> bool:
    """Tell whether a run that has a desk is known to live no more: it was one of this machine, whose number may be another's now."""
    host, _, rest = holder.partition(":")
    pid, _, began = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    found = _began(int(pid))
    return bool(found) and began != found  # a system that hides others' processes tells nothing


def _began(pid: int) -> str:
    """When a process began, in the system's own ticks; blank where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""
