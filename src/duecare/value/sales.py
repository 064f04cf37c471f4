"""Sales: the orders that count, one row each with its customer and its money, as a part of other questions.

They are never written down: a table of all orders takes longer to write than everything that is asked of it.
"""

from collections.abc import Mapping
from datetime import datetime

from duecare.records import pieces
from duecare.value.terms import Money


def with_sales(sql: str) -> str:
    """Return *sql* with the orders that count in the place of {sold}; it then reads `orders` and `members`."""
    return sql.replace("{sold}", f"({pieces('duecare.value', 'history.sql')['sold']})")


def sales_values(as_of: datetime, money: Money) -> dict[str, object]:
    """Return the values that sales ask for: nothing after *as_of* is seen."""
    return {"as_of": as_of, "cost_share": 1.0 - money.gross_margin_percent / 100.0}


def used(sql: str, values: Mapping[str, object]) -> dict[str, object]:
    """Return those of the *values* that *sql* asks for."""
    return {name: value for name, value in values.items() if f"${name}" in sql}
