"""Medians of what still runs, against scipy's estimator and against the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from duecare.measure.survival import UNKNOWN, median, medians, sort_by

LENGTHS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40)


def by_scipy(lengths: list[tuple[int, bool]]) -> int:
    done, runs = [one for one, r in lengths if not r], [one for one, r in lengths if r]
    if not done:
        return UNKNOWN
    left = ecdf(CensoredData(uncensored=done, right=runs)).sf
    reached = left.quantiles[left.probabilities <= 0.5 + 1e-12]
    return int(reached[0]) if len(reached) else UNKNOWN


@given(LENGTHS)
def test_the_median_is_scipys(lengths: list[tuple[int, bool]]) -> None:
    assert median(np.array([one for one, _ in lengths]), np.array([r for _, r in lengths])) == by_scipy(lengths)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.booleans()), max_size=60))
def test_groups_have_the_medians_of_their_own(rows: list[tuple[int, int, bool]]) -> None:
    rows = sorted(rows, key=lambda row: (row[1], row[2]))
    group, length = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1))
    runs = np.array([row[2] for row in rows], dtype=np.bool_)
    found = medians(group, 4, length, runs)
    assert found.tolist() == [median(length[group == one], runs[group == one]) for one in range(4)]


def test_many_groups_are_sorted_alike() -> None:
    group = np.random.default_rng(1).integers(0, 70_000, 1_000)
    assert (sort_by(group, 70_000) == np.argsort(group, kind="stable")).all()


@pytest.mark.parametrize("seed", range(3))
def test_under_a_growing_backlog_it_stays_within_5_percent_of_the_truth_where_completed_ones_mislead(seed: int) -> None:
    chance = np.random.default_rng(seed)
    began = np.sort(chance.uniform(0, 30, 20_000))
    true = chance.lognormal(np.log(10), 1.0, 20_000)
    runs = began + true > 30
    length = np.where(runs, 30 - began, true) * 86_400
    found = median(length.astype(np.int64), runs) / 86_400
    assert found == pytest.approx(10, rel=0.05)
    assert np.median(length[~runs]) / 86_400 < 8


def test_while_service_gets_slower_stages_are_nearer_to_the_truth() -> None:
    chance, errors = np.random.default_rng(8), []
    for _ in range(10):
        began = np.sort(60 * np.sqrt(chance.random(20_000)))
        true = chance.lognormal(np.log(10), 1.0, len(began)) * (1 + began / 60)
        runs = began + true > 60
        length, followed = ((1_000 * days).astype(np.int64) for days in (np.where(runs, 60 - began, true), 60 - began))
        errors.append([median(length, runs, seen) / 1_000 / np.median(true) - 1 for seen in (None, followed)])
    plain, staged = np.mean(errors, axis=0)
    assert -0.035 < staged < 0.01
    assert plain < -0.04


@given(st.integers(0, 1_000), st.integers(2_000, 3_000))
def test_where_all_are_alike_stages_change_little_and_without_censoring_nothing(seed: int, many: int) -> None:
    chance = np.random.default_rng(seed)
    began, true = chance.integers(0, 1_000, many), chance.integers(1, 400, many)
    runs = began + true > 1_000
    length, followed = np.where(runs, 1_000 - began, true), 1_000 - began
    assert median(length, runs, followed) == pytest.approx(median(length, runs), rel=0.15)  # some 200 in each stage
    none = np.zeros(many, dtype=np.bool_)
    assert median(true, none, followed) == median(true, none)
