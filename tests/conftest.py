"""Fixtures that every test may ask for."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.browser import browser
from tests.town import town
from tests.twilio_contract import is_as_twilio_describes, pytest_sessionfinish, pytest_terminal_summary
from tests.world import World, a_world

__all__ = ["browser", "is_as_twilio_describes", "pytest_sessionfinish", "pytest_terminal_summary", "town", "world"]

# Laws are about what is so, not about how fast a machine is that has much else to do.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def world() -> Iterator[World]:
    """A fresh town in this process, at noon."""
    with a_world() as fresh:
        yield fresh
