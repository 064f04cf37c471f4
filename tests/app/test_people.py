"""The promise: what a person says of a customer shows its effect, counts in the next plan, and can be ended."""

from pathlib import Path

import pytest

from app.calling import duecare, make_shop, order, say, went_wrong


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    orders = [order(f"o{who}{at}", f"c{who}", f"2026-0{1 + at}-0{who}", 10.0) for who in range(1, 7) for at in range(who)]
    shop = make_shop(tmp_path, orders)
    assert duecare("policy", "use", "documents", folder=shop).code == 0
    say(shop, "rfm = '111' or rfm_f = 1 or rfm_m = 1", "orders >= 5")
    assert duecare("run", folder=shop).code == 0
    assert duecare("apply", "--yes", folder=shop).code == 0
    return shop


def movers(shop: Path) -> list[tuple[str, str]]:
    return [(one["tier_before"], one["tier"]) for one in duecare("plan", "--json", folder=shop).json["movers"]["list"]]


def test_an_objection_shows_its_effect_is_planned_and_can_be_withdrawn(ran: Path) -> None:
    told = duecare("people", "object", "c6", "--yes", folder=ran)
    assert "the tier is Plus now and will be Standard; the guarantee holds" in told.out
    assert movers(ran) == [("Plus", "Standard")]
    assert duecare("apply", "--yes", "--json", folder=ran).json["moved"] == 1
    assert "no profiling, as they asked" in duecare("explain", "c6", folder=ran).out
    assert duecare("people", "object", "c6", "--withdraw", "--yes", folder=ran).code == 0
    assert movers(ran) == [("Standard", "Plus")]
    went_wrong(duecare("people", "object", "c6", "--withdraw", "--yes", "--json", folder=ran), "no objection was entered by hand")
    went_wrong(duecare("people", "object", "c5", "--json", folder=ran), "nobody is at a terminal")


def test_an_override_gives_a_tier_and_a_lower_one_needs_a_name(ran: Path) -> None:
    assert duecare("people", "override", "c1", "Premium", "--why", "a mistake of ours", "--until", "2027-06-01", folder=ran).code == 0
    assert movers(ran) == [("Standard", "Premium")]
    assert duecare("apply", "--yes", folder=ran).code == 0
    assert "given by a person until 2027-06-01" in duecare("explain", "c1", folder=ran).out
    went_wrong(duecare("people", "override", "c6", "Standard", "--why", "x", "--until", "2027-06-01", folder=ran), "a named person answers")
    went_wrong(duecare("people", "override", "c6", "Premum", "--why", "x", "--until", "2027-06-01", folder=ran), "Premium")
    went_wrong(duecare("people", "override", "c6", "Premium", "--why", "x", "--until", "2099-06-01", folder=ran), "within a year")
    assert duecare("people", "end", "1", folder=ran).code == 0
    assert movers(ran) == [("Premium", "Standard")]


def test_a_plan_is_not_applied_after_a_word_that_it_did_not_know(ran: Path) -> None:
    say(ran, "orders >= 5", "orders >= 4")
    assert duecare("plan", folder=ran).code == 0
    duecare("people", "override", "c1", "Premium", "--why", "x", "--until", "2027-06-01", folder=ran)
    went_wrong_after_plan = duecare("apply", "--yes", folder=ran)
    assert went_wrong_after_plan.code == 1
    assert "duecare plan" in went_wrong_after_plan.err
    assert len(movers(ran)) == 2


def test_needs_holds_and_partings_are_listed_and_end(ran: Path) -> None:
    assert duecare("people", "need", "c2", "call back", "more time", folder=ran).code == 0
    assert duecare("people", "hold", "c3", "--why", "a lawsuit", folder=ran).code == 0
    assert (
        duecare("people", "part-ways", "c4", "--why", "threats to staff", "--by", "Ada Example", "--on", "2027-01-01", folder=ran).code == 0
    )
    listed = duecare("people", "list", "--json", folder=ran).json["words"]
    assert [(one["kind"], one["value"]) for one in listed] == [("need", "call back"), ("need", "more time"), ("hold", ""), ("parting", "")]
    assert movers(ran) == []  # nothing of this moves anybody
    assert "need 1: call back" in duecare("explain", "c2", folder=ran).out
    went_wrong(duecare("people", "need", "c2", "hard of hearing", folder=ran), "a cause never is")
    assert duecare("people", "end", "3", folder=ran).code == 0
    assert len(duecare("people", "list", "--json", folder=ran).json["words"]) == 3
    assert len(duecare("people", "list", "--all", "--json", folder=ran).json["words"]) == 4
    assert duecare("doctor", folder=ran).code == 0


def test_an_appeal_has_a_clock_and_an_outcome(ran: Path) -> None:
    opened = duecare("people", "appeal", "c1", "--says", "why Standard?", "--json", folder=ran).json["words"][0]
    (listed,) = duecare("people", "list", "--json", folder=ran).json["words"]
    assert (listed["word"], listed["overdue"]) == (opened["word"], False)
    assert "29 days left" in duecare("people", "list", "--who", "c1", folder=ran).out
    went_wrong(duecare("people", "end", "1", folder=ran), "is an appeal")
    went_wrong(duecare("people", "decide", "1", "--outcome", "perhaps", "--why", "x", folder=ran), "is no outcome")
    assert duecare("people", "decide", "1", "--outcome", "upheld", "--why", "we were wrong", folder=ran).code == 0
    assert duecare("people", "list", folder=ran).out == "nobody's word stands\n"


def test_a_comparison_holds_some_out_and_explain_says_so(ran: Path) -> None:
    file = ran / "duecare.toml"
    file.write_text(
        file.read_text("utf-8")
        + '\n[experiment]\nname = "spring"\nhold_out_percent = 50\ntiers = ["Plus"]\nbegins = 2026-01-01\nends = 2099-01-01\n',
        "utf-8",
    )
    assert movers(ran) in ([("Plus", "Standard")], [("Plus", "Standard")] * 2, [])
    assert duecare("apply", "--yes", folder=ran).code == 0
    told = [duecare("explain", who, "--json", folder=ran).json["arm"] for who in ("c1", "c5", "c6")]
    assert told[0] is None
    assert {arm for _, arm in told[1:]} <= {"held out", "treated"}
    assert duecare("plan", "--json", folder=ran).json["movers"]["customers"] == 0
