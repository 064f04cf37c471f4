"""Calendars against a walk of our own, one step of time after another, and against their own laws."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.promises import Calendar, NeverDue
from duecare.words import BadSettings
from promises import walk

OFFICE = {"tz": "Europe/Paris", "weekly": {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in walk.DAYS[:5]}}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if "+" not in text else datetime.fromisoformat(text)


def test_elapsed_and_due_are_those_of_a_walk_second_by_second() -> None:
    chance = random.Random(5)
    for case in walk.cases(seed=1, many=96, longest_s=3 * 3600, step_s=1):
        calendar, said = Calendar.from_dict(case.calendar), walk.elapsed(case)
        assert calendar.elapsed(case.start, case.end, case.pauses) == pytest.approx(said, abs=1e-9), case
        target = chance.uniform(0, said) // (1 / 60) / 60
        expected = walk.due(case, target)
        assert expected is not None
        assert calendar.due(case.start, target, case.pauses) == expected, (case, target)


def test_over_weeks_too_minute_by_minute() -> None:
    for case in walk.cases(seed=2, many=64, longest_s=12 * 86_400, step_s=60):
        calendar, said = Calendar.from_dict(case.calendar), walk.elapsed(case, 60)
        assert calendar.elapsed(case.start, case.end, case.pauses) == pytest.approx(said, abs=1e-9), case
        assert calendar.due(case.start, said, case.pauses) == walk.due(case, said, 60), case


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-23T08:00:00+01:00", "2026-11-23T08:59:59+01:00", 0.0),
        ("2026-11-23T08:59:59+01:00", "2026-11-23T09:00:01+01:00", 1 / 60),
        ("2026-11-23T11:59:00+01:00", "2026-11-23T13:01:00+01:00", 2.0),
        ("2026-11-20T16:00:00+01:00", "2026-11-23T10:00:00+01:00", 120.0),
        ("2026-11-23T10:00:00+01:00", "2026-11-23T09:00:00+01:00", 0.0),
        ("2026-11-23T09:00:00+01:00", "2026-11-23T09:00:00+01:00", 0.0),
    ],
)
def test_an_office_counts_its_hours(start: str, end: str, minutes: float) -> None:
    assert Calendar.from_dict(OFFICE).elapsed(at(start), at(end)) == pytest.approx(minutes, abs=1e-12)


def test_due_is_the_close_and_not_the_next_opening_when_the_target_is_reached_there() -> None:
    office = Calendar.from_dict(OFFICE)
    assert office.due(at("2026-11-20T16:00:00+01:00"), 60) == at("2026-11-20T17:00:00+01:00")
    assert office.due(at("2026-11-20T16:00:00+01:00"), 60 + 1 / 60) == at("2026-11-23T09:00:01+01:00")


def test_a_target_of_nothing_is_due_at_once_outside_hours_and_in_a_pause() -> None:
    night = at("2026-11-22T03:00:00+01:00")
    assert Calendar.from_dict(OFFICE).due(night, 0, [(night, night + timedelta(days=1))]) == night


def test_an_hour_that_comes_twice_counts_twice_and_one_left_out_does_not_count() -> None:
    always = Calendar.from_dict({"tz": "Europe/Paris", "weekly": {day: [["02:00", "03:00"]] for day in walk.DAYS}})
    assert always.elapsed(at("2026-10-24T22:00"), at("2026-10-25T22:00")) == 120.0
    assert always.elapsed(at("2026-03-28T23:00"), at("2026-03-29T22:00")) == 0.0


def test_the_day_that_apia_left_out_has_no_minute() -> None:
    always = Calendar.from_dict(
        {"tz": "Pacific/Apia", "weekly": {day: [["00:00", "24:00"]] for day in walk.DAYS}, "holidays": ["2011-12-29"]}
    )
    assert always.elapsed(at("2011-12-29T10:00"), at("2011-12-31T10:00")) == 24 * 60


def test_open_all_day_is_one_stretch_over_any_midnight() -> None:
    always = Calendar.from_dict({"tz": "America/Sao_Paulo", "weekly": {day: [["00:00", "24:00"]] for day in walk.DAYS}})
    start = at("2018-11-01T00:00")
    assert always.elapsed(start, start + timedelta(days=10)) == 10 * 1440
    assert always.due(start, 10 * 1440) == start + timedelta(days=10)


INSTANT = st.integers(0, 400 * 86_400).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
CASE = st.integers(0, 2**30).map(lambda seed: next(walk.cases(seed=seed, many=1, longest_s=5 * 86_400, step_s=1)))


def some_calendar(seed: int) -> Calendar:
    chance = random.Random(seed)
    place = chance.choice(sorted(walk.MOMENTS))
    return Calendar.from_dict(walk.random_calendar(chance, place, datetime(2026, 7, 1, tzinfo=UTC).date()))


@given(seed=st.integers(0, 500), moments=st.lists(INSTANT, min_size=3, max_size=3).map(sorted))
def test_elapsed_adds_up_over_any_cut_and_only_grows(seed: int, moments: list[datetime]) -> None:
    calendar, (start, cut, end) = some_calendar(seed), moments
    first, second, whole = (calendar.elapsed(*span) for span in ((start, cut), (cut, end), (start, end)))
    assert first + second == pytest.approx(whole, abs=1e-6)
    assert 0 <= first <= whole + 1e-9
    assert calendar.elapsed(end, start) == 0


@given(seed=st.integers(0, 500), start=INSTANT, seconds=st.integers(1, 10_000))
def test_due_turns_elapsed_around_and_a_second_before_it_is_not_reached(seed: int, start: datetime, seconds: int) -> None:
    calendar, minutes = some_calendar(seed), seconds / 60
    due = calendar.due(start, minutes)
    assert calendar.elapsed(start, due) == pytest.approx(minutes, abs=1e-6)
    assert calendar.elapsed(start, due - timedelta(seconds=1)) == pytest.approx(minutes - 1 / 60, abs=1e-6)


@given(case=CASE, minutes=st.integers(1, 3000))
def test_a_pause_never_brings_a_due_time_forward(case: walk.Case, minutes: int) -> None:
    calendar = Calendar.from_dict(case.calendar)
    plain, some, all_of_them = (calendar.due(case.start, minutes, pauses) for pauses in ((), case.pauses[:1], case.pauses))
    assert plain <= some <= all_of_them


@given(case=CASE, seconds=st.lists(st.integers(0, 2 * 86_400), min_size=1, max_size=20))
def test_outside_hours_nothing_passes_and_within_them_every_second_does(case: walk.Case, seconds: list[int]) -> None:
    calendar, steps = Calendar.from_dict(case.calendar), [case.start + timedelta(seconds=second) for second in seconds]
    found = calendar.elapsed(steps, [step + timedelta(seconds=1) for step in steps])
    assert (found * 60).round(9).tolist() == [float(walk.is_open(case.calendar, step)) for step in steps]


def test_a_due_time_that_never_comes_is_said() -> None:
    calendar, start = Calendar.from_dict(OFFICE), at("2026-11-23T08:30")
    with pytest.raises(NeverDue, match="before the year 2200"):
        calendar.due(start, 1e12)
    with pytest.raises(NeverDue):
        calendar.due(start, 10, [(start, at("2199-12-31T20:00"))])
    assert np.isnat(calendar.due([start], 1e12)).all()


def test_a_target_years_ahead_is_found_beyond_the_first_table() -> None:
    calendar, start = Calendar.from_dict(OFFICE), at("2026-11-23T08:00")
    assert calendar.due(start, 5 * 52 * 35 * 60) == at("2031-11-14T16:00:00")  # a Friday's close


BAD = {
    "an unknown zone": ({"tz": "Europe/Pariss"}, "Europe/Paris"),
    "no zone": ({"tz": None}, "zone"),
    "close before open": ({"weekly": {"mon": [["12:00", "09:00"]]}}, "not after"),
    "close at open": ({"weekly": {"mon": [["12:00", "12:00"]]}}, "not after"),
    "overlapping hours": ({"weekly": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "overlap at 11:00"),
    "no time of day": ({"weekly": {"mon": [["9", "12:00"]]}}, "no time of day"),
    "25 o'clock": ({"weekly": {"mon": [["09:00", "25:00"]]}}, "no time of day"),
    "past 24:00": ({"weekly": {"mon": [["09:00", "24:01"]]}}, "no time of day"),
    "no pair": ({"weekly": {"mon": [["09:00"]]}}, "no pair"),
    "hours as a text": ({"weekly": {"mon": "09:00-17:00"}}, "no list"),
    "an unknown day": ({"weekly": {"monday": [["09:00", "17:00"]]}}, "did you mean mon"),
    "an unknown key": ({"holiday": []}, "did you mean holidays"),
    "a holiday that is no date": ({"holidays": ["2026-02-30"]}, "no date"),
    "holidays as a text": ({"holidays": "2026-12-25"}, "no list"),
    "an unknown country": ({"public_holidays": "XX"}, "not known"),
    "a week without an hour": ({"weekly": {}}, "no open minute"),
    "a year of holidays": (
        {"holidays": [(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n)).date().isoformat() for n in range(800)]},
        "2026-01-01",
    ),
    "a last version without an hour": ({"versions": [{"from": "2026-06-01", "weekly": {}}]}, "2026-05-30"),
    "a version without a week": ({"versions": [{"from": "2026-06-01"}]}, "lacks"),
    "a year of 365 days without an hour": (
        {"holidays": [(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n)).date().isoformat() for n in range(365)]},
        "2026-01-01",
    ),
    "a first year without an hour": ({"weekly": {}, "versions": [{"from": "2026-06-01", "weekly": OFFICE["weekly"]}]}, "2025-06-01"),
    "a holiday with a time": ({"holidays": [datetime(2026, 12, 25, tzinfo=UTC)]}, "no date"),
    "two versions of one day": ({"versions": [{"from": "2026-06-01", "weekly": OFFICE["weekly"]}] * 2}, "two versions"),
}


@pytest.mark.parametrize(("change", "told"), BAD.values(), ids=BAD)
def test_a_bad_calendar_is_refused_at_load(change: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        Calendar.from_dict(OFFICE | change)


def test_a_calendar_without_zone_or_week_is_refused() -> None:
    for left in ("tz", "weekly"):
        with pytest.raises(BadSettings, match="lacks"):
            Calendar.from_dict({key: value for key, value in OFFICE.items() if key != left})


def test_a_day_less_than_a_year_may_be_closed() -> None:
    days = [(datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=n)).date().isoformat() for n in range(364)]
    assert Calendar.from_dict(OFFICE | {"holidays": days}).elapsed(at("2026-01-01T00:00"), at("2027-01-01T00:00")) == 420


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_of_all_may_be_named(day: str) -> None:
    for change in ({"holidays": [day]}, {"versions": [{"from": day, "weekly": OFFICE["weekly"]}]}):
        assert Calendar.from_dict(OFFICE | change).elapsed(at("2026-11-23T00:00"), at("2026-11-24T00:00")) == 420


def test_public_holidays_are_closed() -> None:
    calendar = Calendar.from_dict(OFFICE | {"public_holidays": "FR"})
    assert calendar.elapsed(at("2026-07-14T00:00"), at("2026-07-15T00:00")) == 0
    assert calendar.elapsed(at("2026-07-15T00:00"), at("2026-07-16T00:00")) == 420


def test_a_break_may_reach_past_the_hours_and_breaks_may_overlap() -> None:
    calendar = Calendar.from_dict(OFFICE | {"breaks": {"2026-11-23": [["08:00", "10:00"], ["09:30", "11:00"], ["16:00", "20:00"]]}})
    assert calendar.elapsed(at("2026-11-23T00:00"), at("2026-11-23T23:00")) == 60 + 180


def test_threads_may_share_a_calendar() -> None:
    from concurrent.futures import ThreadPoolExecutor

    calendar = Calendar.from_dict(OFFICE)
    starts = [at("1990-01-01T00:00") + timedelta(days=137 * n) for n in range(120)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda start: calendar.elapsed(start, start + timedelta(days=28)), starts))
    assert set(found) == {20 * 420.0}
