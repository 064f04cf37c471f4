"""The commands of privacy: forget, disclose, and the drafts that a privacy officer begins with."""

from pathlib import Path
from typing import Annotated

import typer

from duecare.app.options import DEFAULT, Json, SettingsFile

# ruff: noqa: FBT002 - an option of a command is named where it is used


def forget(
    whos: Annotated[list[str] | None, typer.Argument(metavar="WHO...", help="Customers, each by any identifier.")] = None,
    listed: Annotated[Path | None, typer.Option("--from", help="A file with an identifier on each line.")] = None,
    why: Annotated[str, typer.Option("--why", help="The reason; name nobody in it.")] = "they asked",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go and stop.")] = False,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Erase customers from every table, file and kept run, for ever; the same exports do not bring them back."""
    from duecare.app.forgetting import forget_people

    named = [*(whos or []), *([line.strip() for line in listed.read_text("utf-8").splitlines() if line.strip()] if listed else [])]
    if not named:
        raise typer.BadParameter("name at least one customer, or a file of them with --from")
    forget_people(named, settings, why=why, yes=yes, dry_run=dry_run, as_json=json)


def disclose(
    who: Annotated[str, typer.Argument(metavar="WHO", help="A customer, by any identifier.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write a page that the customer can read, as HTML.")] = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Give out all that is kept of one customer: data with their sources, value, tier, reason, history, and who looked."""
    from duecare.app.disclosing import disclose_customer

    disclose_customer(who, settings, out=out, as_json=json)


Out = Annotated[Path | None, typer.Option("--out", "-o", help="Where to write it, as Markdown; printed when left out.")]


def dpia(out: Out = None, settings: SettingsFile = DEFAULT) -> None:
    """Draft a data protection impact assessment from the published run; what only a person can say is marked."""
    from duecare.app.drafts import write_draft

    write_draft("dpia", settings, out)


def model_card(out: Out = None, settings: SettingsFile = DEFAULT) -> None:
    """Draft a model card from the published run; what only a person can say is marked."""
    from duecare.app.drafts import write_draft

    write_draft("model-card", settings, out)


PRIVACY = (forget, disclose, dpia, model_card)
