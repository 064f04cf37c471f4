"""Duecare gives every customer the care they are due."""
