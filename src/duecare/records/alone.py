"""One at a time: a process holds a lock file while it works, and the kernel lets it go when the process dies."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from duecare.words import StoreTrouble


@contextmanager
def alone(lock: Path, work: str) -> Generator[None]:
    """Let one process be at work; the next is told so at once, not queued.

    Args:
        lock: the file; its folder is made if it is not there.
        work: what is done, for whoever is told.

    Raises:
        StoreTrouble: another process is at work.
    """
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = lock.read_text("utf-8") or "another process"
            raise StoreTrouble(f"another {work} is at work: {who}", looked=[str(lock)], mend="wait until it has ended") from None
        handle.truncate(0)
        handle.write(f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        handle.flush()
        yield
