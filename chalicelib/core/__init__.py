"""What Giddyup decides. Pure: the standard library only; time, ids and chance come in as arguments."""
