"""What each page of the dashboard costs an organizer, as a group grows from 10 to 100,000 members.

    python -m bench.dashboard              a quarter of an hour
    python -m bench.dashboard 10 1000      only these sizes

As bench/pages.py counts: requests and units against ministack, then its answers given back for CPU and round trips. It
fails where what looks again by itself costs more than it may, where a page weighs too much, or where something grows
with the group that need not. What asks the whole group by its nature (who is asked next, whom a draft reaches) may.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from chalice.test import Client

import app
from bench.commands import NOW, WORLD, action, fill, member, ministack, number
from bench.meter import Meter
from bench.pages import MOST_WEIGHT, Ask, Cost, Costs, asked, cost_of, figures, is_growing, watched
from bench.talk import table
from chalicelib.core.kept import Act, Failure, Founded, Unreached, Word
from chalicelib.core.model import Answer, Channel, Group, Listed, Person, Pledge, Spent, Wanted
from chalicelib.core.outcome import Entity
from chalicelib.entry import signin
from chalicelib.entry.dashboard import action as action_pages
from chalicelib.entry.dashboard import (
    audit,
    compose,
    delivery,
    door,
    group,
    home,
    lists,
    operator,
    people,
)
from chalicelib.web import desk_addresses as desk
from chalicelib.web import signing

SIZES = (10, 1_000, 100_000)
NEED, OPEN_ENDED = "DIG1", "DIG2"
SECRET = "a-desk-of-the-bench"
MOST_TRIPS, MOST_READS = 2, 3.0  # of what looks again every three seconds
CREW_SHARE = 10  # of the group's members every tenth is in the crew
READ_WHOLE = ("who is asked next", "whom it reaches")  # asks the group, as a wave does
LOOKS_AGAIN = ("action, live",)

STILL = replace(WORLD, now=lambda: NOW)  # so that what has not changed is the same, however long this takes
for module in (home, action_pages, compose, group, people, lists, delivery, audit, operator, signin):
    module.runtime = lambda: STILL  # type: ignore[attr-defined]


def organizer() -> str:
    return WORLD.person_id(number(0))


def cookie() -> dict[str, str]:
    return {"Cookie": door.session_cookie(organizer(), SECRET, STILL).partition(";")[0]}


def a_town(size: int) -> list[Entity]:
    """A group with an action of each kind, a tenth of it in each crew, and something of all that its pages show."""
    codes = (NEED, OPEN_ENDED)
    crew = max(5, size // CREW_SHARE)
    entities: list[Entity] = [
        Group("DIG", "Riverbank diggers", "America/New_York", (organizer(),), live=codes),
        Founded("DIG", NOW),
        action(NEED, need=crew + 5, coming=crew),
        action(OPEN_ENDED, need=None),
    ]
    for code in codes:
        entities += [Spent(code, size, size, size, size, 0), Listed(code, NOW), Listed(code, NOW, keyword="DIG")]
        for n in range(crew):
            who = WORLD.person_id(number(n + 1))
            entities.append(Pledge(code, who, Answer.IN, name=f"Member {n}", since=NOW, channel=Channel.TEXT))
            entities.append(Wanted(who, code, NOW, NOW + timedelta(hours=8)))
        for n in range(min(crew, 40)):
            at = NOW - timedelta(seconds=n)
            entities.append(Word(code, WORLD.person_id(number(n + 1)), at, f"Member {n}", "is there parking nearby?"))
    for n in range(min(size, 500)):
        at, who = NOW - timedelta(minutes=n), WORLD.person_id(number(n + 1))
        entities.append(Act("DIG", at, f"cause-{n}", "Update", Channel.TEXT, organizer(), NEED, note="bring water"))
        entities.append(Failure("DIG", at, who, 30003, NEED))
        entities.append(Unreached("DIG", who, at, 30005))
    for n in range(1, size + 1):
        entities += member(n, "DIG")
    first, seat = member(0, "DIG")
    assert isinstance(first, Person)
    marks = (signing.mark(SECRET),)
    return [*entities, replace(first, name="Ruth", organizes=("DIG",), sessions=marks), seat]


def asks(client: Client) -> list[Ask]:
    mine, someone = cookie(), WORLD.person_id(number(1))
    pages = [
        Ask("home", desk.home(), mine, is_page=True),
        Ask("home, again", desk.now(), mine),
        Ask("group", desk.group("DIG"), mine, is_page=True),
        Ask("settings", desk.settings("DIG"), mine, is_page=True),
        Ask("poster", desk.poster("DIG"), mine, is_page=True),
        Ask("people", desk.people("DIG"), mine, is_page=True),
        Ask("person", desk.person("DIG", someone), mine, is_page=True),
        Ask("consent", desk.consent("DIG", someone), mine, is_page=True),
        Ask("export", desk.export("DIG"), mine, is_page=True),
        Ask("lists", desk.lists("DIG"), mine, is_page=True),
        Ask("delivery", desk.delivery("DIG"), mine, is_page=True),
        Ask("log", desk.audit("DIG"), mine, is_page=True),
        Ask("compose", desk.compose("DIG"), mine, is_page=True),
        Ask("dashboard.css", "/static/dashboard.css"),
        Ask("dashboard.js", "/static/dashboard.js"),
        Ask("sign in", desk.sign_in(), is_page=True),
    ]
    for code, kind in ((NEED, "a need"), (OPEN_ENDED, "open-ended")):
        live = desk.action_part(code, "live")
        tag = asked(client, Ask("live", live, mine)).headers["ETag"]
        pages += [
            Ask(f"action; {kind}", desk.action(code), mine, is_page=True),
            Ask(f"action, live; {kind}", live, mine),
            Ask(f"action, live, unchanged; {kind}", live, {**mine, "If-None-Match": tag}, status=304),
            Ask(f"action, crew; {kind}", desk.action_part(code, "crew"), mine),
            Ask(f"action, inbox; {kind}", desk.action_part(code, "inbox"), mine),
            Ask(f"action, tasks; {kind}", desk.action_part(code, "tasks"), mine),
            Ask(f"action, timeline; {kind}", desk.action_part(code, "timeline"), mine),
        ]
    return [*pages, Ask("action, who is asked next", desk.action_part(NEED, "next"), mine)]


def measured(sizes: tuple[int, ...]) -> Costs:
    costs: Costs = {}
    for size in sizes:
        meter = Meter()
        with ministack(), Client(app.app) as client:
            fill(a_town(size))
            deck = watched(meter)
            for ask in asks(client):
                costs.setdefault(ask.name, {})[size] = cost_of(client, ask, meter, deck)
    return costs


def broken_promises(costs: Costs) -> Iterator[str]:
    for name, got in costs.items():
        some: list[Cost] = list(got.values())
        if (weight := max(one.weight for one in some)) > MOST_WEIGHT:
            yield f"{name}: a browser loads {weight:,} bytes"
        if any(one.writes for one in some):
            yield f"{name}: looking writes"
        if is_growing(some) and not any(part in name for part in READ_WHOLE):
            yield f"{name}: grows with the group"
        is_often = name.startswith(LOOKS_AGAIN)
        trips, reads = max(one.trips for one in some), max(one.reads for one in some)
        if is_often and (trips > MOST_TRIPS or reads > MOST_READS):
            yield f"{name}: {trips} round trips and {reads:g} read units, each three seconds"


def main() -> None:
    sizes = tuple(int(one) for one in sys.argv[1:]) or SIZES
    costs = measured(sizes)
    table(
        ["", "bytes", "compressed", "requests of a browser, all in", "their bytes, compressed", "trips",
         "database requests", "write units", "read units", "ms of CPU"],
        [[name, *figures(got)] for name, got in costs.items()],
    )  # fmt: skip
    broken = list(broken_promises(costs))
    if broken:
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main()
