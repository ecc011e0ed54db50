"""A stage's secrets: put where its functions read them, and changed one by one while everything goes on.

    python -m infra.keys secrets prod
    python -m infra.keys rotate prod LINK_KEYS

A value is never printed. NUMBER_KEY is made once and never changed: with another nobody who has joined would be known.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from getpass import getpass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.settings import SECRETS, words
from infra.installation import Installation, aws, is_missing, parameters, stage_of, variables
from infra.operate import Wrong
from infra.stages import APP
from infra.twilio_account import Account, NotAnswered, Refused

KEY_BYTES = 32
READ = "SECRETS_READ"  # a variable of the functions that nothing reads: a new value makes them start anew
# A link in an alert lives as long as its action. A browser that was confirmed longer ago is asked for its YES again.
OLD_KEY_STAYS = timedelta(days=30)
NUMBER = re.compile(r"\+[0-9]{8,15}")
ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")

MADE = ("NUMBER_KEY", "LINK_KEYS")
MAY_BE_LEFT_OUT = ("OPERATORS", "FOUNDERS")
ASKED = {
    "TWILIO_ACCOUNT_SID": "Twilio's account SID (AC…, on the Console's first page)",
    "TWILIO_AUTH_TOKEN": "its auth token",
    "OPERATORS": "numbers of those who run this, with commas (+12125550101,…); nothing: none",
    "FOUNDERS": "who may found groups: numbers with commas; nothing: anyone",
}
NUMBER_KEY_STAYS = (
    "NUMBER_KEY is never rotated: a number is known by its hash with this key, so with another one nobody who has"
    " joined would be known, and no STOP would be kept. If it has leaked, what it protects is that ids cannot be traced"
    " back to numbers by whoever has a copy of the table; guard copies of the table."
)


# --- secrets ------------------------------------------------------------------------------------------


def put_secrets(where: Installation, environment: Mapping[str, str], ask: Callable[[str], str] | None) -> list[str]:
    """Puts what is missing; answers a line for each secret. `ask`: on a terminal. Raises Wrong, with all that lack."""
    there, told, lacking = parameters(where), [], []
    for name in SECRETS:
        if name in there:
            told.append(f"{name:<20} is there since {there[name]['LastModifiedDate']:%Y-%m-%d}; left as it is")
            continue
        value, source = new_value(name, where, environment, ask)
        if value:
            put(where, name, value)
            told.append(f"{name:<20} put: {source}")
        elif name in MAY_BE_LEFT_OUT:
            told.append(f"{name:<20} none given: as the README's table of settings says")
        else:
            lacking.append(name)
    if lacking:
        raise Wrong(
            "\n".join([*told, f"Missing: {', '.join(lacking)}. Set them in the environment, or use a terminal."])
        )
    return told


def new_value(
    name: str, where: Installation, environment: Mapping[str, str], ask: Callable[[str], str] | None
) -> tuple[str, str]:
    """A secret that is not there yet, checked, and where it is from. Nothing: nobody gave one."""
    if given := environment.get(name, "").strip():
        return checked(name, given), "from the environment"
    if name in MADE:
        if name == "NUMBER_KEY" and is_lived_in(where):
            raise Wrong(
                f"{where.table} holds people, who are known by a NUMBER_KEY that is not at {where.path}: put that one"
                " back (set NUMBER_KEY in the environment and ask again). A new one would know nobody, and no STOP."
            )
        return secrets.token_hex(KEY_BYTES), "made"
    given = ask(f"{name}, {ASKED[name]}: ").strip() if ask else ""
    return (checked(name, given), "as you typed it") if given else ("", "")


def checked(name: str, value: str) -> str:
    """Raises Wrong for what cannot be meant; the value is not shown."""
    if name == "TWILIO_ACCOUNT_SID" and not ACCOUNT_SID.fullmatch(value):
        raise Wrong("TWILIO_ACCOUNT_SID is AC and 32 of 0-9a-f: copy it from the Console.")
    if name in MAY_BE_LEFT_OUT and value != "anyone" and not all(NUMBER.fullmatch(one) for one in words(value)):
        raise Wrong(f"{name} are numbers as +12125550101, with commas between.")
    return value


def is_lived_in(where: Installation) -> bool:
    """Whether the stage's table has people in it already."""
    asked: dict[str, Any] = {"TableName": where.table, "ProjectionExpression": "pk"}
    try:
        return any(page["Items"] for page in aws("dynamodb").get_paginator("scan").paginate(**asked, Limit=50))
    except ClientError as error:
        if is_missing(error):
            return False
        raise


