"""Shops for all tests of the doors: a demo made once by each worker, and a tiny one for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.calling import Told, duecare, make_shop
from house import lacking

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CUSTOMERS = 2_000
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """A real browser, or a skip with its reason."""
    if not CHROMIUM.exists():
        lacking(f"there is no {CHROMIUM}; apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-quic"])
        yield opened
        opened.close()


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


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Two customers and three orders, looked at and not yet run."""
    return make_shop(tmp_path)


@pytest.fixture
def ran(shop: Path) -> Path:
    """The same, run once."""
    assert (told := duecare("run", folder=shop)).code == 0, told.err
    return shop
