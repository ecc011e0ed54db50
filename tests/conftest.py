"""Fixtures that every test may ask for."""

from tests.town import town

__all__ = ["town"]
