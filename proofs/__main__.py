"""Run the rows that are asked for, or all; say what each came to; exit 1 if one does not hold."""

import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime

from proofs import (
    OUT,
    ROOT,
    ROWS,
    Row,
    conditions,
    desks,
    estimates,
    foundation,
    identity,
    linking,
    looking,
    people,
    privacy,
    promises,
    service,
    service_effects,
    tiers,
    value,
    value_robust,
    value_size,
)

LOADED = (
    conditions,
    desks,
    estimates,
    foundation,
    identity,
    linking,
    looking,
    people,
    privacy,
    promises,
    service,
    service_effects,
    tiers,
    value,
    value_robust,
    value_size,
)
"""Modules whose rows are entered by importing them."""


def main(asked: list[str]) -> int:
    """Measure, write and tell."""
    OUT.mkdir(exist_ok=True)
    if unknown := set(asked) - set(ROWS):
        sys.stderr.write(f"no row is called {min(unknown)}; there are: {', '.join(ROWS)}\n")
        return 2
    held = [_measure(name, ROWS[name], again=bool(asked)) for name in (asked or ROWS)]
    return 0 if all(held) else 1


def _measure(name: str, row: Row, *, again: bool) -> bool:
    file, sources = OUT / f"{name}.json", _sources()
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if known.get("sources") == sources and not again:
        return _tell(name, known, "measured before")
    began = time.perf_counter()
    found = asdict(row())
    found |= {"row": name, "says": (row.__doc__ or "").splitlines()[0], "command": f"make prove ROW={name}", "sources": sources}
    found |= {
        "machine": _machine(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - began, 1),
    }
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(found, indent=2, default=str), "utf-8")
    fresh.replace(file)
    return _tell(name, found, f"{found['seconds']} s")


def _tell(name: str, found: dict[str, object], how: str) -> bool:
    sys.stdout.write(
        f"{'holds' if found['holds'] else 'MISSED'}  {name}: {json.dumps(found['figure'], default=str)}  (to reach: {found['target']}; {how})\n"
    )
    sys.stdout.flush()
    return bool(found["holds"])


def _sources() -> str:
    """A hash of everything that could change a figure."""
    digest = hashlib.sha256()
    for folder in ("src", "proofs", "tests"):
        for file in sorted(path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _machine() -> dict[str, object]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    memory_gb = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    return {
        "cores": os.cpu_count(),
        "memory_gb": memory_gb,
        "processor": platform.machine(),
        "python": platform.python_version(),
        "commit": commit,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
