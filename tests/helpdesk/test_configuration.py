"""The promise: a desk's rules stand as duecare.toml says, once, and nobody else's rules are touched."""

import copy
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.configure import Configuration
from duecare.helpdesk.made import Shelf
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.serving import Serving
from duecare.helpdesk.zendesk import Zendesk, tag
from duecare.helpdesk.zendesk_objects import ORDERED, ZendeskObjects
from duecare.helpdesk.zendesk_rules import compiled, ticket_tag, untold
from duecare.promises import Calendar, Promise, Promises
from duecare.records import Book, open_book
from duecare.words import BadSettings, DeskTrouble
from helpdesk.bench import TIERS, Faulty, Instant
from helpdesk.desks.zendesk import FAULTS, FINE, TOKEN, USER, Local, ZendeskServer

# ruff: noqa: ANN401 - JSON is anything

DESK_HOURS = Calendar.from_dict(
    {"tz": "Europe/Berlin", "weekly": {day: [["09:00", "12:00"], ["13:00", "17:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
    | {"holidays": ["2026-12-25", "2026-12-26"]}
)
SERVING = Serving(
    tiers=TIERS,
    promises=Promises(
        (
            Promise(metric="first_response", target_minutes=60, tier="Premium", calendar="desk"),
            Promise(metric="first_response", target_minutes=15, tier="Premium", severity="critical"),
            Promise(metric="full_resolution", target_minutes=480, tier="Plus", calendar="desk"),
            Promise(metric="first_response", target_minutes=1440, calendar="desk"),
            Promise(metric="queue_wait", target_minutes=3),
        ),
        ("always", "desk"),
    ),
    calendars={"desk": DESK_HOURS},
    today=date(2026, 11, 27),
)


class Site:
    """A Zendesk that had rules before, and a book."""

    def __init__(self, book: Book) -> None:
        self.book, self.server, self.clock = book, ZendeskServer(), Instant()
        self.server.groups[77] = {"id": 77, "name": "Seniors"}
        self.send("POST", "triggers", {"trigger": {"title": "Notify", "conditions": {"all": []}, "actions": []}})
        self.send("POST", "slas/policies", {"sla_policy": {"title": "All", "filter": {"all": [], "any": []}, "policy_metrics": []}})
        self.send("POST", "user_fields", {"user_field": {"key": "plan", "title": "Plan", "type": "text"}})
        self.foreign = self.others()
        self.faulty = Faulty(Local(self.server))

    def send(self, method: str, path: str, body: Any) -> Any:
        status, said = self.server._routed(method, path, {}, copy.deepcopy(body))
        assert status < 300, said
        return said

    def configuration(self, faults: Iterator[str] | None = None) -> Configuration:
        self.faulty.faults = faults or itertools.repeat(FINE)
        desk = Zendesk(user=USER, tiers=TIERS)
        carrier = Carrier(desk, "https://shop.example", TOKEN, Pace(0), clock=self.clock, transport=self.faulty, chance=lambda: 0.5)
        return Configuration(desk=ZendeskObjects(), shelf=Shelf(self.book, "zendesk"), carrier=carrier, ordered=ORDERED)

    def all(self) -> dict[tuple[str, int], Any]:
        kinds = ("user_fields", "ticket_fields", "schedules", "triggers", "policies", "views", "groups")
        return {(kind, number): copy.deepcopy(row) for kind in kinds for number, row in getattr(self.server, kind).items()}

    def others(self) -> dict[tuple[str, int], Any]:
        """What Duecare did not make."""
        return {which: row for which, row in self.all().items() if "uecare" not in str(row)}

    def ticket(self, tier: str, **said: Any) -> Any:
        user = self.server.user(email=f"{tier or 'nobody'}{len(self.server.users)}@shop.example")
        if tier:
            self.server.edit(user["id"], "duecare_tier", tag(tier))
        number = self.send("POST", "tickets", {"ticket": {"requester_id": user["id"], "comment": {"body": "?"}, **said}})["ticket"]["id"]
        return self.server.tickets[number]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_book("sqlite:book.db", tmp_path) as book:
        yield Site(book)


def test_a_second_apply_changes_nothing_and_nobody_elses_objects_are_touched(site: Site) -> None:
    site.configuration().apply(compiled(SERVING))
    before, asked = site.all(), len([one for one in site.server.log if one[0] != "GET"])
    layout = site.configuration().apply(compiled(SERVING))
    assert layout.steps == ()
    assert layout.drift == ()
    assert layout.unchanged == len(compiled(SERVING))
    assert site.all() == before
    assert len([one for one in site.server.log if one[0] != "GET"]) == asked
    assert site.others() == site.foreign


def test_looking_writes_nothing_and_tells_what_apply_does(site: Site) -> None:
    looked = site.configuration().look(compiled(SERVING))
    assert site.others() == site.all()
    assert site.configuration().apply(compiled(SERVING)).steps == looked.steps
    assert {step.action for step in looked.steps} == {"create"}
    assert looked.before == ("Notify", "All")  # asked before ours, where the first that fits is taken


def test_a_ticket_bears_its_requesters_level_and_its_promise(site: Site) -> None:
    site.configuration().apply(compiled(SERVING))
    policy = {number: row["title"] for number, row in site.server.policies.items()}
    del site.server.policies[next(number for number, title in policy.items() if title == "All")]
    for tier, title in (("Premium", "Duecare: Premium"), ("Plus", "Duecare: Plus"), ("", "Duecare: guarantee")):
        ticket = site.ticket(tier)
        assert policy[ticket["_policy"]] == title
        values = [one["value"] for one in ticket["custom_fields"] if one["value"]]
        assert values == ([ticket_tag(tier)] if tier else [])
    (schedule,) = site.server.schedules.values()
    assert str(ticket_schedule(site)) == str(schedule["id"])


def ticket_schedule(site: Site) -> Any:
    return site.ticket("Premium")["set_schedule"]


def test_who_wrote_as_one_level_keeps_it_on_that_ticket(site: Site) -> None:
    site.configuration().apply(compiled(SERVING))
    ticket = site.ticket("Premium")
    site.server.edit(ticket["requester_id"], "duecare_tier", tag("Plus"))
    site.send("PUT", f"tickets/{ticket['id']}", {"ticket": {"status": "pending"}})
    assert [one["value"] for one in ticket["custom_fields"] if one["value"]] == [ticket_tag("Premium")]


def test_a_ticket_that_was_there_before_takes_its_level_on_its_next_event(site: Site) -> None:
    site.send("POST", "user_fields", {"user_field": {"key": "other", "title": "o", "type": "text"}})
    user = site.server.user(email="early@shop.example")
    number = site.send("POST", "tickets", {"ticket": {"requester_id": user["id"], "comment": {"body": "?"}}})["ticket"]["id"]
    site.configuration().apply(compiled(SERVING))
    site.server.edit(user["id"], "duecare_tier", tag("Plus"))
    ticket = site.server.tickets[number]
    assert not any(one["value"] for one in ticket["custom_fields"])
    site.send("PUT", f"tickets/{number}", {"ticket": {"tags": ticket["tags"]}})
    assert [one["value"] for one in ticket["custom_fields"] if one["value"]] == [ticket_tag("Plus")]


def test_what_somebody_changed_or_took_away_is_told_and_put_right(site: Site) -> None:
    site.configuration().apply(compiled(SERVING))
    (view,) = [row for row in site.server.views.values() if "Plus" in row["title"]]
    view["conditions"] = {"all": [], "any": []}
    (gone,) = [number for number, row in site.server.triggers.items() if row["title"].startswith("Duecare: Premium by")]
    del site.server.triggers[gone]
    layout = site.configuration().look(compiled(SERVING))
    assert {(one.key, one.differs) for one in layout.drift} == {("view/Plus", ("conditions",)), ("trigger/tier/Premium", ())}
    assert [(one.action, one.key) for one in layout.steps] == [("create", "trigger/tier/Premium"), ("update", "view/Plus")]
    site.configuration().apply(compiled(SERVING))
    assert site.configuration().look(compiled(SERVING)).drift == ()


def test_a_changed_policy_changes_what_it_means_and_no_more(site: Site) -> None:
    site.configuration().apply(compiled(SERVING))
    options = {one["value"]: one["id"] for one in _tier_field(site)["custom_field_options"]}
    more = replace(SERVING, tiers=("Premium", "Plus", "Basic"))
    layout = site.configuration().apply(compiled(more))
    assert {one.key for one in layout.steps if one.action == "create"} == {"trigger/tier/Basic", "sla_policy/Basic", "view/Basic"}
    assert {one["value"]: one["id"] for one in _tier_field(site)["custom_field_options"]}.items() >= options.items()
    layout = site.configuration().apply(compiled(SERVING))
    assert {one.key for one in layout.steps if one.action == "delete"} == {"trigger/tier/Basic", "sla_policy/Basic", "view/Basic"}
    assert site.others() == site.foreign


def test_a_level_that_the_policy_has_no_more_stays_an_option(site: Site) -> None:
    site.configuration().apply(compiled(SERVING))
    options = {one["value"]: one["id"] for one in _tier_field(site)["custom_field_options"]}
    site.configuration().apply(compiled(replace(SERVING, tiers=("Premium",), past=("Plus",))))
    assert {one["value"]: one["id"] for one in _tier_field(site)["custom_field_options"]} == options
    assert not any("Plus" in row["title"] for row in site.server.triggers.values())


def test_a_desk_need_not_have_what_is_not_wanted(site: Site) -> None:
    """Schedules are not in every plan of Zendesk."""
    site.configuration().apply(compiled(replace(SERVING, promises=Promises((Promise(metric="first_response", target_minutes=60),)))))
    assert not any("schedules" in path for _, path, _ in site.server.log)


@pytest.mark.parametrize("tiers", [("A+", "A-"), ("★",), ("Premium", "premium!")])
def test_levels_that_the_desk_could_not_tell_apart_are_refused(tiers: tuple[str, ...]) -> None:
    with pytest.raises(BadSettings, match="could not tell"):
        Zendesk(user=USER, tiers=tiers)


def _tier_field(site: Site) -> Any:
    return next(row for row in site.server.user_fields.values() if row["key"] == "duecare_tier")


def test_all_that_was_made_goes_away_when_nothing_is_wanted(site: Site) -> None:
    site.configuration().apply(compiled(SERVING))
    site.configuration().apply([])
    assert site.all() == site.foreign
    assert Shelf(site.book, "zendesk").made() == {}


def test_somebody_elses_object_of_that_name_is_not_taken(site: Site) -> None:
    site.send("POST", "views", {"view": {"title": "Duecare: Plus, open", "conditions": {"all": []}}})
    before = site.all()
    with pytest.raises(BadSettings, match="Duecare did not make"):
        site.configuration().apply(compiled(SERVING))
    assert site.all() == before


def test_a_group_serves_its_level_first_and_one_that_is_not_there_is_told(site: Site) -> None:
    numbers = site.configuration().numbers("group", ["Seniors"])
    site.configuration().apply(compiled(replace(SERVING, groups={"Premium": numbers["Seniors"]})))
    assert str(site.ticket("Premium")["group_id"]) == "77"
    assert site.ticket("Premium", group_id=5)["group_id"] == 5  # who was assigned already stays
    assert site.ticket("Plus")["group_id"] is None
    with pytest.raises(BadSettings, match="no group"):
        site.configuration().numbers("group", ["Senior"])


def test_an_agent_serves_their_level_first_and_one_who_is_no_agent_is_told(site: Site) -> None:
    ann = site.server.user(email="ann@desk.example", role="agent")
    site.server.user(email="bob@shop.example")
    numbers = site.configuration().numbers("agent", ["ann@desk.example"])
    site.configuration().apply(compiled(replace(SERVING, agents={"Premium": numbers["ann@desk.example"]})))
    assert str(site.ticket("Premium")["assignee_id"]) == str(ann["id"])
    assert site.ticket("Premium", assignee_id=5)["assignee_id"] == 5
    assert site.ticket("Plus")["assignee_id"] is None
    with pytest.raises(BadSettings, match="no agent"):
        site.configuration().numbers("agent", ["bob@shop.example"])


def test_hours_are_minutes_since_sunday_and_holidays_are_told(site: Site) -> None:
    site.configuration().apply(compiled(SERVING))
    (schedule,) = site.server.schedules.values()
    assert schedule["time_zone"] == "Berlin"
    assert schedule["intervals"][:2] == [
        {"start_time": 1440 + 540, "end_time": 1440 + 720},
        {"start_time": 1440 + 780, "end_time": 1440 + 1050},
    ]
    assert [day["start_date"] for day in schedule["holidays"]] == ["2026-12-25"]  # the 26th is a Saturday


def test_promises_by_priority_and_what_zendesk_cannot_watch(site: Site) -> None:
    site.configuration().apply(compiled(SERVING))
    (policy,) = [row for row in site.server.policies.values() if row["title"] == "Duecare: Premium"]
    told = {(one["priority"], one["metric"]): (one["target"], one["business_hours"]) for one in policy["policy_metrics"]}
    assert told == {
        ("low", "first_reply_time"): (60, True),
        ("normal", "first_reply_time"): (60, True),
        ("high", "first_reply_time"): (60, True),
        ("urgent", "first_reply_time"): (15, False),
    }
    assert len(untold(SERVING)) == 1
    assert "queue_wait" in untold(SERVING)[0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**30))
def test_lost_answers_make_nothing_twice(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    through_faults(seed, tmp_path_factory.mktemp("desk"))


def through_faults(seed: int, folder: Path) -> None:
    """Apply through random faults, with random policies in between, until nothing is left to do."""
    chance = random.Random(seed)
    with open_book("sqlite:book.db", folder) as book:
        site = Site(book)
        for _ in range(2):
            tiers = tuple(chance.sample(("Premium", "Plus", "Basic", "Gold"), chance.randrange(1, 5)))
            promises = tuple(one for one in SERVING.promises.all if one.tier in {None, *tiers} and chance.random() < 0.7)
            wanted = compiled(replace(SERVING, tiers=tiers, promises=Promises(promises, ("always", "desk"))))
            for _ in range(40):
                try:
                    faults = iter(chance.choices([FINE, FINE, FINE, *FAULTS], k=60))
                    if not site.configuration(faults).apply(wanted).steps:
                        break
                except DeskTrouble:
                    continue
            assert site.configuration().look(wanted).steps == ()
            kinds = [(kind, row.get("title") or row.get("name")) for (kind, _), row in site.all().items()]
            assert len(kinds) == len(set(kinds))
            assert site.others() == site.foreign
