"""Standing: is a published run ready to be served by? Value told, profit concentrated, tiers firm, contacts often enough, and capacity there.

Each point has a number, a threshold, who owns it and what to do next. `ready` is about the ground; whether to stratify at all is for
`verdict` to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from duecare.app.report.wording import listed, many

SUPPORT, DATA, ANALYST = "support leader", "data engineer", "analyst"
"""Who owns a point."""

LEAST_KNOWN, LEAST_KNOWN_IN_CHANNEL, SMALL_CHANNEL = 0.80, 0.60, 0.05
"""Of contacts in all, and of each channel that has more than the third, so many should belong to somebody who buys."""
LEAST_TOP_TENTH = 0.20
"""Where the top tenth brings less of the profit, customers are too alike for levels to pay."""
LEAST_CAPTURED_OVER_CHANCE = 1.5
MOST_BIAS = 0.25
"""What was expected of customers in the past, over what they spent, may lie so far from 1."""
MOST_BORDERLINE = 0.25
"""Of customers above the last tier, so many at most may be near a cut."""
LEAST_CONTACTS = 0.2
"""Contacts a customer a year, below which contact is rare."""

CHANNELS = """
SELECT coalesce(lower(c.channel), 'unknown') AS channel, count(*) AS contacts, sum(CASE WHEN b.source_id IS NULL THEN 0 ELSE 1 END) AS known
FROM {contacts} c LEFT JOIN (SELECT DISTINCT source, source_id FROM {people}) b ON b.source = c.source AND b.source_id = c.source_id
GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that must hold."""

    what: str
    ready: bool | None
    """None where it cannot be told yet."""
    said: str
    """The number in words, and why it matters."""
    number: float | None = None
    threshold: str = ""
    owner: str = DATA
    next_step: str = ""

    @property
    def state(self) -> str:
        """`ready`, `not ready` or `not known`."""
        return {True: "ready", False: "not ready", None: "not known"}[self.ready]


def channels(rows: Sequence[Mapping[str, Any]]) -> list[Point]:
    """Judge how many contacts are of known people, in all and channel by channel.

    >>> [point.ready for point in channels([{"channel": "phone", "contacts": 90, "known": 50}, {"channel": "chat", "contacts": 10, "known": 10}])]
    [False, False, True]
    """
    every = sum(row["contacts"] for row in rows)
    if not every:
        return []
    points = [_known("contacts of known people", every, sum(row["known"] for row in rows), LEAST_KNOWN, UNKNOWN)]
    large = [row for row in rows if row["contacts"] > SMALL_CHANNEL * every]
    return points + [
        _known(f"{row['channel']}: contacts of known people", row["contacts"], row["known"], LEAST_KNOWN_IN_CHANNEL) for row in large
    ]


UNKNOWN = "; nobody can be served by tier whom the desk does not know"


def _known(what: str, contacts: int, known: int, least: float, why: str = "") -> Point:
    share = known / contacts
    return Point(
        what=what,
        ready=share >= least,
        said=f"{share:.1%} of {many(contacts, 'contact')}{why}",
        number=share,
        threshold=f"at least {least:.0%}",
        next_step="" if share >= least else "let the desk ask for a customer number or e-mail, and export it with the contact",
    )


def standing(facts: Mapping[str, Any]) -> list[Point]:
    """Judge the ground on which tiers stand, by what a run said of itself."""
    return [_concentration(facts), *_calibration(facts), _stability(facts), _contact_rate(facts), *_capacity(facts)]


def _concentration(facts: Mapping[str, Any]) -> Point:
    rows = (facts["findings"].get("percentiles") or {}).get("profit") or ()
    top = next((row["share"] for row in rows if row["top"] == 0.1), None)
    why = "the more profit rests on few, the more better service for them can keep"
    return Point(
        what="concentration of profit",
        ready=None if top is None else top >= LEAST_TOP_TENTH,
        said=f"the profit in all is not above nothing; {why}" if top is None else f"the top tenth makes {top:.1%} of it; {why}",
        number=top,
        threshold=f"at least {LEAST_TOP_TENTH:.0%} by the top tenth",
        owner=ANALYST,
        next_step="serve everybody alike: customers are too much alike for levels to pay"
        if top is not None and top < LEAST_TOP_TENTH
        else "",
    )


def _calibration(facts: Mapping[str, Any]) -> list[Point]:
    past = facts.get("past")
    if not past or not past.get("scores"):
        return [Point(what="calibration of value", ready=None, said="the history is too short to try the models on it", owner=ANALYST)]
    best = next((one for one in past["scores"] if one["model"] == past["champion"]), past["scores"][0])
    over, off = best["captured"] / max(past["chance"], 1e-9), abs(best["bias"] - 1)
    return [
        Point(
            what="value can be told",
            ready=over >= LEAST_CAPTURED_OVER_CHANCE,
            said=f"{best['model']} found {over:.1f} times what chance would have of the spend of the truly best tenth",
            number=over,
            threshold=f"at least {LEAST_CAPTURED_OVER_CHANCE:g} times",
            owner=ANALYST,
            next_step="" if over >= LEAST_CAPTURED_OVER_CHANCE else "bring more history, or give tiers by what was bought and contracted",
        ),
        Point(
            what="calibration of value",
            ready=off <= MOST_BIAS,
            said=f"expected spend was {best['bias']:.2f} of what was spent",
            number=best["bias"],
            threshold=f"within {MOST_BIAS:g} of 1",
            owner=ANALYST,
            next_step="" if off <= MOST_BIAS else "look at the report, how well value could be told; shorten the horizon",
        ),
    ]


def _stability(facts: Mapping[str, Any]) -> Point:
    better = facts["plan"]["tiers"][:-1]
    customers = sum(row["customers"] for row in better)
    if not customers:
        return Point(what="stability of tiers", ready=None, said="nobody is above the last tier", owner=ANALYST)
    share = sum(row["borderline"] for row in better) / customers
    return Point(
        what="stability of tiers",
        ready=share <= MOST_BORDERLINE,
        said=f"{share:.1%} of {many(customers, 'customer')} above the last tier are near a cut; who is promised a level should keep it",
        number=share,
        threshold=f"at most {MOST_BORDERLINE:.0%}",
        owner=ANALYST,
        next_step="" if share <= MOST_BORDERLINE else "raise [stability] doubt_points, or move the cut to where customers lie apart",
    )


def _contact_rate(facts: Mapping[str, Any]) -> Point:
    if not facts["findings"]["totals"]["contacts"]:
        return Point(
            what="contact rate", ready=None, said="no contacts were read", owner=SUPPORT, next_step="export the contacts of every channel"
        )
    tiers, customers = facts["plan"]["tiers"], facts["findings"]["customers"]["all"]
    rate = 12 * sum(row["contacts_per_month"] for row in tiers) / max(customers, 1)
    rare = rate < LEAST_CONTACTS
    return Point(
        what="contact rate",
        ready=not rare,
        said=f"{rate:.2f} contacts a customer a year; where contact is rare, each is worth more than the meter",
        number=rate,
        threshold=f"at least {LEAST_CONTACTS:g} a customer a year",
        owner=SUPPORT,
        next_step="keep one level for everybody, with a few touches for Premium: contact is rare here" if rare else "",
    )


def _capacity(facts: Mapping[str, Any]) -> list[Point]:
    options = [one for one in facts["plan"]["options"] if one["capacity_customers"] is not None]
    lacking = [one for one in options if one["lacking"]]
    said = (
        f"{listed([one['option'] for one in lacking])} would be lacking for {sum(one['lacking'] for one in lacking):,}"
        if lacking
        else "there for everybody who is due"
    )
    return [
        Point(
            what="capacity",
            ready=(not lacking) if options else None,
            said=said if options else "no option of service names its capacity_customers",
            number=float(sum(one["lacking"] for one in options)) if options else None,
            threshold="nobody lacking",
            owner=SUPPORT,
            next_step=""
            if options and not lacking
            else "write capacity_customers under [[options]]"
            if not options
            else "raise the cut of the tier, or the capacity",
        )
    ]
