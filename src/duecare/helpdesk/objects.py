"""A desk's configuration as objects: fields, rules, policies, views, hours, each wanted by a key of ours and found by a number of the desk's.

A body is the desk's own JSON. Where it speaks of another object, it names that one's key within ⟦ ⟧, and the number is filled in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from duecare.helpdesk.desk import Request, Response

MARK = "Duecare: "
"""What the titles of all that Duecare makes begin with."""
NAMED = re.compile("⟦([^⟧]+)⟧")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An object that is to be there."""

    key: str
    """Ours, the same from one time to the next."""
    kind: str
    name: str
    """By which the desk's people know it, alone of its kind."""
    body: Mapping[str, Any]
    under: str = ""
    """The key of the object that it belongs to."""
    says: str
    """What it does, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object that is there."""

    kind: str
    number: str
    name: str
    body: Mapping[str, Any]
    under: str = ""
    """The number of the object that it belongs to."""
    place: int = 0
    """Where the desk takes the first that fits: how far down it stands."""


class Configurable(Protocol):
    """A desk whose configuration can be written."""

    @property
    def kinds(self) -> Sequence[str]:
        """What there is, in the order in which it can be made."""
        ...

    def inventory(self, kind: str, cursor: str) -> Request:
        """Ask what there is of a kind, a page at a time; blank to begin."""
        ...

    def inventoried(self, kind: str, response: Response) -> tuple[Sequence[Found], str]:
        """Read a page; the cursor is blank when it is the last."""
        ...

    def create(self, wanted: Wanted, body: Mapping[str, Any], under: str) -> Request:
        """Ask to make an object."""
        ...

    def created(self, wanted: Wanted, response: Response, under: str) -> str:
        """Read the number of what was made."""
        ...

    def update(self, found: Found, body: Mapping[str, Any]) -> Request:
        """Ask to change an object."""
        ...

    def delete(self, kind: str, number: str, under: str) -> Request | None:
        """Ask to take an object away; None where it goes with what it belongs to."""
        ...


def filled(body: Any, numbers: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Return a body with the numbers of the objects that it names.

    A text that is nothing but a name becomes a number, if the desk numbers by numbers.

    >>> filled({"field": "custom_fields_⟦tier⟧", "id": "⟦tier⟧"}, {"tier": "7"})
    {'field': 'custom_fields_7', 'id': 7}

    Raises:
        KeyError: one of them is not there yet.
    """
    if isinstance(body, str):
        said = NAMED.sub(lambda found: numbers[found[1]], body)
        return int(said) if NAMED.fullmatch(body) and said.isdigit() else said
    if isinstance(body, Mapping):
        return {name: filled(value, numbers) for name, value in cast("Mapping[str, Any]", body).items()}
    if isinstance(body, list | tuple):
        return [filled(value, numbers) for value in cast("Sequence[Any]", body)]
    return body


def apart(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which words of a body the desk has otherwise; what the desk says beside them is its own business.

    >>> apart({"title": "A", "all": [{"field": "7"}]}, {"title": "A", "all": [{"field": 7, "id": 1}], "position": 3})
    ()
    """
    return tuple(name for name, value in wanted.items() if not _same(value, found.get(name)))


def _same(wanted: Any, found: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and not apart(cast("Mapping[str, Any]", wanted), cast("Mapping[str, Any]", found))
    if isinstance(wanted, list):
        others = cast("list[Any]", found) if isinstance(found, list) else []
        return len(cast("list[Any]", wanted)) == len(others) and all(map(_same, cast("list[Any]", wanted), others))
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    return str("" if wanted is None else wanted) == str("" if found is None else found)
