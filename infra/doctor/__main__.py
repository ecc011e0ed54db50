"""`make doctor STAGE=prod`, and FIX=1 for `--fix`: a table of what was looked at. Without a stage: the town here.

    python -m infra.doctor prod --fix

What `--fix` does is safe and can be done again: it sets addresses, switches on, and never buys, registers or deletes.
The exit status is 1 when something is wrong, 2 when the question makes no sense.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.error import URLError
from urllib.request import Request, urlopen

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.settings import Settings, SettingsWrong, read_settings
from infra.doctor.aws import AwsDoctor
from infra.doctor.finding import Finding, State, compared, lines, mended, summed_up, wrong
from infra.doctor.twilio import look_at_twilio
from infra.installation import Installation, code_of, environment_of, stage_of, town
from infra.operate import Wrong, take_environment

ANSWER_SECONDS = 15


def main(arguments: list[str]) -> int:
    is_fixing = "--fix" in arguments
    stages = [one for one in arguments if one and one != "--fix"]
    try:
        where = the_one_meant(stages)
    except Wrong as error:
        print(error, file=sys.stderr)
        return 2
    found = []
    for one in findings(where):
        finding = tried(one) if is_fixing else one
        found.append(finding)
        print("\n".join(lines([finding])), flush=True)
    print(f"\n{summed_up(found)}.")
    return int(any(one.state is State.WRONG for one in found))


def the_one_meant(stages: list[str]) -> Installation:
    """Raises Wrong."""
    if len(stages) > 1 or any(one.startswith("-") for one in stages):
        raise Wrong("make doctor STAGE=prod, or with FIX=1; without STAGE the town that runs here is looked at.")
    if stages:
        return stage_of(stages[0])
    take_environment()
    return town()


def tried(finding: Finding) -> Finding:
    """Mended if that can be done; what goes wrong at it is said, and the others go on."""
    from infra.twilio_account import NotAnswered, Refused

    try:
        return mended(finding)
    except (ClientError, BotoCoreError, Refused, NotAnswered) as error:
        return wrong(finding.what, finding.found, f"{finding.do} It could not be done now: {error}")


def findings(where: Installation) -> Iterator[Finding]:
    """AWS first: what Twilio is to do with texts follows from what is there."""
    yield from AwsDoctor(where, lambda: datetime.now(UTC)).findings()
    try:
        settings = read_settings(os.environ if where.is_town else environment_of(where))
    except SettingsWrong as error:
        for line in str(error).splitlines():
            yield wrong("Settings", line, f"In infra/stages/{where.stage}.toml, or make secrets.")
        return
    except (ClientError, BotoCoreError) as error:
        name = code_of(error) if isinstance(error, ClientError) else type(error).__name__
        yield wrong("Settings", f"they cannot be read: {name}", str(error))
        return
    yield healthz(settings)
    yield from look_at_twilio(settings)


def healthz(settings: Settings) -> Finding:
    """Whether what Twilio and browsers are told to ask answers."""
    url = f"{settings.public_url}/healthz"
    what, do = "PUBLIC_URL", "Is it deployed, and does its name lead there (DNS)? make logs FN=api."
    if not url.startswith(("https://", "http://")):
        return wrong(what, f"{url} is no address", "It begins with https://.")
    try:
        with urlopen(Request(url), timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - it is one of http, as just seen
            return compared(what, answer.status == 200, f"{url} answers", f"{url} answers {answer.status}", do)
    except (URLError, OSError) as error:
        return wrong(what, f"{url}: {getattr(error, 'reason', error)}", do)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
