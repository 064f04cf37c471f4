"""Review: the doubts about who is who that are worth a look, ranked by uncertainty times what is at stake.

A doubt is either of two customers who may be one person, or of one customer who may be two. What
somebody ruled upon or locked is none. Nothing is decided here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from duecare.identity.doubting import one_person, uncertainty
from duecare.identity.edges import NEVER
from duecare.identity.evidence import listed
from duecare.identity.ledger import Integers
from duecare.identity.paths import strongest_tree
from duecare.identity.rulings import Decisions
from duecare.records import Warehouse, pieces

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 1_000
"""So many doubts are kept, the first ones."""

FROM_BITS = -4.0
"""Two customers are in doubt above this average: about one in ten are one person there."""

SURE = 0.99
"""A customer is in doubt whose records are one person's with less probability than this."""

IN_DOUBT_OF_MANY = 2 * MOST
"""So many are looked at closely before the first ones are kept."""

WORK = ("doubtful", "joins", "parts", "settled", "shut")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One doubt about who is who."""

    kind: str
    """`join`: two customers who may be one. `part`: one who may be two."""
    customer_id: str
    other_id: str | None
    """The other customer; None of a `part`."""
    record_a: int
    """Number of the record, in the run, of which it is asked whether it is one person's with *record_b*."""
    record_b: int
    out: str
    """Of a `part`, the numbers of the records that would leave; as text, a blank between."""
    probability: float
    """That it is one person."""
    value: float
    """What is at stake, as it was handed in."""
    why: str

    @property
    def uncertainty(self) -> float:
        """From 0, sure, to 1, even; 1 too where it is more likely wrong than right as it is."""
        wrong = self.probability if self.kind == "join" else 1 - self.probability
        return 1.0 if wrong > 0.5 else 4 * wrong * (1 - wrong)

    @property
    def rank(self) -> tuple[float, float, str, str]:
        """The first of all doubts has the least."""
        return (-self.uncertainty * self.value, -self.uncertainty, self.customer_id, self.other_id or "")


def review(warehouse: Warehouse, decided: Decisions, locked: set[str], *, worth: str = "worth") -> int:
    """Make `review`, the doubts in their rank from 1 on, and return how many there are.

    Args:
        warehouse: where `weighed` and `clusters` are.
        decided: what people decided, in the numbers of the run.
        locked: customers who are neither added to nor taken from.
        worth: a table of customer_id and value: what is at stake with each, never below 0.
    """
    import pyarrow as pa

    _prepare(warehouse, decided, locked, worth)
    doubts = sorted([*_joins(warehouse), *_parts(warehouse, decided)], key=lambda one: one.rank)[:MOST]
    columns = {name: [getattr(one, name) for one in doubts] for name in Doubt.__dataclass_fields__}
    kinds = {"record_a": pa.int64(), "record_b": pa.int64(), "probability": pa.float64(), "value": pa.float64()}
    arrays = {name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()}
    warehouse.put("review", pa.table({"rank": pa.array(range(1, len(doubts) + 1), pa.int64())} | arrays))
    for table in WORK:
        warehouse.drop(table)
    return len(doubts)


def _prepare(warehouse: Warehouse, decided: Decisions, locked: set[str], worth: str) -> None:
    """Make the tables of candidates."""
    import pyarrow as pa

    sql = pieces("duecare.identity", "review.sql")
    warehouse.put("shut", pa.table({"customer_id": pa.array(sorted(locked), pa.string())}))
    warehouse.put("settled", _settled(warehouse, decided.apart))
    names = {name: name for name in ("weighed", "clusters", *WORK)} | {"worth": worth}
    for step, values in (("doubtful", {"from_bits": FROM_BITS}), ("joins", None), ("parts", {"below": SURE})):
        warehouse.run(step, sql[step], values, **names)


def _settled(warehouse: Warehouse, apart: Integers) -> "pa.Table":
    """Pairs of customers between whom somebody ruled."""
    import pyarrow as pa

    owner = _owners(warehouse, apart.ravel().tolist())
    pairs = sorted({tuple(sorted((owner[a], owner[b]))) for a, b in apart.tolist()})
    return pa.table({name: pa.array([pair[at] for pair in pairs], pa.string()) for at, name in enumerate(("customer_id", "other_id"))})


def _joins(warehouse: Warehouse) -> list[Doubt]:
    found = warehouse.arrow("SELECT * FROM {joins} ORDER BY customer_id, other_id", joins="joins")
    sure = one_person(found["bits"].to_numpy(), found["apart"].to_numpy())
    first = np.lexsort((-sure, -uncertainty(sure) * found["value"].to_numpy()))[:MOST]
    rows = [row | {"probability": one} for row, one in zip(found.take(first).to_pylist(), sure[first].tolist(), strict=True)]
    between = _strongest(warehouse, rows)
    return [
        Doubt(
            kind="join",
            customer_id=row["customer_id"],
            other_id=row["other_id"],
            record_a=between[row["customer_id"], row["other_id"]][0],
            record_b=between[row["customer_id"], row["other_id"]][1],
            out="",
            probability=float(row["probability"]),
            value=float(row["value"]),
            why=_why(row),
        )
        for row in rows
    ]


def _why(row: Mapping[str, Any]) -> str:
    """One sentence that names nobody."""
    pairs = "1 pair" if row["pairs"] == 1 else f"{row['pairs']:,} pairs"
    said = f"{pairs} of their records say with {row['bits']:+.1f} bits on the average that they are one person"
    if not row["apart"]:
        return f"{said}, {'yet they stay two: duecare explain --with tells why' if row['bits'] > 0 else 'which is not enough'}"
    if row["apart"] == NEVER:
        return f"{said}, but their given names are different ones that many people bear"
    return f"{said}, but birth dates that differ, or names alike as twins bear, leave a doubt"


