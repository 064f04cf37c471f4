"""Firm: how many customers would stand in another tier if the valuation supposed something else."""

from duecare.app.report.said import Row, Said
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import count, percent

TERMS = {
    "horizon_months": ("horizon", "{:g} months"),
    "discount_percent_per_year": ("discount", "{:g} % a year"),
    "referral_cap_percent": ("cap on referrals", "{:g} %"),
}


def sentence(said: Said) -> str:
    """Name the change that would move the most customers."""
    rows = [row for row in said.found_rows("sensitivity") if row["customers"]]
    if not rows:
        return ""
    most = max(rows, key=lambda row: (row["tiers"], row["top_tenth"]))
    if not most["tiers"]:
        return "No other horizon, discount or cap on referrals that was tried would give any customer another tier."
    moved = percent(most["tiers"] / most["customers"])
    return f"Most would change with a {_name(most)} of {_value(most, 'otherwise')} instead of {_value(most, 'now')}: {moved} of customers with a CLV."


def table(said: Said) -> Table | None:
    """Return for each changed term who would earn another tier, and who would leave the highest tenth."""
    rows = said.found_rows("sensitivity")
    if not rows:
        return None
    columns = [
        Column(head="otherwise"),
        Column(head="now"),
        Column(head="another tier", show=count),
        Column(head="of all valued", show=percent),
    ]
    columns += [Column(head="leave the highest tenth", show=count)]
    return Table(name="sensitivity", caption="The same customers under other terms", columns=columns, rows=[_row(row) for row in rows])


def _row(row: Row) -> list[float | str | None]:
    share = row["tiers"] / row["customers"] if row["customers"] else None
    return [f"{_name(row)}: {_value(row, 'otherwise')}", _value(row, "now"), row["tiers"], share, row["top_tenth"]]


def _name(row: Row) -> str:
    return TERMS[row["term"]][0]


def _value(row: Row, key: str) -> str:
    return TERMS[row["term"]][1].format(row[key])
