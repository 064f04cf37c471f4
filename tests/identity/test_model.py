"""The promise: a model is kept whole, its name tells it from any other, and what it says of confidence goes by what it weighs."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.identity.confidence import BITS, MANY, OF_FEW, OF_MANY, confidence
from duecare.identity.edges import Edges
from duecare.identity.model import AT_HOME, OWN_AT_HOME, Model, Weights, fixed
from duecare.words import BadSettings
from identity.facing import COLUMNS

SHARE = st.floats(0, 1, allow_nan=False)


@st.composite
def models(draw: st.DrawFn) -> Model:
    present = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, unique=True))
    base = fixed(tuple(present))
    columns = {
        name: Weights(**{part: tuple(draw(SHARE) for _ in held.m) for part in ("m", "u", "h", "n")}) for name, held in base.columns.items()
    }
    rates = {name: draw(st.floats(0, 5)) for name in ("pairs_per_record", "home_pairs_per_record", "juniors", "twins", "called_alike")}
    return Model(columns=columns, learnt=draw(st.booleans()), **rates)


@given(models())
def test_a_model_is_read_as_it_was_written(model: Model) -> None:
    again = Model.from_json(model.as_json())
    assert (again, list(again.columns), again.version) == (model, list(model.columns), model.version)


@given(models(), st.data())
def test_the_name_of_a_model_changes_with_every_weight(model: Model, data: st.DataObject) -> None:
    column, part = data.draw(st.sampled_from(list(model.columns))), data.draw(st.sampled_from(["m", "u", "h", "n"]))
    held = getattr(model.columns[column], part)
    at = data.draw(st.integers(0, len(held) - 1))
    moved = tuple(share + 0.125 if place == at else share for place, share in enumerate(held))
    other = replace(model, columns={**model.columns, column: replace(model.columns[column], **{part: moved})})
    assert other.version != model.version
    for name in ("pairs_per_record", "home_pairs_per_record", "juniors", "twins", "called_alike"):
        assert replace(model, **{name: getattr(model, name) + 0.125}).version != model.version
    assert replace(model, learnt=not model.learnt).version != model.version


@pytest.mark.parametrize("part", ["m", "u", "h", "n"])
def test_weights_of_other_levels_than_are_compared_are_refused(part: str) -> None:
    model = fixed(("given", "email"))
    shorter = {name: replace(held, **{part: getattr(held, part)[1:]}) for name, held in model.columns.items()}
    with pytest.raises(BadSettings, match="another version"):
        Model.from_json(replace(model, columns=shorter).as_json())


def test_weights_of_other_columns_than_are_compared_are_refused() -> None:
    model = fixed(("given", "email"))
    with pytest.raises(BadSettings, match="another version"):
        Model.from_json(replace(model, columns={**model.columns, "shoe_size": model.columns["email"]}).as_json())


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-0.5", "null", '"0.8"', "[]"])
@pytest.mark.parametrize("name", ["m", "juniors"])
def test_weights_that_are_no_numbers_are_no_model(wrong: str, name: str) -> None:
    text = fixed(("given", "email")).as_json()
    spoilt = re.sub(rf'("{name}": \[?)[0-9.e-]+', rf"\g<1>{wrong}", text, count=1)
    assert spoilt != text
    with pytest.raises((ValueError, TypeError)):
        Model.from_json(spoilt)


def test_a_model_holds_nobodys_data() -> None:
    assert set(fixed(COLUMNS).as_json()) <= set('abcdefghijklmnopqrstuvwxyz_-.0123456789{}[]:," ')


@given(st.floats(0.01, 2.0), st.integers(100, 10**7))
def test_the_prior_goes_by_the_number_of_records(rate: float, records: int) -> None:
    model = replace(fixed(("email",)), pairs_per_record=rate, home_pairs_per_record=rate / 2)
    assert model.prior(records) * records * (records - 1) / 2 == pytest.approx(rate * records)
    assert model.home_prior(records) == pytest.approx(model.prior(records) / 2)


@pytest.mark.parametrize("records", [0, 1, 2, 3])
def test_a_prior_of_few_records_is_no_certainty(records: int) -> None:
    model = replace(fixed(("email",)), pairs_per_record=3.0, home_pairs_per_record=3.0)
    assert (model.prior(records), model.home_prior(records)) == (0.4, 0.4)


def test_agreement_speaks_for_one_person_and_difference_against() -> None:
    for name, weights in fixed(COLUMNS).columns.items():
        bits = weights.bits()
        assert bits[0] > 3 > 0 > bits[-1], name


def test_a_home_has_more_in_common_than_strangers_and_less_than_one_person() -> None:
    for name, held in fixed(COLUMNS).columns.items():
        if name in AT_HOME:
            assert held.u[0] < held.h[0] < held.m[0]
            assert held.h[0] == pytest.approx(OWN_AT_HOME.get(name, AT_HOME[name]) * held.m[0], rel=0.05)
        else:
            assert held.h == held.u


def pair(bits: float) -> Edges:
    return Edges.plain(np.array([0]), np.array([1]), np.array([bits]))


def test_a_record_alone_is_sure() -> None:
    assert confidence(Edges.none(), np.array([0, 1, 2])).tolist() == [1.0, 1.0, 1.0]
    assert confidence(Edges.none(), np.array([], np.int64)).tolist() == []


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_more_bits_are_never_less_sure(one: float, other: float) -> None:
    less, more = (confidence(pair(bits), np.array([0, 0]))[0] for bits in sorted((one, other)))
    assert 0 < less <= more <= 1


@pytest.mark.parametrize("at", range(len(BITS)))
def test_confidence_is_what_was_read_off_at_each_point(at: int) -> None:
    assert confidence(pair(BITS[at]), np.array([0, 0])).tolist() == [OF_FEW[at]] * 2
    a, b = np.triu_indices(MANY, 1)
    many = Edges.plain(a, b, np.full(len(a), BITS[at]))
    assert confidence(many, np.zeros(MANY, np.int64)).tolist() == [OF_MANY[at]] * MANY


def test_a_customer_is_as_sure_as_the_record_that_hangs_on_least() -> None:
    weak = Edges.plain(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([20.0, 2.5, 2.5]))
    assert confidence(weak, np.array([0, 0, 0])).tolist() == [OF_FEW[BITS.index(2.5)]] * 3
    beside = Edges.plain(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([20.0, -9.0, -9.0]))
    assert confidence(beside, np.array([0, 0, 1])).tolist() == [OF_FEW[-1]] * 2 + [1.0]
