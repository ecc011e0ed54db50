"""Settings that are secrets: on AWS they are parameters of SSM, encrypted there, and read once when a function starts.

Their values are in no exception and no log. A new value is seen by functions that start after it; to have all start
anew, change a variable of their environment (infra/keys.py sets SECRETS_READ).
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws

MOST_AT_ONCE = 10  # SSM's
TRIES = 4  # a start waits for it: some four seconds at the very worst, of the ten that Lambda gives it

TO_DO = {
    "AccessDeniedException": "allow the function's role ssm:GetParametersByPath on it",
    "ParameterNotFound": "run `make secrets STAGE=…`",
}


class SecretsWrong(Exception):
    """The secrets under a path cannot be read; the message names the path and what to do, and no value."""


def secrets_under(path: str) -> dict[str, str]:
    """What is directly under the path, by the last word of its name. Raises SecretsWrong."""
    ssm = aws.client(
        "ssm", connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": TRIES}
    )
    asked: dict[str, Any] = {"Path": path, "WithDecryption": True, "MaxResults": MOST_AT_ONCE}
    found: dict[str, str] = {}
    while True:
        try:
            page = ssm.get_parameters_by_path(**asked)
        except ClientError as error:
            raise wrong(path, error.response["Error"].get("Code", "Unknown")) from None
        except BotoCoreError as error:
            raise wrong(path, type(error).__name__) from None
        found |= {one["Name"].rpartition("/")[2]: one["Value"] for one in page["Parameters"]}
        if not page.get("NextToken"):
            break
        asked["NextToken"] = page["NextToken"]
    if not found:
        raise wrong(path, "ParameterNotFound")
    return found


def wrong(path: str, code: str) -> SecretsWrong:
    """`code`: AWS's word for it, or the library's."""
    to_do = TO_DO.get(code, "it passes by itself, or AWS's status page tells why not")
    return SecretsWrong(f"The secrets under {path} cannot be read ({code}): {to_do}.")
