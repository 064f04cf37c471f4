"""A help desk in memory, for users' tests; and one that is a CSV file, for desks that import and export such a file."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from duecare.helpdesk.desk import FIELDS
from duecare.words import BadRows

PAGE = 1000
Row = dict[str, Any]
CHANGED = "somebody else wrote meanwhile"


@dataclass(slots=True)
class MemoryDesk(httpx.BaseTransport):
    """People by number, each with external_id, email and fields; to be handed to a `Carrier` as its transport.

    >>> desk = MemoryDesk({"7": {"external_id": None, "email": "ada@example.org", "fields": {}}})
    >>> client = httpx.Client(transport=desk, base_url="https://desk.example")
    >>> change = {"person": "7", "before": {}, "fields": {"tier": "Premium"}}
    >>> client.put("/people", json={"people": [change]}).json()["outcomes"][0]["why"]
    ''
    >>> desk.people["7"]["fields"]
    {'tier': 'Premium'}
    """

    people: dict[str, Row] = field(default_factory=dict[str, Row])
    writes: int = 0
    """Requests that wrote."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        said = json.loads(request.read() or b"{}")
        answer = {
            ("GET", "/people"): lambda: self._page(request.url.params.get("cursor", "")),
            ("POST", "/look"): lambda: {"people": [self._shown(one) for one in said["persons"] if one in self.people]},
            ("PUT", "/people"): lambda: {"outcomes": self._write(said["people"])},
        }.get((request.method, request.url.path))
        return httpx.Response(404, request=request) if answer is None else httpx.Response(200, json=answer(), request=request)

    def _page(self, cursor: str) -> Row:
        numbers = list(self.people)
        start = int(cursor or 0)
        rows = [self._shown(one) for one in numbers[start : start + PAGE]]
        return {"people": rows, "cursor": str(start + len(rows)), "done": start + PAGE >= len(numbers)}

    def _shown(self, person: str) -> Row:
        return {"person": person, "external_id": None, "email": None} | self.people[person]

    def _write(self, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
        self.writes += 1
        return [self._written(row) for row in rows]

    def _written(self, row: Mapping[str, Any]) -> Row:
        person = row["person"] or self._made(row)
        if person not in self.people:
            return {"why": "", "person": "", "missing": True, "changed": False}
        shown = self.people[person]["fields"]
        if row["person"] and any(shown.get(name, "") != text for name, text in row["before"].items()):
            return {"why": CHANGED, "person": "", "missing": False, "changed": True}
        self.people[person]["fields"] = {name: text for name, text in {**shown, **row["fields"]}.items() if text}
        return {"why": "", "person": "" if row["person"] else person, "missing": False, "changed": False}

    def _made(self, row: Mapping[str, Any]) -> str:
        """Somebody of that external id, who is made if nobody is."""
        for person, known in self.people.items():
            if known.get("external_id") == row["external_id"]:
                return person
        number = str(max((int(one) for one in self.people if one.isdigit()), default=0) + 1)
        self.people[number] = {"external_id": row["external_id"], "email": row["email"], "fields": {}}
        return number


COLUMNS = ("id", "external_id", "email")
PREFIX = "duecare_"
"""Before each of Duecare's columns."""


@dataclass(slots=True)
class CsvDesk(MemoryDesk):
    """A CSV file as a desk exports it: id, external_id, email; Duecare's columns are added, to be imported again. Other columns stay."""

    file: Path = Path("people.csv")
    _others: dict[str, Row] = field(default_factory=dict[str, Row])
    _columns: tuple[str, ...] = ()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request from the file, and write it anew after a change."""
        self._read()
        before = self.writes
        answer = MemoryDesk.handle_request(self, request)
        if self.writes > before:
            self._save()
        return answer

    def _read(self) -> None:
        with self.file.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            self._columns = tuple(table.fieldnames or ())
            if "id" not in self._columns:
                raise BadRows(
                    f"{self.file.name} has no column id", mend="export people with id, external_id and email", looked=[str(self.file)]
                )
            rows = {str(row["id"]): row for row in table}
        self._others = rows
        self.people = {number: self._person(row) for number, row in rows.items()}

    def _person(self, row: Mapping[str, str]) -> Row:
        fields = {name: row[PREFIX + name] for name in FIELDS if row.get(PREFIX + name)}
        return {"external_id": row.get("external_id") or None, "email": row.get("email") or None, "fields": fields}

    def _save(self) -> None:
        """Write the whole file beside it and put it in its place."""
        columns = tuple(dict.fromkeys((*self._columns, *COLUMNS, *(PREFIX + name for name in FIELDS))))
        out = io.StringIO(newline="")
        table = csv.DictWriter(out, columns, restval="", extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        for number, person in self.people.items():
            known = {"id": number, "external_id": person["external_id"] or "", "email": person["email"] or ""}
            table.writerow({**self._others.get(number, {}), **known, **{PREFIX + name: person["fields"].get(name, "") for name in FIELDS}})
        beside = self.file.with_name(self.file.name + ".part")
        beside.write_text(out.getvalue(), "utf-8")
        beside.replace(self.file)
