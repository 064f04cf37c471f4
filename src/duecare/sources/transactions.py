"""Transactions: any table of who bought, when and for how much, read for a valuation alone.

Rows without a customer or a day, or whose amount cannot be read, are counted by reason and left
out; nothing is guessed. Amounts below zero are returns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from duecare.sources.amounts import Decimal
from duecare.sources.anybody import one_file, only_sample, text_cell
from duecare.sources.cells import quoted
from duecare.sources.contract import ORDERS, Column
from duecare.sources.files import unpack
from duecare.sources.headers import words_of
from duecare.sources.inputs import Input
from duecare.sources.kinds import Manner, reader
from duecare.sources.looking import look
from duecare.sources.raw import Raw
from duecare.sources.reading import raw_rows
from duecare.sources.sampling import Sample
from duecare.sources.units import decimal_of
from duecare.words import BadRows, BadSettings, nearest

if TYPE_CHECKING:
    from duecare.records import Warehouse

HEADERS: Mapping[str, tuple[str, ...]] = {
    "customer_id": (
        "customer id",
        "customer",
        "customerid",
        "customer number",
        "customer unique id",
        "cust id",
        "client id",
        "client",
        "member id",
        "user id",
        "user",
        "account id",
        "account",
        "kunde",
        "kunden nr",
        "kundennummer",
    ),
    "date": (
        "date",
        "order date",
        "orderdate",
        "ordered at",
        "invoice date",
        "invoicedate",
        "purchase date",
        "transaction date",
        "day",
        "datum",
        "timestamp",
        "order purchase timestamp",
        "created at",
        "time",
    ),
    "amount": (
        "amount",
        "revenue",
        "sales",
        "spend",
        "total",
        "value",
        "payment value",
        "total amount",
        "net amount",
        "price",
        "betrag",
        "umsatz",
    ),
    "profit": ("profit", "margin", "gross profit", "gewinn"),
    "cost": ("cost", "costs", "cogs", "cost of goods", "kosten"),
}
"""Column -> the headers by which it is found, the best first; in lower case, words parted."""

NEEDED = ("customer_id", "date")
MONEY = ("amount", "profit", "cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transactions:
    """What was read of a file; the rows are in the table `transactions`: customer, day (since 1970), amount, profit."""

    name: str
    rows: int
    """How many rows the file has."""
    left_out: Mapping[str, int]
    """Reason -> how many rows."""
    columns: Mapping[str, str]
    notes: tuple[str, ...]


def read_transactions(warehouse: "Warehouse", path: Path, *, work: Path, columns: Mapping[str, str] | None) -> Transactions:
    """Make the table `transactions` of a file.

    Args:
        warehouse: a scratch one.
        path: CSV, Parquet, a workbook or JSON lines, packed or not.
        work: a folder for what must be written anew.
        columns: column (`customer_id`, `date`, `amount`, `profit`, `cost`) -> header; found by headers when None.

    Raises:
        BadSettings: no such file, no such header or column, or no header of customers or days.
        BadRows: the file is empty, cannot be read as a table, or no row of it can be used.
    """
    file = one_file(path)
    one = only_sample(file, "the transactions")
    meant = _meant(one, columns)
    decimal = decimal_of([one.seen[meant[name]] for name in MONEY if name in meant])
    raw = raw_rows(
        warehouse, "raw", unpack(file, work / "unpacked")[0], Input(name="orders", path=str(path)), work=work, wanted=list(meant.values())
    )
    notes = _read(warehouse, raw, meant, decimal)
    counted = warehouse.arrow(LEFT_OUT, read="read").to_pylist()[0]
    left_out = {why: int(many) for why, many in counted.items() if many} | (
        {"the line could not be parted": len(raw.refused)} if raw.refused else {}
    )
    warehouse.run("transactions", f"SELECT customer, day, amount, profit FROM {{read}} WHERE {USED}", read="read")
    if raw.read == sum(left_out.values()):
        reasons = "; ".join(f"{many:,}: {why}" for why, many in left_out.items())
        raise BadRows(
            f"no row of {file.name} can be used; {reasons}", mend="say what is what: --map customer_id=HEADER,date=HEADER,amount=HEADER"
        )
    return Transactions(name=file.name, rows=raw.read, left_out=left_out, columns=meant, notes=(*raw.notes, *notes))


USED = "customer IS NOT NULL AND day IS NOT NULL AND (amount IS NOT NULL OR NOT amount_said) AND (profit IS NOT NULL OR NOT profit_said)"
LEFT_OUT = """
SELECT count(*) FILTER (customer IS NULL) AS "no customer", count(*) FILTER (customer IS NOT NULL AND day IS NULL) AS "no day that can be read",
       count(*) FILTER (customer IS NOT NULL AND day IS NOT NULL AND amount_said AND amount IS NULL) AS "no amount that can be read",
       count(*) FILTER (customer IS NOT NULL AND day IS NOT NULL AND (amount IS NOT NULL OR NOT amount_said) AND profit_said AND profit IS NULL) AS "no profit or cost that can be read"
