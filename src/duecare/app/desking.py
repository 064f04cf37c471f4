"""Desks at the door: a desk of the settings is opened for runs, and what its profiles are to show is gathered."""

import getpass
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from duecare.app.settings import Settings
from duecare.helpdesk.care import care, needing, why
from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.desk import CARE, CUSTOMER, TIER, WHY
from duecare.helpdesk.desks import DESKS, Opened
from duecare.helpdesk.ledger import Ledger
from duecare.helpdesk.merge import Policy as Word
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.runs import Runs as DeskRuns
from duecare.helpdesk.terms import DeskTerms
from duecare.helpdesk.wants import Want
from duecare.identity.standing import resolve
from duecare.records import Book, Published, Runs, read_secret
from duecare.tiers.holding import NONE, last_applied, state_sql
from duecare.tiers.rules import conditions
from duecare.tiers.words import holding, words
from duecare.words import BadSettings, nearest

RECORDS = """
SELECT m.customer_id, m.source, m.source_id, p.email, p.name
FROM {members} m LEFT JOIN {people} p ON p.source = m.source AND p.source_id = m.source_id
ORDER BY m.customer_id, m.source, m.source_id
"""
COMPANIES = """
SELECT a.account_id, min(a.customer_id) AS somebody, list(DISTINCT p.company ORDER BY p.company) FILTER (WHERE p.company IS NOT NULL) AS names
FROM {accounts} a JOIN {members} m ON m.customer_id = a.customer_id
LEFT JOIN {people} p ON p.source = m.source AND p.source_id = m.source_id
GROUP BY a.account_id ORDER BY a.account_id
"""
ORGANIZATIONS = "zendesk_organizations"
HOME = "desks"
"""The folder beside the settings that holds a folder for each desk: what was pulled, and files for its administrator."""


def terms_of(settings: Settings, name: str) -> DeskTerms:
    """Return what the settings say of a desk.

    Raises:
        BadSettings: they say nothing of it.
    """
    if name not in settings.desks:
        near = nearest(name, list(settings.desks)) or list(settings.desks)
        raise BadSettings(
            f"no desk is called {name!r}",
            mend=f"write {' or '.join(near)}" if near else f"write a section [desks.{name}]",
            looked=[str(settings.file)],
        )
    return settings.desks[name]


def past_levels(settings: Settings, book: Book) -> tuple[str, ...]:
    """Return the levels that were given once and that the policy has no more, and the last one, which has no label, not among them."""
    rows = book.rows("SELECT DISTINCT tier FROM assignments WHERE tier <> '' ORDER BY tier")
    return tuple(str(tier) for (tier,) in rows if str(tier) not in settings.policy.names)


@contextmanager
def reached(settings: Settings, name: str, book: Book) -> Generator[tuple[Opened, Carrier]]:
    """Open a desk, with what carries requests to it."""
    terms = terms_of(settings, name)
    secret = read_secret(terms.secret, settings.base, whose=f"the desk {name!r}") if terms.secret else ""
    labels = (*settings.policy.names[:-1], *past_levels(settings, book))
    made = DESKS[terms.kind](terms, labels, secret, settings.base)
    carrier = Carrier(made.desk, made.url, secret, Pace(terms.reserve_percent), transport=made.transport)
    try:
        yield made, carrier
    finally:
        carrier.close()


@contextmanager
def opened(
    settings: Settings,
    name: str,
    book: Book,
    *,
    word: Word | None = None,
    step: Callable[[int], None] = lambda _: None,
    check: Callable[[], None] = lambda: None,
) -> Generator[DeskRuns]:
    """Open a desk for runs.

    Args:
        settings: that name it.
        name: its name there.
        book: with its ledger.
        word: whose word counts over somebody else's; the desk's own when None.
        step: told how many profiles are done.
        check: called when the desk is ours, before a push.
    """
    terms = terms_of(settings, name)
    with reached(settings, name, book) as (made, carrier):
        yield DeskRuns(
            desk=made.desk,
            ledger=Ledger(book, name),
            carrier=carrier,
            policy=word or terms.on_human_edit,
            most_changed_percent=terms.most_changed_percent,
            actor=getpass.getuser(),
            step=step,
            check=check,
        )


def gathered(settings: Settings, name: str, book: Book) -> list[Want]:
    """Return what the desk's profiles are to show: of every customer of the published run, by the plan that was applied last.

    Raises:
        BadSettings: no plan was applied yet.
    """
    if not last_applied(book):
        raise BadSettings("no plan was applied yet, so nobody has a level to be shown", mend="duecare apply, then push")
    terms, shown = terms_of(settings, name), _Shown.of(settings, book, terms_of(settings, name))
    with Runs.at(settings.records.warehouse, settings.base).read() as published:
        if terms.kind == ORGANIZATIONS:
            return list(_companies(settings, published, shown))
        return [_want(who, rows, shown, terms, name) for who, rows in _records(published)]


