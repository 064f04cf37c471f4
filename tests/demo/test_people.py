"""Promise: people are as hard to tell apart as in life, and no message, call or letter can reach a real one by design."""

import phonenumbers
import pytest

from demo.asking import Ask
from duecare.demo import Shop
from duecare.demo.names import MAIL_DOMAINS, WORK_DOMAINS, bare
from duecare.demo.people import FAMILY_NAMES, GIVEN
from duecare.demo.spelling import FILLER_MAILS, FILLER_PHONES


def test_every_mail_address_lies_in_a_reserved_domain_or_is_a_filler(asked: Ask) -> None:
    domains = {row[0] for row in asked("SELECT DISTINCT lower(split_part(email, '@', 2)) FROM people WHERE email IS NOT NULL")}
    fillers = {mail.partition("@")[2] for mail in FILLER_MAILS}
    assert domains == {*MAIL_DOMAINS, *WORK_DOMAINS} | fillers
    assert asked("SELECT count(*) FROM people WHERE lower(email) LIKE '%@none.com' AND lower(email) <> 'none@none.com'") == [(0,)]


def test_every_telephone_number_is_possible_or_a_filler(asked: Ask) -> None:
    written = [row[0] for row in asked("SELECT DISTINCT phone FROM people USING SAMPLE 3000 ROWS (reservoir, 7)") if row[0]]
    numbers = [phonenumbers.parse(phone, "DE") for phone in written if phone not in FILLER_PHONES]
    assert len(numbers) > 500
    assert all(phonenumbers.is_possible_number(number) for number in numbers)


def test_no_two_people_have_the_same_mobile_number_but_for_the_recycled(asked: Ask, whole: Shop) -> None:
    rows = asked("""
        SELECT count(*) FROM (
            SELECT regexp_replace(regexp_replace(phone, '^(\\+49|0049|\\(0|0)', ''), '[^0-9]', '', 'g') AS number
            FROM people JOIN truth.records USING (source, source_id)
            WHERE length(phone) > 10 AND regexp_matches(regexp_replace(phone, '^(\\+49|0049|\\(0|0)', ''), '^ ?15')
            GROUP BY 1 HAVING count(DISTINCT person_id) > 1)""")
    assert 5 <= rows[0][0] <= whole.counts["people"] // 1_000


@pytest.mark.parametrize(
    ("source", "always", "often"),
    [
        ("webshop", "email", "phone"),
        ("till", "loyalty_id", "birth_date"),
        ("desk", "source_id", "email"),
        ("social", "social_handle", "name"),
    ],
)
def test_each_system_knows_what_such_a_system_knows(asked: Ask, source: str, always: str, often: str) -> None:
    rows = asked(
        f"SELECT avg(({always} IS NOT NULL)::INT), avg(({often} IS NOT NULL)::INT), count(*) FROM people WHERE source = '{source}'"
    )
    assert rows[0][0] == 1
    assert 0.5 < rows[0][1] < 0.95
    assert rows[0][2] > 1_000


def test_one_webshop_address_opens_one_account(asked: Ask) -> None:
    rows = asked(
        "SELECT count(*) FROM (SELECT 1 FROM people WHERE source = 'webshop' GROUP BY lower(replace(email, '+shop', '')) HAVING count(*) > 1)"
    )
    assert rows[0][0] <= 2


def test_every_person_is_known_somewhere_and_ids_tell_nothing_about_who_is_who(asked: Ask) -> None:
    assert asked("SELECT count(DISTINCT person_id) FROM truth.records") == [(20_000,)]
    rows = asked("""
        SELECT corr(substr(w.source_id, 2)::DOUBLE, substr(t.source_id, 2)::DOUBLE) FROM truth.records w JOIN truth.records t USING (person_id)
        WHERE w.source = 'webshop' AND t.source = 'till'""")
    assert abs(rows[0][0]) < 0.05


def test_a_seventh_of_people_share_a_household_and_mostly_its_name_and_address(asked: Ask) -> None:
    rows = asked("""
        SELECT sum(people) FILTER (people > 1) / sum(people) FROM (
            SELECT count(DISTINCT person_id) AS people FROM truth.records GROUP BY household_id)""")
    assert 0.11 < rows[0][0] < 0.16


def test_some_slips_fillers_and_second_accounts_are_there(asked: Ask) -> None:
    rows = asked("""
        SELECT count_if(email LIKE '%+shop@%'), count_if(email = 'none@none.com'), count_if(phone = '000000'),
            count_if(birth_date = '1900-01-01'), count_if(given_name = upper(given_name)), count_if(name LIKE '%, %'), count_if(name = 'n/a') FROM people""")
    assert all(count > 5 for count in rows[0])
    known = [*GIVEN, *(bare(name) for name in GIVEN)]
    slipped = asked(
        f"SELECT count(*) FROM people WHERE length(given_name) > 2 AND lower(given_name) NOT IN {tuple(name.lower() for name in known)}"
    )
    assert slipped[0][0] > 100
    second = asked("SELECT count(*) FROM (SELECT 1 FROM truth.records WHERE source = 'webshop' GROUP BY person_id HAVING count(*) > 1)")
    assert 300 < second[0][0] < 800


def test_names_are_common_and_shared_by_many(asked: Ask) -> None:
    rows = asked(
        "SELECT max(n), count(*) FROM (SELECT count(DISTINCT person_id) AS n FROM people JOIN truth.records USING (source, source_id) GROUP BY given_name, family_name)"
    )
    assert rows[0][0] >= 5
    assert rows[0][1] > 3_000
    assert len(set(FAMILY_NAMES)) > 150


def test_the_smallest_and_the_largest_numbers_still_make_people() -> None:
    from duecare.demo.chunk import Chunk
    from duecare.demo.people import make_people

    last = make_people(Chunk(seed=1, place=99, first=9_900_000, size=1_000))
    assert len(set(last.mobile.tolist())) >= 998
    assert last.mobile.max() < 40_000_000
    assert last.landline.max() < 100_000_000
    assert last.birth_day.min() > -25_000
