"""What each page, card, feed and press costs, as an action's crew and its group grow from 10 to 10,000.

    python -m bench.pages              some minutes

Requests and units are counted against ministack, for an action with a need and for an open-ended one; then its answers
are given back, each to the question it was the answer to. It fails where a browser loads more than a page may weigh,
where a page waits for the database more often than it may, or where something grows with the crew.

trips        how often one after another: answers are held back for a while, and what is asked meanwhile is one trip
CPU          ours, in the handler and all its threads, with the database's answers given back at once; Chalice's
             dispatch is in it
compressed   by gzip, as API Gateway does it: what has MINIMUM_COMPRESSION bytes or more
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from gzip import compress
from html.parser import HTMLParser
from statistics import median
from typing import Any
from urllib.parse import urlencode

os.environ.setdefault("LINK_KEYS", "bench")
os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

from botocore.awsrequest import AWSResponse, HeadersDict
from chalice.test import Client

import app
from bench.commands import NOW, WORLD, action, fill, member, ministack, number
from bench.meter import Meter, Raw
from bench.talk import table
from chalicelib.core.model import Answer, Consent, Group, Listed, Person, Pledge, Spent, State
from chalicelib.core.outcome import Entity
from chalicelib.delivery import queues
from chalicelib.entry import pages, pressing, visiting, widgets
from chalicelib.entry.visiting import Browser
from chalicelib.links import link_token
from chalicelib.store.tables import CONNECTION, MEMBER_SHARDS, shard
from chalicelib.web import addresses, signing
from infra.local.settings import ROOT

SIZES = (10, 1_000, 10_000)
NEED, OPEN_ENDED, OVER = "DIG1", "DIG2", "DIG3"
MOST_WEIGHT = 60_000  # bytes, compressed, of a page with everything that it loads
MOST_TRIPS = 3
MINIMUM_COMPRESSION: int = json.loads((ROOT / ".chalice/config.json").read_text())["minimum_compression_size"]
HELD_BACK, TRIES = 0.1, 3  # seconds, when trips are counted; on a busy machine a thread may start late
REPEATS, LONGEST_REPEATED = 100, 0.5  # seconds
OPEN_ACTIONS = 200  # as many as a home page looks through
SECRET = "a-browser-of-the-bench"
CAPACITY = re.compile(rb', "ReturnConsumedCapacity": "[A-Z]+"')  # PynamoDB asks for less than the meter
FORM = "application/x-www-form-urlencoded"
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"

for module in (pages, widgets, pressing):
    module.runtime = lambda: WORLD  # type: ignore[attr-defined]


# --- the database's answers, again -------------------------------------------------------------------


class Deck:
    """Keeps what was answered to each question; while `is_playing` it gives that back, without a network."""

    def __init__(self, *clients: Any) -> None:
        self.answers: dict[tuple[str, bytes], bytes] = {}
        self.of_kind: dict[str, bytes] = {}  # for what is asked with a moment or a number drawn by chance in it
        self.is_playing = False
        self.held_back = 0.0
        self.asked_at: list[float] = []
        self.asking = threading.local()
        for client in clients:
            client.meta.events.register("before-send", self.ask)
            client.meta.events.register("response-received", self.keep)

    def ask(self, request: Any, **_: Any) -> AWSResponse | None:
        target = request.headers["X-Amz-Target"]
        name = target.decode() if isinstance(target, bytes) else target
        question = (name, CAPACITY.sub(b"", request.body))
        if not self.is_playing:
            self.asking.question = question
            return None
        if self.held_back and name.startswith("DynamoDB"):
            self.asked_at.append(time.perf_counter())
            time.sleep(self.held_back)
        body = self.answers.get(question) or self.of_kind[name]
        return AWSResponse(request.url, 200, HeadersDict({"Content-Type": "application/x-amz-json-1.0"}), Raw(body))

    def keep(self, response_dict: dict[str, Any] | None, **_: Any) -> None:
        if not self.is_playing and response_dict:
            self.answers[self.asking.question] = response_dict["body"]
            self.of_kind[self.asking.question[0]] = response_dict["body"]

    @contextmanager
    def playing(self, held_back: float = 0.0) -> Iterator[None]:
        self.is_playing, self.held_back = True, held_back
        self.asked_at.clear()
        try:
            yield
        finally:
            self.is_playing, self.held_back = False, 0.0

    def trips(self) -> int:
        """One after another, while answers were held back: what was asked before the first answer came is one."""
        trips, answered_at = 0, 0.0
        for at in sorted(self.asked_at):
            if at >= answered_at:
                trips, answered_at = trips + 1, at + HELD_BACK
        return trips


# --- what is asked for -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a browser, a feed reader or another site; `is_page`: a browser loads more with it."""

    name: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] | None = None
    is_page: bool = False
    status: int = 200


