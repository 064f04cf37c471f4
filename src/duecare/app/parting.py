"""Parting at the door: what customers are to each brand, outlet or product."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from duecare.app.handed import refuse_endings, write_table
from duecare.app.report.wording import many
from duecare.app.settings import read_settings
from duecare.app.shown import print_json
from duecare.records import Runs
from duecare.value.selves import selves
from duecare.words import BadSettings, aware

if TYPE_CHECKING:
    import pyarrow as pa

SUMS = ("revenue", "refunded", "margin", "service_cost", "clv")


def tell_selves(file: Path, *, by: str, level: str, as_of: datetime | None, out: Path | None, as_json: bool) -> None:
    """Print what each self comes to in the latest run, and write one row for each customer's own if asked to."""
    if out is not None:
        refuse_endings(out)
    settings = read_settings(file)
    with Runs.at(settings.records.warehouse, settings.base).read() as published:
        then = aware(datetime.fromisoformat(str(published.facts["as_of"])))
        if as_of is not None and as_of > then:
            raise BadSettings(f"the latest run has seen nothing after {then:%Y-%m-%d}", mend=f"duecare run --as-of {as_of:%Y-%m-%d}")
        rows = selves(published.warehouse, by=by, level=level, as_of=as_of or then, money=settings.money)
    if out is not None:
        write_table(rows, out)
    facts = _facts(rows, by, level, as_of or then, settings.money.currency) | {"out": str(out) if out else None}
    if as_json:
        print_json(facts)
    else:
        typer.echo("\n".join(_lines(facts)))


def _facts(rows: "pa.Table", by: str, level: str, as_of: datetime, currency: str) -> dict[str, Any]:
    names, which = np.unique(rows["self"].to_numpy(zero_copy_only=False).astype(np.str_), return_inverse=True)
    _, held = np.unique(rows["id"].to_numpy(zero_copy_only=False).astype(np.str_), return_counts=True)
    sums = {name: np.bincount(which, np.nan_to_num(rows[name].to_numpy(zero_copy_only=False)), len(names)) for name in (*SUMS, "orders")}
    each: list[dict[str, Any]] = [
        {"self": str(name), "customers": int(many_of), "orders": int(sums["orders"][at])}
        | {one: round(float(sums[one][at]), 2) for one in SUMS}
        for at, (name, many_of) in enumerate(zip(names, np.bincount(which, minlength=len(names)), strict=True))
    ]
    found = sorted(each, key=lambda one: (-one["revenue"], one["self"]))
    return {
        "by": by,
        "level": level,
        "as_of": as_of.isoformat(),
        "currency": currency,
        "all": len(held),
        "several": int((held > 1).sum()),
        "selves": found,
    }


def _lines(facts: dict[str, Any]) -> Sequence[str]:
    width = max([len(one["self"]) for one in facts["selves"]] + [4])
    heads = (f"{facts['level']}s", "orders", "revenue", "margin", "to serve", "CLV")
    what = {"person": ("customer", "customers"), "household": ("household", "households"), "account": ("account", "accounts")}[
        facts["level"]
    ]
    rows = [
        f"{one['self']:<{width}}"
        + "".join(f"{one[name]:>14,.0f}" for name in ("customers", "orders", "revenue", "margin", "service_cost", "clv"))
        for one in facts["selves"]
    ]
    several = f"{facts['several']:,} of {many(facts['all'], *what)} have bought from more than one {facts['by']}"
    written = [f"written: {facts['out']}"] if facts["out"] else []
    return [
        f"as of {facts['as_of'][:10]}, sums in {facts['currency']}; {several}",
        "",
        f"{facts['by']:<{width}}" + "".join(f"{head:>14}" for head in heads),
        *rows,
        *written,
    ]
