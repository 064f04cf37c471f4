"""The service report: what was promised, what was done, for whom, whether it was fair, and what came of it, as one HTML file."""

from duecare.app.service.page import headline, render, write

__all__ = ["headline", "render", "write"]