@dataclass(frozen=True, slots=True)
class Got:
    status: int
    headers: dict[str, Any]
    body: bytes


def asked(client: Client, ask: Ask) -> Got:
    headers = {"Accept": "*/*", "User-Agent": PHONE, **ask.headers}
    if ask.fields is None:
        answer = client.http.get(ask.path, headers=headers)
    else:
        body = urlencode(ask.fields).encode()
        answer = client.http.post(ask.path, headers={**headers, "Content-Type": FORM}, body=body)
    assert answer.status_code == ask.status, (ask, answer.status_code, answer.body[:200])
    return Got(answer.status_code, answer.headers, answer.body)


def visitor(size: int) -> str:
    """A member who has not answered, and whose browser is known."""
    return WORLD.person_id(number(size))


def known(size: int) -> dict[str, str]:
    cookie = visiting.browser_cookie(visiting.PAGE_COOKIE, Browser(visitor(size), SECRET), WORLD.settings)
    return {"Cookie": cookie.partition(";")[0]}


def of_an_action(client: Client, code: str, size: int) -> list[Ask]:
    page, known_here = f"{WORLD.settings.public_url}/a/{code}", known(size)
    link = link_token(WORLD.settings, code, visitor(size), shard(visitor(size), MEMBER_SHARDS))
    bound = {"c": code, "p": visitor(size), "b": signing.mark(SECRET)}
    token = signing.form_token(WORLD.settings, "in", f"press-{code}", WORLD.now(), **bound)
    tag = asked(client, Ask("live", addresses.live(code))).headers["ETag"]
    return [
        Ask("action, a stranger", addresses.action(code), is_page=True),
        Ask("action, a known browser", addresses.action(code), known_here, is_page=True),
        Ask("live", addresses.live(code)),
        Ask("live, unchanged", addresses.live(code), {"If-None-Match": tag}, status=304),
        Ask("mine, a known browser", addresses.mine(code), known_here),
        Ask("personal link", addresses.personal(link), is_page=True),
        Ask("card", addresses.embed(code), is_page=True),
        Ask("share", addresses.share(code), is_page=True),
        Ask("oEmbed, JSON", addresses.oembed(page, "json")),
        Ask("oEmbed, XML", addresses.oembed(page, "xml")),
        Ask("picture", addresses.picture(code)),
        Ask("calendar file", addresses.event(code)),
        Ask("the press: IN", addresses.pledge(code), known_here, {"token": token, "party": "1"}, status=303),
    ]


OF_A_GROUP = (
    Ask("home", addresses.home(), is_page=True),
    Ask("search", addresses.home(words="shovels", tag="flood"), is_page=True),
    Ask("group", addresses.group("DIG"), is_page=True),
    Ask("action, over", addresses.action(OVER), is_page=True),
    Ask("feed, Atom", addresses.feed("DIG", "atom")),
    Ask("feed, JSON", addresses.feed("DIG", "json")),
    Ask("feed of a tag", addresses.tag_feed("flood", "atom")),
    Ask("calendar of a group", addresses.calendar("DIG")),
    Ask("not found", addresses.action("DIG9"), status=404),
)
OF_NOTHING = (
    Ask("terms", "/terms", is_page=True),
    Ask("privacy", "/privacy", is_page=True),
    Ask("style.css", addresses.static("style.css")),
    Ask("app.js", addresses.static("app.js")),
    Ask("htmx", addresses.static("vendor/htmx.min.js")),
    Ask("icon", addresses.static("icon.svg")),
    Ask("embed.js", addresses.embed_script()),
)


