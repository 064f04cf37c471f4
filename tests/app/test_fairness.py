"""Fairness, effects, drivers, practice and agents at the door."""

import json
import shutil
from pathlib import Path

import pytest

from app.calling import Row, duecare, make_shop, order, say
from duecare.records import open_book

PREMIUM = """[[tiers]]
name = "Premium"
when = "ordered_since('brand', 'garden', DATE '2020-01-01')"

[[tiers]]
name = "Standard"
"""


def unfair(folder: Path) -> Path:
    """Women and men buy as much, and the better tier goes to who bought of a brand that men buy."""
    orders: list[Row] = []
    groups: list[Row] = []
    for n in range(400):
        woman = n % 2 == 0
        groups.append({"source": "shop", "source_id": f"c{n}", "group": "gender", "value": "women" if woman else "men"})
        brand = "garden" if not woman and n % 4 == 1 else "kitchen"
        days = [f"2026-0{1 + k}-{1 + n % 28:02}" for k in range(1 + n // 2 % 4)]
        orders += [{**order(f"o{n}-{day}", f"c{n}", day, 20 + n // 2 % 50, 10), "brand": brand} for day in days]
    make_shop(folder, orders, audit_groups=groups)
    file = folder / "duecare.toml"
    text = file.read_text("utf-8")
    file.write_text(text[: text.index("[[tiers]]")] + PREMIUM, "utf-8")
    return folder


@pytest.fixture(scope="module")
def unfair_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unfair(tmp_path_factory.mktemp("unfair"))


def test_a_plan_that_treats_groups_unlike_is_published_told_and_not_applied(unfair_shop: Path) -> None:
    told = duecare("run", folder=unfair_shop)
    assert told.code == 4
    assert "published: run" in told.out
    assert "stopped by the fairness audit: gender 'women' has Premium" in told.out
    assert "[fairness] accepted_by" in told.err
    assert "stopped by the fairness audit" in duecare("plan", folder=unfair_shop).out
    refused = duecare("apply", "--yes", folder=unfair_shop)
    assert (refused.code, "the plan treats groups unlike" in refused.err) == (4, True)
    assert "no plan was applied yet" in duecare("history", folder=unfair_shop).out
    audit = duecare("fairness", folder=unfair_shop)
    assert (audit.code, "stopped: gender 'women'" in audit.out) == (4, True)


def test_a_named_person_may_answer_for_it(unfair_shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(unfair_shop, folder)
    with (folder / "duecare.toml").open("a") as settings:
        settings.write('\n[fairness]\naccepted_by = "Ada"\n')
    assert duecare("run", folder=folder).code == 0
    assert duecare("apply", "--yes", folder=folder).code == 0


def test_a_wide_tolerance_lets_it_pass(unfair_shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(unfair_shop, folder)
    with (folder / "duecare.toml").open("a") as settings:
        settings.write("\n[fairness]\npoints = 100\n")
    assert duecare("run", folder=folder).code == 0


def test_without_groups_nothing_is_audited_and_it_is_said(ran: Path) -> None:
    told = duecare("fairness", folder=ran)
    assert (told.code, "no audit groups were handed in" in told.out) == (0, True)


def test_the_demos_biased_proxy_is_found_and_nothing_stops_its_plan(demo: Path) -> None:
    told = duecare("fairness", "--json", folder=demo)
    assert told.code == 0, told.err
    facts = told.json
    assert facts["stops"] == []
    assert set(facts["plan"]["attributes"]) == {"gender", "age"}
    assert [(one["column"], one["attribute"]) for one in facts["plan"]["proxies"] if one["attribute"] == "gender"][:1] == [
        ("app_theme", "gender")
    ]
    assert {one["measure"] for one in facts["treatment"]} == {"wait for the first answer", "promises kept", "satisfaction"}
    assert "'app_theme'" in duecare("fairness", folder=demo).out


def test_effects_say_what_they_found_and_why_they_found_nothing(demo: Path) -> None:
    rows = {(one["design"], one["what"]): one for one in duecare("effects", "--json", folder=demo).json["effects"]}
    assert "nobody was drawn" in rows["by lot", "a better tier"]["missing"]
    assert "no plan has been in force for 90 days" in rows["at the cut", "a better tier"]["missing"]
    late = rows["by circumstance", "a late order"]
    assert late["verdict"] == "harms"
    assert (
        late["low"]
        <= 100 * json.loads((demo / "truth" / "effect.json").read_text())["average_effect_on_buying_again_within_180_days"]["late"]
    )
    text = duecare("effects", folder=demo).out
    assert "a late order (by circumstance): -" in text
    assert text.count("\n") == 4


def test_drivers_name_the_broken_promise_and_the_faulty_product(demo: Path) -> None:
    facts = duecare("drivers", "--json", folder=demo).json
    whole = next(one for one in facts["drivers"] if one["tier"] is None and one["outcome"].startswith("satisfaction"))
    assert "a promise broken" in {one["name"] for one in whole["drivers"] if one["shown"]}
    stories = {one["key"]: one["ids"] for one in json.loads((demo / "truth" / "stories.json").read_text())}
    assert facts["avoidable"][0]["product"] == stories["faulty_product_surge"]["product_id"]
    text = duecare("drivers", folder=demo).out
    assert "not what causes it" in text
    assert "hardest for customers first" in text


def test_practice_is_told_by_tier_and_by_tenths(demo: Path) -> None:
    facts = duecare("practice", "--json", folder=demo).json
    assert [one["group"] for one in facts["by_tier"]] == ["Premium", "Plus", "Standard"]
    assert len(facts["differences"]) == 2
    text = duecare("practice", folder=demo).out
    assert "tenth 1 " in text
    assert "proportionality" in text
    assert "customers of Standard waited" in text


def test_ratings_are_off_until_a_named_person_enables_them_and_who_looked_is_kept(demo: Path, tmp_path: Path) -> None:
    assert "agents, " in duecare("agents", folder=demo).out or "too few agents" in duecare("agents", folder=demo).out
    refused = duecare("agents", "--ratings", folder=demo)
    assert (refused.code, "ratings of single agents are off" in refused.err) == (4, True)
    folder = tmp_path / "shop"
    shutil.copytree(demo, folder)
    say(folder, "[records]", '[agents]\nratings_enabled_by = "Ada"\n\n[records]')
    facts = duecare("agents", "--ratings", "--json", folder=folder).json
    assert facts["enabled_by"] == "Ada"
    names = [one["agent"] for one in facts["agents"]]
    assert names == sorted(names)
    assert all(one["low"] <= one["rating"] <= one["high"] and 0 <= one["p_top"] <= 1 for one in facts["agents"])
    text = duecare("agents", "--ratings", folder=folder).out
    assert "enabled by Ada" in text
    assert "rank" not in text


def test_the_service_report_says_what_the_figures_say(demo: Path) -> None:
    page = (demo / "report-service.html").read_text("utf-8")
    rows = {row["kpi"]: row for row in duecare("measure", "--json", folder=demo).json["kpis"]}
    assert f"{rows['csat']['value']:.1f}\u00a0%" in page
    assert f"{rows['promises_kept']['value']:.0f}\u00a0% of promises were kept" in page
    assert "app_theme" in page
    for agent in ("A000000", "A000001"):
        assert agent not in page


def test_a_shop_without_contacts_has_no_service_report(ran: Path) -> None:
    told = duecare("report", folder=ran)
    assert told.out.splitlines()[-1] == "service: no contacts were read"
    assert not (ran / "report-service.html").exists()


@pytest.fixture
def long_served(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo whose plan was applied half a year before the data end."""
    folder = tmp_path / "shop"
    shutil.copytree(demo, folder)
    with open_book("sqlite:book.db", folder) as book, book.write() as transaction:
        transaction.rows("UPDATE plans SET applied_at = '2026-04-30T12:00:00+00:00'")
    return folder


def test_at_the_cut_customers_are_compared_since_the_plan_was_applied(long_served: Path) -> None:
    rows = [one for one in duecare("effects", "--json", folder=long_served).json["effects"] if one["design"] == "at the cut"]
    assert rows
    assert all("missing" not in one for one in rows)
    assert {one["what"] for one in rows} == {"the tier from percentile 90 of CLV on"}
    assert all(one["estimate"] is None or one["low"] <= one["estimate"] <= one["high"] for one in rows)


def test_at_the_cut_nothing_is_told_once_the_run_is_gone(long_served: Path) -> None:
    with open_book("sqlite:book.db", long_served) as book, book.write() as transaction:
        transaction.rows("UPDATE plans SET run_id = '20200101T000000000000Z-0000'")
    (row,) = [one for one in duecare("effects", "--json", folder=long_served).json["effects"] if one["design"] == "at the cut"]
    assert "keep_runs" in row["missing"]


def test_by_lot_those_held_out_are_compared_with_those_who_were_not(long_served: Path) -> None:
    with open_book("sqlite:book.db", long_served) as book, book.write() as transaction:
        held = transaction.rows(
            "SELECT a.customer_id, a.tier, a.plan_hash FROM assignments a WHERE a.tier <> 'Standard' ORDER BY a.customer_id"
        )
        sql = "INSERT INTO arms (experiment, customer_id, arm, tier, stratum, plan_hash) VALUES (?, ?, ?, ?, ?, ?)"
        transaction.many(
            sql, [("spring", who, "held out" if n % 3 == 0 else "treated", tier, n % 2, plan) for n, (who, tier, plan) in enumerate(held)]
        )
    (row,) = [one for one in duecare("effects", "--json", folder=long_served).json["effects"] if one["design"] == "by lot"]
    assert row["what"] == "a better tier, in the comparison 'spring'"
    assert row["held_out"] == -(-len(held) // 3)
    assert row["treated"] + row["held_out"] == len(held)
    assert (row["power"] < 0.8) == (row["estimate"] is None)
