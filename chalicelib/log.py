"""One structured line for each thing that happened: no number, no name, no text's body, ever."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger

LOGGER = Logger(service="giddyup")


def log(what: str, **facts: Any) -> None:
    """`facts` are ids, codes and counts; what people wrote and where they can be reached is not among them."""
    LOGGER.info(what, **facts)


def warn(what: str, **facts: Any) -> None:
    """Something that an operator should look at; the line says what to do."""
    LOGGER.warning(what, **facts)


def wake(what: str, **facts: Any) -> None:
    """Something that an operator has to know at once: the alarm listens for these."""
    LOGGER.error(what, **facts)
