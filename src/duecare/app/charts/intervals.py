"""Intervals: an estimate with what it may as well be, line under line, against a stroke that they are held to."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from duecare.app.charts.svg import drawing, element, joined, share, text

ROW, HEAD, FOOT = 40.0, 8.0, 26.0
"""Heights of a line, of what is above the first and of the scale, in pixels."""
TICKS = 5


class Interval(NamedTuple):
    """One line."""

    words: str
    value: float
    low: float
    high: float
    kind: str = "bar"
    """`bar`, or `loss` for what should not be."""
    mark: float | None = None
    """What this line is held to, where each has its own."""


def interval_plot(
    name: str, lines: Sequence[Interval], *, unit: str, title: str, desc: str, zero: float | None = 0.0, decimals: int = 0
) -> Markup:
    """Draw estimates with their intervals on one scale.

    Args:
        name: begins the ids in the drawing.
        lines: from above to below, at least one.
        unit: stands behind each number of the scale.
        title: what the drawing is.
        desc: what it shows.
        zero: a stroke through all lines; none when None.
        decimals: of the numbers.
    """
    ends = [end for one in lines for end in (one.low, one.high, one.mark) if end is not None] + ([zero] if zero is not None else [])
    scale = _Scale(*_spread(min(ends), max(ends)))
    height = HEAD + ROW * len(lines) + FOOT
    strokes = [] if zero is None else [_stroke(scale, zero, HEAD, height - FOOT, "axis")]
    ticks = joined(_tick(scale, at, height, unit, decimals) for at in scale.ticks)
    rows = [_line(scale, at, one, unit, decimals) for at, one in enumerate(lines)]
    return drawing(name, ticks, *strokes, *rows, title=title, desc=desc, height=height, kind="intervals")


class _Scale(NamedTuple):
    low: float
    high: float

    def x(self, value: float) -> str:
        return share((value - self.low) / (self.high - self.low))

    @property
    def ticks(self) -> list[float]:
        return [self.low + (self.high - self.low) * at / (TICKS - 1) for at in range(TICKS)]


def _spread(low: float, high: float) -> tuple[float, float]:
    """Ends of the scale: round numbers, never both alike."""
    step = _step((high - low) / (TICKS - 1) or abs(high) / (TICKS - 1) or 1.0)
    first = step * (low // step)
    last = first + step * (TICKS - 1)
    while last < high - 1e-12:
        step = _step(step * 1.01)
        first = step * (low // step)
        last = first + step * (TICKS - 1)
    return first, last


def _step(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is no less.

    >>> _step(0.3), _step(2.1), _step(60)
    (0.5, 2.5, 100.0)
    """
    steps = (part * 10.0**power for power in range(-12, 16) for part in (1.0, 2.0, 2.5, 5.0))
    return next((step for step in steps if step >= least * (1 - 1e-9)), least)


def _line(scale: _Scale, at: int, one: Interval, unit: str, decimals: int) -> Markup:
    y = HEAD + ROW * at + 28
    said = f"{_said(one.value, decimals)} {unit}, from {_said(one.low, decimals)} to {_said(one.high, decimals)}"
    words = text(one.words, x=0, y=y - 12, kind="value")
    track = element("line", x1=scale.x(one.low), x2=scale.x(one.high), y1=y, y2=y, class_=f"reach {one.kind}")
    dot = element("circle", element("title", f"{one.words}: {said}"), cx=scale.x(one.value), cy=y, r=5, class_=one.kind)
    mark = [] if one.mark is None else [_stroke(scale, one.mark, y - 8, y + 8, "halo"), _stroke(scale, one.mark, y - 8, y + 8, "mark")]
    return joined([words, *mark, track, dot])


def _stroke(scale: _Scale, value: float, top: float, bottom: float, kind: str) -> Markup:
    return element("line", x1=scale.x(value), x2=scale.x(value), y1=top, y2=bottom, class_=kind)


def _tick(scale: _Scale, value: float, height: float, unit: str, decimals: int) -> Markup:
    last = value >= scale.high - 1e-12
    anchor = "end" if last else "start" if value <= scale.low + 1e-12 else "middle"
    line = _stroke(scale, value, HEAD, height - FOOT, "level")
    words = _said(value, max(decimals, 0 if abs(value - round(value)) < 1e-9 else 1))
    return line + text(f"{words} {unit}" if last else words, x=scale.x(value), y=height - 8, kind="tick", anchor=anchor)


def _said(value: float, decimals: int) -> str:
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")
