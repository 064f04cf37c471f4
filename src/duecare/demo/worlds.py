"""Worlds to try identity on: people whom four channels know each in its own way, and the truth about who is who.

`make_world` gives one as two tables that stand row by row beside each other; `world_parts` gives
a large one part by part, so that memory stays bounded. The same seed gives the same world.
Nothing here knows how records are matched.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from duecare.demo.chunk import PER_CHUNK, Chunk, chunks
from duecare.demo.columns import Flags, Ints, table
from duecare.demo.world_forms import SHARED_VALUES, write
from duecare.demo.world_people import Folk, make_folk
from duecare.demo.world_rates import Rates
from duecare.demo.world_records import Pen, make_records


class World(NamedTuple):
    """Records of people, and who they are; row k of one table is row k of the other."""

    people: pa.Table
    """The contract's `people`."""
    truth: pa.Table
    """One row a record, see `make_world`."""


def make_world(people: int = 400_000, seed: int = 1, rates: Rates | None = None, shared: Mapping[str, int] | None = None) -> World:
    """Return the records that four channels keep of people, about 2.5 each, and the truth.

    Args:
        people: how many there are.
        seed: of everything drawn.
        rates: how hard the world is; the defaults of `Rates` when None.
        shared: how many records bear a value that is nobody's own, by column: email, phone, loyalty_id, username,
            social_handle, street, birth_date. The shop's own number and address, at the rates, when None; {} for none.

    Returns:
        The contract's `people` rows, and for each row of them source, source_id and
        person_id, household_id; twin_id, parent_id, phone_from_id: the person that is the other twin, the parent of whom
        a junior has the name, the one who had the mobile number before (null: nobody);
        twin, junior, moved, name_changed: what is true of the person;
        recycled_phone, landline, switchboard, family_email, family_card, old_address, old_name: what is true of the values on the record;
        typos, missing: fields that went wrong, and fields that the channel asks for and does not have.

    >>> world = make_world(people=100, seed=7)
    >>> world.people.num_rows == world.truth.num_rows, len(set(world.truth["person_id"].to_pylist()))
    (True, 100)
    """
    parts = list(world_parts(people, seed, rates, shared))
    return World(pa.concat_tables([part.people for part in parts]), pa.concat_tables([part.truth for part in parts]))


def world_parts(
    people: int, seed: int = 1, rates: Rates | None = None, shared: Mapping[str, int] | None = None, per_part: int = PER_CHUNK
) -> Iterator[World]:
    """Yield the parts of a world, *per_part* people each; households lie within one part."""
    rates = rates or Rates()
    if shared is None:
        shared = {
            "phone": round(people * rates.shared_phone_per_1000_people / 1000),
            "email": round(people * rates.shared_email_per_1000_people / 1000),
        }
    if unknown := set(shared) - set(SHARED_VALUES):
        raise ValueError(f"no value to share is known for {min(unknown)}; there are: {', '.join(SHARED_VALUES)}")
    for chunk in chunks(people, seed, per_part):
        yield _part(chunk, rates, {name: _due(chunk, people, many) for name, many in shared.items()})


def _due(chunk: Chunk, people: int, many: int) -> int:
    """How many of the records that bear a shared value lie in this part."""
    return many * (chunk.first + chunk.size) // people - many * chunk.first // people


def _part(chunk: Chunk, rates: Rates, shared: Mapping[str, int]) -> World:
    folk = make_folk(chunk, rates)
    columns, pen = write(chunk, rates, folk, make_records(chunk, rates, folk), shared)
    who = {"source": columns["source"], "source_id": columns["source_id"]}
    return World(table(columns), table(who | _who(folk, pen.records.person) | _noted(folk, pen)))


def _who(folk: Folk, person: Ints) -> dict[str, pa.Array]:
    homes = folk.homes
    others = {"twin_id": homes.twin, "parent_id": homes.parent, "phone_from_id": folk.number_from}
    found = {name: pa.array(folk.number[place[person]], mask=place[person] < 0) for name, place in others.items()}
    return {"person_id": pa.array(folk.number[person]), "household_id": pa.array(folk.number[homes.head[person]])} | found


def _noted(folk: Folk, pen: Pen) -> dict[str, pa.Array]:
    person, homes = pen.records.person, folk.homes
    flags: dict[str, Flags] = {
        "twin": homes.twin[person] >= 0,
        "junior": homes.parent[person] >= 0,
        "moved": folk.address.day[person] > 0,
        "name_changed": folk.family.day[person] > 0,
    }
    counts = {"typos": pen.typos.astype(np.int8), "missing": pen.missing.astype(np.int8)}
    return {name: pa.array(values) for name, values in (flags | pen.notes | counts).items()}
