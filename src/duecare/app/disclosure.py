"""The page of a disclosure: one HTML file that a customer can read, with everything that is kept of them as text."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

TITLES: Mapping[str, str] = {
    "people": "Who you are to us",
    "orders": "Your orders",
    "order_lines": "What was in them",
    "contacts": "When you asked us something",
    "contact_events": "What happened then",
    "surveys": "What you answered",
    "referrals": "Recommendations",
    "entitlements": "Levels you bought or contracted",
    "subscriptions": "Your subscriptions",
    "traits": "What else was noted",
    "audit_groups": "Groups, for the fairness audit alone",
    "members": "Which records we take for you",
    "golden": "What we take to be right",
    "history": "What your purchases add up to",
    "valuation": "What we expect, in numbers",
    "segments": "Your segment",
    "plan": "The level that is due, and why",
    "service_costs": "What serving you cost",
    "golden_origins": "Where that comes from",
    "households": "Your home, as we see it",
    "accounts": "Your company, as we see it",
    "review": "What we are not sure of",
}


def page(found: Mapping[str, Any]) -> str:
    """Return the page; every value is shown as text, whatever it holds."""
    parts = [(TITLES.get(name, name), _table(rows)) for name, rows in found["data"].items()]
    made = [(TITLES.get(name, name), _table(rows)) for name, rows in found["made"].items()]
    more = [("Levels you held", _table(found["tiers"])), ("How records came together", _table(found["identity"]))]
    more += [("What people entered", _table(found["words"])), ("Calls back to you", _table(found["calls"]))]
    more += [
        ("What those who serve you see", _table(found["desks"])),
        ("Contacts of yours that were reviewed", _table(found["reviews"])),
        ("Who was given this page before", _table(found["looked"])),
    ]
    return _template().render(found=found, parts=parts, made=made, more=[one for one in more if one[1]["rows"]])


def _table(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Columns that hold anything, and the rows of them."""
    columns = [name for name in (rows[0] if rows else {}) if any(row[name] not in (None, "") for row in rows)]
    return {"columns": columns, "rows": [["" if row[name] is None else str(row[name]) for name in columns] for row in rows]}


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader

    return Environment(loader=PackageLoader("duecare.app"), autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(
        "disclosure.html"
    )
