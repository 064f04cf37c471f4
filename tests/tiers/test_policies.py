"""The promise: every shipped policy can be used as it is, and under the recommended one more value never means less service."""

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.tiers import DOCUMENTS, conditions
from duecare.tiers.evaluating import rank_of
from duecare.tiers.policies import ORDER, RECOMMENDED, purpose, shipped, text_of
from duecare.words import BadSettings


@pytest.mark.parametrize("name", ORDER)
def test_a_shipped_policy_is_sound_and_says_whom_it_is_for(name: str) -> None:
    policy = shipped(name)
    assert len(conditions(policy)) == len(policy.tiers) - 1
    assert policy.names[-1] == "Standard"
    assert purpose(name).endswith(".")
    assert set(tomllib.loads(text_of(name))) <= {"tiers", "segments", "options", "policy"}


def test_the_documents_policy_is_theirs_to_the_letter() -> None:
    assert [tier.when for tier in shipped("documents").tiers] == [tier.when for tier in DOCUMENTS.tiers]


def test_a_name_that_is_not_shipped_gets_the_nearest() -> None:
    with pytest.raises(BadSettings, match="recommended"):
        text_of("recomended")


CHANCE = st.floats(0, 1)
CLASS = st.integers(1, 4).map(float)
PERSON = st.fixed_dictionaries(
    {
        "clv": st.floats(-500, 5000),
        "clv_percentile": st.floats(0, 100),
        **dict.fromkeys(("p_top1", "p_top5", "p_top10", "p_top20", "p_top50", "p_top10_within_year", "p_alive"), CHANCE),
        **dict.fromkeys(("rfm_r", "rfm_f", "rfm_m"), CLASS),
        "rfm": st.just("222"),
    }
)
MORE = st.fixed_dictionaries(
    dict.fromkeys(("clv", "clv_percentile", "p_top10", "p_top10_within_year"), st.floats(0, 50)) | {"rfm_m": st.integers(0, 3)}
)


@given(PERSON, MORE)
def test_raising_value_never_lowers_the_tier_under_recommended(person: dict[str, Any], more: Mapping[str, float]) -> None:
    raised = person | {name: person[name] + by for name, by in more.items() if name.startswith("clv")}
    raised |= {name: min(1.0, person[name] + more[name] / 50) for name in ("p_top10", "p_top10_within_year")}
    raised |= {"rfm_m": max(1.0, person["rfm_m"] - more["rfm_m"])}
    assert rank_of(RECOMMENDED, raised) <= rank_of(RECOMMENDED, person)


@given(PERSON)
def test_who_lapsed_is_in_recommended_plus_only_for_what_is_to_come(person: dict[str, Any]) -> None:
    lapsed = person | {"rfm_r": 4.0, "p_top10_within_year": 0.0, "clv_percentile": 10.0}
    assert RECOMMENDED.names[rank_of(RECOMMENDED, lapsed)] == "Standard"


def test_where_value_is_not_known_nobody_is_above_standard_by_it() -> None:
    nobody: dict[str, Any] = dict.fromkeys(("clv", "clv_percentile", "p_top10", "p_top10_within_year", "rfm_r", "rfm_f", "rfm_m", "rfm"))
    assert RECOMMENDED.names[rank_of(RECOMMENDED, nobody)] == "Standard"
