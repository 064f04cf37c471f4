"""Weeks: a share over weeks or months, one line a group."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from duecare.app.charts.svg import drawing, element, joined, points, stretched, text

TOP, TALL, FOOT = 16.0, 150.0, 24.0
"""Pixels above the lines, of the lines, and below them."""
DASHES = ("none", "7 4", "2 4", "9 3 2 3")
"""Lines are told apart without colour."""


def week_lines(name: str, weeks: Sequence[str], lines: Mapping[str, Sequence[float | None]], *, title: str, desc: str) -> Markup:
    """Draw percentages week by week, or month by month; where one is not known the line is broken.

    Args:
        name: begins the ids in the drawing.
        weeks: their names, oldest first.
        lines: for each group one percentage a week.
        title: what the drawing is.
        desc: what it shows.
    """
    height = TOP + TALL + FOOT
    levels = joined(_level(at) for at in (0, 25, 50, 75, 100))
    drawn = [_line(values, DASHES[at % len(DASHES)]) for at, values in enumerate(lines.values())]
    ends = (
        [text(weeks[0], x=0, y=height - 6, kind="tick"), text(weeks[-1], x="100%", y=height - 6, kind="tick", anchor="end")]
        if weeks
        else []
    )
    inside = stretched(*drawn, y=0, height=height)
    return drawing(name, levels, inside, *ends, title=title, desc=desc, height=height, kind="weeks")


def _y(percent: float) -> float:
    return TOP + TALL * (1 - percent / 100)


def _level(percent: int) -> Markup:
    line = element("line", x1=0, x2="100%", y1=_y(percent), y2=_y(percent), class_="level")
    return line + text(f"{percent} %", x=-10, y=_y(percent) + 4, kind="tick", anchor="end")


def _line(values: Sequence[float | None], dashes: str) -> Markup:
    """Pieces of a line between weeks that are not known; a week alone is a dot."""
    step = 1 / max(len(values) - 1, 1)
    pieces = [list(group) for known, group in groupby(enumerate(values), key=lambda pair: pair[1] is not None) if known]
    return joined(_piece([(at, value) for at, value in piece if value is not None], step, dashes) for piece in pieces)


def _piece(piece: Sequence[tuple[int, float]], step: float, dashes: str) -> Markup:
    xs = [at * step for at, _ in piece]
    if len(xs) == 1:
        xs = [max(xs[0] - 0.002, 0.0), min(xs[0] + 0.002, 1.0)]
    ys = [_y(value) for _, value in (piece if len(piece) > 1 else [piece[0], piece[0]])]
    return element("polyline", points=points(xs, ys), class_="rise", stroke_dasharray=dashes, vector_effect="non-scaling-stroke")
