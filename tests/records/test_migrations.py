"""The promise: the book's shape changes in steps that each happen once, or not at all."""

from pathlib import Path

import pytest

from duecare.records import Book, open_book
from duecare.records.migrations import Migration, migrate, shipped


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return open_book("sqlite:book.db", tmp_path)


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    folder = tmp_path / "steps"
    folder.mkdir()
    for migration in shipped():
        (folder / f"{migration.number:04}_{migration.half}_{migration.what}.sql").write_text(migration.sql)
    (folder / "9001_pre_pets.sql").write_text("CREATE TABLE pets (name TEXT); INSERT INTO pets VALUES ('rex');")
    (folder / "9002_post_pets.sql").write_text("DROP TABLE pets;")
    (folder / "9003_pre_birds.sql").write_text("CREATE TABLE birds (name TEXT);")
    return folder


def test_a_pre_half_runs_once_and_what_follows_a_post_half_waits(book: Book, steps: Path) -> None:
    assert migrate(book, steps) == [9001]
    assert migrate(book, steps) == []
    assert book.rows("SELECT name FROM pets") == [("rex",)]


def test_finishing_runs_the_post_half_and_all_after_it(book: Book, steps: Path) -> None:
    migrate(book, steps)
    assert migrate(book, steps, finish=True) == [9002, 9003]
    assert book.rows("SELECT name FROM birds") == []


def test_a_step_that_fails_half_way_leaves_no_trace(book: Book, steps: Path) -> None:
    (steps / "9001_pre_pets.sql").write_text("CREATE TABLE pets (name TEXT); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(Exception, match="nowhere"):
        migrate(book, steps)
    assert book.rows("SELECT count(*) FROM sqlite_master WHERE name = 'pets'") == [(0,)]
    assert 9001 not in {number for (number,) in book.rows("SELECT number FROM migrations")}


def test_every_shipped_step_names_the_room_that_owns_its_tables() -> None:
    assert all(isinstance(step, Migration) and step.sql.startswith("-- owner: ") for step in shipped())
