"""What a customer is worth: history, RFM and percentiles, purchase models, net present value."""

from duecare.value.history import Money, history

__all__ = ["Money", "history"]
