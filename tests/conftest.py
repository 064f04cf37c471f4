"""What tests share by fixture: a Postgres of their own, and a machine far from UTC."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import pytest

from house import lacking

for cores in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):  # one for each worker: small problems on many threads wait for one another
    os.environ.setdefault(cores, "1")

EXAMPLES = os.environ.get("DUECARE_EXAMPLES")
"""Proofs ask for more, and for other ones each time; the suite tries the same ones each time, so that it fails for a reason alone."""
hypothesis.settings.register_profile("house", deadline=None, max_examples=int(EXAMPLES or 100), derandomize=EXAMPLES is None)
hypothesis.settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[Any]) -> None:
    """Keep tests that share a costly world on one worker: xdist 3.8 writes their group where pytest 9.2 no longer looks."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        groups = [str(mark.args[0]) for mark in item.iter_markers("xdist_group")]
        if groups and not item.nodeid.endswith(f"@{groups[0]}"):
            item._id = type(item._id).parse(f"{item.nodeid}@{groups[0]}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A Postgres of our own in a temporary folder; yields a DSN without a database's name."""
    tools = _postgres_tools()
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with TemporaryDirectory(prefix="duecare-postgres-") as home:
        if as_owner:
            shutil.chown(home, "postgres")  # it refuses to run as root
        data, control = f"{home}/db", [*as_owner, str(tools / "pg_ctl"), "-D", f"{home}/db"]
        _run([*as_owner, str(tools / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-N"])
        _run([*control, "-o", f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=40", "-l", f"{home}/log", "-w", "start"])
        try:
            yield f"host={home} user=postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"])


def _postgres_tools() -> Path:
    """The folder of the newest server programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        lacking("Postgres is not installed")
    return found[-1] if found else Path(str(on_path)).parent


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[-1]} failed: {done.stderr[-500:]}")


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may lean on the zone of the machine; one far from UTC shows who does."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
