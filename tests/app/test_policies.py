"""The promise: a policy is put in place without losing a comment, two are held side by side, and an editor is told what may stand where."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.calling import duecare, make_shop, order, say, went_wrong
from duecare.app.linting import Waiver, lint
from duecare.app.policies import with_policy
from duecare.app.schema import schema
from duecare.tiers import NamedSegment, Policy, TierRule
from duecare.tiers.policies import ORDER, RECOMMENDED, text_of
from duecare.value.predictors import Predictor
from duecare.words import BadSettings

TODAY = date(2026, 6, 1)


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    orders = [order(f"o{who}{at}", f"c{who}", f"2026-0{1 + at}-0{who}", 10.0) for who in range(1, 7) for at in range(who)]
    shop = make_shop(tmp_path, orders)
    assert duecare("run", folder=shop).code == 0
    return shop


# policies


@pytest.mark.parametrize("name", ORDER)
def test_any_shipped_policy_can_be_used_planned_and_applied(name: str, ran: Path) -> None:
    say(ran, "[money]", "# mine, and to be kept\n[money]")
    told = duecare("policy", "use", name, "--json", folder=ran)
    assert told.code == 0, told.err
    assert "# mine, and to be kept" in (ran / "duecare.toml").read_text("utf-8")
    assert duecare("plan", folder=ran).code == 0
    assert duecare("apply", "--yes", "--json", folder=ran).json["moved"] == 6
    assert duecare("explain", "c5", folder=ran).code == 0


def test_using_another_policy_leaves_nothing_of_the_old_one() -> None:
    text = "# top\n[money]\ncurrency = 'CHF' # francs\n\n[policy]\nlevel = 'account'\n\n[[tiers]]\nname = 'A'\nwhen = 'orders > 1'\n\n[[tiers]]\nname = 'B'\n\n[value]\nhorizon_months = 12\n"
    made = with_policy(text, text_of("equal"))
    assert tomllib.loads(made) == {"money": {"currency": "CHF"}, "value": {"horizon_months": 12}, "tiers": [{"name": "Standard"}]}
    assert "# francs" in made
    assert "# top" in made


def test_a_policy_whose_tiers_a_promise_still_names_is_not_put_in_place(ran: Path) -> None:
    file = ran / "duecare.toml"
    file.write_text(file.read_text("utf-8") + '\n[[promises]]\nmetric = "first_response"\ntarget_minutes = 60\ntier = "Premium"\n', "utf-8")
    before = file.read_text("utf-8")
    went_wrong(duecare("policy", "use", "equal", folder=ran), "names the tier 'Premium'")
    assert file.read_text("utf-8") == before
    assert not (ran / "duecare.toml.new").exists()


def test_a_dry_run_prints_the_settings_and_changes_nothing(ran: Path) -> None:
    before = (ran / "duecare.toml").read_text("utf-8")
    told = duecare("policy", "use", "equal", "--dry-run", folder=ran)
    assert tomllib.loads(told.out)["tiers"] == [{"name": "Standard"}]
    assert (ran / "duecare.toml").read_text("utf-8") == before


def test_two_policies_are_held_side_by_side(ran: Path) -> None:
    found = duecare("policy", "compare", "current", "equal", "--json", folder=ran).json["pairs"]
    assert sum(one["customers"] for one in found) == 6
    assert {one["other"] for one in found} == {"Standard"}
    told = duecare("policy", "compare", "documents", "recommended", folder=ran).out
    assert "down: documents; across: recommended" in told
    went_wrong(duecare("policy", "compare", "documents", "recomended", folder=ran), "recommended")


def test_lapsed_customers_in_a_tier_that_does_not_look_at_recency_are_told(ran: Path) -> None:
    duecare("policy", "use", "documents", folder=ran)
    notes = duecare("run", "--json", folder=ran).json["notes"]
    assert not [note for note in notes if "does not look at recency" in note]  # here who buys often bought last
    say(ran, "rfm = '111' or rfm_f = 1 or rfm_m = 1", "orders >= 1")
    notes = duecare("run", "--json", folder=ran).json["notes"]
    assert [note for note in notes if note.startswith("33% of Plus are in the class that bought longest ago")]


# options


def test_what_options_cost_and_how_many_lack_is_told(ran: Path) -> None:
    say(
        ran,
        '[[tiers]]\nname = "Premium"',
        '[[options]]\nname = "line"\nsays = "a direct line"\ncost_per_customer_month = 2.5\ncapacity_customers = 4\n\n[[tiers]]\nname = "Premium"',
    )
    say(ran, 'name = "Standard"', 'name = "Standard"\noptions = ["line"]')
    shown = duecare("plan", "--json", folder=ran).json
    standard = next(one["customers"] for one in shown["tiers"] if one["tier"] == "Standard")
    assert shown["options"] == [
        {
            "option": "line",
            "tiers": ["Standard"],
            "customers": standard,
            "cost_per_month": 2.5 * standard,
            "capacity_customers": 4,
            "lacking": max(standard - 4, 0),
        }
    ]
    assert "option line: " in duecare("plan", folder=ran).out


# segments


def test_segments_are_listed_counted_and_written_down(ran: Path) -> None:
    file = ran / "duecare.toml"
    file.write_text(
        file.read_text("utf-8")
        + '\n[[segments]]\nname = "Often"\nwhen = "orders >= 4"\n\n[[segments]]\nname = "First"\nwhen = "orders >= 6"\nkind = "static"\n',
        "utf-8",
    )
    assert duecare("segment", "count", "in_segment('Often') and orders < 6", "--json", folder=ran).json == {
        "condition": "in_segment('Often') and orders < 6",
        "customers": 2,
        "of": 6,
    }
    went_wrong(duecare("segment", "list", folder=ran), "nobody was written down")
    assert duecare("segment", "freeze", "First", "--json", folder=ran).json == {"segment": "First", "customers": 1}
    told = duecare("segment", "list", "--json", folder=ran).json["segments"]
    assert [(one["name"], one["customers"]) for one in told] == [("Often", 3), ("First", 1)]
    went_wrong(duecare("segment", "freeze", "Often", folder=ran), "no static segment")
    went_wrong(duecare("segment", "count", "order > 1", folder=ran), "orders")
    assert duecare("doctor", folder=ran).code == 0


# the linter


def predictor(trait: str) -> Predictor:
    return Predictor(trait=trait, source="CRM", purpose="valuation", basis="legitimate interest", kind="words")


def waiver(what: str, until: date = TODAY) -> Waiver:
    return Waiver(what=what, approved_by="Ada Example", until=until, why="delivery zones, checked")


@pytest.mark.parametrize("trait", ["region", "customer_language", "device", "firstname"])
def test_what_stands_in_for_what_is_protected_needs_a_person_who_answers_for_it(trait: str) -> None:
    with pytest.raises(BadSettings, match="stands in for what is protected"):
        lint(RECOMMENDED, [predictor(trait)], [], today=TODAY)
    (note,) = lint(RECOMMENDED, [predictor(trait)], [waiver(trait)], today=TODAY)
    assert "Ada Example answers for it until 2026-06-01" in note
    with pytest.raises(BadSettings, match="has ended"):
        lint(RECOMMENDED, [predictor(trait)], [waiver(trait)], today=date(2026, 6, 2))


def test_names_and_values_of_a_policy_may_not_speak_of_what_is_protected() -> None:
    tiers = (
        TierRule(name="Best", when="in_segment('Women') or ordered_since('category', 'maternity and pregnancy', DATE '2026-01-01')"),
        TierRule(name="Rest"),
    )
    policy = Policy(tiers, (NamedSegment(name="Women", when="orders > 1"),))
    with pytest.raises(BadSettings, match="the condition's value 'maternity and pregnancy' tells of health"):
        lint(policy, [], [], today=TODAY)
    gender = Policy(
        (TierRule(name="Best", when="in_segment('Gender F')"), TierRule(name="Rest")), (NamedSegment(name="Gender F", when="orders > 1"),)
    )
    with pytest.raises(BadSettings, match="the segment 'Gender F' tells of sex and gender"):
        lint(gender, [], [], today=TODAY)


def test_the_linter_stops_a_run_and_a_plan_before_any_work(ran: Path) -> None:
    file = ran / "duecare.toml"
    file.write_text(
        file.read_text("utf-8") + '\n[[predictors]]\ntrait = "region"\nsource = "CRM"\npurpose = "v"\nbasis = "consent"\nkind = "words"\n',
        "utf-8",
    )
    for words in (["run"], ["plan"]):
        went_wrong(duecare(*words, folder=ran), "where people live")
    until = datetime.now(UTC).date()
    file.write_text(
        file.read_text("utf-8") + f'\n[[exceptions]]\nwhat = "region"\napproved_by = "Ada Example"\nuntil = {until}\nwhy = "zones"\n',
        "utf-8",
    )
    assert [note for note in duecare("run", "--json", folder=ran).json["notes"] if "Ada Example answers for it" in note]


def test_an_exception_says_who_answers_and_why() -> None:
    with pytest.raises(BadSettings, match="approved_by"):
        Waiver(what="region", approved_by=" ", until=TODAY, why="x")


# the schema


def valid(text: str) -> Any:  # noqa: ANN401
    whole = schema()
    jsonschema.Draft202012Validator.check_schema(whole)
    jsonschema.validate(tomllib.loads(text), whole)


@pytest.mark.parametrize("name", ORDER)
def test_the_schema_lets_every_shipped_policy_pass(name: str) -> None:
    valid(text_of(name))


def test_the_schema_lets_what_init_writes_pass_and_nothing_that_is_refused(ran: Path) -> None:
    text = (ran / "duecare.toml").read_text("utf-8")
    valid(text)
    for wrong in (
        "[money]\ncurrncy = 'EUR'",
        "[money]\ncurrency = 'euro'",
        "[value]\nhorizon_months = 0",
        "[[tiers]]\nwhen = 'orders > 1'",
        "[[tiers]]\nname = 'A'\nagents = 'old'",
    ):
        with pytest.raises(jsonschema.ValidationError):
            valid(wrong)
