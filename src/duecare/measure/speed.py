"""KPIs of speed: how long customers waited, on the clock on the wall."""

import numpy as np
from numpy.typing import NDArray

from duecare.measure.kpi import Kpi, Sample, kpi
from duecare.measure.log import Log
from duecare.measure.periods import SECOND
from duecare.promises.clocks import ENDED
from duecare.promises.instants import MISSING

CENSORED = "what still runs, or ended by something else, is no value; the Kaplan-Meier median takes it as censored"


def _lengths(log: Log, clock: str) -> Sample:
    """The spans of a clock, in whole seconds."""
    spans, mine = log.spans, log.of(clock)
    runs: NDArray[np.bool_] = spans.ended[mine] != ENDED.index("done")
    end = np.where(spans.end[mine] == MISSING, spans.as_of, spans.end[mine])
    return Sample(
        at=end,
        amount=(end - spans.start[mine]) // SECOND,
        contact=spans.contact[mine],
        tier=log.promised.tier[mine],
        began=spans.start[mine],
        runs=runs,
    )


def _of(clock: str, title: str, numerator: str, sentence: str) -> Kpi:
    def take(log: Log) -> Sample:
        return _lengths(log, clock)

    take.__name__, take.__doc__ = clock, sentence
    return kpi(
        title=title,
        kind="length",
        unit="seconds",
        numerator=numerator,
        denominator="how many of them there are",
        clock="the clock on the wall; counted when it ends",
        nulls=CENSORED,
        better="lower",
    )(take)


first_response = _of(
    "first_response",
    "First response",
    "seconds from opening to the first public answer by a person",
    "How long customers waited for the first answer by a person.",
)
next_reply = _of(
    "next_reply",
    "Next reply",
    "seconds from the oldest unanswered message to the next public answer",
    "How long customers waited for an answer once they had had a first one.",
)
resolution = _of(
    "full_resolution",
    "Resolution",
    "seconds from opening to the last solution",
    "How long it took until the matter was solved for good.",
)
queue_wait = _of(
    "queue_wait",
    "Queue wait",
    "seconds from the queue to the answer",
    "How long callers and chatters waited in the queue until somebody answered.",
)

SPEED = (first_response, next_reply, resolution, queue_wait)
