"""One shop of each kind for all tests of the demo."""

from pathlib import Path

import pytest

from demo.asking import Ask, opened
from duecare.demo import Shop, make


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """4,000 customers as CSV."""
    return make(tmp_path_factory.mktemp("small"), customers=4_000)


@pytest.fixture(scope="session")
def small_asked(small: Shop) -> Ask:
    return opened(small)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop as `duecare demo` makes it, but as Parquet, which is faster to open."""
    return make(tmp_path_factory.mktemp("whole"), form="parquet")


@pytest.fixture(scope="session")
def asked(whole: Shop) -> Ask:
    return opened(whole)


@pytest.fixture(scope="session")
def unmoved(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop whose customers do not mind how they are served."""
    return make(tmp_path_factory.mktemp("unmoved"), effect=0, form="parquet")


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The same as *whole* with another seed."""
    return make(tmp_path_factory.mktemp("other"), seed=2, form="parquet")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shop"
