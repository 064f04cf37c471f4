"""Link: identity alone, on any table of people: who is one customer with whom, and how sure that is.

Nothing is kept but the file that is written. The same file, seed and model give the same
customers under the same ids: an id is made of the first of its records' own ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from duecare.app.handed import refuse_endings, refuse_place, write_table
from duecare.app.progress import Progress
from duecare.app.report.wording import many
from duecare.app.shown import print_json
from duecare.identity import Matching
from duecare.identity.clustering import Clustered, cluster
from duecare.identity.match import Matched, match
from duecare.identity.model import Model
from duecare.records import Warehouse, open_scratch
from duecare.sources.anybody import Anybody, read_anybody, record_ids
from duecare.words import BadSettings

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command was told."""

    file: Path
    out: Path
    id_column: str | None
    columns: Mapping[str, str] | None
    threshold: float
    country: str | None
    seed: int
    model: Path | None
    save_model: Path | None


def link_file(asked: Asked, *, as_json: bool) -> None:
    """Link the records of a file, write which customer each belongs to, and print what came of it."""
    refuse_endings(asked.out)
    for option, place in (("--out", asked.out), ("--save-model", asked.save_model)):
        refuse_place(option, place, asked.file, "the people")
    _refuse_country(asked.country)
    pinned = _model(asked.model)
    progress = Progress(quiet=as_json)
    with TemporaryDirectory(prefix="duecare-") as folder, open_scratch(Path(folder) / "scratch", memory_gb=MEMORY_GB) as warehouse:
        with progress.step("read"):
            read = read_anybody(warehouse, asked.file, work=Path(folder), id_column=asked.id_column, columns=asked.columns)
        with progress.step("match"):
            terms = Matching(threshold=asked.threshold, country=asked.country)
            matched = match(warehouse, terms, as_of=datetime.now(UTC), seed=asked.seed, pinned=pinned)
            found = cluster(warehouse, matched, terms)
        rows, silent = linked(record_ids(warehouse), found), _silent(warehouse)
    write_table(rows, asked.out)
    if asked.save_model is not None and matched.model is not None:
        asked.save_model.write_text(matched.model.as_json() + "\n", "utf-8")
    facts = _facts(asked, read, matched, found, silent) | {"seconds": progress.seconds}
    if as_json:
        print_json(facts)
    else:
        typer.echo("\n".join(_lines(facts)))


MEMORY_GB = 1.2
"""What the engine may take; the pairs are weighed outside of it."""


def linked(ids: Sequence[str], found: Clustered) -> "pa.Table":
    """Return one row a record, in the order of *ids*: record_id, customer_id and confidence, from 0 to 1.

    Args:
        ids: the id of each record, as it was found; several records may bear the same.
        found: the number of the customer of each, and its confidence.
    """
    import pyarrow as pa

    return pa.table(
        {
            "record_id": pa.array(ids, pa.string()),
            "customer_id": pa.array(customer_ids(ids, found.cluster.tolist()), pa.string()),
            "confidence": pa.array(np.round(found.confidence, 4), pa.float64()),
        }
    )


def customer_ids(ids: Sequence[str], cluster_of: Sequence[int]) -> list[str]:
    """Return for each record the id of its customer, made of the smallest id of the customer's records.

    Where several records bear one id, the second is another one than the first.

    >>> customer_ids(["b", "a", "c"], [0, 0, 1]) == customer_ids(["a", "b", "c"], [5, 5, 2])
    True
    """
    first: dict[int, str] = {}
    seen: dict[str, int] = {}
    for name, number in zip(ids, cluster_of, strict=True):
        seen[name] = again = seen.get(name, 0) + 1
        key = name if again == 1 else f"{name}\0{again}"
        if number not in first or key < first[number]:
            first[number] = key
    named = {number: f"cu_{blake2b(key.encode(), digest_size=10).hexdigest()}" for number, key in first.items()}
    return [named[number] for number in cluster_of]


def _refuse_country(country: str | None) -> None:
    from phonenumbers import SUPPORTED_REGIONS

    if country is not None and country not in SUPPORTED_REGIONS:
        raise BadSettings(f"--country {country!r} has no dialling rules", mend="write the two letters of ISO 3166, as --country DE")


def _model(file: Path | None) -> Model | None:
    """Return the model that a file holds."""
    if file is None:
        return None
    try:
        return Model.from_json(file.read_text("utf-8"))
    except FileNotFoundError:
        raise BadSettings(
            f"--model {file.name} is not there", mend="duecare link FILE --save-model writes one", looked=(str(file),)
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadSettings(f"{file.name} holds no model", mend="duecare link FILE --save-model writes one", looked=(str(file),)) from None


SILENT = """
SELECT count(*) AS n FROM {faces} WHERE given IS NULL AND family IS NULL AND birth_date IS NULL AND email IS NULL AND phone IS NULL
AND loyalty IS NULL AND street IS NULL AND postcode IS NULL AND city IS NULL AND username IS NULL AND handle IS NULL
"""


def _silent(warehouse: Warehouse) -> int:
    """How many records say nothing that tells people apart."""
    return int(warehouse.arrow(SILENT, faces="faces")["n"][0].as_py())


def _facts(asked: Asked, read: Anybody, matched: Matched, found: Clustered, silent: int) -> dict[str, Any]:
    """What came of it; counts and names of columns, and nobody's data."""
    sizes = np.bincount(found.cluster) if len(found.cluster) else np.zeros(0, np.int64)
    notes = [*read.notes, *(note.partition("; `duecare run")[0] for note in matched.notes)]
    notes += [f"{many(silent, 'record')} with nothing that tells people apart; each is a customer of its own"] if silent else []
    notes += ["no two records could be compared, so there is no model to save"] if asked.save_model and not matched.model else []
    return {
        "file": read.name,
        "out": str(asked.out),
        "records": read.many,
        "customers": len(sizes),
        "several_records": int((sizes > 1).sum()),
        "largest": int(sizes.max(initial=0)),
        "id": read.id_column,
        "columns": dict(read.columns),
        "compared": list(matched.compared),
        "model": matched.model.version if matched.model else None,
        "learnt": bool(matched.model and matched.model.learnt),
        "notes": notes,
    }


def _lines(facts: Mapping[str, Any]) -> list[str]:
    columns = ", ".join(f"{name} = {header}" for name, header in facts["columns"].items())
    return [
        f"{many(facts['records'], 'record')}: {many(facts['customers'], 'customer')}, {facts['several_records']:,} of several records",
        f"read: {columns}; id {facts['id'] or 'is the number of the row'}",
        *(f"note: {note}" for note in facts["notes"]),
        f"written: {facts['out']}",
    ]
