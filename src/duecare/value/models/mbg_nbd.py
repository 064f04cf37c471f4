"""MBG/NBD: whoever bought may be gone, after the first purchase too.

Source: Batislam, Denizel & Filiztekin (2007), Empirical Validation and Comparison of Models for Customer
Base Analysis, International Journal of Research in Marketing 24 (3), 201-209; erratum by Wagner & Hoppe (2008), 25 (3), 225-226.
"""

from duecare.value.models import beta_geometric
from duecare.value.models.seen import Floats, Seen

NAME = "MBG/NBD"


def fit(seen: Seen, traits: Floats | None = None) -> beta_geometric.Fitted:
    """Find the parameters by maximum likelihood."""
    return beta_geometric.fit(seen, first=1, traits=traits)
