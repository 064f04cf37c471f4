"""What a file is worth as one table or another: compared among tables, it tells which kind of file it is."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from duecare.sources.contract import Table
from duecare.sources.headers import understand

ABOUT: Mapping[str, frozenset[str]] = {
    "orders": frozenset({"ORDER", "REVENUE"}),
    "order_lines": frozenset({"LINE", "PRODUCT"}),
    "contacts": frozenset({"TICKET", "CHANNEL"}),
    "people": frozenset({"CUSTOMER", "CONTACT", "ACCOUNT"}),
    "agents": frozenset({"AGENT"}),
    "surveys": frozenset({"SURVEY", "NPS", "CSAT", "CES", "SATISFACTION", "COMMENT", "SCORE"}),
    "subscriptions": frozenset({"SUBSCRIPTION", "PLAN"}),
    "referrals": frozenset({"REFERRER", "REFEREE"}),
    "fx": frozenset({"RATE"}),
    "ledger": frozenset({"ACCOUNT"}),
    "entitlements": frozenset({"LEVEL"}),
}
"""Ideas in the name of a file that speak for a table."""


CASE = frozenset(
    {
        *("TICKET", "SUBJECT", "PRIORITY", "SEVERITY", "URGENCY", "QUEUE", "HANDLE", "RESOLVED", "RESOLUTION", "CALLERNUMBER", "REASON"),
        *("DIRECTION", "MISSED", "FIRSTREPLY", "OUTCOME"),
    }
)
"""Ideas that only a file of contacts speaks of."""


PERSONAL = frozenset({"FIRSTNAME", "LASTNAME", "STREET", "CITY", "POSTCODE", "BIRTH", "TITLE", "FAX", "MOBILE", "COMPANY"})
"""Ideas that a file of people speaks of at length."""
REACHED = frozenset({"name", "given_name", "family_name", "email", "phone", "street", "company", "loyalty_id"})
"""Columns of which a file of people has one at least."""
MUCH = 4
"""So many of them are more than another file tells besides."""


def worth_of(
    table: Table,
    mapped: Mapping[str, str],
    sure: Mapping[str, float],
    perhaps: Mapping[str, str],
    lacking: Sequence[str],
    headers: Sequence[str],
    about: frozenset[str],
) -> float:
    """Weigh how well a file is *table*: what was found, what lacks, its name, and what its headers speak of besides."""
    ideas = {idea for header in headers for idea in understand(header).ideas}
    needed = [name for name in table.required if name != "source"]
    worth = 3.0 - 1.5 * len(lacking) + sum(sure.get(name, 0.6) for name in needed if name in mapped)
    worth += (0.35 if table.name == "people" else 0.5) * sum(sure.get(name, 0.0) for name in mapped if name not in needed)
    worth += 0.1 * len(perhaps) + (2.0 if about & ABOUT.get(table.name, frozenset()) else 0.0)
    return worth + _subject(table.name, mapped, ideas, headers)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the headers of a file speak of."""

    mapped: Set[str]
    """Columns of the table that were found."""
    ideas: Set[str]
    numbered: Set[str]
    """Ideas of headers that name a number: a customer file has no order's, a ticket file has a ticket's."""
    many: bool
    """Whether it has more headers than a small table."""

    @property
    def case(self) -> int:
        return len(CASE & self.ideas)

    @property
    def personal(self) -> int:
        return len(PERSONAL & self.ideas)


def _subject(table: str, mapped: Mapping[str, str], ideas: Set[str], headers: Sequence[str]) -> float:
    numbered = {idea for header in headers if "ID" in (said := understand(header).ideas) for idea in said}
    return _SUBJECTS.get(table, _small)(_Told(mapped.keys(), ideas, numbered, len(headers) > SMALL))


SMALL = 6
"""Headers up to which a file may be one of the small tables."""


def _people(told: _Told) -> float:
    return (
        -3.0 * bool({"ORDER", "TICKET"} & told.numbered)
        - 2.0 * bool({"QUANTITY", "PRODUCT", "SUBTOTAL"} & told.ideas)
        - 1.5 * ("AGENT" in told.numbered)
        - 2.5 * (told.case >= MUCH)
        - 2.5 * (not REACHED & told.mapped)
        + 0.4 * max(0, min(told.personal, 2 * MUCH) - MUCH)
    )


def _orders(told: _Told) -> float:
    personal = len({"FIRSTNAME", "LASTNAME", "PHONE", "BIRTH", "STREET", "CITY"} & told.ideas)
    unnumbered = "order_id" not in told.mapped
    return 1.0 * ("ORDER" in told.ideas) - 2.0 * (unnumbered and personal > 1) - 2.0 * ("TICKET" in told.numbered) - 1.0 * unnumbered


def _order_lines(told: _Told) -> float:
    return -1.0 + 0.5 * ("LINE" in told.ideas) - 2.0 * (told.ideas >= {"CUSTOMER", "DATE"})


def _contacts(told: _Told) -> float:
    return (
        1.5 * ("TICKET" in told.ideas)
        - 2.5 * ("contact_id" not in told.mapped)
        - 2.0 * ("ORDER" in told.numbered and "TICKET" not in told.ideas)
        - 2.5 * (told.case == 0)
        - 2.0 * (told.personal >= MUCH > told.case and "TICKET" not in told.numbered)
        - 1.5 * (told.ideas >= ANSWERED)
    )


def _surveys(told: _Told) -> float:
    return (
        1.5 * bool({"SURVEY", "NPS", "CSAT", "CES"} & told.ideas)
        + 3.0 * (told.ideas >= ANSWERED)
        - 1.5 * bool({"ORDER", "TICKET"} & told.numbered and "SURVEY" not in told.numbered)
    )


ANSWERED = frozenset({"SCORE", "COMMENT", "SUBMITTED"})
"""Ideas that answers to a survey speak of."""


def _subscriptions(told: _Told) -> float:
    named = bool({"PLAN", "SUBSCRIPTION", "MONTHLY"} & told.ideas)
    return 2.0 * ("PLAN" in told.ideas) + 1.5 * ("SUBSCRIPTION" in told.numbered) - 2.0 * (not named)


def _agents(told: _Told) -> float:
    return -2.5 * (not {"AGENT", "SKILLS", "HIRED", "HOURLY"} & told.ideas)


def _small(told: _Told) -> float:
    return -3.0 if told.many else -0.5


_SUBJECTS: Mapping[str, Callable[[_Told], float]] = {
    "people": _people,
    "orders": _orders,
    "order_lines": _order_lines,
    "contacts": _contacts,
    "surveys": _surveys,
    "subscriptions": _subscriptions,
    "agents": _agents,
}
