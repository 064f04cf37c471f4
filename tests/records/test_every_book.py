"""The promise: what is written in the book is all there or not at all, on every engine."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from duecare.records import Book, Tampering, open_book, record, verify
from duecare.records.migrations import migrate
from duecare.words import BadSettings, StoreTrouble


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'book.db'}"
    dsn = request.getfixturevalue("postgres")
    schema = f"t{abs(hash(request.node.name)) % 10**12}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return f"postgres:{dsn} options='-c search_path={schema}'"


@pytest.fixture
def book(address: str) -> Iterator[Book]:
    with open_book(address) as opened:
        yield opened


def test_a_transaction_that_fails_leaves_nothing(book: Book) -> None:
    def fails() -> None:
        with book.write() as transaction:
            transaction.rows("INSERT INTO customer_ids VALUES (?, ?, NULL)", ("cu_1", "now"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert book.rows("SELECT * FROM customer_ids") == []


def test_many_rows_go_in_together_and_come_back_as_written(book: Book) -> None:
    with book.write() as transaction:
        transaction.many("INSERT INTO memberships VALUES (?, ?, ?)", [("shop", str(n), f"cu_{n % 2}") for n in range(1000)])
    assert book.rows("SELECT customer_id, count(*) FROM memberships GROUP BY customer_id ORDER BY 1") == [("cu_0", 500), ("cu_1", 500)]


def test_a_per_cent_sign_and_a_quote_are_values_like_any_other(book: Book) -> None:
    with book.write() as transaction:
        transaction.rows("INSERT INTO memberships VALUES (?, ?, ?)", ("100 %s", "o'brien; --", "cu_1"))
    assert book.rows("SELECT source, source_id FROM memberships WHERE source LIKE '100 %'") == [("100 %s", "o'brien; --")]


def test_two_writers_take_turns_and_neither_loses_a_row(book: Book, address: str) -> None:
    def append(actor: str) -> None:
        with open_book(address) as mine:
            for n in range(25):
                with mine.write() as transaction:
                    record(transaction, actor=actor, kind="test", detail={"n": n})

    writers = [threading.Thread(target=append, args=(name,)) for name in ("ada", "bo")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert book.rows("SELECT count(*) FROM audit") == [(50,)]
    assert verify(book) is None


def test_opening_again_changes_nothing(book: Book, address: str) -> None:
    with book.write() as transaction:
        record(transaction, actor="ada", kind="test", detail={})
    with open_book(address) as again:
        assert migrate(again) == []
        assert again.rows("SELECT count(*) FROM audit") == [(1,)]


def test_a_book_of_a_newer_program_is_refused(book: Book, address: str) -> None:
    with book.write() as transaction:
        transaction.rows("INSERT INTO migrations VALUES (?, ?, ?)", (9999, "from the future", "2099-01-01"))
    with pytest.raises(StoreTrouble, match="newer Duecare"), open_book(address):
        pass


TAMPERINGS = {
    "an actor is changed": "UPDATE audit SET actor = 'eve' WHERE seq = 2",
    "a detail is changed": "UPDATE audit SET detail = '{\"n\":7}' WHERE seq = 2",
    "a time is changed": "UPDATE audit SET at = '2001-01-01' WHERE seq = 2",
    "a row is removed": "DELETE FROM audit WHERE seq = 2",
    "the first row is removed": "DELETE FROM audit WHERE seq = 1",
    "a link is changed": "UPDATE audit SET previous = hash WHERE seq = 2",
}


@pytest.mark.parametrize("sql", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_the_audit_chain_shows_where_it_was_tampered_with(book: Book, sql: str) -> None:
    with book.write() as transaction:
        for n in range(3):
            record(transaction, actor="ada", kind="test", detail={"n": n})
    assert verify(book) is None
    with book.write() as transaction:
        transaction.rows(sql)
    broken = verify(book)
    assert isinstance(broken, Tampering)
    assert broken.seq in {1, 2}


@pytest.mark.parametrize("address", ["oracle:x", "book.db", ""])
def test_an_address_without_an_engine_is_refused(address: str) -> None:
    with pytest.raises(BadSettings, match="names no engine"):
        open_book(address)


def test_a_postgres_that_does_not_answer_is_told_without_its_password() -> None:
    with pytest.raises(StoreTrouble) as told:
        open_book("postgres:host=127.0.0.1 port=1 user=u password=hush connect_timeout=1")
    assert "hush" not in str(told.value)


@pytest.mark.parametrize(
    "dsn", ["password=hush and more", "host=127.0.0.1 port=1 password=hush options='-c search_path=x'", "postgresql://u:hush@[::1"]
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOK", dsn)
    (tmp_path / "secret").write_text(dsn + "\n", "utf-8")
    for where in (dsn, "env:BOOK", "file:secret"):
        with pytest.raises(StoreTrouble) as told:
            open_book(f"postgres:{where}", tmp_path)
        assert "hush" not in str(told.value)


@pytest.mark.parametrize("where", ["env:NO_SUCH_BOOK", "file:nowhere"])
def test_a_secret_that_is_not_there_is_named(where: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=where.partition(":")[2]):
        open_book(f"postgres:{where}", tmp_path)


@pytest.mark.xdist_group("postgres")
def test_a_schema_that_is_not_there_is_made_and_no_other_is_written(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOK", f"{postgres} options='-c search_path=fresh_one,public'")
    for _ in range(2):
        with open_book("postgres:env:BOOK") as book:
            assert book.rows("SELECT schemaname FROM pg_tables WHERE tablename = 'audit' AND schemaname IN ('fresh_one', 'public')") == [
                ("fresh_one",)
            ]


@pytest.mark.xdist_group("postgres")
def test_a_schema_that_may_not_be_made_is_told(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
    guest = postgres.replace("user=postgres", "user=guest dbname=postgres")
    with pytest.raises(StoreTrouble, match="CREATE SCHEMA fresh_two"):
        open_book(f"postgres:{guest} options='-c search_path=fresh_two'")
    with pytest.raises(StoreTrouble, match="may not write"):
        open_book(f"postgres:{guest} options='-c search_path=public'")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "book.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreTrouble, match="cannot be opened"):
        open_book("sqlite:book.db", tmp_path)


def test_a_book_that_may_not_grow_is_told_with_its_place_and_keeps_what_it_had(tmp_path: Path) -> None:
    with open_book("sqlite:book.db", tmp_path) as book:

        def fill() -> None:
            with book.write() as transaction:
                transaction.rows("PRAGMA max_page_count = 40")  # as a full disk would have it
                transaction.many("INSERT INTO memberships VALUES (?, ?, ?)", [("shop", "x" * 99 + str(n), "cu_1") for n in range(9_999)])

        with pytest.raises(StoreTrouble, match=r"cannot be written[^!]*book\.db"):
            fill()
        assert book.rows("SELECT count(*) FROM memberships") == [(0,)]


def test_what_was_deleted_is_in_no_file_after_a_scrub(book: Book, address: str) -> None:
    with book.write() as transaction:
        transaction.many("INSERT INTO memberships VALUES (?, ?, ?)", [("shop", f"Ann-Example-{n}", "cu_1") for n in range(500)])
    with book.write() as transaction:
        transaction.rows("DELETE FROM memberships")
    book.scrub()
    assert book.rows("SELECT count(*) FROM memberships") == [(0,)]
    if address.startswith("sqlite"):
        file = Path(address.partition(":")[2])
        assert not [part for part in file.parent.glob("book.db*") if b"Ann-Example" in part.read_bytes()]
