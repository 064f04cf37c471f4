"""Configuring at the door: a desk's rules are brought to what duecare.toml says, what somebody changed there is told, tickets are touched."""

import getpass
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from duecare.app.desking import HOME, ORGANIZATIONS, past_levels, reached, terms_of
from duecare.app.report.wording import many
from duecare.app.settings import Settings, read_settings
from duecare.app.shown import next_command, print_json
from duecare.helpdesk import rt_check, rt_rules, zendesk_rules
from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.configure import Configuration, Layout
from duecare.helpdesk.desks import Opened
from duecare.helpdesk.ledger import Ledger
from duecare.helpdesk.made import Shelf
from duecare.helpdesk.objects import Wanted
from duecare.helpdesk.serving import Serving
from duecare.helpdesk.turn import turn
from duecare.helpdesk.zendesk_touch import touch_open_tickets, touch_tag
from duecare.records import Book, open_book, record
from duecare.words import BadSettings

DRIFTED = 3
"""The exit code when somebody has changed what Duecare made."""
LATE = "rules and promises that are new reach tickets that are open already on their next event; duecare desk touch {name} has them reached now"
FIELDS_FILE, SETTINGS_FILE = "duecare-rt.pl", "99-duecare.pm"


def apply_rules(name: str, file: Path, *, remove: bool, dry_run: bool, as_json: bool) -> None:
    """Bring the desk's rules to what duecare.toml says, or say what that would do."""
    settings = read_settings(file)
    if terms_of(settings, name).kind == "rt":
        with open_book(settings.records.book, settings.base) as book:
            serving = _serving(settings, name, book, None)
        _write_rt(name, settings, serving, file, dry_run=dry_run, as_json=as_json)
        return
    with open_book(settings.records.book, settings.base) as book, reached(settings, name, book) as (desk, carrier):
        configuration = _configuration(desk, carrier, book, name)
        serving = _serving(settings, name, book, configuration)
        wanted = [] if remove else _compiled(settings, name, serving)
        with nullcontext() if dry_run else turn(book, name, carrier):
            layout = configuration.look(wanted) if dry_run else configuration.apply(wanted)
        if layout.steps and not dry_run:
            _note(book, "desk apply", {"desk": name, "steps": len(layout.steps)})
    untold = [] if remove or terms_of(settings, name).kind == ORGANIZATIONS else zendesk_rules.untold(serving)
    if as_json:
        print_json(_facts(name, layout) | {"dry_run": dry_run, "not_watched": untold})
        return
    typer.echo("\n".join(_steps(name, layout, untold, dry_run=dry_run)))
    next_command(f"duecare desk apply {name}" if dry_run and layout.steps else f"duecare push {name} --dry-run", file)


def tell_drift(name: str, file: Path, *, as_json: bool) -> int:
    """Print what somebody changed of what Duecare made, and return the exit code: 3 if anything was."""
    settings = read_settings(file)
    with open_book(settings.records.book, settings.base) as book, reached(settings, name, book) as (desk, carrier):
        if terms_of(settings, name).kind == "rt":
            return _tell_rt(name, carrier, file, as_json=as_json)
        configuration = _configuration(desk, carrier, book, name)
        layout = configuration.look(_compiled(settings, name, _serving(settings, name, book, configuration)))
    if as_json:
        print_json(_facts(name, layout))
    else:
        for one in layout.drift:
            typer.echo(f"{one.kind} {one.name!r} was {'changed: ' + ', '.join(one.differs) if one.differs else 'taken away'}")
        typer.echo(
            f"{name}: {many(len(layout.drift), 'object')} changed by others; {many(len(layout.steps), 'object')} not as duecare.toml says, {layout.unchanged:,} as it says"
        )
        next_command(f"duecare desk apply {name}" if layout.steps else f"duecare push {name} --dry-run", file)
    return DRIFTED if layout.drift else 0


def touch(name: str, file: Path, *, yes: bool, as_json: bool) -> None:
    """Have open tickets take rules and promises that are new."""
    settings = read_settings(file)
    if terms_of(settings, name).kind != "zendesk":
        raise BadSettings(f"tickets of {name} need no touch", mend="rules hold there at once, or for new tickets alone")
    if not yes and not typer.confirm("every open ticket is updated, and every trigger of the desk is asked, others' too. Go on?", err=True):
        return
    with open_book(settings.records.book, settings.base) as book:
        with reached(settings, name, book) as (_, carrier), turn(book, name, carrier):
            touched = touch_open_tickets(carrier.send, carrier.sleep, _touch_tag(book, name))
        _note(book, "desk touch", {"desk": name, "tickets": touched})
    if as_json:
        print_json({"desk": name, "touched": touched})
        return
    typer.echo(f"{many(touched, 'open ticket')} of {name} touched.")
    next_command(f"duecare pull {name}", file)


