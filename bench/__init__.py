"""Programs that print figures; `make bench` runs them. Never timed tests."""
