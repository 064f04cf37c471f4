"""What agents see in a profile: the care to give and the reason, in plain words; never money, and no label for the last level."""

from collections.abc import Mapping, Sequence

from duecare.promises import Promise, Promises
from duecare.promises.terms import ALWAYS
from duecare.tiers import Policy, TierRule

AGENTS: Mapping[str, str] = {
    "senior": "served first by senior agents",
    "experienced": "served first by experienced agents",
}
"""What is told of who serves; that newer agents serve first is told to nobody's profile."""
CLOCKS: Mapping[str, str] = {
    "queue_wait": "off the queue",
    "first_response": "first reply",
    "next_reply": "each further reply",
    "periodic_update": "news",
    "first_resolution": "solved",
    "full_resolution": "solved for good",
}
"""The clocks that a customer feels."""
EARNED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("clv", "clv_percentile", "revenue_percentile", "revenue", "margin", "profit"),
            *("p_top1", "p_top5", "p_top10", "p_top20", "p_top50", "p_top10_within_year"),
        ),
        "the business they do with us",
    ),
    **dict.fromkeys(("rfm", "rfm_r", "rfm_f", "rfm_m"), "how lately and how often they buy"),
    **dict.fromkeys(("orders", "expected_orders"), "how often they buy"),
    **dict.fromkeys(("referrals", "referral_value"), "whom they brought to us"),
    **dict.fromkeys(("p_alive", "churn_risk", "days_since_order", "days_since_contact"), "that we would like them to stay"),
    **dict.fromkeys(("complaints", "contacts", "returns"), "the trouble they had"),
    **dict.fromkeys(("nps", "csat"), "what they told us of our service"),
    "contract_value": "their contracts",
    "tenure_days": "how long they have been with us",
}
"""What a fact is called where money is not spoken of."""
OTHERWISE = "how they are with us"
GIVEN: Mapping[str, str] = {"bought": "they bought this level", "contracted": "their contract says so", "need": "served as they need"}


def care(tier: TierRule, policy: Policy, promises: Promises) -> str:
    """Return the care that a level is to be given; nothing for the last one, which keeps the guarantee that everybody has.

    >>> policy = Policy((TierRule(name="Best", when="orders > 9", agents="senior"), TierRule(name="Rest")))
    >>> care(policy.tiers[0], policy, Promises((Promise(metric="first_response", target_minutes=90, tier="Best"),)))
    'served first by senior agents; first reply within 90 minutes'
    """
    if tier.name == policy.names[-1]:
        return ""
    says = {one.name: one.says for one in policy.options}
    own = [one for one in promises.all if one.tier == tier.name and one.metric in CLOCKS]
    parts = [
        AGENTS.get(tier.agents, ""),
        f"on {' and '.join(tier.channels)}" if tier.channels else "",
        *(_promised(one) for one in own),
        *(says[name] for name in tier.options),
    ]
    return "; ".join(part for part in parts if part)


def why(origin: str, said: str, columns: Sequence[str]) -> str:
    """Return the reason of a level that was given.

    Args:
        origin: as an assignment has it: earned, bought, contracted, override or need.
        said: its reason, which may speak of money; told of an override alone, for there it is a person and a day.
        columns: the facts that the level's condition looks at.

    >>> why("earned", "clv >= 900 holds: clv 1,204.11", ("clv", "orders"))
    'earned by the business they do with us and how often they buy'
    """
    if origin == "override":
        return said
    if origin in GIVEN:
        return GIVEN[origin]
    return "earned by " + " and ".join(dict.fromkeys(EARNED.get(column, OTHERWISE) for column in columns) or [OTHERWISE])


def needing(needs: Sequence[str]) -> str:
    """Return how somebody needs to be served, whatever their level.

    >>> needing(["plain words", "call back"])
    'needs: plain words, call back'
    """
    return f"needs: {', '.join(dict.fromkeys(needs))}" if needs else ""


def _promised(one: Promise) -> str:
    about = f" ({', '.join(part for part in (one.severity, one.channel) if part)})" if one.severity or one.channel else ""
    return f"{CLOCKS[one.metric]}{about} within {_span(one.target_minutes)}{'' if one.calendar == ALWAYS else ' of open time'}"


def _span(minutes: float) -> str:
    """A span of time as people say it.

    >>> _span(90), _span(120), _span(2880)
    ('90 minutes', '2 hours', '2 days')
    """
    for size, name in ((24 * 60, "day"), (60, "hour")):
        if minutes >= 2 * size and minutes % size == 0:
            return f"{minutes / size:g} {name}s"
    return "1 hour" if minutes == 60 else f"{minutes:g} minutes"
