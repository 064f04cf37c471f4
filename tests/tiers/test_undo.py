"""The promise: apply and undo is as if nothing had been, any earlier state comes back, and nothing is ever rewritten."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from duecare.records import Transaction, begin_forgetting, verify
from duecare.tiers import DOCUMENTS, Policy, TierRule, held, history, undo, undoing, would_undo
from duecare.words import BadSettings
from tiers.test_plan_and_apply import MANY, NOW, Shop

LATER = datetime(2026, 7, 1, tzinfo=UTC)
GOLD = Policy((TierRule(name="Gold", when="clv >= 500"), TierRule(name="Standard")))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def state(shop: Shop) -> list[dict[str, str]]:
    return sorted(held(shop.book).to_pylist(), key=lambda row: row["customer_id"])


def put(shop: Shop, policy: Policy) -> None:
    shop.apply(shop.publish(policy), policy)


def test_apply_then_undo_gives_the_same_assignments_since_when_they_were_given(shop: Shop) -> None:
    put(shop, DOCUMENTS)
    before = state(shop)
    put(shop, GOLD)
    assert state(shop) != before
    moved = would_undo(shop.book, 1)
    assert undo(shop.book, 1, actor="ada", at=LATER) == moved > 0
    assert state(shop) == before
    assert verify(shop.book) is None
    assert [step.kind for step in history(shop.book)] == ["plan", "plan", "undo"]


def test_any_earlier_state_comes_back_also_the_one_before_an_undo_and_before_the_first_plan(shop: Shop) -> None:
    put(shop, DOCUMENTS)
    put(shop, GOLD)
    gold = state(shop)
    undo(shop.book, 1, actor="ada", at=LATER)
    undo(shop.book, 2, actor="ada", at=LATER)
    assert state(shop) == gold
    assert undo(shop.book, 0, actor="ada", at=LATER) == MANY
    assert state(shop) == []
    undo(shop.book, 2, actor="ada", at=LATER)
    assert state(shop) == gold


def test_what_was_undone_can_be_planned_and_applied_anew(shop: Shop) -> None:
    plan = shop.publish()
    shop.apply(plan)
    undo(shop.book, 0, actor="ada", at=LATER)
    with pytest.raises(BadSettings, match="applied or undone"):
        shop.apply(plan)
    assert shop.apply(shop.publish()) == MANY


def test_a_plan_that_was_never_applied_cannot_be_gone_back_to(shop: Shop) -> None:
    with pytest.raises(BadSettings, match="nothing to undo"):
        would_undo(shop.book, 1)
    put(shop, DOCUMENTS)
    with pytest.raises(BadSettings, match="no plan 7"):
        undo(shop.book, 7, actor="ada", at=NOW)
    assert undo(shop.book, 1, actor="ada", at=NOW) == 0


def test_a_killed_undo_counts_for_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shop, DOCUMENTS)
    before = state(shop)
    monkeypatch.setattr(undoing, "BATCH", 300)
    monkeypatch.setattr(undoing, "finish", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        undo(shop.book, 0, actor="ada", at=LATER)
    assert state(shop) == before
    monkeypatch.undo()
    undo(shop.book, 0, actor="ada", at=LATER)
    assert state(shop) == []
    assert verify(shop.book) is None


def test_an_undo_that_is_overtaken_never_counts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shop, DOCUMENTS)
    whole = undoing.begin

    def slow(*begun: object, **more: object) -> int:
        begun[0].rows("INSERT INTO plans (plan_hash, seq, run_id, policy_hash, state) VALUES ('other', 9, 'r', 'p', 'applied')")  # type: ignore[attr-defined]
        return whole(*begun, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(undoing, "begin", slow)
    with pytest.raises(BadSettings, match="since this undo began"):
        undo(shop.book, 0, actor="ada", at=LATER)
    assert len(state(shop)) == MANY


def test_who_is_forgotten_while_a_plan_is_undone_does_not_come_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shop, DOCUMENTS)
    whole = undoing.begin

    def slow(transaction: Transaction, *begun: Any, **more: Any) -> int:  # noqa: ANN401
        begin_forgetting(transaction, [("record", "shop", "0007")], customers=1, by="ada", why="they asked", at=LATER)
        return whole(transaction, *begun, **more)

    monkeypatch.setattr(undoing, "begin", slow)
    with pytest.raises(BadSettings, match="somebody was forgotten meanwhile"):
        undo(shop.book, 0, actor="ada", at=LATER)
    assert len(state(shop)) == MANY
