"""What is estimated, against worlds with known truth."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.measure.agents import LEAST_AGENTS, band, rate
from duecare.measure.discontinuity import bandwidth, crowding, gap, jump
from duecare.measure.drivers import MOST, drivers, shares
from duecare.measure.effects import held_out_effect, sequence
from duecare.measure.fairness import Question, Tolerance, audit, holm, strata, tier_odds
from duecare.measure.intervals import z
from duecare.measure.log import Named
from duecare.measure.proxies import cramers_v, proxies
from duecare.words import BadRows
from measure.worlds import arms, cut, floor, society


def test_ratings_cover_the_truth_in_95_of_100_and_follow_it_better_than_plain_shares() -> None:
    chance, covered, better = np.random.default_rng(1), [], []
    for _ in range(25):
        world = floor(chance)
        found = rate(world.agent, world.hit, world.mix)
        covered.append(((found.low / 100 <= world.true) & (world.true <= found.high / 100)).mean())
        better.append(np.corrcoef(found.rating, world.true)[0, 1] - np.corrcoef(found.observed, world.true)[0, 1])
        assert found.p_top.mean() == pytest.approx(0.25, abs=1e-6)
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(better) > 0.1


def test_agents_who_are_all_alike_are_told_apart_by_nothing() -> None:
    world = floor(np.random.default_rng(2), spread=0.0)
    found = rate(world.agent, world.hit, world.mix)
    assert ((found.low <= 0) & (found.high >= 0)).mean() > 0.95
    assert np.abs(found.rating).max() < np.abs(100 * (found.observed - found.expected)).max()


def test_few_agents_are_no_ground_for_a_probability() -> None:
    world = floor(np.random.default_rng(3), agents=LEAST_AGENTS - 1)
    assert np.isnan(rate(world.agent, world.hit, world.mix).p_top).all()


@pytest.mark.parametrize(
    ("days", "handled", "wanted"),
    [
        (179, 5_000, "newer"),
        (180, 500, "experienced"),
        (1_094, 9_000, "experienced"),
        (1_095, 5_000, "senior"),
        (1_095, 4_999, "experienced"),
        (4_000, 499, "newer"),
    ],
)
def test_a_band_begins_exactly_on_its_day_and_its_contact(days: int, handled: int, wanted: str) -> None:
    today = date(2026, 11, 1)
    assert band(date.fromordinal(today.toordinal() - days), handled, today) == wanted
    assert band(None, handled, today) == "unknown"


def test_the_effect_by_lot_is_without_bias_and_covered() -> None:
    chance = np.random.default_rng(4)
    found = [held_out_effect(*arms(chance, 6.0, customers=12_000), smallest=6.0) for _ in range(300)]
    estimates = np.array([one.estimate for one in found], dtype=float)
    assert abs(estimates.mean() - 6) < 0.3
    assert 0.91 <= np.mean([_holds(one.low, one.high) for one in found]) <= 0.98


def _holds(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low <= 6 <= high


def test_below_80_percent_power_there_is_no_verdict_whatever_was_found() -> None:
    world = arms(np.random.default_rng(5), 30.0, customers=400)
    found = held_out_effect(*world, smallest=6.0)
    assert (found.verdict, found.estimate, found.low) == ("not enough cases", None, None)
    assert found.power < 0.8
    assert held_out_effect(*world, smallest=found.smallest_found * 1.001).verdict != "not enough cases"
    assert held_out_effect(*world, smallest=found.smallest_found * 0.999).verdict == "not enough cases"


def test_without_anybody_held_out_there_is_no_verdict() -> None:
    world = arms(np.random.default_rng(5), 6.0, customers=400, held_out=0.0)
    assert held_out_effect(*world, smallest=6.0).verdict == "not enough cases"


def test_harm_is_told_as_harm_and_nothing_as_nothing() -> None:
    chance = np.random.default_rng(6)
    assert held_out_effect(*arms(chance, -6.0, customers=40_000), smallest=6.0).verdict == "harms"
    told = [held_out_effect(*arms(chance, 0.0, customers=10_000), smallest=8.0).verdict for _ in range(60)]
    assert told.count("no effect found") >= 53
    assert set(told) <= {"helps", "harms", "no effect found"}


def test_whoever_looks_every_day_is_seldom_misled() -> None:
    chance, misled, once = np.random.default_rng(7), 0, 0
    for _ in range(80):
        world = arms(chance, 0.0, customers=6_000, held_out=0.2)
        looks = [held_out_effect(*world.first(100 * day), smallest=60.0, looks=True) for day in range(1, 61)]
        naive = [held_out_effect(*world.first(100 * day), smallest=60.0) for day in range(1, 61)]
        misled += any(one.verdict in {"helps", "harms"} for one in looks)
        once += any(one.verdict in {"helps", "harms"} for one in naive)
    assert misled / 80 <= 0.05
    assert once / 80 > 0.1  # what the plain interval would have done
    assert sequence(1.0, 500) > z()


@pytest.mark.parametrize("shape", [0, 1, 2])
def test_the_jump_at_the_cut_is_without_bias_and_covered(shape: int) -> None:
    chance = np.random.default_rng(8 + shape)
    found = [jump(*cut(chance, 6.0, customers=40_000, shape=shape), smallest=15.0) for _ in range(60)]
    told = [one for one in found if one.estimate is not None]
    assert len(told) > 50
    assert abs(np.mean([one.estimate for one in told]) - 6) < 1.2  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert np.mean([_holds(one.low, one.high) for one in told]) > 0.88


def test_a_straight_line_with_a_jump_is_found_exactly() -> None:
    x = np.linspace(-1, 1, 2_001)
    assert gap(x, 3 + 2 * x + 5 * (x >= 0), 0.5)[0] == pytest.approx(5)
    assert bandwidth(x, 3 + 2 * x + 5 * (x >= 0)) <= 1


def test_too_few_customers_at_the_cut_give_no_verdict() -> None:
    assert jump(*cut(np.random.default_rng(1), 6.0, customers=500), smallest=6.0).verdict == "not enough cases"


def test_customers_who_crowd_above_the_cut_spoil_it_and_others_do_not() -> None:
    chance = np.random.default_rng(2)
    x = chance.normal(0, 1, 20_000)
    pushed = np.where((x < 0) & (x > -0.15) & (chance.random(len(x)) < 0.4), -x, x)
    assert crowding(pushed) < 1e-4
    assert np.mean([crowding(chance.normal(-1, 1, 10_000)) < 0.05 for _ in range(100)]) <= 0.12
    assert jump(pushed, chance.normal(0, 1, len(x)), 0.0, smallest=1.0).spoilt[0].startswith("customers crowd")


def test_customers_who_differed_before_spoil_it() -> None:
    world = cut(np.random.default_rng(3), 0.0, customers=40_000)
    before = np.where(world.value >= world.cut, 20.0, 0.0) + np.random.default_rng(4).normal(0, 5, len(world.value))
    assert "differed already" in jump(*world, smallest=20.0, before=before).spoilt[0]


def test_the_planted_proxy_is_found_and_no_other() -> None:
    world = society(np.random.default_rng(1), proxy=True, customers=20_000)
    found = proxies(world.columns, world.groups, world.value)
    assert [(one.column, one.attribute, one.stands_in) for one in found] == [("theme", "gender", True)]


def test_a_clean_world_is_let_alone_and_a_denied_group_stops_the_plan() -> None:
    chance = np.random.default_rng(2)
    assert not any(one.stops for _ in range(20) for one in audit(society(chance).questions))
    stops = [one for one in audit(society(chance, bias=0.3).questions) if one.stops]
    assert [(one.measure, one.group) for one in stops] == [("tier", "w")]
    assert stops[0].high < -0.05
    assert not any(one.stops for one in audit(society(chance, bias=0.3).questions, Tolerance(points=90)))


def test_what_a_fair_factor_explains_is_no_unexplained_gap() -> None:
    world = society(np.random.default_rng(3), proxy=True, customers=20_000)
    gap_ = next(one for one in audit(world.questions) if one.measure == "tier" and one.group == "w")
    assert gap_.gap < -0.05  # they spend less
    assert abs(gap_.unexplained) < 0.02
    assert gap_.explained == pytest.approx(gap_.gap - gap_.unexplained)


def test_a_group_that_is_too_small_is_not_told_apart() -> None:
    world = society(np.random.default_rng(4))
    few = {"rare": Named(np.where(np.arange(8_000) < 29, 0, 1), ("few", "many"))}
    question = world.questions[0]
    assert audit([type(question)(measure="tier", outcome=question.outcome, factor=question.factor, groups=few)]) == []
    assert tier_odds(question.outcome > 0, few["rare"]).keys() == {"many", "difference", "ratio"}


def test_groups_that_have_nothing_alike_are_not_compared() -> None:
    groups = {"kind": Named(np.repeat([0, 1], 100), ("a", "b"))}
    apart = Question(measure="tier", outcome=np.repeat([0.0, 1.0], 100), factor=np.repeat([0, 1], 100), groups=groups)
    assert audit([apart]) == []


def test_tier_odds_are_shares_by_group() -> None:
    groups = Named(np.repeat([0, 1, -1], 100), ("a", "b"))
    favoured = np.concatenate([np.arange(100) < 40, np.arange(100) < 30, np.ones(100, dtype=np.bool_)])
    assert tier_odds(favoured, groups) == pytest.approx({"a": 0.4, "b": 0.3, "difference": 0.1, "ratio": 0.75})


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_makes_a_chance_smaller_and_keeps_their_order(chances: list[float]) -> None:
    p = np.array(chances)
    found = holm(p)
    assert ((found >= p) & (found <= 1)).all()
    assert (np.diff(found[np.argsort(p)]) >= 0).all()


def test_columns_that_have_nothing_to_do_with_each_other_do_not_hang_together() -> None:
    chance = np.random.default_rng(5)
    strength, p = cramers_v(chance.integers(0, 4, 5_000), chance.integers(0, 3, 5_000))
    assert strength < 0.05
    assert p > 0.001


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=60))
def test_strata_go_by_rank_and_equal_values_stand_together(values: list[float]) -> None:
    value = np.array(values)
    found = strata(value, 4)
    assert ((found == 4) == np.isnan(value)).all()
    known = ~np.isnan(value)
    order = np.argsort(value[known], kind="stable")
    assert (np.diff(found[known][order]) >= 0).all()
    assert all(len(set(found[value == one].tolist())) == 1 for one in set(value[known].tolist()))


def test_shares_of_drivers_are_those_of_all_orders_and_a_null_driver_is_not_shown() -> None:
    chance = np.random.default_rng(6)
    wait, effort, nothing = chance.normal(size=(3, 4_000))
    wait = wait + 0.8 * effort
    outcome = -1.0 * wait - 0.5 * effort + chance.normal(size=4_000)
    found = drivers(outcome, {"wait": wait, "effort": effort, "nothing": nothing})
    told = {one.name: one for one in found}
    assert found[0].name == "wait"
    assert told["wait"].shown
    assert not told["nothing"].shown
    assert told["nothing"].share < 0.005
    columns = np.column_stack([wait, effort, nothing])
    explained = (
        1 - np.linalg.lstsq(np.column_stack([np.ones(4_000), columns]), outcome, rcond=None)[1][0] / ((outcome - outcome.mean()) ** 2).sum()
    )
    assert shares(outcome, columns).sum() == pytest.approx(explained)


def test_a_driver_that_tells_the_outcome_itself_leaks() -> None:
    outcome = np.random.default_rng(7).normal(size=500)
    found = drivers(outcome, {"same": 2 * outcome + 1, "other": np.arange(500.0)})
    assert {one.name: one.leaks for one in found} == {"same": True, "other": False}


@pytest.mark.parametrize(("cases", "wide"), [(99, 1), (500, MOST + 1), (500, 0)])
def test_too_little_and_too_much_is_told(cases: int, wide: int) -> None:
    columns = {f"c{n}": np.arange(float(cases)) for n in range(wide)}
    with pytest.raises(BadRows):
        drivers(np.arange(float(cases)), columns)


def test_a_group_of_which_everybody_is_denied_what_all_others_get_is_no_chance() -> None:
    groups = {"kind": Named(np.repeat([0, 1], 100), ("a", "b"))}
    found = audit([Question(measure="tier", outcome=np.repeat([0.0, 1.0], 100), factor=np.tile(np.arange(50), 4), groups=groups)])
    assert [(one.group, one.stops, one.p < 1e-6) for one in found if one.gap < 0] == [("a", True, True)]
    alike = audit([Question(measure="tier", outcome=np.ones(200), factor=np.tile(np.arange(50), 4), groups=groups)])
    assert [(one.p, one.stops) for one in alike] == [(1.0, False)] * 2
