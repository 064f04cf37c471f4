"""Rows of privacy: who was forgotten is in no file that Duecare wrote, and stays forgotten."""

import csv
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unicodedata import combining, normalize

import pyarrow.parquet as pq

from proofs import ROOT, Measured, row
from proofs.running import duecare

SHOPS, CUSTOMERS, EACH = 4, 6_000, 2_500
OWN = ("email", "phone", "loyalty_id", "username", "social_handle", "name")
"""Columns of people whose values are looked for, where nobody else bears them."""


@row
def forget_cases() -> Measured:
    """10,000 forget cases over four shops: no value of theirs in any file that Duecare wrote, and a re-import stays forgotten."""
    figure, left = Counter[str](), list[str]()
    for seed in range(101, 101 + SHOPS):
        with TemporaryDirectory() as folder:
            counts, found = _one_shop(Path(folder), seed)
            figure.update(counts)
            left += found
    holds = (
        figure["forgotten"] >= SHOPS * EACH
        and not figure["values_left"]
        and not figure["values_left_after_reimport"]
        and figure["values_before"] > 0
    )
    return Measured(
        figure=dict(figure) | {"left": left[:20]}, target="0 values left, 0 after a re-import", holds=holds, n=figure["forgotten"]
    )


def _one_shop(folder: Path, seed: int) -> tuple[dict[str, int], list[str]]:
    """Return the counts, and what is left with its file: all these people are invented."""
    made = duecare("demo", "made", "--customers", str(CUSTOMERS), "--seed", str(seed), "--no-serve", folder=folder)
    assert made.code == 0, made.err
    shop = folder / "made"
    assert duecare("run", "--json", folder=shop).code == 0  # two kept runs
    leaving = _customers(shop)
    mine = _own_values(shop, leaving)
    before = _found(shop, mine)
    (shop / "who.txt").write_text("\n".join(leaving), "utf-8")
    told = duecare("forget", "--from", "who.txt", "--yes", "--json", folder=shop)
    assert told.code == 0, told.err
    (shop / "who.txt").unlink()
    left = _found(shop, mine)
    for landed in (shop / "warehouse" / "landed").iterdir():
        shutil.rmtree(landed)  # everything is read anew
    assert duecare("run", "--accept-changes", "proof", folder=shop).code == 0
    again = _found(shop, mine)
    counts = {
        "forgotten": json.loads(told.out)["customers"],
        "values_looked_for": len(mine),
        "values_before": len(before),
        "values_left": len(left),
        "values_left_after_reimport": len(again),
        "files": sum(1 for _ in _written(shop)),
    }
    return counts, [f"{value} in {file}" for value, file in sorted((left | again).items())]


def _customers(shop: Path) -> list[str]:
    """Every second customer or so, as many as are wanted, by id."""
    plan = pq.read_table(next((shop / "warehouse" / "runs").glob("*/results/plan.parquet")), columns=["customer_id"])
    ids = sorted(plan["customer_id"].to_pylist())
    return ids[:: max(len(ids) // EACH, 1)][:EACH]


def _own_values(shop: Path, leaving: list[str]) -> set[str]:
    """Values of the records of who leaves that no record of anybody else bears, in whatever writing; of six signs or more."""
    current = (shop / "warehouse" / "current").read_text("utf-8").strip()
    members = pq.read_table(shop / "warehouse" / "runs" / current / "results" / "members.parquet").to_pylist()
    gone = {(one["source"], one["source_id"]) for one in members if one["customer_id"] in set(leaving)}
    theirs, others = dict[str, str](), set[str]()
    for one in _people(shop):
        alike = {value: _alike(name, value) for name in OWN if (value := str(one.get(name) or "").strip().lower())}
        if (one["source"], one["source_id"]) in gone:
            theirs |= alike
        else:
            others.update(alike.values())
            others.add(_alike("name", f"{one.get('given_name') or ''} {one.get('family_name') or ''}"))
            others.add(_alike("username", str(one.get("email") or "").lower().partition("@")[0].partition("+")[0]))
    return {value for value, key in theirs.items() if key not in others and len(value) >= 6}


def _alike(name: str, value: str) -> str:
    """A value as it is the same in any writing: a phone by its last eight digits, an e-mail without its tag, a name by its words, without accents, umlauts in both spellings alike."""
    if name == "phone":
        return "".join(sign for sign in value if sign.isdigit())[-8:]
    if name == "email":
        local, _, domain = value.partition("@")
        return f"{local.partition('+')[0]}@{domain}"
    plain = "".join(sign for sign in normalize("NFKD", value.lower().replace("ß", "ss")) if not combining(sign))
    for umlaut in ("ae", "oe", "ue"):
        plain = plain.replace(umlaut, umlaut[0])
    return " ".join(plain.split())


def _people(shop: Path) -> Iterable[dict[str, Any]]:
    for file in sorted((shop / "exports").rglob("*")):
        if "people" not in file.as_posix() or not file.is_file():
            continue
        if file.suffix == ".parquet":
            yield from pq.read_table(file).to_pylist()
        else:
            with file.open(encoding="utf-8", newline="") as opened:
                yield from csv.DictReader(opened)


def _written(shop: Path) -> Iterable[Path]:
    return (
        path
        for path in sorted(shop.rglob("*"))
        if path.is_file() and not {"exports", "truth"} & set(path.parts) and path.name != "duecare.toml"
    )


def _found(shop: Path, values: set[str]) -> dict[str, str]:
    """Which values stand in any file, unpacked, as a whole cell or word, or anywhere within one; and in which."""
    sys.path.insert(0, str(ROOT / "tests"))
    from app.scanning import cells_in

    return {value: str(path.relative_to(shop)) for path in _written(shop) for value in values & set(cells_in(path))}
