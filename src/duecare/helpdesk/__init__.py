"""Help desks: the tier where agents see it, kept true, never lost, always undoable.

Connectors translate and talk to nobody; one engine carries, waits, tries again, remembers and undoes. What carries is imported
where it is used: httpx takes its time.
"""

from typing import TYPE_CHECKING

from duecare.helpdesk.terms import KINDS, DeskTerms

if TYPE_CHECKING:
    from duecare.helpdesk.carry import Carrier
    from duecare.helpdesk.configure import Configuration
    from duecare.helpdesk.desks import DESKS
    from duecare.helpdesk.ledger import Ledger
    from duecare.helpdesk.memory import CsvDesk, MemoryDesk
    from duecare.helpdesk.runs import Runs
    from duecare.helpdesk.wants import Want

__all__ = ["DESKS", "KINDS", "Carrier", "Configuration", "CsvDesk", "DeskTerms", "Ledger", "MemoryDesk", "Runs", "Want"]

LATE = {
    "DESKS": "desks",
    "Carrier": "carry",
    "Configuration": "configure",
    "CsvDesk": "memory",
    "Ledger": "ledger",
    "MemoryDesk": "memory",
    "Runs": "runs",
    "Want": "wants",
}


def __getattr__(name: str) -> object:
    """Import what carries only when it is asked for."""
    from importlib import import_module

    if name not in LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{LATE[name]}"), name)
