"""The promise: who shares a home and who belongs to a company is kept as a link, merges nobody, and a provider of e-mail links nobody."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from duecare.demo.worlds import make_world
from duecare.identity import Matching
from duecare.identity.clustering import cluster
from duecare.identity.links import HOME_BITS, MOST_AT_HOME, TOO_MANY, accounts, firms, homes, households
from duecare.identity.match import match
from duecare.records import open_scratch
from identity.known import NOW, known
from shop import person, stock


def of_company(folder: Path, *people: Mapping[str, Any]) -> dict[str, list[str]]:
    """The accounts of each person, who is a customer of their own, as numbers in the order in which they come."""
    with known(folder, people, {row["source_id"]: f"cu_{row['source_id']}" for row in people}) as (warehouse, _):
        accounts(warehouse)
        rows = warehouse.arrow("SELECT * FROM {a} ORDER BY 1, 2", a="accounts").to_pylist()
        assert all(row["account_id"].startswith("ac_") for row in rows)
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["customer_id"].removeprefix("cu_"), []).append(row["account_id"])
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme GmbH", "ACME"), ("Müller & Söhne KG", "Muller Sohne"), ("Foo S.A.", "foo"), ("Verein für Obst e.V.", "VEREIN FÜR OBST")],
)
def test_a_company_is_one_however_it_is_spelt(one: str, other: str, tmp_path: Path) -> None:
    found = of_company(tmp_path, person("a", company=one), person("b", company=other), person("c", company="Other Ltd"))
    assert found["a"] == found["b"] != found["c"]


def test_who_writes_from_a_companys_domain_belongs_to_it_under_the_same_id_in_every_run(tmp_path: Path) -> None:
    people = [
        person("a", company="Acme GmbH", email="ann@acme.example"),
        person("b", email="bob@acme.example"),
        person("c", email="c@other.example"),
    ]
    found = of_company(tmp_path / "1", *people)
    assert found["a"] == found["b"]
    assert set(found) == {"a", "b"}
    assert of_company(tmp_path / "2", *people, person("aa", company="acme"))["a"] == found["a"]


@pytest.mark.parametrize("domain", ["gmail.com", "web.de", "GMX.net"])
def test_a_provider_of_e_mail_for_everybody_links_nobody(domain: str, tmp_path: Path) -> None:
    found = of_company(tmp_path, person("a", company="Acme", email=f"a@{domain}"), person("b", email=f"b@{domain}"))
    assert set(found) == {"a"}


@pytest.mark.parametrize("many", [1, 2, TOO_MANY, TOO_MANY + 1])
def test_a_domain_on_which_nobody_names_a_company_links_from_two_to_twenty_customers(many: int, tmp_path: Path) -> None:
    found = of_company(tmp_path, *(person(f"p{at}", email=f"p{at}@firm.example") for at in range(many)))
    assert len(found) == (many if 2 <= many <= TOO_MANY else 0)
    assert len({tuple(ids) for ids in found.values()}) == (1 if found else 0)


@pytest.mark.parametrize(("naming", "links"), [(3, True), (2, False)])
def test_a_large_domain_is_a_companys_only_if_a_tenth_of_its_customers_name_it(naming: int, links: bool, tmp_path: Path) -> None:
    rows = [person(f"p{at}", email=f"p{at}@firm.example", company="Acme" if at < naming else None) for at in range(30)]
    assert len(of_company(tmp_path, *rows)) == (30 if links else naming)


@pytest.mark.parametrize(("acme", "links"), [(2, True), (1, False)])
def test_a_domain_whose_customers_name_different_companies_is_nobodys_without_a_majority(acme: int, links: bool, tmp_path: Path) -> None:
    rows = [person(f"a{at}", email=f"a{at}@firm.example", company="Acme") for at in range(acme)]
    rows += [person("b", email="b@firm.example", company="Bolt"), person("c", email="c@firm.example")]
    assert ("c" in of_company(tmp_path, *rows)) == links


def test_who_names_two_companies_belongs_to_both_and_joins_neither_to_the_other(tmp_path: Path) -> None:
    people = [person("a", company="Acme"), person("b", "till", company="Bolt"), person("c", company="Acme"), person("d", company="Bolt")]
    with known(tmp_path, people, {"a": "cu_1", "b": "cu_1", "c": "cu_2", "d": "cu_3"}) as (warehouse, _):
        accounts(warehouse)
        rows = warehouse.arrow("SELECT * FROM {a}", a="accounts").to_pylist()
    of = {name: {row["account_id"] for row in rows if row["customer_id"] == name} for name in ("cu_1", "cu_2", "cu_3")}
    assert of["cu_1"] == of["cu_2"] | of["cu_3"]
    assert not of["cu_2"] & of["cu_3"]


@pytest.mark.parametrize("company", ["privat", "n/a", "self-employed", "GmbH", "-", " "])
def test_what_names_no_company_links_nobody(company: str, tmp_path: Path) -> None:
    assert of_company(tmp_path, person("a", company=company), person("b", company=company)) == {}


# homes


def test_two_customers_share_a_home_from_the_odds_on_and_not_below() -> None:
    one, other = np.array([0, 2]), np.array([1, 3])
    assert homes(one, other, np.array([HOME_BITS, np.nextafter(HOME_BITS, 0)]), 4).tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("many", [MOST_AT_HOME, MOST_AT_HOME + 1])
def test_a_chain_that_is_too_long_for_a_home_is_cut_at_its_weakest_links(many: int) -> None:
    at = np.arange(many - 1)
    bits = np.where(at == 2, HOME_BITS, 20.0)
    found = homes(at, at + 1, bits, many)
    assert len(set(found.tolist())) == (1 if many == MOST_AT_HOME else 2)
    assert (found[2] == found[3]) == (many == MOST_AT_HOME)


@pytest.mark.parametrize("many", [TOO_MANY, TOO_MANY + 1])
def test_a_household_that_the_source_knows_is_one_unless_it_is_a_crowd(many: int, tmp_path: Path) -> None:
    people = [person(f"p{at:02}", household="H1") for at in range(many)] + [person("q", "till", household="H1")]
    with known(tmp_path, people, {row["source_id"]: f"cu_{row['source_id']}" for row in people}) as (warehouse, matched):
        assert households(warehouse, matched) == (1 if many == TOO_MANY else 0)
        rows = warehouse.arrow("SELECT * FROM {h} ORDER BY 1", h="households").to_pylist()
    assert {row["household_id"] for row in rows} == ({"ho_p00"} if many == TOO_MANY else set())
    assert len(rows) == (many if many == TOO_MANY else 0)


@pytest.mark.xdist_group("world")
def test_housemates_of_a_world_are_found_without_linking_strangers(tmp_path: Path) -> None:
    world = make_world(6_000, seed=4_711)
    with open_scratch(tmp_path, memory_gb=2) as warehouse:
        stock(warehouse, only=("orders", "contacts", "surveys", "entitlements", "subscriptions", "referrals"))
        people = world.people
        for name, kind in (("household", pa.string()), ("consent_profiling", pa.bool_()), ("needs", pa.string())):
            people = people.append_column(name, pa.nulls(len(people), kind))
        warehouse.put("people", people)
        warehouse.put("truth", world.truth)
        matched = match(warehouse, Matching(country="DE"), as_of=NOW)
        number = cluster(warehouse, matched, Matching(country="DE")).cluster
        names = pa.array([f"cu_{one:06}" for one in number.tolist()])
        warehouse.put("clusters", pa.table({"record": pa.array(range(1, matched.many + 1), pa.int64()), "customer_id": names}))
        firms(warehouse, matched)
        households(warehouse, matched)
        found = warehouse.arrow(PAIRED, **{name: name for name in ("households", "clusters", "records", "truth")}).to_pylist()
        (due,) = warehouse.arrow(DUE, **{name: name for name in ("clusters", "records", "truth")}).to_pylist()
    two = [row for row in found if row["person_id"] != row["other_person"]]
    right = sum(row["home"] == row["other_home"] for row in two)
    assert right / len(two) >= 0.95, f"n={len(two)}"
    assert right / due["pairs"] >= 0.50, f"n={due['pairs']}"


PERSONS = """
SELECT c.customer_id, min(t.person_id) AS person_id, min(t.household_id) AS home FROM {clusters} c JOIN {records} r ON r.record = c.record
JOIN {truth} t ON t.source = r.source AND t.source_id = r.source_id GROUP BY c.customer_id
"""
PAIRED = f"""
WITH persons AS ({PERSONS})
SELECT a.person_id, a.home, b.person_id AS other_person, b.home AS other_home
FROM {{households}} h JOIN {{households}} i ON i.household_id = h.household_id AND i.customer_id > h.customer_id
JOIN persons a ON a.customer_id = h.customer_id JOIN persons b ON b.customer_id = i.customer_id
"""
DUE = f"""
WITH persons AS ({PERSONS})
SELECT count(*) AS pairs FROM persons a JOIN persons b ON a.home = b.home AND a.person_id < b.person_id
"""
