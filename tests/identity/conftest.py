"""A book on every engine, whose ledger must hold at the end of each test."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from duecare.identity.replay import verify_ledger
from duecare.records import Book, open_book, verify
from identity.ledgers import memberships, retold


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'book.db'}"
    dsn = request.getfixturevalue("postgres")
    schema = f"l{abs(hash(request.node.name)) % 10**12}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return f"postgres:{dsn} options='-c search_path={schema}'"


@pytest.fixture
def book(address: str) -> Iterator[Book]:
    with open_book(address) as opened:
        yield opened
        assert memberships(opened) == retold(opened)
        verify_ledger(opened)
        assert verify(opened) is None