def a_town(size: int) -> list[Entity]:
    """A group of this many and one more, who is the visitor, with two actions that all the others are in."""
    organizer, codes = WORLD.person_id(number(0)), (NEED, OPEN_ENDED)
    entities: list[Entity] = [Group("DIG", "Riverbank diggers", "America/New_York", (organizer,), live=codes)]
    entities += [action(NEED, need=size + 100, coming=size), action(OPEN_ENDED, need=None), Listed(OVER, NOW, "DIG")]
    entities.append(replace(action(OVER, need=None), state=State.DONE, ended_at=NOW))
    for code in codes:
        entities += [Spent(code), Listed(code, NOW), Listed(code, NOW, keyword="DIG"), Listed(code, NOW, tag="flood")]
    for n in range(size):
        entities += member(n, "DIG")
        for code in codes:
            person, name = WORLD.person_id(number(n)), f"Member {n}"
            entities.append(Pledge(code, person, Answer.IN, name=name, since=NOW, is_shown=True))
    _, seat = member(size, "DIG")
    marks = (signing.mark(SECRET),)
    who = Person(visitor(size), number(size), name="Sam", groups=("DIG",), consents=consents(), browsers=marks)
    return [*entities, who, seat]


def consents() -> tuple[Consent, ...]:
    (person, _) = member(0, "DIG")
    assert isinstance(person, Person)
    return person.consents


def much_open() -> list[Entity]:
    """As many open actions as a home page looks through, every other one open-ended."""
    entities: list[Entity] = [Group("MUD", "Mudlarks", "America/New_York", (WORLD.person_id(number(0)),))]
    for n in range(1, OPEN_ACTIONS + 1):
        code = f"MUD{n}"
        entities += [action(code, need=10 if n % 2 else None, coming=3), Listed(code, NOW)]
    return entities


# --- measuring ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one answer. `weight` and `requests`: of a page with all that a browser loads with it, compressed."""

    size: int
    compressed: int
    trips: int
    database: int
    reads: float
    writes: float
    cpu: float
    requests: int
    weight: int


def cost_of(client: Client, ask: Ask, meter: Meter, deck: Deck) -> Cost:
    metered(meter)
    got = asked(client, ask)
    meter.is_on = False
    loaded = everything(client, ask, got) if ask.is_page else {ask.path: compressed(got)}
    trips = min(trips_of(client, ask, deck) for _ in range(TRIES))
    with deck.playing():
        cpu = cpu_of(lambda: asked(client, ask))
    return Cost(
        size=len(got.body),
        compressed=compressed(got),
        trips=trips,
        database=sum(n for name, n in meter.operations.items() if not name.startswith("SendMessage")),
        reads=meter.reads,
        writes=meter.writes + meter.index_writes,
        cpu=cpu,
        requests=len(loaded),
        weight=sum(loaded.values()),
    )


def metered(meter: Meter) -> None:
    """From nothing: one meter for all, for what watches a client once watches it for ever."""
    meter.writes = meter.index_writes = meter.reads = 0
    meter.operations.clear()
    meter.recorded.clear()
    meter.is_on = True


def trips_of(client: Client, ask: Ask, deck: Deck) -> int:
    with deck.playing(HELD_BACK):
        asked(client, ask)
        return deck.trips()


def cpu_of(work: Callable[[], object]) -> float:
    """Milliseconds, the median of as many as fit into half a second."""
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < LONGEST_REPEATED:
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return median(times) * 1000


def compressed(got: Got) -> int:
    return len(compress(got.body)) if len(got.body) >= MINIMUM_COMPRESSION else len(got.body)


