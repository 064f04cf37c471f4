"""What the commands do with a run: make one, write its report."""

from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path

import typer

from duecare.app import batch
from duecare.app.auditing import hold_to_fairness
from duecare.app.progress import Progress
from duecare.app.settings import read_settings
from duecare.app.shown import next_command, print_json, run_lines
from duecare.identity.gate import GateClosed
from duecare.records import Runs
from duecare.words import BadSettings

LARGE = ("findings",)
"""Parts of a run's facts that `run --json` leaves to the report."""


def run_batch(file: Path, *, as_of: datetime | None, seed: int, retrain: bool, accepted_by: str | None, as_json: bool) -> None:
    """Make a run and print what came of it; with exit code 3 when the gate is shut, and 4 when the audit stops its plan."""
    _refuse_the_future(as_of)
    settings, progress = read_settings(file), Progress()
    options = batch.Options(as_of=as_of, seed=seed, retrain=retrain, accepted_by=accepted_by)
    try:
        facts = batch.run(settings, options, progress)
    except GateClosed as shut:
        if as_json:
            print_json({"published": False, "reasons": [asdict(one) for one in shut.reasons]})
        raise
    if as_json:
        print_json({key: value for key, value in facts.items() if key not in LARGE} | {"seconds": progress.seconds})
    else:
        typer.echo("\n".join(run_lines(facts)))
        next_command("duecare plan" if facts["plan"]["movers"] else "duecare report", file)
    hold_to_fairness(settings, facts["plan"])


def write_report(file: Path, out: Path, *, as_json: bool) -> None:
    """Write the last run's report, and that of its service where there are contacts; print where they are, and the headline."""
    from duecare.app import report

    settings = read_settings(file)
    with Runs.at(settings.records.warehouse, settings.base).read() as published:
        written = report.write(published.facts, out, demo=is_demo(settings.base))
        headline = report.headline(published.facts)
    measured = write_service(file, service_beside(out))
    if as_json:
        print_json({"report": str(written), "headline": headline, "service": None if measured is None else str(measured)})
    else:
        typer.echo("\n".join([headline, f"report: {written}", f"service: {measured}" if measured else "service: no contacts were read"]))
        next_command("duecare explain WHO", file)


def service_beside(out: Path) -> Path:
    """Return where the service report goes.

    >>> service_beside(Path("out/report.html")).as_posix()
    'out/report-service.html'
    """
    return out.with_name(f"{out.stem}-service{out.suffix}")


def write_service(file: Path, out: Path, *, quiet: bool = False) -> Path | None:
    """Write the service report; None where nobody ever asked for service."""
    from duecare.app import service
    from duecare.app.gathering import gathered
    from duecare.app.measuring import opened

    with opened(file, None, quiet=quiet) as known:
        return service.write(gathered(known), out) if len(known.read.log.contacts) else None


def is_demo(base: Path) -> bool:
    """Tell whether the settings lie in a shop that `duecare demo` made."""
    return (base / "truth" / "stories.json").exists()


def _refuse_the_future(as_of: datetime | None) -> None:
    """Nobody sees what has not happened; today, named as a day, may be looked at until now."""
    now = datetime.now(UTC)
    if as_of is not None and as_of > now and as_of != datetime.combine(now.date(), time.max, UTC):
        raise BadSettings(f"--as-of {as_of.isoformat()} has not come yet", mend="name a moment that has passed, or leave --as-of out")
