"""Make the shop of a million contacts, with the tables of a run that measuring reads: `python -m proofs.service_shop DIR`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from duecare import demo
from duecare.records import open_warehouse
from duecare.value.costing import cost_to_serve
from duecare.value.terms import Money
from measure.made import know, stock

CUSTOMERS = 1_200_000
AS_OF = datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC)
TIERS = ("Premium", "Plus", "Standard")


def main(folder: Path) -> None:
    """Make it."""
    made = demo.make(folder / "shop", customers=CUSTOMERS, seed=4, form="parquet")
    with open_warehouse("duckdb:warehouse", folder / "run") as warehouse:
        stock(warehouse, dict(made.exports))
        know(warehouse, made.truth)
        cost_to_serve(warehouse, as_of=AS_OF, money=Money(service_account="service"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
