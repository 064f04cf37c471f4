"""The data contract: every table that may come in, its columns, its key, and what is personal.

The one place that says what Duecare reads. `docs/data-contract.md` is held equal to it by
a test. A table is a `snapshot` (each reading replaces the last) or `append`s (readings add
up); either way a later row with the same key replaces an earlier one. Lines of an order
have no key of their own (the same product may stand in it twice): an order that is read
again replaces all its lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "time", "date", "money", "number", "count", "flag"]
"""How a value is read: `time` is an instant with a zone, `money` an exact decimal amount, `count` a whole number."""

Mode = Literal["snapshot", "append"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a contract table."""

    name: str
    kind: Kind = "text"
    required: bool = False
    personal: bool = False
    """Whether a value may tell who a person is; such values never stand in logs, errors or counts."""
    note: str
    choices: tuple[str, ...] = ()
    """The only values it may have, in lower case; any when empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the contract."""

    name: str
    note: str
    key: tuple[str, ...]
    mode: Mode
    columns: tuple[Column, ...]
    grouped: bool = False
    """Whether the key names a group of rows that a later reading replaces together."""
    happened: str | None = None
    """The time at which what the row tells has happened, so it cannot lie ahead; None when it may."""

    def column(self, name: str) -> Column:
        """Return the column called *name*; KeyError when there is none."""
        return {c.name: c for c in self.columns}[name]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.required)

    @property
    def personal(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.personal)


def _need(name: str, note: str, kind: Kind = "text", *, personal: bool = False, choices: tuple[str, ...] = ()) -> Column:
    return Column(name=name, kind=kind, required=True, personal=personal, note=note, choices=choices)


def _may(name: str, note: str, kind: Kind = "text") -> Column:
    return Column(name=name, kind=kind, note=note)


def _who(name: str, note: str, kind: Kind = "text") -> Column:
    return Column(name=name, kind=kind, personal=True, note=note)


SOURCE = _need("source", "the system the row comes from; taken from the settings when the file has no such column")
SOURCE_ID = _need("source_id", "the person or company as that system numbers them", personal=True)

