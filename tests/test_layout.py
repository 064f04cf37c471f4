"""The promise: what the import contracts cannot see is held too: no room but records names an engine."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "duecare"
ENGINES = {"duckdb", "sqlite3", "apsw", "psycopg", "pyspark"}
BACKENDS = {"DuckDBAPI", "SparkAPI", "PostgresAPI", "SQLiteAPI"}
ATTICS = {"utils", "util", "helpers", "common", "manager", "base", "misc"}
FILES = sorted(SRC.rglob("*.py"))


def named(tree: ast.AST) -> Iterator[str]:
    """Every module and name that a file imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield from {node.attr} & BACKENDS


@pytest.mark.parametrize(
    "file", [file for file in FILES if "records" not in file.relative_to(SRC).parts[:1]], ids=lambda f: str(f.relative_to(SRC))
)
def test_only_records_names_an_engine_or_a_backend_of_splink(file: Path) -> None:
    assert not set(named(ast.parse(file.read_text("utf-8")))) & (ENGINES | BACKENDS)


def test_a_planted_fault_is_seen() -> None:
    planted = ["from splink import DuckDBAPI", "def f():\n    import duckdb", "import splink\nsplink.SparkAPI()"]
    assert all(set(named(ast.parse(text))) & (ENGINES | BACKENDS) for text in planted)


OUTSIDE = {"httpx", "os", "socket", "time", "random", "subprocess", "pathlib", "secrets", "requests", "urllib.request"}
TRANSLATIONS = sorted((SRC / "helpdesk").glob("zendesk*.py")) + sorted((SRC / "helpdesk").glob("rt*.py"))
PURE = [SRC / "helpdesk" / f"{name}.py" for name in ("webhook", "plain", "merge", "pace", "wants", "objects", "care", "serving", "desk")]


@pytest.mark.parametrize("file", [*TRANSLATIONS, *PURE], ids=lambda f: f.stem)
def test_what_translates_for_a_desk_talks_to_nobody(file: Path) -> None:
    assert not set(named(ast.parse(file.read_text("utf-8")))) & OUTSIDE


def test_there_is_no_attic() -> None:
    assert not [file for file in FILES if file.stem in ATTICS]


def test_no_file_grows_past_400_lines() -> None:
    assert not {file.name: n for file in FILES if (n := len(file.read_text("utf-8").splitlines())) > 400}


def test_no_personal_path_and_no_print_stand_in_the_program() -> None:
    assert not [file for file in FILES if "print(" in file.read_text("utf-8").replace("console.print(", "").replace("fingerprint(", "")]
