"""Promise: a world of identity is the same for the same seed, as hard as its rates say, and its truth names every record."""

import time
from collections.abc import Callable, Sequence

import duckdb
import numpy as np
import pytest
from scipy.stats import binomtest

from duecare.demo.spelling import FILLER_MAILS, FILLER_PHONES
from duecare.demo.world_forms import SHARED_VALUES
from duecare.demo.world_rates import CHANNELS, Rates
from duecare.demo.worlds import World, make_world, world_parts

PEOPLE = 20_000
Ask = Callable[[str], list[tuple[float, ...]]]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(PEOPLE, seed=3)


@pytest.fixture(scope="module")
def ask(world: World) -> Ask:
    con = duckdb.connect()
    con.register("p", world.people)
    con.register("t", world.truth)
    con.execute("CREATE TABLE r AS SELECT * FROM p POSITIONAL JOIN t")
    con.execute(
        "CREATE TABLE who AS SELECT DISTINCT person_id, household_id, twin_id, parent_id, phone_from_id, moved, name_changed FROM t"
    )
    return lambda query: con.execute(query).fetchall()


def lands(hits: float, n: float, share: float) -> bool:
    """Whether the interval (exact, binomial) around what was found holds the declared share: 99 % for all hundred checks of this file together."""
    low, high = binomtest(int(hits), int(n)).proportion_ci(1 - 0.01 / 100)
    return low <= share <= high


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    first, again, other = make_world(500, seed=5), make_world(500, seed=5), make_world(500, seed=6)
    assert first.people.equals(again.people)
    assert first.truth.equals(again.truth)
    assert not first.people.equals(other.people)


def test_a_world_made_in_parts_has_the_same_number_of_everything_and_no_id_twice() -> None:
    parts = list(world_parts(1_000, seed=5, per_part=300, shared={"phone": 101}))
    assert [len(set(part.truth["person_id"].to_pylist())) for part in parts] == [300, 300, 300, 100]
    ids = [value for part in parts for value in part.people["source_id"].to_pylist()]
    assert len(set(ids)) == len(ids)
    assert sum(part.people["phone"].to_pylist().count(SHARED_VALUES["phone"]) for part in parts) == 101
    homes = [set(part.truth["household_id"].to_pylist()) for part in parts]
    assert not homes[0] & homes[1]


def test_truth_stands_row_by_row_beside_the_people(world: World, ask: Ask) -> None:
    assert world.people.select(["source", "source_id"]).equals(world.truth.select(["source", "source_id"]))
    assert ask("SELECT count(*), count(DISTINCT person_id) FROM p JOIN t USING (source, source_id)") == [(world.people.num_rows, PEOPLE)]
    assert {name for (name,) in ask("SELECT DISTINCT source FROM p")} == set(CHANNELS)
    assert 2.3 < world.people.num_rows / PEOPLE < 2.7


def test_twins_share_birth_date_family_name_and_address_and_not_the_given_name(ask: Ask) -> None:
    pairs = f"SELECT count(*) FROM who WHERE person_id < twin_id AND twin_id < {PEOPLE}"
    assert ask(pairs)[0][0] == round(Rates().twin_pairs_per_1000_people * PEOPLE / 1000)
    rows = ask("""
        SELECT avg((a.birth_date = b.birth_date)::INT), avg((lower(a.family_name) = lower(b.family_name))::INT), avg((lower(a.given_name) = lower(b.given_name))::INT),
            avg((a.postcode = b.postcode)::INT), avg((a.household_id = b.household_id)::INT), count(*) FROM r a JOIN r b ON a.twin_id = b.person_id""")
    same_day, same_family, same_given, same_code, same_home, n = rows[0]
    assert n > 100
    assert min(same_day, same_family, same_code) > 0.6
    assert same_given < 0.02
    assert same_home == 1


def test_juniors_are_called_as_their_parent_and_are_born_later(ask: Ask) -> None:
    assert ask("SELECT count(*) FROM who WHERE parent_id IS NOT NULL")[0][0] == round(Rates().juniors_per_1000_people * PEOPLE / 1000)
    rows = ask("""
        SELECT avg((lower(a.given_name) = lower(b.given_name))::INT), avg((lower(a.family_name) = lower(b.family_name))::INT),
            median(year(a.birth_date) - year(b.birth_date)) FILTER (year(a.birth_date) > 1900 AND year(b.birth_date) > 1900), count(*)
        FROM r a JOIN r b ON a.parent_id = b.person_id""")
    same_given, same_family, years, n = rows[0]
    assert n > 200
    assert min(same_given, same_family) > 0.5
    assert 18 <= years <= 36