def _strongest(warehouse: Warehouse, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Of each pair of customers the two records that say most for their being one, the first customer's first."""
    wanted = {(row["customer_id"], row["other_id"]) for row in rows}
    found: dict[tuple[str, str], tuple[float, int, int]] = {}
    for x, y, a, b, bits in _pairs(warehouse, {name for pair in wanted for name in pair}):
        key, ends = ((x, y), (a, b)) if x < y else ((y, x), (b, a))
        if key in wanted and (key not in found or bits > found[key][0]):
            found[key] = (bits, *ends)
    return {key: (a, b) for key, (_, a, b) in found.items()}


def _parts(warehouse: Warehouse, decided: Decisions) -> list[Doubt]:
    order = "ORDER BY 4 * probability * (1 - probability) * value DESC, probability, customer_id"
    rows = warehouse.arrow(f"SELECT * FROM {{parts}} {order} LIMIT {IN_DOUBT_OF_MANY}", parts="parts").to_pylist()
    members, edges = _groups(warehouse, [row["customer_id"] for row in rows])
    tied = {tuple(sorted(pair)) for pair in decided.together.tolist()}
    doubts = [_part(row, members[row["customer_id"]], edges[row["customer_id"]]) for row in rows]
    return [one for one in doubts if not _ruled(one, members[one.customer_id], tied)]


def _part(row: Mapping[str, Any], records: Sequence[int], edges: Sequence[tuple[int, int, float]]) -> Doubt:
    """Where a customer would come apart: at the weakest pair of those that hold it together."""
    a, b, bits = [edge[0] for edge in edges], [edge[1] for edge in edges], [edge[2] for edge in edges]
    tree = strongest_tree(a, b, bits)
    whole = len(tree) == len(records) - 1
    stay, out = _sides(records, [(a[at], b[at]) for at in (tree[:-1] if whole else tree)])
    ends = (a[tree[-1]], b[tree[-1]]) if whole else (stay[0], out[0])
    link = f"with {bits[tree[-1]]:+.1f} bits" if whole else "by no pair that was weighed"
    many = "1 of its records hangs" if len(out) == 1 else f"{len(out):,} of its records hang"
    return Doubt(
        kind="part",
        customer_id=row["customer_id"],
        other_id=None,
        record_a=min(ends, key=lambda end: end in out),
        record_b=max(ends, key=lambda end: end in out),
        out=" ".join(str(one) for one in out),
        probability=float(row["probability"]),
        value=float(row["value"]),
        why=f"{many} on the others {link}; one person with {row['probability']:.1%}",
    )


def _sides(records: Sequence[int], edges: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """The records that stay and those that leave: the smallest group that edges leave by itself; of equals the one that begins last.

    >>> _sides([1, 2, 3], [(1, 3)])
    ([1, 3], [2])
    """
    group = {one: {one} for one in records}
    for a, b in edges:
        joined = group[a] | group[b]
        group |= dict.fromkeys(joined, joined)
    least = min((sorted(one) for one in group.values()), key=lambda one: (len(one), -one[0]))
    return sorted(set(records) - set(least)), least


def _ruled(one: Doubt, records: Sequence[int], tied: set[tuple[int, ...]]) -> bool:
    """Whether somebody ruled that records of both sides are one person's."""
    out = {int(number) for number in one.out.split()}
    return any((a in out) != (b in out) for a, b in tied if a in records and b in records)


def _groups(warehouse: Warehouse, names: Sequence[str]) -> tuple[dict[str, list[int]], dict[str, list[tuple[int, int, float]]]]:
    """Of each of these customers the records, and the weighed pairs within."""
    members: dict[str, list[int]] = defaultdict(list)
    for row in _asked(
        warehouse, names, "SELECT c.customer_id, c.record FROM {clusters} c JOIN {asked} q ON q.customer_id = c.customer_id ORDER BY 2"
    ):
        members[row["customer_id"]].append(int(row["record"]))
    edges: dict[str, list[tuple[int, int, float]]] = defaultdict(list)
    for x, y, a, b, bits in _pairs(warehouse, set(names)):
        if x == y:
            edges[x].append((a, b, bits))
    return members, edges


def _pairs(warehouse: Warehouse, names: set[str]) -> list[tuple[str, str, int, int, float]]:
    """The weighed pairs of records of these customers: whose they are, which, and what they say."""
    sql = (
        "SELECT c.customer_id AS x, d.customer_id AS y, w.a, w.b, w.bits FROM {weighed} w"
        " JOIN {clusters} c ON c.record = w.a JOIN {asked} q ON q.customer_id = c.customer_id"
        " JOIN {clusters} d ON d.record = w.b JOIN {asked} p ON p.customer_id = d.customer_id ORDER BY w.a, w.b"
    )
    return [(row["x"], row["y"], int(row["a"]), int(row["b"]), float(row["bits"])) for row in _asked(warehouse, sorted(names), sql)]


def _asked(warehouse: Warehouse, names: Sequence[str], sql: str) -> list[dict[str, Any]]:
    """Answer *sql*, in which {asked} are these customers."""
    import pyarrow as pa

    warehouse.put("asked", pa.table({"customer_id": pa.array(list(names), pa.string())}))
    rows = warehouse.arrow(sql, asked="asked", weighed="weighed", clusters="clusters").to_pylist()
    warehouse.drop("asked")
    return rows


def _owners(warehouse: Warehouse, numbers: Sequence[int]) -> dict[int, str]:
    rows = warehouse.arrow(f"SELECT record, customer_id FROM {{clusters}} WHERE record IN ({listed(numbers)})", clusters="clusters")
    return {int(row["record"]): str(row["customer_id"]) for row in rows.to_pylist()}