def _touch_tag(book: Book, name: str) -> str:
    """The tag that stands for the state of rules and profiles."""
    ledger = Ledger(book, name)
    if ledger.left():
        raise BadSettings("a push was cut off, so levels may be on their way", mend=f"duecare push {name}, then touch")
    return touch_tag([*(one.applied for one in Shelf(book, name).made().values()), ledger.last_run()])


def _compiled(settings: Settings, name: str, serving: Serving) -> list[Wanted]:
    organizations = terms_of(settings, name).kind == ORGANIZATIONS
    return zendesk_rules.of_organizations(serving) if organizations else zendesk_rules.compiled(serving)


def _configuration(desk: Opened, carrier: Carrier, book: Book, name: str) -> Configuration:
    if desk.objects is None:
        raise BadSettings(f"the desk {name!r} has no rules that can be written", mend="desks of kind zendesk and rt have")
    return Configuration(desk=desk.objects, shelf=Shelf(book, name), carrier=carrier, ordered=desk.ordered)


def _serving(settings: Settings, name: str, book: Book, configuration: Configuration | None) -> Serving:
    """What the desk is configured by, its groups and agents by their numbers."""
    terms = terms_of(settings, name)
    serving = Serving(
        tiers=settings.policy.names[:-1],
        past=past_levels(settings, book),
        promises=settings.promises,
        calendars=settings.calendars,
        zones=terms.zones,
        today=datetime.now(UTC).date(),
    )
    if configuration is None:
        return serving
    return replace(serving, groups=_numbered(configuration, "group", terms.groups), agents=_numbered(configuration, "agent", terms.agents))


def _numbered(configuration: Configuration, kind: str, named: Mapping[str, str]) -> dict[str, str]:
    """Level -> the desk's number of what the settings name."""
    numbers = configuration.numbers(kind, dict.fromkeys(named.values())) if named else {}
    return {tier: numbers[name] for tier, name in named.items()}


def _note(book: Book, kind: str, detail: dict[str, Any]) -> None:
    with book.write() as transaction:
        record(transaction, actor=getpass.getuser(), kind=kind, detail=detail, at=datetime.now(UTC))


def _facts(name: str, layout: Layout) -> dict[str, Any]:
    return {
        "desk": name,
        "plan": layout.hash,
        "steps": [asdict(one) for one in layout.steps],
        "drift": [asdict(one) for one in layout.drift],
        "unchanged": layout.unchanged,
        "asked_before_ours": list(layout.before),
    }


def _steps(name: str, layout: Layout, untold: Sequence[str], *, dry_run: bool) -> list[str]:
    """A layout in words."""
    verbs = {"create": "make", "update": "change", "delete": "take away", "adopt": "know again"}
    lines = [
        f"{verbs[one.action]} {one.kind} {one.name!r}{': ' + ', '.join(one.differs) if one.differs else ''} - {one.says}"
        for one in layout.steps
    ]
    lines += [f"note: {one}" for one in untold]
    lines += [f"note: asked before Duecare's, where the first that fits is taken: {', '.join(layout.before)}"] if layout.before else []
    lines += [f"note: {LATE.format(name=name)}"] if any(one.kind in {"trigger", "sla_policy"} for one in layout.steps) else []
    done = "would be done" if dry_run else "done"
    return [*lines, f"{name}: {many(len(layout.steps), 'step')} {done}, {layout.unchanged:,} objects as they should be."]


def _write_rt(name: str, settings: Settings, serving: Serving, file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Write the two files that an administrator of Request Tracker loads."""
    home = settings.base / HOME / name
    texts = {FIELDS_FILE: rt_rules.fields_file(serving, FIELDS_FILE), SETTINGS_FILE: rt_rules.settings_file(serving)}
    if not dry_run:
        home.mkdir(parents=True, exist_ok=True)
        for one, text in texts.items():
            (home / one).write_text(text, "utf-8")
    if as_json:
        print_json({"desk": name, "dry_run": dry_run, "files": [str(home / one) for one in texts], "not_watched": rt_rules.untold(serving)})
        return
    typer.echo(
        "\n".join(
            [f"{'would write' if dry_run else 'wrote'} {home / one}" for one in texts]
            + [f"note: {one}" for one in rt_rules.untold(serving)]
        )
    )
    typer.echo(
        f"as RT's administrator: rt-setup-database-5 --action insert --datafile {FIELDS_FILE}; put {SETTINGS_FILE} into RT_SiteConfig.d and restart RT."
    )
    next_command(f"duecare desk drift {name}", file)


def _tell_rt(name: str, carrier: Carrier, file: Path, *, as_json: bool) -> int:
    lacking = list(rt_check.lacking(carrier.send(rt_check.ask())))
    if as_json:
        print_json({"desk": name, "lacking": lacking})
    else:
        typer.echo(f"{name} has not: {', '.join(lacking)}" if lacking else f"{name} has all fields that profiles and tickets need.")
        next_command(f"duecare desk apply {name}" if lacking else f"duecare push {name} --dry-run", file)
    return DRIFTED if lacking else 0
