"""What comes in: the contract, presets, sniffing, cleaning, and rows set aside with a reason.

`propose` looks at files and says how they may be read; `land` reads what is new or changed of
an input into cleaned pieces; `load` makes the contract's tables of them.
"""

from duecare.sources.contract import CONTRACT, Column, Table
from duecare.sources.inputs import Input
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
    "land",
    "load",
    "propose",
    "read_inputs",
    "settings_text",
]