def test_a_recycled_number_was_somebody_elses_first(ask: Ask) -> None:
    taken = ask("SELECT count(phone_from_id) FROM who")[0][0]
    assert 0.98 <= taken / (Rates().recycled_phones_per_1000_people * PEOPLE / 1000) <= 1
    rows = ask("""
        WITH dialled AS (SELECT *, right(regexp_replace(phone, '[^0-9]', '', 'g'), 10) AS number FROM r WHERE recycled_phone)
        SELECT count(*), count_if(a.created_at < b.created_at) FROM dialled a JOIN dialled b ON b.phone_from_id = a.person_id AND a.number = b.number""")
    both, in_order = rows[0]
    assert both > 20
    assert in_order / both > 0.6, "a refreshed record may be older than its number"


@pytest.mark.parametrize("flag", ["moved", "name_changed"])
def test_what_changed_in_peoples_lives_lands_at_its_rate(ask: Ask, flag: str) -> None:
    query = f"SELECT count(DISTINCT household_id) FILTER ({flag}), count(DISTINCT household_id) FROM who"
    if flag == "name_changed":
        query = "SELECT count_if(name_changed), count(*) FROM who WHERE twin_id IS NULL AND parent_id IS NULL"
    hits, n = ask(query)[0]
    assert lands(hits, n, getattr(Rates(), f"{flag}_share")), f"n={n}"


KNOWN: Sequence[tuple[str, str]] = [
    ("email", "email_shares"),
    ("phone", "phone_shares"),
    ("street", "address_shares"),
    ("birth_date", "birth_date_shares"),
    ("loyalty_id", "loyalty_id_shares"),
    ("username", "username_shares"),
    ("social_handle", "social_handle_shares"),
    ("company", "company_shares"),
    ("name", "one_field_shares"),
]


@pytest.mark.parametrize(("column", "rate"), KNOWN)
@pytest.mark.parametrize("channel", range(4))
def test_each_channel_knows_each_column_at_its_rate(ask: Ask, column: str, rate: str, channel: int) -> None:
    known = f"{column} IS NOT NULL" if column != "name" else "given_name IS NULL AND family_name IS NULL AND name IS NOT NULL"
    unsaid = f"{column} IN ('{SHARED_VALUES.get(column)}')" if column in {"email", "phone"} else "false"
    if column == "name":
        unsaid = "name IS NULL AND given_name IS NULL AND family_name IS NULL"
    hits, n = ask(f"SELECT count_if({known}), count(*) FROM p WHERE source = '{CHANNELS[channel]}' AND ({unsaid}) IS NOT TRUE")[0]
    share = getattr(Rates(), rate)[channel]
    assert hits == n * share if share in {0.0, 1.0} else lands(hits, n, share), f"{hits} of {n}"


def test_slips_and_fillers_and_shared_values_are_there(ask: Ask) -> None:
    rows = ask("""
        SELECT count_if(email ILIKE '%+shop@%'), count_if(email = 'none@none.com'), count_if(phone = '000000'),
            count_if(birth_date = '1900-01-01'), count_if(given_name LIKE '_.'), count_if(name LIKE '%, %'), count_if(name = 'Unknown'),
            count_if(family_email), count_if(landline), count_if(family_card), count_if(switchboard), count_if(recycled_phone), count_if(old_address), count_if(old_name), count_if(typos > 1) FROM r""")
    assert min(rows[0]) >= 5


SHARED_AT_HOME: Sequence[tuple[str, str, str]] = [
    ("family_email", "family_email", "email IS NOT NULL"),
    ("landline", "landline", "phone IS NOT NULL AND NOT switchboard AND phone NOT IN ('000000', '0000000000', 'n/a')"),
    ("family_card", "family_card", "loyalty_id IS NOT NULL AND person_id <> household_id"),
]


