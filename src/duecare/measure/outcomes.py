"""KPIs of outcome: what came of contacts, and what customers said of it."""

import numpy as np

from duecare.measure.kpi import Ints, Sample, kpi
from duecare.measure.log import Flags, Log
from duecare.measure.periods import DAY
from duecare.promises.clocks import ENDED
from duecare.promises.instants import MISSING

COMPLAINTS = ("complaint", "complaints")
SOLVED = "the moment at which it was solved, the last one where it was reopened"


def _cases(log: Log, which: Flags, at: Ints, hit: Flags) -> Sample:
    """One case for each contact that counts and is meant."""
    mine = np.flatnonzero(which & (log.contacts.aside < 0) & (at != MISSING))
    return Sample(at=at[mine], amount=hit[mine].astype(np.int64), contact=mine, tier=log.contacts.tier[mine])


def _solved(log: Log) -> tuple[Ints, Flags]:
    """When each contact was solved for good by a person, and whether it was."""
    at, how = log.ends("full_resolution")
    return at, how == ENDED.index("done")


@kpi(
    title="Reopened",
    kind="share",
    unit="percent",
    numerator="solved contacts that had been solved before and were opened again",
    denominator="contacts solved by a person",
    clock=SOLVED,
    nulls="contacts that are open; no figure without a solved one",
    better="lower",
)
def reopened(log: Log) -> Sample:
    """How many of the solved contacts had been called solved too early."""
    at, solved = _solved(log)
    first, _ = log.ends("first_resolution")
    return _cases(log, solved, at, first != at)


@kpi(
    title="One touch",
    kind="share",
    unit="percent",
    numerator="solved contacts that took one public answer",
    denominator="contacts solved by a person after at least one public answer",
    clock=SOLVED,
    nulls="contacts that are open, and those solved without an answer",
    better="higher",
)
def one_touch(log: Log) -> Sample:
    """How many contacts were solved with a single answer."""
    at, solved = _solved(log)
    return _cases(log, solved & (log.contacts.answers > 0), at, log.contacts.answers == 1)


@kpi(
    title="First-contact resolution",
    kind="share",
    unit="percent",
    numerator="solved contacts that were not reopened, and whose customer did not come about the same matter again within the days that the settings say",
    denominator="contacts solved by a person, of known customers, so many days ago",
    clock="so many days after the solution: only then it is known",
    nulls="contacts of nobody who is known, and those solved too lately to tell",
    better="higher",
)
def first_contact_resolution(log: Log) -> Sample:
    """How many matters were settled at the first contact."""
    at, solved = _solved(log)
    first, _ = log.ends("first_resolution")
    known_at = at + np.int64(log.rules.first_contact_days) * DAY
    ripe = solved & (log.contacts.customer >= 0) & (known_at <= log.as_of)
    return _cases(log, ripe, np.where(ripe, known_at, MISSING), (first == at) & ~_comes_again(log, at, known_at))


def _comes_again(log: Log, solved: Ints, until: Ints) -> Flags:
    """Tell whose customer opens another contact for the same reason after it was solved, within the days."""
    contacts = log.contacts
    which = np.flatnonzero((contacts.customer >= 0) & (contacts.aside < 0))
    matter = (contacts.customer * (len(contacts.reason.names) + 1) + contacts.reason.place + 1)[which]
    by_time = np.argsort(contacts.opened[which], kind="stable")
    turn = np.argsort(matter[by_time], kind="stable")
    moments, step = contacts.opened[which][by_time], len(which) + 1
    which, matter, opened = which[by_time[turn]], matter[by_time[turn]], moments[turn]
    key = matter * step + turn
    asked = np.searchsorted(moments, np.where(solved[which] == MISSING, log.as_of, solved[which]), side="right")
    place = np.searchsorted(key, matter * step + asked)
    inside = np.minimum(place, len(key) - 1)
    again = np.zeros(len(contacts), dtype=np.bool_)
    if len(key):
        same = (place < len(key)) & (matter[inside] == matter)
        again[which] = same & (opened[inside] <= until[which])
    return again


@kpi(
    title="Transferred",
    kind="share",
    unit="percent",
    numerator="solved contacts that changed hands at least once",
    denominator="contacts solved by a person",
    clock=SOLVED,
    nulls="contacts that are open",
    better="lower",
)
def transferred(log: Log) -> Sample:
    """How many contacts were handed on before they were solved."""
    at, solved = _solved(log)
    return _cases(log, solved, at, log.contacts.transfers > 0)


@kpi(
    title="Abandoned",
    kind="share",
    unit="percent",
    numerator="waits in the queue that the customer gave up",
    denominator="waits in the queue that ended by an answer or were given up",
    clock="the end of the wait",
    nulls="who still waits, and whom a bot or a merge took out of the queue",
    better="lower",
)
def abandoned(log: Log) -> Sample:
    """How many gave up waiting in the queue."""
    mine = log.of("queue_wait")
    gave_up = log.spans.ended[mine] == ENDED.index("abandoned")
    kept = np.isin(log.spans.ended[mine], (ENDED.index("done"), ENDED.index("abandoned")))
    mine, hit = mine[kept], gave_up[kept]
    return Sample(at=log.spans.end[mine], amount=hit.astype(np.int64), contact=log.spans.contact[mine], tier=log.promised.tier[mine])


@kpi(
    title="Self-service",
    kind="share",
    unit="percent",
    numerator="contacts that a bot or the customer solved, without a person",
    denominator="contacts that ended, however",
    clock="the end of the contact",
    nulls="contacts that are open, and those merged into another",
    better="higher",
)
def self_service(log: Log) -> Sample:
    """How many contacts needed nobody."""
    at, how = log.ends("full_resolution")
    meant = (how != ENDED.index("merged")) & (how != ENDED.index("running"))
    alone = (how == ENDED.index("bot")) | (log.contacts.outcome.word("self_service") & (log.contacts.answers == 0))
    return _cases(log, meant, at, alone)


@kpi(
    title="Complaints",
    kind="share",
    unit="percent",
    numerator="contacts whose reason is a complaint, as the settings name it",
    denominator="contacts",
    clock="the opening of the contact",
    nulls="contacts that tell no reason",
    better="lower",
)
def complaints(log: Log) -> Sample:
    """How many contacts are complaints."""
    reason = log.contacts.reason
    named = np.isin(
        reason.place, [place for place, name in enumerate(reason.names) if name.lower() in (log.rules.complaints or COMPLAINTS)]
    )
    return _cases(log, reason.place >= 0, log.contacts.opened, named)


OUTCOMES = (reopened, one_touch, first_contact_resolution, transferred, abandoned, self_service, complaints)
