"""What is compared without a lot drawn: mishaps, and how groups are treated."""

from dataclasses import replace

import numpy as np
import pytest

from duecare.measure.attributes import FIFTHS, MOST_WORDS, OTHER, columns, groups, worth_and_rank
from duecare.measure.audit import audit_plan
from duecare.measure.fairness import Question, audit
from duecare.measure.log import Named
from duecare.measure.mishaps import late_orders, long_waits
from duecare.measure.natural import BEFORE, LEAST, Cases, compare
from duecare.measure.terms import Tolerance
from duecare.measure.treatment import KEPT, WAIT, questions, typical_s
from duecare.promises import Promise
from duecare.records import Warehouse
from measure.logs import AS_OF, case, log_of, served
from shop import day, know, order, person, stock


def mishaps(chance: np.random.Generator, effect: float, *, each: int = 4, chosen: float = 0.0) -> Cases:
    """Customers with several cases each and ways of their own; weeks with more mishaps are weeks with fewer returns. With *chosen* it befalls the loyal."""
    customers = 3_000
    own, week = chance.normal(0, 0.15, customers), chance.integers(0, 50, customers * each)
    customer = np.repeat(np.arange(customers), each)
    befell = chance.random(len(customer)) < 0.1 + 0.004 * week + chosen * (own[customer] > 0)
    odds = 0.5 + own[customer] - 0.004 * week
    comes = chance.random(len(customer)) < np.clip(odds + effect * befell, 0, 1)
    before = chance.random(len(customer)) < np.clip(odds, 0, 1)
    return Cases(
        befell=befell,
        outcome=np.where(comes, 100.0, 0.0).astype(np.float64),
        before=np.where(before, 100.0, 0.0).astype(np.float64),
        stratum=week,
        customer=customer,
    )


def test_a_mishap_is_found_within_weeks_and_covered_in_95_of_100() -> None:
    chance = np.random.default_rng(11)
    found = [compare(mishaps(chance, -0.06), smallest=6.0) for _ in range(300)]
    told = [one.effect for one in found if one.effect.estimate is not None]
    assert len(told) == len(found)
    assert np.mean([one.estimate for one in told]) == pytest.approx(-6, abs=0.3)  # type: ignore[misc]
    assert 0.91 <= np.mean([one.low <= -6 <= one.high for one in told if one.low is not None and one.high is not None]) <= 0.98
    assert np.mean([bool(one.spoilt) for one in found]) <= 0.03


def test_where_nothing_follows_nothing_is_found() -> None:
    chance = np.random.default_rng(12)
    verdicts = [compare(mishaps(chance, 0.0), smallest=6.0).effect.verdict for _ in range(200)]
    assert np.mean([one == "no effect found" for one in verdicts]) >= 0.9


def test_a_mishap_that_befalls_the_loyal_is_spoilt() -> None:
    assert compare(mishaps(np.random.default_rng(13), 0.0, chosen=0.2), smallest=6.0).spoilt == (BEFORE,)


def test_too_few_cases_and_too_little_power_give_no_verdict() -> None:
    whole = mishaps(np.random.default_rng(14), -0.06)
    first = np.flatnonzero(whole.befell)[: LEAST - 1]
    mine = np.concatenate([first, np.flatnonzero(~whole.befell)])
    names = ("befell", "outcome", "before", "stratum", "customer")
    few = Cases(**{name: getattr(whole, name)[mine] for name in names})
    assert (compare(few, smallest=6.0).effect.verdict, compare(few, smallest=6.0).effect.power) == ("not enough cases", 0.0)
    weak = compare(whole, smallest=0.5).effect
    assert (weak.estimate, weak.verdict) == (None, "not enough cases")
    assert 0 < weak.power < 0.8


def test_late_orders_are_those_that_came_after_the_moment_they_were_promised_for_or_never(warehouse: Warehouse) -> None:
    sent = [
        order("a", "1", "2025-12-31", 10, promised_at=day("2026-01-05"), delivered_at=day("2026-01-05")),
        order("b", "2", "2025-12-31", 10, promised_at=day("2026-01-05"), delivered_at=day("2026-01-05", 13)),
        order("c", "3", "2025-12-31", 10, promised_at=day("2026-01-05")),
        order("d", "4", "2025-12-31", 10),
        order("e", "2", "2026-06-29", 10, promised_at=day("2026-06-30"), delivered_at=day("2026-06-30")),
        order("f", "1", "2025-12-01", 10),
    ]
    cases = late_orders(log_of(warehouse, orders=sent))
    by = {int(who): at for at, who in enumerate(cases.customer)}
    assert [bool(cases.befell[by[who]]) for who in (0, 1, 2)] == [False, True, True]
    assert len(cases.befell) == 3  # what was promised for no day, and what is younger than the days after it, is none
    assert [cases.outcome[by[1]], cases.outcome[by[0]]] == [100, 0]
    assert [cases.before[by[0]], cases.before[by[1]]] == [100, 0]


