"""Charts: pure functions from numbers to SVG text, for a page that needs neither script nor network."""

from duecare.app.charts.bars import Heading, bar_grid, small_bar
from duecare.app.charts.grid import Cell, rfm_grid
from duecare.app.charts.svg import shades
from duecare.app.charts.whale import whale

__all__ = ["Cell", "Heading", "bar_grid", "rfm_grid", "shades", "small_bar", "whale"]
