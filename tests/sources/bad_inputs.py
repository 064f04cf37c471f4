"""Bad inputs, each by name: how it is made, and what must come of it.

A case either ends in an error of ours that says what is wrong, where it looked and what mends it,
or rows are set aside for the reasons given, or all is read rightly. `PRIVATE` stands in fields of
persons: no error and no reason may ever hold it.
"""

import gzip
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from duecare.sources import Input
from duecare.words import BadRows, BadSettings, DuecareError

PRIVATE = "anna.geheim"
"""Stands in e-mails and names; must never be quoted."""

HEAD = "order_id,source_id,ordered_at,revenue,currency"
COLUMNS = {name: name for name in HEAD.split(",")}
GOOD = "1,a,2026-01-01T10:00:00Z,10.00,EUR"
MAIL = f"{PRIVATE}@example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One bad input."""

    make: Callable[[Path], object]
    """Writes the file, given its path in a fresh folder."""
    file: str = "orders.csv"
    inp: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Fields of the input that differ from a plain one of orders."""
    error: type[DuecareError] | None = None
    says: tuple[str, ...] = ()
    """Words of the error, or of a note."""
    aside: Mapping[str, int] = field(default_factory=dict[str, int])
    emptied: Mapping[str, int] = field(default_factory=dict[str, int])
    used: int | None = None
    holds: Mapping[str, tuple[object, ...]] = field(default_factory=dict[str, tuple[object, ...]])
    """Column of the table -> its values, in order of the row's text."""

    def input(self) -> Input:
        said: dict[str, Any] = {"name": "bad", "path": self.file, "table": "orders", "source": "shop", "columns": COLUMNS}
        return Input(**{key: value for key, value in {**said, **self.inp}.items() if value is not None})


def lines(*rows: str, head: str = HEAD, encoding: str = "utf-8", end: str = "\n") -> Callable[[Path], object]:
    return lambda file: file.write_bytes((end.join([head, *rows]) + end).encode(encoding))


def raw(data: bytes) -> Callable[[Path], object]:
    return lambda file: file.write_bytes(data)


def people(*rows: str, head: str = "source_id,name,email,birth_date") -> Callable[[Path], object]:
    return lines(*rows, head=head)


def mapped(table: str, *names: str, **more: str) -> dict[str, Any]:
    return {"table": table, "columns": dict(zip(names, names, strict=True)) | more}


PERSON = mapped("people", "source_id", "name", "email", "birth_date")


def parquet(columns: Mapping[str, pa.Array], cut: int | None = None) -> Callable[[Path], object]:
    def make(file: Path) -> None:
        pq.write_table(pa.table(dict(columns)), file)
        if cut is not None:
            file.write_bytes(file.read_bytes()[:cut])

    return make


def gz(text: str, cut: int | None = None) -> Callable[[Path], object]:
    return lambda file: file.write_bytes(gzip.compress(text.encode())[:cut])


def zipped(**inner: str) -> Callable[[Path], object]:
    def make(file: Path) -> None:
        with zipfile.ZipFile(file, "w") as packed:
            for name, text in inner.items():
                packed.writestr(name.replace("__", "."), text)

    return make


def workbook(**sheets: Sequence[Sequence[str]]) -> Callable[[Path], object]:
    """A workbook by hand: the least that a reader takes."""

    def cell(place: str, text: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'

    def sheet(rows: Sequence[Sequence[str]]) -> str:
        body = "".join(
            f'<row r="{r}">' + "".join(cell(f"{chr(64 + c)}{r}", text) for c, text in enumerate(row, 1)) + "</row>"
            for r, row in enumerate(rows, 1)
        )
        return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{body}</sheetData></worksheet>'

    def make(file: Path) -> None:
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        package = "http://schemas.openxmlformats.org/package/2006"
        main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        with zipfile.ZipFile(file, "w") as book:
            overrides = "".join(
                f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{main}.worksheet+xml"/>' for n in range(1, len(sheets) + 1)
            )
            book.writestr(
                "[Content_Types].xml",
                f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{main}.sheet.main+xml"/>{overrides}</Types>',
            )
            book.writestr(
                "_rels/.rels",
                f'<Relationships xmlns="{package}/relationships"><Relationship Id="r0" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            )
            names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1))
            book.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{office}"><sheets>{names}</sheets></workbook>',
            )
            targets = "".join(
                f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1)
            )
            book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{targets}</Relationships>')
            for n, rows in enumerate(sheets.values(), 1):
                book.writestr(f"xl/worksheets/sheet{n}.xml", sheet(rows))

    return make


