"""Compare every KPI of the shop of a million contacts with SQL: `python -m proofs.service_sql DIR`."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from duecare.measure.figures import table
from duecare.measure.registry import KPIS
from duecare.records import reopen_warehouse
from measure import by_sql
from proofs.service_kpis import MONEY, TARGETS, log_of
from proofs.service_shop import AS_OF


def main(folder: Path) -> None:
    """Compare, and say what differs."""
    compared, unequal, empty, apart = 0, list[str](), list[str](), 0
    with TemporaryDirectory() as scratch, reopen_warehouse("duckdb:warehouse", folder / "run", Path(scratch)) as warehouse:
        log = log_of(warehouse)
        held = warehouse.arrow("SELECT customer_number, tier FROM {plan}", plan="plan")
        by_sql.prepare(warehouse, as_of=AS_OF, held=held, targets=TARGETS)
        for name in by_sql.names():
            ours = {by: table(log, [KPIS[name]], by).to_pylist() for by in ((), ("tier",)) if not (by and name in by_sql.NO_TIER)}
            for by, rows in ours.items():
                wanted = by_sql.asked(warehouse, name, as_of=AS_OF, money=MONEY, by=by)
                found = by_sql.alike(rows, by, name)
                compared += sum(len(figures) for figures in wanted.values())
                unequal += [name] if found != wanted else []
            empty += [] if ours[()] else [name]
            apart += ("tier",) in ours and any(
                sum(row[part] for row in ours["tier",]) != whole[part]
                for whole in ours[()]
                for part in ("cases", "numerator", "denominator")
            )
    figure = {"kpis": len(by_sql.names()), "compared": compared, "unequal": len(unequal), "which": unequal, "not_the_total": apart}
    sys.stdout.write(json.dumps(figure | {"no_cases": empty, "contacts": len(log.contacts)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
