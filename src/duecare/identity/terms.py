"""What matching is told by the settings file."""

from collections.abc import Mapping
from dataclasses import dataclass

from duecare.words import BadSettings

TOGETHER, APART = " = ", " <> "
"""How a canary says that two records are one customer, or are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How sure is sure enough."""

    threshold: float = 0.5
    """Records become one customer from this probability on, taken over all pairs between them."""
    country: str | None = None
    """Whose dialling rules hold for numbers without a country; ISO 3166 two letters."""
    trust: tuple[str, ...] = ()
    """Sources whose word on a customer's name, address and numbers goes before others', the most trusted first."""
    canaries: tuple[str, ...] = ()
    """Pairs of records known for sure: `shop:1 = till:2` for one customer, `shop:1 <> till:3` for two; a run that says otherwise is not published."""

    def __post_init__(self) -> None:
        for number, canary in enumerate(self.canaries, 1):
            read_canary(number, canary)


@dataclass(frozen=True, slots=True)
class Canary:
    """Two records of which somebody knows for sure whether they are one customer."""

    number: int
    """Its place in the settings, from 1 on."""
    one: tuple[str, str]
    """Source and source_id."""
    other: tuple[str, str]
    together: bool


def read_canary(number: int, text: str) -> Canary:
    """Read one line of `canaries`.

    >>> read_canary(1, "shop:4711 <> till:88")
    Canary(number=1, one=('shop', '4711'), other=('till', '88'), together=False)

    Raises:
        BadSettings: it is not written as it should be; the error names its number, not what it says.
    """
    sign = TOGETHER if TOGETHER in text else APART
    one, found, other = text.partition(sign)
    sides = [tuple(part.strip() for part in side.partition(":")[::2]) for side in (one, other)]
    if not found or sides[0] == sides[1] or not all(all(side) for side in sides):
        raise BadSettings(
            f"canary {number} of [identity] canaries is not written as it should be",
            mend='write "SOURCE:NUMBER = SOURCE:NUMBER" for one customer, "SOURCE:NUMBER <> SOURCE:NUMBER" for two',
        )
    (a, b), (c, d) = sides
    return Canary(number, (a, b), (c, d), together=sign == TOGETHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far who is who may move from one published run to the next before somebody is asked."""

    largest_customer_records: int = 100
    """A customer of more records than this, and of more than any had in the published run, shuts the gate."""
    large_customer_records: int = 20
    """From more records than this on a customer counts as large."""
    large_growth_points: float = 0.1
    """So many percentage points more of all customers may be large than in the published run."""
    churn_percent: float = 2.0
    """Of the records that were known, so many per cent may come to another customer by a run; what people joined or parted does not count."""
    identifier_drop_points: float = 5.0
    """So many percentage points fewer of all records may carry an identifier than in the published run."""


_SAID = ("given", "family", "email", "phone", "birth_date", "postcode", "city", "street", "username", "handle")
_NAMED = (*_SAID[:-1], "social_handle", "loyalty_id", "country")

GOLDEN = (
    "given_name", "family_name", "email", "phone", "street", "postcode", "city", "country",
    "birth_date", "loyalty_id", "username", "social_handle", "company",
)  # fmt: skip
"""The fields of a golden record."""

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
    "index.faces": (*_SAID, "loyalty"),
    "members": ("source_id",),
    "firms": ("firm", "domain"),
    "golden": GOLDEN,
    "golden_origins": ("source_id",),
    "memberships": ("source_id",),
    "source_records": ("source_id",),
    "identity_acts": ("why",),
}
"""The columns of this room's tables, in the warehouse, the index and the book, that may tell who a person is; the index's keys hold digests of them."""
