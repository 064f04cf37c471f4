"""Zendesk: what duecare.toml says, compiled to fields, triggers, SLA policies, views and schedules.

A ticket takes its requester's level when it comes, and keeps it: who wrote as one level is served as that level. SLA policies
ask for the ticket's own field, since Zendesk's cannot ask for the requester's. A grave issue's promise holds by the ticket's priority.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from duecare.helpdesk.desk import CARE, CUSTOMER, TIER, WHY
from duecare.helpdesk.objects import MARK, Wanted
from duecare.helpdesk.serving import Serving
from duecare.helpdesk.zendesk import KEYS, tag
from duecare.helpdesk.zendesk_hours import hours
from duecare.promises import Calendar, Promises
from duecare.promises.terms import ALWAYS

CLOCKS: Mapping[str, str] = {
    "first_response": "first_reply_time",
    "next_reply": "next_reply_time",
    "requester_wait": "requester_wait_time",
    "agent_work": "agent_work_time",
    "full_resolution": "total_resolution_time",
    "periodic_update": "periodic_update_time",
    "pausable_update": "pausable_update_time",
}
"""Our clocks by Zendesk's names of them; first_resolution and queue_wait it does not have."""
PRIORITIES: Mapping[str, str] = {"low": "low", "normal": "normal", "high": "high", "urgent": "critical"}
TITLES: Mapping[str, str] = {CUSTOMER: "customer", TIER: "level", CARE: "care to give", WHY: "why"}
FIELD = "ticket_field/tier"


def compiled(serving: Serving) -> list[Wanted]:
    """Return every object that a Zendesk is to have, in the order in which they can be made."""
    return [
        *_fields(serving),
        *(one for name, calendar in _used(serving).items() for one in hours(name, calendar, serving.zones.get(name), serving.today)),
        *(one for tier in serving.tiers for one in _triggers(tier, serving)),
        *_policies(serving),
        *(_view(tier) for tier in serving.tiers),
    ]


def untold(serving: Serving) -> list[str]:
    """Return what duecare.toml promises and Zendesk cannot keep watch of, in words."""
    clocks = [one.told() + ": Zendesk has no such clock" for one in serving.promises.all if one.metric not in CLOCKS]
    channels = [
        one.told() + ": Zendesk's policies here know no channel" for one in serving.promises.all if one.metric in CLOCKS and one.channel
    ]
    several = _used(serving)
    if len(several) > 1:
        channels.append(f"promises count by {len(several)} calendars; a ticket has one schedule: that of its level's first promise")
    return clocks + channels


def of_organizations(serving: Serving) -> list[Wanted]:
    """Return every object that a Zendesk is to have for its organisations."""
    return _profile("organization_field", serving)


def _fields(serving: Serving) -> list[Wanted]:
    options = [{"name": tier, "value": ticket_tag(tier)} for tier in (*serving.tiers, *serving.past)]
    ticket = {"title": MARK + "level", "type": "tagger", "custom_field_options": options}
    kept = Wanted(key=FIELD, kind="ticket_field", name=MARK + "level", body=ticket, says="each ticket keeps the level it came with")
    return [*_profile("user_field", serving), kept]


def _profile(kind: str, serving: Serving) -> list[Wanted]:
    """The fields of a profile."""
    options = [{"name": tier, "value": tag(tier)} for tier in (*serving.tiers, *serving.past)]
    return [
        Wanted(
            key=f"{kind}/{name}",
            kind=kind,
            name=key,
            body={
                "key": key,
                "title": MARK + TITLES[name],
                "type": "dropdown" if name == TIER else "text" if name == CUSTOMER else "textarea",
            }
            | ({"custom_field_options": options} if name == TIER else {}),
            says=f"each profile shows the {TITLES[name]}",
        )
        for name, key in KEYS.items()
    ]


def ticket_tag(tier: str) -> str:
    """Return the tag of a ticket of a level; another than the user's, since Zendesk lets a tag stand in one field alone.

    >>> ticket_tag("Premium")
    'duecare_premium_ticket'
    """
    return f"{tag(tier)}_ticket"


