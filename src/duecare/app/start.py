"""Init: look at exports and write `duecare.toml`, with every assumption marked beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from duecare import sources
from duecare.app.settings import FILE, read_settings
from duecare.app.shown import next_command, print_json
from duecare.sources import Proposal, Proposed
from duecare.tiers.policies import text_of
from duecare.value import Money, Terms
from duecare.words import BadSettings


@dataclass(frozen=True, slots=True)
class Started:
    """What `init` wrote."""

    file: Path
    proposal: Proposal


def start(path: Path, folder: Path, *, force: bool, as_json: bool) -> None:
    """Write the settings for *path* into *folder* and tell what was understood."""
    begun = begin(path, folder, force=force)
    if as_json:
        print_json({"settings": str(begun.file), **_as_json(begun.proposal)})
    else:
        typer.echo("\n".join([*_lines(begun.proposal), f"written: {begun.file}"]))
        next_command(_next(begun.proposal))


def begin(path: Path, folder: Path, *, force: bool = False) -> Started:
    """Look at *path* and write `duecare.toml` into *folder*, unless one is there."""
    file = folder / FILE
    if file.exists() and not force:
        raise BadSettings(f"{FILE} is there already and was not touched", looked=[str(file)], mend="duecare init PATH --force replaces it")
    proposal = sources.propose(path, relative_to=folder)
    if not proposal.inputs:
        raise _not_understood(path, proposal)
    fresh = file.with_suffix(".toml.new")
    fresh.write_text(settings_text(proposal), "utf-8")
    read_settings(fresh)  # what we write, we can read
    fresh.replace(file)
    return Started(file, proposal)


def _not_understood(path: Path, proposal: Proposal) -> BadSettings:
    why = "".join(f"; {name}: {reason}" for name, reason in list(proposal.not_understood.items())[:5])
    return BadSettings(
        f"no file was understood{why}", looked=[str(path)], mend="see docs/data-contract.md for the tables and columns that are read"
    )


def _as_json(proposal: Proposal) -> dict[str, Any]:
    """Tell what is proposed, in plain types."""
    inputs = [
        {"name": one.input.name, "path": one.input.path, "table": one.input.table, "preset": one.input.preset}
        | {"columns": dict(one.columns), "assumed": dict(one.marks), "perhaps": dict(one.perhaps), "left_out": dict(one.left_out)}
        | {"lacking": list(one.lacking), "notes": list(one.notes)}
        for one in proposal.inputs
    ]
    return {"inputs": inputs, "not_understood": dict(proposal.not_understood), "notes": list(proposal.notes), "currency": proposal.currency}


def _lines(proposal: Proposal) -> list[str]:
    """Tell people, input by input, what was understood, what is assumed and what lacks."""
    lines = [line for one in proposal.inputs for line in _input_lines(one)]
    lines += [f"✗ {name}: {why}" for name, why in proposal.not_understood.items()]
    return [*lines, *(f"note: {note}" for note in proposal.notes)]


def _input_lines(one: Proposed) -> list[str]:
    what = f"preset {one.input.preset}" if one.input.preset else f"{one.input.table}, {len(one.columns)} columns"
    lines = [f"{'✗' if one.lacking else '✓'} {one.input.path}: {what}"]
    lines += [f"    assumed: {said}" for said in one.assumptions]
    lines += [f"    perhaps: {name} = {header}" for name, header in one.perhaps.items()]
    return lines + [f"    not complete: no header gives {name}" for name in one.lacking]


def _next(proposal: Proposal) -> str:
    if not proposal.ready:
        return "complete the inputs marked `not complete`, then duecare run"
    marked = any(one.marks or one.perhaps or one.lacking for one in proposal.inputs)
    return "look at the lines marked `assumed` or `perhaps`, then duecare run" if marked else "duecare run"


def settings_text(proposal: Proposal) -> str:
    """Return the whole settings file for *proposal*."""
    return "\n".join([_head(proposal), sources.settings_text(proposal).strip(), _tiers()]) + "\n"


def _has_cost(proposal: Proposal) -> bool:
    """Whether an input gives the cost of orders or of their lines."""
    filled = {pair for one in proposal.inputs for pair in _filled(one)}
    return bool(filled & {("orders", "cost"), ("order_lines", "cost")})


def _filled(one: Proposed) -> set[tuple[str, str]]:
    """Name the contract's tables and columns that an input gives, by its mapping or its preset."""
    if one.input.preset is None:
        return {(one.input.table or "", column) for column in one.columns}
    return {(fill.table, column) for fill in sources.PRESETS[one.input.preset].fills for column in fill.columns}


def _head(proposal: Proposal) -> str:
    money, terms = Money(), Terms()
    margin = "" if _has_cost(proposal) else "   # assumed: the orders carry no cost; every profit figure rests on it"
    currency = "" if proposal.currency else "   # assumed: no file names its currency"
    return f"""# Duecare. Leave a line out and its default holds; docs/settings.md lists them all.
[money]
currency = "{proposal.currency or money.currency}"{currency}
gross_margin_percent = {money.gross_margin_percent:g}{margin}
service_cost_per_minute = {money.service_cost_per_minute:g}   # assumed: used where no table of rates has a line
service_minutes_per_contact = {money.service_minutes_per_contact:g}   # assumed: used where a contact carries no handle time

[value]
horizon_months = {terms.horizon_months}
discount_percent_per_year = {terms.discount_percent_per_year:g}

[records]
warehouse = "duckdb:warehouse"
book = "sqlite:book.db"
"""


def _tiers() -> str:
    """The recommended policy, to be changed by whoever knows better."""
    head = "# Who is served how: the first tier whose condition holds is earned. Other policies: duecare policy list."
    return "\n".join(["", head, text_of("recommended").strip()])
