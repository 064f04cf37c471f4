"""Comparing: what of two records is compared, and the levels of agreement, best first.

A pair falls into the first level that holds; where the two have nothing to compare, into none.
Everything about a place is one column, and so is everything about a log-in, for what is told
twice is not two things that agree.
"""

from collections.abc import Collection

from duecare.identity.levels import (
    Compared,
    Face,
    Level,
    across,
    alike_by,
    begins,
    both_say,
    equal_in,
    initial,
    letters,
    like,
    like_sql,
    near,
    otherwise,
    own,
    part,
    related,
    same,
    same_place,
    shared,
    slip,
    slips,
    swapped,
    text_of,
)

GIVEN = Compared(
    column="given",
    name="given name",
    levels=(
        same("given", 0.80, 0.008, by_frequency=True),
        Level(says="forms of one name", sql="list_has_any(given_forms_l, given_forms_r)", holds=related, alike=True, m=0.03, u=0.004),
        swapped(0.005, 1e-5),
        part("given", 0.02, 0.003),
        Level(
            says="one is how the other begins",
            sql="length(given_l) >= 3 AND length(given_r) >= 3 AND (starts_with(given_l, given_r) OR starts_with(given_r, given_l))",
            holds=begins,
            alike=True,
            m=0.02,
            u=0.001,
        ),
        alike_by("given", 0.92, 0.04, 0.001, rare=True),
        Level(
            says="one is the other's first letter",
            sql="left(given_l, 1) = left(given_r, 1) AND (length(given_l) = 1 OR length(given_r) = 1)",
            holds=initial,
            m=0.03,
            u=0.003,
        ),
        alike_by("given", 0.84, 0.02, 0.002, rare=True),
        otherwise(0.055, 0.979),
    ),
)
FAMILY = Compared(
    column="family",
    name="family name",
    levels=(
        same("family", 0.85, 0.002, by_frequency=True),
        swapped(0.005, 1e-5),
        Level(
            says="the other's given name",
            sql="(family_l = given_r OR given_l = family_r)",
            holds=lambda a, b: across(a, b) or across(b, a),
            m=0.005,
            u=5e-5,
        ),
        part("family", 0.015, 0.0005),
        alike_by("family", 0.92, 0.05, 0.0015),
        alike_by("family", 0.84, 0.02, 0.004),
        otherwise(0.06, 0.992),
    ),
)
BIRTH_DATE = Compared(
    column="birth_date",
    name="birth date",
    levels=(
        same("birth_date", 0.93, 5e-5),
        Level(
            says="day and month changed places",
            sql="length(birth_date_l) = 10 AND length(birth_date_r) = 10 AND left(birth_date_l, 4) = left(birth_date_r, 4) AND substr(birth_date_l, 6, 2) = substr(birth_date_r, 9, 2) AND substr(birth_date_l, 9, 2) = substr(birth_date_r, 6, 2)",
            holds=lambda a, b: turned(text_of(a, "birth_date"), text_of(b, "birth_date")),
            m=0.01,
            u=3e-5,
        ),
        slip("birth_date", 1, 0.03, 0.001),
        slip("birth_date", 2, 0.01, 0.012),
        otherwise(0.02, 0.98692),
    ),
)
EMAIL = Compared(
    column="email",
    name="e-mail",
    levels=(
        own("email", 0.65, 5e-7),
        shared("email", 0.05, 5e-7),
        Level(
            says="the same before the @",
            sql="login_l = login_r",
            holds=lambda a, b: equal_in(a, b, "login"),
            m=0.04,
            u=2e-5,
        ),
        Level(
            says="two letters apart before the @",
            sql=f"{like_sql('login_l', 'login_r', 0.88)} AND levenshtein(login_l, login_r) <= 2",
            holds=lambda a, b: (
                like(text_of(a, "login"), text_of(b, "login"), 0.88) and letters(text_of(a, "login"), text_of(b, "login"), 2)
            ),
            m=0.03,
            u=1e-5,
        ),
        alike_by("email", 0.88, 0.03, 0.001),
        otherwise(0.20, 0.998969),
    ),
)
PHONE = Compared(
    column="phone",
    name="phone",
    levels=(
        own("phone", 0.65, 1e-6),
        shared("phone", 0.10, 1e-6),
        slip("phone", 1, 0.02, 1e-5, alike=0.92),
        otherwise(0.23, 0.999988),
    ),
)
LOYALTY = Compared(
    column="loyalty",
    name="loyalty card",
    levels=(
        own("loyalty", 0.90, 5e-7),
        shared("loyalty", 0.02, 5e-7),
        slip("loyalty", 1, 0.02, 1e-5, alike=0.9),
        otherwise(0.06, 0.999989),
    ),
)
ADDRESS = Compared(
    column="address",
    name="address",
    said=("street", "postcode", "city"),
    levels=(
        Level(
            says="the same street and number",
            sql="street_l = street_r AND coalesce(postcode_l = postcode_r, city_l = city_r, TRUE)",
            holds=lambda a, b: equal_in(a, b, "street") and same_place(a, b),
            m=0.62,
            u=1e-5,
        ),
        Level(
            says="nearly the same street, in the same place",
            sql=f"{like_sql('street_l', 'street_r', 0.92)} AND coalesce(postcode_l = postcode_r, city_l = city_r, FALSE)",
            holds=lambda a, b: like(text_of(a, "street"), text_of(b, "street"), 0.92) and both_say(a, b, "street") and near(a, b),
            m=0.05,
            u=3e-5,
        ),
        Level(
            says="the same postcode, no street to compare",
            sql="postcode_l = postcode_r AND (street_l IS NULL OR street_r IS NULL)",
            holds=lambda a, b: equal_in(a, b, "postcode") and not both_say(a, b, "street"),
            m=0.10,
            u=3e-4,
        ),
        Level(
            says="the same postcode, another street",
            sql="postcode_l = postcode_r",
            holds=lambda a, b: equal_in(a, b, "postcode"),
            m=0.04,
            u=3e-4,
        ),
        Level(
            says="the same street, another place",
            sql="street_l = street_r",
            holds=lambda a, b: equal_in(a, b, "street"),
            m=0.01,
            u=5e-4,
        ),
        Level(
            says="postcodes one slip apart",
            sql="damerau_levenshtein(postcode_l, postcode_r) <= 1",
            holds=lambda a, b: both_say(a, b, "postcode") and slips(text_of(a, "postcode"), text_of(b, "postcode"), 1),
            m=0.03,
            u=0.003,
        ),
        Level(
            says="the same town",
            sql="city_l = city_r",
            holds=lambda a, b: equal_in(a, b, "city"),
            frequency="city",
            m=0.05,
            u=0.02,
        ),
        otherwise(0.10, 0.9761),
    ),
)
LOGIN = Compared(
    column="login_name",
    name="log-in",
    said=("username", "handle"),
    unsaid="(username_l IS NULL AND handle_l IS NULL OR username_r IS NULL AND handle_r IS NULL AND login_r IS NULL)"
    " AND (username_r IS NULL AND handle_r IS NULL OR login_l IS NULL)",
    comparable_by=lambda a, b: bool((_names(a) and (_names(b) or b.get("login"))) or (_names(b) and a.get("login"))),
    levels=(
        Level(
            says="the same user name or handle",
            sql="(username_l = username_r OR handle_l = handle_r OR username_l = handle_r OR handle_l = username_r)",
            holds=lambda a, b: bool(_names(a) & _names(b)),
            m=0.60,
            u=2e-7,
        ),
        Level(
            says="user name or handle is the other's e-mail up to the @",
            sql="(username_l = login_r OR handle_l = login_r OR login_l = username_r OR login_l = handle_r)",
            holds=lambda a, b: a.get("login") in _names(b) or b.get("login") in _names(a),
            m=0.10,
            u=2e-7,
        ),
        Level(
            says="user names or handles two letters apart",
            sql=f"({like_sql('username_l', 'username_r', 0.88)} AND levenshtein(username_l, username_r) <= 2"
            f" OR {like_sql('handle_l', 'handle_r', 0.88)} AND levenshtein(handle_l, handle_r) <= 2)",
            holds=lambda a, b: any(
                both_say(a, b, c) and like(text_of(a, c), text_of(b, c), 0.88) and letters(text_of(a, c), text_of(b, c), 2)
                for c in ("username", "handle")
            ),
            m=0.03,
            u=4e-5,
        ),
        otherwise(0.27, 0.9999),
    ),
)


def _names(face: Face) -> set[str]:
    return {text_of(face, column) for column in ("username", "handle")} - {""}


COMPARED: tuple[Compared, ...] = (GIVEN, FAMILY, BIRTH_DATE, EMAIL, PHONE, LOYALTY, ADDRESS, LOGIN)
"""Every column that can be compared, in the order in which weights are told."""


def turned(one: str, other: str) -> bool:
    """Whether two birth dates as long as an ISO date are of one year, the month of each the day of the other.

    >>> turned("1980-03-05", "1980-05-03"), turned("1850", "1850?")
    (True, False)
    """
    whole = len(one) == len(other) == len("1980-03-05")
    return whole and (one[:4], one[5:7], one[8:10]) == (other[:4], other[8:10], other[5:7])


def compared(present: Collection[str]) -> tuple[Compared, ...]:
    """Return what can be compared where only these columns say anything."""
    return tuple(one for one in COMPARED if set(one.needs) & set(present))
