"""The demo: make a shop and walk the street as a user would, from its exports to the report."""

import sys
import webbrowser
from datetime import UTC, datetime
from pathlib import Path

import typer

from duecare import demo
from duecare.app import batch, proposals, report
from duecare.app.auditing import hold_to_fairness
from duecare.app.doors import service_beside, write_service
from duecare.app.progress import Progress
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json, run_lines
from duecare.app.start import begin
from duecare.records import Runs, open_book
from duecare.tiers import apply_plan
from duecare.words import BadSettings

MARKER = ".duecare-demo"
"""The file that tells a folder made by `duecare demo`; only there may a demo write over what it finds."""


def showcase(directory: Path, *, customers: int, effect: float, seed: int, browse: bool, as_json: bool) -> None:
    """Make the shop in *directory*, run everything, and print the report's headline and place."""
    _refuse_if_not_ours(directory)
    progress = Progress()
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARKER).write_text("made by duecare demo, which may write over everything here\n", "utf-8")
    with progress.step("demo"):
        demo.make(directory, customers=customers, seed=seed, effect=effect)
    file = begin(directory / "exports", directory, force=True).file
    file.write_text(file.read_text("utf-8") + demo.promises_text(), "utf-8")
    settings = read_settings(file)
    facts = batch.run(settings, batch.Options(seed=seed), progress)
    with progress.step("apply"):
        moved = _apply(settings)
    with progress.step("report"):
        written = report.write(facts, directory / "report.html", demo=True)
    with progress.step("measure"):
        measured = write_service(file, service_beside(written), quiet=True)
    headline = report.headline(facts)
    if as_json:
        print_json({"report": str(written), "service": str(measured), "headline": headline, "moved": moved, "seconds": progress.seconds})
        return
    typer.echo(
        "\n".join([*run_lines(facts), f"{many(moved, 'customer')} assigned", headline, f"report: {written}", f"service: {measured}"])
    )
    if browse and sys.stdout.isatty():
        webbrowser.open(written.absolute().as_uri())
    next_command("duecare explain WHO", file)


def _refuse_if_not_ours(directory: Path) -> None:
    """Never write over anybody's files: the folder is not there, empty but for hidden files, or a demo's own."""
    if not directory.exists() or (directory / MARKER).is_file():
        return
    if not directory.is_dir():
        raise BadSettings("this is a file, not a folder", looked=[str(directory)], mend="duecare demo DIR, for a folder of its own")
    if there := sorted(path.name for path in directory.iterdir() if not path.name.startswith(".")):
        raise BadSettings(
            f"{there[0]} is there already and is not of a demo",
            looked=[str(directory)],
            mend="duecare demo DIR, for an empty folder or one that is not there yet",
        )


def _apply(settings: Settings) -> int:
    runs = Runs.at(settings.records.warehouse, settings.base)
    with runs.read() as published, open_book(settings.records.book, settings.base) as book:
        made, now = proposals.newest(published.folder, published.facts, settings, book), datetime.now(UTC)
        hold_to_fairness(settings, made.found)
        return apply_plan(
            made.plan, published, book, policy_hash=settings.rules_hash, actor="duecare demo", at=now, proposed=made.batches()
        )