@pytest.mark.parametrize(("flag", "rate", "written"), SHARED_AT_HOME)
def test_what_a_household_shares_is_shared_at_its_rate(ask: Ask, flag: str, rate: str, written: str) -> None:
    """One record of each household alone, for those of one household go together."""
    homes = "SELECT household_id FROM who GROUP BY 1 HAVING count(*) > 1" if flag != "landline" else "SELECT household_id FROM who"
    first = f"SELECT first({flag} ORDER BY source_id) AS hit FROM r WHERE {written} AND household_id IN ({homes}) GROUP BY household_id"
    hits, n = ask(f"SELECT count_if(hit), count(*) FROM ({first})")[0]
    declared = getattr(Rates(), f"{rate}_homes_share") * getattr(Rates(), f"{rate}_share")
    gone = max(Rates().placeholder_email_shares) if flag == "family_email" else 0.0
    assert lands(hits, n, declared) or lands(hits, n, declared * (1 - gone)), f"{hits} of {n}, declared {declared:.3f}"


@pytest.mark.parametrize("channel", range(4))
def test_fillers_come_at_their_rates(ask: Ask, channel: int) -> None:
    source = CHANNELS[channel]
    fillers = {"email": FILLER_MAILS, "phone": FILLER_PHONES, "birth_date": ("1900-01-01",)}
    for name, values in fillers.items():
        hits, n = ask(f"SELECT count_if(lower({name}::VARCHAR) IN {(*values, '')}), count({name}) FROM p WHERE source = '{source}'")[0]
        assert lands(hits, n, getattr(Rates(), f"placeholder_{name}_shares")[channel]), f"{name}: {hits} of {n}"


def test_names_and_numbers_go_wrong_at_their_rates(ask: Ask) -> None:
    hits, n = ask(
        "SELECT count_if(given_name LIKE '_.' OR family_name LIKE '_.'), count(*) FROM p WHERE given_name IS NOT NULL AND family_name IS NOT NULL"
    )[0]
    assert lands(hits, n, Rates().initial_share), f"{hits} of {n}"
    hits, n = ask("SELECT count_if(contains(email, '+')), count(*) FROM p WHERE source = 'webshop' AND email <> 'info@shop.example.com'")[0]
    assert lands(hits, n, Rates().email_tag_share), f"{hits} of {n}"
    typos, n = ask("SELECT sum(typos), count(*) FROM t")[0]
    assert 0.1 < typos / n < 0.4


def test_a_birth_date_with_day_and_month_swapped_is_still_of_its_year(ask: Ask) -> None:
    swapped = """
        SELECT count(*) FROM r a JOIN r b USING (person_id) WHERE a.birth_date < b.birth_date AND year(a.birth_date) = year(b.birth_date)
        AND month(a.birth_date) = day(b.birth_date) AND day(a.birth_date) = month(b.birth_date)"""
    assert ask(swapped)[0][0] > 10


def test_names_are_borne_by_many_and_most_of_them_are_rare(ask: Ask) -> None:
    counts = np.array(
        [n for (n,) in ask("SELECT count(*) FROM p WHERE family_name IS NOT NULL GROUP BY lower(family_name) ORDER BY 1 DESC")]
    )
    assert 0.004 < counts[0] / counts.sum() < 0.012
    assert len(counts) > 5_000


def test_a_shared_value_of_any_size_is_planted_where_it_is_asked_for() -> None:
    people = make_world(1_000, seed=2, shared=dict.fromkeys(SHARED_VALUES, 400)).people
    for name, value in SHARED_VALUES.items():
        assert [str(found) for found in people[name].to_pylist()].count(value) == 400
    with pytest.raises(ValueError, match="no value to share is known for city"):
        make_world(100, shared={"city": 3})


@pytest.mark.parametrize("people", [1, 2, 3, 10])
def test_the_smallest_worlds_are_worlds_too(people: int) -> None:
    for seed in range(20):
        found = make_world(people, seed, Rates(twin_pairs_per_1000_people=200, juniors_per_1000_people=200))
        assert set(found.truth["person_id"].to_pylist()) == set(range(people))


def test_a_small_world_is_quick() -> None:
    make_world(100)
    began = time.process_time()
    make_world(1_000)
    assert time.process_time() - began < 2
