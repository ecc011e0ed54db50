"""Settings that are secrets: on AWS they are parameters of SSM, encrypted there, and read once when a function starts.

Their values are in no exception and no log. A new value is seen by functions that start after it; to have all start
anew, change a variable of their environment (infra/keys.py sets SECRETS_READ).
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws
from chalicelib.settings import SECRETS

# A start waits for it: at worst some seven seconds of pauses, of the ten that Lambda gives it. Where many functions
# start together they wait for each other: an account has 40 of these requests a second, or 1,000 if it asks (README).
TRIES = 4

TO_DO = {
    "AccessDeniedException": "allow the function's role ssm:GetParameters on it",
    "ParameterNotFound": "run `make secrets STAGE=…`",
}


class SecretsWrong(Exception):
    """The secrets under a path cannot be read; the message names the path and what to do, and no value."""


def secrets_under(path: str) -> dict[str, str]:
    """Those of SECRETS that are under the path, by name: asked for by name in one request, SSM's cheapest.

    Raises SecretsWrong.
    """
    ssm = aws.client(
        "ssm", connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": TRIES}
    )
    try:
        told = ssm.get_parameters(Names=[path + name for name in SECRETS], WithDecryption=True)
    except ClientError as error:
        raise wrong(path, error.response["Error"].get("Code", "Unknown")) from None
    except BotoCoreError as error:
        raise wrong(path, type(error).__name__) from None
    found = {one["Name"].removeprefix(path): one["Value"] for one in told["Parameters"]}
    if not found:
        raise wrong(path, "ParameterNotFound")
    return found


def wrong(path: str, code: str) -> SecretsWrong:
    """`code`: AWS's word for it, or the library's."""
    to_do = TO_DO.get(code, "it passes by itself, or AWS's status page tells why not")
    return SecretsWrong(f"The secrets under {path} cannot be read ({code}): {to_do}.")
