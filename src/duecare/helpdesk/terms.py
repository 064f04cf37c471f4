"""Help desks as the settings file names them, and what opens each kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx

from duecare.helpdesk.carry import refuse_plain
from duecare.helpdesk.desk import Desk
from duecare.helpdesk.memory import CsvDesk
from duecare.helpdesk.merge import Policy
from duecare.helpdesk.plain import Plain
from duecare.helpdesk.rt import RequestTracker
from duecare.helpdesk.webhook import Webhook
from duecare.helpdesk.zendesk import Zendesk
from duecare.words import BadSettings

Kind = Literal["zendesk", "rt", "webhook", "csv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTerms:
    """One help desk."""

    kind: Kind
    url: str = ""
    """Where it is: an https address; http on this machine alone."""
    user: str = ""
    """Zendesk: the e-mail of the agent whose token lets us in; Request Tracker: whose password it is, or nobody's for a token."""
    secret: str = ""
    """`env:NAME` or `file:PATH`: Zendesk's token, Request Tracker's password or token, what signs a webhook."""
    file: str = ""
    """Of kind csv: the file that the desk exports and imports."""
    source: str = ""
    """The `source` under which the desk's people stand in your exports; its name when left out."""
    external_ids: str = ""
    """The `source` whose numbers the desk keeps as external ids; none when left out."""
    on_human_edit: Policy = "ask"
    """Whose word counts where somebody else wrote over what Duecare wrote."""
    most_changed_percent: float = 20.0
    """Of people with a level; a push that would change or take more is held back."""
    reserve_percent: float = 10.0
    """Of the desk's budget of requests, left to other tools."""
    needs: bool = True
    """Whether profiles tell how somebody needs to be served."""
    groups: Mapping[str, str] = field(default_factory=dict[str, str])
    """Level -> name of the group that serves it first."""
    zones: Mapping[str, str] = field(default_factory=dict[str, str])
    """Calendar -> the desk's own name of its zone, where that is another than its city."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A desk, and where it is."""

    desk: Desk
    url: str
    transport: httpx.BaseTransport | None = None


Maker = Callable[[DeskTerms, Sequence[str], str, Path], Opened]
DESKS: Mapping[str, Maker] = {
    "zendesk": lambda terms, tiers, _, __: Opened(Zendesk(user=terms.user, tiers=tuple(tiers)), terms.url),
    "rt": lambda terms, _, __, ___: Opened(RequestTracker(user=terms.user), terms.url),
    "webhook": lambda terms, _, secret, __: Opened(Webhook(secret=secret), terms.url),
    "csv": lambda terms, _, __, base: Opened(Plain(), "http://localhost", CsvDesk(file=base / terms.file)),
}
"""What makes a desk of each kind, of its terms, the levels that have a label, its secret, and the folder of the settings."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "zendesk": ("url", "user", "secret"),
    "rt": ("url", "secret"),
    "webhook": ("url", "secret"),
    "csv": ("file",),
}


def check(name: str, terms: DeskTerms) -> None:
    """Refuse terms that lack something, or would send a secret in the open.

    Raises:
        BadSettings: they do.
    """
    for word in NEEDED[terms.kind]:
        if not getattr(terms, word):
            raise BadSettings(f"the desk {name!r} has no {word}", mend=f"write {word} under [desks.{name}]")
    if terms.url:
        refuse_plain(terms.url)
