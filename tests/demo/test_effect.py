"""Promise: customers react to late deliveries and long waits just as `truth/effect.json` says, and not at all with no effect.

Intervals are at 99 %, of differences within the month of the order; n stands in each message.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from demo.asking import Ask, opened
from duecare.demo import Shop
from duecare.demo.days import service_hours, window
from duecare.demo.effect import LONG_WAIT_S, RETURN_DAYS, Effect, Lived, outcomes

Z99 = 2.576
Measure = Callable[[Ask], "Difference"]

FOLLOWED = f"""
    WITH bought AS (
        SELECT order_id, person_id, ordered_at, strftime(ordered_at, '%Y-%m') AS month, delivered_at > promised_at AS late
        FROM orders JOIN truth.records USING (source, source_id)),
    followed AS (
        SELECT a.order_id, a.month, a.late, a.person_id, a.ordered_at, coalesce(bool_or(b.ordered_at <= a.ordered_at + INTERVAL {RETURN_DAYS} DAY), FALSE) AS back
        FROM bought a LEFT JOIN bought b ON b.person_id = a.person_id AND b.ordered_at > a.ordered_at
        WHERE a.ordered_at < TIMESTAMPTZ '2026-10-31 23:59:59Z' - INTERVAL {RETURN_DAYS} DAY GROUP BY ALL)
"""


@dataclass(frozen=True)
class Difference:
    """A difference of two shares within strata, and its interval."""

    middle: float
    low: float
    high: float
    n: int

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def difference(treated: npt.NDArray[np.bool_], outcome: npt.NDArray[np.float64], stratum: npt.NDArray[np.str_]) -> Difference:
    """Compare shares within each stratum, weighted as Mantel and Haenszel do."""
    middle = weights = variance = 0.0
    for name in np.unique(stratum):
        ill, well = (outcome[(stratum == name) & mask] for mask in (treated, ~treated))
        if min(len(ill), len(well)) > 1:
            weight = len(ill) * len(well) / (len(ill) + len(well))
            middle, weights = middle + weight * (ill.mean() - well.mean()), weights + weight
            variance += weight**2 * (ill.var() / len(ill) + well.var() / len(well))
    middle, off = middle / weights, Z99 * variance**0.5 / weights
    return Difference(middle, middle - off, middle + off, len(outcome))


def columns(rows: list[tuple[object, ...]]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64], npt.NDArray[np.str_]]:
    treated, outcome, stratum = zip(*rows, strict=True)
    return np.asarray(treated, np.bool_), np.asarray(outcome, np.float64), np.asarray(stratum, np.str_)


def after_late(ask: Ask) -> Difference:
    return difference(*columns(ask(f"{FOLLOWED} SELECT late, back, month FROM followed WHERE late IS NOT NULL")))


def after_waits(ask: Ask) -> Difference:
    """Compare orders whose contact waited long with those whose did not; waits are counted anew from the contact's columns."""
    rows = ask(f"""{FOLLOWED}
        SELECT order_id, back, month, contacts.channel, coalesce(queue_seconds, 0), epoch(opened_at)::BIGINT, coalesce(epoch(first_reply_at), 0)::BIGINT
        FROM followed JOIN contacts USING (order_id) ORDER BY order_id""")
    order, back, month, channel, queue, opened_at, reply = (np.asarray(column) for column in zip(*rows, strict=True))
    hours = service_hours(window(24))
    written = (reply > 0) & (hours.open_s(reply) - hours.open_s(opened_at) > LONG_WAIT_S["email"])
    waited = np.where(np.isin(channel, ("phone", "chat")), queue > LONG_WAIT_S["phone"], written)
    _, first, place = np.unique(order, return_index=True, return_inverse=True)
    return difference(np.bincount(place, weights=waited) > 0, back[first].astype(np.float64), month[first])


