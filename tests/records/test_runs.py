"""The promise: whoever reads, reads one complete run; whatever is killed, the pointer names one."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from duecare.records import Runs
from duecare.words import RunId, StoreTrouble

WHERE = "duckdb:warehouse"


def publish(base: Path, n: int) -> RunId:
    runs = Runs.at(WHERE, base)
    with runs.lock(), runs.draft(memory_gb=1) as draft:
        draft.warehouse.run("n", "SELECT $n AS n", {"n": n})
        return runs.publish(draft, {"n": n})


def read(base: Path) -> int:
    with Runs.at(WHERE, base).read() as published:
        found = published.warehouse.arrow("SELECT n FROM {n}", n="n")["n"][0].as_py()
        assert published.facts["n"] == found
        return found


def test_before_the_first_run_a_reader_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreTrouble, match="duecare run"):
        read(tmp_path)


def test_a_published_run_is_read_and_the_next_takes_its_place(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    assert read(tmp_path) == 1
    publish(tmp_path, 2)
    assert read(tmp_path) == 2


def test_a_run_that_fails_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    runs = Runs.at(WHERE, tmp_path)

    def fails() -> None:
        with runs.lock(), runs.draft() as draft:
            draft.warehouse.run("n", "SELECT 2 AS n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert read(tmp_path) == 1
    assert len(list((tmp_path / "warehouse" / "runs").iterdir())) == 1


def test_a_second_run_at_the_same_time_is_told_who_is_at_work(tmp_path: Path) -> None:
    runs = Runs.at(WHERE, tmp_path)
    with runs.lock(), pytest.raises(StoreTrouble, match=f"another run is at work: process {os.getpid()}"), runs.lock():
        pass
    with runs.lock():
        pass


def test_old_runs_go_but_never_the_current_one_nor_one_that_is_read(tmp_path: Path) -> None:
    runs = Runs.at(WHERE, tmp_path)
    first = publish(tmp_path, 1)
    with runs.read() as reader:
        second = publish(tmp_path, 2)
        third = publish(tmp_path, 3)
        assert runs.prune(keep=1) == [second]
        assert reader.warehouse.arrow("SELECT n FROM {n}", n="n")["n"].to_pylist() == [1]
    assert runs.prune(keep=1) == [first]
    assert runs.complete() == [third]
    assert read(tmp_path) == 3


def test_a_run_that_is_not_kept_is_said_to_be_so(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    with pytest.raises(StoreTrouble, match="is not there"), Runs.at(WHERE, tmp_path).read(RunId("20000101T000000Z-0000")):
        pass


PUBLISH_FOR_EVER = """
import itertools
from pathlib import Path
from duecare.records import Runs

runs = Runs.at("duckdb:warehouse", Path())
for n in itertools.count(100):
    with runs.lock(), runs.draft(memory_gb=1) as draft:
        draft.warehouse.run("n", "SELECT $n AS n", {"n": n})
        runs.publish(draft, {"n": n})
    runs.prune(keep=2)
"""


def test_a_killed_run_leaves_a_complete_one_and_the_next_succeeds(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    for attempt in range(8):
        process = subprocess.Popen([sys.executable, "-c", PUBLISH_FOR_EVER], cwd=tmp_path)
        time.sleep(0.9 + 0.137 * attempt)
        assert read(tmp_path) >= 1
        assert process.poll() is None  # it was at work
        process.kill()
        process.wait()
        assert read(tmp_path) >= 1
    assert publish(tmp_path, 7) == Runs.at(WHERE, tmp_path).current()
    assert not list((tmp_path / "warehouse" / "runs").glob("*.partial"))


PUBLISH_WITH_SMALL_FILES = """
import resource
from pathlib import Path
from duecare.records import Runs
from duecare.words import StoreTrouble

resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
runs = Runs.at("duckdb:warehouse", Path())
try:
    with runs.lock(), runs.draft(memory_gb=1) as draft:
        draft.warehouse.run("n", "SELECT random() AS n FROM range(1000000)")
        runs.publish(draft, {})
except StoreTrouble as error:
    print(error)
"""


def test_a_file_that_may_not_grow_is_told_with_its_folder(tmp_path: Path) -> None:
    told = subprocess.run([sys.executable, "-c", PUBLISH_WITH_SMALL_FILES], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "the warehouse cannot be read or written" in told.stdout, told.stderr
    assert "looked in: warehouse/runs/" in told.stdout
    assert Runs.at(WHERE, tmp_path).current() is None
    assert list((tmp_path / "warehouse" / "runs").iterdir()) == []
