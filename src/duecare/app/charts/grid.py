"""The RFM grid: fields of recency and frequency, each with its customers and how their money parts."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from duecare.app.charts.svg import drawing, element, joined, shades, share, text

HEAD, CELL = 24.0, 88.0
"""Heights of the headings and of a field, in pixels."""
MARGIN = 0.008
"""As a share of the whole width."""

Cell = tuple[int, str, Sequence[int]]
"""Customers, the words under them, and how many of them are in each class of money."""


def rfm_grid(name: str, cells: Mapping[tuple[int, int], Cell], *, title: str, desc: str, parts: int = 4) -> Markup:
    """Draw the fields at (class of recency, class of frequency), 1 to *parts* each; an empty field is left out of *cells*."""
    classes, wide = range(1, parts + 1), 1.0 / parts
    most = max((cell[0] for cell in cells.values()), default=1)
    heads = joined(text(f"F {f}", x=share(wide * (f - 1) + MARGIN), y=14, kind="tick") for f in classes)
    sides = joined(text(f"R {r}", x=-10, y=HEAD + CELL * (r - 1) + 27, kind="tick", anchor="end") for r in classes)
    fields = joined(_field(r, f, cells.get((r, f)), most, wide) for r in classes for f in classes)
    return drawing(name, heads, sides, fields, title=title, desc=desc, height=HEAD + CELL * parts, kind="rfm")


def _field(r: int, f: int, cell: Cell | None, most: int, whole: float) -> Markup:
    left, y = whole * (f - 1), HEAD + CELL * (r - 1)
    box = {"x": share(left + MARGIN / 2), "y": y + 2, "width": share(whole - MARGIN), "height": CELL - 5, "rx": 3}
    if cell is None:
        return element("rect", **box, class_="empty") + text("nobody", x=share(left + 0.02), y=y + 27, kind="tick")
    customers, words, parts = cell
    ground = element("rect", **box, class_="paper") + element("rect", **box, class_="field", fill_opacity=round(0.30 * customers / most, 3))
    number = text(f"{customers:,}", x=share(left + 0.02), y=y + 28, kind="number")
    return (
        ground + number + text(words, x=share(left + 0.02), y=y + 47, kind="said") + _parts(left + 0.02, y + CELL - 26, parts, whole - 0.04)
    )


def _parts(left: float, y: float, parts: Sequence[int], wide: float) -> Markup:
    """How a field's customers part by class of money, the best first."""
    total, pieces, so_far = max(sum(parts), 1), list[Markup](), 0
    for many, shade in zip(parts, shades(len(parts)), strict=True):
        pieces.append(
            element(
                "rect",
                x=share(left + wide * so_far / total),
                y=y,
                width=share(wide * many / total),
                height=10,
                class_="part",
                fill_opacity=shade,
            )
        )
        so_far += many
    return joined(pieces)
