"""How right a clustering is, against the truth: exact, and fast enough for ten millions of records.

A cluster and a person are whole numbers, one a record; any numbers will do, see `numbered` for
other ids. Everything is counted from the *cells*: how many records of a person lie in a cluster.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Rating(NamedTuple):
    """Shares of 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall) if self.precision + self.recall else 0.0


class Share(NamedTuple):
    """So many of so many."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        return self.hits / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells that are not empty, by cluster and person; clusters and persons are numbered from 0."""

    cluster: Ints
    person: Ints
    records: Ints
    of_person: Ints
    """The original number of each person."""

    @property
    def clusters(self) -> int:
        return int(self.cluster.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class Score:
    """All that is asked of a clustering."""

    pairs: Rating
    b_cubed: Rating
    households: Share
    """Households of several persons with a cluster that holds records of two of them."""
    twins: Share
    """Pairs of twins merged: some cluster holds records of both."""
    juniors: Share
    """Juniors merged with the parent whose name they bear, of those where some record of each has a birth date."""
    largest_wrong: int
    """Most different persons in one cluster."""

    def __str__(self) -> str:
        named = {"pairs": self.pairs, "b-cubed": self.b_cubed}
        rated = [f"{name} P {r.precision:.4f} R {r.recall:.4f} F1 {r.f1:.4f}" for name, r in named.items()]
        shares = {"households": self.households, "twins": self.twins, "juniors": self.juniors}
        return "; ".join([*rated, *(f"{name} {s.share:.2%} of {s.of}" for name, s in shares.items()), f"largest {self.largest_wrong}"])


def score(clusters: Ints, truth: pa.Table, birth_dated: Flags) -> Score:
    """Score the clusters of the records of a world.

    Args:
        clusters: one number a record.
        truth: as `duecare.demo.worlds.make_world` gives it, row by row beside *clusters*.
        birth_dated: which records have a birth date that says something.
    """
    person, household = column(truth, "person_id"), column(truth, "household_id")
    cells = count_cells(clusters, person)
    dated = np.unique(person[birth_dated])
    junior, parent = pairs_of(truth, "parent_id")
    known = np.isin(junior, dated) & np.isin(parent, dated)
    return Score(
        pairs=pair_rating(cells),
        b_cubed=b_cubed(cells),
        households=households_merged(cells, person, household),
        twins=merged(cells, *pairs_of(truth, "twin_id")),
        juniors=merged(cells, junior[known], parent[known]),
        largest_wrong=largest(cells),
    )


def numbered(ids: Any) -> Ints:  # noqa: ANN401 - any ids that Arrow takes
    """Return a whole number for each id, the same for the same id; each null id is one of its own."""
    column = ids if isinstance(ids, pa.ChunkedArray) else pa.chunked_array([ids])
    coded: Any = column.combine_chunks().dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    alone = np.flatnonzero(codes < 0)
    codes[alone] = len(coded.dictionary) + np.arange(len(alone))
    return codes


def column(truth: pa.Table, name: str) -> Ints:
    """Return a column of whole numbers; -1 where null."""
    values: Any = truth[name]
    return values.combine_chunks().fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


def pairs_of(truth: pa.Table, name: str) -> tuple[Ints, Ints]:
    """Return each pair once of a person who has records and the other that *name* says, where that one has records too."""
    person, other = column(truth, "person_id"), column(truth, name)
    rows = np.flatnonzero(other >= 0)
    pair = np.unique(np.stack((person[rows], other[rows]), axis=1), axis=0)
    if name == "twin_id":
        pair = np.unique(np.sort(pair, axis=1), axis=0)
    present = np.isin(pair[:, 0], person) & np.isin(pair[:, 1], person)
    return pair[present, 0], pair[present, 1]


def count_cells(clusters: Ints, person: Ints) -> Cells:
    """Count the records of each person in each cluster."""
    in_cluster = np.unique(clusters, return_inverse=True)[1].astype(np.int64)
    of_person, persons = np.unique(person, return_inverse=True)
    width = max(len(of_person), 1)
    keys, records = np.unique(in_cluster * width + persons, return_counts=True)
    return Cells(keys // width, keys % width, records.astype(np.int64), of_person)


def pair_rating(cells: Cells) -> Rating:
    """Rate the pairs of records: of those in one cluster, how many are of one person, and the other way round.

    Where nothing is paired, nothing is wrong: 1.
    """
    right = _pairs(cells.records).sum()
    said, true = (_pairs(_sums(group, cells.records)).sum() for group in (cells.cluster, cells.person))
    return Rating(float(right / said) if said else 1.0, float(right / true) if true else 1.0)


def _pairs(records: Ints) -> Ints:
    return records * (records - 1) // 2


def _sums(group: Ints, records: Ints) -> Ints:
    """Sum of records by group; exact below 2 ** 53."""
    return np.bincount(group, weights=records).astype(np.int64)


def b_cubed(cells: Cells) -> Rating:
    """Rate by record, then average: what share of its cluster is of its person, and of its person in its cluster.

    Source: Bagga & Baldwin (1998), "Entity-Based Cross-Document Coreferencing Using the Vector Space Model".
    """
    square, every = cells.records.astype(np.float64) ** 2, cells.records.sum()
    if not every:
        return Rating(1.0, 1.0)
    precision, recall = (float((square / _sums(group, cells.records)[group]).sum() / every) for group in (cells.cluster, cells.person))
    return Rating(precision, recall)


def households_merged(cells: Cells, person: Ints, household: Ints) -> Share:
    """Count the households of several persons, and those with a cluster that holds records of two of them."""
    first = np.unique(person, return_index=True)[1]
    home = np.unique(household[first], return_inverse=True)[1].astype(np.int64)
    several = np.bincount(home) > 1 if len(home) else np.zeros(0, np.bool_)
    width = max(len(several), 1)
    met, times = np.unique(cells.cluster * width + home[cells.person], return_counts=True)
    return Share(len(np.unique(met[times > 1] % width)), int(several.sum()))


def merged(cells: Cells, one: Ints, other: Ints) -> Share:
    """Count the pairs of persons of whom some cluster holds records of both."""
    together = np.intersect1d(_places(cells, one), _places(cells, other))
    return Share(len(np.unique(together // max(cells.clusters, 1))), len(one))


def _places(cells: Cells, persons: Ints) -> Ints:
    """Return the clusters of each of the persons, each as pair * clusters + cluster."""
    by_person = np.argsort(cells.person, kind="stable")
    sought = np.searchsorted(cells.of_person, persons)
    low, high = (np.searchsorted(cells.person[by_person], sought, side) for side in ("left", "right"))
    many = high - low
    pair = np.repeat(np.arange(len(persons)), many)
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return pair * max(cells.clusters, 1) + cells.cluster[by_person[np.repeat(low, many) + within]]


def largest(cells: Cells) -> int:
    """Return the most different persons in one cluster."""
    return int(np.bincount(cells.cluster).max(initial=0))


class Bin(NamedTuple):
    """One bin of stated confidence."""

    many: int
    stated: float
    true: float

    @property
    def gap(self) -> float:
        return abs(self.stated - self.true)


def reliability(stated: Floats, true: Flags, bins: int = 10) -> list[Bin]:
    """Part what was stated, from least to most confident, into bins of equal count and say what was stated and true in each.

    Equal statements are of one mind: each counts with the share of them that is true, so that no order of rows
    moves the outcome. Bins differ by one in count where they must; empty ones are left out.
    """
    level, which, times = np.unique(stated, return_inverse=True, return_counts=True)
    share = np.bincount(which, weights=true, minlength=len(level)) / times
    sizes = [len(part) for part in np.array_split(np.arange(len(stated)), bins)]
    parts = np.split(np.sort(which), np.cumsum(sizes)[:-1])
    return [Bin(len(part), float(level[part].mean()), float(share[part].mean())) for part in parts if len(part)]


def pairs_right(left: Ints, right: Ints, person: Ints) -> Flags:
    """Say of pairs of records, as places, which are of one person: the truth beside a pair's stated confidence."""
    return person[left] == person[right]


def records_right(clusters: Ints, person: Ints) -> Flags:
    """Say of each record whether its cluster is of its person alone: the truth beside a record's stated confidence."""
    cells = count_cells(clusters, person)
    persons = np.bincount(cells.cluster)
    return persons[np.unique(clusters, return_inverse=True)[1]] == 1