def put(where: Installation, name: str, value: str, is_new: bool = True) -> None:
    tags = [{"Key": "app", "Value": APP}, {"Key": "stage", "Value": where.stage}]
    how: dict[str, Any] = {"Tags": tags} if is_new else {"Overwrite": True}
    how |= {"KeyId": where.secrets_key} if where.secrets_key else {}
    aws("ssm").put_parameter(Name=where.path + name, Value=value, Type="SecureString", **how)


# --- rotating -----------------------------------------------------------------------------------------


def rotate(
    where: Installation,
    name: str,
    is_drop: bool,
    is_sure: bool,
    now: datetime,
    environment: Mapping[str, str],
    ask: Callable[[str], str] | None,
) -> list[str]:
    """One step of changing a key; answers what was done, and what comes next. Raises Wrong."""
    if name == "NUMBER_KEY":
        raise Wrong(NUMBER_KEY_STAYS)
    if name not in {"LINK_KEYS", "TWILIO_AUTH_TOKEN"}:
        raise Wrong("KEY=LINK_KEYS (if nothing is said) or KEY=TWILIO_AUTH_TOKEN.")
    there = parameters(where)
    if name not in there:
        raise Wrong(f"{name} is not at {where.path} yet: make secrets STAGE={where.stage}")
    known, since = words(there[name]["Value"]), there[name]["LastModifiedDate"].astimezone(UTC)
    if is_drop and len(known) == 1:
        raise Wrong(f"There is one {name}: nothing to take away.")
    if not is_drop and len(known) > 1:
        raise Wrong(
            f"Two of {name} count since {since:%Y-%m-%d %H:%M} UTC already. First take the old one away:"
            f" make rotate-keys STAGE={where.stage} KEY={name} DROP=1"
        )
    if name == "LINK_KEYS":
        return drop_link_key(where, known, since, is_sure, now) if is_drop else add_link_key(where, known, now)
    sid = there["TWILIO_ACCOUNT_SID"]["Value"] if "TWILIO_ACCOUNT_SID" in there else ""
    base = where.given.get("TWILIO_API_BASE", "")
    if is_drop:
        return drop_token(where, known, sid, base, is_sure, now)
    return add_token(where, known, environment, ask, sid, base, now)


def add_link_key(where: Installation, known: tuple[str, ...], now: datetime) -> list[str]:
    put(where, "LINK_KEYS", ",".join((secrets.token_hex(KEY_BYTES), *known)), is_new=False)
    return [
        "A new link key signs from now on; the one before still counts.",
        *read_again(where, now),
        f"Next, from {now + OLD_KEY_STAYS:%Y-%m-%d} on, when what the old one signed has had its time (a link in an"
        " alert lives as long as its action):",
        f"  make rotate-keys STAGE={where.stage} KEY=LINK_KEYS DROP=1",
        "If the old one has leaked, do that now with YES=1: links in alerts that are out stop working, and everybody"
        " is asked once more to confirm their browser.",
    ]


def drop_link_key(
    where: Installation, known: tuple[str, ...], since: datetime, is_sure: bool, now: datetime
) -> list[str]:
    if now < since + OLD_KEY_STAYS and not is_sure:
        raise Wrong(
            f"The old link key counts since {since:%Y-%m-%d}; links in alerts and browsers that were confirmed before"
            f" need it until {since + OLD_KEY_STAYS:%Y-%m-%d}. With YES=1 it goes now."
        )
    put(where, "LINK_KEYS", known[0], is_new=False)
    return ["The old link key is gone: what it signed is nobody's any more.", *read_again(where, now)]


def add_token(
    where: Installation,
    known: tuple[str, ...],
    environment: Mapping[str, str],
    ask: Callable[[str], str] | None,
    sid: str,
    base: str,
    now: datetime,
) -> list[str]:
    """The new one is tried before it is put in front: texts go out with the first."""
    given = environment.get("NEW_TWILIO_AUTH_TOKEN", "").strip()
    if not given and ask:
        print("Make a secondary auth token: Twilio's Console → Account → API keys & tokens → Auth tokens.")
        given = ask("The secondary token: ").strip()
    if not given:
        raise Wrong("Give the secondary token, made in Twilio's Console, as NEW_TWILIO_AUTH_TOKEN.")
    if given in known:
        raise Wrong("That is the token that is in use.")
    if not takes(sid, given, base):
        raise Wrong("Twilio does not take that token: copy the secondary one from the Console. Nothing was changed.")
    put(where, "TWILIO_AUTH_TOKEN", ",".join((given, *known)), is_new=False)
    return [
        "Twilio takes the new token. It is used from now on, and what is signed with either is let in.",
        *read_again(where, now),
        "Next: promote the secondary token in the Console (Account → API keys & tokens → Promote to primary), then",
        f"  make rotate-keys STAGE={where.stage} KEY=TWILIO_AUTH_TOKEN DROP=1",
    ]


