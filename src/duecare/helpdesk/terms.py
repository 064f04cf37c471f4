"""Help desks as the settings file names them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from duecare.helpdesk.merge import Policy
from duecare.words import BadSettings

Kind = Literal["zendesk", "zendesk_organizations", "rt", "webhook", "csv"]
HERE = ("localhost", "127.0.0.1", "::1")
"""Where a desk may be asked without TLS: this machine."""


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
    agents: Mapping[str, str] = field(default_factory=dict[str, str])
    """Level -> e-mail of the agent who serves it first."""
    zones: Mapping[str, str] = field(default_factory=dict[str, str])
    """Calendar -> the desk's own name of its zone, where that is another than its city."""


KINDS: Mapping[str, tuple[str, ...]] = {
    "zendesk": ("url", "user", "secret"),
    "zendesk_organizations": ("url", "user", "secret"),
    "rt": ("url", "secret"),
    "webhook": ("url", "secret"),
    "csv": ("file",),
}
"""What each kind needs."""


def check(name: str, terms: DeskTerms) -> None:
    """Refuse terms that lack something, or would send a secret in the open.

    Raises:
        BadSettings: they do.
    """
    for word in KINDS[terms.kind]:
        if not getattr(terms, word):
            raise BadSettings(f"the desk {name!r} has no {word}", mend=f"write {word} under [desks.{name}]")
    if terms.url:
        refuse_plain(terms.url)


def refuse_plain(url: str) -> None:
    """Refuse an address without TLS that is not this machine: a secret would go over the wire for all to read.

    Raises:
        BadSettings: it is one.
    """
    to = urlsplit(url)
    if not (to.scheme == "https" or (to.scheme == "http" and to.hostname in HERE)):
        raise BadSettings("[desks] url is not an https address", mend='write one, as "https://acme.zendesk.com"')
