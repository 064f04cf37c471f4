"""The commands on single files: who is who, what each is worth, and how well that could be told; nothing else is kept."""

from pathlib import Path
from typing import Annotated

import typer

from duecare.app.options import DEFAULT, AsOf, Json, Seed, SettingsFile, moment

# ruff: noqa: FBT002 - an option of a command is named where it is used

Transactions = Annotated[
    Path, typer.Argument(metavar="FILE", help="Who bought, when and for how much: CSV, Parquet, a workbook or JSON lines.")
]
Means = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="COLUMN=HEADER,...", help="What is what: customer_id, date, amount, profit, cost; found when left out."),
]
Horizon = Annotated[int, typer.Option("--horizon-days", min=1, max=36_525, help="How far ahead is asked for, in days.")]


def link(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A table of people: CSV, Parquet, a workbook or JSON lines.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write record_id, customer_id, confidence: .csv or .parquet.")],
    id_column: Annotated[
        str | None, typer.Option("--id", metavar="HEADER", help="The record's id; found, or the number of the row, when left out.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=HEADER,...", help="What is what, as given_name=first_name; found when left out."),
    ] = None,
    threshold: Annotated[float, typer.Option(min=0.01, max=0.99, help="Records become one customer from this probability on.")] = 0.5,
    country: Annotated[
        str | None, typer.Option(metavar="CC", help="Whose dialling rules hold for numbers without a country, as DE.")
    ] = None,
    model: Annotated[Path | None, typer.Option("--model", metavar="JSON", help="Weigh by this model instead of learning one.")] = None,
    save_model: Annotated[Path | None, typer.Option("--save-model", metavar="JSON", help="Write the model here.")] = None,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Find out who is one customer with whom in any table of people, and write it; nothing else is kept."""
    from duecare.app.handed import read_mapping
    from duecare.app.linking import Asked, link_file

    asked = Asked(
        file=file,
        out=out,
        id_column=id_column,
        columns=read_mapping(mapping or []),
        threshold=threshold,
        country=country.upper() if country else None,
        seed=seed,
        model=model,
        save_model=save_model,
    )
    link_file(asked, as_json=json)


def value(
    file: Transactions,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write what each customer is worth: .csv or .parquet.")],
    as_of: AsOf = None,
    horizon_days: Horizon = 365,
    mapping: Means = None,
    discount_percent: Annotated[
        float, typer.Option("--discount-percent", min=0.0, max=1000.0, help="What a year of waiting takes off a sum, in per cent.")
    ] = 10.0,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Say what each customer is worth, from any table of transactions, with how sure that is; nothing else is kept."""
    from duecare.app.handed import read_mapping
    from duecare.app.valuing import Asked, value_file

    columns, day = read_mapping(mapping or []), moment(as_of)
    rate = discount_percent
    asked = Asked(file=file, columns=columns, as_of=day, horizon_days=horizon_days, discount_percent_per_year=rate, seed=seed, out=out)
    value_file(asked, as_json=json)


def backtest(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A table of transactions; how the models did in the latest run when left out.")
    ] = None,
    as_of: AsOf = None,
    horizon_days: Horizon = 365,
    mapping: Means = None,
    seed: Seed = 1,
    settings: SettingsFile = DEFAULT,
    json: Json = False,
) -> None:
    """Tell how well each model would have told the best customers on the book's own past, and which was chosen."""
    from duecare.app.handed import read_mapping
    from duecare.app.past import tell_past

    if file is None:
        return tell_past(settings, as_json=json)
    from duecare.app.valuing import Asked, backtest_file

    asked = Asked(file=file, columns=read_mapping(mapping or []), as_of=moment(as_of), horizon_days=horizon_days, seed=seed)
    return backtest_file(asked, as_json=json)


COMMANDS = (link, value, backtest)
