"""People to be matched: whole tables of them go in, and who is one customer with whom comes out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from duecare.identity import Matching
from duecare.identity.clustering import Clustered, cluster
from duecare.identity.match import Matched, match
from duecare.identity.model import Model
from duecare.records import Warehouse, open_scratch
from shop import person, stock

NOW = datetime(2026, 11, 1, tzinfo=UTC)
USED = ("people", "orders", "contacts", "surveys", "entitlements", "subscriptions", "referrals")


@dataclass(frozen=True, slots=True)
class Found:
    """What came of matching."""

    matched: Matched
    clustered: Clustered
    of: Mapping[str, int]
    """The cluster of each source id."""

    def together(self) -> set[frozenset[str]]:
        """The clusters of several records, by their source ids."""
        groups: dict[int, set[str]] = {}
        for who, number in self.of.items():
            groups.setdefault(number, set()).add(who)
        return {frozenset(group) for group in groups.values() if len(group) > 1}


def find(
    folder: Path,
    people: Iterable[Mapping[str, Any]],
    orders: Sequence[Mapping[str, Any]] = (),
    *,
    known_until: datetime | None = None,
    pinned: Model | None = None,
) -> Found:
    """Match and cluster *people* in a scratch warehouse, as a run without any past does."""
    with open_scratch(folder, memory_gb=1, threads=1) as warehouse:
        return found_in(stock(warehouse, USED, people=people, orders=orders), known_until=known_until, pinned=pinned)


def found_in(warehouse: Warehouse, *, known_until: datetime | None = None, pinned: Model | None = None) -> Found:
    """Match and cluster the people of a warehouse that holds the contract's tables."""
    terms = Matching(country="DE")
    matched = match(warehouse, terms, as_of=NOW, known_until=known_until, pinned=pinned)
    clustered = cluster(warehouse, matched, terms)
    ids = warehouse.arrow("SELECT source_id FROM {r} ORDER BY record", r=matched.records)["source_id"].to_pylist()
    return Found(matched, clustered, dict(zip(ids, clustered.cluster.tolist(), strict=True)))


def somebody(n: int) -> dict[str, Any]:
    """Person *n*, who shares no identifier with anybody else."""
    chance = np.random.default_rng(n)
    word, name = ("".join(chance.choice(list("bcdfghklmnprst"), 5) + chance.choice(list("aeiou"), 5)) for _ in range(2))
    return {
        "given_name": word[:6],
        "family_name": name,
        "email": f"{word}.{n}@mail.example",
        "phone": f"+49 151 {23456789 + n * 7919}",
        "loyalty_id": f"L{n * 7919:08}",
        "birth_date": date(1950, 1, 1) + timedelta(days=n * 37),
        "postcode": f"{10000 + n % 90}",
        "username": f"user{n}",
        "social_handle": f"handle{n}",
    }


GIVEN = [
    "anna",
    "bernd",
    "carla",
    "david",
    "elif",
    "farid",
    "greta",
    "hans",
    "ines",
    "jonas",
    "karin",
    "levin",
    "maren",
    "nils",
    "olga",
    "pavel",
]
FAMILY = [
    "abel",
    "brandt",
    "celik",
    "dietz",
    "ebert",
    "fuchs",
    "graf",
    "horn",
    "ivers",
    "jansen",
    "kraus",
    "lorenz",
    "moser",
    "nagel",
    "otto",
    "pohl",
]


def crowd(many: int = 400) -> list[dict[str, Any]]:
    """People of two sources, each known to both under the same e-mail, no two of one name; they teach the weights."""
    chance = np.random.default_rng(7)
    rows: list[dict[str, Any]] = []
    for n in range(many):
        who = {
            "given_name": GIVEN[(5 * n + n // 256) % 16],
            "family_name": FAMILY[n % 16] + FAMILY[n // 16 % 16],
            "birth_date": date(1950 + int(chance.integers(50)), 1 + int(chance.integers(12)), 1 + int(chance.integers(28))),
            "phone": f"+49 151 {20000000 + int(chance.integers(10**7))}",
            "email": f"{''.join(chance.choice(list('abcdefghijklmnop'), 10))}@mail.example",
            "loyalty_id": f"L{chance.integers(10**9):09}",
            "postcode": f"{10000 + int(chance.integers(300))}",
        }
        rows += [person(f"s{n}", "shop", **who), person(f"d{n}", "desk", **(who | {"loyalty_id": None}))]
    return rows
