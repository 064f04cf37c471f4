"""The promise: only declared traits enter, by their purpose and basis; what is protected, or stands in for it, never does."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from buyers import TRUE
from duecare.app.linting import lint
from duecare.records import open_scratch
from duecare.tiers.policies import RECOMMENDED
from duecare.value.backtest import backtest
from duecare.value.forecasts import PREDICTED
from duecare.value.models.purchases import Purchases
from duecare.value.predictors import Predictor, traits_of
from duecare.value.protected import PROTECTED, PROXIES, ground
from duecare.words import BadSettings
from shop import know, person, stock

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
SAID: dict[str, Any] = {"source": "CRM", "purpose": "valuation", "basis": "legitimate interest"}
BY_CONSENT: dict[str, Any] = SAID | {"trait": "assets", "kind": "number", "basis": "consent"}


def refused(name: str) -> str:
    """How a trait is refused: what is protected at once, what stands in for it by the linter, as nobody answers for it."""
    with pytest.raises(BadSettings) as caught:
        lint(RECOMMENDED, [Predictor(trait=name, kind="words", **SAID)], [], today=AS_OF.date())
    assert (found := ground(name)) is not None
    assert found.why in caught.value.wrong
    return caught.value.wrong


@pytest.mark.parametrize("word", [word for words in (*PROTECTED.values(), *PROXIES.values()) for word in words])
def test_what_is_protected_or_stands_in_for_it_is_refused(word: str) -> None:
    for name in (word, word.upper(), f"customer_{word}", f"{word} group"):
        assert re.search("is protected|stands in", refused(name))


@pytest.mark.parametrize(
    "name", ["birthDate", "Geburtsdatum", "Staatsangehörigkeit", "zip_code", "PLZ", "First Name", "date of birth", "geräte-typ Gerät"]
)
def test_the_ways_people_write_it_are_known(name: str) -> None:
    assert refused(name)


@pytest.mark.parametrize("name", ["assets", "job_category", "fleet size", "newsletter", "tariff", "employees", "package", "manager"])
def test_other_traits_may_be_declared(name: str) -> None:
    assert Predictor(trait=name, kind="words", **SAID).trait == name


def test_a_predictor_says_where_it_comes_from_and_for_what() -> None:
    for name in ("trait", "source", "purpose"):
        blank: dict[str, Any] = SAID | {"trait": "assets", "kind": "number"} | {name: " "}
        with pytest.raises(BadSettings, match=name):
            Predictor(**blank)


def test_only_rows_of_its_purpose_and_basis_seen_by_then_are_used(tmp_path: Path) -> None:
    def row(who: int, value: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        return {
            "source": "shop",
            "source_id": f"p{who}",
            "name": "assets",
            "value": value,
            "purpose": "valuation",
            "consent": "consent",
        } | more

    rows = [
        row(0, "1"),
        row(1, "3"),
        row(2, "5", purpose="newsletter"),
        row(3, "7", consent=None),
        row(4, "9", observed_at=AS_OF + timedelta(days=1)),
        row(5, "much"),
    ]
    with open_scratch(tmp_path) as warehouse:
        stock(warehouse, only=("people", "traits"), people=[person(f"p{at}") for at in range(7)], traits=rows)
        know(warehouse)
        asked = [Predictor(**BY_CONSENT), Predictor(trait="nothing", kind="words", **SAID)]
        found, notes = traits_of(warehouse, asked, customers=7, as_of=AS_OF)
    assert found is not None
    assert found[:, 0].tolist() == [-1, 1, 0, 0, 0, 0, 0]
    assert found[:, 1].tolist() == [0, 0, 1, 1, 1, 1, 1]
    assert "nothing" in notes[0]


def test_whether_a_trait_helps_is_found_out_on_the_past() -> None:
    chance, many = np.random.default_rng(5), 4_000
    trait = chance.integers(0, 2, many).astype(float)
    rate = chance.gamma(TRUE.r, 1 / TRUE.alpha, many) * np.exp(1.5 * trait)
    first = chance.integers(0, 400, many)
    counts = chance.poisson(rate * 800)
    who = np.repeat(np.arange(many), counts)
    day = np.r_[first, first[who] + chance.integers(1, 800, len(who))]
    book = Purchases.of(np.r_[np.arange(many), who], day, np.full(len(day), 10.0))
    told, noise = (
        {score.model: score for score in backtest(book, 800, 200, traits=values[:, None]).scores}
        for values in (trait, chance.normal(size=many))
    )
    plain = told["MBG/NBD"].captured
    assert told[PREDICTED].captured > plain
    assert noise[PREDICTED].captured == pytest.approx(plain, abs=0.01)
