"""Rows of conditions: what is drawn or malicious is equal to a plain evaluation, or refused."""

import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from duecare.records import Warehouse, open_scratch
from duecare.tiers import FACTS, parse
from duecare.words import BadSettings
from proofs import ROOT, Measured, row

MANY = 10_000


@row
def condition_corpus() -> Measured:
    """10,000 drawn condition strings and a corpus of injections: each is equal to a plain evaluation or refused; none names anything but facts."""
    sys.path.insert(0, str(ROOT / "tests"))
    from tiers.corpus import HOSTILE, TREES, rows, text_of, truth_of

    people, counts = (
        rows(),
        {"equal": 0, "unequal": 0, "refused": 0, "other_errors": 0, "beyond_facts": 0, "hostile": len(HOSTILE), "hostile_passed": 0},
    )
    texts = st.text(max_size=80) | st.sampled_from(HOSTILE).flatmap(
        lambda bad: st.sampled_from([f"orders >= 1 and {bad}", f"({bad}) or orders = 1"])
    )

    def weigh(warehouse: Warehouse, case: Any) -> None:  # noqa: ANN401
        text = case if isinstance(case, str) else text_of(case)
        try:
            sound = parse(text)
        except BadSettings as refused:
            counts["refused" if refused.mend and isinstance(case, str) else "other_errors"] += 1
            return
        counts["beyond_facts"] += not set(sound.columns) <= set(FACTS)
        found = warehouse.arrow(f"SELECT {sound.sql} AS yes FROM {{rows}}", rows="rows")["yes"].to_pylist()
        if not isinstance(case, str):
            counts["equal" if found == [truth_of(case, one) for one in people] else "unequal"] += 1

    with TemporaryDirectory() as folder, open_scratch(Path(folder), memory_gb=1) as warehouse:
        table = {name: pa.array([one[name] for one in people], pa.string() if name == "rfm" else pa.float64()) for name in people[0]}
        warehouse.put("rows", pa.table(table | {name: pa.nulls(len(people), pa.float64()) for name in FACTS if name not in table}))

        @seed(random.SystemRandom().randrange(2**32))
        @settings(
            max_examples=MANY,
            deadline=None,
            database=None,
            derandomize=False,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(TREES | texts)
        def all_of_them(case: Any) -> None:  # noqa: ANN401
            weigh(warehouse, case)

        all_of_them()
    counts["hostile_passed"] = sum(_passes(text) for text in HOSTILE)
    holds = not (counts["unequal"] or counts["other_errors"] or counts["beyond_facts"] or counts["hostile_passed"])
    return Measured(figure=counts, target="all equal or refused, none beyond the facts", holds=holds, n=MANY)


def _passes(text: str) -> bool:
    try:
        parse(text)
    except BadSettings:
        return False
    return True
