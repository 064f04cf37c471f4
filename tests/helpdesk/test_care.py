"""The promise: agents are told how to serve and why, in plain words; never what a customer is worth, and never of a comparison."""

import pytest

from duecare.helpdesk.care import EARNED, care, needing, why
from duecare.promises import Promise, Promises
from duecare.tiers import Option, Policy, TierRule
from duecare.tiers.facts import FACTS

POLICY = Policy(
    (
        TierRule(name="Premium", when="clv >= 900", agents="senior", options=("line", "gift"), channels=("phone", "chat")),
        TierRule(name="Plus", when="orders >= 3", agents="experienced"),
        TierRule(name="Standard", agents="newer"),
    ),
    options=(Option(name="line", says="a direct line"), Option(name="gift", says="a card at New Year")),
)
PROMISES = Promises(
    (
        Promise(metric="first_response", target_minutes=60, tier="Premium", calendar="desk"),
        Promise(metric="first_response", target_minutes=15, tier="Premium", severity="critical", channel="chat"),
        Promise(metric="full_resolution", target_minutes=2880, tier="Premium"),
        Promise(metric="agent_work", target_minutes=30, tier="Premium"),
        Promise(metric="first_response", target_minutes=1440, calendar="desk"),
    ),
    ("always", "desk"),
)


def test_the_care_of_a_level_is_its_agents_channels_own_promises_and_options() -> None:
    assert care(POLICY.tiers[0], POLICY, PROMISES) == (
        "served first by senior agents; on phone and chat; first reply within 1 hour of open time; "
        "first reply (critical, chat) within 15 minutes; solved for good within 2 days; a direct line; a card at New Year"
    )
    assert care(POLICY.tiers[1], POLICY, PROMISES) == "served first by experienced agents"


def test_the_last_level_has_none_and_nobody_is_told_of_newer_agents() -> None:
    assert care(POLICY.tiers[2], POLICY, PROMISES) == ""


@pytest.mark.parametrize("fact", list(FACTS))
def test_every_fact_has_words_without_money(fact: str) -> None:
    told = why("earned", f"{fact} >= 900 holds: {fact} 1,204.11 EUR", (fact,))
    assert EARNED[fact] in told
    assert not any(sign.isdigit() for sign in told)
    assert not any(word in told for word in ("EUR", "CLV", "worth", "revenue", "margin", "profit"))


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        ("bought", "they bought this level"),
        ("contracted", "their contract says so"),
        ("need", "served as they need"),
        ("override", "given by a person until 2027-01-01"),
        ("earned", "earned by how they are with us"),
    ],
)
def test_each_origin_has_its_reason(origin: str, told: str) -> None:
    assert why(origin, "given by a person until 2027-01-01" if origin == "override" else "clv 12", ("asked_1",)) == told


def test_needs_are_told_once_each() -> None:
    assert needing(["plain words", "call back", "plain words"]) == "needs: plain words, call back"
    assert needing([]) == ""
