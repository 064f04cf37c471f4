"""BG/NBD: nobody leaves before their second purchase.

Source: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the
Pareto/NBD Model, Marketing Science 24 (2), 275-284.
"""

from duecare.value.models import beta_geometric
from duecare.value.models.seen import Floats, Seen

NAME = "BG/NBD"


def fit(seen: Seen, traits: Floats | None = None) -> beta_geometric.Fitted:
    """Find the parameters by maximum likelihood."""
    return beta_geometric.fit(seen, first=0, traits=traits)
