"""Duecare called as from a shell, through its real entry point and in this process, and shops to call it on."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from duecare.app import cli
from duecare.records import Runs


@dataclass(frozen=True, slots=True)
class Told:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - what a command prints is of every kind
        return json.loads(self.out)


def duecare(*words: str, folder: Path) -> Told:
    """Run `duecare *words` in *folder*."""
    out, err, code = StringIO(), StringIO(), 0
    with chdir(folder), patch.object(sys, "argv", ["duecare", *words]), redirect_stdout(out), redirect_stderr(err):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
    return Told(code, out.getvalue(), err.getvalue())


def rows(folder: Path, sql: str, *tables: str) -> list[dict[str, Any]]:
    """Ask the published run of the settings in *folder*; `{name}` is a table."""
    with Runs.at("duckdb:warehouse", folder).read() as published:
        return published.warehouse.arrow(sql, **{table: table for table in tables}).to_pylist()


Row = Mapping[str, object]


def write_csv(file: Path, lines: Iterable[Row]) -> None:
    """Write rows as CSV: the columns of the first, a value that is none left empty."""
    every = list(lines)
    names = list(every[0])
    cells = [",".join("" if row.get(name) is None else str(row[name]) for name in names) for row in every]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([",".join(names), *cells]) + "\n", "utf-8")


def order(number: str, who: str, day: str, revenue: float, cost: float | None = None, refunded: float = 0.0) -> Row:
    """One line of `orders.csv`, placed at noon."""
    return {
        "order_id": number,
        "source": "shop",
        "source_id": who,
        "ordered_at": f"{day}T12:00:00Z",
        "revenue": revenue,
        "cost": cost,
        "refunded": refunded,
    }


ORDERS = [order("o1", "a", "2026-01-01", 100, 60), order("o2", "a", "2026-02-01", 100, 60), order("o3", "b", "2026-02-01", 50, 30)]

Make = Callable[..., Path]
"""Makes a folder with `exports/orders.csv` of the given rows, looked at by `duecare init`."""


def make_shop(folder: Path, orders: Iterable[Row] = tuple(ORDERS), **tables: Iterable[Row]) -> Path:
    """Write the exports and let `init` look at them; who is in no table of people needs no matching, so runs are quick."""
    for name, lines in {"orders": orders, **tables}.items():
        write_csv(folder / "exports" / f"{name}.csv", lines)
    assert (told := duecare("init", "exports", folder=folder)).code == 0, told.err
    return folder


def say(folder: Path, old: str, new: str) -> None:
    """Change one place of `duecare.toml`."""
    file = folder / "duecare.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def went_wrong(told: Told, *words: str) -> None:
    """One clear error: what is wrong and what mends it, no result, no traceback."""
    assert told.code == 1
    assert told.out == ""
    assert told.err.startswith("duecare: ")
    assert "To mend: " in told.err
    assert "Traceback" not in told.err
    assert "fault of Duecare's own" not in told.err
    assert all(word in told.err for word in words), told.err
