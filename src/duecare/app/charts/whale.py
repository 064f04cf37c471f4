"""The whale curve: how the profit adds up, the most profitable customers first, and which tiers stand where.

It rises while customers bring a profit and falls where they cost more than they bring, so a
peak above 100 % is profit earned and given away again.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from markupsafe import Markup

from duecare.app.charts.svg import drawing, element, joined, points, shades, share, stretched, text

PLOT = 250.0
"""Height of the plot, in pixels."""
HEADROOM = 1.14
"""How much taller the plot is than the curve, for the label of the peak."""
STRIP_AT, STRIP = PLOT + 30.0, 58.0
"""Where the strip of tiers begins and how tall it is, in pixels."""


def whale(name: str, found: Mapping[str, Any], *, title: str, desc: str, profit: str) -> Markup:
    """Draw the curve of `findings.whale`, with the strip of tiers under it when it is known.

    Args:
        name: begins the ids in the drawing.
        found: customers and profit (shares, rising along customers), peak_at, peak, all_at, losing, and perhaps bands.
        title: what the drawing is.
        desc: what it shows.
        profit: what profit is called: "profit" or "profit (assumed)".
    """
    top = max(float(found["peak"]), 1.0) * HEADROOM
    bands: Sequence[Mapping[str, Any]] = found.get("bands") or ()
    foot = STRIP_AT + STRIP if bands else PLOT
    inside = [_levels(top), _curve(found, top), _losing(found), _all_reached(found, top, foot, profit), _peak(found, top)]
    if bands:
        inside.append(_strip(bands))
    return drawing(name, *inside, _ticks(foot), title=title, desc=desc, height=foot + 46.0, kind="whale")


def _y(part: float, top: float) -> float:
    return PLOT * (1.0 - part / top)


def _levels(top: float) -> Markup:
    """Level lines of the profit, the 100 % one stronger."""
    step = next(step for step in (0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 1e3, 1e5, 1e99) if top / step < 5)
    levels = [at * step for at in range(int(top / step) + 1)]
    return joined(_level(level, top) for level in levels)


def _level(level: float, top: float) -> Markup:
    kind = {0.0: "axis", 1.0: "whole"}.get(level, "level")
    line = element("line", x1=0, x2="100%", y1=_y(level, top), y2=_y(level, top), class_=kind)
    return line + text(f"{100 * level:,.0f} %", x=-8, y=_y(level, top) + 4, kind="tick", anchor="end")


def _losing(found: Mapping[str, Any]) -> Markup:
    """The ground under the customers who cost more than they bring."""
    losing = float(found["losing"])
    ground = element("rect", x=share(1.0 - losing), y=0, width=share(losing), height=PLOT, class_="losing")
    if losing < 0.05:
        return ground
    return ground + text("cost more than they bring", x="100%", y=PLOT - 12, kind="said", anchor="end", dx=-6)


def _curve(found: Mapping[str, Any], top: float) -> Markup:
    xs, ys = list(found["customers"]), [_y(part, top) for part in found["profit"]]
    peak = ys.index(min(ys))
    ground = element("polygon", points=points([0.0, *xs, 1.0], [PLOT, *ys, PLOT]), class_="under")
    rise = element("polyline", points=points(xs[: peak + 1], ys[: peak + 1]), class_="rise", vector_effect="non-scaling-stroke")
    fall = element("polyline", points=points(xs[peak:], ys[peak:]), class_="fall", vector_effect="non-scaling-stroke")
    return stretched(ground, rise, fall, y=0, height=PLOT)


def _all_reached(found: Mapping[str, Any], top: float, foot: float, profit: str) -> Markup:
    """A plumb line where all the profit is reached first, with its sentence in the free room under the curve."""
    if found["all_at"] is None:
        return Markup("")
    at = float(found["all_at"])
    left = at > 0.5
    anchor, aside = ("end", -9) if left else ("start", 9)
    return joined(
        [
            element("line", x1=share(at), x2=share(at), y1=_y(1.0, top), y2=foot, class_="plumb"),
            element("circle", cx=share(at), cy=_y(1.0, top), r=4.5, class_="dot"),
            text(f"{100 * at:.1f} % of customers", x=share(at), y=PLOT - 56, kind="strong", anchor=anchor, dx=aside),
            text(f"make all the {profit}", x=share(at), y=PLOT - 38, kind="said", anchor=anchor, dx=aside),
        ]
    )


def _peak(found: Mapping[str, Any], top: float) -> Markup:
    """The top of the curve, told when it is worth telling."""
    peak, at = float(found["peak"]), float(found["peak_at"])
    if peak < 1.02:
        return Markup("")
    anchor = "start" if at < 0.25 else "end" if at > 0.75 else "middle"
    label = text(f"peak {100 * peak:.1f} %", x=share(at), y=_y(peak, top) - 12, kind="strong", anchor=anchor)
    return element("circle", cx=share(at), cy=_y(peak, top), r=4.5, class_="dot") + label


def _strip(bands: Sequence[Mapping[str, Any]]) -> Markup:
    """For each slice of customers along the curve, the share of each tier, the first tier on top."""
    counts = [[float(n) for n in band["customers"]] for band in bands]
    sizes = [sum(slice_) for slice_ in zip(*counts, strict=True)]
    ends = list(accumulate(sizes, initial=0.0))
    edges = [
        [STRIP * n / size for n, size in zip(line, sizes, strict=True)] for line in accumulate(counts, _summed, initial=[0.0] * len(sizes))
    ]
    xs = [end / ends[-1] for end in ends]
    shapes = [_band(xs, upper, lower, shade) for (upper, lower), shade in zip(pairwise(edges), shades(len(bands)), strict=True)]
    heading = text("Tiers along the curve", x=0, y=STRIP_AT - 9, kind="tick")
    return heading + stretched(*shapes, y=STRIP_AT, height=STRIP)


def _summed(so_far: list[float], more: list[float]) -> list[float]:
    return [a + b for a, b in zip(so_far, more, strict=True)]


def _band(xs: Sequence[float], upper: Sequence[float], lower: Sequence[float], shade: float) -> Markup:
    """One tier: along its upper edge in steps, and back along its lower one."""
    steps = [x for pair in pairwise(xs) for x in pair]
    there, back = _doubled(upper), _doubled(lower)[::-1]
    return element("polygon", points=points([*steps, *steps[::-1]], [*there, *back]), class_="band", fill_opacity=shade)


def _doubled(values: Sequence[float]) -> list[float]:
    return [value for value in values for _ in range(2)]


def _ticks(foot: float) -> Markup:
    """Shares of customers, under everything."""
    marks = [text(f"{20 * at} %", x=share(at / 5), y=foot + 18, kind="tick", anchor="middle") for at in range(6)]
    return joined(marks) + text("customers who bought, the most profitable first", x=0, y=foot + 38, kind="tick")
