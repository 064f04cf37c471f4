"""Between: everything about why two records, or the customers they belong to, are one or two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from duecare.identity.evidence import Basis, Evidence, basis, evidence, listed
from duecare.identity.paths import strongest_path, strongest_tree
from duecare.identity.reasons import Case, Guard, Stopped, stopped
from duecare.identity.ruled import Key, Ruling, rulings
from duecare.identity.rulings import locked
from duecare.identity.telling import PairTold, tell
from duecare.records import Book, Warehouse

MOST_RECORDS = 60
"""So many records of a customer are weighed against another's, the first ones."""

RIVALS = 5
"""So many customers that are close to one of the two are looked at too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Why two are one customer, or two."""

    a: str
    """The customer of the one record."""
    b: str
    pairs: tuple[PairTold, ...]
    """Of one customer, the strongest path from the one record to the other; of two, the pair that says most for their being one."""
    keys: Mapping[int, Key]
    """Source and source_id of the records that *pairs* names."""
    rulings: tuple[Ruling, ...]
    """What people decided of just these two."""
    stopped: Stopped | None
    """What keeps them two; None when they are one."""
    threshold_bits: float

    @property
    def together(self) -> bool:
        return self.stopped is None


def between(warehouse: Warehouse, book: Book, said: Mapping[str, Any], ones: Sequence[int], others: Sequence[int]) -> Told:
    """Return why the records *ones* and *others* are one customer, or two.

    Args:
        warehouse: a published run's.
        book: for what people decided.
        said: what the run's facts say under `identity`.
        ones: numbers, in the run, of records of one customer.
        others: the same of the other; of the same customer when they are one.
    """
    by, owner = basis(warehouse, said), _owners(warehouse, [*ones, *others])
    if owner[ones[0]] == owner[others[0]]:
        return _one(warehouse, book, by, owner[ones[0]], ones, others)
    return _two(warehouse, book, by, (owner[ones[0]], owner[others[0]]), ones, others)


def case_of(warehouse: Warehouse, book: Book, by: Basis, names: tuple[str, str]) -> Case:
    """Return two customers of a published run, and those close to them, as a case to be decided again."""
    members = {name: _members(warehouse, name) for name in names}
    both = [number for numbers in members.values() for number in numbers]
    members |= {name: _members(warehouse, name) for name in _close(warehouse, both, names)}
    numbers = [number for name in members for number in members[name][:MOST_RECORDS]]
    customer = tuple(name for name in members for _ in members[name][:MOST_RECORDS])
    keys = _keys(warehouse, numbers)
    at = {key: place for place, key in enumerate(keys[number] for number in numbers)}
    apart = [(at[x], at[y]) for one in rulings(book, list(at)) if one.kind == "apart" for x in sorted(one.ones) for y in sorted(one.others)]
    return Case(
        evidence=evidence(warehouse, by, numbers),
        customer=customer,
        a=names[0],
        b=names[1],
        apart=tuple(apart),
        locked=frozenset(locked(book)),
        threshold_bits=by.threshold_bits,
    )


def _two(warehouse: Warehouse, book: Book, by: Basis, names: tuple[str, str], ones: Sequence[int], others: Sequence[int]) -> Told:
    case = case_of(warehouse, book, by, names)
    best = _best(case.evidence, ones, others)
    pairs = () if best is None else (tell(by, case.evidence, best),)
    keys = _keys(warehouse, [*case.evidence.numbers, *ones, *others])
    mine, yours = ([keys[number] for number in case.evidence.numbers if _whose(case, number) == name] for name in names)
    ruled = [one for one in rulings(book, [*mine, *yours]) if any(one.parts(x, y) for x in mine for y in yours)]
    why = stopped(case)
    return Told(a=names[0], b=names[1], pairs=pairs, keys=keys, rulings=tuple(ruled), stopped=why, threshold_bits=by.threshold_bits)


def _one(warehouse: Warehouse, book: Book, by: Basis, name: str, ones: Sequence[int], others: Sequence[int]) -> Told:
    members = _members(warehouse, name)
    sql = f"SELECT a, b, bits FROM {{weighed}} WHERE a IN ({listed(members)}) AND b IN ({listed(members)}) ORDER BY a, b"
    found = warehouse.arrow(sql, weighed="weighed").to_pydict()
    start, end = _ends(found, ones, others)
    path = strongest_path(found["a"], found["b"], found["bits"], start, end) or []
    held = evidence(warehouse, by, sorted({start, end, *(found[side][at] for at in path for side in "ab")}))
    pairs = tuple(tell(by, held, _place(held, found["a"][at], found["b"][at])) for at in path)
    keys = _keys(warehouse, [*held.numbers])
    ruled = [one for one in rulings(book, [keys[start], keys[end]]) if one.ties(keys[start], keys[end])]
    return Told(a=name, b=name, pairs=pairs, keys=keys, rulings=tuple(ruled), stopped=None, threshold_bits=by.threshold_bits)


