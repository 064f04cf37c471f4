"""What test files share by import: the real data's place, and the rule on what is lacking."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data"
"""Real data beside the project; never part of it."""


def lacking(reason: str) -> NoReturn:
    """Skip with the reason, or fail in CI, which can have everything."""
    if os.environ.get("CI"):
        pytest.fail(f"CI can have this and has not: {reason}")
    pytest.skip(reason)


def real(file: str) -> Path:
    """Return a file of the real data, or skip."""
    if not (DATA / file).exists():
        lacking(f"the real data are not beside the project ({file})")
    return DATA / file
