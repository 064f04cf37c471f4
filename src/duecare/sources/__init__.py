"""What comes in: the contract, presets, sniffing, cleaning, and rows set aside with a reason.

`propose` looks at files and says how they may be read; `land` reads what is new or changed of
an input into cleaned pieces; `load` makes the contract's tables of them. Each is loaded with what it
needs when somebody asks for it, for a command that reads no file should not wait for the readers.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from duecare.sources.contract import CONTRACT, Column, Table
from duecare.sources.inputs import Input

if TYPE_CHECKING:
    from duecare.sources.erasing import erase
    from duecare.sources.landing import Landed, land
    from duecare.sources.loading import InputCounts, Reading, load
    from duecare.sources.presets import PRESETS, Preset
    from duecare.sources.proposals import Proposal, Proposed
    from duecare.sources.proposing import propose
    from duecare.sources.writing import read_inputs, settings_text

__all__ = [
    "CONTRACT",
    "PRESETS",
    "Column",
    "Input",
    "InputCounts",
    "Landed",
    "Preset",
    "Proposal",
    "Proposed",
    "Reading",
    "Table",
    "erase",
    "land",
    "load",
    "propose",
    "read_inputs",
    "settings_text",
]

_LATER = {
    "Landed": "landing",
    "land": "landing",
    "InputCounts": "loading",
    "Reading": "loading",
    "load": "loading",
    "erase": "erasing",
    "PRESETS": "presets",
    "Preset": "presets",
    "Proposal": "proposals",
    "Proposed": "proposals",
    "propose": "proposing",
    "read_inputs": "writing",
    "settings_text": "writing",
}
"""Names that are loaded with their module when somebody asks for them."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
