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


_SAID = ("given", "family", "email", "phone", "birth_date", "postcode", "city", "street", "username", "handle")
_NAMED = (*_SAID[:-1], "social_handle", "loyalty_id", "country")

PERSONAL: Mapping[str, tuple[str, ...]] = {
    "records": ("source_id",),
    "named": _NAMED,
    "folded": _NAMED,
    "written": (*_SAID, "loyalty", "country"),
    "phones": ("phone", "e164", "country"),
    "lines": ("e164",),
    "keys": (*_SAID, "loyalty"),
    "shared": ("value",),
    "common": ("value",),
    "spoken": ("given",),
    "forms": ("given", "forms"),
    "surnames": ("family",),
    "logins": ("first", "second"),
    "named_by": ("given", "family"),
    "told": (*_SAID, "loyalty", "given_forms"),
    "seen": (*_SAID, "loyalty", "given_forms", "local"),
    "faces": (*_SAID, "loyalty", "login", "given_forms"),
    "members": ("source_id",),
    "memberships": ("source_id",),
    "source_records": ("source_id",),
    "identity_acts": ("why",),
}
"""The columns of this room's tables, in the warehouse and in the book, that may tell who a person is."""
