"""Promise: the report shows only figures that a run worked out, says what is missing and why, and needs nothing but itself."""

import csv
import re
from collections.abc import Mapping
from dataclasses import asdict
from html.parser import HTMLParser
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

import pyarrow as pa
import pytest

from duecare.app import report
from duecare.app.findings import findings
from duecare.app.report.tables import Column, Table
from duecare.records import open_scratch
from duecare.tiers import DOCUMENTS
from duecare.value import Money, Terms
from duecare.words import BadSettings
from shop import stock

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VOID = {"meta", "link", "br", "hr", "img", "input"}
COST = "assumed: 20 orders carry no cost, so a gross margin of 40 % stands in; every profit figure rests on it"
NO_CLV = "only 3 customers bought on more than one day: a purchase rate cannot be learned, so nobody is given a CLV"

BUYERS = [  # tier, revenue, margin, profit, contacts, clv, rfm, orders
    ("Premium", 4000.0, 1600.0, 1500.0, 4.0, 2100.5, 111, 12.0),
    ("Premium", 1000.0, 400.0, 390.0, 1.0, 900.0, 111, 6.0),
    *[("Plus", 300.0 + at, 120.0, 100.0, 2.0, 150.0, 212, 3.0) for at in range(6)],
    *[("Standard", 50.0, 20.0, 10.0 * at - 60.0, 8.0, 12.0, 444, 1.0) for at in range(12)],
]
NEVER_BOUGHT = ("Standard", 0.0, 0.0, -6.4, 1.0, None, None, 0.0)


