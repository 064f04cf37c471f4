"""Making the shop: chunk after chunk, each written before the next is made."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import reduce
from operator import add
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from duecare.demo.books import Books, Calibration, calibration, ledger_table, rates_table
from duecare.demo.chunk import PER_CHUNK, chunks
from duecare.demo.days import AS_OF, Window, window
from duecare.demo.effect import Effect, Outcomes
from duecare.demo.stories import stories
from duecare.demo.truth import order_outcomes, truths
from duecare.demo.world import World, exports, live, set_up
from duecare.demo.write import Form, Shelf, put_json
from duecare.words import BadSettings

LEAST_CUSTOMERS, MOST_CUSTOMERS, LEAST_MONTHS, MOST_MONTHS, MOST_EFFECT = 100, 10_000_000, 12, 120, 3


@dataclass(frozen=True, slots=True)
class Shop:
    """What was made, and where it lies."""

    directory: Path
    exports: Mapping[str, tuple[Path, ...]]
    """The files of each table of the contract."""
    truth: Path
    """The folder that only tests read."""
    counts: Mapping[str, int]
    """Rows of each table."""
    calibration: Calibration
    as_of: datetime = AS_OF
    """The last instant of the data."""


def make(
    directory: Path,
    *,
    customers: int = 20_000,
    seed: int = 1,
    effect: float = 1.0,
    months: int = 24,
    form: Literal["csv", "parquet", "auto"] = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Shop:
    """Write a shop with planted stories and known truth: `exports/` as systems give it, `truth/` beside it.

    Args:
        directory: where to write; files of the same name are replaced.
        customers: how many people, 100 to 10 million.
        seed: any whole number from 0 on; the same four numbers give the same bytes.
        effect: how strongly customers react to late deliveries and long waits: 1 as `demo/effect.py` has it, 0 not at all.
        months: how many months the exports cover, 12 to 120, all ending with October 2026.
        form: `csv`, `parquet`, or `auto`: CSV up to 100,000 customers, Parquet beyond.
        progress: told after each chunk how many customers are done, of how many.

    Returns:
        Where everything lies, the rows of each table, and the documents' two numbers as measured.

    Raises:
        BadSettings: a number is out of its range, or the directory holds a shop of another form.
    """
    _check(customers, seed, effect, months)
    kind: Form = form if form != "auto" else "csv" if customers <= PER_CHUNK else "parquet"
    plan = Plan(customers=customers, seed=seed, effect=effect, months=months, form=kind)
    return make_in_chunks(directory, plan, progress or _nobody)


def _check(customers: int, seed: int, effect: float, months: int) -> None:
    _within("customers", customers, LEAST_CUSTOMERS, MOST_CUSTOMERS)
    _within("months", months, LEAST_MONTHS, MOST_MONTHS)
    _within("seed", seed, 0, 2**63)
    _within("effect", effect, 0, MOST_EFFECT)


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise BadSettings(f"a demo cannot be made with {name} {value:g}", mend=f"take {name} from {least:g} to {most:g}")


def make_in_chunks(directory: Path, plan: "Plan", progress: Callable[[int, int], None]) -> Shop:
    """Write a shop as planned, a chunk at a time."""
    span, pieces = window(plan.months), list(chunks(plan.customers, plan.seed, plan.per_chunk))
    setting = set_up(span, Effect(plan.effect))
    stock = _Stock(Shelf(directory / "exports", plan.form, len(pieces)), Shelf(directory / "truth", "parquet", len(pieces)))
    for chunk in pieces:
        stock.enter(live(chunk, setting))
        progress(chunk.first + chunk.size, plan.customers)
    return stock.close(directory, span, plan.effect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What shop to make."""

    customers: int
    seed: int = 1
    effect: float = 1.0
    months: int = 24
    form: Form = "csv"
    per_chunk: int = PER_CHUNK


@dataclass(slots=True)
class _Stock:
    """What has been written so far, and the sums over it."""

    shelf: Shelf
    truth: Shelf
    files: dict[str, list[Path]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    books: list[Books] = field(default_factory=list)
    outcomes: list[Outcomes] = field(default_factory=list)

    def enter(self, world: World) -> None:
        """Write one chunk, its truth and, for the first, the stories."""
        for name, table in exports(world).items():
            self._put(name, table, world.chunk.place)
        for name, table in truths(world).items():
            self.truth.put(name, table, world.chunk.place)
        if world.chunk.has_cast:
            put_json(self.truth.folder / "stories.json", stories(world))
        self.books.append(world.books)
        self.outcomes.append(order_outcomes(world))

    def _put(self, name: str, table: pa.Table, place: int) -> None:
        self.files.setdefault(name, []).append(self.shelf.put(name, table, place))
        self.counts[name] += table.num_rows

    def close(self, directory: Path, span: Window, effect: float) -> Shop:
        """Write what only the whole shop tells."""
        self.shelf = replace(self.shelf, parts=1)
        self._put("rates", rates_table(), 0)
        self._put("ledger", ledger_table(span, np.sum([b.months for b in self.books], axis=0)), 0)
        measured = calibration(self.books)
        put_json(self.truth.folder / "calibration.json", asdict(measured))
        put_json(self.truth.folder / "effect.json", reduce(add, self.outcomes).told(effect))
        files = {name: tuple(paths) for name, paths in self.files.items()}
        return Shop(directory, files, self.truth.folder, dict(self.counts), measured)


def _nobody(done: int, of: int) -> None:
    """Tell nobody."""
