"""Pairing: which records meet, and the level of agreement in each column that they fall into, found by the engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.identity.blocks import Block
from duecare.identity.levels import Compared
from duecare.identity.model import Model
from duecare.records import Warehouse

Reals: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Levels: TypeAlias = NDArray[np.int8]

UNSAID = 15
"""The level of two records that have nothing to compare; each level takes four bits of a pattern."""

MARKS = ("given_known", "given_forms", "email_common", "phone_common", "loyalty_common")
"""What is known of a record's values beside the values themselves."""

SHORTEST_LOGIN = 5
"""Signs before the @ that may be somebody's log-in elsewhere; shorter ones are info and post."""

MOST_LOGINS = 20
"""A log-in that so many records go by tells nobody apart."""

PARTNERS = ("given", "family", "login", "username", "handle")
"""Columns that a level of another one looks at."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of records, numbered from 0, and the level of each column that they fall in."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    pattern: Integers
    """Four bits for each column of the model, the first one lowest."""

    def __len__(self) -> int:
        return len(self.a)

    @classmethod
    def none(cls) -> "Pairs":
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))

    def level(self, place: int) -> Levels:
        """Return the level of the column at *place* for each pair, `UNSAID` where there is nothing to compare."""
        return ((self.pattern >> (4 * place)) & UNSAID).astype(np.int8)


def compare(warehouse: Warehouse, model: Model, blocks: Sequence[Block], faces: str = "faces") -> Pairs:
    """Return every pair of *faces* that *blocks* bring together, each once, in the order of its records."""
    if not blocks:
        return Pairs.none()
    warehouse.run("asked", _blocked_sql(blocks), faces=faces)
    return _compared(warehouse, model, faces)


def compare_these(warehouse: Warehouse, model: Model, a: Integers, b: Integers, faces: str = "faces") -> Pairs:
    """Return the pairs of records *a* and *b*, numbered from 0, compared; in the order of their records."""
    import pyarrow as pa

    warehouse.put("asked", pa.table({"first": pa.array(a + 1, pa.int32()), "second": pa.array(b + 1, pa.int32())}))
    return _compared(warehouse, model, faces)


def _compared(warehouse: Warehouse, model: Model, faces: str) -> Pairs:
    """Compare the pairs of the table `asked`, and forget it."""
    left, right = (_side(side, model.compared) for side in "lr")
    head = f"SELECT first - 1 AS first, second - 1 AS second, {_pattern_sql(model.compared)} AS pattern"
    sql = f"{head} FROM {{asked}} JOIN {left} ON unique_id_l = first JOIN {right} ON unique_id_r = second"
    found = warehouse.arrow(sql, asked="asked", faces=faces)
    warehouse.drop("asked")
    a, b, pattern = (found[name].to_numpy() for name in ("first", "second", "pattern"))
    key, first = np.unique(a.astype(np.int64) << 32 | b, return_index=True)
    return Pairs((key >> 32).astype(np.int32), (key & 0xFFFFFFFF).astype(np.int32), pattern[first])


def _blocked_sql(blocks: Sequence[Block]) -> str:
    columns = sorted({column for block in blocks for column in block})
    faces = f"(SELECT unique_id, {', '.join(columns)} FROM {{faces}})"
    head = f"SELECT {_NUMBERS.format('l.unique_id', 'r.unique_id')}"
    joined = [f"{head} FROM {faces} AS l JOIN {faces} AS r ON {_meet(block, blocks[:at])}" for at, block in enumerate(blocks)]
    return " UNION ALL ".join(joined + ([_across_sql()] if {"username", "handle"} & set(columns) else []))


_NUMBERS = "CAST({} AS INTEGER) AS first, CAST({} AS INTEGER) AS second"


def _across_sql() -> str:
    """Log-ins that meet across columns: the user name of one is the handle of the other, or its e-mail up to the @."""
    said = "SELECT unique_id, {0} AS name FROM {{faces}} WHERE {0} IS NOT NULL"
    names = f"{said.format('username')} UNION {said.format('handle')}"
    logins = f"{names} UNION {said.format('login')} AND length(login) >= {SHORTEST_LOGIN}"
    few = f"SELECT name FROM ({logins}) AS every_login GROUP BY name HAVING count(*) <= {MOST_LOGINS}"
    numbers = _NUMBERS.format("least(l.unique_id, r.unique_id)", "greatest(l.unique_id, r.unique_id)")
    meet = f"({names}) AS l JOIN ({few}) AS few ON few.name = l.name JOIN ({logins}) AS r ON r.name = l.name AND r.unique_id <> l.unique_id"
    return f"SELECT DISTINCT {numbers} FROM {meet}"


def _side(side: str, compared: Sequence[Compared]) -> str:
    """The faces as one side of a pair, each column named after its side."""
    taken = dict.fromkeys(("unique_id", *(column for one in compared for column in one.needs), *PARTNERS, *MARKS))
    return f"(SELECT {', '.join(f'{column} AS {column}_{side}' for column in taken)} FROM {{faces}}) AS {side}"


def _meet(block: Block, earlier: Sequence[Block]) -> str:
    """Agree in the block, and in none of the earlier ones, so that each pair comes once."""
    agree = " AND ".join(f"l.{column} = r.{column}" for column in block)
    known = "".join(f" AND NOT coalesce({' AND '.join(f'l.{column} = r.{column}' for column in held)}, FALSE)" for held in earlier)
    return f"{agree} AND l.unique_id < r.unique_id{known}"


def _pattern_sql(compared: Sequence[Compared]) -> str:
    return " + ".join(f"CAST({_level_sql(one)} AS BIGINT) * {16**place}" for place, one in enumerate(compared)) or "CAST(0 AS BIGINT)"


def _level_sql(one: Compared) -> str:
    tests = " ".join(f"WHEN {level.sql} THEN {index}" for index, level in enumerate(one.levels[:-1]))
    return f"CASE WHEN {one.unsaid_sql} THEN {UNSAID} {tests} ELSE {len(one.levels) - 1} END"