class Loads(HTMLParser):
    """What a browser fetches with a page, by itself and from us."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.paths: dict[str, bool] = {}  # whether it is a page too
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        path = ""
        if tag == "link" and given.get("rel") in {"stylesheet", "icon"}:
            path = given["href"]
        elif tag in {"script", "img", "iframe"}:
            path = given.get("src", "")
        if path.startswith("/"):
            self.paths[path] = tag == "iframe"
        assert not path or path.startswith(("/", "data:")), f"from elsewhere: {path}"


def everything(client: Client, ask: Ask, got: Got) -> dict[str, int]:
    """Compressed bytes by path, of the page and of all that it loads, each once."""
    loaded = {ask.path: compressed(got)}
    for path, is_page in Loads(got.body).paths.items():
        part = Ask(path, path)
        answer = asked(client, part)
        loaded |= everything(client, part, answer) if is_page else {path: compressed(answer)}
    return loaded


Costs = dict[str, dict[int, Cost]]  # by name, by size


def measured() -> Costs:
    costs: Costs = {}
    for size in SIZES:
        meter = Meter()
        with ministack(), Client(app.app) as client:
            fill(a_town(size))
            deck = watched(meter)
            asks = {ask.name: ask for ask in (*OF_A_GROUP, *OF_NOTHING)}
            for code, kind in ((NEED, "a need"), (OPEN_ENDED, "open-ended")):
                asks |= {f"{ask.name}; {kind}": ask for ask in of_an_action(client, code, size)}
            for name, ask in asks.items():
                costs.setdefault(name, {})[size] = cost_of(client, ask, meter, deck)
            if size == SIZES[0]:
                fill(much_open())
                costs[f"home, {OPEN_ACTIONS} open"] = {size: cost_of(client, OF_A_GROUP[0], meter, deck)}
    return costs


def watched(meter: Meter) -> Deck:
    clients = (CONNECTION.client, queues.sqs())
    for client in clients:
        meter.watch(client)
    return Deck(*clients)


# --- what is said of it ------------------------------------------------------------------------------


def main() -> None:
    costs = measured()
    table(
        ["", "bytes", "compressed", "requests of a browser, all in", "their bytes, compressed", "trips",
         "database requests", "write units", "read units", "ms of CPU"],
        [[name, *figures(got)] for name, got in sorted(costs.items(), key=lambda one: order(one[0]))],
    )  # fmt: skip
    broken = list(broken_promises(costs))
    if broken:
        sys.exit("\n".join(broken))


def order(name: str) -> int:
    """What people look at first."""
    first = ("home", "search", "group", "action", "live", "mine", "personal", "the press", "card", "share")
    return next((n for n, begins in enumerate(first) if name.startswith(begins)), len(first))


def figures(got: dict[int, Cost]) -> list[str]:
    some = list(got.values())
    largest = max(some, key=lambda one: one.size)
    is_page = largest.requests > 1
    return [
        f"{largest.size:,}",
        f"{largest.compressed:,}",
        f"{largest.requests}" if is_page else "",
        f"{max(one.weight for one in some):,}" if is_page else "",
        each(one.trips for one in some),
        each(one.database for one in some),
        each(one.writes for one in some),
        each(one.reads for one in some),
        " / ".join(f"{one.cpu:.1f}" for one in some),
    ]


def each(figures: Iterable[float]) -> str:
    """One for each size; one for all, if they are the same."""
    told = [f"{one:g}" for one in figures]
    return told[0] if len(set(told)) == 1 else " / ".join(told)


def broken_promises(costs: Costs) -> Iterator[str]:
    for name, got in costs.items():
        some = list(got.values())
        if (weight := max(one.weight for one in some)) > MOST_WEIGHT:
            yield f"{name}: a browser loads {weight:,} bytes"
        if (trips := max(one.trips for one in some)) > MOST_TRIPS and not some[0].writes:
            yield f"{name}: {trips} round trips before the first byte"
        if is_growing(some):
            yield f"{name}: grows with the crew"


def is_growing(some: Sequence[Cost]) -> bool:
    """Between the larger sizes: a crew of ten is read whole, and has fewer names to show than a page has room for."""
    *_, middle, largest = some if len(some) > 1 else (*some, *some)
    return (largest.trips, largest.database) > (middle.trips, middle.database) or largest.reads > middle.reads


if __name__ == "__main__":
    main()
