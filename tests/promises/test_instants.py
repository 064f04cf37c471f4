"""What a calendar may be asked with: instants, targets and pauses in many forms, and an error for all that is none."""

import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from duecare.promises import Calendar, Pauses
from duecare.promises import calendar as calendars
from duecare.words import BadRows, BadSettings
from promises import walk
from promises.test_calendar import OFFICE, at


def test_columns_say_what_single_instants_say(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = Calendar.from_dict(next(walk.cases(seed=9, many=1, longest_s=86_400, step_s=1)).calendar)
    chance = random.Random(4)
    starts = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randint(0, 10**7)) for _ in range(300)]
    ends = [start + timedelta(seconds=chance.randint(-(10**4), 10**6)) for start in starts]
    pauses = [[(start + timedelta(seconds=5), start + timedelta(hours=chance.randint(1, 30)))] * chance.randint(0, 2) for start in starts]
    one_by_one = [calendar.elapsed(start, end, own) for start, end, own in zip(starts, ends, pauses, strict=True)]
    assert calendar.elapsed(starts, ends, pauses).tolist() == one_by_one
    dues = [calendar.due(start, 90.5, own) for start, own in zip(starts, pauses, strict=True)]
    assert pa.array(calendar.due(starts, 90.5, pauses)).to_pylist() == [due.replace(tzinfo=None) for due in dues]
    plain = calendar.elapsed(starts, ends)
    monkeypatch.setattr(calendars, "MANY", 1)
    assert calendar.elapsed(starts, ends).tolist() == plain.tolist()


@pytest.mark.parametrize(
    "column",
    [
        lambda moments: moments,
        lambda moments: pa.array(moments),
        lambda moments: pa.chunked_array([pa.array(moments)]),
        lambda moments: pa.array(moments, pa.timestamp("ms", "Asia/Tokyo")),
        lambda moments: np.array([m.replace(tzinfo=None) for m in moments], dtype="datetime64[s]"),
    ],
    ids=["datetimes", "arrow", "arrow in chunks", "arrow in another zone", "numpy"],
)
def test_instants_come_in_many_forms(column: Any) -> None:  # noqa: ANN401
    moments = [at("2026-11-23T08:30"), at("2026-11-23T11:00")]
    ends = [at("2026-11-23T09:30"), at("2026-11-24T11:00")]
    assert Calendar.from_dict(OFFICE).elapsed(column(moments), column(ends)).tolist() == [60.0, 420.0]


def test_one_instant_of_numpy_is_one_instant() -> None:
    office: Any = Calendar.from_dict(OFFICE)  # the types promise datetimes alone
    start = np.datetime64("2026-11-23T08:30")
    assert office.elapsed(start, start + np.timedelta64(1, "h")) == 60.0
    assert office.due(start, 60) == at("2026-11-23T09:30")
    assert office.elapsed(start, start + np.timedelta64(1, "h"), [(start, start + np.timedelta64(1, "m"))]) == 59.0


def test_nanoseconds_are_cut_off() -> None:
    start = pa.array([1_764_000_000_000_000_999], pa.timestamp("ns", "UTC"))
    assert Calendar.from_dict(OFFICE).elapsed(start, start).tolist() == [0.0]


def test_one_value_stands_for_every_row_and_other_lengths_are_refused() -> None:
    office: Any = Calendar.from_dict(OFFICE)  # the types promise columns for columns
    start = at("2026-11-23T08:30")
    ten, twenty = (np.datetime64("2026-11-23T08:30") + np.timedelta64(n, "m") for n in (10, 20))
    assert office.due(start, [10, 20]).tolist() == office.due([start, start], [10, 20]).tolist() == [ten.item(), twenty.item()]
    assert office.elapsed(start, np.array([ten, twenty])).tolist() == [10.0, 20.0]
    with pytest.raises(BadRows, match="2 starts and 3 targets"):
        office.due([start, start], [1, 2, 3])
    with pytest.raises(BadRows, match="2 starts and 3 ends"):
        office.elapsed([start] * 2, [start] * 3)


@pytest.mark.parametrize("minutes", [-1, -1e-9, float("nan"), None, "five", timedelta(minutes=5), [[1]]])
def test_a_target_that_is_no_number_of_minutes_is_refused(minutes: Any) -> None:  # noqa: ANN401
    with pytest.raises(BadRows, match="target"):
        Calendar.from_dict(OFFICE).due(at("2026-11-23T08:30"), minutes)


def test_a_missing_instant_gives_a_missing_answer() -> None:
    calendar, start = Calendar.from_dict(OFFICE), at("2026-11-23T08:30")
    assert np.isnan(calendar.elapsed([start, None], [None, start])).all()
    assert np.isnat(calendar.due(np.array(["NaT"], dtype="datetime64[us]"), 5.0)).all()


