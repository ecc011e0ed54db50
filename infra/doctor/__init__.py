"""The doctor: looks at everything that a running Giddyup depends on, and says what to do about each thing."""
