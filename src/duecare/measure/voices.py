"""KPIs of what customers say: satisfaction, effort, recommendation, and how many answer at all."""

import numpy as np

from duecare.measure.kpi import Sample, kpi
from duecare.measure.log import Flags, Log
from duecare.measure.outcomes import SOLVED
from duecare.promises.clocks import ENDED

POINT = 100
PROMOTER_FROM, DETRACTOR_TO = 9 * POINT, 6 * POINT
"""On the scale from 0 to 10 of F. F. Reichheld (2003), "The One Number You Need to Grow", Harvard Business Review 81 (12)."""
ANSWERED_AT = "the moment of the answer"


def _said(log: Log, kind: str) -> tuple[Sample, Flags]:
    """The answers of a kind that are about no contact set aside, each with its score; and which they are."""
    surveys = log.surveys
    aside = (surveys.contact >= 0) & (log.contacts.aside[surveys.contact] >= 0) if len(log.contacts) else surveys.contact >= 0
    mine = surveys.kind.word(kind) & ~aside
    sample = Sample(at=surveys.at[mine], amount=surveys.score[mine], contact=surveys.contact[mine], tier=surveys.tier[mine])
    return sample, mine


def _hits(sample: Sample, hit: Flags) -> Sample:
    return Sample(at=sample.at, amount=hit.astype(np.int64), contact=sample.contact, tier=sample.tier)


@kpi(
    title="CSAT",
    kind="share",
    unit="percent",
    numerator="ratings of satisfaction from the score on that the settings call positive",
    denominator="ratings of satisfaction",
    clock=ANSWERED_AT,
    nulls="who did not answer; no figure without an answer",
    better="higher",
)
def csat(log: Log) -> Sample:
    """How many of those who rated a contact were satisfied."""
    sample, _ = _said(log, "csat")
    return _hits(sample, sample.amount >= round(log.rules.csat_positive_from * POINT))


@kpi(
    title="CSAT response rate",
    kind="share",
    unit="percent",
    numerator="solved contacts that were rated",
    denominator="contacts solved by a person",
    clock=SOLVED,
    nulls="contacts that are open; whom nobody asked counts as silent",
    better="higher",
)
def csat_response(log: Log) -> Sample:
    """How many customers rated the contact at all."""
    at, how = log.ends("full_resolution")
    rated = np.zeros(len(log.contacts), dtype=np.bool_)
    about = log.surveys.contact[log.surveys.kind.word("csat")]
    rated[about[about >= 0]] = True
    mine = np.flatnonzero((how == ENDED.index("done")) & (log.contacts.aside < 0))
    return Sample(at=at[mine], amount=rated[mine].astype(np.int64), contact=mine, tier=log.contacts.tier[mine])


@kpi(
    title="NPS",
    kind="balance",
    unit="points",
    numerator="answers of 9 and 10 less those of 0 to 6",
    denominator="answers on recommendation, 0 to 10",
    clock=ANSWERED_AT,
    nulls="who did not answer; no figure without an answer",
    better="higher",
)
def nps(log: Log) -> Sample:
    """How many more customers recommend the company than warn of it, of a hundred."""
    sample, _ = _said(log, "nps")
    side = (sample.amount >= PROMOTER_FROM).astype(np.int64) - (sample.amount <= DETRACTOR_TO)
    return Sample(at=sample.at, amount=side, contact=sample.contact, tier=sample.tier)


@kpi(
    title="Customer effort",
    kind="mean",
    unit="points",
    numerator="scores on how easy it was, 1 to 7",
    denominator="answers on effort",
    clock=ANSWERED_AT,
    nulls="who did not answer; no figure without an answer",
    better="higher",
)
def effort(log: Log) -> Sample:
    """How easy customers found it to get their matter settled; 7 is easiest."""
    return _said(log, "ces")[0]


VOICES = (csat, csat_response, nps, effort)
