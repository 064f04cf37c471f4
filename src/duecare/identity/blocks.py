"""Blocks: which pairs of records are compared at all, chosen by what is in the data.

A block is a set of columns; two records that agree in all of them are compared. Every block is
counted before it is used, cheapest first, and none is taken that would bring more pairs together
than can be weighed, so a crowd of like values costs nothing.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

from duecare.records import Warehouse

Block: TypeAlias = tuple[str, ...]

IDENTIFIERS = ("email", "phone", "loyalty", "username", "handle")
"""Columns whose values belong to one person, or to few."""

DESCRIBING = ("given", "family", "birth_date", "postcode", "city", "street")
"""Columns that tell people apart together."""

PLACES = (("postcode", "city"), ("city", "street"))
"""Pairs of columns that say less than a postcode does, or no more, where there is one."""


def menu(present: Sequence[str]) -> list[Block]:
    """Return the blocks that could be used, given the columns that are *present*."""
    told = [column for column in DESCRIBING if column in present]
    pairs = [pair for pair in combinations(told, 2) if pair not in (PLACES if "postcode" in told else ())]
    threes = [three for three in (("given", "family", "city"), ("given", "family", "postcode")) if set(three) <= set(told)]
    return [(column,) for column in (*IDENTIFIERS, *told) if column in present] + pairs + threes


def sizes(warehouse: Warehouse, blocks: Sequence[Block], faces: str = "faces") -> dict[Block, int]:
    """Return how many pairs of records each block brings together."""
    asked = " UNION ALL ".join(_counted(index, block) for index, block in enumerate(blocks))
    if not asked:
        return {}
    found = warehouse.arrow(f"SELECT block, pairs FROM ({asked}) AS counted ORDER BY block", faces=faces)  # our own columns
    return {block: int(pairs or 0) for block, pairs in zip(blocks, found["pairs"].to_pylist(), strict=True)}


def _counted(index: int, block: Block) -> str:
    said, listed = " AND ".join(f"{column} IS NOT NULL" for column in block), ", ".join(block)
    groups = f"SELECT count(*) AS n FROM {{faces}} WHERE {said} GROUP BY {listed}"
    return f"SELECT {index} AS block, CAST(sum(n * (n - 1) / 2) AS DOUBLE) AS pairs FROM ({groups}) AS groups_{index}"


def choose(pairs: Mapping[Block, int], budget: int) -> list[Block]:
    """Return the blocks that bring at most *budget* pairs together, cheapest first; none that another one holds already.

    >>> choose({("email",): 5, ("given", "family"): 40, ("given",): 90, ("city",): 10**9}, budget=200)
    [('email',), ('given',)]
    """
    taken: list[Block] = []
    left = budget
    for block, many in sorted(pairs.items(), key=lambda item: (item[1], item[0])):
        within = [held for held in taken if set(block) < set(held)]
        if many == 0 or many > left + sum(pairs[held] for held in within) or any(set(held) <= set(block) for held in taken):
            continue
        left += sum(pairs[held] for held in within) - many
        taken = [held for held in taken if held not in within] + [block]
    return taken
