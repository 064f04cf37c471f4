"""Measure the shop of a million contacts: `python -m proofs.service_kpis DIR`."""

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute

from duecare.measure.backlog import backlog
from duecare.measure.figures import Measured
from duecare.measure.held import ALWAYS, Held
from duecare.measure.log import Log
from duecare.measure.reading import Terms, read_log
from duecare.measure.registry import KPIS
from duecare.measure.terms import Rules
from duecare.promises import Promise, Promises
from duecare.promises.calendar import always
from duecare.records import Warehouse, reopen_warehouse
from duecare.value.terms import Money
from proofs.service_shop import AS_OF, TIERS

TARGETS = {"Premium": 240, "Plus": 480, "Standard": 480}
MONEY = Money(service_account="service")
BREAKDOWNS = ((), ("tier",), ("channel",), ("severity",), ("reason",), ("week",), ("tier", "week"), ("tier", "channel"))


def terms() -> Terms:
    """Return what was promised."""
    guarantee = Promise(metric="first_response", target_minutes=480)
    premium = Promise(metric="first_response", target_minutes=240, tier="Premium")
    promises = Promises((guarantee, premium), ("always",))
    return Terms(promises=promises, calendars={"always": always()}, rules=Rules(), zone=ZoneInfo("Europe/Berlin"), money=MONEY)


def log_of(warehouse: Warehouse, as_of: datetime = AS_OF) -> Log:
    """Read the log of the shop."""
    plan = warehouse.arrow("SELECT customer_number, tier FROM {plan}", plan="plan")
    tier = pyarrow.compute.index_in(plan["tier"], value_set=pa.array(TIERS))  # pyright: ignore[reportAttributeAccessIssue]
    number = plan["customer_number"].to_numpy().astype(np.int64)
    held = Held(TIERS, number, np.full(len(plan), ALWAYS), tier.to_numpy().astype(np.int64))
    return read_log(warehouse, terms(), held, as_of=as_of, stake_cents=np.full(int(number.max()) + 1, 10_000))[0]


def main(folder: Path) -> None:
    """Measure it, and say how long it took."""
    with reopen_warehouse("duckdb:warehouse", folder / "run") as warehouse:
        events = warehouse.arrow("SELECT count(*) AS n FROM {e}", e="contact_events")["n"][0].as_py()
        began, cpu = time.perf_counter(), time.process_time()
        log = log_of(warehouse)
        read = time.perf_counter() - began
        found = Measured(log, list(KPIS.values()))
        rows = sum(len(found.table(by)) for by in BREAKDOWNS) + len(backlog(log).days)
        seconds = time.perf_counter() - began
    figure = {"seconds": round(seconds, 2), "of_it_reading": round(read, 2), "cpu_seconds": round(time.process_time() - cpu, 2)}
    sys.stdout.write(json.dumps(figure | {"contacts": len(log.contacts), "events": events, "kpis": len(KPIS), "rows": rows}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
