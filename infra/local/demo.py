"""`make demo`: fills a running town with a believable group of 30 and one open action, all by text."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from infra.local.people import NoText, NoTown, People
from infra.local.settings import CannotStart, read_port

KEYWORD = "DIG"
ALERT = "10 shovels at 5th & Main 6pm #flood"
ORGANIZER = "Ruth"

ZONE = ZoneInfo("America/Chicago")  # where their numbers are: alerts wait for the day there
DAY_HOURS = range(9, 18)


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    zip: str
    answer: str = ""  # to the alert
    language: str = "EN"


MEMBERS = (
    Member("Ana", "78701", "SI", "ES"),
    Member("Sam", "78702", "in +1"),
    Member("Mei", "78704", "Yep 👍"),
    Member("Luis", "78702", "voy en 20 min", "ES"),
    Member("Jo", "78703", "maybe"),
    Member("Priya", "78705", "IN 6:15"),
    Member("Carmen", "78741", "no puedo", "ES"),
    Member("Dale", "78745", "out"),
    Member("Ingrid", "78701", "omw"),
    Member("Tomás", "78744", "", "ES"),
    Member("Keisha", "78723", "no but I can at 8"),
    Member("Walt", "78704"),
    Member("Noor", "78758", "in w/ 3 shovels"),
    Member("Hector", "78741", "", "ES"),
    Member("Bea", "78722"),
    Member("Otis", "78721", "Maybe!"),
    Member("Lucía", "78744", "quizás", "ES"),
    Member("Finn", "78703"),
    Member("Grace", "78756"),
    Member("Marcus", "78723"),
    Member("Yuki", "78751"),
    Member("Rosa", "78741", "", "ES"),
    Member("Ed", "78757"),
    Member("Nadia", "78702"),
    Member("Pablo", "78744", "", "ES"),
    Member("Sue", "78745"),
    Member("Amir", "78758"),
    Member("Clara", "78705", "", "ES"),
    Member("Big Mike", "78704"),
)
SETTLING_IN = ("JOIN {keyword}", "NAME {member.name}", "ZIP {member.zip}", "LANG {member.language}")


def fill(people: People) -> str:
    """Answers the code of the action that is open then."""
    people.skip()
    wait_for_day(people)
    numbers = {name: f"+1512555{1000 + n}" for n, name in enumerate((ORGANIZER, *(m.name for m in MEMBERS)))}
    for name, number in numbers.items():
        people.add(number, name)

    ruth = numbers[ORGANIZER]
    say(people, ruth, f"NEW GROUP {KEYWORD} Riverbank diggers")
    say(people, ruth, f"NAME {ORGANIZER}")
    for template in SETTLING_IN:
        say_all(people, {numbers[m.name]: template.format(keyword=KEYWORD, member=m) for m in MEMBERS})

    draft = say(people, ruth, f"ALERT {KEYWORD} {ALERT}")
    confirm = re.search(r"\bGO \d\d\b", draft)
    if confirm is None:
        raise NoText(f"the alert wasn't drafted: {draft!r}")
    people.text(ruth, confirm[0])
    alerts = [people.wait_for(numbers[member.name], "shovels") for member in MEMBERS]
    say_all(people, {numbers[member.name]: member.answer for member in MEMBERS})
    code = re.search(rf"\b{KEYWORD}\d+\b", " ".join(alerts))
    return code[0] if code else KEYWORD


def wait_for_day(people: People) -> None:
    """By moving the town's clock to nine, when it is night where they live."""
    now = people.now().astimezone(ZONE)
    if now.hour not in DAY_HOURS:
        nine = now.replace(hour=DAY_HOURS.start, minute=0) + timedelta(days=1 if now.hour >= DAY_HOURS.start else 0)
        print(f"It is {now:%H:%M} where they live, and alerts wait for the day: the town's clock goes on to 9:00.")
        people.advance(round((nine - now).total_seconds()))


def say_all(people: People, words: dict[str, str]) -> None:
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


def wait_for_one_more(people: People, number: str, heard: int) -> None:
    if not people.wait_until(lambda: len(people.known(number)) > heard):
        raise NoText(f"{number} got no answer")


def main() -> int:
    try:
        port = read_port(os.environ, "CARRIER_PORT", 8001)
        people = People(port)
        if ORGANIZER in people.names().values():
            print(f"The demo's group {KEYWORD} is here already: see http://127.0.0.1:{port}")
            return 0
        code = fill(people)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except NoTown as error:
        print(f"No town is running: {error}. Start one with `make dev`, then try again.", file=sys.stderr)
        return 2
    except NoText as error:
        print(f"The demo stopped: {error}", file=sys.stderr)
        return 1
    print(f"30 people are in group {KEYWORD}, and {code} is open. Their phones: http://127.0.0.1:{port}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
