"""What else is known: traits with purpose and consent, groups for the audit, levels that were bought.

`app_theme` is the planted proxy: it says nothing of how anybody buys, but women and men
choose differently, and women spend less here (`habits.WOMEN_SPEND`). So it foretells spend
until one looks within a group.
"""

import numpy as np
import pyarrow as pa

from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Ints, counts, same, table, times, words
from duecare.demo.days import END, Window
from duecare.demo.people import TODAY, YEAR_DAYS, People
from duecare.demo.records import SOCIAL, TILL, WEBSHOP, Records

THEMES, THEME_WOMEN, THEME_MEN = ("dawn", "midnight"), 0.80, 0.25
"""The share of women and of men who choose the first."""
JOBS = ("office", "trades", "care", "education", "public service", "self-employed", "retired", "studying")
HOMES = ("flat", "house", "house with garden")
TOLD_JOB, TOLD_HOME = 0.20, 0.10
FOLLOWERS_MEDIAN, FOLLOWERS_SPREAD = 120, 1.6
TRAITS = ("app_theme", "job_category", "assets", "reach")
PURPOSES = ("display", "matching skills", "advice on products", "influence")
CONSENTS = ("contract", "opt-in", "opt-in", "opt-in")

DECLARED = 0.8
"""Share of customers whose groups the audit knows."""
AGES, AGE_FROM = ("under 35", "35 to 64", "65 and over"), (35, 65)
LEVELS, LEVEL_SHARES = ("Plus", "Premium"), (0.007, 0.003)


def traits_table(chunk: Chunk, people: People, records: Records, first_seen: Ints) -> pa.Table:
    """Return the contract's `traits` rows of a chunk."""
    chances, n = chunk.chances("traits"), records.size
    woman = people.woman[records.person]
    theme = (chances.random(n) >= np.where(woman, THEME_WOMEN, THEME_MEN)).astype(np.int64)
    job, home = chances.integers(0, len(JOBS), n), chances.integers(0, len(HOMES), n)
    reach = (FOLLOWERS_MEDIAN * np.exp(FOLLOWERS_SPREAD * chances.standard_normal(n))).astype(np.int64)
    online = records.source == WEBSHOP
    has = (
        online,
        (records.source == TILL) & (chances.random(n) < TOLD_JOB),
        online & (chances.random(n) < TOLD_HOME),
        records.source == SOCIAL,
    )
    record = np.concatenate([np.flatnonzero(h) for h in has])
    kind = np.repeat(np.arange(len(TRAITS)), [int(h.sum()) for h in has])
    values = (words(THEMES, theme[has[0]]), words(JOBS, job[has[1]]), words(HOMES, home[has[2]]), counts(reach[has[3]]).cast(pa.string()))
    columns = records.who(record) | {"name": words(TRAITS, kind), "value": pa.concat_arrays(values)}
    columns |= {"observed_at": times(first_seen[record]), "purpose": words(PURPOSES, kind), "consent": words(CONSENTS, kind)}
    return table(columns)


def first_records(records: Records) -> Ints:
    """Return the first record of each person."""
    return np.flatnonzero(np.concatenate(([True], records.person[1:] != records.person[:-1])))


def groups_table(chunk: Chunk, people: People, records: Records) -> pa.Table:
    """Return the contract's `audit_groups` rows of a chunk: gender and age of those who declared them, at one record each."""
    declared = chunk.chances("groups").random(people.size) < DECLARED
    record = first_records(records)[declared]
    years = (TODAY - people.birth_day[declared]) / YEAR_DAYS
    gender = words(("men", "women"), people.woman[declared].astype(np.int64))
    age = words(AGES, np.searchsorted(AGE_FROM, years, side="right").astype(np.int64))
    columns = records.who(np.concatenate((record, record)))
    columns |= {"group": pa.concat_arrays([same("gender", len(record)), same("age", len(record))])}
    return table(columns | {"value": pa.concat_arrays([gender, age])})


def levels_table(chunk: Chunk, records: Records, span: Window) -> pa.Table:
    """Return the contract's `entitlements` rows of a chunk: the lower level is bought for a year, the higher stands in contracts."""
    chances = chunk.chances("levels")
    level = np.searchsorted(np.cumsum(LEVEL_SHARES), chances.random(chunk.size), side="right")
    record, level = first_records(records)[level < len(LEVELS)], level[level < len(LEVELS)]
    begins = span.start + (chances.random(len(level)) * (END - span.start) / DAY_S).astype(np.int64) * DAY_S
    columns = records.who(record) | {"level": words(LEVELS, level), "kind": words(("bought", "contracted"), level)}
    return table(columns | {"from_at": times(begins), "to_at": times(begins + 365 * DAY_S, level == 0)})
