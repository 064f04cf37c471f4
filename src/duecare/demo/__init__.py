"""A shop with planted stories and known truth, to try everything on: `make` writes it, seeded and without network."""

from duecare.demo.books import Calibration
from duecare.demo.promises import promises_text
from duecare.demo.shop import Shop, make

__all__ = ["Calibration", "Shop", "make", "promises_text"]
