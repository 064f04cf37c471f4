"""Evidence: what the records of a few customers say of being one, weighed again from what a run has kept.

The faces, the weights and the blocks of a published run give the very pairs that the run saw, so
that a decision can be taken again, and taken without this or that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duecare.identity.blocks import Block
from duecare.identity.clustering import HOME_FROM
from duecare.identity.edges import IN_DOUBT, Edges, edges
from duecare.identity.levels import Face, equal_in
from duecare.identity.model import Model
from duecare.identity.pairing import SHORTEST_LOGIN, UNSAID, Pairs, Reals
from duecare.identity.weighing import FREQUENT, Common, Odds, weigh
from duecare.records import Warehouse

NAMES = ("username", "handle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a run decided by."""

    model: Model | None
    """None when no column could tell people apart."""
    blocks: tuple[Block, ...]
    threshold_bits: float
    faces: int
    """How many records of persons were compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Some records, and every pair of them."""

    numbers: tuple[int, ...]
    """Their numbers in the run, from 1 on; places below are places herein."""
    faces: tuple[Face, ...]
    pairs: Pairs
    odds: Odds
    edges: Edges
    """All pairs, as the guard sees them."""
    seen: NDArray[np.bool_]
    """Which of the pairs the run had before it: blocks brought them together, or they tell two apart or show a home."""
    comparable: NDArray[np.bool_]
    """Which of the pairs have anything to compare."""
    twins: NDArray[np.bool_]
    """Which of the pairs were born on one day and are called alike, as twins are."""
    common: Mapping[str, Common]
    """How common the values of the records are."""

    def between(self, ones: Sequence[int], others: Sequence[int]) -> NDArray[np.bool_]:
        """Which pairs join a record of the one side with one of the other, by their places."""
        a, b = self.edges.a, self.edges.b
        return (np.isin(a, ones) & np.isin(b, others)) | (np.isin(a, others) & np.isin(b, ones))

    @property
    def plain_bits(self) -> Reals:
        """What pairs say for being one, without the caution that holds for a home."""
        return self.odds.bits.astype(np.float64)


def keep(warehouse: Warehouse, model: Model | None) -> None:
    """Make `weights`, what a run weighed by, so that its decisions can be taken again."""
    import pyarrow as pa

    rows = [] if model is None else [(model.version, model.as_json())]
    columns = {name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(("version", "weights"))}
    warehouse.put("weights", pa.table(columns))


def basis(warehouse: Warehouse, said: Mapping[str, Any]) -> Basis:
    """Return what a published run decided by.

    Args:
        warehouse: the run's; its table `weights` holds the model.
        said: what the run's facts say under `identity`.
    """
    rows = warehouse.arrow("SELECT weights FROM {weights}", weights="weights")["weights"].to_pylist()
    faces = warehouse.arrow("SELECT count(*) AS n FROM {faces}", faces="faces")["n"][0].as_py()
    return Basis(
        model=Model.from_json(str(rows[0])) if rows else None,
        blocks=tuple(tuple(str(column) for column in block) for block in said["blocks"]),
        threshold_bits=threshold_bits(float(said["threshold"])),
        faces=int(faces),
    )


def threshold_bits(probability: float) -> float:
    """Return the log2 of the odds of a probability.

    >>> threshold_bits(0.5), round(threshold_bits(0.8), 6)
    (0.0, 2.0)
    """
    return float(np.log2(probability / (1 - probability))) if probability < 1 else np.inf


def evidence(warehouse: Warehouse, by: Basis, numbers: Sequence[int]) -> Evidence:
    """Weigh every pair of these records of a published run; those that say nothing have an empty face."""
    found_faces = _faces(warehouse, numbers)
    faces = tuple(found_faces.get(number, {}) for number in numbers)
    a, b = (np.array(side, dtype=np.int32) for side in _every_pair(len(faces)))
    if by.model is None:
        return _none(tuple(numbers), faces, a, b)
    pairs = Pairs(a, b, np.array([pattern(by.model, faces[i], faces[j]) for i, j in zip(a, b, strict=True)], dtype=np.int64))
    common = _common(warehouse, numbers, faces)
    odds = weigh(pairs, by.model, common, by.faces)
    known = np.array([bool(face.get("given_known")) for face in faces], dtype=np.bool_)
    found = edges(pairs, odds, by.model, known)
    met = np.array([meet(faces[i], faces[j], by.blocks) for i, j in zip(a, b, strict=True)], dtype=np.bool_)
    seen = met | (found.apart > 0) | (odds.home_share > HOME_FROM)
    blank = pattern(by.model, {}, {})
    columns = tuple(by.model.columns)
    born = pairs.level(columns.index("birth_date")) == 0 if "birth_date" in columns else np.zeros(len(a), np.bool_)
    return Evidence(
        numbers=tuple(numbers),
        faces=faces,
        pairs=pairs,
        odds=odds,
        edges=found,
        seen=seen,
        comparable=pairs.pattern != blank,
        twins=born & (found.apart == IN_DOUBT),
        common=common,
    )


