"""Worth, within a run: history, contracts and predictors become a valuation."""

from datetime import UTC, date, datetime

from duecare import value
from duecare.app.settings import Settings
from duecare.records import Warehouse
from duecare.value.contracts import contracts
from duecare.value.drift import drift
from duecare.value.estimate import Estimate, estimate
from duecare.value.history import purchase_book
from duecare.value.predictors import traits_of

EPOCH = date(1970, 1, 1)


def valued(warehouse: Warehouse, settings: Settings, *, as_of: datetime, seed: int) -> tuple[Estimate, list[str]]:
    """Make the table `history`; return everybody's valuation in its order, and what is to be said of it."""
    terms, money = settings.value, settings.money
    history = warehouse.arrow("SELECT * FROM {history}", history=value.history(warehouse, as_of=as_of, money=money))
    signed, unsigned = contracts(warehouse, customers=len(history), as_of=as_of, money=money)
    traits, untold = traits_of(warehouse, settings.predictors, customers=len(history), as_of=as_of)
    book = purchase_book(warehouse, as_of=as_of, money=money)
    today = (as_of.astimezone(UTC).date() - EPOCH).days
    found = estimate(history, terms, book=book, day=today, contracts=signed, traits=traits, seed=seed)
    changed = [f"changed: {alarm.said}" for alarm in drift(warehouse, book, as_of=as_of, money=money)]
    return found, [*changed, *untold, *found.notes, *unsigned]
