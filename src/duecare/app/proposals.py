"""Proposals: plans that may be applied. A run makes one; `duecare plan` makes another where the policy changed since, and keeps it with the run."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from duecare import tiers
from duecare.app.auditing import audited
from duecare.app.evaluating import evaluated
from duecare.app.indexing import index_plan_alone, planned_row
from duecare.app.linting import lint
from duecare.app.settings import Settings
from duecare.records import Book, Index, Published, Runs, Warehouse
from duecare.tiers import Plan, Policy, in_force, last_applied
from duecare.tiers.reasons import Scale
from duecare.tiers.words import said_hash
from duecare.words import StoreTrouble

if TYPE_CHECKING:
    import pyarrow as pa

    from duecare.tiers.evaluating import Fact

KEPT_UNDER, ROWS_FILE, FACTS_FILE = "plans", "plan.parquet", "plan.json"
"""Folder, within a run's, of plans that were made over it later, and what each holds; they go when it goes."""
ROWS = 50_000
FOUND = ("tiers", "options", "pairs", "kept", "origins", "scale", "fairness")
PLAN = ("hash", "policy_hash", "based_on", "customers", "movers", "as_of", "experiment", "words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan with what it comes to, and its rows."""

    plan: Plan
    found: Mapping[str, Any]
    """What `evaluated` tells."""
    file: Path
    """Its rows, by customer."""
    folder: Path
    """Under which its index lies."""

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """Yield the rows of the plan, by customer."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.file) as rows:
            yield from rows.iter_batches(ROWS)

    @property
    def scale(self) -> Scale:
        """The CLV at each percentile that the policy names."""
        return Scale({one["percentile"]: one["clv"] for one in self.found["scale"]})

    def of(self, customer_id: str) -> "tuple[dict[str, Any], dict[str, Fact]]":
        """Return what is planned for one customer, and the facts that it rests on."""
        index = Index.of(self.folder)
        try:
            return planned_row(index, index.find("customer", customer_id)[0])
        finally:
            index.close()

    @property
    def facts(self) -> dict[str, Any]:
        """All but the rows, in plain types."""
        return {name: getattr(self.plan, name) for name in PLAN} | dict(self.found)


def planned(warehouse: Warehouse, settings: Settings, book: Book, *, as_of: datetime, now: datetime) -> tuple[Plan, dict[str, Any]]:
    """Make the table `plan`, and return the plan with what it comes to, which its hash covers."""
    plan = tiers.make_plan(warehouse, settings.policy, book, as_of=as_of, terms=settings.plan_terms, now=now)
    found = evaluated(warehouse, settings.policy, as_of=as_of) | {"fairness": audited(warehouse, settings, as_of)}
    whole = sha256(json.dumps([plan.hash, found], sort_keys=True).encode()).hexdigest()
    return replace(plan, hash=whole), found


def newest(folder: Path, facts: Mapping[str, Any], settings: Settings, book: Book) -> Proposal:
    """Return the plan that fits the settings and the book as they are now; else the one in force, else the run's own.

    Args:
        folder: of the published run.
        facts: what that run said of itself.
        settings: as they are now.
        book: as it is now.
    """
    own = _own(folder, facts)
    others = (_kept(file) for file in sorted((folder / KEPT_UNDER).glob(f"*/{FACTS_FILE}")))
    known = [own, *others]
    fitting = (one for one in known if _fits(one, settings, book))
    return next(fitting, next((one for one in known if in_force(book, one.plan)), own))


def make(runs: Runs, settings: Settings, book: Book) -> Proposal:
    """Return the plan of the published run under the settings and the book as they are now, made afresh where the run's own is of others."""
    lint(settings.policy, settings.predictors, settings.exceptions, today=datetime.now(UTC).date())
    with TemporaryDirectory() as scratch, runs.read(beside=Path(scratch)) as published:
        known = newest(published.folder, published.facts, settings, book)
        if _fits(known, settings, book):
            return known
        as_of = datetime.fromisoformat(str(published.facts["as_of"]))
        plan, found = planned(published.warehouse, settings, book, as_of=as_of, now=datetime.now(UTC))
        return _keep(published, settings.policy, plan, found)


def _fits(made: Proposal, settings: Settings, book: Book) -> bool:
    same = made.plan.policy_hash == settings.rules_hash and made.plan.based_on == last_applied(book)
    return same and made.plan.words == said_hash(book, datetime.now(UTC))


def _own(folder: Path, facts: Mapping[str, Any]) -> Proposal:
    return _proposal(folder, folder / "results" / "plan.parquet", facts["plan"])


def _kept(file: Path) -> Proposal:
    return _proposal(file.parent, file.with_name(ROWS_FILE), json.loads(file.read_text("utf-8")))


def _proposal(folder: Path, rows: Path, said: Mapping[str, Any]) -> Proposal:
    if "fairness" not in said:
        raise StoreTrouble("the latest run was made by an older Duecare", looked=[str(folder)], mend="duecare run")
    plan, found = ({name: said[name] for name in names} for names in (PLAN, FOUND))
    return Proposal(plan=Plan(**plan), found=found, file=rows, folder=folder)


def _keep(published: Published, policy: Policy, plan: Plan, found: Mapping[str, Any]) -> Proposal:
    """Write the plan into a folder of its own, which is there from one moment on."""
    folder = published.folder / KEPT_UNDER / plan.hash
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    published.warehouse.write("plan", fresh / ROWS_FILE)
    index_plan_alone(fresh, published.warehouse, policy)
    made = Proposal(plan=plan, found=found, file=folder / ROWS_FILE, folder=folder)
    (fresh / FACTS_FILE).write_text(json.dumps(made.facts, indent=2, sort_keys=True), "utf-8")
    fresh.rename(folder)
    return made
