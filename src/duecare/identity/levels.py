"""Levels: the degrees in which two records can agree.

Each level is said twice, once in SQL for millions of pairs, and once in Python for the look-up,
which weighs the few that a caller could be. A test holds the two equal. Signs are counted as the
engine counts them, in bytes of UTF-8.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Face: TypeAlias = Mapping[str, object]
"""What one record says, column by column, cleaned for matching; absent or None where it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One degree of agreement between two records in one column."""

    says: str
    """In words, to be read after the column's name: `e-mail: the same`."""
    sql: str
    """Condition over `{c}_l` and `{c}_r`."""
    holds: Callable[[Face, Face], bool]
    frequency: str | None = None
    """The column in whose rare values to agree says more than in common ones; its frequency stands in for *u*."""
    alike: bool = False
    """Whether two names that fall in here are alike, as twins are often called."""
    m: float
    """Share of one person's pairs of records that fall in here, where the data cannot teach it."""
    u: float
    """Share of two people's pairs that do, where the data cannot teach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One column and its levels, best first; the last takes whatever is left."""

    column: str
    name: str
    """How people call it."""
    levels: tuple[Level, ...]
    said: tuple[str, ...] = ()
    """Columns of which both records must say one at least; the column itself when empty."""
    unsaid: str = ""
    """SQL of two records that have nothing to compare here, where it is not that no column of `needs` is said by both."""
    comparable_by: Callable[[Face, Face], bool] | None = None
    """Its contrary in Python."""

    @property
    def equal(self) -> tuple[int, ...]:
        """The levels whose values are the same, which can be counted and need no sample."""
        return tuple(index for index, level in enumerate(self.levels) if level.sql.startswith(f"{self.column}_l = {self.column}_r"))

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of which both records must say one at least."""
        return self.said or (self.column,)

    @property
    def unsaid_sql(self) -> str:
        """Condition of two records that have nothing to compare here."""
        return self.unsaid or " AND ".join(f"({column}_l IS NULL OR {column}_r IS NULL)" for column in self.needs)

    def comparable(self, a: Face, b: Face) -> bool:
        """Whether two records have something to compare here."""
        return self.comparable_by(a, b) if self.comparable_by else any(both_say(a, b, column) for column in self.needs)

    def level(self, a: Face, b: Face) -> int | None:
        """Return the index of the level that two records fall in, None when they have nothing to compare."""
        if not self.comparable(a, b):
            return None
        return next(index for index, level in enumerate(self.levels) if level.holds(a, b))


def text_of(face: Face, column: str) -> str:
    """Return what a record says in a column, empty where it says nothing."""
    return str(face.get(column) or "")


def both_say(a: Face, b: Face, column: str) -> bool:
    """Whether both records say something in a column."""
    return a.get(column) is not None and b.get(column) is not None


def equal_in(a: Face, b: Face, column: str) -> bool:
    """Whether both records say the same in a column."""
    return a.get(column) is not None and a.get(column) == b.get(column)


def near(a: Face, b: Face) -> bool:
    """Whether two addresses are known to lie in one place."""
    told = next((column for column in ("postcode", "city") if both_say(a, b, column)), None)
    return told is not None and a[told] == b[told]


def same_place(a: Face, b: Face) -> bool:
    """Whether nothing tells that two addresses lie in different places."""
    return near(a, b) or not (both_say(a, b, "postcode") or both_say(a, b, "city"))


def same(column: str, m: float, u: float, *, by_frequency: bool = False) -> Level:
    """The same value."""
    return Level(
        says="the same",
        sql=f"{column}_l = {column}_r",
        holds=lambda a, b: a[column] == b[column],
        frequency=column if by_frequency else None,
        m=m,
        u=u,
    )


def own(column: str, m: float, u: float) -> Level:
    """The same value, and one that is borne under one given name alone."""
    return Level(
        says="the same",
        sql=f"{column}_l = {column}_r AND NOT {column}_common_l",
        holds=lambda a, b: a[column] == b[column] and not (a.get(f"{column}_common") or b.get(f"{column}_common")),
        m=m,
        u=u,
    )


def shared(column: str, m: float, u: float) -> Level:
    """The same value, and one that is borne under several given names, as a family's."""
    return Level(
        says="the same, borne under several given names",
        sql=f"{column}_l = {column}_r",
        holds=lambda a, b: a[column] == b[column],
        m=m,
        u=u,
    )


def otherwise(m: float, u: float) -> Level:
    """Whatever is left."""
    return Level(says="different", sql="TRUE", holds=lambda _a, _b: True, m=m, u=u)


def slips(one: str, other: str, most: int) -> bool:
    """Whether two texts lie at most so many slips apart (Damerau-Levenshtein).

    >>> slips("12345", "12354", 1)
    True
    """
    from rapidfuzz.distance import DamerauLevenshtein

    return DamerauLevenshtein.distance(one.encode(), other.encode(), score_cutoff=most) <= most


