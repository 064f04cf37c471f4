"""Rows of measure: KPIs at full size and by SQL, the real incident log, what still runs, what contradicts itself."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from proofs import DATA, ROOT, WORK, Measured, row
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


@row
def incident_inversion() -> Measured:
    """On the real incident log there is no first response, and what the desk says it kept is told upside down by severity."""
    with TemporaryDirectory() as folder:
        found = ran([PYTHON, "-c", RUN_INCIDENTS, str(DATA / "tickets" / "incident_event_log.csv.zip")], Path(folder))
    assert found.code == 0, found.err[-2000:]
    said = json.loads(found.out)
    kept = {name: round(100 * yes / many, 1) for name, many, yes in said["by_severity"]}
    holds = kept == {"critical": 1.9, "high": 0.5, "normal": 64.5, "low": 84.1} and said["first_response"] == [] and bool(said["headline"])
    figure = {"kept_percent": kept, "headline": said["headline"], "first_responses": len(said["first_response"]), "aside": said["aside"]}
    return Measured(figure=figure, target="1.9, 0.5, 64.5 and 84.1 %; first response null", holds=holds, n=said["contacts"])


@row
def solved_before_answered() -> Measured:
    """Of contacts solved before anybody answered all are caught, and of the others none."""
    with TemporaryDirectory() as folder:
        found = ran([PYTHON, "-m", "proofs.service_gate", folder], ROOT)
    assert found.code == 0, found.err[-2000:]
    said = json.loads(found.out)
    return Measured(
        figure=said, target="100 % caught, 0 false", holds=said["missed"] == said["false"] == 0 and said["planted"] > 0, n=said["contacts"]
    )


RUN_INCIDENTS = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo
import numpy as np
from duecare.measure.compliance import by_severity, inverted
from duecare.measure.figures import table
from duecare.measure.held import Held
from duecare.measure.terms import Rules
from duecare.measure.reading import Terms, read_log
from duecare.measure.registry import KPIS
from duecare.promises import Promises
from duecare.promises.calendar import always
from duecare.records import open_scratch
from duecare.sources import Input, land, load
from duecare.value.costing import cost_to_serve
from duecare.value.terms import Money
now, here, none = datetime(2017, 6, 1, tzinfo=UTC), Path(), np.empty(0, dtype=np.int64)
with open_scratch(here / "scratch", memory_gb=2) as warehouse:
    landed = land(Input(name="log", path=sys.argv[1], preset="servicenow_incidents", zone="UTC"), base=here, home=here / "home")
    load(warehouse, [landed], currency="EUR", now=datetime(2026, 1, 1, tzinfo=UTC))
    number = "CAST(dense_rank() OVER (ORDER BY source_id) - 1 AS INTEGER)"
    warehouse.run("members", f"SELECT source, source_id, source_id AS customer_id, {number} AS customer_number FROM {{p}}", p="people")
    warehouse.run("customers", "SELECT DISTINCT customer_id, customer_number FROM {m}", m="members")
    cost_to_serve(warehouse, as_of=now, money=Money())
    terms = Terms(promises=Promises((), ("always",)), calendars={"always": always()}, rules=Rules(), zone=ZoneInfo("UTC"), money=Money())
    log, found = read_log(warehouse, terms, Held(("Standard",), none, none, none), as_of=now)
rows = by_severity(log)
first = [row for row in table(log, [KPIS["first_response"]]).to_pylist() if row["cases"]]
print(json.dumps({"by_severity": rows, "headline": inverted(rows), "first_response": first, "contacts": len(log.contacts), "aside": dict(found.counts)}))
"""
