"""Segmenting, within a run: RFM classes and named segments, and who moved between them in a year."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from duecare.app.settings import Settings
from duecare.records import Warehouse
from duecare.value.history import bought
from duecare.value.segments import PRESETS, Groups, columns, counted, doubts, groups_of
from duecare.value.transition import transition, year_before

if TYPE_CHECKING:
    import pyarrow as pa

    from duecare.value.rfm import Floats

NOW = """
SELECT customer_id, age_days - recency_days AS recency_days, CAST(orders AS DOUBLE) AS orders, revenue
FROM {history} WHERE purchase_days > 0 ORDER BY customer_id
"""

BEFORE = """
SELECT customer_id, CAST(date_diff('day', last_day, CAST(CAST($as_of AS TIMESTAMPTZ) AS DATE)) AS DOUBLE) AS recency_days,
       CAST(orders AS DOUBLE) AS orders, CAST(revenue AS DOUBLE) AS revenue
FROM {buyers} b
JOIN {customers} c ON c.customer_number = b.customer_number
WHERE purchase_days > 0 ORDER BY customer_id
"""

COMPARED = ("segment", "rfm_r", "rfm_f", "rfm_m")
"""Of what a transition is told."""
SUFFIX = "_before"


def classed(warehouse: Warehouse, valuation: "pa.Table", settings: Settings) -> "tuple[pa.Table, list[str]]":
    """Make the table `segments`; return the valuation with its RFM classes as the settings cut them, and what is to be said of them."""
    rows = warehouse.arrow(NOW, history="history")
    parts = settings.value.rfm_classes
    groups = _groups(rows, parts)
    made = columns(groups, PRESETS[parts])
    warehouse.put("segments", _table(rows, made))
    return _spread(valuation, rows, made), doubts(groups, parts)


def segments_found(warehouse: Warehouse, settings: Settings, as_of: datetime) -> dict[str, Any]:
    """Make the table `rfm_transition` and return the findings about segments."""
    rows, then = warehouse.arrow(NOW, history="history"), year_before(as_of)
    parts = settings.value.rfm_classes
    moves = _moves(warehouse, settings, then)
    warehouse.put("rfm_transition", moves)
    of_segments = [row for row in moves.to_pylist() if row.pop("of") == "segment"]
    counts = counted(_groups(rows, parts), _numbers(rows, "revenue"), PRESETS[parts])
    return {"counts": [asdict(one) for one in counts], "before": then.isoformat(), "moves": of_segments}


def _moves(warehouse: Warehouse, settings: Settings, then: datetime) -> "pa.Table":
    """Who went where between the year before and now, by segment and by each class; who is who is as now."""
    import pyarrow as pa

    parts = settings.value.rfm_classes
    buyers = bought(warehouse, as_of=then, money=settings.money, suffix=SUFFIX)
    before = warehouse.arrow(BEFORE, {"as_of": then}, buyers=buyers, customers="customers")
    warehouse.drop(buyers)
    was = _table(before, columns(_groups(before, parts), PRESETS[parts]))
    now = warehouse.arrow("SELECT * FROM {segments} ORDER BY customer_id", segments="segments")
    rows = [{"of": name} | asdict(move) for name in COMPARED for move in transition(*_beside(was, now, name))]
    kinds = {"of": pa.string(), "before": pa.string(), "now": pa.string(), "customers": pa.int64(), "share": pa.float64()}
    return pa.Table.from_pylist(rows, pa.schema(list(kinds.items())))


def _beside(was: "pa.Table", now: "pa.Table", column: str) -> tuple[Sequence[str | None], Sequence[str | None]]:
    """The classes of the same customers on both days, None where they have none."""
    first, second = (dict(zip(table["customer_id"].to_pylist(), map(str, table[column].to_pylist()), strict=True)) for table in (was, now))
    ids = sorted({*first, *second})
    return [first.get(one) for one in ids], [second.get(one) for one in ids]


def _groups(rows: "pa.Table", parts: int) -> Groups:
    return groups_of(_numbers(rows, "recency_days"), _numbers(rows, "orders"), _numbers(rows, "revenue"), parts)


def _numbers(rows: "pa.Table", column: str) -> "Floats":
    return np.asarray(rows[column].to_numpy(zero_copy_only=False), dtype=np.float64)


def _table(rows: "pa.Table", made: "dict[str, pa.Array]") -> "pa.Table":
    import pyarrow as pa

    return pa.table({"customer_id": rows["customer_id"]} | made)


def _spread(valuation: "pa.Table", rows: "pa.Table", made: "dict[str, pa.Array]") -> "pa.Table":
    """Put the classes into the valuation, empty for who never bought."""
    import pyarrow as pa

    place = {one: at for at, one in enumerate(rows["customer_id"].to_pylist())}
    places = pa.array([place.get(one) for one in valuation["customer_id"].to_pylist()], pa.int64())
    for name in (*COMPARED[1:], "rfm"):
        valuation = valuation.set_column(valuation.column_names.index(name), name, made[name].take(places))
    return valuation
