"""Bars: shares beside one another, each with its number written above it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from duecare.app.charts.svg import drawing, element, joined, share, text

HEAD, ROW, BAR = 38.0, 46.0, 11.0
"""Heights of the headings, of a row and of a bar, in pixels."""
GAP = 0.06
"""What lies between two columns, as a share of the width."""


class Heading(NamedTuple):
    """What stands above a column, and a remark under it."""

    words: str
    remark: str = ""


def bar_grid(
    name: str,
    rows: Sequence[str],
    columns: Sequence[Heading],
    values: Sequence[Sequence[float | None]],
    *,
    title: str,
    desc: str,
    inks: Sequence[float] | None = None,
    marks: Mapping[tuple[int, int], float] | None = None,
) -> Markup:
    """Draw a share for each row and column, all on one scale; a share may be negative or above 1.

    Args:
        name: begins the ids in the drawing.
        rows: their names.
        columns: their headings.
        values: for each row a share in each column, None where it cannot be said.
        title: what the drawing is.
        desc: what it shows.
        inks: how full the ink of each row is, 0 to 1; full when None.
        marks: shares to be marked by a stroke, at (row, column).
    """
    known = [value for line in values for value in line if value is not None]
    scale = _Scale(len(columns), min([0.0, *known]), max([1.0, *known]))
    heads = joined(_heading(scale, at, head) for at, head in enumerate(columns))
    names = joined(text(_short(row), x=-12, y=HEAD + ROW * at + 27, kind="row", anchor="end") for at, row in enumerate(rows))
    cells = [_cell(scale, r, c, value, (inks or [1.0] * len(rows))[r]) for r, line in enumerate(values) for c, value in enumerate(line)]
    strokes = [_mark(scale, r, c, value) for (r, c), value in (marks or {}).items()]
    return drawing(name, heads, names, *cells, *strokes, title=title, desc=desc, height=HEAD + ROW * len(rows), kind="grid")


def small_bar(part: float, *, title: str) -> Markup:
    """Draw one share of a whole as a bar of the full width, visible however small.

    >>> "25%" in small_bar(0.25, title="a quarter")
    True
    """
    track = element("rect", x=0, y=0, width="100%", height=6, class_="track", rx=2)
    bar = element("rect", x=0, y=0, width=share(min(max(part, 0.0), 1.0)), height=6, class_="bar", rx=2)
    least = element("rect", x=0, y=0, width=2 if part > 0 else 0, height=6, class_="bar")
    inside = [element("title", title), track, bar, least]
    return element("svg", *inside, role="img", aria_label=title, class_="smallbar", width="100%", height=6)


class _Scale(NamedTuple):
    columns: int
    low: float
    high: float

    def x(self, column: int, value: float) -> float:
        """Where *value* lies, as a share of the whole width."""
        wide = (1.0 - GAP * (self.columns - 1)) / self.columns
        return column * (wide + GAP) + wide * (value - self.low) / (self.high - self.low)


def _heading(scale: _Scale, at: int, head: Heading) -> Markup:
    x = share(scale.x(at, 0.0))
    return text(head.words, x=x, y=12, kind="head") + text(head.remark, x=x, y=27, kind="tick")


def _cell(scale: _Scale, row: int, column: int, value: float | None, ink: float) -> Markup:
    y = HEAD + ROW * row
    label = text("not known" if value is None else _said(value), x=share(scale.x(column, 0.0)), y=y + 15, kind="value")
    if value is None:
        return label
    track, kind = _bar(scale, column, (0.0, 1.0), y, "track", 1.0), ("bar", ink) if value >= 0 else ("loss", 1.0)
    return label + track + _bar(scale, column, (0.0, value), y, *kind)


def _bar(scale: _Scale, column: int, span: tuple[float, float], y: float, kind: str, ink: float) -> Markup:
    left, right = sorted(scale.x(column, value) for value in span)
    return element("rect", x=share(left), y=y + 21, width=share(right - left), height=BAR, class_=kind, fill_opacity=ink)


def _mark(scale: _Scale, row: int, column: int, value: float) -> Markup:
    x, y = share(scale.x(column, value)), HEAD + ROW * row + 18
    place = {"x1": x, "x2": x, "y1": y, "y2": y + BAR + 6}
    return element("line", **place, class_="halo") + element("line", **place, class_="mark")


def _said(value: float) -> str:
    return f"{100 * value:.1f} %".replace("-", "\N{MINUS SIGN}")


def _short(words: str, most: int = 11) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
