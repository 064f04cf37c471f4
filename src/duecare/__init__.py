"""Duecare gives every customer the care they are due."""

__version__ = "0.1.0"
