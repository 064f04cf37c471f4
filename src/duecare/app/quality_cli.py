"""The commands on quality and call-backs."""

from typing import Annotated

import typer

from duecare.app.options import DEFAULT, Json, Seed, SettingsFile

# ruff: noqa: FBT002 - an option of a command is named where it is used

quality = typer.Typer(
    help="Review contacts that are drawn equally over the tiers, by seven items.", no_args_is_help=True, rich_markup_mode=None
)

Score = Annotated[int, typer.Option(min=1, max=5, help="From 1, not at all, to 5, fully.")]


@quality.command()
def draw(
    each: Annotated[int, typer.Option(min=1, max=1000, help="How many of each tier.")] = 5,
    days: Annotated[int, typer.Option(min=1, max=366, help="How far back.")] = 7,
    seed: Seed = 1,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Draw contacts that were lately solved, as many of each tier, and list those that wait for a review; their tier is not told."""
    from duecare.app.quality import draw as tell

    tell(settings, each=each, days=days, seed=seed, as_json=json)


@quality.command()
def score(
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help="The number of one that was drawn.")],
    listening: Score,
    empathy: Score,
    clarity: Score,
    consistency: Score,
    heard: Score,
    felt: Score,
    acted: Score,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Score a contact by the seven items (docs/measure.md has the questions); a low one opens a call-back."""
    from duecare.app.quality import score as take

    scores = {
        "listening": listening,
        "empathy": empathy,
        "clarity": clarity,
        "consistency": consistency,
        "heard": heard,
        "felt": felt,
        "acted": acted,
    }
    take(settings, contact, scores, as_json=json)


@quality.command()
def show(settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Tell what reviewers found, tier by tier and item by item, and how consistent service is within a tier."""
    from duecare.app.quality import show as tell

    tell(settings, as_json=json)


def tasks(
    close: Annotated[int | None, typer.Option("--close", metavar="NUMBER", help="Close this one.")] = None,
    outcome: Annotated[str, typer.Option("--outcome", help="What came of the call; needed to close.")] = "",
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """List who is to be called back: after a low review, a low satisfaction, or a warning to others; or close a call with its outcome."""
    from duecare.app.callbacks import close_task, list_tasks

    if close is None:
        list_tasks(settings, as_json=json)
    elif not outcome.strip():
        raise typer.BadParameter("say what came of it: --outcome TEXT")
    else:
        close_task(settings, close, outcome.strip(), as_json=json)
