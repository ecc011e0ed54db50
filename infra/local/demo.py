"""`make demo`: fills a running town with three days in the life of two groups, so that each page has something to show.

All of it by text and at the dashboard, as people would do it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import timedelta

from infra.local.acting import ZONE, Demo, answer, ask, go_on, hear, say, say_all, send_alert, texts, wait_for_day
from infra.local.cast import (
    FAULTS_FIRST,
    FAULTS_NOW,
    LISTED,
    MEMBERS,
    ORGANIZER,
    SECOND,
    SETTLING_IN,
    WATCHERS,
)
from infra.local.desk import Desk
from infra.local.people import NoText, NoTown, People
from infra.local.settings import OPERATOR, CannotStart, read_port

KEYWORD, SECOND_KEYWORD = "DIG", "LEVEE"
FIRST_ALERT = "7 people to fill sandbags at Zilker barn 3:30pm #flood\n- drive the truck\n- tie bags x2"
ALERT = "10 shovels at 5th & Main 6pm #flood\n- bring the pump\n- sandbags from the depot x3\n- coffee for all 7pm"
WATCH = "4 people to walk the levee with a lamp, tomorrow 7pm at Gate 3"
AT_THE_DESK = {"what": "Drivers to take the pumps back", "need": "3", "when": "tomorrow 5pm", "where": "the depot"}
KEPT = {
    "what": "Painters for the boathouse",
    "need": "8",
    "where": "Boathouse, Riverside Dr",
    "tags": "#repair",
    "tasks": "- brushes x4\n- ladders",
}

AFTERNOON = 14
UNTIL_IT_IS_ON = timedelta(hours=1, minutes=40)
SHIFT = timedelta(hours=2)


def fill(people: People, desk: Desk) -> str:
    """Answers the code of the action that is open then."""
    people.skip()
    wait_for_day(people)
    everybody = (ORGANIZER, *(member.name for member in MEMBERS))
    numbers = {name: f"+{int(OPERATOR) + n}" for n, name in enumerate(everybody)}
    listed = {name: f"+{int(OPERATOR) + 100 + n}" for n, name in enumerate(LISTED)}
    for name, number in {**numbers, **listed}.items():
        people.add(number, name)
    demo = Demo(people, desk, numbers)

    found_groups(demo)
    wait_for_day(people, days=1, hour=AFTERNOON)
    play_first_action(demo)
    wait_for_day(people, days=1)
    code = raise_open_action(demo)
    raise_watch(demo)
    sit_at_the_desk(demo, code, listed)
    return code


# --- three days -----------------------------------------------------------------------------------------


def found_groups(demo: Demo) -> None:
    people, ruth = demo.people, demo.ruth
    say(people, ruth, f"NEW GROUP {KEYWORD} Riverbank diggers")
    say(people, ruth, f"NAME {ORGANIZER}")
    join(demo, 1)
    say(people, ruth, f"NEW GROUP {SECOND_KEYWORD} Levee watch")
    say(people, ruth, f"SET {KEYWORD} welcome Bring boots and a mug. Coffee is on us!")
    say(people, ruth, f"SET {KEYWORD} hours 9-20")


def play_first_action(demo: Demo) -> None:
    """Raised, filled, done and closed; some texts did not arrive, one person did not come, and one has had enough."""
    people, ruth = demo.people, demo.ruth
    join(demo, 2)
    say_all(people, {demo.numbers[name]: f"JOIN {SECOND_KEYWORD}" for name in WATCHERS})
    say(people, ruth, f"ORGANIZER {SECOND_KEYWORD} {demo.numbers[SECOND]}")
    code = send_alert(demo, ruth, KEYWORD, FIRST_ALERT, reached(2, FAULTS_FIRST), FAULTS_FIRST, how=" ALL")
    answer(demo, {member.name: member.first for member in MEMBERS})
    texts(demo, Gus="STOP", Keisha="yes", Sam="TAKE 1", Mei="TAKE 2")
    hear(people, ruth, "@noor the truck is just what we need", "Noor")
    hear(people, ruth, "UPDATE the barn's north gate is open, park there", code)

    go_on(people, UNTIL_IT_IS_ON)
    texts(demo, Ana="LLEGUE", Sam="HERE", Mei="HERE", Luis="ya llegué", Noor="HERE")
    go_on(people, SHIFT)
    texts(demo, Sam="DONE 1", Mei="DONE 2", Ana="LISTO 60 bolsas 2h", Luis="listo 45 bolsas 2h")
    texts(demo, Sam="DONE 80 bags 2h", Noor="DONE 3 boxes 2h", Mei="DONE 2h")
    hear(people, ruth, f"CLOSE {code} The bank held. Thank you!", "closed")
    hear(people, ruth, "NOSHOW @dale", "Dale")


def raise_open_action(demo: Demo) -> str:
    people, ruth = demo.people, demo.ruth
    join(demo, 3)
    say(people, ruth, f"SET {KEYWORD} limit 25")
    code = send_alert(demo, ruth, KEYWORD, ALERT, reached(3, FAULTS_NOW), FAULTS_NOW)
    answer(demo, {member.name: member.now for member in MEMBERS})
    texts(demo, Theo="STOP", Wren=f"LEAVE {KEYWORD}", Sam="TAKE 1", Amir="TAKE 2", Nadia="TAKE 2")
    texts(demo, Sam="DONE 1", Ana="SAY traigo a mi hermano")
    hear(people, ruth, "@amir wonderful, bring them all", "Amir")
    ask(demo, Sam="is there parking?", Priya="do we need our own gloves?", Luis="¿por qué calle se entra?")
    return code


def raise_watch(demo: Demo) -> None:
    """The second group's, by its other organizer."""
    reached_by = [name for name in WATCHERS if name != SECOND]
    code = send_alert(demo, demo.numbers[SECOND], SECOND_KEYWORD, WATCH, reached_by)
    texts(demo, Noor=f"IN {code}", Otis=f"IN {code} +1", Hector=f"QUIZAS {code}")


