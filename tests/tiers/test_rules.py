"""The promise: a condition says what it seems to say, and can do nothing else."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecare.records import open_scratch
from duecare.tiers import FACTS, Policy, TierRule, parse
from duecare.words import BadSettings
from tiers.corpus import HOSTILE, TREES, rows, text_of, truth_of

REFUSED = [
    "",
    "1 = 1",
    "clv_percentile",
    "clv_percentile >= ",
    "clv_percentile >= 90; DROP TABLE orders",
    "clv_percentile >= 90 -- and more",
    "clv_percentile >= (SELECT 1)",
    "EXISTS (SELECT 1 FROM people)",
    "people.email = 'x'",
    "read_csv('/etc/passwd') IS NULL",
    "getenv('HOME') = orders",
    "orders >= 1 UNION SELECT 1",
    "orders >= 1 ORDER BY 1",
    "orders >= 1 LIMIT 1",
    "orders >= 1 GROUP BY orders",
    "CASE WHEN orders > 1 THEN TRUE END",
    "orders IN (SELECT 1)",
    "orders::VARCHAR = '1'",
    "CAST(orders AS VARCHAR) = '1'",
    "$as_of = orders",
    "orders = ?",
    "rfm LIKE '1%'",
    "x -> x + orders",
    "{people} = orders",
    "orders >= 1 WINDOW w AS ()",
    "sleep(10) = orders",
    "rfm = '{facts}'",
    "rfm_f = 'one'",
    "clv_percentile >= '90'",
    "rfm = 111",
    "rfm IN ('111', 112)",
    "rfm BETWEEN 111 AND 112",
    "orders = rfm",
    "orders = TRUE",
    "-rfm = 1",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_condition_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadSettings):
        parse(text)


def test_an_unknown_column_gets_the_nearest_name() -> None:
    with pytest.raises(BadSettings, match="clv_percentile"):
        parse("clv_percentil >= 90")


def test_a_condition_that_compares_words_with_numbers_is_told_so() -> None:
    with pytest.raises(BadSettings, match="words stand in quotes, numbers without"):
        parse("orders > 2 and rfm_f = 'one'")


def test_the_case_of_a_column_does_not_matter() -> None:
    assert parse("ORDERS > 2 and Rfm = '111'").columns == ("orders", "rfm")
    assert parse("ORDERS > 2").sql == parse("orders > 2").sql


def test_columns_are_told_in_the_order_they_are_looked_at() -> None:
    assert parse("rfm = '111' or rfm_f = 1 or rfm_m = 1").columns == ("rfm", "rfm_f", "rfm_m")


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60)
    | st.sampled_from(REFUSED).flatmap(lambda bad: st.sampled_from([f"orders >= 1 and {bad}", f"({bad}) or orders = 1"]))
)
def test_any_text_is_refused_or_is_a_condition_over_known_columns(text: str) -> None:
    try:
        condition = parse(text)
    except BadSettings:
        return
    assert set(condition.columns) <= set(FACTS)
    assert "select" not in condition.sql.lower().replace("'", '"').split('"')[0]


def rules(*named: tuple[str, str | None]) -> tuple[TierRule, ...]:
    return tuple(TierRule(name=name, when=when) for name, when in named)


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        ((), "no tier"),
        (rules(("A", "orders > 1"), ("A", None)), "stands twice"),
        (rules(("Plus", "orders > 1"), ("PLUS ", None)), "stands twice"),
        (rules((" ", None)), "blank"),
        (rules(("A\nB", None)), "cannot be seen"),
        (rules(("A", "orders > 1")), "has a condition"),
        (rules(("A", None), ("B", None)), "would take everybody"),
    ],
)
def test_a_policy_that_would_leave_someone_out_or_nobody_in_is_refused(tiers: tuple[TierRule, ...], told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        Policy(tiers)


def test_a_policy_is_known_by_its_meaning() -> None:
    one, other = rules(("A", "orders > 1"), ("B", None)), rules(("A", "orders > 2"), ("B", None))
    assert Policy(one).hash == Policy(one).hash
    assert Policy(one).hash != Policy(other).hash


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_malicious_is_refused_with_a_mend(text: str) -> None:
    with pytest.raises(BadSettings) as caught:
        parse(text)
    assert caught.value.mend


def test_drawn_conditions_are_equal_to_a_plain_evaluation_or_refused(tmp_path: Path) -> None:
    people = rows()
    with open_scratch(tmp_path, memory_gb=1) as warehouse:
        warehouse.put(
            "rows",
            pa.table({name: pa.array([row[name] for row in people], pa.string() if name == "rfm" else pa.float64()) for name in people[0]}),
        )

        @settings(max_examples=150, deadline=None)
        @given(TREES)
        def agree(tree: Any) -> None:  # noqa: ANN401
            found = warehouse.arrow(f"SELECT {parse(text_of(tree)).sql} AS yes FROM {{rows}}", rows="rows")["yes"].to_pylist()
            assert found == [truth_of(tree, row) for row in people]

        agree()
