"""What a valuation supposes: the terms and the money that the settings file gives."""

from dataclasses import dataclass

from duecare.words import BadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What the settings say of money."""

    currency: str = "EUR"
    """The book's currency, ISO 4217."""
    gross_margin_percent: float = 40.0
    """Share of revenue left after the cost of goods, where orders carry no cost."""
    service_cost_per_minute: float = 0.80
    """What a minute of an agent's work costs, where the `rates` table has no line for it."""
    service_minutes_per_contact: float = 8.0
    """How long a contact takes, where neither its handle time nor its events tell."""
    service_account: str = "service"
    """The account of the `ledger` that contacts are reconciled to, month by month; "" for none."""
    returns_account: str = "returns"
    """The same for returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a valuation supposes."""

    horizon_months: int = 36
    """How far ahead profit counts."""
    discount_percent_per_year: float = 10.0
    """What a year of waiting takes off a sum."""
    rfm_classes: int = 4
    """Into how many classes recency, frequency and money are cut: 4 with the documents' segments, 5 with ten others."""
    referral_cap_percent: float = 25.0
    """What a customer brings by referring others counts up to this share of what their own purchases are worth."""
    season_percent: tuple[float, ...] = ()
    """What customers buy in each month from January on, as a share of the average month; learnt where the book has a full year if left out."""

    def __post_init__(self) -> None:
        told = self.season_percent
        if told and (len(told) != 12 or min(told) < 0.0 or sum(told) <= 0.0):
            raise BadSettings(
                f"season_percent tells {len(told)} months",
                mend="write twelve numbers from 0 on, January first, as 100 for an average month",
            )
