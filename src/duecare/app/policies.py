"""Policies at the door: list the shipped ones, put one into duecare.toml, and hold two side by side over the published run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from duecare.app.linting import lint
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.records import Book, Runs, Warehouse, open_book
from duecare.tiers import Policy
from duecare.tiers.columns import make_facts
from duecare.tiers.plan import earned_sql
from duecare.tiers.policies import ORDER, purpose, shipped, text_of
from duecare.words import BadSettings

PARTS = ("policy", "segments", "options", "tiers")
"""What a policy is made of, in duecare.toml."""
CURRENT = "current"


def list_policies(*, as_json: bool) -> None:
    """Print every shipped policy and whom it is for."""
    if as_json:
        print_json({"policies": [{"name": name, "for": purpose(name), "tiers": list(shipped(name).names)} for name in ORDER]})
        return
    typer.echo("\n".join(f"{name:<12}  {purpose(name)}" for name in ORDER))
    next_command("duecare policy show NAME")


def show_policy(name: str, *, as_json: bool) -> None:
    """Print a shipped policy as it would stand in duecare.toml."""
    text = text_of(name)
    print_json({"name": name, "toml": text}) if as_json else typer.echo(text.rstrip())
    if not as_json:
        next_command(f"duecare policy use {name}")


def use_policy(name: str, file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Put a shipped policy into duecare.toml in the place of the one that is there; all else, comments too, stays as it is."""
    text = with_policy(read_text(file), text_of(name))
    fresh = file.with_suffix(".toml.new")
    fresh.write_text(text, "utf-8")
    try:
        _hold_promises(read_settings(fresh))
        if not dry_run:
            fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    if as_json:
        print_json({"policy": name, "settings": str(file), "dry_run": dry_run})
        return
    typer.echo(
        text.rstrip()
        if dry_run
        else f"{file.name} now has the policy {name!r}: tiers {', '.join(shipped(name).names)}. Nobody moves before duecare apply."
    )
    next_command("duecare plan", file)


def _hold_promises(settings: Settings) -> None:
    """Reading them is the check: a promise to a tier that is gone is refused there."""
    lint(settings.policy, settings.predictors, settings.exceptions, today=datetime.now(UTC).date())


def with_policy(text: str, policy: str) -> str:
    r"""Return settings in which *policy* stands in the place of the parts of another one.

    >>> with_policy('[money]  # mine\ncurrency = "EUR"\n\n[[tiers]]\nname = "Old"\n', '[[tiers]]\nname = "New"\n')
    '[money]  # mine\ncurrency = "EUR"\n\n[[tiers]]\nname = "New"\n'
    """
    import tomlkit

    settings = tomlkit.parse(text)
    for part in PARTS:
        settings.pop(part, None)
    return tomlkit.dumps(settings).rstrip() + "\n\n" + policy.strip() + "\n"


PAIRS = "SELECT a.rank AS one, b.rank AS other, count(*) AS customers FROM {one} a JOIN {other} b ON b.customer_id = a.customer_id GROUP BY 1, 2 ORDER BY 1, 2"


def compare_policies(one: str, other: str, file: Path, *, as_json: bool) -> None:
    """Count customers by the tier that each of two policies would earn them, over the published run."""
    settings = read_settings(file)
    policies = [_policy(name, settings) for name in (one, other)]
    runs = Runs.at(settings.records.warehouse, settings.base)
    with (
        TemporaryDirectory() as scratch,
        runs.read(beside=Path(scratch)) as published,
        open_book(settings.records.book, settings.base) as book,
    ):
        as_of = datetime.fromisoformat(str(published.facts["as_of"]))
        rows = side_by_side(published.warehouse, (policies[0], policies[1]), book, as_of=as_of)
    if as_json:
        print_json({"one": one, "other": other, "pairs": rows})
        return
    typer.echo("\n".join(_table(rows, policies, (one, other))))
    next_command(f"duecare policy use {other}" if other in ORDER else "duecare plan", file)


def side_by_side(warehouse: Warehouse, policies: tuple[Policy, Policy], book: Book, *, as_of: datetime) -> list[dict[str, Any]]:
    """Return how many customers earn each pair of tiers under two policies."""
    for name, policy in zip(("one", "other"), policies, strict=True):
        make_facts(warehouse, policy, book, as_of=as_of)
        warehouse.run(name, earned_sql(policy), facts="facts")
    rows = warehouse.arrow(PAIRS, one="one", other="other").to_pylist()
    return [{"one": policies[0].names[row["one"]], "other": policies[1].names[row["other"]], "customers": row["customers"]} for row in rows]


def _policy(name: str, settings: Settings) -> Policy:
    """The policy of a name: `current`, a shipped one, or a settings file."""
    if name == CURRENT:
        return settings.policy
    if name not in ORDER and Path(name).is_file():
        return read_settings(Path(name)).policy
    return shipped(name)


def _table(rows: list[dict[str, Any]], policies: list[Policy], names: tuple[str, str]) -> list[str]:
    counts: Mapping[tuple[str, str], int] = {(row["one"], row["other"]): row["customers"] for row in rows}
    mine, theirs = policies[0].names, policies[1].names
    width = max(len(word) for word in (*mine, "all", names[0]))
    wide = max(12, *(len(word) for word in theirs))
    lines = [f"down: {names[0]}; across: {names[1]}", f"{'':<{width}}" + "".join(f"  {word:>{wide}}" for word in (*theirs, "all"))]
    for tier in mine:
        own = [counts.get((tier, other), 0) for other in theirs]
        lines.append(f"{tier:<{width}}" + "".join(f"  {many:>{wide},}" for many in (*own, sum(own))))
    sums = [sum(counts.get((tier, other), 0) for tier in mine) for other in theirs]
    return [*lines, f"{'all':<{width}}" + "".join(f"  {many:>{wide},}" for many in (*sums, sum(sums)))]


def read_text(file: Path) -> str:
    """Return the text of the settings.

    Raises:
        BadSettings: there are none.
    """
    if not file.is_file():
        raise BadSettings("there is no settings file", looked=[str(file)], mend="duecare init PATH writes one for your exports")
    return file.read_text("utf-8")
