"""Drift: what changed lately in the orders so much that a valuation of them would be wrong. Each guard is one question."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from duecare.records import Warehouse, pieces
from duecare.value.models import mbg_nbd
from duecare.value.models.buying import expected_orders
from duecare.value.models.purchases import Purchases
from duecare.value.sales import sales_values, used, with_sales
from duecare.value.story import teaches
from duecare.value.terms import Money

RECENT_DAYS = 28
"""What is lately is compared with what was before."""

WINDOWS = 8
"""So many stretches before it say how much a purchase rate moves by itself."""

LEAST_MOVE = 0.10
SURE = 3.6
"""A rate has changed when it moved by a tenth or more, and by so many times what it moves by itself."""

MOST_CUSTOMERS = 50_000
LEAST_ORDERS = 100
"""Of fewer orders lately nothing is said."""

FACTOR = 1.6
"""Amounts of a source have jumped when their median moved by this factor, either way, and far beyond their own spread."""

DOUBLED_SHARE, DOUBLED_TIMES = 0.05, 3.0
LEAST_SHIFT_HOURS = 2
"""One hour is what clocks are put forward and back by."""

SILENT_DAYS, SILENT_TIMES = 7, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that changed."""

    kind: str
    """rate, amounts, doubled, clock or silent."""
    said: str
    """In a sentence, with its numbers."""


def drift(warehouse: Warehouse, book: Purchases, *, as_of: datetime, money: Money) -> list[Alarm]:
    """Return what changed in the last 28 days; reads `orders` and `members`."""
    today = (as_of.astimezone(UTC).date() - date(1970, 1, 1)).days
    if not len(book.customer):
        return []
    found = {name: _rows(warehouse, name, as_of, money, today) for name in ("lately", "hours", "doubled", "selling_days")}
    return [
        *rate_changed(book, today),
        *amounts_jumped(found["lately"]),
        *feed_doubled(found["doubled"]),
        *clock_shifted(found["hours"]),
        *source_silent(found["selling_days"], today),
    ]


def _rows(warehouse: Warehouse, name: str, as_of: datetime, money: Money, today: int) -> list[dict[str, Any]]:
    sql = with_sales(pieces("duecare.value", "drift.sql")[name])
    values = sales_values(as_of, money) | {"recent_from": today - RECENT_DAYS, "longest": today - 13 * RECENT_DAYS}
    return warehouse.arrow(sql, used(sql, values), orders="orders", members="members").to_pylist()


def rate_changed(book: Purchases, today: int) -> Iterator[Alarm]:
    """Say whether customers who are known buy more or less often than they did by what MBG/NBD expects of them."""
    some = book.some(-(-int(book.customer.max(initial=0) + 1) // MOST_CUSTOMERS))
    ratios = [ratio for back in range(WINDOWS + 1) if (ratio := _ratio(some, today - RECENT_DAYS * (back + 1))) is not None]
    if len(ratios) <= WINDOWS // 2:
        return
    (bought, expected), before = ratios[0], np.array([np.log(b / e) for b, e in ratios[1:]])
    by_itself = max(float(before.std(ddof=1)), float(np.sqrt(1 / bought))) * np.sqrt(1 + 1 / len(before))
    move = float(np.log(bought / expected) - before.mean())
    if abs(np.expm1(move)) >= LEAST_MOVE and abs(move) >= SURE * by_itself:
        word = "more" if move > 0 else "less"
        yield Alarm(
            kind="rate", said=f"customers bought {abs(np.expm1(move)):.0%} {word} often in the last {RECENT_DAYS} days than they used to"
        )


def _ratio(book: Purchases, start: int) -> tuple[float, float] | None:
    """Purchases of who was known on a day in the days after it, and how many were to be expected."""
    known = book.until(start)
    if not teaches(known) or start - book.first_day < 2 * RECENT_DAYS:
        return None
    bought = float(book.within(known, start, start + RECENT_DAYS)[1].sum())
    expected = float(expected_orders(mbg_nbd.fit(known.seen), known.seen, np.array([float(RECENT_DAYS)])).sum())
    return (bought, expected) if bought >= LEAST_ORDERS and expected > 0 else None


def amounts_jumped(rows: Sequence[Mapping[str, Any]]) -> Iterator[Alarm]:
    """Say of which source amounts lately are of another size, as when its currency changed."""
    for row in rows:
        if min(row["orders"] or 0, row["orders_before"] or 0) < LEAST_ORDERS:
            continue
        move = row["middle"] - row["middle_before"]
        error = 1.2533 * max(row["spread_before"] or 0.0, 1e-6) * np.sqrt(1 / row["orders"] + 1 / row["orders_before"])
        if abs(move) >= np.log(FACTOR) and abs(move) >= 6.0 * error:
            yield Alarm(
                kind="amounts",
                said=f"amounts from {row['source']} are {np.exp(move):.2f} times what they were: did its currency or its unit change?",
            )


def feed_doubled(rows: Sequence[Mapping[str, Any]]) -> Iterator[Alarm]:
    """Say of which source the same customer, day and amount stand twice far more often than before."""
    for row in rows:
        if (row["orders"] or 0) < LEAST_ORDERS:
            continue
        now, before = row["again"] / row["orders"], (row["again_before"] or 0) / max(row["orders_before"] or 0, 1)
        if now >= DOUBLED_SHARE and now >= DOUBLED_TIMES * before:
            yield Alarm(
                kind="doubled",
                said=f"{now:.0%} of the orders from {row['source']} repeat one of the same customer, day and amount lately"
                f" ({before:.0%} before): was a file sent twice?",
            )


def clock_shifted(rows: Sequence[Mapping[str, Any]]) -> Iterator[Alarm]:
    """Say of which source orders lately stand at other hours, by two or more."""
    for source in sorted({row["source"] for row in rows}):
        now, before = (_by_hour(rows, source, recent=recent) for recent in (1, 0))
        if min(now.sum(), before.sum()) < 2 * LEAST_ORDERS:
            continue
        now, before = now / now.sum(), before / before.sum()
        apart = [float(np.abs(np.roll(before, shift) - now).sum()) for shift in range(24)]
        best = int(np.argmin(apart))
        hours = best if best <= 12 else best - 24
        if abs(hours) >= LEAST_SHIFT_HOURS and apart[best] < 0.5 * apart[0] and apart[0] > 0.3:
            yield Alarm(
                kind="clock", said=f"orders from {source} stand {hours:+d} hours from where they stood: did its clock or its zone change?"
            )


def _by_hour(rows: Sequence[Mapping[str, Any]], source: str, *, recent: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    counts = np.zeros(24)
    for row in rows:
        if row["source"] == source and row["recent"] == recent:
            counts[int(row["hour"])] += row["orders"]
    return counts


def source_silent(rows: Sequence[Mapping[str, Any]], today: int) -> Iterator[Alarm]:
    """Say of which source nothing came for far longer than it ever takes."""
    for row in rows:
        gone = today - row["last_day"]
        if row["days"] >= 20 and gone >= SILENT_DAYS and gone >= SILENT_TIMES * row["longest_gap"]:
            yield Alarm(kind="silent", said=f"nothing came from {row['source']} for {gone} days; before, {row['longest_gap']} at the most")
