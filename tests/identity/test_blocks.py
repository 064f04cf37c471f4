"""The promise: every pair that a block brings together is compared, once, and no block costs more than it may."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.identity.blocks import DESCRIBING, IDENTIFIERS, Block, choose, menu, sizes
from duecare.identity.model import fixed
from duecare.identity.pairing import MOST_LOGINS, SHORTEST_LOGIN, compare
from duecare.records import Warehouse, open_scratch
from identity.facing import COLUMNS, face, put_faces

BLOCKS = menu(COLUMNS)
COUNTED = st.dictionaries(st.sampled_from(BLOCKS), st.integers(0, 300), max_size=14)
FEW = st.one_of(st.none(), st.sampled_from(["a", "b"]))
FACES = st.lists(st.fixed_dictionaries({column: FEW for column in COLUMNS if column != "email"}), min_size=2, max_size=9)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return open_scratch(tmp_path_factory.mktemp("blocks"), memory_gb=1, threads=1)


def agree(a: Mapping[str, Any], b: Mapping[str, Any], block: Block) -> bool:
    return all(a[column] is not None and a[column] == b[column] for column in block)


@given(COUNTED, st.integers(0, 500))
def test_blocks_keep_within_the_budget_and_none_holds_another(pairs: Mapping[Block, int], budget: int) -> None:
    chosen = choose(pairs, budget)
    assert sum(pairs[block] for block in chosen) <= budget
    assert all(pairs[block] for block in chosen)
    assert not any(set(one) <= set(other) or set(other) <= set(one) for one, other in combinations(chosen, 2))


@given(COUNTED)
def test_with_budget_enough_every_pair_of_the_menu_is_met(pairs: Mapping[Block, int]) -> None:
    """A block that brings no pair together, and one that another holds, are not missed."""
    chosen = choose(pairs, sum(pairs.values()))
    assert [block for block, many in pairs.items() if many and not any(set(held) <= set(block) for held in chosen)] == []


def test_a_block_is_taken_on_the_line_of_the_budget_and_not_beyond() -> None:
    assert [choose({("email",): 7}, budget) for budget in (6, 7)] == [[], [("email",)]]


def test_the_menu_has_identifiers_alone_and_what_describes_also_by_twos() -> None:
    assert [block for block in BLOCKS if len(block) == 1] == [(column,) for column in (*IDENTIFIERS, *DESCRIBING)]
    assert ("given", "birth_date") in BLOCKS
    assert ("postcode", "city") not in BLOCKS
    assert menu(["phone"]) == [("phone",)]
    assert menu([]) == []


@given(
    faces=FACES, blocks=st.lists(st.sampled_from([block for block in BLOCKS if block != ("email",)]), min_size=1, max_size=4, unique=True)
)
@settings(max_examples=30)
def test_pairs_are_those_of_a_plain_cross_join_each_once(scratch: Warehouse, faces: list[dict[str, Any]], blocks: list[Block]) -> None:
    whole = [face(**one) for one in faces]
    put_faces(scratch, whole)
    found = compare(scratch, fixed(COLUMNS), blocks)
    met = list(zip(found.a.tolist(), found.b.tolist(), strict=True))
    wanted = {(i, j) for i, j in combinations(range(len(whole)), 2) if any(agree(whole[i], whole[j], block) for block in blocks)}
    if {"username", "handle"} & {column for block in blocks for column in block}:
        wanted |= {(i, j) for i, j in combinations(range(len(whole)), 2) if crossed(whole[i], whole[j])}
    assert met == sorted(wanted)
    counted = sizes(scratch, blocks)
    assert counted == {block: sum(agree(a, b, block) for a, b in combinations(whole, 2)) for block in blocks}


def crossed(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether a log-in of one stands in another column of the other, where it is no log-in before an @ that is too short."""
    names = [{one["username"], one["handle"]} - {None} for one in (a, b)]
    return bool(names[0] & names[1])


@pytest.mark.parametrize(("login", "met"), [("n" * SHORTEST_LOGIN, True), ("n" * (SHORTEST_LOGIN - 1), False)])
def test_a_log_in_before_the_at_meets_a_user_name_unless_it_is_too_short(scratch: Warehouse, login: str, met: bool) -> None:
    assert meeting(scratch, [face(username=login), face(email=f"{login}@mail.example")]) is met


@pytest.mark.parametrize(("many", "met"), [(MOST_LOGINS, True), (MOST_LOGINS + 1, False)])
def test_a_log_in_that_many_go_by_meets_nobody(scratch: Warehouse, many: int, met: bool) -> None:
    assert meeting(scratch, [face(username="support"), *[face(email="support@mail.example")] * (many - 1)]) is met


def meeting(warehouse: Warehouse, faces: Sequence[Mapping[str, Any]]) -> bool:
    put_faces(warehouse, faces)
    return len(compare(warehouse, fixed(COLUMNS), [("username",)])) > 0


def test_without_blocks_nobody_meets(scratch: Warehouse) -> None:
    assert len(compare(scratch, fixed(COLUMNS), [])) == 0
    assert sizes(scratch, []) == {}