PEOPLE = Table(
    name="people",
    note="a person or company as one system knows it",
    key=("source", "source_id"),
    mode="snapshot",
    columns=(
        SOURCE,
        SOURCE_ID,
        _who("name", "full name as written"),
        _who("given_name", "first name"),
        _who("family_name", "last name"),
        _who("email", "e-mail address"),
        _who("phone", "telephone number as written"),
        _who("street", "street and number"),
        _who("postcode", "postal code"),
        _who("city", "town"),
        _who("country", "country, best as ISO 3166 two letters"),
        _who("birth_date", "date of birth", "date"),
        _who("loyalty_id", "number of the loyalty card"),
        _who("username", "log-in name"),
        _who("social_handle", "name on a social network"),
        _who("company", "company the person belongs to"),
        _who("household", "household, when the source knows it"),
        _may("created_at", "when the system first knew them", "time"),
        _may("consent_profiling", "whether they agree to profiling; no means Standard or what was bought, never less", "flag"),
        _who("needs", "a need the service must meet (vulnerability, safety), without its cause"),
    ),
)
ORDERS = Table(
    name="orders",
    note="a purchase",
    key=("order_id",),
    mode="append",
    happened="ordered_at",
    columns=(
        _need("order_id", "number of the order"),
        SOURCE,
        SOURCE_ID,
        _need("ordered_at", "when it was placed", "time"),
        _need("revenue", "what the customer pays for the goods, before tax and postage where the file tells them apart", "money"),
        _may("cost", "what the goods cost the company", "money"),
        _may("currency", "ISO 4217 code; the input's currency when absent"),
        _may("channel", "where it was placed"),
        _may("outlet", "which shop or site"),
        _may("brand", "which brand of the company"),
        _may("category", "kind of goods"),
        _may("status", "state of the order; cancelled orders are left out of value"),
        _may("refunded", "amount paid back", "money"),
        _may("delivered_at", "when it arrived", "time"),
        _may("promised_at", "when it was promised", "time"),
    ),
)
ORDER_LINES = Table(
    name="order_lines",
    note="one product of an order",
    key=("order_id",),
    grouped=True,
    mode="append",
    columns=(
        _need("order_id", "number of the order"),
        _need("product_id", "number of the product"),
        _need("quantity", "pieces; negative when returned", "number"),
        _need("amount", "what the line comes to", "money"),
        _may("name", "name of the product"),
        _may("supplier", "who supplied it"),
        _may("cost", "what the line cost the company", "money"),
        _may("returned", "pieces sent back", "number"),
    ),
)
CONTACTS = Table(
    name="contacts",
    note="a case of service on any channel",
    key=("contact_id",),
    mode="append",
    happened="opened_at",
    columns=(
        _need("contact_id", "number of the contact"),
        SOURCE,
        SOURCE_ID,
        _need("channel", "call, chat, e-mail, ..."),
        _need("opened_at", "when it began", "time"),
        _may("reason", "what it is about"),
        _may("severity", "how grave the issue is: critical, high, normal, low"),
        _may("language", "language of the contact"),
        _may("order_id", "the order it is about"),
        _may("product_id", "the product it is about"),
        _may("status", "state of the contact"),
        _may("agent_id", "who served it last"),
        _may("first_reply_at", "first answer by a human", "time"),
        _may("resolved_at", "when it was solved", "time"),
        _may("handle_seconds", "time an agent worked on it", "number"),
        _may("queue_seconds", "time the customer waited in a queue", "number"),
        _may("outcome", "how it ended"),
        _may("sla_met", "whether the desk itself says that its service-level agreement was met", "flag"),
    ),
)
EVENT_KINDS = (
    "opened",
    "queued",
    "answered",
    "reply",
    "status",
    "assigned",
    "priority",
    "hold",
    "transferred",
    "deflected",
    "callback",
    "merged",
    "abandoned",
    "finished",
    "closed",
)
CONTACT_EVENTS = Table(
    name="contact_events",
    note="what happened to a contact, one row a happening",
    key=("contact_id", "at", "kind", "actor_kind", "actor", "value"),
    mode="append",
    happened="at",
    columns=(
        _need("contact_id", "number of the contact"),
        _need("at", "when", "time"),
        _need(
            "kind",
            "opened, queued, answered, reply, status, assigned, priority, hold, transferred, deflected, callback, merged, abandoned, finished or closed",
            choices=EVENT_KINDS,
        ),
        _need("actor_kind", "customer, agent, bot or rule", choices=("customer", "agent", "bot", "rule")),
        _may("actor", "who did it"),
        _may("value", "the new state, agent, priority or surviving contact"),
        _may("public", "whether the customer saw it", "flag"),
    ),
)
AGENTS = Table(
    name="agents",
    note="who serves contacts",
    key=("agent_id",),
    mode="snapshot",
    columns=(
        _need("agent_id", "number of the agent"),
        _who("name", "name of the agent"),
        _may("skills", "skills, parted by ;"),
        _may("languages", "languages, parted by ;"),
        _may("hired_at", "first day", "date"),
        _may("cost_per_hour", "fully loaded cost of an hour", "money"),
        _may("capacity", "contacts at once by channel, as phone=1;chat=3"),
    ),
)
AGENT_EVENTS = Table(
    name="agent_events",
    note="an agent comes, goes or pauses",
    key=("agent_id", "at"),
    mode="append",
    happened="at",
    columns=(
        _need("agent_id", "number of the agent"),
        _need("at", "when", "time"),
        _need("state", "ready, busy, away or off", choices=("ready", "busy", "away", "off")),
    ),
)
SURVEYS = Table(
    name="surveys",
    note="what a customer said when asked",
    key=("source", "source_id", "at", "kind"),
    mode="append",
    happened="at",
    columns=(
        SOURCE,
        SOURCE_ID,
        _need("at", "when it was answered", "time"),
        _need("kind", "csat, nps or ces", choices=("csat", "nps", "ces")),
        _need("score", "the answer, on the scale of its kind", "number"),
        _may("contact_id", "the contact it is about"),
        _who("comment", "in their words"),
    ),
)
REFERRALS = Table(
    name="referrals",
    note="one customer brought another",
    key=("referrer", "referee"),
    mode="append",
    happened="at",
    columns=(
        SOURCE,
        _need("referrer", "source_id of the one who recommended", personal=True),
        _need("referee", "source_id of the one who came", personal=True),
        _need("at", "when", "time"),
    ),
)
ENTITLEMENTS = Table(
    name="entitlements",
    note="a level of service that was bought or contracted",
    key=("source", "source_id", "level", "from_at"),
    mode="snapshot",
    columns=(
        SOURCE,
        SOURCE_ID,
        _need("level", "name of the tier"),
        _need("kind", "bought or contracted", choices=("bought", "contracted")),
        _need("from_at", "valid from", "time"),
        _may("to_at", "valid until; open when empty", "time"),
    ),
)
SUBSCRIPTIONS = Table(
    name="subscriptions",
    note="a running plan",
    key=("source", "source_id", "plan", "from_at"),
    mode="snapshot",
    columns=(
        SOURCE,
        SOURCE_ID,
        _need("plan", "name of the plan"),
        _need("price_per_month", "what a month costs the customer", "money"),
        _may("cost_per_month", "what a month costs the company, service left out", "money"),
        _need("from_at", "first day", "time"),
        _may("to_at", "last day; open when empty", "time"),
        _may("currency", "ISO 4217 code"),
    ),
)
TRAITS = Table(
    name="traits",
    note="anything else that is known, with its purpose and consent",
    key=("source", "source_id", "name"),
    mode="snapshot",
    columns=(
        SOURCE,
        SOURCE_ID,
        _need("name", "name of the trait"),
        _need("value", "its value", personal=True),
        _may("observed_at", "when it was seen", "time"),
        _need("purpose", "what it may be used for"),
        _may("consent", "the basis it is held on"),
    ),
)
RATES = Table(
    name="rates",
    note="what an activity costs",
    key=("activity", "channel"),
    mode="snapshot",
    columns=(
        _need("activity", "minute, contact, return or acquisition", choices=("minute", "contact", "return", "acquisition")),
        _need("channel", "the channel it holds for; * for all"),
        _need("amount", "cost of one", "money"),
        _may("currency", "ISO 4217 code"),
    ),
)
LEDGER = Table(
    name="ledger",
    note="what service cost in the books",
    key=("period", "account"),
    mode="append",
    columns=(
        _need("period", "month, as 2026-01"),
        _need("account", "account of the books"),
        _need("amount", "sum of the period", "money"),
        _may("currency", "ISO 4217 code"),
    ),
)
FX = Table(
    name="fx",
    note="rates of exchange by day",
    key=("day", "currency"),
    mode="append",
    columns=(
        _need("day", "the day", "date"),
        _need("currency", "ISO 4217 code of the foreign money"),
        _need("rate", "book's currency for one unit of it", "number"),
    ),
)
AUDIT_GROUPS = Table(
    name="audit_groups",
    note="groups for the fairness audit, kept apart and read by it alone",
    key=("source", "source_id", "group"),
    mode="snapshot",
    columns=(SOURCE, SOURCE_ID, _need("group", "name of the grouping"), _need("value", "the group", personal=True)),
)

CONTRACT: Mapping[str, Table] = {
    table.name: table
    for table in (
        PEOPLE,
        ORDERS,
        ORDER_LINES,
        CONTACTS,
        CONTACT_EVENTS,
        AGENTS,
        AGENT_EVENTS,
        SURVEYS,
        REFERRALS,
        ENTITLEMENTS,
        SUBSCRIPTIONS,
        TRAITS,
        RATES,
        LEDGER,
        FX,
        AUDIT_GROUPS,
    )
}
