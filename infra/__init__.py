"""What Giddyup runs on: its resources, and the whole of it on one machine. Never shipped."""
