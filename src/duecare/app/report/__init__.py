"""The manager's report: one self-contained HTML file of a run's figures, each with its sentence, table and definition."""

from duecare.app.report.page import render, write
from duecare.app.report.sentences import headline

__all__ = ["headline", "render", "write"]
