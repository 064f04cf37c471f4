"""The command line: each command is one door, thin, with its reason to exist in its first line.

Results go to standard output, progress and advice to standard error. Imports are late, so
that `duecare --help` answers at once. Exit codes: 0 ok, 1 error, 2 usage, 3 a promise or data
gate is broken, 4 a fairness or safety guard stopped it, 130 and 143 interrupted.
"""

import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from duecare.app.desk_cli import DESK, desk
from duecare.app.file_cli import COMMANDS
from duecare.app.identity_cli import identity
from duecare.app.measure_cli import MEASURE
from duecare.app.options import DEFAULT, AsOf, Json, Seed, SettingsFile, moment, zoned
from duecare.app.people_cli import people
from duecare.app.policy_cli import policy
from duecare.app.privacy_cli import PRIVACY
from duecare.app.quality_cli import quality, tasks
from duecare.app.segments_cli import segment
from duecare.app.tiers_cli import TIERS
from duecare.words import DuecareError

# ruff: noqa: FBT002 - an option of a command is named where it is used

app = typer.Typer(
    name="duecare",
    help="Give every customer the care they are due: from a folder of exports to tiers with reasons.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich's own takes longer to import than all the rest
    context_settings={"help_option_names": ["-h", "--help"]},
)

Retrain = Annotated[
    bool, typer.Option("--retrain", help="Learn anew how records agree, and decide afresh who is one customer; what people decided stands.")
]


def _say_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    """Print the version and stop."""
    if wanted:
        from duecare import __version__

        typer.echo(f"duecare {__version__}")
        raise typer.Exit


@app.callback()
def any_command(
    version: Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and stop.")] = False,
) -> None:
    """Give every customer the care they are due: from a folder of exports to tiers with reasons."""


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the shop is made.")] = Path("demo"),
    customers: Annotated[int, typer.Option(min=200, max=10_000_000, help="How many customers it has.")] = 20_000,
    effect: Annotated[float, typer.Option(help="How strongly waits and broken promises drive customers away; 0 for not at all.")] = 1.0,
    seed: Seed = 1,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Open the report in a browser at the end, when there is a person at a terminal.")
    ] = True,
    json: Json = False,
) -> None:
    """Make a shop with planted stories and known truth, and walk it from exports to the report."""
    from duecare.app.showcase import showcase

    showcase(directory, customers=customers, effect=effect, seed=seed, browse=serve, as_json=json)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file, or a folder of exports.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a duecare.toml that is there.")] = False,
    json: Json = False,
) -> None:
    """Look at your exports and write duecare.toml: which table each file is, which column is what, what was assumed."""
    from duecare.app.start import start

    start(path, Path.cwd(), force=force, as_json=json)


@app.command()
def check(settings: SettingsFile = DEFAULT, json: Json = False) -> None:
    """Read the exports and say whether the data are ready; nothing is kept. Exit code 3 when they are not."""
    from duecare.app.readiness import check_data

    raise typer.Exit(check_data(settings, as_json=json))


