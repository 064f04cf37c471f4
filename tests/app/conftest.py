"""One demo shop for all tests of the doors, made once by each worker."""

from pathlib import Path

import pytest

from app.calling import Told, duecare

CUSTOMERS = 2_000


@pytest.fixture(scope="session")
def demo_told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """What `duecare demo` said, and the folder that it made."""
    folder = tmp_path_factory.mktemp("demo")
    return folder / "shop", duecare("demo", "shop", "--customers", str(CUSTOMERS), "--no-serve", folder=folder)


@pytest.fixture(scope="session")
def demo(demo_told: tuple[Path, Told]) -> Path:
    """The folder of a demo shop that was walked once; tests only read it."""
    folder, told = demo_told
    assert told.code == 0, told.err
    return folder
