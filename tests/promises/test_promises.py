"""Promises: which one is in force, what became of it, drafts, and a guarantee that may not get worse."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.promises import Calendar, Guarantee, Promise, Promises
from duecare.promises.calendar import always
from duecare.promises.clocks import ENDED, Spans
from duecare.promises.suggest import Groups, as_toml, drafts, round_up, worse
from duecare.promises.terms import ALWAYS, CLOCKS, METRICS, SEVERITIES
from duecare.promises.verdicts import VERDICTS, judge
from duecare.words import BadSettings
from promises.walk import DAYS

TIERS = ("Premium", "Plus", "Standard")
MINUTE = 60_000_000
AS_OF = 1_800_000_000 * 1_000_000
OFFICE = Calendar.from_dict({"tz": "UTC", "weekly": {day: [["09:00", "17:00"]] for day in DAYS}})


def promise(target: float, metric: str = "first_response", **more: Any) -> Promise:  # noqa: ANN401
    return Promise(metric=metric, target_minutes=target, **more)


def some(lengths: list[float], ended: str = "done", clock: str = "first_response", severity: str = "normal", ago_days: float = 10) -> Spans:
    """One contact for each length in minutes, all opened some days ago."""
    many = len(lengths)
    start = np.full(many, AS_OF - int(ago_days * 1440) * MINUTE, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    how = np.full(many, ENDED.index(ended), dtype=np.uint8)
    return Spans(
        contacts=["?"] * many,
        contact=np.arange(many),
        clock=np.full(many, CLOCKS.index(clock), dtype=np.uint8),
        start=start,
        end=start + np.array([int(length * MINUTE) for length in lengths], dtype=np.int64),
        ended=how,
        frozen=start,
        severity=np.full(many, SEVERITIES.index(severity), dtype=np.int8),
        piece=nothing,
        piece_start=nothing,
        piece_end=nothing,
        as_of=AS_OF,
        answers=np.zeros(many, dtype=np.int64),
        transfers=np.zeros(many, dtype=np.int64),
    )


def joined(*parts: Spans) -> Spans:
    """Put spans of several contacts together."""
    from_here = np.cumsum([0, *(len(part) for part in parts)])
    names = ("clock", "start", "end", "ended", "frozen", "severity")
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    contact = np.concatenate([part.contact + first for part, first in zip(parts, from_here, strict=False)])
    return replace(parts[0], contacts=["?"] * int(from_here[-1]), contact=contact, **columns)


def groups(*tiers: int) -> Groups:
    return Groups(tier=np.array(tiers), tiers=TIERS, channel=np.zeros(len(tiers), dtype=np.int64), channels=("email",))


def verdict(spans: Spans, promises: Promises, tier: int = 2, calendars: dict[str, Calendar] | None = None) -> list[str]:
    found = judge(
        spans,
        promises,
        calendars or {ALWAYS: always()},
        tier=np.full(len(spans), tier),
        tiers=TIERS,
        channel=np.zeros(len(spans), dtype=np.int64),
        channels=("email",),
    )
    return [VERDICTS[place] for place in found.verdict]


def test_exactly_on_the_target_is_kept_and_a_second_later_is_not() -> None:
    assert verdict(some([30, 30 + 1 / 60]), Promises((promise(30),))) == ["kept", "breached"]


def test_minutes_in_pieces_are_exact_to_the_microsecond() -> None:
    """0.1 and 0.2 minutes add up to 0.30000000000000004."""
    start = np.array([0, 600]) * MINUTE
    in_pieces = replace(
        some([1000], clock="requester_wait"),
        piece=np.array([0, 0]),
        piece_start=start,
        piece_end=start + np.array([6_000_000, 12_000_000]),
    )
    assert verdict(in_pieces, Promises((promise(0.3, "requester_wait"),))) == ["kept"]
    late = replace(in_pieces, piece_end=in_pieces.piece_end + np.array([0, 1]))
    assert verdict(late, Promises((promise(0.3, "requester_wait"),))) == ["breached"]


def test_running_past_due_is_breached_and_running_not_due_is_undecided() -> None:
    running = replace(
        some([0, 0]),
        ended=np.zeros(2, dtype=np.uint8),
        start=np.array([AS_OF - 30 * MINUTE, AS_OF - 31 * MINUTE]),
        end=np.full(2, np.iinfo(np.int64).min),
    )
    assert verdict(running, Promises((promise(30),))) == ["undecided", "breached"]


@pytest.mark.parametrize("ended", ["abandoned", "merged", "bot"])
def test_what_something_else_ended_in_time_is_undecided_and_late_is_breached(ended: str) -> None:
    assert verdict(some([30, 31], ended), Promises((promise(30),))) == ["undecided", "breached"]


def test_a_solution_keeps_the_promise_of_a_reply() -> None:
    assert verdict(some([30, 31], "solved", "next_reply"), Promises((promise(30, "next_reply"),))) == ["kept", "breached"]


def test_what_nobody_promised_has_no_verdict() -> None:
    assert verdict(some([30], clock="next_reply"), Promises((promise(30),))) == ["not promised"]


def test_the_calendar_of_the_promise_counts() -> None:
    night = replace(some([0]), start=np.array([1_799_999_940_000_000 - 60 * 60 * 1_000_000 * 24]), end=np.array([1_799_999_940_000_000]))
    open_minutes = OFFICE.elapsed(night.start.view("datetime64[us]"), night.end.view("datetime64[us]"))[0]
    assert open_minutes == 8 * 60
    in_hours = Promises((promise(open_minutes, calendar="office"),), (ALWAYS, "office"))
    assert verdict(night, in_hours, calendars={"office": OFFICE}) == ["kept"]
    assert verdict(night, Promises((promise(open_minutes),))) == ["breached"]


def test_of_tier_and_guarantee_the_stricter_holds() -> None:
    promises = Promises((promise(15, severity="critical"), promise(240), promise(60, tier="Premium")))

    def target(tier: str, severity: str) -> float:
        found = promises.in_force("first_response", tier, severity, "email")
        assert found is not None
        return found.target_minutes

    assert target("Premium", "normal") == 60
    assert target("Premium", "critical") == 15
    assert target("Standard", "critical") == 15
    assert target("Standard", "low") == 240


def test_the_severity_says_more_than_the_channel() -> None:
    promises = Promises((promise(30, channel="email"), promise(60, severity="critical")))
    found = [promises.in_force("first_response", None, severity, "email") for severity in ("critical", "normal")]
    assert [one and one.target_minutes for one in found] == [60, 30]


def test_a_tier_may_promise_just_what_the_guarantee_does_and_keep_it_more_often() -> None:
    promises = Promises((promise(10), promise(10, tier="Plus", share_percent=95)))
    found = promises.in_force("first_response", "Plus", "normal", "email")
    assert found is not None
    assert found.share_percent == 95


SCOPES = st.tuples(st.sampled_from([None, *TIERS]), st.sampled_from([None, *SEVERITIES]), st.sampled_from([None, "email", "phone"]))


@given(
    st.dictionaries(SCOPES, st.integers(1, 500), max_size=8),
    st.sampled_from(TIERS),
    st.sampled_from(SEVERITIES),
    st.sampled_from(["email", "phone"]),
)
def test_nobody_is_ever_below_the_guarantee(said: dict[Any, int], tier: str, severity: str, channel: str) -> None:
    made = tuple(promise(target, tier=t, severity=s, channel=c) for (t, s, c), target in said.items())
    try:
        promises = Promises(made)
    except BadSettings as error:
        assert "less than the guarantee" in str(error)  # noqa: PT017 - refused, which is right too
        return
    mine = promises.in_force("first_response", tier, severity, channel)
    everybodys = Promises(promises.guarantee).in_force("first_response", None, severity, channel)
    assert everybodys is None or (mine is not None and mine.target_minutes <= everybodys.target_minutes)


BAD = {
    "an unknown metric": ((promise(1, "first_respons"),), "first_response"),
    "handle time": ((promise(1, "handle_time"),), "which there is not"),
    "an unknown severity": ((promise(1, severity="hihg"),), "high"),
    "an unknown calendar": ((promise(1, calendar="offices"),), "office"),
    "no time at all": ((promise(0),), "cannot be"),
    "for ever": ((promise(float("inf")),), "cannot be"),
    "more than everybody": ((promise(1, share_percent=101),), "cannot be"),
    "twice": ((promise(1), promise(2)), "promised twice"),
    "a tier below the guarantee": ((promise(10), promise(11, tier="Plus")), "less than the guarantee"),
    "a tier kept less often": ((promise(10), promise(10, tier="Plus", share_percent=80)), "less than the guarantee"),
    "a tier on a calendar that closes": ((promise(10), promise(10, tier="Plus", calendar="office")), "less than the guarantee"),
}


@pytest.mark.parametrize(("said", "told"), BAD.values(), ids=BAD)
def test_a_promise_that_cannot_be_meant_is_refused(said: tuple[Promise, ...], told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        Promises(said, (ALWAYS, "office"))


def test_drafts_are_what_nine_in_ten_got_and_no_tier_is_drafted_below_the_one_beneath() -> None:
    standard, plus, premium = some([float(n) for n in range(1, 101)]), some([5.0] * 60), some([400.0] * 60)
    spans = joined(standard, plus, premium)
    found = drafts(spans, always(), groups(*[2] * 100, *[1] * 60, *[0] * 60))
    told = [(draft.promise.tier, draft.promise.target_minutes, draft.kept_percent) for draft in found]
    assert told == [(None, 90.0, 90.0), ("Plus", 5.0, 100.0)]  # Premium got less than Plus, so nothing is drafted for it
    assert Promises(tuple(draft.promise for draft in found))
    assert 'tier = "Plus"' in as_toml(found)


def test_a_tier_that_keeps_a_shorter_target_as_often_is_drafted() -> None:
    found = drafts(joined(some([60.0] * 50), some([5.0] * 50)), always(), groups(*[2] * 50, *[1] * 50))
    assert [(draft.promise.tier, draft.promise.target_minutes, draft.kept_percent) for draft in found] == [
        (None, 60, 100),
        ("Plus", 5, 100),
    ]


def test_too_few_contacts_draft_nothing() -> None:
    assert drafts(joined(some([5.0] * 49)), always(), groups(*[2] * 49)) == []
    assert len(drafts(joined(some([5.0] * 50)), always(), groups(*[2] * 50))) == 1


def test_what_a_solution_ended_tells_no_length() -> None:
    solved = some([5.0] * 60, "solved", "next_reply")
    assert drafts(solved, always(), groups(*[2] * 60)) == []
    both = drafts(joined(solved, some([60.0] * 50, clock="next_reply")), always(), groups(*[2] * 110))
    assert [(draft.promise.target_minutes, draft.spans) for draft in both] == [(60.0, 110)]


def test_only_the_last_days_count() -> None:
    spans = joined(some([5.0] * 60, ago_days=91))
    assert drafts(spans, always(), groups(*[2] * 60)) == []
    assert len(drafts(spans, always(), groups(*[2] * 60), days=92)) == 1
    on_the_line = joined(some([5.0] * 60, ago_days=90))
    assert drafts(on_the_line, always(), groups(*[2] * 60)) == []
    a_second_later = replace(on_the_line, start=on_the_line.start + 1_000_000, end=on_the_line.end + 1_000_000)
    assert len(drafts(a_second_later, always(), groups(*[2] * 60))) == 1


def test_a_guarantee_below_what_the_lowest_tier_got_is_told_and_the_draft_of_it_is_not() -> None:
    spans = joined(some([float(n) for n in range(1, 101)]))
    mine = groups(*[2] * 100)
    draft = drafts(spans, always(), mine)[0].promise
    calendars = {ALWAYS: always()}
    assert worse(spans, Promises((draft,)), calendars, mine) == []
    longer = worse(spans, Promises((replace(draft, target_minutes=100.0),)), calendars, mine)
    rarer = worse(spans, Promises((replace(draft, share_percent=89.9),)), calendars, mine)
    assert [(one.got_percent, one.spans) for one in (*longer, *rarer)] == [(100.0, 100), (90.0, 100)]
    assert "90 minutes" in rarer[0].told()


def test_fewer_than_fifty_contacts_say_nothing_against_a_guarantee() -> None:
    slow = Promises((promise(60, share_percent=50),))
    found = [len(worse(joined(some([5.0] * many)), slow, {ALWAYS: always()}, groups(*[2] * many))) for many in (49, 50)]
    assert found == [0, 1]


def test_what_better_tiers_got_does_not_bind_the_guarantee() -> None:
    spans = joined(some([60.0] * 60), some([5.0] * 60))
    assert worse(spans, Promises((promise(60, share_percent=100),)), {ALWAYS: always()}, groups(*[2] * 60, *[0] * 60)) == []


@given(st.floats(0.01, 1e6))
def test_a_round_target_is_never_below(minutes: float) -> None:
    assert round_up(minutes) >= minutes


@pytest.mark.parametrize("name", ["", "  "])
def test_nobody_is_no_named_person(name: str) -> None:
    with pytest.raises(BadSettings, match="signed by nobody"):
        Guarantee(signed_by=name)


def test_handle_time_is_never_promised() -> None:
    assert set(METRICS) == set(CLOCKS) - {"handle_time", "unsolved"}
