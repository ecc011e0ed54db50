"""What the demo's people do: text, one by one and many at once, wait for what comes, and let time pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from infra.local.cast import ORGANIZER
from infra.local.desk import Desk
from infra.local.people import NoText, People

ZONE = ZoneInfo("America/Chicago")  # where their numbers are: alerts wait for the day there
DAY_HOURS, SUNDAY_HOURS = range(9, 18), range(12, 18)
AT_ONCE = 3
A_WHILE = timedelta(minutes=4)  # between one answer and another


@dataclass(frozen=True, slots=True)
class Demo:
    people: People
    desk: Desk
    numbers: Mapping[str, str]  # by name

    @property
    def ruth(self) -> str:
        return self.numbers[ORGANIZER]


# --- an alert, and what is texted to it ------------------------------------------------------------


def send_alert(
    demo: Demo,
    organizer: str,
    keyword: str,
    words: str,
    reaches: Iterable[str],
    faults: Mapping[str, int] | None = None,
    how: str = "",
) -> str:
    """Drafted, sent, and waited for on the phones that it reaches; answers its code."""
    people = demo.people
    draft = hear(people, organizer, f"ALERT {keyword} {words}", "GO ")
    confirm = re.search(r"\bGO \d\d\b", draft)
    code = re.search(rf"\b{keyword}\d+\b", draft)
    if confirm is None or code is None:
        raise NoText(f"the alert wasn't drafted: {draft!r}")
    for name, fault in (faults or {}).items():
        people.ask("POST", f"/phones/{quote(demo.numbers[name])}/faults", {"mode": "fail", "code": str(fault)})
    people.text(organizer, confirm[0] + how)
    for name in reaches:
        people.wait_for(demo.numbers[name], f"{code[0]}: ")
    return code[0]


def answer(demo: Demo, words: Mapping[str, str]) -> None:
    """Some sooner, some later."""
    speakers = [(demo.numbers[name], body) for name, body in words.items() if body]
    for n in range(0, len(speakers), AT_ONCE):
        go_on(demo.people, A_WHILE)
        say_all(demo.people, dict(speakers[n : n + AT_ONCE]))


def texts(demo: Demo, **words: str) -> None:
    """One after the other, in this order."""
    for name, body in words.items():
        say(demo.people, demo.numbers[name], body)


def ask(demo: Demo, **words: str) -> None:
    """What is no command, and comes to the organizer's phone."""
    texts(demo, **words)
    for body in words.values():
        demo.people.wait_for(demo.ruth, body)


# --- the clock ------------------------------------------------------------------------------------------


def wait_for_day(people: People, days: int = 0, hour: int = 0) -> None:
    """By moving the town's clock on: when it is night where they live, or to an hour of a day that is to come."""
    now = people.now().astimezone(ZONE)
    if not days and now.hour in hours_of(now.date()):
        return
    there = now.date() + timedelta(days=days)
    if not days and now.hour >= hours_of(there).start:
        there += timedelta(days=1)
    then = datetime.combine(there, time(hour or hours_of(there).start, 30), ZONE)
    print(f"It is {now:%a %H:%M} where they live: the town's clock goes on to {then:%a %H:%M}.", flush=True)
    people.advance(round(then.timestamp() - now.timestamp()))


def hours_of(day: date) -> range:
    """When alerts go out in Texas."""
    return SUNDAY_HOURS if day.isoweekday() == 7 else DAY_HOURS


def go_on(people: People, time_passed: timedelta) -> None:
    people.advance(round(time_passed.total_seconds()))


# --- texting --------------------------------------------------------------------------------------------


def say_all(people: People, words: Mapping[str, str]) -> None:
    """All at once, as after a meeting, and then waits until each was answered; who has nothing to say is left out."""
    speakers = {number: body for number, body in words.items() if body}
    people.look()
    heard = {number: len(people.known(number)) for number in speakers}
    for number, body in speakers.items():
        people.text(number, body)
    for number in speakers:
        wait_for_one_more(people, number, heard[number])


def say(people: People, number: str, body: str) -> str:
    """Texts, and answers what comes back."""
    say_all(people, {number: body})
    return people.known(number)[-1]


def hear(people: People, number: str, body: str, words: str) -> str:
    """Texts, and answers the first text after it that holds these words: to an organizer others come too."""
    people.look()
    heard = len(people.known(number))
    people.text(number, body)
    found = people.wait_until(lambda: [text for text in people.known(number)[heard:] if words in text])
    if not found:
        raise NoText(f"{number} texted {body!r} and got no {words!r}, but {people.known(number)[heard:]}")
    return str(found[0])


def wait_for_one_more(people: People, number: str, heard: int) -> None:
    if not people.wait_until(lambda: len(people.known(number)) > heard):
        raise NoText(f"{number} got no answer")
