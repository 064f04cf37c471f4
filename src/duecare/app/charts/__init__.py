"""Charts: pure functions from numbers to SVG text, for a page that needs neither script nor network."""

from duecare.app.charts.bars import Heading, bar_grid, small_bar
from duecare.app.charts.grid import Cell, rfm_grid
from duecare.app.charts.intervals import Interval, interval_plot
from duecare.app.charts.svg import shades
from duecare.app.charts.weeks import DASHES, week_lines
from duecare.app.charts.whale import whale

__all__ = [
    "DASHES",
    "Cell",
    "Heading",
    "Interval",
    "bar_grid",
    "interval_plot",
    "rfm_grid",
    "shades",
    "small_bar",
    "week_lines",
    "whale",
]