def told(buyers: list[Any], folder: Path) -> dict[str, Any]:
    """What `findings` says of invented customers, by way of a warehouse as in a run."""
    tier, revenue, margin, profit, contacts, clv, rfm, orders = ([row[at] for row in buyers] for at in range(8))
    ids = [f"cu_secret{at}" for at in range(len(buyers))]
    digits = {
        name: pa.array([None if code is None else code // by % 10 for code in rfm], pa.int64())
        for name, by in (("rfm_r", 100), ("rfm_f", 10), ("rfm_m", 1))
    }
    money = {"revenue": revenue, "margin": margin, "profit": profit, "contacts": contacts, "orders": orders}
    warehouse = open_scratch(folder)
    try:
        warehouse.put("facts", pa.table({"customer_id": ids, "clv": pa.array(clv, pa.float64()), **money, **digits}))
        warehouse.put("plan", pa.table({"customer_id": ids, "tier": tier}))
        stock(warehouse, only=("contacts",))
        warehouse.put("members", pa.table({name: pa.array([], pa.string()) for name in ("source", "source_id", "customer_id")}))
        return findings(warehouse, DOCUMENTS.names)
    finally:
        warehouse.close()


def of_a_run(found: dict[str, Any], **other: Any) -> dict[str, Any]:  # noqa: ANN401
    """The facts that a run publishes with these findings."""
    everyone = found["customers"]["all"]
    rows = [
        ("Premium", "Premium", 1),
        (None, "Premium", 1),
        ("Standard", "Plus", 4),
        ("Premium", "Plus", 2),
        ("Standard", "Standard", everyone - 8),
    ]
    return {
        "duecare": "0.1.0",
        "run_id": "20261122T101500Z-3f9a",
        "as_of": "2011-12-10T00:30:00+01:00",
        "made_at": "2026-11-22T11:00:00+00:00",
        "currency": "GBP",
        "inputs": [
            {
                "input": "till",
                "tables": ["people", "orders", "order_lines"],
                "rows_read": 200,
                "rows_used": 150,
                "rows_aside": 50,
                "reasons": {"price is zero or negative": 10, "no customer": 40},
                "cells_emptied": {"orders.delivered_at: not a time": 3},
            }
        ],
        "identity": {"records": 42, "customers": everyone, "minted": everyone, "retired": 0, "compared": ["email", "loyalty"]},
        "notes": [],
        "model": {
            "purchases": "MBG/NBD",
            "spending": "Gamma-Gamma",
            "on_bound": False,
            "buying_r": 0.8,
            "buying_alpha": 72.0,
            "buying_a": 1.0,
            "buying_b": 3.0,
            "gg_p": 3.0,
            "gg_q": 4.0,
            "gg_v": 100.0,
        },
        "terms": asdict(Terms()) | asdict(Money(currency="GBP")),
        "policy": [asdict(tier) for tier in DOCUMENTS.tiers],
        "plan": {
            "hash": "d8964b963f27",
            "policy_hash": "c9",
            "based_on": 3,
            "customers": everyone,
            "movers": 7,
            "by_tier": [dict(zip(("tier_before", "tier", "customers"), row, strict=True)) for row in rows],
        },
        "findings": found,
    } | other


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return told([*BUYERS, NEVER_BOUGHT], tmp_path_factory.mktemp("shop"))


@pytest.fixture
def facts(found: dict[str, Any]) -> dict[str, Any]:
    return of_a_run(found)


class Page(HTMLParser):
    """A page as a reader's program sees it: its elements, its text, its tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.text = ""
        self._table: list[list[str]] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self._table = self.tables[dict(attrs).get("id") or ""] = []
        if tag == "tr" and self._table is not None:
            self._table.append([])
        if tag in {"th", "td"} and self._table is not None:
            self._table[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "table":
            self._table = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._table and self._table[-1] and {"th", "td"} & set(self.open):
            self._table[-1][-1] += data

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]

    @property
    def said(self) -> str:
        """The words, spaces of every kind as one."""
        return re.sub(r"\s+", " ", self.text)


def page(facts: Mapping[str, Any], *, demo: bool = False) -> Page:
    return Page(report.render(facts, demo=demo))


def number(shown: str) -> float:
    """The number that a cell shows, in its own unit."""
    figure = float(re.sub(r"[^\d.−]", "", shown).replace("−", "-"))
    return figure / 100.0 if "%" in shown else figure


def with_claims(facts: dict[str, Any], revenue: float | None, profit: float | None) -> dict[str, Any]:
    claims = [
        claim | {"yours": yours, "interval_99": None} for claim, yours in zip(facts["findings"]["claims"], (revenue, profit), strict=False)
    ]
    return facts | {"findings": facts["findings"] | {"claims": claims}}


def with_findings(facts: dict[str, Any], **other: Any) -> dict[str, Any]:  # noqa: ANN401
    return facts | {"findings": facts["findings"] | other}


def csv_of(this: Page, name: str) -> list[dict[str, str]]:
    link = next(attributes["href"] for tag, attributes in this.tags if tag == "a" and attributes.get("download") == f"{name}.csv")
    return list(csv.DictReader(StringIO(unquote(link.partition(",")[2]), newline="")))


# -- the sentences


def test_the_headline_says_what_the_top_tenth_brings_and_who_makes_the_profit(facts: dict[str, Any]) -> None:
    sentence = "The top 10 % of customers who bought make 61.4 % of revenue, and it takes 98.0 % of them to make all the profit."
    assert report.headline(with_claims(facts, 0.6137506574628906, 0.9804057169202397)) == sentence


def test_the_headline_stands_at_the_head_of_the_page(facts: dict[str, Any]) -> None:
    html = report.render(facts)
    assert report.headline(facts) in html
    assert report.headline(facts) in Page(html).said


def test_the_headline_says_why_when_there_is_little_to_say(facts: dict[str, Any]) -> None:
    assert report.headline(with_claims(facts, 0.4, None)).endswith("make 40.0 % of revenue; together they bring no profit.")
    assert report.headline(with_claims(facts, None, None)) == "20 customers bought, too few or with too little revenue to tell a top tenth."
    nobody_bought = with_findings(facts, customers={"all": 21, "bought": 0})
    assert report.headline(nobody_bought) == "21 customers, and none with an order that counts: what they are worth cannot be said."
    assert report.headline({}) == "The run found no customers."


def test_claims_of_the_documents_are_answered_with_ones_own_number(facts: dict[str, Any]) -> None:
    said = page(with_claims(facts, 0.6137506574628906, 0.189)).said
    assert "the top 10 % make 61.4 % of revenue; the documents say 40 %" in said
    assert "18.9 % of customers make 100 % of profit; the documents say 15 to 20 %" in said


@pytest.mark.parametrize(("yours", "verdict"), [(0.61, "does not hold: higher here"), (0.2, "does not hold: lower here")])
def test_a_claim_that_does_not_hold_says_which_way(facts: dict[str, Any], yours: float, verdict: str) -> None:
    claims = [claim | {"yours": yours, "interval_99": None, "holds": False} for claim in facts["findings"]["claims"][:1]]
    assert f"the documents say 40 % {verdict}" in page(with_findings(facts, claims=claims)).said


def test_a_claim_that_cannot_be_told_is_not_judged(facts: dict[str, Any]) -> None:
    said = page(with_claims(facts, None, None)).said
    assert "the top 10 % of customers make 40 % of revenue, say the documents cannot be said here" in said
    assert "holds here" not in said
    assert "does not hold" not in said


@pytest.mark.parametrize(
    ("losing", "peak", "sentence"),
    [
        (0.0, 1.0, "18.9 % of customers who bought make all the profit; nobody costs more than they bring."),
        (0.002, 1.0003, "18.9 % of customers who bought make all the profit; 0.2 % cost more than they bring."),
        (
            0.34,
            1.37,
            "18.9 % of customers who bought make all the profit; the curve peaks at 137.0 % and falls again, for 34.0 % cost more than they bring.",
        ),
    ],
)
def test_the_whale_curve_is_said_in_a_sentence(facts: dict[str, Any], losing: float, peak: float, sentence: str) -> None:
    whale = facts["findings"]["whale"] | {"all_at": 0.189, "losing": losing, "peak": peak}
    assert sentence in page(with_findings(facts, whale=whale)).said


def test_movers_are_told_by_the_way_they_go(facts: dict[str, Any]) -> None:
    assert "7 of 21 customers would move: 4 up, 2 down, 1 for the first time." in page(facts).said


def test_the_first_plan_is_called_the_first(facts: dict[str, Any]) -> None:
    first = facts["plan"] | {"by_tier": [{"tier_before": None, "tier": "Plus", "customers": 21}], "movers": 21}
    assert "This is the first plan: it would give all 21 customers their tier." in page(facts | {"plan": first}).said


def test_a_tier_that_is_no_more_is_neither_up_nor_down(facts: dict[str, Any]) -> None:
    plan = facts["plan"] | {"by_tier": [{"tier_before": "Gold", "tier": "Plus", "customers": 21}], "movers": 21}
    this = page(facts | {"plan": plan})
    assert "21 of 21 customers would move: 21 out of a tier that is no more." in this.said
    assert this.tables["table-who-moves"][1] == ["Gold", "0", "21", "0"]


# -- the numbers


def test_every_number_of_the_percentile_tables_is_the_findings_own(facts: dict[str, Any]) -> None:
    this = page(facts)
    for key, rows in facts["findings"]["percentiles"].items():
        shown = this.tables[f"table-percentiles-by-{key}"][1:]
        assert len(shown) == len(rows)
        for cells, row in zip(shown, rows, strict=True):
            wanted = [row[name] for name in ("top", "customers", "least", "sum", "share")]
            assert [number(cell) for cell in cells] == pytest.approx(wanted, abs=0.5)
            assert number(cells[4]) == pytest.approx(row["share"], abs=0.0005001)


def test_the_top_shares_are_drawn_for_all_but_everybody(facts: dict[str, Any]) -> None:
    said = page(facts).said
    assert "Top 50 %" in said
    assert "Top 100 %" not in said


def test_every_number_of_the_curve_and_its_tiers_is_the_findings_own(facts: dict[str, Any]) -> None:
    this, whale = page(facts), facts["findings"]["whale"]
    shown = [[number(cell) for cell in row] for row in this.tables["table-whale-curve"][1:]]
    assert shown == [pytest.approx(pair, abs=0.0005001) for pair in zip(whale["customers"], whale["profit"], strict=True)]
    counts = [[number(cell) for cell in row[1:]] for row in this.tables["table-tiers-along-the-curve"][1:]]
    assert counts == [list(row) for row in zip(*(band["customers"] for band in whale["bands"]), strict=True)]


def test_every_number_of_the_tiers_is_the_findings_own(facts: dict[str, Any]) -> None:
    rows = page(facts).tables["table-tiers"][1:]
    for cells, tier in zip(rows, facts["findings"]["tiers"], strict=True):
        assert cells[0] == tier["tier"]
        wanted = [tier[name] for name in ("customers", "orders", "contacts", "revenue", "margin")]
        wanted += [tier["margin"] - tier["profit"], tier["profit"], tier["clv"], tier["valued"], tier["clv"] / tier["valued"]]
        assert [number(cell) for cell in cells[1:]] == pytest.approx(wanted, abs=0.5)


def test_every_number_of_the_rfm_classes_is_the_findings_own(facts: dict[str, Any]) -> None:
    shown = [[cells[0], *map(number, cells[1:])] for cells in page(facts).tables["table-rfm-classes"][1:]]
    assert shown == [[row["rfm"], row["customers"], row["revenue"]] for row in facts["findings"]["rfm"]]


def test_every_count_of_the_data_quality_is_the_runs_own(facts: dict[str, Any]) -> None:
    clean = {"input": "web", "tables": ["people"], "rows_read": 50, "rows_used": 50, "rows_aside": 0, "reasons": {}, "cells_emptied": {}}
    this = page(facts | {"inputs": [*facts["inputs"], clean]})
    assert this.tables["table-inputs"][1:] == [
        ["till", "people, orders and order lines", "200", "150", "50", "75.0 %"],
        ["web", "people", "50", "50", "0", "100.0 %"],
    ]
    assert this.tables["table-left-out"][1:] == [
        ["till", "rows set aside", "no customer", "40"],
        ["till", "rows set aside", "price is zero or negative", "10"],
        ["till", "cells emptied", "orders.delivered_at: not a time", "3"],
    ]
    assert "80.0 % of 250 rows could be used; 50 were set aside, each with its reason." in this.said
    assert "Left out of web" not in this.said


def test_the_csv_holds_the_numbers_in_full(facts: dict[str, Any]) -> None:
    this, whale = page(facts), facts["findings"]["whale"]
    assert [float(row["profit"]) for row in csv_of(this, "whale-curve")] == whale["profit"]
    assert [float(row["CLV, GBP"]) for row in csv_of(this, "tiers")] == [tier["clv"] for tier in facts["findings"]["tiers"]]


def test_the_strip_counts_every_customer_who_bought_once(found: dict[str, Any]) -> None:
    bands = found["whale"]["bands"]
    assert {band["tier"]: sum(band["customers"]) for band in bands} == {"Premium": 2, "Plus": 6, "Standard": 12}
    assert bands[0]["customers"][:3] == [1, 1, 0]


def test_the_models_are_told_in_words(facts: dict[str, Any]) -> None:
    said = page(facts).said
    assert "an active customer buys every 90 days; 25.0 % leave for good after a purchase" in said
    assert "the average customer spends £100 on a day of purchase" in said
    assert "36 months, each year's wait taking off 10 %" in said


def test_customers_who_leave_as_time_goes_by_are_told_so(facts: dict[str, Any]) -> None:
    model = {name: value for name, value in facts["model"].items() if not name.startswith("buying_")}
    pareto = {"purchases": "Pareto/NBD", "buying_r": 0.5, "buying_alpha": 50.0, "buying_s": 1.0, "buying_beta": 365.25}
    said = page(facts | {"model": model | pareto}).said
    assert "an active customer buys every 100 days; 50.0 % leave for good within a year (r 0.5, alpha 50 days, s 1, beta 365 days)" in said


def test_days_are_told_in_words_and_in_utc(facts: dict[str, Any]) -> None:
    assert "9 December 2011, 23:30 UTC" in page(facts).said


# -- what is assumed, what is missing


def test_every_profit_figure_that_rests_on_an_assumption_says_so(facts: dict[str, Any]) -> None:
    this = page(facts | {"notes": [COST]})
    heads = [cell for table in this.tables.values() for cell in (*table[0], *(row[0] for row in table))]
    named = [head for head in heads if re.search(r"profit|CLV|margin", head, re.IGNORECASE) and not head.startswith("Customers with")]
    assert len(named) > 10
    assert all("(assumed)" in head for head in named), named
    assert "make all the profit (assumed)" in report.headline(facts | {"notes": [COST]})
    assert "20 orders carry no cost, so a gross margin of 40 % stands in" in this.said
    assert not re.search(r"(all the|of) profit(?! \(assumed\))", this.said.partition("What the words mean")[0])


def test_nothing_is_called_assumed_that_is_not(facts: dict[str, Any]) -> None:
    assert "assumed" not in page(facts).said.partition("What the words mean")[0].lower()
    minutes = page(facts | {"notes": ["assumed: 9 contacts carry no handle time, so each counts as 8 minutes"]})
    heads = minutes.tables["table-tiers"][0]
    assert "Margin, GBP" in heads
    assert "Cost to serve (assumed), GBP" in heads


def test_without_orders_it_says_so_and_draws_nothing_empty(tmp_path: Path) -> None:
    this = page(of_a_run(told([NEVER_BOUGHT] * 9, tmp_path), model={}, notes=[NO_CLV]))
    assert "There is no whale curve, because no customer has an order that counts." in this.said
    assert "There is no percentile table, because no customer has an order that counts." in this.said
    assert "The RFM grid is missing, because no customer has an order that counts." in this.said
    drawn = [attributes["class"] for tag, attributes in this.tags if tag == "svg" and "class" in attributes]
    assert drawn == ["chart grid", "smallbar", "smallbar", "smallbar"]  # who is in which tier, and the data quality


def test_without_a_clv_it_says_why_and_shows_the_rest(tmp_path: Path) -> None:
    unvalued = [(*row[:5], None, *row[6:]) for row in BUYERS]
    this = page(of_a_run(told(unvalued, tmp_path), model={}, notes=[NO_CLV]))
    assert f"CLV is missing, because {NO_CLV}." in this.said
    assert f"none: {NO_CLV}" in this.said
    assert "table-percentiles-by-profit" in this.tables
    assert "table-percentiles-by-clv" not in this.tables
    assert [row[9] for row in this.tables["table-tiers"][1:]] == ["0", "0", "0"]


def test_without_a_profit_in_total_it_says_why(tmp_path: Path) -> None:
    costly = [(*row[:3], -5.0, *row[4:]) for row in BUYERS]
    said = page(of_a_run(told(costly, tmp_path))).said
    assert "There is no whale curve, because the profit of all customers together is not above nothing" in said
    assert "Shares of profit are missing, because it is not above nothing in total." in said


@pytest.mark.parametrize(
    "part", ["inputs", "identity", "notes", "model", "terms", "policy", "plan", "findings", "as_of", "made_at", "currency", "duecare"]
)
def test_a_part_that_a_run_left_out_does_not_stop_the_report(facts: dict[str, Any], part: str) -> None:
    without = {key: value for key, value in facts.items() if key != part}
    assert page(without).said == page(facts | {part: None}).said


@pytest.mark.parametrize("part", ["whale", "percentiles", "rfm", "tiers", "claims", "totals", "customers"])
def test_a_finding_that_is_none_does_not_stop_the_report(facts: dict[str, Any], part: str) -> None:
    assert report.render(with_findings(facts, **{part: None}))


def test_a_run_that_said_nothing_gives_a_report_that_says_so() -> None:
    said = page({}).said
    assert "The run found no customers." in said
    assert "The conditions are missing, because the run named no policy." in said
    assert "Nobody is said to move, because the run made no plan." in said


# -- the page


def test_the_page_is_well_formed_and_its_anchors_lead_somewhere(facts: dict[str, Any]) -> None:
    this = page(facts | {"notes": [COST, "most customers bought equally often"]}, demo=True)
    assert not this.open
    ids = this.values("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in this.values("href") if href.startswith("#")} <= set(ids)
    assert {name for value in this.values("aria-labelledby") for name in value.split()} <= set(ids)


def test_the_page_loads_nothing_and_runs_nothing(facts: dict[str, Any]) -> None:
    html = report.render(facts)
    this = Page(html)
    assert not this.values("src")
    assert all(href.startswith(("#", "data:text/csv", "data:,")) for href in this.values("href"))
    assert not {"script", "iframe", "object", "embed", "img", "base"} & {tag for tag, _ in this.tags}
    assert not re.search(r"https?://|url\(|@import|\son\w+=", html)


def test_every_picture_has_a_title(facts: dict[str, Any]) -> None:
    html = report.render(facts)
    pictures = re.findall(r"<svg [^>]*role=\"img\".*?>(<\w+)", html)
    assert len(pictures) == 4 + 3
    assert set(pictures) == {"<title"}


def test_a_figures_word_leads_to_its_definition(facts: dict[str, Any]) -> None:
    links = set(page(facts).values("href"))
    wanted = (
        "customer",
        "revenue",
        "margin",
        "profit",
        "cost-to-serve",
        "clv",
        "percentile",
        "rfm",
        "whale-curve",
        "tier",
        "plan",
        "assumed",
        "set-aside",
        "as-of",
        "documents",
    )
    assert {f"#g-{word}" for word in wanted} <= links
    assert {"#fact-clv_percentile", "#fact-rfm", "#fact-rfm_f", "#fact-rfm_m"} <= links


def test_the_same_facts_give_the_same_page(facts: dict[str, Any]) -> None:
    assert report.render(facts) == report.render(dict(reversed(list(facts.items()))))


def test_words_of_the_data_are_shown_as_text(facts: dict[str, Any]) -> None:
    odd = facts["inputs"][0] | {"input": "<b>x", "reasons": {"<i>&why": 50}, "tables": ["<u>"]}
    tiers = [tier | {"tier": f"<s>{tier['tier']}"} for tier in facts["findings"]["tiers"]]
    this = page(
        with_findings(facts, tiers=tiers)
        | {"inputs": [odd], "notes": ["<em>note"], "currency": "<q>", "policy": [{"name": "<s>", "when": "rfm < '<s>'"}]}
    )
    assert not {"b", "i", "u", "s", "em", "q"} & {tag for tag, _ in this.tags}
    assert all(word in this.text for word in ("<b>x", "<i>&why", "<s>Premium", "<em>note", "rfm < '<s>'"))


def test_a_word_that_a_spreadsheet_would_run_is_kept_from_it(facts: dict[str, Any]) -> None:
    odd = facts["inputs"][0] | {"input": "=1+1"}
    assert csv_of(page(facts | {"inputs": [odd]}), "left-out")[0]["input"] == "'=1+1"


def test_the_demo_says_that_it_is_calibrated_and_nothing_else_does(facts: dict[str, Any]) -> None:
    assert (
        "This is the demo. Its shop is invented, and its customers are calibrated to the numbers of the documents."
        in page(facts, demo=True).said
    )
    assert "demo" not in page(facts).said


def test_no_customer_is_named(facts: dict[str, Any]) -> None:
    assert "cu_" not in report.render(facts)


def test_the_colours_can_be_told_from_the_ground() -> None:
    """WCAG AA: 4.5 for text, 3 for what must be seen, in light, in dark and on paper."""
    css = files("duecare.app").joinpath("templates/report.css").read_text("utf-8")
    grounds = [dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6});", block)) for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)]
    assert len(grounds) == 3
    for inks in grounds:
        for text in ("ink", "soft", "link", "warm"):
            assert min(contrast(inks[text], inks["paper"]), contrast(inks[text], inks["note"])) >= 4.5, text
        assert contrast(inks["tier"], inks["paper"]) >= 3
        assert contrast(inks["warm"], inks["track"]) >= 3


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# -- the file


def test_the_file_is_written_whole_and_nothing_is_left_beside_it(facts: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "reports" / "report.html"
    assert report.write(facts, out) == out
    report.write(facts, out, demo=True)
    assert out.read_text("utf-8") == report.render(facts, demo=True)
    assert [path.name for path in out.parent.iterdir()] == ["report.html"]


def test_a_write_that_fails_leaves_the_old_report(facts: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = report.write(facts, tmp_path / "report.html")
    before = out.read_text("utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BadSettings, match="No space left on device"):
        report.write(facts, out, demo=True)
    assert out.read_text("utf-8") == before
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


# -- in a browser


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_well_in_a_browser_without_network(
    chromium: "Browser", facts: dict[str, Any], tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    out = report.write(facts | {"notes": [COST]}, tmp_path / "report.html", demo=True)
    context = chromium.new_context(viewport={"width": width, "height": 800}, offline=True, color_scheme=scheme)
    try:
        tab, troubles, asked = context.new_page(), list[str](), list[str]()
        tab.on("console", lambda message: troubles.append(message.text))
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(out.as_uri())
        for at in range(tab.locator("details").count()):
            details = tab.locator("details").nth(at)
            assert not details.locator("table").first.is_visible()
            details.locator("summary").click()
            assert details.locator("table").first.is_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert troubles == []
    finally:
        context.close()


def test_a_csv_can_be_taken_along(chromium: "Browser", facts: dict[str, Any], tmp_path: Path) -> None:
    out = report.write(facts, tmp_path / "report.html")
    context = chromium.new_context(offline=True)
    try:
        tab = context.new_page()
        tab.goto(out.as_uri())
        with tab.expect_download() as download:
            tab.get_by_text("who-moves.csv").click()
        download.value.save_as(tmp_path / "moves.csv")
        assert download.value.suggested_filename == "who-moves.csv"
        assert (tmp_path / "moves.csv").read_text("utf-8").startswith("holds now,Premium,Plus,Standard\n")
    finally:
        context.close()


def test_a_head_of_a_csv_is_no_formula_either() -> None:
    table = Table(name="t", caption="t", columns=[Column(head="=cmd|' /C calc'!A0"), Column(head="profit")], rows=[["@sum", 1.0]])
    assert table.csv == "'=cmd|' /C calc'!A0,profit\r\n'@sum,1.0\r\n"


def test_how_the_models_did_on_the_past_is_shown_with_its_calibration(facts: dict[str, Any]) -> None:
    score = {"model": "blend", "captured": 0.6, "behind_best": 0.0, "behind_95": (0.0, 0.0), "bias": 1.05}
    window = {"from": "2025-08-19", "days": 438}
    tenths = [{"expected": 2.0 * at, "spent": 2.1 * at} for at in range(1, 11)]
    past = {
        "scores": [score],
        "champion": "blend",
        "chance": 0.1,
        "windows": [window],
        "customers": 900,
        "calibration": tenths,
        "notes": [],
    }
    this = page(facts | {"past": past})
    assert "Blend was chosen: the tenth that it puts first spent 60.0 % of what the truly best tenth did." in this.said
    assert "900 customers, for 438 days from 19 August 2025" in this.said
    assert [row["model"] for row in csv_of(this, "models")] == ["blend", "drawing lots"]
    assert len(csv_of(this, "calibration")) == 10
    assert "No model could be held to the past." in page(facts | {"past": None}).said


def test_tenths_and_who_changes_them_are_told(facts: dict[str, Any]) -> None:
    this = page(facts)
    found = facts["findings"]["deciles"]
    assert f"{found['changed']} customers stand in another tenth by profit than by revenue" in this.said
    assert sum(int(row["customers"]) for row in csv_of(this, "tenths-by-profit")) == facts["findings"]["customers"]["bought"]


def test_how_firm_the_tiers_are_is_told(facts: dict[str, Any]) -> None:
    rows = [
        {"term": "horizon_months", "now": 36, "otherwise": 12, "customers": 200, "tiers": 30, "top_tenth": 4},
        {"term": "discount_percent_per_year", "now": 10.0, "otherwise": 5.0, "customers": 200, "tiers": 1, "top_tenth": 0},
    ]
    this = page(with_findings(facts, sensitivity=rows))
    assert "Most would change with a horizon of 12 months instead of 36 months: 15.0 % of customers with a CLV." in this.said
    assert [row["otherwise"] for row in csv_of(this, "sensitivity")] == ["horizon: 12 months", "discount: 5 % a year"]
    assert "How firm the tiers are" not in page(with_findings(facts, sensitivity=[])).said


def test_what_each_tier_would_ask_for_and_who_keeps_theirs_is_told(facts: dict[str, Any]) -> None:
    row = {"tier": "Gold", "customers_now": 3, "customers": 4, "contacts_per_month": 2.25, "borderline": 1}
    kept = [{"kept": "doubt", "tier": "Gold", "customers": 2}]
    this = page(facts | {"plan": facts["plan"] | {"tiers": [row], "kept": kept}})
    assert this.tables["table-plan-load"][1] == ["Gold", "3", "4", "2.2", "1"]
    assert "2 customers keep Gold, since it is in doubt whether less is due." in this.said
    assert "table-plan-load" not in page(facts).tables
