"""Segments: how many customers bear each name, and who moved between names in a year."""

from collections.abc import Sequence

from duecare.app.report.said import Row, Said
from duecare.app.report.tables import Column, Table
from duecare.app.report.wording import count, day, many, percent

NEW, LEFT = "had not bought yet", "no customer any more"


def segments_table(said: Said) -> Table | None:
    """Return the segments with their customers, None where the run named none."""
    rows = said.found("segments").get("counts") or ()
    if not rows:
        return None
    columns = [Column(head="segment", term="segment"), Column(head="customers", show=count, term="customer")]
    columns += [
        Column(head="of its definition", show=count),
        Column(head=f"revenue, {said.money.code}", show=said.money.full, term="revenue"),
    ]
    kept = [row for row in rows if row["customers"] or row["defined"] or row["segment"] != "Others"]
    return Table(
        name="segments",
        caption="Named segments; the first that holds gives the name",
        columns=columns,
        rows=[[row[name] for name in ("segment", "customers", "defined", "revenue")] for row in kept],
    )


def moved(said: Said) -> str:
    """Say how many customers bear another name than a year before."""
    moves, before = _moves(said), said.found("segments").get("before")
    old = sum(move["customers"] for move in moves if move["before"] is not None)
    if not old:
        return f"Nobody had bought a year before, on {day(before)}, so nobody can have moved." if before else ""
    stayed = sum(move["customers"] for move in moves if move["before"] == move["now"])
    new = sum(move["customers"] for move in moves if move["before"] is None)
    fresh = f", and {many(new, 'customer is', 'customers are')} new" if new else ""
    return f"Of {many(old, 'customer')} who had bought by {day(before)}, {percent(stayed / old)} are in the segment they were in{fresh}."


def transition_table(said: Said) -> Table | None:
    """Return where the customers of each segment went in a year, as shares of the segment; None where nobody had bought."""
    moves = _moves(said)
    if not any(move["before"] is not None for move in moves):
        return None
    to = _order(said, {move["now"] for move in moves})
    rows = [_row(moves, come, to) for come in _order(said, {move["before"] for move in moves})]
    columns = [Column(head="a year before", term="transition"), Column(head="customers", show=count)]
    columns += [Column(head=LEFT if name is None else name, show=percent) for name in to]
    return Table(
        name="segment-moves",
        caption="Where each segment went: down the side the segment a year before, along the top the segment now",
        columns=columns,
        rows=rows,
    )


def _moves(said: Said) -> Sequence[Row]:
    return said.found("segments").get("moves") or ()


def _order(said: Said, names: set[str | None]) -> list[str | None]:
    """Segments in the order of the preset, who has none last."""
    known = [row["segment"] for row in said.found("segments").get("counts") or ()]
    return [*(name for name in known if name in names), *([None] if None in names else [])]


def _row(moves: Sequence[Row], come: str | None, to: Sequence[str | None]) -> list[float | str | None]:
    mine = {move["now"]: move for move in moves if move["before"] == come}
    return [
        NEW if come is None else come,
        sum(move["customers"] for move in mine.values()),
        *(mine[go]["share"] if go in mine else 0.0 for go in to),
    ]
