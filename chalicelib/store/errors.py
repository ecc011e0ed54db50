"""What DynamoDB said, where it said anything."""

from __future__ import annotations

from pynamodb.exceptions import PynamoDBException


def code_of(error: PynamoDBException) -> str:
    """DynamoDB's own name for what went wrong; empty where the line was cut or nothing came back in time.

    PynamoDB's `cause_response_code` has no answer then: it fails with an AttributeError of its own.
    """
    answer = getattr(error.cause, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))
