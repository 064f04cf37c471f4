"""SVG as text: elements whose every word is escaped, and a drawing that tells what it shows.

A drawing is as wide as the page lets it be. Places along the width are per cents, heights
are pixels, so that letters keep their size on a telephone and on paper; only curves stretch.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

STRETCHED = 1000
"""How many units wide a stretched piece counts itself, whatever its width on the page."""


def element(tag: str, *inside: str, **attributes: str | float) -> Markup:
    """Write one element; `class_` and `text_anchor` become class and text-anchor.

    >>> element("text", "a < b", text_anchor="end", x="5%")
    Markup('<text text-anchor="end" x="5%">a &lt; b</text>')
    """
    said = Markup("").join(Markup(' {}="{}"').format(_named(name), _written(value)) for name, value in attributes.items())
    return Markup("<{0}{1}>{2}</{0}>").format(tag, said, Markup("").join(inside))


def drawing(name: str, *inside: str, title: str, desc: str, height: float, kind: str) -> Markup:
    """Write a whole picture: *title* says what it is, *desc* what it shows, both for who cannot see it."""
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", desc, id=f"{name}-desc"),
        *inside,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_=f"chart {kind}",
        width="100%",
        height=height,
    )


def stretched(*inside: str, y: float, height: float) -> Markup:
    """Write a piece that fills the width: inside, x runs from 0 to STRETCHED and y from 0 to *height*, downwards."""
    return element(
        "svg", *inside, x=0, y=y, width="100%", height=height, viewBox=f"0 0 {STRETCHED} {_written(height)}", preserveAspectRatio="none"
    )


def text(words: str, *, x: str | float, y: float, kind: str = "", anchor: str = "start", **more: str | float) -> Markup:
    """Write words at a place; *anchor* is start, middle or end."""
    return element("text", words, x=x, y=y, class_=kind, text_anchor=anchor, **more)


def share(part: float) -> str:
    """Write a share of the width.

    >>> share(0.125)
    '12.5%'
    """
    return f"{_written(100.0 * part)}%"


def points(xs: Sequence[float], ys: Sequence[float]) -> str:
    """Write the corners of a line: *xs* as shares of a stretched width, *ys* in pixels."""
    return " ".join(f"{_written(STRETCHED * x)},{_written(y)}" for x, y in zip(xs, ys, strict=True))


def shades(many: int) -> list[float]:
    """Return how full the ink is for each of *many* ranked groups, the first the fullest.

    One ink in steps needs no sense of colour and prints in black.

    >>> shades(3)
    [1.0, 0.57, 0.14]
    """
    return [round(1.0 - 0.86 * rank / max(many - 1, 1), 3) for rank in range(many)]


def joined(pieces: Iterable[str]) -> Markup:
    """Put pieces behind one another."""
    return Markup("").join(pieces)


def _named(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}" if abs(value) < 1e5 else f"{value:.0f}"
