"""Held to the past: how well each model told the best customers before, which was chosen, and whether it kept its word."""

from markupsafe import Markup

from duecare.app.charts import Heading, bar_grid
from duecare.app.report.said import Row, Said
from duecare.app.report.sections import Figure
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import UNKNOWN, capital, count, day, many, percent


def past_figure(said: Said) -> Figure:
    """What customers of each tenth were expected to spend, beside what they spent, in the latest window."""
    past = said.part("past")
    if not past or not past.get("scores"):
        return Figure(name="past", headline="No model could be held to the past.", missing=_why_not(said))
    sentence = capital(f"{chosen(past)}.")
    return Figure(
        name="past", headline=sentence, drawing=_calibration(past, sentence), tables=[_scores_table(past), _calibration_table(said, past)]
    )


def chosen(past: Row) -> str:
    """Say in a sentence what was chosen, and why."""
    if past["champion"] is None:
        return "no model was chosen, for none is surely ahead of drawing lots, so everybody is expected to be worth the same"
    best, score = past["scores"][0], next(one for one in past["scores"] if one["model"] == past["champion"])
    captures = f"the tenth that it puts first spent {percent(score['captured'])} of what the truly best tenth did"
    if best["model"] == past["champion"]:
        return f"{past['champion']} was chosen: {captures}"
    return f"{past['champion']} was chosen: {captures}, and {best['model']} is not surely ahead of it"


def held(said: Said) -> str:
    """Say which days of the past were taken as if they were today."""
    past = said.part("past")
    if not past or not past.get("windows"):
        return ""
    windows = [f"{window['days']} days from {day(window['from'])}" for window in past["windows"]]
    them = f"{many(past['customers'], 'customer')}, for {'; '.join(windows)}"
    return f"Each model was fitted to what was known on a day of the past, and held to what came after: {them}."


def _why_not(said: Said) -> str:
    notes = (said.part("past") or {}).get("notes") or ()
    return f"{capital(notes[0])}." if notes else "The run held no model to its past, because nobody could be valued."


def _calibration(past: Row, sentence: str) -> Markup:
    tenths = past["calibration"]
    expected, spent = (sum(float(one[name]) for one in tenths) or 1.0 for name in ("expected", "spent"))
    return bar_grid(
        "past",
        [f"{'Lowest' if at == 0 else 'Highest' if at == len(tenths) - 1 else at + 1}" for at in range(len(tenths))],
        [Heading("Expected", "share of all that was expected"), Heading("Spent", "share of all that was spent")],
        [[float(one["expected"]) / expected, float(one["spent"]) / spent] for one in tenths],
        title="What tenths of customers were expected to spend, and what they spent",
        desc=sentence,
    )


def _scores_table(past: Row) -> Table:
    columns = [Column(head="model"), Column(head="captured", show=percent, term="captured"), Column(head="behind the best", show=percent)]
    columns += [Column(head="at least", show=percent), Column(head="at most", show=percent)]
    columns += [Column(head="expected over spent", show=_ratio)]
    rows = [[one["model"], one["captured"], one["behind_best"], *one["behind_95"], one["bias"]] for one in past["scores"]]
    lot: list[float | str | None] = ["drawing lots", past["chance"], None, None, None, 1.0]
    return Table(name="models", caption="Models, the best first; how far behind is 95 % sure", columns=columns, rows=[*rows, lot])


def _calibration_table(said: Said, past: Row) -> Table:
    money = said.money
    columns = [Column(head="tenth, lowest first", show=count)]
    columns += [Column(head=f"{word} each, {money.code}", show=money.full) for word in ("expected", "spent")]
    rows = [[at, one["expected"], one["spent"]] for at, one in enumerate(past["calibration"], 1)]
    return Table(name="calibration", caption="Tenths of customers by what was expected of them", columns=columns, rows=rows)


def _ratio(ratio: float | None) -> str:
    return UNKNOWN if ratio is None else f"{ratio:.2f}"