@app.command()
def run(
    settings: SettingsFile = DEFAULT,
    as_of: AsOf = None,
    seed: Seed = 1,
    retrain: Retrain = False,
    accept_changes: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Publish even if who is who moved further than [gate] lets pass; NAME answers for it in the audit chain."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Walk from exports to customers, values and proposed tiers, and publish; no assignment changes. Exit code 3 when who is who moved too much, 4 when the fairness audit stops its plan."""
    from duecare.app.doors import run_batch

    run_batch(settings, as_of=moment(as_of), seed=seed, retrain=retrain, accepted_by=accept_changes, as_json=json)


@app.command()
def explain(
    who: Annotated[str, typer.Argument(metavar="WHO", help="Any identifier: customer id, e-mail, phone, order, user name, loyalty card.")],
    other: Annotated[
        str | None,
        typer.Option(
            "--with", metavar="OTHER", help="Another one, or a record as SOURCE:NUMBER: tell why the two are one customer, or two."
        ),
    ] = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Tell all about one customer: who they are, what they did, what they are worth and why they have their tier; or why two are one or two."""
    if other is not None:
        from duecare.app.pairs import explain_pair

        explain_pair(who, other, settings, as_json=json)
        return
    from duecare.app.explain import explain_customer

    explain_customer(who, settings, as_json=json)


@app.command()
def report(
    settings: SettingsFile = DEFAULT,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write it.")] = Path("report.html"),
    json: Json = False,
) -> None:
    """Write what the last run found as one HTML file that needs no network, and what was measured of service as another beside it."""
    from duecare.app.doors import write_report

    write_report(settings, out, as_json=json)


@app.command()
def curves(
    of: Annotated[
        str, typer.Option("--of", help="The measure: revenue, profit, clv, contacts ... as docs/settings.md lists them.")
    ] = "profit",
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Tell how unequal customers are: what the top hold, the tenths and Gini of any measure."""
    from duecare.app.curving import tell_curves

    tell_curves(settings, of, as_json=json)


@app.command()
def selves(
    by: Annotated[str, typer.Option("--by", help="brand, outlet, category, channel, source, city or country.")] = "brand",
    level: Annotated[str, typer.Option("--level", help="For whom: person, household or account.")] = "person",
    as_of: AsOf = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write one row for each of them and self: .csv or .parquet.")] = None,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Tell what customers are to each brand, outlet or product: what they bought there, and what they are worth by it."""
    from duecare.app.parting import tell_selves

    tell_selves(settings, by=by, level=level, as_of=moment(as_of), out=out, as_json=json)


for command in (*COMMANDS, *TIERS, *MEASURE, tasks, *DESK, *PRIVACY):
    app.command()(command)


@app.command()
def doctor(
    settings: SettingsFile = DEFAULT,
    finish_migrations: Annotated[
        bool, typer.Option("--finish-migrations", help="Run the halves that wait until every program is updated.")
    ] = False,
    json: Json = False,
) -> None:
    """Look whether everything is sound: versions, settings, stores, the ledger of identities, the audit chain, room on the disk."""
    from duecare.app.doctor import examine

    raise typer.Exit(examine(settings, finish_migrations=finish_migrations, as_json=json))


@app.command()
def schema() -> None:
    """Print the JSON Schema of duecare.toml, for editors."""
    from duecare.app.schema import schema as whole
    from duecare.app.shown import print_json

    print_json(whole())


promises = typer.Typer(help="Draft promises from what customers lately got.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(promises, name="promises")
app.add_typer(desk, name="desk")
app.add_typer(identity, name="identity")
app.add_typer(policy, name="policy")
app.add_typer(people, name="people")
app.add_typer(quality, name="quality")
app.add_typer(segment, name="segment")


@promises.command()
def suggest(
    settings: SettingsFile = DEFAULT,
    days: Annotated[int, typer.Option(min=7, max=3660, help="How far back to look.")] = 90,
    calendar: Annotated[
        str | None, typer.Option(help="A name under [calendars] whose open minutes count; the only one when left out.")
    ] = None,
    json: Json = False,
) -> None:
    """Draft each tier's targets and the guarantee, as lines for duecare.toml, from what customers lately got."""
    from duecare.app.promising import suggest_promises

    suggest_promises(settings, days=days, calendar=calendar, as_json=json)


@app.command()
def clock(
    calendar: Annotated[Path, typer.Argument(metavar="CALENDAR", help="A calendar as JSON or TOML.", exists=True, dir_okay=False)],
    start: Annotated[str, typer.Argument(metavar="START", help="A moment with its zone, as 2026-10-31T18:00+01:00.")],
    end: Annotated[str | None, typer.Argument(metavar="[END]", help="Another one.")] = None,
    due: Annotated[
        float | None, typer.Option(metavar="MINUTES", min=0, help="Say when so many open minutes will have passed, instead.")
    ] = None,
    json: Json = False,
) -> None:
    """Tell how many open minutes lie between two moments, or when so many will have passed."""
    from duecare.app.promising import tell_time

    if (end is None) == (due is None):
        raise typer.BadParameter("give either an END or --due MINUTES")
    tell_time(calendar, zoned(start), zoned(end) if end else None, minutes=due, as_json=json)


def main() -> None:
    """Run the command line; what goes wrong is told in a sentence, with its mend."""
    got: list[int] = []
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # it has none of ours, and reads every package's metadata to look for them
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that have nothing to do must not burn what others need
    with _listening(got):
        try:
            app()
        except BaseException as error:
            if got:  # whatever an engine made of it on its way
                _tell("interrupted; the last published result stands")
                sys.exit(128 + got[0])
            if not isinstance(error, Exception):
                raise
            sys.exit(_ending(error))


@contextmanager
def _listening(got: list[int]) -> Generator[None]:
    """End in good order when the person or the system says so, so that drafts are removed; *got* takes the signal's number."""
    if threading.current_thread() is not threading.main_thread():  # only that one may listen
        yield
        return

    def stop(number: int, _: object) -> None:
        got.append(number)
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    heard = [
        number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN
    ]  # a script may have it ignored
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ending(error: Exception) -> int:
    """Tell what went wrong and return the exit code."""
    if isinstance(error, DuecareError):
        _tell(str(error))
        return error.exit_code
    if isinstance(error, OSError):
        what, where = (error.strerror or "the system refused").lower(), error.filename or f"a file, at work in {Path.cwd()}"
        return _tell(f"{what}: {where}.\n  To mend: check the disk and its permissions.")
    if os.environ.get("DUECARE_TRACEBACK"):
        raise error
    return _tell(
        f"this is a fault of Duecare's own ({type(error).__name__} in {_where(error)}).\n  To mend: set DUECARE_TRACEBACK=1, run again and report what it prints."
    )


def _tell(what: str) -> int:
    typer.echo(f"duecare: {what}", err=True)
    return 1


def _where(error: BaseException) -> str:
    """The innermost line of our own that an error went through; never its text, which may hold personal data."""
    import traceback

    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "duecare" in Path(frame.filename).parts]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
