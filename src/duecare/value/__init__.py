"""What a customer is worth: history, RFM and percentiles, purchase models, net present value.

The models are imported where they are used (`duecare.value.estimate`): scipy takes its time.
"""

from typing import TYPE_CHECKING, Any

from duecare.value.history import history
from duecare.value.terms import Money, Terms

if TYPE_CHECKING:
    from duecare.value.columns import value

__all__ = ["Money", "Terms", "history", "value"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever bears the name
    """Load the face on columns when it is asked for."""
    if name != "value":
        raise AttributeError(f"duecare.value has no {name}")
    from duecare.value.columns import value

    return value
