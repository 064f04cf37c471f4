"""The promise: the report needs nothing but itself, the demo says what it is, and doctor finds what is unsound."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.calling import Told, duecare, rows, went_wrong
from duecare.records import open_book

ON_THE_DEMO = pytest.mark.xdist_group("demo-shop")


class Page(HTMLParser):
    """What a page asks for, its scripts and its handlers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.runs: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            outside = name in {"src", "srcset", "href", "action", "data", "poster", "xlink:href"} and not (value or "").startswith(
                ("#", "data:")
            )
            self.fetched += [value or ""] if outside else []
            self.runs += [name] if name.startswith("on") else []
        self.runs += [tag] if tag in {"script", "iframe", "object", "embed"} else []


@ON_THE_DEMO
def test_the_report_needs_no_network_and_no_script(demo: Path, tmp_path: Path) -> None:
    told = duecare("report", "--settings", str(demo / "duecare.toml"), "--out", str(tmp_path / "deep" / "r.html"), folder=tmp_path)
    text = (tmp_path / "deep" / "r.html").read_text("utf-8")
    page = Page(text)
    assert (page.fetched, page.runs) == ([], [])
    assert not re.search(r"https?://|@import|url\((?!['\"]?(data:|#))", text)
    assert told.out.splitlines()[0] in re.sub(r"\s+", " ", text.replace("\xa0", " "))
    assert told.out.splitlines()[1] == f"report: {tmp_path / 'deep' / 'r.html'}"


@ON_THE_DEMO
def test_the_report_of_the_demo_says_that_it_is_calibrated(demo: Path) -> None:
    assert "calibrated to the numbers of the documents" in (demo / "report.html").read_text("utf-8")


def test_a_report_of_ones_own_data_claims_no_demo(ran: Path) -> None:
    assert duecare("report", folder=ran).code == 0
    assert "This is the demo" not in (ran / "report.html").read_text("utf-8")


def test_a_report_that_cannot_be_written_says_where(ran: Path) -> None:
    (ran / "taken").write_text("a file")
    went_wrong(duecare("report", "--out", "taken/report.html", folder=ran), "taken/report.html", "--out FILE")


@ON_THE_DEMO
def test_the_demo_ends_with_its_headline_and_the_place_of_the_report(demo_told: tuple[Path, Told]) -> None:
    folder, told = demo_told
    assert told.code == 0, told.err
    assert re.search(r"^The top 10 % of customers who bought make \d+\.\d % of revenue", told.out.splitlines()[-3])
    assert told.out.splitlines()[-2:] == ["report: shop/report.html", "service: shop/report-service.html"]
    assert (folder / "report-service.html").exists()
    assert (folder / "report.html").exists()
    assert told.err.splitlines()[-1] == "next: duecare explain WHO --settings shop/duecare.toml"


@ON_THE_DEMO
def test_the_demo_has_applied_its_plan(demo: Path) -> None:
    assert duecare("apply", "--yes", "--json", folder=demo).json["moved"] == 0
    (customers,) = rows(demo, "SELECT count(*) AS n FROM {customers}", "customers")
    with open_book("sqlite:book.db", demo) as book:
        assert book.rows("SELECT count(*) FROM assignments") == [(customers["n"],)]


def test_the_demo_never_writes_over_a_real_shop(shop: Path) -> None:
    before = (shop / "duecare.toml").read_bytes(), (shop / "exports" / "orders.csv").read_bytes()
    went_wrong(duecare("demo", ".", "--no-serve", folder=shop), "is there already and is not of a demo", "duecare demo DIR")
    assert ((shop / "duecare.toml").read_bytes(), (shop / "exports" / "orders.csv").read_bytes()) == before


def test_doctor_finds_everything_sound(ran: Path) -> None:
    told = duecare("doctor", folder=ran)
    assert told.code == 0
    assert [line[0] for line in told.out.splitlines()] == ["✓"] * 8
    assert [
        word for word in ("Python 3.", "2 customer ids", "2 events give exactly", "the chain holds", "GB free") if word not in told.out
    ] == []


def test_doctor_finds_a_changed_audit_row_and_a_lost_settings_file(ran: Path) -> None:
    with open_book("sqlite:book.db", ran) as book, book.write() as transaction:
        transaction.rows("UPDATE audit SET actor = 'nobody'")
    told = duecare("doctor", folder=ran)
    assert told.code == 1
    assert "✗ audit: the audit chain does not hold at row 1" in told.out
    (ran / "duecare.toml").unlink()
    told = duecare("doctor", "--json", folder=ran)
    assert (told.code, told.json["sound"]) == (1, False)
    assert [one["what"] for one in told.json["findings"] if not one["sound"]] == ["settings"]


def test_doctor_finds_that_the_chain_was_emptied(ran: Path) -> None:
    assert duecare("apply", "--yes", folder=ran).code == 0
    assert "and tells of 1 applied plan" in duecare("doctor", folder=ran).out
    with open_book("sqlite:book.db", ran) as book, book.write() as transaction:
        transaction.rows("DELETE FROM audit")
    told = duecare("doctor", folder=ran)
    assert told.code == 1
    assert "✗ audit: the book holds 1 applied plan, and the audit chain tells of 0" in told.out


@pytest.mark.parametrize("name", ["exports/orders.csv", "report.html", "truth/stories.json", "book.db"])
def test_the_demo_never_writes_over_a_file_that_it_did_not_make(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine", "utf-8")
    went_wrong(duecare("demo", ".", "--no-serve", folder=tmp_path), "is not of a demo", "duecare demo DIR")
    assert (tmp_path / name).read_text("utf-8") == "mine"
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [tmp_path / name]


def test_the_demo_may_be_made_again_where_it_was_made_and_where_only_hidden_files_lie(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for _ in range(2):
        assert (told := duecare("demo", ".", "--no-serve", "--customers", "200", folder=tmp_path)).code == 0, told.err
