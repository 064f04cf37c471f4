"""Figures: the cases of a KPI added up by groups, with an interval, as one table.

Whole numbers are added as whole numbers, so the groups of a breakdown come to the total exactly.
A quantile is a value that occurred: the one whose rank is half, or nine tenths, of the cases, rounded up.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.measure.groups import Columns, Dimension, Groups, checked
from duecare.measure.intervals import mean_interval, median_ranks, wilson
from duecare.measure.kpi import Kpi, Sample, nobody
from duecare.measure.log import Log
from duecare.measure.periods import PERIODS, SECOND, local_days, midnight
from duecare.measure.survival import UNKNOWN, medians, sort_by

if TYPE_CHECKING:
    import pyarrow as pa

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Counted: TypeAlias = Mapping[str, NDArray[np.generic]]

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


THREADS = 2
"""numpy lets go of the lock while it counts; more threads gain little, for memory is what they wait for."""


class Measured:
    """KPIs whose cases were taken, to be added up in any way."""

    def __init__(self, log: Log, kpis: Sequence[Kpi]) -> None:
        self.columns = Columns(log)
        for clock in ("first_resolution", "full_resolution"):
            log.ends(clock)  # many ask for them at once
        with ThreadPoolExecutor(THREADS) as pool:
            self.samples = list(zip(kpis, pool.map(partial(_prepared, log), kpis), strict=True))

    def table(self, by: Sequence[str] = ()) -> "pa.Table":
        """Add the cases up by groups.

        Args:
            by: names of dimensions, none for the total.

        Returns:
            One row a KPI and group that has cases: kpi, the dimensions, cases, numerator, denominator,
            value, low and high (95 %), mean and p90 of lengths, and their Kaplan-Meier median with how many are censored.
            A KPI whose cases know nothing of a dimension has no rows.
        """
        import pyarrow as pa

        dimensions = checked(by)
        known = [(one, sample) for one, sample in self.samples if _knows(sample, dimensions)]
        with ThreadPoolExecutor(THREADS) as pool:
            parts = list(pool.map(partial(_table, self.columns, by=dimensions), *zip(*known, strict=True))) if known else []
        return pa.concat_tables(parts) if parts else pa.table({})


def table(log: Log, kpis: Sequence[Kpi], by: Sequence[str] = ()) -> "pa.Table":
    """Measure KPIs by groups, once; see `Measured`."""
    return Measured(log, kpis).table(by)


def _prepared(log: Log, measure: Kpi) -> Sample:
    """Take the cases; lengths go by size, those that ended before those that are only known to be so long: medians then need no sorting."""
    sample = measure.take(log)
    if measure.kind == "share" and not (sample.contact >= 0).any():
        return _by_day(log, sample)
    if measure.kind != "length" or sample.runs is None or sample.began is None:
        return sample
    order = np.argsort(2 * sample.amount + sample.runs, kind="stable")
    columns = {name: getattr(sample, name)[order] for name in ("at", "amount", "contact", "tier", "began", "runs")}
    return Sample(**columns)


def _by_day(log: Log, sample: Sample) -> Sample:
    """The same cases, those alike in one row: of a local day and tier, hits and misses."""
    if not len(sample.at):
        return sample
    day, tiers = local_days(sample.at, log.zone), len(log.tiers) + 1
    first = int(day.min())
    counts = np.bincount(((day - first) * tiers + sample.tier + 1) * 2 + sample.amount)
    kept = np.flatnonzero(counts)
    starts = np.array([midnight(number, log.zone) for number in range(first, int(day.max()) + 1)])
    tier = kept // 2 % tiers - 1
    return Sample(at=starts[kept // 2 // tiers], amount=kept % 2, contact=nobody(len(kept)), tier=tier, times=counts[kept])


def _knows(sample: Sample, by: tuple[Dimension, ...]) -> bool:
    """Tell whether cases know what they are to be broken down by."""
    known = {"tier": bool((sample.tier >= 0).any()), **dict.fromkeys(PERIODS, True)}
    return all(known.get(one, bool((sample.contact >= 0).any())) for one in by)


def _table(columns: Columns, measure: Kpi, sample: Sample, by: tuple[Dimension, ...]) -> "pa.Table":
    import pyarrow as pa

    if measure.kind == "length":
        groups = columns.group(sample, by)
        found = _lengths(columns, sample, groups, by)
        kept = np.flatnonzero((found["cases"] > 0) | (found["running"] > 0))  # pyright: ignore[reportOperatorIssue]
    else:
        groups = columns.group(_joined(sample), by)
        found = _sums(measure, sample, groups)
        kept = np.flatnonzero((found["cases"] > 0) | (found["numerator"] != 0))  # pyright: ignore[reportOperatorIssue]
    dims = {name: pa.array(groups.words(place, kept), pa.string()) for place, name in enumerate(by)}
    names = pa.array([measure.name] * len(kept), pa.string())
    return pa.table({"kpi": names, **dims, **{name: _arrow(found.get(name), kept, kind) for name, kind in COLUMNS.items()}})


def _arrow(column: "NDArray[np.generic] | None", kept: Ints, kind: str) -> "pa.Array":
    """A column of the rows that are kept; what is not known is null."""
    import pyarrow as pa

    if column is None:
        return pa.nulls(len(kept), kind)
    mine = column[kept]
    return pa.array(np.where(np.isnan(mine), 0, mine).astype(kind), mask=np.isnan(mine))  # pyright: ignore[reportArgumentType, reportCallIssue]


def _joined(sample: Sample) -> Sample:
    """Both parts of a ratio, one after the other."""
    if sample.over is None:
        return sample
    pairs = [(getattr(sample, name), getattr(sample.over, name)) for name in ("at", "amount", "contact", "tier")]
    at, amount, contact, tier = (np.concatenate(both) for both in pairs)
    return Sample(at=at, amount=amount, contact=contact, tier=tier)


def _sums(measure: Kpi, sample: Sample, groups: Groups) -> Counted:
    many, cut = len(groups.key), len(sample.at)
    if measure.kind == "share":
        counts = np.bincount(2 * groups.of + sample.amount, sample.times, 2 * many)
        return _shares(measure, counts.astype(np.int64).reshape(-1, 2))
    numerator = added(groups.of[:cut], sample.amount, many)
    if sample.over is not None:
        below = added(groups.of[cut:], sample.over.amount, many)
        return {"cases": below, "numerator": numerator, "denominator": below, "value": _scaled(measure, numerator, below)}
    cases = np.bincount(groups.of, minlength=many)
    squares = np.bincount(groups.of, sample.amount.astype(np.float64) ** 2, many).astype(np.float64)
    low, high = mean_interval(numerator.astype(np.float64), squares, cases)
    return _figures(measure, numerator, cases, low, high)


def _shares(measure: Kpi, counts: Ints) -> Counted:
    """Figures from misses and hits, side by side."""
    hits, cases = counts[:, 1], counts.sum(axis=1)
    return _figures(measure, hits, cases, *wilson(hits, cases))


def _figures(measure: Kpi, numerator: Ints, cases: Ints, low: Floats, high: Floats) -> Counted:
    value, size = _scaled(measure, numerator, cases), scale(measure)
    return {"cases": cases, "numerator": numerator, "denominator": cases, "value": value, "low": size * low, "high": size * high}


def scale(measure: Kpi) -> float:
    """Return what turns a quotient of whole numbers into the unit: percent, points of a balance, points of hundredths, money of cents."""
    if measure.unit == "percent" or measure.kind == "balance":
        return 100.0
    return 0.01 if measure.unit in {"points", "cents"} else 1.0


def _scaled(measure: Kpi, numerator: Ints, denominator: Ints) -> Floats:
    return scale(measure) * numerator / np.where(denominator > 0, denominator, np.nan)


def added(of: Ints, amount: Ints, many: int) -> Ints:
    """Return sums by group, in whole numbers.

    >>> added(np.array([0, 1, 0]), np.array([2**60, 5, 1]), 2).tolist() == [2**60 + 1, 5]
    True
    """
    if int(np.abs(amount).max(initial=0)) * max(len(amount), 1) < 2**53:
        return np.bincount(of, amount, many).astype(np.int64)  # exact so far, and much faster
    total = np.zeros(many, dtype=np.int64)
    np.add.at(total, of, amount)
    return total


def _lengths(columns: Columns, sample: Sample, groups: Groups, by: tuple[Dimension, ...]) -> Counted:
    runs = sample.runs if sample.runs is not None else np.zeros(len(sample.at), dtype=np.bool_)
    many, done = len(groups.key), ~runs
    of, amount = groups.of[done], sample.amount[done]
    cases, total = np.bincount(of, minlength=many), added(of, amount, many)
    ranked, first = amount[sort_by(of, many)], np.concatenate([[0], np.cumsum(cases)])
    low, high = median_ranks(cases)
    ranks = {"value": (cases + 1) // 2, "p90": (9 * cases + 9) // 10, "low": low, "high": high}
    found: dict[str, NDArray[np.generic]] = {"cases": cases, "numerator": total, "denominator": cases}
    found |= {name: _at_rank(ranked, first, rank, cases) for name, rank in ranks.items()}
    found["mean"] = total / np.where(cases > 0, cases, np.nan)
    return {**found, **_censored(columns, sample, runs, groups, by)}


def _at_rank(ranked: Ints, first: Ints, rank: Ints, cases: Ints) -> Floats:
    """The value of a rank (from 1) in each group; NaN in an empty one."""
    place = np.minimum(first[:-1] + np.maximum(rank, 1) - 1, len(ranked) - 1)
    return np.where(cases > 0, ranked[place], np.nan) if len(ranked) else np.full(len(cases), np.nan)


def _censored(columns: Columns, sample: Sample, runs: NDArray[np.bool_], groups: Groups, by: tuple[Dimension, ...]) -> Counted:
    """Kaplan-Meier medians of what began in each group, and how many of it have not come to their end."""
    began = sample.began if sample.began is not None else sample.at
    others = columns.group(sample, by, began) if set(by) & set(PERIODS) else groups
    at = _matched(groups, others)
    followed = (columns.log.as_of - began) // SECOND
    oldest = columns.oldest_first(began)
    middle = np.append(medians(others.of, len(others.key), sample.amount, runs, followed, oldest), UNKNOWN)[at]
    running = np.append(np.bincount(others.of[runs], minlength=len(others.key)), 0)[at]
    return {"censored_median": np.where(middle == UNKNOWN, np.nan, middle.astype(np.float64)), "running": running}


def _matched(groups: Groups, others: Groups) -> Ints:
    """The place among *others* of the group of the same words; -1 where there is none."""
    if groups is others:
        return np.arange(len(groups.key))
    place = {words: row for row, words in enumerate(zip(*(others.words(p) for p in range(len(others.sizes))), strict=True))}
    return np.array(
        [place.get(words, -1) for words in zip(*(groups.words(p) for p in range(len(groups.sizes))), strict=True)], dtype=np.int64
    )
