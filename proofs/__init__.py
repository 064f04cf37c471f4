"""Proofs: each "must hold" row of the project at full size, measured again by anyone.

`make prove` runs them all, `make prove ROW=name` one. A row that was measured on the same
sources is not measured again; a long one keeps what it made under `proof/work`. Each writes
`proof/NAME.json`: the figure, how many it rests on, its 99 % interval where chance plays a
part, the command, and the machine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).parents[1]
OUT = ROOT / "proof"
WORK = OUT / "work"
DATA = ROOT.parent / "shared" / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a row came to."""

    figure: Mapping[str, Any]
    """What was measured, each number with its unit in its name."""
    target: str
    """What it was to reach, in words."""
    holds: bool
    n: int
    """How many cases, rows or customers the figure rests on."""
    interval_99: tuple[float, float] | None = None
    """Where chance plays a part; a row fails only if this excludes its target."""


class Row(Protocol):
    """A row is a function without arguments, its first docstring line saying what must hold."""

    __name__: str
    __doc__: str | None

    def __call__(self) -> Measured: ...


ROWS: dict[str, Row] = {}


def row(function: Callable[[], Measured]) -> Callable[[], Measured]:
    """Enter a function among the rows under its own name."""
    ROWS[function.__name__] = function
    return function
