"""The town: all of Giddyup on one machine, with phones to text from. `python -m infra.local` starts it."""