def referred(ask: Ask) -> Difference:
    """Compare orders by whether their customer brought somebody within 60 days."""
    rows = ask(f"""{FOLLOWED}, brought AS (
            SELECT person_id, r.at AS brought_at FROM referrals r JOIN truth.records t ON (t.source, t.source_id) = (r.source, r.referrer))
        SELECT late, coalesce(bool_or(brought_at BETWEEN ordered_at AND ordered_at + INTERVAL 60 DAY), FALSE), month
        FROM followed LEFT JOIN brought USING (person_id) WHERE late IS NOT NULL GROUP BY order_id, late, month""")
    return difference(*columns(rows))


@pytest.fixture(scope="session")
def unmoved_asked(unmoved: Shop) -> Ask:
    return opened(unmoved, "orders", "contacts", "referrals")


@pytest.mark.parametrize("measure", [after_late, after_waits, referred])
def test_with_no_effect_bad_service_and_what_follows_have_nothing_to_do_with_each_other(unmoved_asked: Ask, measure: Measure) -> None:
    found = measure(unmoved_asked)
    assert found.holds(0), found


@pytest.mark.parametrize(("measure", "key"), [(after_late, "late"), (after_waits, "wait")])
def test_with_effect_customers_stay_away_as_often_as_the_truth_says(whole: Shop, asked: Ask, measure: Measure, key: str) -> None:
    """A late order also brings contacts that wait, so that what is found goes a little beyond what lateness does by itself."""
    truth = json.loads((whole.truth / "effect.json").read_text())[f"average_effect_on_buying_again_within_{RETURN_DAYS}_days"][key]
    found = measure(asked)
    assert found.high < 0, found
    assert found.holds(truth), (found, truth)


def test_with_effect_a_late_order_brings_fewer_referrals(asked: Ask) -> None:
    found = referred(asked)
    assert found.high < 0, found


def test_no_effect_is_told_as_none(unmoved: Shop) -> None:
    told = json.loads((unmoved.truth / "effect.json").read_text())
    assert told["effect"] == 0
    assert told["average_effect_on_stopping"] == {"late": 0, "wait": 0}


def test_log_odds_add_up_and_scale() -> None:
    dropout, yes, no = np.asarray([0.2]), np.asarray([True]), np.asarray([False])
    assert Effect(0).stop_chance(dropout, yes, yes) == pytest.approx(0.2)
    assert Effect(1).stop_chance(dropout, no, no) == pytest.approx(0.2)
    assert Effect(1).stop_chance(dropout, yes, yes) == pytest.approx(1 / (1 + 4 * np.exp(-2.0)))
    assert Effect(2).stop_chance(dropout, yes, no) == pytest.approx(1 / (1 + 4 * np.exp(-1.6)))
    assert Effect(1).refer_weight(yes, no) == pytest.approx(np.exp(-0.9))


def test_outcomes_of_chunks_add_up_to_those_of_the_whole() -> None:
    flags = np.asarray([[True, False, True], [False, True, True], [True, True, False], [True, True, True]])

    def of(first: int, last: int) -> Lived:
        return Lived(np.asarray([0.1, 0.2, 0.3])[first:last], np.asarray([0.01, 0.02, 0.03])[first:last], *flags[:, first:last])

    parts = outcomes(Effect(1), of(0, 1)) + outcomes(Effect(1), of(1, 3))
    assert parts.told(1) == outcomes(Effect(1), of(0, 3)).told(1)
    assert parts.orders.tolist() == [2, 3]


def test_an_outcome_is_the_difference_that_one_failure_makes() -> None:
    lived = Lived(np.asarray([0.2]), np.asarray([100.0]), *np.asarray([[False], [True], [True], [True]]))
    told = outcomes(Effect(1), lived)
    waited, both = 1 / (1 + 4 * np.exp(-1.2)), 1 / (1 + 4 * np.exp(-2.0))
    assert told.stop == pytest.approx([both - waited, waited - 0.2])
    assert told.back == pytest.approx([waited - both, 0.2 - waited])
