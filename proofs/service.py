"""Rows of measure: KPIs at full size and by SQL, the real incident log, what still runs, what contradicts itself."""

import json
from pathlib import Path

from proofs import ROOT, WORK, Measured, row
from proofs.promises import PYTHON
from proofs.running import ran

SECONDS_KPIS, GB_KPIS = 20, 4
CONTACTS, EVENTS = 1_000_000, 12_000_000


def shop() -> Path:
    """Return a folder with a shop of a million contacts, made once."""
    made = WORK / "measure"
    if not (made / "done").exists():
        made.mkdir(parents=True, exist_ok=True)
        found = ran([PYTHON, "-m", "proofs.service_shop", str(made)], ROOT)
        assert found.code == 0, found.err[-2000:]
        (made / "done").touch()
    return made


@row
def kpi_million() -> Measured:
    """1 million contacts with 12 million events become all KPI tables in at most 20 s and 4 GB."""
    found = ran([PYTHON, "-m", "proofs.service_kpis", str(shop())], ROOT, cores=2)
    assert found.code == 0, found.err[-2000:]
    said = json.loads(found.out)
    figure = {**said, "process_wall_seconds": found.wall_s, "process_cpu_seconds": found.cpu_s, "peak_gb": found.peak_gb}
    holds = said["seconds"] <= SECONDS_KPIS and found.peak_gb <= GB_KPIS and said["contacts"] >= CONTACTS and said["events"] >= EVENTS
    return Measured(figure=figure, target=f"<= {SECONDS_KPIS} s, <= {GB_KPIS} GB", holds=holds, n=said["contacts"])


@row
def kpi_sql() -> Measured:
    """On 1 million contacts every KPI is the same by SQL, to the case, the second and the cent, and tiers come to the total."""
    found = ran([PYTHON, "-m", "proofs.service_sql", str(shop())], ROOT)
    assert found.code == 0, found.err[-2000:]
    said = json.loads(found.out)
    holds = said["unequal"] == 0 and said["not_the_total"] == 0 and said["contacts"] >= CONTACTS
    return Measured(figure=said, target="0 unequal", holds=holds, n=said["compared"])