def loop(file: Path) -> None:
    file.symlink_to(file.with_name("other.csv"))
    file.with_name("other.csv").symlink_to(file)


def database(file: Path) -> None:
    import sqlite3

    with sqlite3.connect(file) as shop:
        shop.execute("CREATE TABLE orders (order_id TEXT, source_id TEXT, ordered_at TEXT, revenue REAL, currency TEXT)")
        shop.execute("INSERT INTO orders VALUES ('1', 'a', '2026-01-01T10:00:00Z', 10, 'EUR')")
    shop.close()


def jsonl(*rows: object) -> Callable[[Path], object]:
    return lambda file: file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")


ORDER = {"order_id": "1", "source_id": "a", "ordered_at": "2026-01-01T10:00:00Z", "revenue": 10, "currency": "EUR"}
DATABASE: dict[str, Any] = {"path": None, "url": "sqlite:///shop.db"}
FEW, MANY = "the line has too few fields", "the line has too many fields"

CASES: dict[str, Case] = {
    # bytes
    "empty file": Case(make=raw(b""), error=BadRows, says=("orders.csv is empty",)),
    "nothing but blanks": Case(make=raw(b" \n\n  \n"), error=BadRows, says=("is empty",)),
    "nothing but NUL signs": Case(make=raw(bytes(12)), error=BadRows, says=("is empty",)),
    "a header and no row": Case(make=lines(), used=0),
    "a mark of byte order": Case(make=lines(GOOD, encoding="utf-8-sig"), used=1, holds={"order_id": ("1",)}),
    "UTF-16 with a mark": Case(make=lines(GOOD, encoding="utf-16"), used=1, says=("utf-16",)),
    "UTF-16 without a mark": Case(make=lines(GOOD, encoding="utf-16-le"), used=1, holds={"order_id": ("1",)}),
    "western signs that are not UTF-8": Case(make=lines("Müller,a,2026-01-01T10:00:00Z,1,EUR", encoding="cp1252"), used=1, says=("cp1252",), holds={"order_id": ("Müller",)}),
    "an encoding that is not the file's": Case(make=lines("Ł,a,2026-01-01T10:00:00Z,1,EUR", encoding="cp1250"), inp={"encoding": "ascii"}, used=1, says=("signs are not ascii",)),
    "an encoding that nobody knows": Case(make=lines(GOOD), inp={"encoding": "klingon"}, error=BadSettings, says=("klingon",)),
    "an encoding of bytes and not of text": Case(make=lines(GOOD), inp={"encoding": "base64"}, error=BadSettings, says=("base64",)),
    "NUL signs within": Case(make=raw(HEAD.encode() + b"\n1\0,a,2026-01-01T10:00:00Z,10,EUR\n"), used=1, says=("NUL",), holds={"order_id": ("1",)}),
    "a picture named csv": Case(make=raw(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40), error=BadSettings, says=("has no column 'order_id'",)),
    "emoji": Case(make=lines("🛒1,a,2026-01-01T10:00:00Z,10,EUR"), used=1, holds={"order_id": ("🛒1",)}),
    "mixed ends of lines": Case(make=raw(f"{HEAD}\r\n{GOOD}\n2{GOOD[1:]}\r\n3{GOOD[1:]}".encode()), used=3),
    "ends of lines of an old Mac": Case(make=lines(GOOD, "2" + GOOD[1:], end="\r"), used=2),
    # lines
    "a line of ten megabytes": Case(make=lines(GOOD, "2," + "x" * 10_000_000 + ",2026-01-01T10:00:00Z,1,EUR", "3" + GOOD[1:]), used=2, aside={"the line is longer than a million signs": 1}),
    "an unclosed quote": Case(make=lines(GOOD, '2,"a,2026-01-01T10:00:00Z,1,EUR', "3" + GOOD[1:]), used=2, aside={"its quotes do not match": 1}),
    "ragged rows": Case(make=lines(GOOD, "2,a", "3" + GOOD[1:] + ",more", "4" + GOOD[1:] + ",,"), used=2, aside={FEW: 1, MANY: 1}),
    "blank lines between": Case(make=lines(GOOD, "", "2" + GOOD[1:], ""), used=2),
    "a line break within quotes": Case(make=lines('1,"a\nb",2026-01-01T10:00:00Z,10,EUR'), used=1, holds={"source_id": ("a\nb",)}),
    "the header once more in the middle": Case(make=lines(GOOD, HEAD, "2" + GOOD[1:]), used=2, aside={"ordered_at is not a time": 1}),
    "titles above the header": Case(make=raw(f"Orders of January\n\n{HEAD}\n{GOOD}\n".encode()), used=1),
    "another delimiter": Case(make=lines(GOOD.replace(",", ";"), head=HEAD.replace(",", ";")), used=1),
    "a delimiter that is not the file's": Case(make=lines(GOOD), inp={"delimiter": ";"}, error=BadSettings, says=("has no column 'order_id'",)),
    "a delimiter of two signs": Case(make=lines(GOOD), inp={"delimiter": "||"}, error=BadSettings, says=("delimiter",)),
    "very many columns": Case(make=lines(GOOD + ",x" * 3000, head=HEAD + "".join(f",c{n}" for n in range(3000))), used=1),
    # headers
    "a missing column": Case(make=lines("1,a,2026-01-01", head="order_id,source_id,ordered_at"), inp=mapped("orders", "order_id", "source_id", "ordered_at", revenue="revenu"), error=BadSettings, says=("has no column 'revenu'",)),
    "a header misspelt in the mapping": Case(make=lines(GOOD), inp={"columns": {**COLUMNS, "revenue": "revenues"}}, error=BadSettings, says=("did you mean 'revenue'",)),
    "a column that the contract has not": Case(make=lines(GOOD), inp={"columns": {**COLUMNS, "turnover": "revenue"}}, error=BadSettings, says=("turnover",)),
    "a required column that is not mapped": Case(make=lines(GOOD), inp=mapped("orders", "order_id", "source_id", "ordered_at"), error=BadSettings, says=("revenue",)),
    "a table that the contract has not": Case(make=lines(GOOD), inp={"table": "ordres"}, error=BadSettings, says=("did you mean orders",)),
    "a preset that nobody knows": Case(make=lines(GOOD), inp={"table": None, "columns": {}, "preset": "shopfy_orders"}, error=BadSettings, says=("did you mean shopify_orders",)),
    "a preset for another file": Case(make=lines(GOOD), inp={"table": None, "columns": {}, "preset": "shopify_orders"}, error=BadSettings, says=("is no Shopify orders export", "'Name'")),
    "a preset and a mapping at once": Case(make=lines(GOOD), inp={"preset": "shopify_orders"}, error=BadSettings, says=("keep one of the two",)),
    "neither table nor preset": Case(make=lines(GOOD), inp={"table": None, "columns": {}}, error=BadSettings, says=("names neither a table nor a preset",)),
    "duplicate headers": Case(make=lines("1,2,a,2026-01-01T10:00:00Z,10,EUR", head="order_id," + HEAD), used=1, holds={"order_id": ("1",)}),
    "headers without a name": Case(make=lines("x,1,a,2026-01-01T10:00:00Z,10,EUR,y", head="," + HEAD + ","), used=1, holds={"order_id": ("1",)}),
    "headers with quotes and braces": Case(make=lines('1,a,2026-01-01T10:00:00Z,10,EUR', head='"the ""order"" {id}",source_id,ordered_at,revenue,currency'), inp={"columns": {**COLUMNS, "order_id": 'the "order" {id}'}}, used=1),
    # values
    "mixed currencies without a rate": Case(make=lines(GOOD, "2,a,2026-01-01T10:00:00Z,10,USD", "3,a,2026-01-01T10:00:00Z,10,GBP"), used=1, aside={"no rate for its currency": 2}),
    "a currency that is none": Case(make=lines(GOOD, "2,a,2026-01-01T10:00:00Z,10,Taler"), used=1, aside={"currency is not a code of three letters": 1}),
    "a currency of the settings that is none": Case(make=lines(GOOD), inp={"currency": "euro"}, error=BadSettings, says=("ISO 4217",)),
    "a date in the future": Case(make=lines(GOOD, "2,a,2031-01-01T10:00:00Z,10,EUR"), used=1, aside={"in the future": 1}),
    "the same row twice": Case(make=lines(GOOD, GOOD), used=1, aside={"the same row twice": 1}),
    "an id with two contents": Case(make=lines(GOOD, "1,a,2026-01-02T10:00:00Z,11.00,EUR"), used=1, aside={"replaced by a later row with the same key": 1}, holds={"revenue": (11,)}),
    "leading zeros of ids": Case(make=lines("007,00a,2026-01-01T10:00:00Z,10,EUR", "7,a,2026-01-01T10:00:00Z,10,EUR"), used=2, holds={"order_id": ("007", "7")}),
    "blanks around ids": Case(make=lines("  1 ,\u00a0a\t,2026-01-01T10:00:00Z, 10.00 ,EUR"), used=1, holds={"order_id": ("1",), "source_id": ("a",), "revenue": (10,)}),
    "words that mean empty": Case(make=lines("1,NULL,2026-01-01T10:00:00Z,10,EUR", "2,a,N/A,10,EUR", "3,a,2026-01-01T10:00:00Z,-,EUR", "4,a,2026-01-01T10:00:00Z,10,"), used=1, aside={"source_id is missing": 1, "ordered_at is missing": 1, "revenue is missing": 1}),
    "no amount": Case(make=lines(GOOD, "2,a,2026-01-01T10:00:00Z,ten,EUR"), used=1, aside={"revenue is not an amount": 1}),
    "absurd amounts": Case(make=lines(GOOD, "2,a,2026-01-01T10:00:00Z,1e999,EUR", "3,a,2026-01-01T10:00:00Z,99999999999999999999,EUR", "4,a,2026-01-01T10:00:00Z,inf,EUR"), used=1, aside={"revenue is not an amount": 3}),
    "NaN as a number of Parquet": Case(file="orders.parquet", make=parquet({"order_id": pa.array(["1", "2", "3"]), "source_id": pa.array(["a", "a", "a"]), "ordered_at": pa.array(["2026-01-01"] * 3), "revenue": pa.array([1.5, float("nan"), float("inf")]), "currency": pa.array(["EUR"] * 3)}), used=1, aside={"revenue is missing": 1, "revenue is not an amount": 1}),
    "a comma before the cents": Case(make=lines('1,a,2026-01-01T10:00:00Z,"1.234,50",EUR', '2,a,2026-01-01T10:00:00Z,"12,5",EUR'), inp={"decimal": ","}, used=2, holds={"revenue": (1234.5, 12.5)}),
    "a comma before the cents that nobody said": Case(make=lines('1,a,2026-01-01T10:00:00Z,"12,50",EUR', "2" + GOOD[1:]), used=1, aside={"revenue is not an amount": 1}),
    "signs between the thousands": Case(make=lines('1,a,2026-01-01T10:00:00Z,"1,234.50",EUR', "2,a,2026-01-01T10:00:00Z,1'234.50,EUR", "3,a,2026-01-01T10:00:00Z,€ 1 234.50,EUR"), used=3, holds={"revenue": (1234.5, 1234.5, 1234.5)}),
    "negative amounts in every style": Case(make=lines("1,a,2026-01-01T10:00:00Z,(5.00),EUR", "2,a,2026-01-01T10:00:00Z,5.00-,EUR", "3,a,2026-01-01T10:00:00Z,−5.00,EUR"), used=3, holds={"revenue": (-5, -5, -5)}),
    "negative pieces": Case(make=lines("1,p,-2,-20.00", head="order_id,product_id,quantity,amount"), inp=mapped("order_lines", "order_id", "product_id", "quantity", "amount"), used=1, holds={"quantity": (-2,)}),
    "dates in two forms": Case(make=lines("1,a,2026-01-31,10,EUR", "2,a,31/01/2026,10,EUR"), used=2),
    "day and month in both orders": Case(make=lines("1,a,31/01/2026,10,EUR", "2,a,30/01/2026,10,EUR", "3,a,01/31/2026,10,EUR"), used=2, says=("both orders",), aside={"ordered_at is not a time": 1}),
    "day and month that nothing tells apart": Case(make=lines("1,a,02/01/2026,10,EUR", "2,a,03/01/2026,10,EUR"), used=2, says=("the order of day and month is assumed",)),
    "days that no month has": Case(make=lines(GOOD, "2,a,2026-02-30,10,EUR", "3,a,2026-13-01,10,EUR"), used=1, aside={"ordered_at is not a time": 2}),
    "times of another age": Case(make=lines(GOOD, "2,a,0026-02-01,10,EUR", "3,a,1066-10-14,10,EUR"), used=1, aside={"ordered_at is not a time": 2}),
    "an hour that summer time skips": Case(make=lines("1,a,2026-03-29 02:30:00,10,EUR"), inp={"zone": "Europe/Berlin"}, used=1),
    "an hour that comes twice in autumn": Case(make=lines("1,a,2025-10-26 02:30:00,10,EUR"), inp={"zone": "Europe/Berlin"}, used=1),
    "a zone that nobody knows": Case(make=lines(GOOD), inp={"zone": "Europe/Dresden"}, error=BadSettings, says=("Europe/Dresden", "did you mean")),
    "a form of times that does not fit": Case(make=lines("1,a,05.06.25 x,10,EUR", "2,a,2026-01-01,10,EUR"), inp={"time_format": "%d.%m.%y x"}, used=2),
    "a formula in a cell": Case(make=people("=cmd|' /C calc'!A0,=1+1,a@example.org,1980-01-01"), inp=PERSON, used=1, holds={"name": ("=1+1",), "source_id": ("=cmd|' /C calc'!A0",)}),
    "quotes that would end SQL": Case(make=people("x'); DROP TABLE people; --,O'Hara,a@example.org,1980-01-01"), inp=PERSON, used=1, holds={"source_id": ("x'); DROP TABLE people; --",)}),
    "a birth date that is none": Case(make=people(f"1,Anna,{MAIL},geheim", f"2,Bo,{MAIL},1980-01-01"), inp=PERSON, used=2, emptied={"people.birth_date: is not a date": 1}),
    "a person without a number": Case(make=people(f",{PRIVATE},{MAIL},1980-01-01"), inp=PERSON, used=0, aside={"source_id is missing": 1}),
    "a person called Null": Case(make=people("1,Null,null@example.org,1980-01-01"), inp=PERSON, used=1, holds={"name": ("Null",)}),
    "an event of no known kind": Case(make=lines("1,2026-01-01T10:00:00Z,exploded,agent", head="contact_id,at,kind,actor_kind"), inp=mapped("contact_events", "contact_id", "at", "kind", "actor_kind"), used=0, aside={"kind is none of opened, queued, answered, reply, status, assigned, priority, hold, transferred, deflected, callback, merged, abandoned, finished, closed": 1}),
    # files of other kinds
    "a torn gzip": Case(file="orders.csv.gz", make=gz(f"{HEAD}\n{GOOD}\n" * 50, cut=60), error=BadRows, says=("cannot be unpacked",)),
    "a gzip that is none": Case(file="orders.csv.gz", make=raw(b"order_id\n1\n"), error=BadRows, says=("cannot be unpacked",)),
    "a zip that is none": Case(file="orders.zip", make=raw(b"PK\x03\x04 and no more"), error=BadRows, says=("cannot be unpacked",)),
    "an empty zip": Case(file="orders.zip", make=zipped(), error=BadRows, says=("holds no file",)),
    "a zip of two files": Case(file="orders.zip", make=zipped(a__csv=f"{HEAD}\n{GOOD}\n", b__csv=f"{HEAD}\n2{GOOD[1:]}\n"), used=2),
    "a torn Parquet": Case(file="orders.parquet", make=parquet({"order_id": pa.array(["1"] * 1000)}, cut=200), error=BadRows, says=("is no Parquet file, or a part of one",)),
    "a Parquet of other columns": Case(file="orders.parquet", make=parquet({"a": pa.array([1])}), error=BadSettings, says=("has no column 'order_id'",)),
    "a workbook that is none": Case(file="orders.xlsx", make=raw(b"PK\x03\x04 and no more"), error=BadRows, says=("is no workbook, or is locked",)),
    "a workbook under a password": Case(file="orders.xlsx", make=raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)), error=BadRows, says=("without a password",)),
    "a sheet that is not there": Case(file="orders.xlsx", make=workbook(Orders=[HEAD.split(","), GOOD.split(",")]), inp={"sheet": "Sales"}, error=BadSettings, says=("has no sheet 'Sales'", "Orders")),
    "an empty workbook": Case(file="orders.xlsx", make=workbook(Orders=[]), error=BadRows, says=("has no rows",)),
    "a first sheet without rows": Case(file="orders.xlsx", make=workbook(Cover=[], Orders=[HEAD.split(","), GOOD.split(",")]), used=1),
    "text named xlsx": Case(file="orders.xlsx", make=lines(GOOD), error=BadRows, says=("is no workbook",)),
    "JSON with a bad line": Case(file="orders.jsonl", make=jsonl(ORDER, '{"order_id": "2", ', {**ORDER, "order_id": "3"}), used=2, aside={"the line is not JSON": 1}),
    "JSON with a line that is no object": Case(file="orders.jsonl", make=jsonl(ORDER, "17"), used=1, aside={"the line holds no object": 1}),
    "a list of JSON": Case(file="orders.json", make=lambda file: file.write_text(json.dumps([ORDER, {**ORDER, "order_id": "2"}], indent=1)), used=2),
    "JSON that is none": Case(file="orders.json", make=raw(b"[1, 2"), error=BadRows, says=("is no JSON",)),
    "JSON within JSON": Case(file="orders.jsonl", make=jsonl({**ORDER, "who": {"id": "z"}}), inp={"columns": {**COLUMNS, "source_id": "who.id"}}, used=1, holds={"source_id": ("z",)}),
    "JSON with keys only some lines have": Case(file="orders.jsonl", make=jsonl(ORDER, {**ORDER, "order_id": "2", "channel": "web"}), inp={"columns": {**COLUMNS, "channel": "channel"}}, used=2, holds={"channel": (None, "web")}),
    # places
    "no such file": Case(make=lambda _: None, error=BadSettings, says=("no file is named orders.csv",)),
    "a file of nearly that name": Case(make=lambda file: lines(GOOD)(file.with_name("order.csv")), error=BadSettings, says=("did you mean order.csv",)),
    "a pattern that names nothing": Case(make=lines(GOOD), inp={"path": "orders-*.csv"}, error=BadSettings, says=("no file is named orders-*.csv",)),
    "a folder in place of a file": Case(make=lambda file: file.mkdir(), error=BadSettings, says=("is a folder",)),
    "a link that leads to itself": Case(make=loop, error=BadSettings, says=("no file is named orders.csv",)),
    "the same file under two names": Case(make=lambda file: [lines(GOOD)(file), lines(GOOD)(file.with_name("orders2.csv"))], inp={"path": "orders*.csv"}, used=1, aside={"the same row twice": 1}),
    "a name that would leave its folder": Case(make=lines(GOOD), inp={"name": "../../x"}, error=BadSettings, says=("cannot name a folder",)),
    # databases
    "an address that is none": Case(file="shop.db", make=database, inp={**DATABASE, "url": "not a url", "query": "orders"}, error=BadSettings, says=("is no database address",)),
    "a password in the address": Case(file="shop.db", make=database, inp={**DATABASE, "url": f"postgresql+psycopg://u:{PRIVATE}@nowhere/shop", "query": "orders"}, error=BadSettings, says=("holds a password in the open",)),
    "a database that is not there": Case(file="x.db", make=database, inp={**DATABASE, "query": "orders"}, error=BadSettings, says=("is not there",)),
    "a table that is not there": Case(file="shop.db", make=database, inp={**DATABASE, "query": "sales"}, error=BadSettings, says=("no such table",)),
    "a query that would change something": Case(file="shop.db", make=database, inp={**DATABASE, "query": "DELETE FROM orders"}, error=BadSettings, says=("is no SELECT",)),
    "a query that hides a change": Case(file="shop.db", make=database, inp={**DATABASE, "query": "SELECT 1; DELETE FROM orders"}, error=BadSettings, says=("refuses",)),
    "a database without a driver": Case(file="shop.db", make=database, inp={**DATABASE, "url": "oracle+nothing://u@h/x", "query": "orders"}, error=BadSettings, says=("driver",)),
    "a secret that is not set": Case(file="shop.db", make=database, inp={**DATABASE, "url": "env:DUECARE_NO_SUCH", "query": "orders"}, error=BadSettings, says=("DUECARE_NO_SUCH",)),
    "a secret file that is not there": Case(file="shop.db", make=database, inp={**DATABASE, "url": "file:secret", "query": "orders"}, error=BadSettings, says=("is not there",)),
    "a url and no query": Case(file="shop.db", make=database, inp=DATABASE, error=BadSettings, says=("no query",)),
    "a growing column that is not there": Case(file="shop.db", make=database, inp={**DATABASE, "query": "orders", "since": "changed"}, error=BadSettings, says=("changed",)),
    "a file that is no database": Case(file="shop.db", make=lines(GOOD), inp={**DATABASE, "query": "orders"}, error=BadSettings, says=("refuses",)),
    "a path and a url at once": Case(file="shop.db", make=database, inp={**DATABASE, "path": "shop.db", "query": "orders"}, error=BadSettings, says=("one of them",)),
}  # fmt: skip
