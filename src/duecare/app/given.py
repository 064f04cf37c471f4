"""Given: which tier who had when, as the book has it, by the numbers that a run gives customers."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from duecare.records import Book, Warehouse

if TYPE_CHECKING:
    from duecare.measure.held import Held

GIVEN = """
(SELECT a.customer_id, a.tier, p.applied_at, p.seq FROM assignments a JOIN plans p ON p.plan_hash = a.plan_hash
 WHERE p.state = 'applied') AS given
"""
PROPOSED = "SELECT c.customer_number, p.tier FROM {plan} p JOIN {customers} c ON c.customer_id = p.customer_id"


def held_tiers(warehouse: Warehouse, book: Book, names: tuple[str, ...]) -> "Held":
    """Return which tier who had when.

    Before the first plan that was applied nobody was served by a tier; those contacts are told by the tiers of that first
    plan, so that before and after can be compared. While none was applied, by those that the run proposes.
    """
    import numpy as np

    from duecare.measure.held import ALWAYS, Held
    from duecare.promises.instants import instant

    customer_id, tier, applied_at, seq = book.columns(("customer_id", "tier", "applied_at", "seq"), GIVEN)
    place = {name: at for at, name in enumerate(names)}
    last = len(names) - 1
    if not customer_id:
        rows = warehouse.arrow(PROPOSED, plan="plan", customers="customers")
        tiers = np.array([place.get(str(name), last) for name in rows["tier"].to_pylist()], dtype=np.int64)
        number = rows["customer_number"].to_numpy().astype(np.int64)
        return Held(names, number, np.full(len(number), ALWAYS), tiers)
    number = numbers(warehouse, customer_id)
    moments = {said: instant(datetime.fromisoformat(str(said))) for said in set(applied_at)}
    first = min(int(str(one)) for one in seq)
    at = np.array([ALWAYS if int(str(n)) == first else moments[said] for said, n in zip(applied_at, seq, strict=True)], dtype=np.int64)
    tiers = np.array([place.get(str(name), last) for name in tier], dtype=np.int64)
    known = number >= 0
    return Held(names, number[known], at[known], tiers[known])


def numbers(warehouse: Warehouse, customer_id: "Sequence[Any]") -> Any:  # noqa: ANN401 - a column of numbers
    """Return the number of each customer in this run, -1 of whom it does not know any more."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    known = warehouse.arrow("SELECT customer_id, customer_number FROM {customers}", customers="customers")
    where = pc.index_in(pa.array(customer_id, pa.string()), value_set=known["customer_id"].combine_chunks())
    numbers = np.append(known["customer_number"].to_numpy().astype(np.int64), -1)
    return numbers[where.fill_null(-1).to_numpy()]
