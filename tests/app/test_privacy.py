"""The promise: who was forgotten is in no file of ours and does not come back; who asks is told everything."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.calling import duecare, make_shop, order, went_wrong
from app.scanning import values_in
from duecare.records import open_book

PEOPLE = [
    {
        "source_id": "c1",
        "name": "Änne Übermut-O'Hara",
        "email": "Aenne.O@Example.org",
        "phone": "+43 660 1234567",
        "street": "Gasse 7",
        "birth_date": "1961-02-03",
    },
    {"source_id": "c2", "name": "Bo Berg", "email": "bo@example.org", "phone": "+43 660 7654321", "street": "Gasse 7"},
    {"source_id": "c3", "name": "Cy Berg", "email": "bo@example.org", "street": "Platz 1"},
    *[
        {"source_id": f"c{at}", "name": name, "email": f"{name.lower().replace(' ', '.')}@example.org"}
        for at, name in enumerate(("Dora Klug", "Emil Sommer", "Franz Taler", "Gerda Wolf", "Hugo Adler", "Ida Lamm"), start=4)
    ],
]
OWN = ["Übermut", "aenne.o@example.org", "1234567", "o10", "k10", "1961-02-03", "secret words"]
"""What belongs to the first and to nobody else."""


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    orders = [order(f"o{who}{at}", f"c{who}", f"2026-0{1 + at}-0{who}", 10.0) for who in range(1, 10) for at in range(3)]
    contacts = [
        {"contact_id": f"k{who}0", "source_id": f"c{who}", "channel": "phone", "opened_at": "2026-03-01T10:00:00Z"} for who in range(1, 10)
    ]
    lines = [{"order_id": f"o{who}0", "product_id": "p", "quantity": 1, "amount": 10} for who in range(1, 10)]
    surveys = [
        {"source_id": "c1", "at": "2026-03-02T10:00:00Z", "kind": "csat", "score": 5, "comment": "secret words", "contact_id": "k10"}
    ]
    tables = {"people": PEOPLE, "contacts": contacts, "surveys": surveys}
    named = {name: [{"source": "shop", **row} for row in rows] for name, rows in tables.items()}
    shop = make_shop(tmp_path, [{"source": "shop", **row} for row in orders], order_lines=lines, **named)
    for _ in range(2):
        assert (told := duecare("run", folder=shop)).code == 0, told.err
    assert duecare("apply", "--yes", folder=shop).code == 0
    return shop


def found(shop: Path) -> list[str]:
    """Which of the first one's values stand in any file that Duecare wrote, however it is packed."""
    written = [path for path in shop.rglob("*") if path.is_file() and "exports" not in path.parts and path.name != "duecare.toml"]
    whole = "\n".join(text.lower() for path in written for text in values_in(path))
    return [value for value in OWN if value.lower() in whole]


def test_the_scan_finds_what_is_there(ran: Path) -> None:
    assert found(ran) == OWN


def test_nothing_is_left_of_who_was_forgotten_and_a_reimport_does_not_bring_them_back(ran: Path) -> None:
    duecare("people", "appeal", "c1", "--says", "secret words", folder=ran)
    duecare("plan", folder=ran)
    told = duecare("forget", "aenne.o@example.org", "--yes", "--json", folder=ran)
    assert told.code == 0, told.err
    assert told.json["rows"] == {"people": 1, "orders": 3, "contacts": 1}
    assert found(ran) == []
    assert len(list((ran / "warehouse" / "runs").glob("*/run.json"))) == 1
    for _ in range(2):
        assert duecare("run", folder=ran).code == 0
        assert found(ran) == []
    went_wrong(duecare("explain", "c1", folder=ran), "nobody is known")
    assert duecare("explain", "c2", folder=ran).code == 0
    assert duecare("doctor", folder=ran).code == 0
    (ran / "exports" / "orders.csv").touch()  # read anew
    inputs = {one["input"]: one for one in duecare("run", "--json", folder=ran).json["inputs"]}
    assert inputs["orders"]["reasons"] == {"the person asked to be forgotten": 3}
    assert inputs["people"]["rows_read"] == 9 == inputs["people"]["rows_used"] + 1
    assert found(ran) == []


def test_a_new_export_that_names_them_by_another_number_does_not_bring_them_back(ran: Path) -> None:
    duecare("forget", "c1", "--yes", folder=ran)
    with (ran / "exports" / "people.csv").open("a", encoding="utf-8") as file:
        columns = (ran / "exports" / "people.csv").read_text("utf-8").splitlines()[0].split(",")
        again = {"source": "shop", "source_id": "new7", "name": "A. Übermut", "email": " AENNE.o@example.org"}
        file.write(",".join(again.get(name, "") for name in columns) + "\n")
    assert duecare("run", folder=ran).code == 0
    assert found(ran) == []
    went_wrong(duecare("explain", "new7", folder=ran), "nobody is known")


def test_an_email_that_others_bear_too_takes_nobody_along(ran: Path) -> None:
    assert duecare("forget", "c3", "--yes", folder=ran).code == 0
    assert duecare("explain", "c2", folder=ran).code == 0
    assert duecare("run", folder=ran).code == 0
    assert duecare("explain", "c2", folder=ran).code == 0