def letters(one: str, other: str, most: int) -> bool:
    """Whether two texts lie at most so many letters apart (Levenshtein).

    >>> letters("maria", "mario", 1)
    True
    """
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(one.encode(), other.encode(), score_cutoff=most) <= most


def slip(column: str, most: int, m: float, u: float, *, alike: float = 0.0) -> Level:
    """At most so many signs changed, left out, put in or swapped; only if *alike* by Jaro-Winkler, which spares long texts the count."""

    def holds(a: Face, b: Face) -> bool:
        one, other = text_of(a, column), text_of(b, column)
        return like(one, other, alike) and slips(one, other, most)

    says = "one slip apart" if most == 1 else f"{most} slips apart"
    first = f"{like_sql(f'{column}_l', f'{column}_r', alike)} AND " if alike else ""
    return Level(says=says, sql=f"{first}damerau_levenshtein({column}_l, {column}_r) <= {most}", holds=holds, m=m, u=u)


def similar(one: str, other: str) -> float:
    """Return the Jaro-Winkler similarity of two texts, from 0 to 1, as the engine reckons it; 0 where one is empty.

    >>> round(similar("martha", "marhta"), 4)
    0.9611
    """
    from rapidfuzz.distance import JaroWinkler

    return JaroWinkler.similarity(one.encode(), other.encode()) if one and other else 0.0


HAIR = 1e-9
"""Two builds of one measure may differ in its last digit; what lies on a cut is above it in both."""


def like(one: str, other: str, least: float) -> bool:
    """Whether two texts are alike by Jaro-Winkler, *least* at least."""
    return similar(one, other) >= least - HAIR


def like_sql(one: str, other: str, least: float) -> str:
    """The same of two columns, as a condition."""
    return f"jaro_winkler_similarity({one}, {other}) >= {least - HAIR:.9f}"


def alike_by(column: str, least: float, m: float, u: float, *, rare: bool = False) -> Level:
    """Alike by Jaro-Winkler; when *rare*, only if one of the two is not a name that many bear."""
    unknown = f" AND NOT ({column}_known_l AND {column}_known_r)" if rare else ""

    def holds(a: Face, b: Face) -> bool:
        both = rare and bool(a.get(f"{column}_known")) and bool(b.get(f"{column}_known"))
        return not both and like(text_of(a, column), text_of(b, column), least)

    says = "nearly the same" if least > 0.9 else "alike"
    return Level(says=says, sql=like_sql(f"{column}_l", f"{column}_r", least) + unknown, holds=holds, alike=rare, m=m, u=u)


def swapped(m: float, u: float) -> Level:
    """Given and family name stand in each other's place."""
    crossed = (like_sql("given_l", "family_r", 0.88), like_sql("family_l", "given_r", 0.88))
    return Level(says="given and family name changed places", sql=" AND ".join(crossed), holds=crossed_over, m=m, u=u)


def crossed_over(a: Face, b: Face) -> bool:
    """Whether the given name of each is, nearly, the family name of the other."""
    pairs = [(text_of(a, "given"), text_of(b, "family")), (text_of(a, "family"), text_of(b, "given"))]
    return all(one and other and like(one, other, 0.88) for one, other in pairs)


def across(a: Face, b: Face) -> bool:
    """Whether the family name of one is the given name of the other."""
    return a.get("family") is not None and a.get("family") == b.get("given")


def related(a: Face, b: Face) -> bool:
    """Whether two given names can be forms of one, as Bill and William."""
    one, other = a.get("given_forms"), b.get("given_forms")
    return isinstance(one, Sequence) and isinstance(other, Sequence) and not set(one).isdisjoint(other)


def initial(a: Face, b: Face) -> bool:
    """Whether one given name is the first letter of the other."""
    one, other = text_of(a, "given"), text_of(b, "given")
    return one[:1] == other[:1] and (len(one) == 1 or len(other) == 1)


def worded(column: str) -> Callable[[Face, Face], bool]:
    """Return a test whether one name is a whole word, or several, of the other."""

    def holds(a: Face, b: Face) -> bool:
        one, other = f" {text_of(a, column)} ", f" {text_of(b, column)} "
        return one in other or other in one

    return holds


def part(column: str, m: float, u: float) -> Level:
    """One name is a whole word of the other, as after a marriage or where a second given name is left out."""
    one, other = f"concat(' ', {column}_l, ' ')", f"concat(' ', {column}_r, ' ')"
    sql = f"(contains({one}, {other}) OR contains({other}, {one}))"
    return Level(says="one is a part of the other", sql=sql, holds=worded(column), m=m, u=u)


def begins(a: Face, b: Face) -> bool:
    """Whether one given name is how the other begins, as Dani and Daniel."""
    one, other = text_of(a, "given"), text_of(b, "given")
    return min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one))
