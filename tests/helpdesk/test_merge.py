"""The promise: what somebody else wrote is never overwritten without being told, and nothing is written that stands there."""

from hypothesis import given
from hypothesis import strategies as st

from duecare.helpdesk.merge import POLICIES, merge

NAMES = st.sampled_from(["tier", "care", "why"])
FIELDS = st.dictionaries(NAMES, st.sampled_from(["", "a", "b", "c"]))


@given(wanted=FIELDS, applied=FIELDS, observed=FIELDS, policy=st.sampled_from(POLICIES))
def test_each_field_is_settled_by_the_three_sides(
    wanted: dict[str, str], applied: dict[str, str], observed: dict[str, str], policy: str
) -> None:
    merged = merge(wanted, applied, observed, policy)  # type: ignore[arg-type]
    told = {one.field: one for one in merged.edits}
    for name in ("tier", "care", "why"):
        want, last, now = wanted.get(name), applied.get(name, ""), observed.get(name, "")
        if want is None or want == now:
            assert name not in merged.after
            assert name not in told
        elif now == last:
            assert merged.after[name] == want
            assert name not in told
        else:
            assert told[name].found == now
            assert told[name].overwritten is (policy == "ours") is (name in merged.after)
    assert merged.before == {name: observed.get(name, "") for name in merged.after}


@given(wanted=FIELDS, applied=FIELDS, observed=FIELDS, policy=st.sampled_from(POLICIES))
def test_after_it_is_written_nothing_more_is_to_be_written(
    wanted: dict[str, str], applied: dict[str, str], observed: dict[str, str], policy: str
) -> None:
    first = merge(wanted, applied, observed, policy)  # type: ignore[arg-type]
    again = merge(wanted, {**applied, **first.after}, {**observed, **first.after}, policy)  # type: ignore[arg-type]
    assert not again.after