def test_undo_does_not_bring_back_an_assignment_of_who_was_forgotten(ran: Path) -> None:
    duecare("forget", "c1", "--yes", folder=ran)
    assert duecare("undo", "--to", "0", "--yes", "--json", folder=ran).json["moved"] == 8
    assert duecare("undo", "--to", "1", "--yes", "--json", folder=ran).json["moved"] == 8


def test_a_forgetting_that_was_killed_is_ended_by_the_next_run(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from duecare.app import batch, forgetting

    monkeypatch.setattr(batch, "run", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        forgetting.forget_people(["c1"], ran / "duecare.toml", why="x", yes=True, dry_run=False, as_json=True)
    monkeypatch.undo()
    assert found(ran)
    assert duecare("run", "--accept-changes", "x", folder=ran).code == 0
    assert found(ran) == []


def test_a_hold_keeps_and_a_dry_run_and_silence_forget_nobody(ran: Path) -> None:
    went_wrong(duecare("forget", "c2", "--json", folder=ran), "nobody is at a terminal")
    assert duecare("forget", "c2", "--dry-run", folder=ran).out.endswith("nothing was forgotten.\n")
    duecare("people", "hold", "c2", "--why", "a lawsuit", folder=ran)
    told = duecare("forget", "bo@example.org", "c2", "--yes", "--json", folder=ran)
    assert told.code == 1
    assert duecare("explain", "c2", folder=ran).code == 0


def test_many_are_forgotten_at_once_from_a_file(ran: Path, tmp_path: Path) -> None:
    (tmp_path / "who.txt").write_text("c1\nc4\n\nc5\n", "utf-8")
    assert duecare("forget", "--from", "who.txt", "--yes", "--json", folder=ran).json["customers"] == 3
    assert duecare("run", "--json", folder=ran).json["identity"]["customers"] == 6


def test_neither_the_chain_nor_an_error_names_who_was_forgotten(ran: Path) -> None:
    duecare("forget", "c1", "--yes", folder=ran)
    with open_book("sqlite:book.db", ran) as book:
        chain = " ".join(str(row[0]) for row in book.rows("SELECT detail FROM audit"))
    assert not [value for value in (*OWN, 'c1"') if value in chain]
    told = duecare("forget", "aenne.o@example.org", "--yes", folder=ran)
    assert "aenne" not in told.err.lower()


# disclosing


def test_everything_that_is_kept_of_one_is_disclosed_and_nothing_of_others(ran: Path) -> None:
    told = duecare("disclose", "c1", "--json", folder=ran).json
    whole = json.dumps(told, ensure_ascii=False).lower()
    assert [value for value in OWN if value.lower() not in whole] == []
    assert "bo berg" not in whole
    assert "o20" not in whole
    assert set(told["data"]) == {"people", "orders", "order_lines", "contacts", "surveys"}
    assert told["tiers"][0]["tier"]
    assert duecare("disclose", "c1", "--json", folder=ran).json["looked"]


def test_the_page_shows_values_as_text(ran: Path) -> None:
    file = ran / "exports" / "people.csv"
    file.write_text(file.read_text("utf-8").replace("Gasse 7", "<script>alert(1)</script>", 1), "utf-8")
    assert duecare("run", "--accept-changes", "x", folder=ran).code == 0
    assert duecare("disclose", "c1", "--out", "me.html", folder=ran).code == 0
    page = (ran / "me.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Your orders" in page


# retention


def test_what_is_older_than_the_settings_keep_leaves_what_has_landed(ran: Path) -> None:
    file = ran / "duecare.toml"
    months = (datetime.now(UTC).year - 2026) * 12 + datetime.now(UTC).month - 2  # from February 2026 on
    file.write_text(file.read_text("utf-8") + f"\n[retention]\norders_months = {months}\n", "utf-8")
    for _ in range(2):
        told = duecare("run", "--accept-changes", "x", "--json", folder=ran).json
        orders = next(one for one in told["inputs"] if one["input"] == "orders")
        assert orders["reasons"] == {"older than the settings keep": 9}
    landed = list((ran / "warehouse" / "landed" / "orders").rglob("*.parquet"))
    assert not any("o90" in text for path in landed for text in values_in(path))
    assert any("o91" in text for path in landed for text in values_in(path))


# drafts


def test_drafts_say_what_the_run_knows_and_mark_what_a_person_must_say(ran: Path) -> None:
    dpia = duecare("dpia", folder=ran).out
    assert "9 customers" in dpia or "customers, each is valued" in dpia
    assert "Standard: everyone else" in dpia
    assert "TO DO (a person): the purpose" in dpia
    assert duecare("model-card", "--out", "card.md", folder=ran).out == "written: card.md\n"
    card = (ran / "card.md").read_text("utf-8")
    assert "36 months ahead" in card
    assert "TO DO (a person)" in card
    assert not [value for value in OWN if value in dpia + card]
