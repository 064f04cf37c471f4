"""What matching is told by the settings file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How sure is sure enough."""

    threshold: float = 0.9
    """Records are one customer from this match probability on."""
    country: str | None = None
    """Whose dialling rules hold for numbers without a country; ISO 3166 two letters."""
