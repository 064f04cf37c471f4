"""What matters most, what was practised, what could be avoided, and who serves."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from duecare.measure.agents import LEAST_AGENTS
from duecare.measure.avoidable import Sold, avoidable, sold
from duecare.measure.drivers import drivers
from duecare.measure.driving import COMING_BACK, SATISFACTION, driving
from duecare.measure.gains import gains
from duecare.measure.log import Log, Named
from duecare.measure.pains import pains
from duecare.measure.practice import by_tier, by_worth, correlated, differences, proportionality
from duecare.measure.staffing import TOGETHER, by_band, experienced, hired, ratings
from duecare.promises import Promise
from duecare.records import Warehouse
from measure.logs import AS_OF, START, at, case, log_of, served
from shop import stock

LATE = 60 * 24 * 60
"""Minutes after START that lie within the last 90 days."""


def asked(
    many: int,
    *,
    waits: Callable[[int], float],
    minutes: float = LATE,
    who: Callable[[int], str] = str,
    **more: Callable[[int], str],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Contacts an hour apart, each with a wait of its own, and what happened in them."""
    contacts = [case(f"{n:04}", minutes + 20 * n, who=who(n), **{name: value(n) for name, value in more.items()}) for n in range(many)]
    return contacts, [one for n in range(many) for one in served(f"{n:04}", minutes + 20 * n, waits(n), waits(n) + 60)]


def test_cases_of_one_owner_do_not_make_a_driver() -> None:
    chance, shown = np.random.default_rng(21), np.zeros(2)
    for _ in range(60):
        owner = np.repeat(np.arange(100), 10)
        nothing, outcome = (chance.normal(size=100)[owner] + 0.1 * chance.normal(size=1_000) for _ in range(2))
        shown += [drivers(outcome, {"nothing": nothing}, whose)[0].shown for whose in (None, owner)]
    assert shown[0] > 15  # chance reckoned by cases would have it
    assert shown[1] <= 8


def test_a_broken_promise_drives_satisfaction_and_the_dice_do_not(warehouse: Warehouse) -> None:
    chance = np.random.default_rng(22)
    slow, rest = chance.random(600) < 0.4, chance.uniform(1, 50, 600)
    contacts, events = asked(
        600,
        waits=lambda n: float(rest[n] * (3 if slow[n] else 1) + (60 if slow[n] else 0)),
        severity=lambda n: "high" if n % 7 == 0 else "normal",
    )
    surveys = [
        {
            "source": "shop",
            "source_id": str(n),
            "at": at(LATE + 20 * n + 500),
            "kind": "csat",
            "contact_id": f"{n:04}",
            "score": 4.0 - 2 * slow[n] + chance.normal(0, 0.5),
        }
        for n in range(600)
    ]
    log = log_of(warehouse, contacts, events, surveys=surveys, promises=(Promise(metric="first_response", target_minutes=60),))
    told = {(one.outcome, one.tier): one for one in driving(log)}
    (whole, back) = told[SATISFACTION, None], told[COMING_BACK, None]
    assert whole.cases == 600
    assert [one.name for one in whole.drivers if one.shown] == ["a promise broken"]
    assert not next(one for one in whole.drivers if one.name == "graver issue").shown
    assert (back.drivers, back.missing != "") == ((), True)  # nobody ever bought
    assert told[SATISFACTION, "Premium"].missing


def test_the_tier_that_waits_less_is_told_so_and_a_share_of_few_is_not(warehouse: Warehouse) -> None:
    chance = np.random.default_rng(23)
    waits = np.exp(chance.normal(4, 0.5, 800)) * np.where(np.arange(800) % 2, 1.0, 0.5)
    contacts, events = asked(800, waits=lambda n: float(waits[n]))
    premium = [str(n) for n in range(0, 800, 2)]
    log = log_of(warehouse, contacts, events, premium=premium, promises=(Promise(metric="first_response", target_minutes=60),))
    (found,) = differences(log)
    assert found.said == "Premium waited less than Standard"
    assert found.low is not None
    assert found.high is not None
    assert found.low < 50 < found.high
    best, last = by_tier(log, np.full(800, np.nan))
    assert (best.contacts, last.contacts, best.experienced_percent) == (400, 400, None)
    assert best.median_wait_s is not None
    assert last.median_wait_s is not None
    assert best.median_wait_s < 0.7 * last.median_wait_s
    few = log_of(warehouse, contacts[:9], [one for one in events if one["contact_id"] < "0009"])
    assert (by_tier(few, np.full(9, np.nan))[1].median_wait_s, differences(few)[0].percent_shorter) == (None, None)


