"""What an operator asks and does: reports, the dead letters, letting sending go on, a group's webhook.

    python -m infra.operate consent-report +12125550101

Against the town on this machine if one is running (GIDDYUP_DATA), else in the account that the environment names.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

ENVIRONMENT = "environment.json"
SECRET_BYTES = 32  # of a webhook's secret


class Wrong(Exception):
    """What was asked can't be done; the message says what to do."""


def main(arguments: list[str]) -> int:
    take_environment()
    commands: Mapping[str, Callable[..., None]] = {
        "consent-report": consent_report,
        "alert-report": alert_report,
        "dead-letters": dead_letters,
        "redrive": redrive,
        "resume": resume,
        "webhook": webhook,
    }
    try:
        if not arguments or arguments[0] not in commands:
            raise Wrong(f"Say one of: {', '.join(commands)}.")
        commands[arguments[0]](*[one for one in arguments[1:] if one])
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0


def take_environment() -> None:
    """A running town tells its own in a file that only its user can read."""
    data = Path(os.environ.get("GIDDYUP_DATA", ".local"))
    path = data / "run" / ENVIRONMENT
    if path.exists():
        os.environ.update(json.loads(path.read_text()))
    elif "NUMBER_KEY" not in os.environ:
        print(f"No town is running on {data}: start one with `make dev`, or set what the README's settings ask for.",
              file=sys.stderr)  # fmt: skip
        raise SystemExit(2)
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "ERROR")


# --- reports ------------------------------------------------------------------------------------------


def consent_report(phone: str = "") -> None:
    """What consent somebody gave, when and with which words, and every text they got of the last 90 days."""
    from chalicelib.numbers import e164
    from chalicelib.runtime import runtime
    from chalicelib.store import reports

    world = runtime()
    number = e164(phone, world.settings.countries)
    if number is None:
        raise Wrong(f"{phone!r} is no number of ours: make consent-report PHONE=+12125550101")
    report = reports.consent_report(world.person_id(number))
    if report is None:
        print(f"{number} has never texted us and was never texted.")
        return
    person = report.person
    print(f"{number}: {'STOPPED since ' + shown(person.stopped_at) if person.is_stopped else 'may be texted'}")
    if person.bad_at:
        print(f"  no text reaches the number since {shown(person.bad_at)}, as the carrier says")
    print("\nConsent for the number")
    for one in person.consents:
        print(f"  {shown(one.at)}  {'given' if one.is_given else 'TAKEN BACK'} by {one.channel}: {one.words!r}")
    for member in report.members:
        print(f"\nConsent for {member.keyword}")
        for one in member.consents:
            print(f"  {shown(one.at)}  {'given' if one.is_given else 'TAKEN BACK'} by {one.channel}: {one.words!r}")
    print(f"\nTexts of the last 90 days: {len(report.texts)}")
    for row in report.texts:
        print("  " + life(row))


def life(row: Any) -> str:
    """One text's life, in a line."""
    facts = [row.claimed_at or "not yet", f"{row.say:<14}", row.code or row.keyword or "-", row.state]
    facts += [f"({row.why})"] if row.why else []
    facts += [f"error {row.error:g}"] if row.error else []
    facts += [f"sent {row.sent_at}"] if row.sent_at else []
    facts += [f"{row.state} {row.told_at}"] if row.told_at else []
    facts += [f"{row.segments:g} segment{'s' if row.segments != 1 else ''}"] if row.segments else []
    return "  ".join([*facts, row.sid or ""]).rstrip()


def shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "-"


def alert_report(code: str = "") -> None:
    """What became of an alert's texts, counted; and what its action came to, once that has dissolved."""
    from chalicelib.store import reports

    found = reports.alert_report(code.upper())
    if found is None:
        raise Wrong(f"There is no alert {code!r} that was sent: make alert-report CODE=DIG4")
    action, counts = found
    how = f"{action.asked} asked in {action.wave} waves" + (", then everybody" if action.is_all else "")
    print(f"{action.code}, {action.state}: opened {shown(action.opened_at)}, {how}")
    for state, people in sorted(counts.items()):
        print(f"  {people:>7,}  {state}")
    print(f"  {counts.total():>7,}  in all")
    if action.record:
        kept = action.record
        filled = "-" if kept.minutes_to_fill is None else kept.minutes_to_fill
        done = (
            ", ".join(f"{amount:g} {unit}" for unit, amount in sorted(action.tally.amounts.items())) or "nothing told"
        )
        print(f"came {kept.came} (did not: {kept.no_shows}) of {action.need or 'as many as come'}; done: {done};"
              f" tasks {kept.tasks_done} of {kept.tasks}; filled in {filled} min;"
              f" {kept.texts:,} texts, {kept.segments:,} segments, ${kept.cents / 100:.2f}")  # fmt: skip


# --- the dead letters ---------------------------------------------------------------------------------


def dead_letters() -> None:
    """What waits there, in words. Nothing is taken away."""
    from chalicelib.delivery import dead_letters as dead
    from chalicelib.runtime import runtime

    found = dead.look(runtime())
    for letter in found:
        print(f"{letter.queue:<8} {in_words(letter)}; tried {letter.tries} times since it came here")
    print(f"{len(found)} dead letters." + (" `make redrive` sends them on their way again." if found else ""))


def in_words(letter: Any) -> str:
    if letter.kind == "came":
        return f"a text from {letter.about} of {letter.due} ({letter.what}), not handled"
    if letter.kind == "gone":
        return f"about {letter.about} {letter.what}, which is no more: nothing is lost"
    if letter.kind == "many":
        return f"{letter.what!r} of {letter.about.removeprefix('action#')} to {letter.people} people"
    return f"{letter.what!r} for {letter.about}, {letter.state}, due {letter.due}"


def redrive() -> None:
    """Every dead letter goes back to the queue that it came from."""
    from chalicelib.delivery import dead_letters as dead
    from chalicelib.runtime import runtime

    print(f"{dead.redrive(runtime())} dead letters are on their way again.")


def resume() -> None:
    """Sending goes on, though the carrier has not taken a text yet, or whoever holds it has not let it go."""
    from chalicelib.delivery.refusals import go_on
    from chalicelib.runtime import runtime

    print("Sending goes on." if go_on(runtime()) else "Sending was not standing still.")


# --- webhooks -----------------------------------------------------------------------------------------


def webhook(keyword: str = "", url: str = "") -> None:
    """Which address is told what happens to a group's actions; without one, none is. Its secret is shown this once."""
    from chalicelib.delivery import outward
    from chalicelib.delivery.hooks import is_town, new_secret
    from chalicelib.runtime import runtime
    from chalicelib.store import hooks

    keyword = keyword.upper()
    if not keyword.isalpha():
        raise Wrong("Say which group: make webhook GROUP=DIG URL=https://example.org/hook")
    if not url:
        print(f"{keyword} tells nobody any more." if hooks.remove_webhook(keyword) else f"{keyword} has no webhook.")
        return
    if why_not := outward.why_not(url, is_town(runtime())):
        raise Wrong(f"That address will not do: {why_not}.")
    secret = new_secret(secrets.token_bytes(SECRET_BYTES))
    if not hooks.set_webhook(keyword, url, secret):
        raise Wrong(f"There is no group {keyword!r}: make webhook GROUP=DIG URL=https://example.org/hook")
    print(f"{keyword} tells {url}. What it is told is signed with this secret, which is shown only now:\n{secret}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