FROM {read}
"""


def _meant(one: Sample, columns: Mapping[str, str] | None) -> dict[str, str]:
    """Say which headers are what."""
    meant = _found(one) if columns is None else {_column(name): _header(said, one) for name, said in columns.items()}
    if lost := [name for name in NEEDED if name not in meant]:
        raise BadSettings(
            f"no header of {one.inner} tells {' or '.join(lost)}: {', '.join(one.headers[:12])}",
            mend="say what is what: --map customer_id=HEADER,date=HEADER,amount=HEADER",
            looked=(str(one.file.path),),
        )
    return meant


def _found(one: Sample) -> dict[str, str]:
    said = {" ".join(words_of(header)): header for header in reversed(one.headers)}
    return {name: said[words] for name, phrases in HEADERS.items() if (words := next((each for each in phrases if each in said), None))}


def _column(name: str) -> str:
    if name in HEADERS:
        return name
    near = nearest(name, list(HEADERS))
    raise BadSettings(
        f"transactions have no column {name!r}", mend=f"did you mean {near[0]}" if near else f"write one of {', '.join(HEADERS)}"
    )


def _header(said: str, one: Sample) -> str:
    known = {header.casefold(): header for header in one.headers}
    if said.casefold() in known:
        return known[said.casefold()]
    near = nearest(said, one.headers)
    mend = f"did you mean {' or '.join(map(repr, near))}" if near else f"write one of {', '.join(map(repr, one.headers[:30]))}"
    raise BadSettings(f"{one.inner} has no column {said!r}", mend=mend, looked=(str(one.file.path),))


def _read(warehouse: "Warehouse", raw: Raw, meant: Mapping[str, str], decimal: Decimal) -> tuple[str, ...]:
    """Make `read`: every row with what could be read of it."""
    cells = {name: text_cell(warehouse, raw, header, strict=False) for name, header in meant.items()}
    kinds: dict[str, Column] = {"date": DAY} | {name: ORDERS.column("revenue") for name in MONEY}
    asked = ", ".join(f"{cells[name]} AS {quoted(name)}" for name in kinds if name in cells)
    seen = look(warehouse, f"SELECT {asked} FROM {raw.rows}", {name: kinds[name].kind for name in kinds if name in cells}, raw.params)
    read = {
        name: reader(kinds[name], cells[name], "text", Manner(zone=None, decimal=decimal), seen.get(name))
        for name in kinds
        if name in cells
    }
    amount = f"CAST({read['amount'].value} AS DOUBLE)" if "amount" in read else "CAST(NULL AS DOUBLE)"
    if "profit" in read:
        profit = f"CAST({read['profit'].value} AS DOUBLE)"
    else:
        profit = f"{amount} - CAST({read['cost'].value} AS DOUBLE)" if {"cost", "amount"} <= set(read) else "CAST(NULL AS DOUBLE)"
    day = f"date_diff('day', DATE '1970-01-01', {read['date'].value})"
    said = f"{'amount' in read} AS amount_said, {'profit' in read or {'cost', 'amount'} <= set(read)} AS profit_said"
    sql = f"SELECT {cells['customer_id']} AS customer, {day} AS day, {amount} AS amount, {profit} AS profit, {said} FROM {raw.rows}"
    warehouse.run("read", sql, raw.params)
    return tuple(note for one in read.values() for note in one.notes)


DAY = Column(name="date", kind="date", note="the day of a purchase")