def test_columns_that_have_nothing_to_do_with_each_other_correlate_by_chance_in_5_of_100() -> None:
    chance, found = np.random.default_rng(31), []
    for _ in range(1_000):
        told = correlated(chance.normal(size=200), chance.lognormal(size=200), chance.integers(0, 3, 200))
        found.append(told.low is not None and told.high is not None and told.low <= 0 <= told.high)
    assert 0.93 <= np.mean(found) <= 0.97
    assert correlated(np.zeros(99), np.arange(99.0), np.zeros(99, dtype=np.int64)).rho is None


@pytest.mark.parametrize(("slope", "sign"), [(-1.0, 1), (0.0, 0), (1.0, -1)])
def test_proportionality_is_told_by_rank_within_channels(warehouse: Warehouse, slope: float, sign: int) -> None:
    """Chats are answered at once and are had by whoever is worth little: between the channels nothing is compared."""
    chance = np.random.default_rng(27)
    worth = np.arange(400)
    chat = worth < 200
    waits = np.where(chat, 2.0, 600.0) * np.exp(slope * (worth % 200) / 100 + chance.normal(0, 0.3, 400))
    contacts, events = asked(
        400, waits=lambda n: float(waits[n]), who=lambda n: f"{n:04}", channel=lambda n: "chat" if chat[n] else "email"
    )
    log = log_of(warehouse, contacts, events, stake_cents=worth.astype(np.int64))
    found = proportionality(log)
    assert found.contacts == 400
    assert found.low is not None
    assert found.high is not None
    assert (found.low > 0) - (found.high < 0) == sign
    tenths = by_worth(log, np.ones(400))
    assert [one.group for one in tenths] == [f"tenth {n}" for n in range(1, 11)]
    assert [one.contacts for one in tenths] == [40] * 10
    assert {one.experienced_percent for one in tenths} == {100.0}


def test_gains_are_hours_against_what_the_same_kind_took_before(warehouse: Warehouse) -> None:
    """Half an hour instead of an hour for ten e-mails; chats, which there were none of before, say nothing."""
    early, events = asked(10, waits=lambda _: 60.0, minutes=0, who=lambda _: "1")
    late = [case(f"b{n}", LATE + n, who="1", channel="email" if n < 10 else "chat") for n in range(12)]
    later = [one for n in range(12) for one in served(f"b{n}", LATE + n, 30, 60)]
    log = log_of(
        warehouse,
        [*early, *late],
        [*events, *later],
        promises=(Promise(metric="first_response", target_minutes=45),),
        as_of=START + timedelta(days=95),
    )
    told = {one.tier: one for one in gains(log)}["Standard"]
    assert (told.contacts, told.hours_saved, told.more_promises_kept) == (12, pytest.approx(5.0), 100.0)


def test_what_one_product_brings_too_much_is_avoidable_and_chance_is_not(warehouse: Warehouse) -> None:
    products = [f"p{n:02}" for n in range(20)]
    lines = [
        {
            "order_id": f"o{n}",
            "product_id": products[n % 20],
            "quantity": 1.0,
            "amount": 5,
            "name": products[n % 20].upper(),
            "supplier": f"s{n % 4}",
        }
        for n in range(2_000)
    ]
    orders = [{"order_id": f"o{n}", "source": "shop", "source_id": "1", "ordered_at": START, "revenue": 5} for n in range(2_000)]
    chance = np.random.default_rng(25)
    odd = dict.fromkeys(range(60), products[7])
    contacts, events = asked(
        400, waits=lambda _: 5.0, product_id=lambda n: odd.get(n, products[int(chance.integers(20))]), reason=lambda _: "broken"
    )
    log = log_of(warehouse, contacts, events, orders=orders, order_lines=lines)
    goods = sold(warehouse, as_of=AS_OF)
    assert (len(goods.product), int(goods.times.sum())) == (20, 2_000)
    found = avoidable(log, goods)
    first = next(one for one in found if one.product)
    assert (first.product, first.name, first.supplier, first.reason, first.sold) == ("p07", "P07", "s3", "broken", 100)
    assert first.contacts - first.avoidable == pytest.approx(first.expected)
    assert 40 < first.avoidable < 75
    assert {one.product for one in found} <= {"p07", None}
    assert all(one.supplier == "s3" for one in found)
    assert (
        avoidable(log, Sold(product=(), name=(), supplier=Named(np.empty(0, dtype=np.int64), ()), times=np.empty(0, dtype=np.int64))) == []
    )


