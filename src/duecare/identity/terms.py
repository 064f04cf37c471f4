"""What matching is told by the settings file."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How sure is sure enough."""

    threshold: float = 0.5
    """Records become one customer from this probability on, taken over all pairs between them."""
    country: str | None = None
    """Whose dialling rules hold for numbers without a country; ISO 3166 two letters."""


_WRITTEN = ("given", "family", "email", "phone", "birth_date", "postcode", "username", "handle")

PERSONAL: Mapping[str, tuple[str, ...]] = {
    "records": ("source_id",),
    "named": (*_WRITTEN[:5], "loyalty_id", "postcode", "username", "social_handle", "country"),
    "written": (*_WRITTEN, "loyalty", "country"),
    "phones": ("phone", "e164", "country"),
    "keys": (*_WRITTEN, "loyalty"),
    "shared": ("value",),
    "faces": (*_WRITTEN, "loyalty"),
    "members": ("source_id",),
    "memberships": ("source_id",),
    "source_records": ("source_id",),
    "identity_acts": ("why",),
}
"""The columns of this room's tables, in the warehouse and in the book, that may tell who a person is."""
