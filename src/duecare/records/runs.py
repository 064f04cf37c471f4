"""Runs: each writes a folder of its own, and one pointer says which is published.

A run is built in `runs/ID.partial`, renamed to `runs/ID` when complete, and published by
renaming one small file over `current`: so at every moment, whatever is killed, `current`
names one complete run. A reader holds a shared lock on the run it reads, and a run that
is read is not removed; the kernel drops the locks of a process that dies.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from duecare.records.alone import alone
from duecare.records.engines import open_warehouse, reopen_warehouse, warehouse_folder
from duecare.records.index import Index
from duecare.records.warehouse import Warehouse
from duecare.words import RunId, StoreTrouble

PARTIAL = ".partial"


@dataclass(frozen=True, slots=True)
class Draft:
    """A run in the making."""

    run_id: RunId
    folder: Path
    warehouse: Warehouse


@dataclass(frozen=True, slots=True)
class Published:
    """A complete run, open to read."""

    run_id: RunId
    folder: Path
    warehouse: Warehouse
    facts: Mapping[str, object]
    """What the run said of itself: inputs, counts, settings, versions."""

    @property
    def results(self) -> Path:
        return self.folder / "results"


@dataclass(frozen=True, slots=True)
class Indexed:
    """The index of a complete run, open to read; no engine is started for it."""

    run_id: RunId
    index: Index
    facts: Mapping[str, object]
    """What the run said of itself."""


@dataclass(frozen=True, slots=True)
class Runs:
    """All runs of one warehouse address (`duckdb:DIR`, `spark:MASTER@DIR`)."""

    where: str
    home: Path

    @classmethod
    def at(cls, where: str, base: Path) -> "Runs":
        """Return the runs of address *where*, a relative folder being under *base*."""
        return cls(where, base / warehouse_folder(where))

    @property
    def pointer(self) -> Path:
        return self.home / "current"

    @contextmanager
    def lock(self) -> Generator[None]:
        """Let one run be at work; the next is told so at once, not queued."""
        self.home.mkdir(parents=True, exist_ok=True)
        with alone(self.home / "run.lock", "run"):
            yield

    @contextmanager
    def draft(self, *, memory_gb: float | None = None, threads: int | None = None) -> Generator[Draft]:
        """Begin a run, under the lock; what an earlier, killed run left half done is removed."""
        self._sweep()
        run_id = _new_id()
        folder = self._folder(run_id, partial=True)
        warehouse = open_warehouse(self.where, folder, memory_gb=memory_gb, threads=threads)
        try:
            yield Draft(run_id, folder, warehouse)
        finally:
            warehouse.close()
            shutil.rmtree(folder, ignore_errors=True)  # gone already when it was published

    def publish(self, draft: Draft, facts: Mapping[str, object]) -> RunId:
        """Make *draft* the current run: the last step, one rename."""
        draft.warehouse.close()
        shutil.rmtree(draft.folder / "spill", ignore_errors=True)
        (draft.folder / "run.json").write_text(json.dumps(facts, indent=2, sort_keys=True), "utf-8")
        for path in [*draft.folder.rglob("*"), draft.folder]:  # a folder holds the names of its files
            _sync(path)
        draft.folder.rename(self._folder(draft.run_id))
        _sync(self.home / "runs")
        self._point(draft.run_id)
        return draft.run_id

    def current(self) -> RunId | None:
        """Return the published run, None before the first."""
        try:
            return RunId(self.pointer.read_text("utf-8").strip())
        except FileNotFoundError:
            return None

    def complete(self) -> list[RunId]:
        """Return every complete run, oldest first."""
        folders = (self.home / "runs").glob("*/run.json")
        return sorted(RunId(path.parent.name) for path in folders if not path.parent.name.endswith(PARTIAL))

    @contextmanager
    def read(self, run_id: RunId | None = None, *, beside: Path | None = None) -> Generator[Published]:
        """Open the current run, or *run_id*, and keep it from being removed while it is open.

        Tables can be made beside its own where a folder for them is given; they are not kept.
        """
        wanted, handle = self._hold(run_id)
        try:
            yield from self._reading(wanted, beside)
        finally:
            os.close(handle)

    @contextmanager
    def indexed(self, run_id: RunId | None = None) -> Generator[Indexed]:
        """Open the index of the current run, or of *run_id*, and keep it from being removed while it is open."""
        wanted, handle = self._hold(run_id)
        try:
            folder = self._folder(wanted)
            index = Index.of(folder)
            yield Indexed(wanted, index, _facts(folder))
            index.close()
        finally:
            os.close(handle)

    def prune(self, keep: int) -> list[RunId]:
        """Remove all but the newest *keep* runs; never the current one, nor one that is being read."""
        old = [run for run in self.complete()[: -max(keep, 1)] if run != self.current()]
        return [run for run in old if _remove_unless_read(self._folder(run))]

    def _hold(self, run_id: RunId | None) -> tuple[RunId, int]:
        """Lock the folder of a run for reading; a new run may come between reading the pointer and the lock, so try again."""
        for _ in range(10):
            wanted = run_id or self.current()
            if wanted is None:
                raise StoreTrouble("nothing has been published yet", looked=[str(self.pointer)], mend="duecare run")
            if (handle := _open_shared(self._folder(wanted))) is not None:
                return wanted, handle
        raise StoreTrouble(
            f"run {run_id or 'named by the pointer'} is not there", looked=[str(self.home / "runs")], mend=f"take one of {self.complete()}"
        )

    def _reading(self, run_id: RunId, beside: Path | None) -> Generator[Published]:
        folder = self._folder(run_id)
        facts = _facts(folder)
        with reopen_warehouse(self.where, folder, beside) as warehouse:
            yield Published(run_id, folder, warehouse, facts)

    def _folder(self, run_id: RunId, *, partial: bool = False) -> Path:
        return self.home / "runs" / (run_id + (PARTIAL if partial else ""))

    def _sweep(self) -> None:
        for left in (self.home / "runs").glob(f"*{PARTIAL}"):
            shutil.rmtree(left, ignore_errors=True)

    def _point(self, run_id: RunId) -> None:
        fresh = self.home / "current.new"
        fresh.write_text(run_id + "\n", "utf-8")
        _sync(fresh)
        fresh.replace(self.pointer)
        _sync(self.home)


def _facts(folder: Path) -> Mapping[str, object]:
    return json.loads((folder / "run.json").read_text("utf-8"))


def _new_id() -> RunId:
    return RunId(f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(2)}")


def _open_shared(folder: Path) -> int | None:
    """Hold *folder* open with a shared lock; None when it is not there, or about to go."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    if not folder.exists():  # it went between the two
        os.close(handle)
        return None
    return handle


def _remove_unless_read(folder: Path) -> bool:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        going = folder.with_name(folder.name + PARTIAL)  # out of sight in one step, then removed
        folder.rename(going)
        shutil.rmtree(going, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
