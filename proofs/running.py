"""Running the program as a stranger would, and measuring it from outside."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proofs import ROOT, WORK

DUECARE = str(Path(sys.executable).parent / "duecare")


@dataclass(frozen=True, slots=True)
class Ran:
    """One finished process."""

    code: int
    out: str
    err: str
    wall_s: float
    cpu_s: float
    peak_gb: float


def duecare(*arguments: str, folder: Path, timeout_s: float = 3600, threads: int | None = None) -> Ran:
    """Run a duecare command in *folder* to its end."""
    return ran([DUECARE, *arguments], folder, timeout_s=timeout_s, cores=threads)


def ran(command: Sequence[str], folder: Path, *, timeout_s: float = 3600, cores: int | None = None) -> Ran:
    """Run a command to its end, on at most *cores* cores, with its time and its peak of memory."""
    out, err = folder / ".proof-out", folder / ".proof-err"
    began = time.perf_counter()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=folder, stdout=stdout, stderr=stderr, stdin=subprocess.DEVNULL)
        if cores is not None:
            os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:cores])
        _, status, used = _wait(process, began + timeout_s)
    texts = [file.read_text("utf-8", errors="replace") for file in (out, err)]
    for file in (out, err):
        file.unlink()
    peak_gb, cpu_s = used.ru_maxrss * 1024 / 1e9, used.ru_utime + used.ru_stime
    return Ran(
        os.waitstatus_to_exitcode(status), texts[0], texts[1], round(time.perf_counter() - began, 2), round(cpu_s, 2), round(peak_gb, 2)
    )


def _wait(process: subprocess.Popen[bytes], until: float) -> tuple[int, int, "os.resource.struct_rusage"]:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownParameterType]
    while True:
        found = os.wait4(process.pid, os.WNOHANG)
        if found[0]:
            process.returncode = os.waitstatus_to_exitcode(found[1])
            return found
        if time.perf_counter() > until:
            process.kill()
        time.sleep(0.02)


def python_with_peers() -> str:
    """Return a Python that has the peers too, in an environment of its own."""
    uv, home = shutil.which("uv") or str(ROOT / ".cache" / "uv" / "bin" / "uv"), WORK / "peers"
    command = [uv, "sync", "--frozen", "--no-dev", "--group", "bench", "--quiet"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(home)}, check=True)
    return str(home / "bin" / "python")
