"""The gate: a run in which who is who moved too much is not published until a named person accepts it.

Counts are compared with those of the last published run, before anything is written into the
book. All arithmetic is in whole numbers, so that a figure exactly on its limit passes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from duecare.identity.holding import Held, places
from duecare.identity.ledger import NO_ID, Integers
from duecare.identity.moves import keep_ids, settled
from duecare.identity.rulings import Decisions
from duecare.identity.terms import Limits, Matching, read_canary
from duecare.records import Book, Warehouse, record
from duecare.words import DuecareError

if TYPE_CHECKING:
    import pyarrow as pa

FEW = 10
"""So many records may come to another customer, or lack an identifier that was to be expected, in any small base."""

IDENTIFIERS = {
    "email": "an e-mail",
    "phone": "a phone",
    "loyalty": "a card",
    "birth_date": "a birth date",
    "username": "a user name",
    "handle": "a handle",
    "family": "a family name",
    "street": "a street",
}
"""Columns of `faces` whose loss makes strangers of customers, and how people call them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a run would make of who is who, in counts."""

    sizes: Mapping[str, int]
    """Records of a customer, as text, -> how many customers have so many."""
    records: int
    """Records of persons."""
    said: Mapping[str, int]
    """Identifier -> how many of them carry it."""
    known: int
    """Records here that held a customer before."""
    changed: int
    """How many of those would come to another one."""
    canaries: tuple[int, ...] = ()
    """Numbers of the canaries that are not as they should be."""
    absent: tuple[int, ...] = ()
    """Numbers of the canaries of which a record is not here."""
    rulings: int = 0
    """Pairs of records of which a person's ruling would not be obeyed."""

    @property
    def customers(self) -> int:
        return sum(self.sizes.values())

    @property
    def largest(self) -> int:
        """Records of the largest customer."""
        return max(map(int, self.sizes), default=0)

    def large(self, above: int) -> int:
        """How many customers have more records than so many."""
        return sum(many for size, many in self.sizes.items() if int(size) > above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the gate is shut: what moved, how far, how far it may, and what mends it."""

    what: str
    said: str
    number: float
    limit: float
    mend: str


class GateClosed(DuecareError):
    """Who is who moved too much; nothing was changed, and the last published run stands."""

    exit_code = 3

    def __init__(self, reasons: Sequence[Reason]) -> None:
        told = "".join(f"\n  {one.what}: {one.said}; to mend it, {one.mend}" for one in reasons)
        super().__init__(
            f"the run is not published, for who is who moved too much; ids and results are as they were{told}",
            mend="mend what is told above; if it is meant, duecare run --accept-changes NAME, with the name of who answers for it",
        )
        self.reasons = tuple(reasons)


def measure(
    warehouse: Warehouse, records: "pa.Table", cluster: Integers, *, known: Held, decided: Decisions, locked: set[str], terms: Matching
) -> Moved:
    """Count what would change if these clusters became customers.

    Args:
        warehouse: where `faces` is.
        records: columns record, source and source_id, in the order of *cluster*.
        cluster: the number of the cluster of each record, from 0 on.
        known: what the records hold now.
        decided: what people decided.
        locked: customers that stay as they are.
        terms: the canaries.
    """
    shut = np.array([at for at, name in enumerate(known.known) if name in locked], dtype=np.int64)
    cluster = settled(cluster, known, shut)
    had = known.number != NO_ID
    changed = keep_ids(cluster, known.number)[cluster][had] != known.number[had] if len(cluster) else np.empty(0)
    size, many = np.unique(np.bincount(cluster), return_counts=True)
    faces, said = _said(warehouse)
    wrong, absent = _canaries(records, cluster, terms)
    return Moved(
        sizes={str(one): count for one, count in zip(size.tolist(), many.tolist(), strict=True)},
        records=faces,
        said=said,
        known=int(had.sum()),
        changed=int(changed.sum()),
        canaries=wrong,
        absent=absent,
        rulings=_disobeyed(cluster, decided),
    )


def judge(moved: Moved, before: Mapping[str, Any] | None, limits: Limits) -> list[Reason]:
    """Return every reason to shut the gate.

    Args:
        moved: the counts of the run.
        before: those of the last published run, as its facts keep them; None before the first.
        limits: how far they may differ.
    """
    last = Moved(**before) if before else None
    found = [_largest(moved, last, limits), _large(moved, last, limits), _churn(moved, limits)]
    found += [_dropped(name, moved, last, limits) for name in IDENTIFIERS] if last else []
    found += [_canary(number) for number in moved.canaries]
    return [one for one in [*found, _rulings(moved)] if one is not None]


def pass_or_refuse(book: Book, reasons: Sequence[Reason], *, accepted_by: str | None, at: datetime) -> None:
    """Let a run through, and keep in the audit chain who accepted what moved.

    Raises:
        GateClosed: there are reasons to shut the gate, and nobody accepted them.
    """
    if not reasons:
        return
    if not (accepted_by or "").strip():
        raise GateClosed(reasons)
    detail = {"reasons": [{name: value for name, value in asdict(one).items() if name in ("what", "number", "limit")} for one in reasons]}
    with book.write() as transaction:
        record(transaction, actor=str(accepted_by).strip(), kind="identity changes accepted", detail=detail, at=at)


def _said(warehouse: Warehouse) -> tuple[int, dict[str, int]]:
    counts = ", ".join(f"count({name}) AS {name}" for name in IDENTIFIERS)
    (found,) = warehouse.arrow(f"SELECT count(*) AS n, {counts} FROM {{faces}}", faces="faces").to_pylist()
    return int(found["n"]), {name: int(found[name]) for name in IDENTIFIERS}


def _canaries(records: "pa.Table", cluster: Integers, terms: Matching) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The canaries that are not as they should be, and those of which a record is not here."""
    import pyarrow as pa

    read = [read_canary(number, text) for number, text in enumerate(terms.canaries, 1)]
    keys = [key for one in read for key in (one.one, one.other)]
    columns = {name: pa.array([key[at] for key in keys], pa.string()) for at, name in enumerate(("source", "source_id"))}
    where = places(pa.table(columns), records).reshape(-1, 2).tolist() if read else []
    wrong = [one.number for one, (a, b) in zip(read, where, strict=True) if min(a, b) >= 0 and (cluster[a] == cluster[b]) != one.together]
    return tuple(wrong), tuple(one.number for one, (a, b) in zip(read, where, strict=True) if min(a, b) < 0)


def _disobeyed(cluster: Integers, decided: Decisions) -> int:
    together, apart = (cluster[pairs - 1] for pairs in (decided.together, decided.apart))
    return int((together[:, 0] != together[:, 1]).sum() + (apart[:, 0] == apart[:, 1]).sum())


def _largest(moved: Moved, last: Moved | None, limits: Limits) -> Reason | None:
    most = max(limits.largest_customer_records, last.largest if last else 0)
    if moved.largest <= most:
        return None
    said = f"the largest customer would have {moved.largest:,} records; at most {most:,} may be"
    mend = "look at it for a value that many share, or raise [gate] largest_customer_records"
    return Reason(what="largest customer", said=said, number=moved.largest, limit=most, mend=mend)


def _large(moved: Moved, last: Moved | None, limits: Limits) -> Reason | None:
    if last is None:
        return None
    above = limits.large_customer_records
    grown = _share(moved.large(above), moved.customers) - _share(last.large(above), last.customers)
    if grown <= Fraction(str(limits.large_growth_points)):
        return None
    said = (
        f"customers of more than {above:,} records grew by {_told(grown)} percentage points of all; {limits.large_growth_points:g} may be"
    )
    mend = "look for a value that many share, or raise [gate] large_growth_points"
    return Reason(what="large customers", said=said, number=float(grown), limit=limits.large_growth_points, mend=mend)


def _churn(moved: Moved, limits: Limits) -> Reason | None:
    churn = _share(moved.changed, moved.known)
    if moved.changed <= FEW or churn <= Fraction(str(limits.churn_percent)):
        return None
    said = f"{_told(churn)} % of {moved.known:,} known records would come to another customer; {limits.churn_percent:g} % may"
    mend = "look whether a source was renumbered or a column holds something else, or raise [gate] churn_percent"
    return Reason(what="churn", said=said, number=float(churn), limit=limits.churn_percent, mend=mend)


def _dropped(name: str, moved: Moved, last: Moved, limits: Limits) -> Reason | None:
    drop = _share(last.said.get(name, 0), last.records) - _share(moved.said[name], moved.records)
    if drop * moved.records <= 100 * FEW or drop <= Fraction(str(limits.identifier_drop_points)):
        return None
    said = f"records with {IDENTIFIERS[name]} fell by {_told(drop)} percentage points of all; {limits.identifier_drop_points:g} may be"
    mend = "look whether a column went missing in an export, or raise [gate] identifier_drop_points"
    return Reason(what=f"records with {IDENTIFIERS[name]}", said=said, number=float(drop), limit=limits.identifier_drop_points, mend=mend)


def _canary(number: int) -> Reason:
    said = "its two records are not as [identity] canaries says"
    mend = f"duecare explain ONE --with OTHER tells why, duecare identity join or part decides it; or take canary {number} out"
    return Reason(what=f"canary {number}", said=said, number=1, limit=0, mend=mend)


def _rulings(moved: Moved) -> Reason | None:
    if not moved.rulings:
        return None
    said = f"{moved.rulings:,} pairs of records are not as somebody ruled; none may be"
    return Reason(what="rulings", said=said, number=moved.rulings, limit=0, mend="this is a fault of Duecare's own; report it")


def _share(some: int, every: int) -> Fraction:
    """Per cent of so many."""
    return Fraction(100 * some, max(every, 1))


def _told(share: Fraction) -> str:
    return f"{float(share):,.2f}"
