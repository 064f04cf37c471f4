"""Treatment: how long customers wait, whether promises to them are kept and how satisfied they are, by groups that no rule may look at.

Only contacts that are alike in what may differ are compared: in tier, channel, severity and quarter of the year.
"""

from collections.abc import Mapping

import numpy as np

from duecare.measure.fairness import Floats, Question
from duecare.measure.keeping import contacts_kept
from duecare.measure.kpi import Ints
from duecare.measure.log import Log, Named
from duecare.measure.periods import local_days, period_of
from duecare.measure.speed import first_response
from duecare.measure.voices import csat

WAIT, KEPT, SATISFIED = MEASURES = ("wait for the first answer", "promises kept", "satisfaction")
"""The first in percent longer or shorter, the others in points of percent; a group is worse off where it is below."""
QUARTER_MONTHS = 3
LEAST_WAIT_S = 60
"""Shorter waits count as so long: a minute more or less matters, a second does not."""


def typical_s(mean: float) -> float:
    """Return the wait in seconds that a mean of the audit stands for: it compares waits by their ratio, so it is the geometric mean.

    >>> typical_s(-100 * np.log(3600))
    3600.0
    """
    return float(np.round(np.exp(-mean / 100)))


def questions(log: Log, groups: Mapping[str, Named]) -> list[Question]:
    """Return what is compared between groups of customers, contact by contact.

    Args:
        log: what was measured.
        groups: by attribute, of each customer by number.
    """
    waited = first_response.take(log)
    ended = np.ones(len(waited.at), dtype=np.bool_) if waited.runs is None else ~waited.runs
    wait: Floats = -100 * np.log(np.maximum(waited.amount[ended], LEAST_WAIT_S).astype(np.float64))
    kept, rated = contacts_kept.take(log), csat.take(log)
    asked = [
        (WAIT, waited.contact[ended], wait),
        (KEPT, kept.contact, _points(kept.amount)),
        (SATISFIED, rated.contact, _points(rated.amount)),
    ]
    return [_question(log, groups, measure, contact, outcome) for measure, contact, outcome in asked]


def _points(hit: Ints) -> Floats:
    return np.where(hit == 1, 100.0, 0.0)


def _question(log: Log, groups: Mapping[str, Named], measure: str, contact: Ints, outcome: Floats) -> Question:
    mine = np.flatnonzero(contact >= 0)
    contact, outcome = contact[mine], outcome[mine]
    owner = log.contacts.customer[contact]
    theirs = {name: Named(np.where(owner >= 0, column.place[owner], -1), column.names) for name, column in groups.items()}
    return Question(measure=measure, outcome=outcome, factor=_alike(log, contact), groups=theirs, owner=owner, scale=100.0)


def _alike(log: Log, contact: Ints) -> Ints:
    """The stratum of each contact: those of one number are alike in what may differ."""
    told = log.contacts
    quarter = period_of(local_days(told.opened[contact], log.zone), "month") // QUARTER_MONTHS
    columns = np.column_stack([told.tier[contact], told.channel.place[contact], told.severity.place[contact], quarter])
    return np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1)
