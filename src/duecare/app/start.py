"""Init: look at exports and write `duecare.toml`, with every assumption marked beside it."""

from dataclasses import dataclass
from pathlib import Path

import typer

from duecare import sources
from duecare.app.settings import FILE, read_settings
from duecare.app.shown import next_command, print_json
from duecare.sources import Proposal
from duecare.tiers import DOCUMENTS
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
        print_json(sources.as_json(begun.proposal) | {"settings": str(begun.file)})
    else:
        typer.echo("\n".join([*sources.proposal_lines(begun.proposal), f"written: {begun.file}"]))
        next_command("look at the lines marked `assumed` and `perhaps`, then duecare run")


def begin(path: Path, folder: Path, *, force: bool = False) -> Started:
    """Look at *path* and write `duecare.toml` into *folder*, unless one is there."""
    file = folder / FILE
    if file.exists() and not force:
        raise BadSettings(f"{FILE} is there already and was not touched", looked=[str(file)], mend="duecare init PATH --force replaces it")
    proposal = sources.propose(path, relative_to=folder)
    if not proposal.inputs:
        raise BadSettings(
            "no file was understood", looked=[str(path)], mend="see docs/data-contract.md for the tables and columns that are read"
        )
    fresh = file.with_suffix(".toml.new")
    fresh.write_text(settings_text(proposal), "utf-8")
    read_settings(fresh)  # what we write, we can read
    fresh.replace(file)
    return Started(file, proposal)


def settings_text(proposal: Proposal) -> str:
    """Return the whole settings file for *proposal*."""
    return "\n".join([_head(proposal), sources.settings_text(proposal).strip(), _tiers()]) + "\n"


def _head(proposal: Proposal) -> str:
    money, terms = Money(), Terms()
    margin = "" if proposal.has_cost else "   # assumed: the orders carry no cost; every profit figure rests on it"
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
    """The documents' policy, to be changed by whoever knows better."""
    lines = ["", "# Who is served how. The first tier whose condition holds is earned; the last one takes everyone else."]
    for tier in DOCUMENTS.tiers:
        lines += ["[[tiers]]", f'name = "{tier.name}"', *([f'when = "{tier.when}"'] if tier.when else []), ""]
    return "\n".join(lines).rstrip()