def test_the_hardest_matter_stands_first_and_one_with_few_answers_last(warehouse: Warehouse) -> None:
    contacts, events = asked(30, waits=lambda _: 5.0, reason=lambda n: ("bill", "parcel", "rare")[0 if n < 12 else 1 if n < 28 else 2])
    surveys = [
        {
            "source": "shop",
            "source_id": str(n),
            "at": at(LATE + 900),
            "kind": "ces",
            "contact_id": f"{n:04}",
            "score": 2.0 if n < 12 else 6.0 if n < 28 else 1.0,
        }
        for n in range(30)
    ]
    found = pains(log_of(warehouse, contacts, events, surveys=surveys))
    assert [(one.reason, one.effort, one.effort_answers, one.contacts) for one in found] == [
        ("bill", 2.0, 12, 12),
        ("parcel", 6.0, 16, 16),
        ("rare", 1.0, 2, 2),
    ]


def staffed(warehouse: Warehouse, agents: int) -> Log:
    contacts, events = asked(40 * agents, waits=lambda _: 5.0, agent_id=lambda n: f"a{n % agents}")
    return log_of(warehouse, contacts, events)


def test_bands_with_few_agents_are_told_together_and_fewer_not_at_all(warehouse: Warehouse) -> None:
    log = staffed(warehouse, LEAST_AGENTS)
    since = dict.fromkeys([f"a{n}" for n in range(LEAST_AGENTS)], date(2026, 6, 1))
    assert [(one.band, one.agents) for one in by_band(log, {"a0": since["a0"]})] == [(TOGETHER, LEAST_AGENTS)]
    assert [(one.band, one.agents) for one in by_band(log, since)] == [("newer", LEAST_AGENTS)]
    assert by_band(staffed(warehouse, LEAST_AGENTS - 1), {}) == []


def test_hands_are_experienced_from_180_days_after_hiring_on(warehouse: Warehouse) -> None:
    log = staffed(warehouse, 3)
    day = (START + timedelta(minutes=LATE)).date()
    flags = experienced(log, {"a0": day - timedelta(days=180), "a1": day - timedelta(days=179)})
    assert flags[:2].tolist() == [1.0, 0.0]
    assert np.isnan(flags[2])


def test_the_first_hiring_counts_and_who_tells_none_is_left_out(warehouse: Warehouse) -> None:
    rows = [
        {"agent_id": "a", "name": "A", "hired_at": date(2021, 1, 1)},
        {"agent_id": "a", "name": "A", "hired_at": date(2020, 1, 1)},
        {"agent_id": "b", "name": "B"},
    ]
    stock(warehouse, ["agents"], agents=rows)
    assert hired(warehouse) == {"a": date(2020, 1, 1)}


def test_agents_are_rated_by_their_satisfied_customers(warehouse: Warehouse) -> None:
    chance = np.random.default_rng(26)
    contacts, events = asked(600, waits=lambda _: 5.0, agent_id=lambda n: f"a{n % 6}")
    surveys = [
        {
            "source": "shop",
            "source_id": str(n),
            "at": at(LATE + 20 * n + 200),
            "kind": "csat",
            "contact_id": f"{n:04}",
            "score": 5.0 if chance.random() < (0.95 if n % 6 == 2 else 0.5) else 1.0,
        }
        for n in range(600)
    ]
    found = ratings(log_of(warehouse, contacts, events, surveys=surveys))
    assert found.contacts.tolist() == [100] * 6
    assert int(found.p_top.argmax()) == 2
