"""Progress on standard error: which step runs and how long each took; silent when nobody looks."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.status import Status

STEPS = {
    "demo": "making a shop",
    "read": "reading and cleaning the exports",
    "match": "finding out who is who",
    "merge": "keeping customers' ids",
    "value": "valuing customers",
    "plan": "placing them in tiers",
    "review": "listing doubts about who is who",
    "promises": "comparing the guarantee with what was kept",
    "index": "indexing for look-ups",
    "publish": "publishing",
    "apply": "assigning tiers",
    "report": "writing the report",
    "pull": "pulling what is new in the help desk",
    "measure": "measuring what was promised and what was done",
}


@dataclass(slots=True)
class Progress:
    """Tells a person at a terminal what goes on, and keeps how long each step took."""

    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    quiet: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    _status: Status | None = None

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Be inside the step *name* (one of STEPS)."""
        began = time.perf_counter()
        if self._shown:
            with self.console.status(STEPS[name]) as self._status:
                yield
            self._status = None
        else:
            yield
        self.seconds[name] = round(time.perf_counter() - began, 3)
        if self._shown:
            self.console.print(f"[green]✓[/green] {STEPS[name]} [dim]{self.seconds[name]:.1f} s[/dim]")

    def say(self, what: str) -> None:
        """Tell a detail of the step that runs."""
        if self._status is not None:
            self._status.update(what)

    @property
    def _shown(self) -> bool:
        return self.console.is_terminal and not self.quiet
