"""What opens each kind of desk: a new one is a file of translations and a line here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from duecare.helpdesk.desk import Desk, Source
from duecare.helpdesk.memory import CsvDesk
from duecare.helpdesk.objects import Configurable
from duecare.helpdesk.plain import Plain
from duecare.helpdesk.rt import RequestTracker
from duecare.helpdesk.rt_streams import RtStreams
from duecare.helpdesk.terms import DeskTerms
from duecare.helpdesk.webhook import Webhook
from duecare.helpdesk.zendesk import Zendesk
from duecare.helpdesk.zendesk_objects import ORDERED, ZendeskObjects
from duecare.helpdesk.zendesk_organizations import ZendeskOrganizations
from duecare.helpdesk.zendesk_streams import ZendeskStreams


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A desk, where it is, and what else can be done with it."""

    desk: Desk
    url: str
    transport: httpx.BaseTransport | None = None
    """Another way to it than the network."""
    source: Source | None = None
    """What it can be pulled by."""
    objects: Configurable | None = None
    """What it can be configured by."""
    ordered: tuple[str, ...] = ()
    """Kinds of objects of which it takes the first that fits."""


SOURCES: Mapping[str, Source] = {"zendesk": ZendeskStreams(), "rt": RtStreams()}
"""What each kind can be pulled by."""
Maker = Callable[[DeskTerms, Sequence[str], str, Path], Opened]
"""Of a desk's terms, the levels that have a label, its secret, and the folder of the settings."""


def _zendesk(terms: DeskTerms, tiers: Sequence[str], secret: str, base: Path) -> Opened:
    del secret, base
    desk = Zendesk(user=terms.user, tiers=tuple(tiers))
    return Opened(desk=desk, url=terms.url, source=SOURCES["zendesk"], objects=ZendeskObjects(), ordered=ORDERED)


def _organizations(terms: DeskTerms, tiers: Sequence[str], secret: str, base: Path) -> Opened:
    del secret, base
    return Opened(desk=ZendeskOrganizations(user=terms.user, tiers=tuple(tiers)), url=terms.url, objects=ZendeskObjects())


def _rt(terms: DeskTerms, tiers: Sequence[str], secret: str, base: Path) -> Opened:
    del tiers, secret, base
    return Opened(desk=RequestTracker(user=terms.user), url=terms.url, source=SOURCES["rt"])


def _webhook(terms: DeskTerms, tiers: Sequence[str], secret: str, base: Path) -> Opened:
    del tiers, base
    return Opened(desk=Webhook(secret=secret), url=terms.url)


def _csv(terms: DeskTerms, tiers: Sequence[str], secret: str, base: Path) -> Opened:
    del tiers, secret
    return Opened(desk=Plain(), url="http://localhost", transport=CsvDesk(file=base / terms.file))


DESKS: Mapping[str, Maker] = {"zendesk": _zendesk, "zendesk_organizations": _organizations, "rt": _rt, "webhook": _webhook, "csv": _csv}