def test_long_waits_are_broken_promises_about_waiting(warehouse: Warehouse) -> None:
    quick, slow = served("a", 0, 5, 500), served("b", 0, 50, 100)
    promises = (Promise(metric="first_response", target_minutes=10), Promise(metric="full_resolution", target_minutes=60))
    log = log_of(warehouse, [case("a", who="1"), case("b", who="2")], [*quick, *slow], promises=promises)
    assert len(long_waits(log).befell) == 0  # too young
    log = log_of(
        warehouse,
        [case("a", who="1"), case("b", who="2")],
        [*quick, *slow],
        promises=promises,
        as_of=AS_OF.replace(year=2027),
    )
    assert long_waits(log).befell.tolist() == [False, True]


def test_a_typical_wait_is_the_geometric_mean() -> None:
    assert typical_s(float(np.mean(-100 * np.log([60.0, 240.0])))) == 120


def test_groups_are_compared_among_contacts_that_are_alike(warehouse: Warehouse) -> None:
    """Women write, and what is written is answered later; within a channel they wait as long as men."""
    contacts, events = [], []
    for n in range(400):
        woman, mail = n % 2 == 0, (n // 2) % 10 < (8 if n % 2 == 0 else 2)
        contacts.append(case(f"{n:03}", 60 * n, who=str(n), channel="email" if mail else "chat"))
        events += served(f"{n:03}", 60 * n, (90 if mail else 3) + (n // 2) % 7, 300)
        assert woman == (n % 2 == 0)
    log = log_of(warehouse, contacts, events, promises=(Promise(metric="first_response", target_minutes=30),))
    number = {row["customer_id"]: row["customer_number"] for row in warehouse.arrow("SELECT * FROM {m}", m="members").to_pylist()}
    place = np.zeros(400, dtype=np.int64)
    for who, at in number.items():
        place[at] = int(who) % 2
    found = audit(questions(log, {"gender": Named(place, ("women", "men"))}))
    gaps = {(one.measure, one.group): one for one in found}
    wait, kept = gaps[WAIT, "women"], gaps[KEPT, "women"]
    assert wait.gap < -100
    assert abs(wait.unexplained) < 5
    assert (round(kept.gap), round(kept.unexplained)) == (-60, 0)
    assert not any(one.stops for one in found)


def test_cases_of_one_customer_hang_together() -> None:
    chance, stops = np.random.default_rng(15), 0
    for _ in range(100):
        owner = np.repeat(np.arange(200), 20)
        place = (chance.random(200) < 0.5).astype(np.int64)[owner]
        outcome = np.repeat(chance.normal(0, 1, 200), 20) + chance.normal(0, 0.1, 4_000)
        one = Question(measure="m", outcome=outcome, factor=np.zeros(4_000, dtype=np.int64), groups={"g": Named(place, ("a", "b"))})
        alone, together = audit([one]), audit([replace(one, owner=owner)])
        assert together[0].high - together[0].low > 3 * (alone[0].high - alone[0].low)
        stops += together[0].p < 0.05
    assert stops <= 12


def told_of(warehouse: Warehouse, tiers: list[str], worth: list[float], women: int, traits: list[dict[str, str]] | None = None) -> None:
    """Customers by worth, the first of them women, with the tiers that a plan gives them."""
    import pyarrow as pa

    who = [f"{n:05}" for n in range(len(tiers))]
    said = [{"source": "shop", "source_id": one, "group": "gender", "value": "w" if n < women else "m"} for n, one in enumerate(who)]
    stock(warehouse, people=[person(one) for one in who], audit_groups=said, traits=traits or [])
    know(warehouse)
    warehouse.put("valuation", pa.table({"customer_id": who, "clv": worth}))
    warehouse.put(
        "plan", pa.table({"customer_id": who, "tier": tiers, "origin": ["earned"] * len(who), "arm_tier": pa.nulls(len(who), pa.string())})
    )
    warehouse.put(
        "golden",
        pa.table({name: who if name == "customer_id" else pa.nulls(len(who), pa.string()) for name in ("customer_id", "city", "country")}),
    )


def test_a_plan_by_worth_alone_stands_and_one_that_denies_a_group_is_stopped(warehouse: Warehouse) -> None:
    chance = np.random.default_rng(16)
    worth = chance.lognormal(4, 1, 4_000)
    worth[:2_000] *= 0.8
    cut = np.quantile(worth, 0.8)
    fair = ["Premium" if one >= cut else "Standard" for one in worth]
    told_of(warehouse, fair, worth.tolist(), 2_000)
    found = audit_plan(warehouse, ("Premium", "Standard"), Tolerance(), as_of=AS_OF)
    assert found.attributes == ("gender",)
    assert found.odds["gender"]["w"] < found.odds["gender"]["m"]
    assert (found.stops, [abs(one.unexplained) < 0.01 for one in found.gaps]) == ((), [True, True])
    denied = ["Standard" if tier == "Premium" and n < 2_000 and n % 2 else tier for n, tier in enumerate(fair)]
    told_of(warehouse, denied, worth.tolist(), 2_000)
    (why,) = audit_plan(warehouse, ("Premium", "Standard"), Tolerance(points=1), as_of=AS_OF).stops
    assert why.startswith("gender 'w' has Premium")


def test_a_column_that_stands_in_for_a_group_stops_only_where_customers_are_valued_by_it(warehouse: Warehouse) -> None:
    chance = np.random.default_rng(17)
    worth = chance.lognormal(4, 1, 6_000)
    worth[:3_000] *= 0.6
    theme = np.where(chance.random(6_000) < np.where(np.arange(6_000) < 3_000, 0.8, 0.2), "dawn", "night")
    traits = [{"source": "shop", "source_id": f"{n:05}", "name": "theme", "value": str(one)} for n, one in enumerate(theme)]
    told_of(warehouse, ["Standard"] * 6_000, worth.tolist(), 3_000, traits)
    found, used = (audit_plan(warehouse, ("Premium", "Standard"), Tolerance(), as_of=AS_OF, used=used) for used in ((), ("theme",)))
    assert [(one.column, one.attribute, one.stands_in) for one in found.proxies] == [("theme", "gender", True)]
    assert (found.stops, len(used.stops)) == ((), 1)
    assert "'theme' tells what customers are worth only by telling their gender" in used.stops[0]


def test_without_groups_there_is_no_audit(warehouse: Warehouse) -> None:
    told_of(warehouse, ["Standard"], [1.0], 1)
    stock(warehouse, ["audit_groups"])
    assert audit_plan(warehouse, ("Premium", "Standard"), Tolerance(), as_of=AS_OF).attributes == ()


def test_whoever_says_two_things_says_nothing_numbers_come_in_fifths_and_rare_words_together(warehouse: Warehouse) -> None:
    told = [{"source": "shop", "source_id": who, "group": "gender", "value": value} for who, value in (("1", "w"), ("2", "w"), ("2", "m"))]
    people = [person(f"{n}", city=f"c{n}") for n in range(1, 301)]
    traits = [{"source": "shop", "source_id": f"{n}", "name": "reach", "value": str(n)} for n in range(1, 301)]
    traits += [{"source": "shop", "source_id": f"{n}", "name": "town", "value": f"t{n // 2}"} for n in range(1, 301)]
    stock(warehouse, people=people, audit_groups=told, traits=traits)
    know(warehouse)
    warehouse.run("golden", "SELECT source_id AS customer_id, city, country FROM {p}", p="people")
    gender = groups(warehouse, 300)["gender"]
    assert [gender.names[at] for at in gender.place if at >= 0] == ["w"]
    known = columns(warehouse, 300, as_of=AS_OF)
    assert (known["reach"].names, np.bincount(known["reach"].place).tolist()) == (FIFTHS, [60] * 5)
    assert (len(known["town"].names), known["town"].names[-1]) == (MOST_WORDS, OTHER)
    assert set(known) == {"reach", "town", "city", "country"}
    assert (known["country"].place == -1).all()


def test_a_tier_that_was_not_earned_says_nothing(warehouse: Warehouse) -> None:
    told_of(warehouse, ["Premium", "Standard"], [1.0, 2.0], 1)
    warehouse.run("bought", "SELECT customer_id, tier, 'bought' AS origin, arm_tier FROM {p}", p="plan")
    warehouse.put("plan", warehouse.arrow("SELECT * FROM {b}", b="bought"))
    assert np.isnan(worth_and_rank(warehouse, 2, ("Premium", "Standard"))[1]).all()
