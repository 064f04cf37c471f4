"""The past, told: how every model did on the book's own past, which was chosen and why."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from duecare.app.report.held import chosen
from duecare.app.report.wording import many, percent
from duecare.app.settings import read_settings
from duecare.app.shown import print_json
from duecare.records import Runs
from duecare.words import BadRows

if TYPE_CHECKING:
    from duecare.value.backtest import Backtest

EPOCH = date(1970, 1, 1)


def past_facts(past: "Backtest") -> dict[str, Any]:
    """Return what a backtest found, for a run's facts: windows as days, the rest as it is."""
    windows = [{"from": (EPOCH + timedelta(days=day)).isoformat(), "days": days} for day, days in past.windows]
    return asdict(past) | {"windows": windows}


def past_lines(past: Mapping[str, Any]) -> list[str]:
    """Say how the models did, as text."""
    if not past["scores"]:
        return [*past["notes"]]
    held = ", ".join(f"{window['days']} days from {window['from']}" for window in past["windows"])
    return [
        f"held to the past of {many(past['customers'], 'customer')}: {held}",
        "",
        f"{'model':<16}{'captured':>10}{'behind the best, 95 %':>26}{'total':>8}",
        *(_score_line(score) for score in past["scores"]),
        f"{'by lot':<16}{percent(past['chance']):>10}",
        "",
        chosen(past),
        *(f"note: {note}" for note in past["notes"]),
        "",
        "tenths of customers, those expected to spend least first: expected and spent, on the average",
        *(f"{place:>4}{tenth['expected']:>14,.2f}{tenth['spent']:>14,.2f}" for place, tenth in enumerate(past["calibration"], 1)),
    ]


def _score_line(score: Mapping[str, Any]) -> str:
    low, high = score["behind_95"]
    behind = "best" if score["behind_best"] == 0.0 else f"{percent(score['behind_best'])} ({percent(low)} to {percent(high)})"
    return f"{score['model']:<16}{percent(score['captured']):>10}{behind:>26}{score['bias']:>7.2f}x"


def tell_past(file: Path, *, as_json: bool) -> None:
    """Print how the models did in the latest run."""
    settings = read_settings(file)
    with Runs.at(settings.records.warehouse, settings.base).read() as published:
        past: Any = published.facts.get("past")
    if past is None:
        raise BadRows("no model was held to its past in the latest run", mend="duecare backtest FILE, for any table of transactions")
    if as_json:
        print_json({"past": past})
    else:
        typer.echo("\n".join(past_lines(past)))
