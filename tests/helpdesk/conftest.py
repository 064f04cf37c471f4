"""A Request Tracker that all tests of one worker share."""

from collections.abc import Iterator

import pytest

from helpdesk.desks import rt as tracker
from helpdesk.test_rt import SERVING
from house import lacking


@pytest.fixture(scope="session")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tracker.Rt]:
    """A real one, configured by Duecare's files."""
    if not tracker.is_here():
        lacking("Request Tracker 5 is not installed")
    with tracker.running(tmp_path_factory.mktemp("rt"), SERVING) as server:
        yield server