def _triggers(tier: str, serving: Serving) -> list[Wanted]:
    inherit: dict[str, Any] = {
        "title": f"{MARK}{tier} by the requester",
        "conditions": {
            "all": [
                {"field": "status", "operator": "less_than", "value": "solved"},
                {"field": f"requester.custom_fields.{KEYS[TIER]}", "operator": "is", "value": tag(tier)},
                *(
                    {"field": "current_tags", "operator": "not_includes", "value": ticket_tag(other)}
                    for other in (*serving.tiers, *serving.past)
                ),
            ],
            "any": [],
        },
        "actions": [{"field": f"custom_fields_⟦{FIELD}⟧", "value": ticket_tag(tier)}, *_schedule(tier, serving)],
    }
    made = Wanted(
        key=f"trigger/tier/{tier}", kind="trigger", name=inherit["title"], body=inherit, says=f"tickets of {tier} bear their level"
    )
    return [made, *_assigned(tier, "group", "group_id", serving.groups), *_assigned(tier, "agent", "assignee_id", serving.agents)]


def _assigned(tier: str, whom: str, field: str, numbers: Mapping[str, str]) -> list[Wanted]:
    """The trigger that gives a level's tickets to a group or an agent, where nobody has them."""
    if tier not in numbers:
        return []
    body: dict[str, Any] = {
        "title": f"{MARK}{tier} to its {whom}",
        "conditions": {"all": [_is(tier), {"field": field, "operator": "is", "value": ""}], "any": []},
        "actions": [{"field": field, "value": numbers[tier]}],
    }
    return [
        Wanted(key=f"trigger/{whom}/{tier}", kind="trigger", name=body["title"], body=body, says=f"{tier} goes to its own {whom} first")
    ]


def _is(tier: str) -> dict[str, str]:
    return {"field": f"custom_fields_⟦{FIELD}⟧", "operator": "is", "value": ticket_tag(tier)}


def _schedule(tier: str | None, serving: Serving) -> list[dict[str, str]]:
    """The schedule of a level's tickets: that of its first promise that counts open minutes."""
    named = [one.calendar for one in serving.promises.all if one.calendar != ALWAYS and one.tier in {tier, None}]
    return [{"field": "set_schedule", "value": f"⟦schedule/{named[0]}⟧"}] if named else []


def _used(serving: Serving) -> dict[str, Calendar]:
    named = {one.calendar for one in serving.promises.all if one.calendar != ALWAYS and one.metric in CLOCKS}
    return {name: calendar for name, calendar in serving.calendars.items() if name in named}


def _policies(serving: Serving) -> list[Wanted]:
    """One policy a level, and the guarantee for all others, last."""
    made = [_policy(tier, serving, [_is(tier)]) for tier in serving.tiers]
    others = {"field": "current_tags", "operator": "not_includes", "value": " ".join(map(ticket_tag, serving.tiers))}
    return [one for one in [*made, _policy(None, serving, [others])] if one.body["policy_metrics"]]


def _policy(tier: str | None, serving: Serving, conditions: Sequence[Mapping[str, str]]) -> Wanted:
    name = tier or "guarantee"
    body: dict[str, Any] = {
        "title": MARK + name,
        "filter": {"all": list(conditions), "any": []},
        "policy_metrics": _metrics(tier, serving.promises),
    }
    says = f"the promises of {tier} are counted down" if tier else "the guarantee of everybody else is counted down"
    return Wanted(key=f"sla_policy/{name}", kind="sla_policy", name=MARK + name, body=body, says=says)


def _metrics(tier: str | None, promises: Promises) -> list[dict[str, Any]]:
    """What is promised of each clock at each priority."""
    return [
        {"priority": priority, "metric": clock, "target": max(int(found.target_minutes), 1), "business_hours": found.calendar != ALWAYS}
        for metric, clock in CLOCKS.items()
        for priority, severity in PRIORITIES.items()
        if (found := promises.in_force(metric, tier, severity, "")) is not None
    ]


def _view(tier: str) -> Wanted:
    title = f"{MARK}{tier}, open"
    body = {
        "title": title,
        "conditions": {"all": [{"field": "status", "operator": "less_than", "value": "solved"}, _is(tier)], "any": []},
        "execution": {"columns": [{"id": "subject"}, {"id": "requester"}, {"id": "created"}, {"id": "priority"}]},
    }
    return Wanted(key=f"view/{tier}", kind="view", name=title, body=body, says=f"open tickets of {tier} in one list")