def drop_token(
    where: Installation, known: tuple[str, ...], sid: str, base: str, is_sure: bool, now: datetime
) -> list[str]:
    """Twilio signs with its primary token: as long as it takes the old one, that may be the one it signs with."""
    if not takes(sid, known[0], base):
        raise Wrong("Twilio does not take the new token: do not drop the old one. See make doctor.")
    if not is_sure and any(takes(sid, one, base) for one in known[1:]):
        raise Wrong(
            "Twilio still takes the old token, so it may still sign with it: promote the new one in the Console first."
            " With YES=1 the old one goes all the same."
        )
    put(where, "TWILIO_AUTH_TOKEN", known[0], is_new=False)
    return ["The old token is gone: only the new one is used and let in.", *read_again(where, now)]


def takes(sid: str, token: str, base: str) -> bool:
    """Whether Twilio lets this token in. Raises Wrong when it cannot be asked."""
    try:
        Account(sid, token, base).account()
    except Refused as error:
        if error.status in {401, 403}:
            return False
        raise Wrong(f"Twilio cannot tell about the token now ({error}): try again.") from error
    except NotAnswered as error:
        raise Wrong(f"Twilio cannot be asked now ({error}): try again.") from error
    return True


# --- having them read ---------------------------------------------------------------------------------


def read_again(where: Installation, now: datetime) -> list[str]:
    """The functions read their secrets once, when they start: so they are started anew. Those in hand go on."""
    started, missing = [], []
    for short, name in where.functions.items():
        try:
            start_anew(name, now)
            started.append(short)
        except ClientError as error:
            if not is_missing(error):
                raise
            missing.append(short)
    told = [f"Started anew, so that they read it: {', '.join(started)}."] if started else []
    return told + ([f"Not deployed yet, and so nothing to start: {', '.join(missing)}."] if missing else [])


def start_anew(function: str, now: datetime) -> None:
    """A change of its environment, whatever it is, makes Lambda start new processes. A deployment may undo it: then
    they start anew once more."""
    client, wait = aws("lambda"), {"Delay": 1, "MaxAttempts": 60}
    updated = client.get_waiter("function_updated_v2")
    if variables(function):  # raises for one that is not there, which waiting would not tell apart
        updated.wait(FunctionName=function, WaiterConfig=wait)  # somebody may be deploying
    changed = {**variables(function), READ: now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    client.update_function_configuration(FunctionName=function, Environment={"Variables": changed})
    updated.wait(FunctionName=function, WaiterConfig=wait)


# --- the command line ---------------------------------------------------------------------------------


def asking() -> Callable[[str], str] | None:
    """What is typed is not shown. Nobody is asked where nobody sits."""
    return getpass if sys.stdin.isatty() else None


def main(arguments: list[str]) -> int:
    what, stage, *more = [*arguments, "", ""][:2] + arguments[2:]
    try:
        where = stage_of(stage)
        if what == "secrets":
            told = put_secrets(where, os.environ, asking())
            told.append(
                "NUMBER_KEY is what people are known by: keep a copy offline, where you keep what must not be lost"
                f" (aws ssm get-parameter --with-decryption --name {where.path}NUMBER_KEY)."
            )
        elif what == "rotate":
            name = (more[0] if more else "") or "LINK_KEYS"
            is_drop, is_sure = os.environ.get("DROP") == "1", os.environ.get("YES") == "1"
            told = rotate(where, name, is_drop, is_sure, datetime.now(UTC), os.environ, asking())
        else:
            raise Wrong("Say one of: secrets, rotate.")
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except (ClientError, BotoCoreError) as error:
        print(f"AWS did not do it: {error}. Nothing is lost: mend it, and ask again.", file=sys.stderr)
        return 1
    print("\n".join(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
