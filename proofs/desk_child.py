"""The process that `desks` kills: one push or one pull. It touches the file `started` when its work on the desk begins, and prints what came of it."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.desk import Desk, Request, Response
from duecare.helpdesk.ledger import Ledger
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.pull import pull
from duecare.helpdesk.rt import RequestTracker
from duecare.helpdesk.runs import Runs
from duecare.helpdesk.zendesk import Zendesk
from duecare.helpdesk.zendesk_streams import ZendeskStreams
from duecare.records import open_book
from helpdesk.bench import TIERS, wants
from helpdesk.desks import rt
from helpdesk.desks.zendesk import TOKEN, USER


def levels(many: int) -> list[str]:
    """Which level each customer has, for both processes alike."""
    return np.random.default_rng(5).choice([*TIERS, ""], many, p=[0.1, 0.3, 0.6]).tolist()


@dataclass(slots=True)
class Telling(Carrier):
    """Tells when the work begins; our own Zendesk's exports have no budget, and need not be waited for."""

    begins: Callable[[Request], bool] = lambda _: True
    started: Path = field(default_factory=Path)

    def send(self, request: Request) -> Response:
        """Send a request, and tell of the first."""
        if self.begins(request):
            self.started.touch()
        return Carrier.send(self, replace(request, lane=""))


def push(desk: Desk, secret: str, url: str, folder: Path, many: int) -> dict[str, object]:
    """Bring the desk's profiles to the levels."""
    with open_book("sqlite:book.db", folder) as book:
        carrier = Telling(desk, url, secret, Pace(0), begins=lambda request: request.method in {"PUT", "POST"}, started=folder / "started")
        runs = Runs(desk=desk, ledger=Ledger(book, "desk"), carrier=carrier)
        done = runs.push(wants(levels(many)), create=desk.capabilities.creates)
        carrier.close()
    return {"written": done.counts.get("written", 0)}


def land(url: str, folder: Path) -> dict[str, object]:
    """Pull the tickets."""
    carrier = Telling(Zendesk(user=USER, tiers=TIERS), url, TOKEN, Pace(0), started=folder / "started")
    came = pull(ZendeskStreams(), carrier, folder / "desk", "tickets")
    carrier.close()
    return {"rows": came.rows}


def main(what: str, url: str, folder: str, many: str = "0") -> None:
    """Do one thing and print what came of it."""
    did = {
        "push": lambda: push(Zendesk(user=USER, tiers=TIERS), TOKEN, url, Path(folder), int(many)),
        "push-rt": lambda: push(RequestTracker(user=rt.USER), rt.SECRET, url, Path(folder), int(many)),
        "pull": lambda: land(url, Path(folder)),
    }[what]()
    sys.stdout.write(json.dumps(did))


if __name__ == "__main__":
    main(*sys.argv[1:])