def sit_at_the_desk(demo: Demo, code: str, listed: Mapping[str, str]) -> None:
    """What Ruth does at the dashboard: an answer, a setting, a draft that she keeps, a list that she has checked."""
    desk, group = demo.desk, f"/dashboard/g/{KEYWORD}"
    desk.sign_in(demo.people, demo.ruth)
    desk.open(f"/dashboard/a/{code}")
    desk.send(f"/dashboard/a/{code}/do", {"text": "Yes, behind the church."}, having={"name": "Sam"})
    desk.open(f"{group}/settings")
    desk.send(f"{group}/settings", {"value": "3"}, having={"what": "cap"})
    raise_at_the_desk(demo)
    desk.open(f"{group}/lists")
    desk.upload(f"{group}/lists", "spring-fair.csv", the_list(demo, listed), dates="auto")
    if not desk.path.startswith(f"{group}/lists/"):
        raise NoText("the list was not read")


def raise_at_the_desk(demo: Demo) -> None:
    """One that goes out in small waves, as there is time; and one that is kept, and waits for its GO."""
    people, desk, path = demo.people, demo.desk, f"/dashboard/g/{KEYWORD}/compose"
    desk.open(path)
    desk.send(path, AT_THE_DESK)
    people.look()
    before = len(people.texts)
    desk.send(f"{path}/confirm", {})
    code = desk.path.rpartition("/")[2]
    asked = people.wait_until(
        lambda: [text.phone for text in people.texts[before:] if text.body.startswith(f"{code}: ")]
    )
    if not asked:
        raise NoText(f"nobody was asked for {code}")
    say(people, next(phone for phone in asked if phone != demo.ruth), f"IN {code}")
    desk.open(path)
    day = people.now().astimezone(ZONE) + timedelta(days=3)
    desk.send(path, {**KEPT, "when": f"{day:%A} 10am"})


def the_list(demo: Demo, listed: Mapping[str, str]) -> str:
    """Four who can be asked, a member, and somebody of whom it does not say where they agreed."""
    day = (demo.people.now().astimezone(ZONE) - timedelta(days=40)).date()
    rows = [(number, name, "Spring fair, our table") for name, number in listed.items()]
    rows += [(demo.numbers["Mei"], "Mei", "Spring fair, our table"), (f"+{int(OPERATOR) + 110}", "Kim", "")]
    lines = [f'{number},{name},"{where}",{day},"Text me when help is needed"' for number, name, where in rows]
    return "\n".join(["number,name,source,time,words", *lines, ""])


# --- what several of them do ----------------------------------------------------------------------------


def join(demo: Demo, day: int) -> None:
    """All who come on that day, as after a meeting."""
    new = [member for member in MEMBERS if member.joins == day]
    for template in SETTLING_IN:
        say_all(demo.people, {demo.numbers[one.name]: template.format(keyword=KEYWORD, member=one) for one in new})


def reached(day: int, faults: Mapping[str, int]) -> list[str]:
    """Whom an alert of that day reaches at once: not those asleep, with a number that is nobody's, or gone."""
    gone = {*FAULTS_FIRST, "Gus"} - {"Walt", "Bea"} if day > 2 else set()
    out = {*faults, *gone}
    return [one.name for one in MEMBERS if one.joins <= day and one.name not in out and not one.quiet]


def main() -> int:
    try:
        port, web = read_port(os.environ, "CARRIER_PORT", 8001), read_port(os.environ, "PORT", 8000)
        people, desk = People(port), Desk(web)
        if ORGANIZER in people.names().values():
            print(f"The demo's group {KEYWORD} is here already.\n{where_to_look(port, web)}")
            return 0
        desk.open("/signin")  # before anything is texted: is it this town's?
        code = fill(people, desk)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except NoTown as error:
        print(f"No town is running: {error}. Start one with `make dev`, then try again.", file=sys.stderr)
        return 2
    except NoText as error:
        print(f"The demo stopped: {error}", file=sys.stderr)
        return 1
    print(f"30 people are in group {KEYWORD}, and {code} is open.\n{where_to_look(port, web, code)}")
    return 0


def where_to_look(port: int, web: int, code: str = f"{KEYWORD}2") -> str:
    desk = f"http://127.0.0.1:{web}/dashboard"
    return f"""
  phones     http://127.0.0.1:{port}
  dashboard  {desk}
             Sign in with {ORGANIZER}'s number, {OPERATOR}: the code comes to her phone, on the page of phones.

  {desk}/a/{code}          open, half full: crew, words that wait for an answer, tasks
  {desk}/a/{KEYWORD}1          filled and closed; some texts did not arrive, one person did not come
  {desk}/a/{KEYWORD}3/next     who is asked next, and why
  {desk}/g/{KEYWORD}           how it grew, and who left after which alert
  {desk}/g/{KEYWORD}/compose   write an alert; a draft is kept, and waits for its GO
  {desk}/g/{KEYWORD}/people    how ready each is
  {desk}/g/{KEYWORD}/lists     a list that was checked: four can be asked, two cannot
  {desk}/g/{KEYWORD}/delivery  what the carriers said; press to send again
  {desk}/g/{KEYWORD}/audit     who did what, by text and at the desk
  {desk}/operator        all groups: {ORGANIZER} runs the installation too
"""


if __name__ == "__main__":
    sys.exit(main())
