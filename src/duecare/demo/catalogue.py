"""What the shop sells: 400 products of eight kinds and 24 suppliers, one of them with a faulty batch.

The catalogue is the same whatever the seed: prices are the quantiles of a log-normal, gross
margins spread around 40 %. Products stand in order of price.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pyarrow as pa

from duecare.demo.columns import Ints, ids

PRODUCTS, SUPPLIERS = 400, 24
PRICE_MEDIAN, PRICE_SPREAD = 17.0, 0.95
"""Euro a piece, before tax."""
MARGIN_LEAST, MARGIN_MOST = 0.325, 0.465
"""Share of the price that is left after the cost of goods."""
FAULTY = 268
"""The product of which a bad batch was sold, by its place."""

KINDS = ("kitchen", "garden", "lighting", "textiles", "tools", "office", "leisure", "bath")
BRANDS = ("Lindenhof", "Kontor Nord")
"""The company's two brands; the first has the first four kinds."""
NOUNS = (
    ("Pan", "Kettle", "Knife block", "Bowl set", "Grinder"),
    ("Hose reel", "Secateurs", "Planter", "Bird house", "Fire bowl"),
    ("Desk lamp", "Pendant", "Lantern", "Spotlight", "Night light"),
    ("Blanket", "Towel set", "Curtain", "Cushion", "Rug"),
    ("Drill", "Screwdriver set", "Workbench", "Sander", "Tool bag"),
    ("Office chair", "Monitor arm", "Notebook set", "Shelf", "Shredder"),
    ("Tent", "Sleeping mat", "Flask", "Backpack", "Hammock"),
    ("Mirror", "Scale", "Shower head", "Bath mat", "Cabinet"),
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One value a product, cheapest first; money in cents."""

    product_id: pa.Array
    name: pa.Array
    supplier: pa.Array
    kind: Ints
    price: Ints
    cost: Ints


def catalogue() -> Catalogue:
    """Return what the shop sells."""
    place = np.arange(PRODUCTS)
    chances = np.random.default_rng(400)
    middle = np.asarray([NormalDist().inv_cdf((p + 0.5) / PRODUCTS) for p in range(PRODUCTS)])
    price = np.round(PRICE_MEDIAN * np.exp(PRICE_SPREAD * middle) * 2) * 50 - 1
    margin = chances.uniform(MARGIN_LEAST, MARGIN_MOST, PRODUCTS)
    kind = chances.integers(0, len(KINDS), PRODUCTS)
    return Catalogue(
        product_id=ids("P", place, 4),
        name=pa.array([f"{NOUNS[k][p % 5]} {p:03d}" for p, k in zip(place.tolist(), kind.tolist(), strict=True)]),
        supplier=ids("supplier-", kind * 3 + chances.integers(0, 3, PRODUCTS), 2),
        kind=kind,
        price=np.maximum(price, 99).astype(np.int64),
        cost=(np.maximum(price, 99) * (1 - margin)).astype(np.int64),
    )
