"""Learning: what each level of agreement says, taught to Splink by the data themselves, without labels.

What Splink learns is where `settling` begins: that finds how many pairs are one person's, what
people who share a home have in common, and how often strangers agree without either.
"""

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from duecare.identity.blocks import Block, sizes
from duecare.identity.comparing import compared
from duecare.identity.levels import Compared, Level
from duecare.identity.model import LEAST, Model, Weights, at_home, fixed
from duecare.records import Warehouse

if TYPE_CHECKING:
    from collections.abc import Generator

TAUGHT_BY: tuple[Block, ...] = (
    ("given", "family"),
    ("birth_date",),
    ("email",),
    ("phone",),
    ("loyalty",),
    ("family", "postcode"),
    ("street",),
    ("username",),
)
"""Blocks that training looks into, best first: names and birth dates before what households share."""

ENOUGH = 100
"""Pairs that a block must bring together to teach anything."""

SAMPLED_PAIRS = 1e6
TAUGHT_PAIRS = 3e5


def learn(warehouse: Warehouse, present: Sequence[str], *, records: int, seed: int) -> Model:
    """Return what these records teach; the fixed weights where there is too little to learn from.

    Args:
        warehouse: where `faces` is.
        present: the columns that tell people apart here.
        records: how many rows `faces` has.
        seed: of the sampling.
    """
    stand_in = fixed(tuple(present))
    counted = sizes(warehouse, [block for block in TAUGHT_BY if set(block) <= set(present)])
    blocks = _teachers([block for block, pairs in counted.items() if pairs >= ENOUGH], present)
    if not blocks:
        return stand_in
    with quiet():
        told = _shares(_taught(warehouse, present, blocks, seed))
    agree = sizes(warehouse, [(column,) for column in present])
    said = _spoken(warehouse, present)
    share = {column: agree[column,] / max(said[column] * (said[column] - 1) / 2, 1) for column in present}
    return Model(
        columns={one.column: _weights(one, told[one.column], share.get(one.column)) for one in stand_in.compared},
        pairs_per_record=_first_guess(counted, records),
        home_pairs_per_record=_first_guess(counted, records) / 2,
        learnt=True,
    )


def _teachers(usable: Sequence[Block], present: Sequence[str]) -> list[Block]:
    """Blocks such that each column is free in one of them: the best, the best that shares no column with it, and a third."""
    chosen: list[Block] = []
    for block in usable:
        fresh = not chosen or not set(block) & {column for held in chosen for column in held}
        if fresh and len(chosen) < 3:
            chosen.append(block)
    return chosen if len(chosen) > 1 or (chosen and set(chosen[0]) != set(present)) else []


def _first_guess(counted: Mapping[Block, int], records: int) -> float:
    """Pairs a record that agree in the scarcest identifier are nearly all one person."""
    least = min((pairs for pairs in counted.values() if pairs), default=0)
    return max(least / max(records, 1), 1e-3)


def _spoken(warehouse: Warehouse, present: Sequence[str]) -> dict[str, int]:
    counts = ", ".join(f"count({column}) AS {column}" for column in present)
    return warehouse.arrow(f"SELECT {counts} FROM {{faces}}", faces="faces").to_pylist()[0]


def _taught(warehouse: Warehouse, present: Sequence[str], blocks: Sequence[Block], seed: int) -> Any:  # noqa: ANN401 - Splink's own type, imported late
    from splink import Linker, SettingsCreator, block_on

    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[comparison(one) for one in compared(present)],
        blocking_rules_to_generate_predictions=[block_on(*block) for block in blocks],
    )
    linker = Linker(warehouse.linker_backend().register("faces"), settings, log_level=logging.CRITICAL)
    teach = linker.training
    _try(linker, lambda: teach.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=seed))
    for block in blocks:
        _try(linker, partial(teach.estimate_parameters_using_expectation_maximisation, block_on(*block), max_pairs=TAUGHT_PAIRS))
    return linker


def _try(linker: Any, step: Callable[[], object]) -> None:  # noqa: ANN401 - Splink's own type
    """Take one step of training, or leave what it would have taught as it was."""
    from splink.internals.exceptions import SplinkException

    held = linker._settings_obj.core_model_settings.copy()  # noqa: SLF001 - a step that fails leaves columns out
    try:
        step()
    except (SplinkException, ValueError, ArithmeticError) as error:
        linker._settings_obj.core_model_settings = held  # noqa: SLF001
        logging.getLogger(__name__).debug("a step of training taught nothing: %s", type(error).__name__)


Shares = tuple[tuple[float | None, ...], tuple[float | None, ...]]


def _shares(linker: Any) -> dict[str, Shares]:  # noqa: ANN401 - Splink's own type
    """What was taught: for each column m and u, level by level, None where nothing was."""
    found: dict[str, Shares] = {}  # what was not taught must not look taught, so the fields behind the properties are read
    for one in linker._settings_obj.core_model_settings.comparisons:  # noqa: SLF001 - Splink shows its numbers only in charts
        levels = [level for level in one.comparison_levels if not level.is_null_level]
        found[one.output_column_name] = (
            tuple(_share(level._m_probability) for level in levels),  # noqa: SLF001
            tuple(_share(level._u_probability) for level in levels),  # noqa: SLF001
        )
    return found


def _share(value: object) -> float | None:
    return min(float(value), 1 - LEAST) if isinstance(value, float) and 0 < value <= 1 else None


def _weights(one: Compared, told: Shares, agree: float | None) -> Weights:
    """Join what was taught with what stands in; *agree* is the share of all pairs whose values are equal, counted exactly."""
    taught = told[0] if any(told[0]) else tuple(level.m for level in one.levels)
    m, u = (list(shares) for shares in zip(*map(_level, taught, told[1], one.levels), strict=True))
    if agree is not None:
        u = [max(agree / len(one.equal), LEAST) if index in one.equal else share for index, share in enumerate(u)]
    whole = tuple(share / sum(m) for share in m)
    return Weights(m=whole, u=tuple(u), h=at_home(one.column, whole, tuple(u)), n=tuple(u))


def _level(m: float | None, u: float | None, level: Level) -> tuple[float, float]:
    """The two shares of a level: as taught; where training never met it, next to nothing, with half the bits that stand in for it."""
    if m is None:
        u = u or LEAST
        return u * (level.m / level.u) ** 0.5 if u > LEAST else LEAST * max(level.m / level.u, 1.0) ** 0.5, u
    return m, u or min(level.u, m)


def comparison(one: Compared) -> Any:  # noqa: ANN401 - Splink's own type
    """Return Splink's comparison of a column."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    unsaid: Any = cll.CustomLevel(one.unsaid_sql, base_dialect_str="duckdb").configure(is_null_level=True)
    levels: list[Any] = [unsaid]
    for index, level in enumerate(one.levels):
        last = index == len(one.levels) - 1
        made: Any = cll.ElseLevel() if last else cll.CustomLevel(level.sql, label_for_charts=level.says, base_dialect_str="duckdb")
        levels.append(made.configure(tf_adjustment_column=level.frequency) if level.frequency else made)
    return cl.CustomComparison(output_column_name=one.column, comparison_levels=levels)


@contextmanager
def quiet() -> "Generator[None]":
    """Let Splink and its translator warn of their own insides unheard."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
