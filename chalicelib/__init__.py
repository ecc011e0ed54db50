"""Giddyup: everything that runs on Lambda."""