def _companies(settings: Settings, published: Published, shown: "_Shown") -> Generator[Want]:
    """What the organisations of companies are to show: the level of their people, who are placed together."""
    if settings.policy.scope.level != "account":
        raise BadSettings(
            "the policy places people, so a company as such has no level",
            mend='write level = "account" under [policy], or push people alone',
        )
    for row in published.warehouse.arrow(COMPANIES, accounts="accounts", members="members", people="people").to_pylist():
        fields = shown.fields(str(row["somebody"])) | {CUSTOMER: str(row["account_id"])}
        yield Want(customer_id=str(row["account_id"]), fields=fields, emails=tuple(str(one).strip().casefold() for one in row["names"]))


def _records(published: Published) -> Generator[tuple[str, list[Mapping[str, Any]]]]:
    """Every customer with their records."""
    table = published.warehouse.arrow(RECORDS, members="members", people="people")
    rows: list[Mapping[str, Any]] = []
    for batch in table.to_batches(100_000):
        for row in batch.to_pylist():
            if rows and rows[0]["customer_id"] != row["customer_id"]:
                yield rows[0]["customer_id"], rows
                rows = []
            rows.append(row)
    if rows:
        yield rows[0]["customer_id"], rows


@dataclass(frozen=True, slots=True)
class _Shown:
    """What decides on the fields of a profile."""

    held: Mapping[str, tuple[str, str, str]]
    """Customer -> level, origin and reason."""
    cares: Mapping[str, str]
    facts: Mapping[str, Sequence[str]]
    """Level -> the facts that its condition looks at."""
    needs: Mapping[str, list[str]]

    @classmethod
    def of(cls, settings: Settings, book: Book, terms: DeskTerms) -> "_Shown":
        policy = settings.policy
        names = ("customer_id", "tier", "origin", "why")
        columns = book.columns(names, f"(SELECT customer_id, tier, origin, why FROM {state_sql(last_applied(book))}) AS held")
        labels = policy.names[:-1]
        _known({str(tier) for tier in columns[1]} - {NONE}, policy.names)
        held = {str(who): (str(tier), str(origin), str(said)) for who, tier, origin, said in zip(*columns, strict=True) if tier in labels}
        facts = {tier.name: one.columns for tier, one in zip(policy.tiers, conditions(policy), strict=False)}
        cares = {tier.name: care(tier, policy, settings.promises) for tier in policy.tiers}
        return cls(held, cares, facts, _needs(book) if terms.needs else {})

    def fields(self, who: str) -> dict[str, str]:
        """What the profiles of a customer are to show."""
        tier, origin, said = self.held.get(who, ("", "", ""))
        told = [self.cares.get(tier, ""), needing(self.needs.get(who, []))]
        reason = why(origin, said, self.facts.get(tier, ())) if tier else ""
        return {CUSTOMER: who, TIER: tier, CARE: "; ".join(text for text in told if text), WHY: reason}


def _known(given: set[str], names: Sequence[str]) -> None:
    """Refuse to show levels by a policy that does not know them: it was changed, and not applied."""
    if unknown := sorted(given - set(names)):
        raise BadSettings(
            f"customers hold the tier {unknown[0]!r}, which duecare.toml has no more",
            mend="duecare run and apply, so that they hold others; then push",
        )


def _needs(book: Book) -> dict[str, list[str]]:
    """Customer -> how they need to be served, whatever id it was said of."""
    found: dict[str, list[str]] = {}
    for one in holding(words(book, kinds=("need",)), datetime.now(UTC)):
        for who in resolve(book, one.customer_id) or [one.customer_id]:
            found.setdefault(who, []).append(one.value)
    return found


def _want(who: str, rows: Sequence[Mapping[str, Any]], shown: _Shown, terms: DeskTerms, name: str) -> Want:
    own, other = terms.source or name, terms.external_ids
    return Want(
        customer_id=who,
        fields=shown.fields(who),
        persons=tuple(str(row["source_id"]) for row in rows if row["source"] == own),
        external_ids=tuple(str(row["source_id"]) for row in rows if other and row["source"] == other),
        emails=tuple(dict.fromkeys(str(row["email"]).strip().casefold() for row in rows if row["email"])),
        name=next((str(row["name"]) for row in rows if row["name"]), None),
    )
