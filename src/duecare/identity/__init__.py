"""Who is who over all channels: source records become customers under ids that stay.

`match` and `merge` are imported where they are used (`duecare.identity.match`, `.merge`), and
`find`, `attach` and what they take are loaded when they are named: numpy and Splink take their time.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from duecare.identity.clean import e164
from duecare.identity.terms import PERSONAL, Limits, Matching

if TYPE_CHECKING:
    from duecare.identity.attaching import Attached, attach
    from duecare.identity.directory import Directory
    from duecare.identity.looking import Candidate, Found, find

__all__ = ["PERSONAL", "Attached", "Candidate", "Directory", "Found", "Limits", "Matching", "attach", "e164", "find"]

_LATER = {
    "Attached": "attaching",
    "attach": "attaching",
    "Directory": "directory",
    "Candidate": "looking",
    "Found": "looking",
    "find": "looking",
}
"""Names that are loaded with their module when somebody asks for them."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
