"""Proposals: plans that may be applied. A run makes one; `duecare plan` makes another where the policy changed since, and keeps it with the run."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from duecare import tiers
from duecare.app.evaluating import evaluated
from duecare.app.settings import Settings
from duecare.records import Book, Published, Runs, Warehouse
from duecare.tiers import Plan, last_applied

if TYPE_CHECKING:
    import pyarrow as pa

KEPT_UNDER = "plans"
"""Folder, within a run's, of plans that were made over it later; they go when it goes."""
ROWS = 50_000
PLAN = ("hash", "policy_hash", "based_on", "customers", "movers", "as_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan with what it comes to, and its rows."""

    plan: Plan
    found: Mapping[str, Any]
    """What `evaluated` tells."""
    file: Path
    """Its rows, by customer."""

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """Yield the rows of the plan, by customer."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.file) as rows:
            yield from rows.iter_batches(ROWS)

    @property
    def facts(self) -> dict[str, Any]:
        """All but the rows, in plain types."""
        return {name: getattr(self.plan, name) for name in PLAN} | dict(self.found)


def planned(warehouse: Warehouse, settings: Settings, book: Book, *, as_of: datetime) -> tuple[Plan, dict[str, Any]]:
    """Make the table `plan`, and return the plan with what it comes to, which its hash covers."""
    plan = tiers.make_plan(warehouse, settings.policy, book, as_of=as_of, stability=settings.stability)
    found = evaluated(warehouse, as_of=as_of)
    whole = sha256(json.dumps([plan.hash, found], sort_keys=True).encode()).hexdigest()
    return replace(plan, hash=whole), found


def newest(published: Published, settings: Settings, book: Book) -> Proposal:
    """Return the plan that fits the settings and the book as they are now; the run's own where none does."""
    kept = (_kept(file) for file in (published.folder / KEPT_UNDER).glob("*.json"))
    fits = [one for one in kept if one.plan.policy_hash == settings.rules_hash and one.plan.based_on == last_applied(book)]
    own = _own(published)
    if own.plan.policy_hash == settings.rules_hash and own.plan.based_on == last_applied(book):
        return own
    return fits[0] if fits else own


def make(runs: Runs, settings: Settings, book: Book) -> Proposal:
    """Return the plan of the published run under the settings and the book as they are now, made afresh where the run's own is of others."""
    with TemporaryDirectory() as scratch, runs.read(beside=Path(scratch)) as published:
        known = newest(published, settings, book)
        if known.plan.policy_hash == settings.rules_hash and known.plan.based_on == last_applied(book):
            return known
        as_of = datetime.fromisoformat(str(published.facts["as_of"]))
        plan, found = planned(published.warehouse, settings, book, as_of=as_of)
        return _keep(published, plan, found)


def _own(published: Published) -> Proposal:
    said: Any = published.facts["plan"]
    found = {name: said[name] for name in ("tiers", "pairs", "kept", "origins")}
    return Proposal(plan=Plan(**{name: said[name] for name in PLAN}), found=found, file=published.results / "plan.parquet")


def _kept(file: Path) -> Proposal:
    said = json.loads(file.read_text("utf-8"))
    return Proposal(plan=Plan(**{name: said.pop(name) for name in PLAN}), found=said, file=file.with_suffix(".parquet"))


def _keep(published: Published, plan: Plan, found: Mapping[str, Any]) -> Proposal:
    """Write the rows first and then the facts, each in one step: a plan is there when its facts are."""
    folder = published.folder / KEPT_UNDER
    rows, facts = folder / f"{plan.hash}.parquet", folder / f"{plan.hash}.json"
    published.warehouse.write("plan", rows.with_suffix(".new")).replace(rows)
    made = Proposal(plan=plan, found=found, file=rows)
    facts.with_suffix(".fresh").write_text(json.dumps(made.facts, indent=2, sort_keys=True), "utf-8")
    facts.with_suffix(".fresh").replace(facts)
    return made
