"""Arms: who takes part in a comparison of levels of service, drawn by a seed, evenly over the tiers and the value within them.

Of those who earned one of the compared tiers a share is held out: they are served as the last tier is, with the guarantee, until the comparison ends. Who
bought or contracted a level, holds one by a person's word, objected, or has a need takes no part. An arm once given stays.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from duecare.records import Book, Warehouse, pieces
from duecare.words import BadSettings

if TYPE_CHECKING:
    import pyarrow as pa

HELD_OUT, TREATED = "held out", "treated"
STRATA = 5
"""Into so many equal parts by CLV each tier is cut, so that the arms are alike in value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A comparison of levels; none without a name."""

    name: str = ""
    hold_out_percent: float = 10.0
    """Of those who earned a compared tier."""
    tiers: tuple[str, ...] = ()
    """Which tiers are compared with the last one."""
    seed: int = 1
    begins: date | None = None
    ends: date | None = None
    """The last day, in UTC."""

    def __post_init__(self) -> None:
        if self.name and not (self.tiers and self.begins and self.ends and self.begins <= self.ends):
            raise BadSettings("the comparison in [experiment] is not whole", mend="write tiers, begins and ends, in that order of days")

    def runs(self, at: datetime) -> bool:
        """Tell whether it is on at a moment, its last day included."""
        day = at.astimezone(UTC).date()
        return bool(self.name and self.begins and self.ends and self.begins <= day <= self.ends)


def draw(warehouse: Warehouse, experiment: Experiment, book: Book, *, at: datetime) -> None:
    """Make the table `drawn` (customer_id, arm, stratum, rank) of who takes part, from `placed`, `facts`, `tiers` and `needing`."""
    import pyarrow as pa

    sql = pieces("duecare.tiers", "arms.sql")
    share = experiment.hold_out_percent / 100.0 if experiment.runs(at) else None
    warehouse.put("compared", pa.table({"name": pa.array(experiment.tiers if share is not None else (), pa.string())}))
    warehouse.put("stored_arms", stored(book, experiment.name))
    names = {name: name for name in ("placed", "facts", "tiers", "needing", "compared", "stored_arms", "strata")}
    warehouse.run("strata", sql["strata"], {"many": STRATA}, **names)
    warehouse.run("drawn", sql["drawn"], {"share": share or 0.0, "salt": f"{experiment.name}:{experiment.seed}:"}, **names)
    for name in ("compared", "stored_arms", "strata"):
        warehouse.drop(name)


def stored(book: Book, experiment: str) -> "pa.Table":
    """Return the arms that were given in a comparison."""
    import pyarrow as pa

    rows = book.rows("SELECT customer_id, arm FROM arms WHERE experiment = ?", (experiment,))
    return pa.table({name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(("customer_id", "arm"))})
