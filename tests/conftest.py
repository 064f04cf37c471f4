"""What tests share by fixture: a Postgres of their own, and a machine far from UTC."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from house import lacking

hypothesis.settings.register_profile("house", deadline=None)  # machines are shared; nothing here is timed
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Postgres of our own in a temporary folder; yields a DSN without a database's name."""
    bins = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not bins and (found := shutil.which("initdb")):
        bins = [Path(found).parent]
    if not bins:
        lacking("Postgres is not installed")
    home = tmp_path_factory.mktemp("postgres", numbered=True)
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_owner:
        _let_in(home)
        shutil.chown(home, "postgres")
    _run([*as_owner, str(bins[-1] / "initdb"), "-D", str(home / "db"), "-A", "trust", "-U", "postgres", "-N"])
    options = f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=40"
    log = str(home / "log")
    _run([*as_owner, str(bins[-1] / "pg_ctl"), "-D", str(home / "db"), "-o", options, "-l", log, "-w", "start"])
    try:
        yield f"host={home} user=postgres"
    finally:
        _run([*as_owner, str(bins[-1] / "pg_ctl"), "-D", str(home / "db"), "-m", "immediate", "stop"])


def _let_in(folder: Path) -> None:
    """Let the server's own user walk to its folder below ours."""
    for above in [folder, *folder.parents]:
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)
        if above.parent == Path("/"):
            break


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[-1]} failed: {done.stderr[-500:]}")


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may lean on the zone of the machine; one far from UTC shows who does."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
