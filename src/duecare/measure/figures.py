"""Figures: the cases of a KPI added up by groups, with an interval, as one table.

Whole numbers are added as whole numbers, so the groups of a breakdown come to the total exactly.
A quantile is a value that occurred: the one whose rank is half, or nine tenths, of the cases, rounded up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from duecare.measure.intervals import mean_interval, median_ranks, wilson
from duecare.measure.kpi import Kpi, Sample
from duecare.measure.log import Log, Named
from duecare.measure.periods import PERIODS, Period, local_days, period_of, said
from duecare.measure.survival import UNKNOWN, medians
from duecare.words import BadSettings, nearest

if TYPE_CHECKING:
    import pyarrow as pa

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

Dimension = Literal["tier", "channel", "severity", "reason", "product", "agent", "day", "week", "month"]
DIMENSIONS: tuple[str, ...] = get_args(Dimension)
NOT_TOLD = "not told"

DENSE = 1 << 22
"""Up to so many possible groups are counted in place; beyond, those that occur are numbered first."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Into which group each case falls."""

    of: Ints
    """Number of the group of each case, -1 for none of the periods that are asked for."""
    key: Ints
    """The groups' keys, ascending: mixed digits of the places of their words."""
    sizes: tuple[int, ...]
    names: tuple[tuple[str, ...], ...]
    """The words of each dimension."""

    def words(self, place: int) -> list[str]:
        """Return each group's word in a dimension."""
        below = int(np.prod(self.sizes[place + 1 :], dtype=np.int64)) if place + 1 < len(self.sizes) else 1
        return [self.names[place][digit] for digit in (self.key // below % self.sizes[place]).tolist()]


def checked(by: Sequence[str]) -> tuple[Dimension, ...]:
    """Return the dimensions of a breakdown.

    Raises:
        BadSettings: there is no such dimension, or one is named twice, or two are periods.
    """
    for word in by:
        if word not in DIMENSIONS:
            raise BadSettings(f"there is no breakdown by {word!r}", mend=f"write {' or '.join(nearest(word, DIMENSIONS) or DIMENSIONS)}")
    if len(set(by)) < len(by) or len(set(by) & set(PERIODS)) > 1:
        raise BadSettings("a breakdown names one thing twice", mend="name each once, and one of day, week and month")
    return tuple(by)  # pyright: ignore[reportReturnType] - they are all among the known ones


def table(log: Log, kpis: Sequence[Kpi], by: Sequence[str] = ()) -> "pa.Table":
    """Measure KPIs by groups.

    Args:
        log: what is measured.
        kpis: which ones.
        by: names of dimensions, none for the total.

    Returns:
        One row a KPI and group that has cases: kpi, the dimensions, cases, numerator, denominator,
        value, low and high (95 %), mean and p90 of lengths, and their Kaplan-Meier median with how many still run.
    """
    import pyarrow as pa

    dimensions = checked(by)
    samples = [(one, one.take(log)) for one in kpis]
    parts = [_one(log, one, sample, dimensions) for one, sample in samples if _parts(sample, dimensions)]
    return pa.concat_tables(parts) if parts else pa.table({})


def _parts(sample: Sample, by: tuple[Dimension, ...]) -> bool:
    """Tell whether cases know what they are to be broken down by."""
    known = {"tier": bool((sample.tier >= 0).any()), **dict.fromkeys(PERIODS, True)}
    return all(known.get(one, bool((sample.contact >= 0).any())) for one in by)


def _one(log: Log, measure: Kpi, sample: Sample, by: tuple[Dimension, ...]) -> "pa.Table":
    import pyarrow as pa

    whole = sample if sample.over is None else _joined(sample, sample.over)
    groups = group(log, whole, by)
    columns = _lengths(log, sample, groups, by) if measure.kind == "length" else _sums(measure, sample, groups)
    kept = np.flatnonzero((columns["cases"] > 0) | (columns.get("running", np.zeros(len(groups.key), np.int64)) > 0))
    dims = {name: pa.array([groups.words(place)[row] for row in kept], pa.string()) for place, name in enumerate(by)}
    names = pa.array([measure.name] * len(kept), pa.string())
    return pa.table({"kpi": names, **dims, **{name: _arrow(columns.get(name), kept, kind) for name, kind in COLUMNS.items()}})


COLUMNS = {
    "cases": "int64",
    "numerator": "int64",
    "denominator": "int64",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "mean": "float64",
    "p90": "int64",
    "running": "int64",
    "censored_median": "int64",
}


def _arrow(column: "NDArray[np.generic] | None", kept: Ints, kind: str) -> "pa.Array":
    """A column of the rows that are kept; what is not known is null."""
    import pyarrow as pa

    if column is None:
        return pa.nulls(len(kept), kind)
    mine = column[kept]
    return pa.array(np.where(np.isnan(mine), 0, mine).astype(kind), mask=np.isnan(mine))


def _joined(one: Sample, other: Sample) -> Sample:
    """Both parts of a ratio, one after the other."""
    pair = [(getattr(one, name), getattr(other, name)) for name in ("at", "amount", "contact", "tier")]
    at, amount, contact, tier = (np.concatenate(both) for both in pair)
    return Sample(at=at, amount=amount, contact=contact, tier=tier)


def group(log: Log, sample: Sample, by: tuple[Dimension, ...], at: Ints | None = None) -> Groups:
    """Tell into which group each case falls."""
    columns = [_column(log, sample, one, sample.at if at is None else at) for one in by]
    sizes = tuple(len(column.names) for column in columns)
    key = np.zeros(len(sample.at), dtype=np.int64)
    for column, size in zip(columns, sizes, strict=True):
        key = key * max(size, 1) + column.place
    known, of = _numbered(key, int(np.prod(sizes, dtype=np.int64)) if sizes else 1)
    return Groups(of, known, sizes, tuple(column.names for column in columns))


def _numbered(key: Ints, possible: int) -> tuple[Ints, Ints]:
    """The keys that occur, ascending, and which of them each one is."""
    if possible > DENSE:
        known, of = np.unique(key, return_inverse=True)
        return known, of.astype(np.int64)
    occurs = np.bincount(key, minlength=possible) > 0 if len(key) else np.zeros(possible, dtype=np.bool_)
    if possible == 1:
        return np.zeros(1, dtype=np.int64), key
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[key]


def _column(log: Log, sample: Sample, dimension: Dimension, at: Ints) -> Named:
    if dimension in PERIODS:
        return _periods(log, at, dimension)
    if dimension == "tier":
        return _told(Named(sample.tier, log.tiers))
    column: Named = getattr(log.contacts, dimension)
    place = np.where(sample.contact >= 0, column.place[sample.contact], -1) if len(column.place) else sample.contact
    return _told(Named(place, column.names))


def _told(column: Named) -> Named:
    """The same with a word for what is not told."""
    return Named(np.where(column.place < 0, len(column.names), column.place), (*column.names, NOT_TOLD))


def _periods(log: Log, at: Ints, period: Period) -> Named:
    numbers = period_of(local_days(at, log.zone), period)
    if not len(numbers):
        return Named(numbers, ())
    first = int(numbers.min())
    return Named(numbers - first, tuple(said(number, period) for number in range(first, int(numbers.max()) + 1)))


def _sums(measure: Kpi, sample: Sample, groups: Groups) -> dict[str, "NDArray[np.generic]"]:
    many, cut = len(groups.key), len(sample.at)
    of, amount = groups.of[:cut], sample.amount
    cases = np.bincount(of, minlength=many)
    numerator = _added(of, amount, many)
    if measure.kind == "ratio":
        below = sample.over or sample
        denominator = _added(groups.of[cut:], below.amount, many)
        return {"cases": denominator, "numerator": numerator, "denominator": denominator, "value": _scaled(measure, numerator, denominator)}
    columns: dict[str, NDArray[np.generic]] = {"cases": cases, "numerator": numerator, "denominator": cases}
    low, high = _interval(measure, of, amount, numerator, cases)
    return columns | {"value": _scaled(measure, numerator, cases), "low": low * _scale(measure), "high": high * _scale(measure)}


def _interval(measure: Kpi, of: Ints, amount: Ints, numerator: Ints, cases: Ints) -> tuple[Floats, Floats]:
    if measure.kind == "share":
        return wilson(numerator, cases)
    squares = np.bincount(of, (amount.astype(np.float64)) ** 2, len(cases))
    return mean_interval(numerator.astype(np.float64), squares, cases)


def _scale(measure: Kpi) -> float:
    """What turns a quotient of whole numbers into the unit: percent, points of a balance, points of hundredths, money of cents."""
    if measure.unit == "percent" or measure.kind == "balance":
        return 100.0
    return 0.01 if measure.unit in {"points", "cents"} else 1.0


def _scaled(measure: Kpi, numerator: Ints, denominator: Ints) -> Floats:
    return _scale(measure) * numerator / np.where(denominator > 0, denominator, np.nan)


def _added(of: Ints, amount: Ints, many: int) -> Ints:
    """Sums by group, in whole numbers."""
    total = np.zeros(many, dtype=np.int64)
    if int(np.abs(amount).max(initial=0)) * max(len(amount), 1) < 2**53:
        return np.bincount(of, amount, many).astype(np.int64)  # exact so far, and much faster
    np.add.at(total, of, amount)
    return total


def _lengths(log: Log, sample: Sample, groups: Groups, by: tuple[Dimension, ...]) -> dict[str, "NDArray[np.generic]"]:
    runs = sample.runs if sample.runs is not None else np.zeros(len(sample.at), dtype=np.bool_)
    many, done = len(groups.key), ~runs
    of, amount = groups.of[done], sample.amount[done]
    cases, total = np.bincount(of, minlength=many), _added(groups.of[done], amount, many)
    ranked, first = _ranked(of, amount, many)
    low, high = median_ranks(cases)
    columns: dict[str, NDArray[np.generic]] = {"cases": cases, "numerator": total, "denominator": cases}
    columns |= {"value": _at_rank(ranked, first, (cases + 1) // 2, cases), "p90": _at_rank(ranked, first, (9 * cases + 9) // 10, cases)}
    columns |= {"low": _at_rank(ranked, first, low, cases), "high": _at_rank(ranked, first, high, cases)}
    columns["mean"] = total / np.where(cases > 0, cases, np.nan)
    return columns | _censored(log, sample, runs, groups, by)


def _ranked(of: Ints, amount: Ints, many: int) -> tuple[Ints, Ints]:
    """The amounts by group and size, and where each group begins."""
    step = int(amount.max(initial=0)) + 1
    if many * step < 2**62:
        key = np.sort(of * step + amount)
        return key % step, np.searchsorted(key, np.arange(many + 1) * step)
    order = np.lexsort((amount, of))
    return amount[order], np.searchsorted(of[order], np.arange(many + 1))


def _at_rank(ranked: Ints, first: Ints, rank: Ints, cases: Ints) -> Floats:
    """The value of a rank (from 1) in each group; NaN in an empty one."""
    place = np.minimum(first[:-1] + np.maximum(rank, 1) - 1, len(ranked) - 1)
    return np.where(cases > 0, ranked[place], np.nan) if len(ranked) else np.full(len(cases), np.nan)


def _censored(
    log: Log, sample: Sample, runs: NDArray[np.bool_], groups: Groups, by: tuple[Dimension, ...]
) -> dict[str, "NDArray[np.generic]"]:
    """Kaplan-Meier medians of what began in each group, and how many of it have not come to their end."""
    began = sample.began if sample.began is not None else sample.at
    others = group(log, sample, by, began) if set(by) & set(PERIODS) else groups
    at, many = _matched(groups, others), len(groups.key)
    found = medians(others.of, len(others.key), sample.amount, runs)
    running = np.bincount(others.of[runs], minlength=len(others.key))
    middle = np.where(at >= 0, found[at], UNKNOWN) if many else found
    return {
        "censored_median": np.where(middle == UNKNOWN, np.nan, middle.astype(np.float64)),
        "running": np.where(at >= 0, running[at], 0) if many else running,
    }


def _matched(groups: Groups, others: Groups) -> Ints:
    """The place among *others* of the group of the same words; -1 where there is none."""
    if groups is others:
        return np.arange(len(groups.key))
    place = {words: row for row, words in enumerate(zip(*(others.words(p) for p in range(len(others.sizes))), strict=True))}
    return np.array(
        [place.get(words, -1) for words in zip(*(groups.words(p) for p in range(len(groups.sizes))), strict=True)], dtype=np.int64
    )
