"""Alarms that may be looked at every day: they seldom cry wolf, and find a bad week in days."""

import numpy as np
import pytest

from duecare.measure.betting import DAYS_A_YEAR, Detector, alarms, bets, evidence

DAY, CASES = 260, 50


@pytest.mark.parametrize("allowed", [0.01, 0.05, 0.1, 0.4, 0.99])
def test_a_bet_is_fair_while_exactly_so_much_goes_wrong_as_is_allowed(allowed: float) -> None:
    bet = bets(allowed)
    assert allowed * (1 + bet * (1 - allowed)) + (1 - allowed) * (1 - bet * allowed) == pytest.approx(np.ones(len(bet)))
    assert (1 - bet * allowed > 0).all()  # nobody stakes all on one case


def test_in_a_year_in_which_all_is_well_there_is_seldom_an_alarm() -> None:
    chance = np.random.default_rng(2)
    cried = 0
    for _ in range(300):
        watch = Detector(0.05)
        cried += any(watch.day(int(w), CASES - int(w)) for w in chance.binomial(CASES, 0.05, DAY))
    assert cried / 300 <= 0.05


def test_a_drop_from_95_to_80_percent_is_found_in_days_after_a_long_good_time() -> None:
    chance, taken = np.random.default_rng(3), []
    for _ in range(200):
        watch, day = Detector(0.05), 0
        for wrong in chance.binomial(CASES, 0.05, 150):
            watch.day(int(wrong), CASES - int(wrong))
        while True:
            day += 1
            wrong = int(chance.binomial(CASES, 0.2))
            if watch.day(wrong, CASES - wrong):
                break
        taken.append(day)
    assert np.median(taken) <= 2
    assert (np.array(taken) <= 3).mean() >= 0.8


def test_after_an_alarm_and_after_a_year_it_begins_anew() -> None:
    watch = Detector(0.05)
    assert watch.day(40, 10)
    assert not watch.stakes.any()
    for _ in range(DAYS_A_YEAR + 1):
        watch.day(0, 10)
    assert watch.days == 1


@pytest.mark.parametrize("cases", [4_000, 20_000, 1_000_000])
def test_a_day_of_very_many_cases_is_no_alarm_while_all_is_well_and_one_when_it_is_not(cases: int) -> None:
    watch = Detector(0.05)
    assert not any(watch.day(int(0.045 * cases), cases - int(0.045 * cases)) for _ in range(10))
    assert np.isfinite(watch.stakes).all()
    assert watch.day(int(0.2 * cases), cases - int(0.2 * cases))


def test_alarms_name_the_day() -> None:
    day = np.repeat(np.arange(100, 110), 50)
    wrong = (day >= 105) & (np.tile(np.arange(50), 10) < 20)
    assert alarms(day, wrong, 0.05)[0] == 105
    assert alarms(day, wrong, 0.0) == []


def test_evidence_grows_with_what_goes_wrong_and_is_seldom_large_by_chance() -> None:
    chance = np.random.default_rng(4)
    many = np.array([evidence(wrong, CASES - wrong, 0.2).max() for wrong in chance.binomial(CASES, 0.2, (400, 60))])
    assert (many >= 20).mean() <= 0.05
    assert evidence(np.array([30, 30]), np.array([20, 20]), 0.2)[-1] > 1e6
