"""Signed: what customers bring by contracts joins what they bring by purchases, in one value whose parts add up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from duecare.value.contracts import Contracts, Worth
from duecare.value.models.seen import Floats
from duecare.value.outlook import Outlook
from duecare.value.parts import service_cost_per_month
from duecare.value.pricing import Columns
from duecare.value.sensitivity import Change, changed, changes
from duecare.value.terms import Terms

YEAR_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Signed:
    """Running contracts beside purchases, customers by the rows of the history."""

    contracts: Contracts
    buys: NDArray[np.bool_]
    """Who has a value by purchases."""
    alone: NDArray[np.bool_]
    """Who has a contract that runs, and none by purchases."""
    cost_per_month: Floats
    """What serving those costs for each month of a contract; of who buys it is in what a purchase costs."""

    @classmethod
    def of(cls, contracts: Contracts, buys: NDArray[np.bool_], service_cost: Floats) -> "Signed":
        alone = ~buys
        alone &= np.bincount(contracts.customer, minlength=len(buys)) > 0
        each = np.zeros(len(buys))
        each[alone] = service_cost_per_month(service_cost[alone], contracts.months[alone])
        return cls(contracts, buys, alone, each)

    @property
    def valued(self) -> NDArray[np.bool_]:
        return self.buys | self.alone

    def columns(self, full: Columns, terms: Terms) -> Columns:
        """Return the columns that contracts change, one row a customer: parts and their sum."""
        worth = self._worth(terms)
        value, cost, low, high = (self._spread(worth, column) for column in (worth.value, worth.cost, worth.low, worth.high))
        made = {name: np.where(self.alone, 0.0, full[name]) for name in ("future_margin", "referral_value")}
        made["future_service_cost"] = np.where(self.alone, cost, full["future_service_cost"])
        made |= {"contract_value": value, "contract_value_low": low, "contract_value_high": high}
        return made | {"clv": self._clv(full["clv"], value, cost)}

    def outlooks(self, outlook: Outlook | None, soon: Outlook | None, terms: Terms) -> tuple[Outlook, Outlook]:
        """Return the outlooks over the horizon and within a year of all who are valued, with what contracts may bring."""
        year = replace(terms, horizon_months=min(YEAR_MONTHS, terms.horizon_months))
        return self._joined(outlook, terms), self._joined(soon, year)

    def otherwise(self, others: Mapping[Change, Floats], terms: Terms) -> dict[Change, Floats]:
        """Return for each changed term the CLV of everybody, contracts under it too."""
        return {change: self._otherwise(others.get(change), changed(terms, change)) for change in changes(terms)}

    def _otherwise(self, bought: Floats | None, terms: Terms) -> Floats:
        worth = self._worth(terms)
        unknown = np.full(len(self.buys), np.nan)
        return self._clv(unknown if bought is None else bought, self._spread(worth, worth.value), self._spread(worth, worth.cost))

    def _clv(self, bought: Floats, value: Floats, cost: Floats) -> Floats:
        return np.where(self.alone, value - cost, bought + value)

    def _worth(self, terms: Terms) -> Worth:
        return self.contracts.worth(terms, self.cost_per_month)

    def _joined(self, outlook: Outlook | None, terms: Terms) -> Outlook:
        worth, rows = self._worth(terms), np.flatnonzero(self.valued)
        some = (outlook or Outlook.nothing()).among(np.flatnonzero(self.buys[rows]), len(rows))
        return some.plus(np.searchsorted(rows, worth.customer), worth.levels)

    def _spread(self, worth: Worth, column: Floats) -> Floats:
        """One row a customer; nothing for who is valued without a contract, no number for who is not valued."""
        full = np.where(self.valued, 0.0, np.nan)
        full[worth.customer] = column
        return full
