from collections.abc import Iterator
from pathlib import Path

import pytest

from duecare.records import Warehouse, open_scratch


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with open_scratch(tmp_path / "scratch", memory_gb=1) as opened:
        yield opened