def _none(numbers: tuple[int, ...], faces: tuple[Face, ...], a: NDArray[np.int32], b: NDArray[np.int32]) -> Evidence:
    """Where no column tells people apart, no pair says anything."""
    zero, no = np.zeros(len(a)), np.zeros(len(a), np.bool_)
    flat = Edges.plain(a.astype(np.int64), b.astype(np.int64), zero)
    pairs = Pairs(a, b, np.zeros(len(a), np.int64))
    return Evidence(
        numbers=numbers, faces=faces, pairs=pairs, odds=Odds(zero, zero, zero), edges=flat, seen=no, comparable=no, twins=no, common={}
    )


def pattern(model: Model, a: Face, b: Face) -> int:
    """Return the levels of two faces as `Pairs` keeps them."""
    levels = (one.level(a, b) for one in model.compared)
    return sum((UNSAID if level is None else level) << (4 * place) for place, level in enumerate(levels))


def meet(a: Face, b: Face, blocks: Sequence[Block]) -> bool:
    """Whether a block brings two records together, or the log-in of one is the other's.

    >>> meet({"email": "a@b.example"}, {"email": "a@b.example"}, [("email",)]), meet({"given": "anna"}, {"given": "anna"}, [("email",)])
    (True, False)
    """
    if any(all(equal_in(a, b, column) for column in block) for block in blocks):
        return True
    used = {column for block in blocks for column in block} & set(NAMES)
    return bool(used) and bool((_names(a) & _logins(b)) | (_names(b) & _logins(a)))


def _names(face: Face) -> set[str]:
    return {str(face[column]) for column in NAMES if face.get(column)}


def _logins(face: Face) -> set[str]:
    login = str(face.get("login") or "")
    return _names(face) | ({login} if len(login) >= SHORTEST_LOGIN else set())


def _every_pair(many: int) -> tuple[list[int], list[int]]:
    both = list(combinations(range(many), 2))
    return [a for a, _ in both], [b for _, b in both]


def listed(numbers: Sequence[int]) -> str:
    """Write record numbers for a statement; a number that is none is an error, so nothing else enters it."""
    return ", ".join(str(int(number)) for number in numbers) or "-1"


def _faces(warehouse: Warehouse, numbers: Sequence[int]) -> dict[int, Face]:
    sql = f"SELECT * FROM {{faces}} WHERE unique_id IN ({listed(numbers)})"
    return {int(row["unique_id"]): row for row in warehouse.arrow(sql, faces="faces").to_pylist()}


def _common(warehouse: Warehouse, numbers: Sequence[int], faces: Sequence[Face]) -> dict[str, Common]:
    """How common the values of these records are among all."""
    counts = ", ".join(f"count({column}) AS {column}" for column in FREQUENT)
    (said,) = warehouse.arrow(f"SELECT {counts} FROM {{faces}}", faces="faces").to_pylist()
    made: dict[str, Common] = {}
    for column in FREQUENT:
        these = f"SELECT DISTINCT {column} FROM {{faces}} WHERE unique_id IN ({listed(numbers)})"
        sql = (
            f"SELECT f.{column} AS value, count(*) AS n FROM {{faces}} f JOIN ({these}) AS q ON q.{column} = f.{column} GROUP BY f.{column}"
        )
        bears = {row["value"]: float(row["n"]) for row in warehouse.arrow(sql, faces="faces").to_pylist()}
        made[column] = Common(np.array([bears.get(face.get(column), np.nan) for face in faces]), int(said[column]))
    return made
