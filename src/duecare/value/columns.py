"""Value by columns: what each customer is worth, from columns of any library that speaks Arrow."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from duecare.value.alone import Bought, table_of, value_alone
from duecare.value.models.seen import Floats, Places
from duecare.words import BadRows, BadSettings

pc: Any = pyarrow.compute
EPOCH = date(1970, 1, 1)


def value(
    customer_id: Any,  # noqa: ANN401 - whatever speaks Arrow
    day: Any,  # noqa: ANN401
    amount: Any = None,  # noqa: ANN401
    *,
    profit: Any = None,  # noqa: ANN401
    as_of: date | None = None,
    horizon_days: int = 365,
    discount_percent_per_year: float = 10.0,
    seed: int = 1,
) -> pa.Table:
    """Return what each customer is worth, as `duecare value` writes it.

    Args:
        customer_id: who bought; one entry a transaction, as are all columns: Arrow, pandas, polars, NumPy or a list.
        day: when, as dates, moments or ISO text; the day of a moment with a zone is that of UTC.
        amount: for how much; below zero is a return. Purchases are only counted when None.
        profit: what is left of each amount after costs; the amount itself counts when None.
        as_of: nothing later is looked at; the newest day when None.
        horizon_days: how far ahead profit counts.
        discount_percent_per_year: what a year of waiting takes off a sum.
        seed: of everything drawn.

    Returns:
        One row a customer, by customer_id: customer_id, expected_orders, expected_spend, clv, clv_low, clv_high, p_alive, p_top10.

    Raises:
        BadRows: columns that differ in length, or an entry that is missing or cannot be read.
        BadSettings: a horizon of no days.

    >>> from duecare.value import value
    >>> value(["a", "a", "b"], ["2026-01-01", "2026-02-01", "2026-01-15"], [10.0, 20.0, 5.0])["customer_id"].to_pylist()
    ['a', 'b']
    """
    if horizon_days < 1:
        raise BadSettings(f"a horizon of {horizon_days} days has no future", mend="ask for one day or more")
    who, when = _arrow(customer_id, "customer_id"), _days(_arrow(day, "day"))
    money = {name: _numbers(column, name) for name, column in (("amount", amount), ("profit", profit)) if column is not None}
    if len({len(who), len(when), *(len(column) for column in money.values())}) > 1:
        raise BadRows("the columns differ in length", mend="give one entry a transaction in each")
    ids = pc.take(unique := pc.unique(who), pc.sort_indices(unique))
    customer = pc.index_in(who, value_set=ids).to_numpy(zero_copy_only=False).astype(np.int64)
    bought = Bought(customer, when, money.get("amount"), money.get("profit"))
    until = int(when.max(initial=0)) if as_of is None else (as_of - EPOCH).days
    rate = discount_percent_per_year
    valued = value_alone(bought, len(ids), day=until, days=horizon_days, discount_percent_per_year=rate, seed=seed)
    return table_of(ids, valued, counted=amount is None)


def _arrow(column: Any, name: str) -> Any:  # noqa: ANN401
    """Return a column as one Arrow array."""
    found = pa.chunked_array(column) if hasattr(column, "__arrow_c_stream__") else pa.array(column, from_pandas=True)
    array = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    if array.null_count:
        raise BadRows(f"{array.null_count:,} entries of {name} are missing", mend="leave those rows out, or fill them")
    return pc.cast(array, array.type.value_type) if pa.types.is_dictionary(array.type) else array


def _days(moments: Any) -> Places:  # noqa: ANN401
    """Days since 1970."""
    kind = moments.type
    if pa.types.is_date(kind):
        return pc.cast(pc.cast(moments, pa.date32()), pa.int32()).to_numpy(zero_copy_only=False).astype(np.int64)
    if pa.types.is_timestamp(kind):
        whole = pc.cast(moments, pa.timestamp("us", kind.tz), safe=False)
        return pc.cast(whole, pa.int64()).to_numpy(zero_copy_only=False) // 86_400_000_000
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array([_day_of(text) for text in moments.to_pylist()], np.int64)
    raise BadRows(f"days are neither dates nor moments but {kind}", mend="give dates, moments, or ISO text as 2026-10-31")


def _day_of(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRows("an entry of day is no ISO day or moment", mend="write days as 2026-10-31") from None
    return ((moment.astimezone(UTC) if moment.tzinfo else moment).date() - EPOCH).days


def _numbers(column: Any, name: str) -> Floats:  # noqa: ANN401
    array = _arrow(column, name)
    try:
        numbers = pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise BadRows(f"an entry of {name} is no number", mend="give plain numbers") from None
    if not np.isfinite(numbers).all():
        raise BadRows(f"an entry of {name} is no finite number", mend="leave those rows out, or fill them")
    return numbers
