"""A made shop in a warehouse, with the tables of a run that measuring reads; `duecare.demo` gives its files."""

from pathlib import Path

from duecare.records import Warehouse
from duecare.sources.contract import CONTRACT, Table

READ = ("people", "orders", "contacts", "contact_events", "agents", "agent_events", "surveys", "referrals", "rates", "ledger")
TYPES = {
    "text": "VARCHAR",
    "time": "TIMESTAMP WITH TIME ZONE",
    "date": "DATE",
    "money": "DECIMAL(18, 4)",
    "number": "DOUBLE",
    "count": "BIGINT",
    "flag": "BOOLEAN",
}


def stock(warehouse: Warehouse, files: dict[str, tuple[Path, ...]]) -> None:
    """Fill the contract's tables from files, columns that they lack being null."""
    for name in READ:
        raw = warehouse.read("raw", files[name])
        held = set(warehouse.columns(raw))
        warehouse.run(name, f"SELECT {_columns(CONTRACT[name], held)} FROM {{raw}}", raw=raw)
    warehouse.drop("raw")


def _columns(table: Table, held: set[str]) -> str:
    told = {column.name: f'"{column.name}"' if column.name in held else "NULL" for column in table.columns}
    return ", ".join(f'CAST({told[column.name]} AS {TYPES[column.kind]}) AS "{column.name}"' for column in table.columns)


def know(warehouse: Warehouse, truth: Path) -> None:
    """Make `members`, `customers` and `plan`: whoever is one person in truth is one customer; one in ten is Premium, one in four Plus."""
    people = sorted((truth / "records").glob("*.parquet")) or sorted(truth.glob("records*.parquet"))
    warehouse.read("told", people)
    number = "CAST(dense_rank() OVER (ORDER BY person_id) - 1 AS INTEGER)"
    warehouse.run("members", f"SELECT source, source_id, person_id AS customer_id, {number} AS customer_number FROM {{told}}", told="told")
    warehouse.run("customers", "SELECT DISTINCT customer_id, customer_number FROM {members}", members="members")
    tier = "CASE WHEN customer_number % 20 < 2 THEN 'Premium' WHEN customer_number % 20 < 7 THEN 'Plus' ELSE 'Standard' END"
    warehouse.run("plan", f"SELECT customer_id, customer_number, {tier} AS tier FROM {{customers}}", customers="customers")
    warehouse.drop("told")
