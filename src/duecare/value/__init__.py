"""What a customer is worth: history, RFM and percentiles, purchase models, net present value.

The models are imported where they are used (`duecare.value.estimate`): scipy takes its time.
"""

from duecare.value.history import history
from duecare.value.terms import Money, Terms

__all__ = ["Money", "Terms", "history"]