def _ends(found: Mapping[str, Sequence[Any]], ones: Sequence[int], others: Sequence[int]) -> tuple[int, int]:
    """The two records to be told of: those that were named, or of a customer as a whole the two that its weakest pair connects."""
    if len(ones) == 1 or len(others) == 1 or set(ones) != set(others):
        return next(((x, y) for x in ones for y in others if x != y), (ones[0], others[0]))
    tree = strongest_tree(found["a"], found["b"], found["bits"])
    return (found["a"][tree[-1]], found["b"][tree[-1]]) if tree else (ones[0], ones[-1])


def _best(held: Evidence, ones: Sequence[int], others: Sequence[int]) -> int | None:
    """The pair of the records named that says most for their being one."""
    sides = [[at for at, number in enumerate(held.numbers) if number in set(side)] for side in (ones, others)]
    among = held.between(*sides)
    return max((int(at) for at in among.nonzero()[0]), key=lambda at: (held.edges.bits[at], -at), default=None)


def _place(held: Evidence, a: int, b: int) -> int:
    ends = sorted((held.numbers.index(a), held.numbers.index(b)))
    return next(at for at in range(len(held.pairs)) if [held.pairs.a[at], held.pairs.b[at]] == ends)


def _whose(case: Case, number: int) -> str:
    return case.customer[case.evidence.numbers.index(number)]


def _owners(warehouse: Warehouse, numbers: Sequence[int]) -> dict[int, str]:
    rows = warehouse.arrow(f"SELECT record, customer_id FROM {{clusters}} WHERE record IN ({listed(numbers)})", clusters="clusters")
    return {int(row["record"]): str(row["customer_id"]) for row in rows.to_pylist()}


def _members(warehouse: Warehouse, name: str) -> list[int]:
    sql = "SELECT record FROM {clusters} WHERE customer_id = $name ORDER BY record"
    return warehouse.arrow(sql, {"name": name}, clusters="clusters")["record"].to_pylist()


def _keys(warehouse: Warehouse, numbers: Sequence[int]) -> dict[int, Key]:
    rows = warehouse.arrow(f"SELECT record, source, source_id FROM {{records}} WHERE record IN ({listed(numbers)})", records="records")
    return {int(row["record"]): (str(row["source"]), str(row["source_id"])) for row in rows.to_pylist()}


def _close(warehouse: Warehouse, numbers: Sequence[int], names: Sequence[str]) -> list[str]:
    """The customers beside these of whose records one could be one of theirs, the closest first."""
    some = listed(numbers)
    sql = (
        f"SELECT c.customer_id, max(w.bits) AS bits FROM (SELECT a AS record, bits FROM {{weighed}} WHERE b IN ({some})"
        f" UNION ALL SELECT b, bits FROM {{weighed}} WHERE a IN ({some})) AS w JOIN {{clusters}} c ON c.record = w.record"
        " WHERE w.bits > 0 GROUP BY c.customer_id ORDER BY 2 DESC, 1"
    )
    found = warehouse.arrow(sql, weighed="weighed", clusters="clusters")["customer_id"].to_pylist()
    return [str(name) for name in found if name not in names][:RIVALS]


GUARD_WORDS: Mapping[Guard, str] = {
    "ruling": "somebody ruled so",
    "names": "their given names are different ones that many people bear",
    "birth dates": "their birth dates differ, and what else they say does not put it beyond doubt",
    "twins": "they were born on one day and are called alike, as twins are, and what else they say does not put it beyond doubt",
    "namesakes": "two people of one home are called like this, and nothing that is one person's own says which of the two it is",
    "torn": "one of them could as well be another customer, who is not the other one",
    "home": "they may share a home: what they have in common, people of one household have too",
    "average": "what their records say on the average is too little",
    "unseen": "they have no identifier and no two details in common by which records are brought together",
    "lock": "one of them is locked",
}
"""Each guard as a clause that follows `because`."""
