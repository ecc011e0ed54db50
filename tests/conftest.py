"""Fixtures that every test may ask for."""

from collections.abc import Iterator

import pytest

from tests.browser import browser
from tests.town import town
from tests.twilio_contract import is_as_twilio_describes, pytest_sessionfinish, pytest_terminal_summary
from tests.world import World, a_world

__all__ = ["browser", "is_as_twilio_describes", "pytest_sessionfinish", "pytest_terminal_summary", "town", "world"]


@pytest.fixture
def world() -> Iterator[World]:
    """A fresh town in this process, at noon."""
    with a_world() as fresh:
        yield fresh