def test_no_rows_give_no_answers() -> None:
    nothing = np.array([], dtype="datetime64[us]")
    assert len(Calendar.from_dict(OFFICE).elapsed(nothing, nothing)) == 0
    assert len(Calendar.from_dict(OFFICE).due(nothing, 5.0)) == 0


NAIVE, AWARE = datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)  # noqa: DTZ001


NO_INSTANTS = {
    "naive": NAIVE,
    "one of them naive": [AWARE, NAIVE],
    "numbers": np.array([1, 2]),
    "a text": "2026-01-01",
    "texts": ["2026-01-01"],
    "arrow without a zone": pa.array([NAIVE]),
    "days": [AWARE.date()],
    "nothing": None,
    "two dimensions": np.array([["2026-01-01"]], dtype="datetime64[us]"),
    "before the year 1": datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
}


@pytest.mark.parametrize("moment", NO_INSTANTS.values(), ids=NO_INSTANTS)
def test_what_is_no_instant_is_refused(moment: Any) -> None:  # noqa: ANN401
    with pytest.raises((BadRows, BadSettings)):
        Calendar.from_dict(OFFICE).elapsed(moment, moment)


@pytest.mark.parametrize("day", ["9999-12-31", "2200-01-01", "1849-12-31"])
def test_a_day_before_1850_or_after_2199_is_a_placeholder_and_is_told(day: str) -> None:
    start, end = sorted((at("2026-01-01T00:00"), at(f"{day}T00:00")))
    with pytest.raises(BadRows, match="2199"):
        Calendar.from_dict(OFFICE).elapsed(start, end)


def test_the_first_and_the_last_day_that_may_be_asked_about_are_answered() -> None:
    office = Calendar.from_dict(OFFICE)
    assert office.elapsed(at("1850-01-01T00:00"), at("1850-01-08T00:00")) == 5 * 420
    assert office.elapsed(at("2199-12-30T12:00"), at("2199-12-31T23:59:59.999999")) == 4 * 60 + 420


def test_pauses_that_end_before_they_start_are_refused() -> None:
    start = at("2026-01-01T00:00")
    with pytest.raises(BadRows, match="1 pauses end"):
        Calendar.from_dict(OFFICE).elapsed(start, start, [(start, start - timedelta(seconds=1))])
    with pytest.raises(BadRows, match="equally long"):
        Pauses.of([0, 1], [start], [start])


START = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


NO_PAUSES = {
    "one pair, not in a list": ((START, START), "no pair"),
    "half a pair": ([(START,)], "no pair"),
    "texts": ([("2026-11-23", "2026-11-24")], "no pair"),
    "one that goes on": ([(START, None)], "lacks"),
    "too few": ([[], []], "2 of 1 intervals"),
    "of an interval that is not there": (Pauses.of([1], [START], [START]), "not among the 1"),
    "of an interval before the first": (Pauses.of([-1], [START], [START]), "not among the 1"),
}


@pytest.mark.parametrize(("pauses", "told"), NO_PAUSES.values(), ids=NO_PAUSES)
def test_what_is_no_pause_is_refused(pauses: Any, told: str) -> None:  # noqa: ANN401
    with pytest.raises(BadRows, match=told):
        Calendar.from_dict(OFFICE).elapsed(START, START + timedelta(hours=1), pauses)


def test_pauses_come_in_many_forms() -> None:
    office, end, pair = Calendar.from_dict(OFFICE), START + timedelta(hours=1), (START, START + timedelta(minutes=5))
    table = np.array([[moment.replace(tzinfo=None) for moment in pair]], dtype="datetime64[us]")
    forms: list[Any] = [[pair], (pair,), [list(pair)], [[pair]], table, iter([pair]), Pauses.of([0], [pair[0]], [pair[1]])]
    assert [office.elapsed(START, end, form) for form in forms] == [55.0] * len(forms)
    assert office.elapsed([START] * 2, [end] * 2, [pair]).tolist() == [55.0, 55.0]
    assert office.elapsed([START] * 2, [end] * 2, [[], [pair]]).tolist() == [60.0, 55.0]


def test_pauses_that_touch_or_overlap_count_once_and_one_of_no_length_not_at_all() -> None:
    office, start, hours = Calendar.from_dict(OFFICE), START, timedelta(hours=1)
    pauses = [(start + hours, start + 2 * hours), (start, start + hours), (start, start + 1.5 * hours), (start, start)]
    assert office.elapsed(start, start + 3 * hours, pauses) == 30.0
    assert office.due(start, 30, pauses) == start + 2.5 * hours


def test_one_rows_pauses_do_not_touch_anothers_due_time() -> None:
    office, start, hour = Calendar.from_dict(OFFICE), START, timedelta(hours=1)
    pauses = [[(start, start + hour)], [(start + hour, start + 2 * hour)]]
    assert office.due([start, start], 30, pauses).tolist() == [
        (start + 1.5 * hour).replace(tzinfo=None),
        (start + 0.5 * hour).replace(tzinfo=None),
    ]
