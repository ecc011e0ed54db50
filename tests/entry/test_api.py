"""The open API: what programs may read and do, through the gateway that stands for API Gateway here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

import app
from chalicelib.entry.api_answers import REQUESTS
from chalicelib.entry.buckets import Buckets, Left
from chalicelib.web import openapi
from infra.local.events import Request
from infra.local.gateway import Answer, Gateway
from tests.world import SCREENS, World, now, set_clock

BASE = "https://giddyup.example"
WANTED = "3 shovels at 5th & Main 6pm #flood"
GATEWAY = Gateway(app.app, None)


@dataclass
class Told:
    """What a program was answered."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Program:
    """Somebody's program, somewhere in the world."""

    address: str = "198.51.100.7"
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Told:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer: Answer = GATEWAY.answer(Request(method, path, tuple(sent.items()), body, self.address))
        return Told(answer.status, dict(answer.headers), answer.body)

    def get(self, path: str, **headers: str) -> Told:
        return self.ask("GET", path, **headers)

    def pledge(self, code: str, token: str, body: Any = None, **headers: str) -> Told:
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content_Type": "application/json", "Authorization": f"Bearer {token}", **headers}
        return self.ask("POST", f"/api/actions/{code}/pledge", raw, **headers)

    def take_back(self, code: str, token: str) -> Told:
        return self.ask("DELETE", f"/api/actions/{code}/pledge", Authorization=f"Bearer {token}")


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> Iterator[None]:
    REQUESTS.filled.clear()
    yield
    REQUESTS.filled.clear()


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def code(world: World) -> str:
    """An open action of a group with ann and ben in it."""
    world.found_group(members=("ann", "ben"))
    return world.raise_action(WANTED)


def raised(world: World, *words: str) -> list[str]:
    """Actions of DIG, a minute after each other: we answer nobody more than ten times in one."""
    codes = []
    for each in words:
        set_clock(now() + timedelta(minutes=1))
        codes.append(world.raise_action(each))
    return codes


def copied(world: World, code: str, most: int) -> list[str]:
    """As many open actions as that, in the table alone: to raise so many takes minutes."""
    table = boto3.client("dynamodb")
    parts = [row for row in world.rows() if row["sk"]["S"] == "action" or row["pk"]["S"] == "open"]
    others = [f"DIG{n}" for n in range(2, most + 1)]
    for other in others:
        for row in parts:
            table.put_item(TableName="giddyup", Item=json.loads(json.dumps(row).replace(code, other)))
    return [code, *others]


def token_of(world: World, name: str) -> str:
    """Of the personal link that this phone got last."""
    texts = [one["body"] for one in SCREENS.sent if one["to"] == world.number(name)]
    found: str = re.findall(r"/p/(\S+)", "\n".join(texts))[-1]
    return found


def answers(world: World, code: str) -> dict[str, tuple[str, int]]:
    """What everybody has answered, and the seats they hold, by name."""
    ids = {world.person(name): name for name in world.numbers}
    rows = [row for row in world.rows() if row["pk"]["S"].startswith(f"crew#{code}#") and "answer" in row]
    return {ids[row["sk"]["S"].removeprefix("pledge#")]: (row["answer"]["S"], int(row["seats"]["N"])) for row in rows}


def wrong(name: str, status: int, title: str, detail: str, instance: str, **more: Any) -> dict[str, Any]:
    kind = f"{BASE}/openapi.json#/components/responses/{name}"
    return {"type": kind, "title": title, "status": status, "detail": detail, "instance": instance, **more}


# --- reading ---------------------------------------------------------------------------------------------


def test_an_action_is_read_by_its_code_in_any_case(world: World, code: str, program: Program) -> None:
    world.text("ann", "IN +1")

    told = program.get(f"/api/actions/{code.lower()}")

    assert told.status == 200
    assert told.headers["Content-Type"] == "application/json"
    opened_at = told.json["opened_at"]
    assert told.json == {
        "code": "DIG1",
        "url": f"{BASE}/a/DIG1",
        "group": {"keyword": "DIG", "name": "Riverbank diggers", "url": f"{BASE}/g/DIG"},
        "words": "3 shovels at 5th & Main 6pm #flood",
        "state": "open",
        "is_open": True,
        "need": 3,
        "coming": 2,
        "free": 1,
        "here": 0,
        "came": None,
        "place": "5th & Main",
        "zip": "",
        "zone": "America/New_York",
        "starts_at": "2026-11-23T18:00:00-05:00",
        "ends_at": "2026-11-24T02:00:00-05:00",
        "opened_at": opened_at,
        "ended_at": None,
        "tags": ["flood"],
        "names": [],
        "amounts": {},
        "is_emergency": False,
    }
    assert opened_at.startswith("2026-11-23T12:00:")


def test_a_group_is_read_with_what_is_open_and_what_is_over(world: World, code: str, program: Program) -> None:
    world.text("olga", f"CLOSE {code}")
    other = world.raise_action("5 people to cook")

    told = program.get("/api/groups/dig")

    assert told.status == 200
    assert {name: told.json[name] for name in ("keyword", "name", "url", "zone", "is_emergency")} == {
        "keyword": "DIG",
        "name": "Riverbank diggers",
        "url": f"{BASE}/g/DIG",
        "zone": "America/New_York",
        "is_emergency": False,
    }
    assert [one["code"] for one in told.json["open"]] == [other]
    assert [(one["code"], one["is_open"], one["came"]) for one in told.json["past"]] == [(code, False, 0)]


def test_forty_five_actions_come_in_three_pages_each_once(world: World, code: str, program: Program) -> None:
    codes = copied(world, code, 45)
    pages: list[list[str]] = []
    path = "/api/actions"

    while path:
        told = program.get(path)
        pages.append([one["code"] for one in told.json["actions"]])
        link = told.headers.get("Link", "")
        assert bool(link) == (told.json["next"] is not None)
        path = link.partition(">")[0].removeprefix(f"<{BASE}")

    assert [len(page) for page in pages] == [20, 20, 5]
    assert sorted(code for page in pages for code in page) == sorted(codes)


def test_what_ends_or_opens_between_two_pages_moves_nothing(world: World, program: Program) -> None:
    world.found_group()
    codes = raised(world, *(f"5 people to carry {hour}pm" for hour in (4, 5, 6, 7)))
    first = program.get("/api/actions?limit=2").json
    world.text("olga", f"CALL OFF {codes[0]}")
    raised(world, "5 people to cook 3pm")

    second = program.get(f"/api/actions?limit=2&cursor={first['next']}").json

    assert [one["code"] for one in first["actions"]] == codes[:2]
    assert [one["code"] for one in second["actions"]] == codes[2:]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("words=SHOVELS+main", ["DIG1"]),
        ("words=shovels+cook", []),
        ("tag=%23flood", ["DIG1"]),
        ("tag=food&words=cook", ["DIG2"]),
        ("zip=10002", ["DIG2"]),
        ("zip=100", ["DIG2"]),
        ("zip=902", []),
        ("words=&tag=", ["DIG1", "DIG2"]),
        ("limit=1", ["DIG1"]),
        ("lang=es&utm_source=x", ["DIG1", "DIG2"]),
    ],
)
@pytest.mark.usefixtures("code")
def test_actions_are_found_by_words_tag_and_zip(world: World, program: Program, asked: str, wanted: list[str]) -> None:
    world.raise_action("5 people to cook at 7 Elm St 10002 7pm #food")

    told = program.get(f"/api/actions?{asked}").json

    assert [one["code"] for one in told["actions"]] == wanted


@pytest.mark.parametrize(
    ("asked", "what_to_do"),
    [
        ("limit=0", "limit is a whole number from 1 to 100."),
        ("limit=101", "limit is a whole number from 1 to 100."),
        ("limit=", "limit is a whole number from 1 to 100."),
        ("limit=%D9%A3", "limit is a whole number from 1 to 100."),
        ("zip=<script>", "zip is a ZIP code, or three of its digits."),
        ("cursor=x", "cursor is what the page before gave as next. Leave it out to begin again."),
        ("cursor=0-1-DIG1%0A", "cursor is what the page before gave as next. Leave it out to begin again."),
        (f"words={'x' * 81}", "words has 80 characters at most."),
    ],
)
@pytest.mark.usefixtures("world")
def test_what_cannot_be_looked_for_is_said(program: Program, asked: str, what_to_do: str) -> None:
    told = program.get(f"/api/actions?{asked}")

    assert told.status == 400
    assert told.headers["Content-Type"] == "application/problem+json"
    assert told.json == wrong("Unreadable", 400, "That cannot be read", what_to_do, "/api/actions")


def test_what_is_private_is_not_there(world: World, code: str, program: Program) -> None:
    other = world.raise_action("5 people to cook")
    world.text("olga", f"PRIVATE {other}")
    world.found_group("OWL", "otto")
    hidden = world.raise_action("2 to watch", "OWL", "otto")
    world.text("otto", "PRIVATE OWL")

    assert [one["code"] for one in program.get("/api/actions").json["actions"]] == [code]
    assert [one["code"] for one in program.get("/api/groups/DIG").json["open"]] == [code]
    assert [program.get(f"/api/actions/{one}").status for one in (other, hidden)] == [404, 404]
    assert program.get("/api/groups/OWL").status == 404
    assert hidden not in program.get("/api/actions/OWL2").json["suggestions"]


@pytest.mark.usefixtures("code")
def test_what_is_not_there_says_what_may_have_been_meant(program: Program) -> None:
    detail = "No public action has this code. Ask /api/actions what is open."

    told = program.get("/api/actions/DIG11")

    assert told.json == wrong(
        "NotFound", 404, "There is nothing here", detail, "/api/actions/DIG11", suggestions=["DIG1"]
    )


@pytest.mark.parametrize(
    "path",
    ["/api/actions/DIG9", "/api/actions/%3Cscript%3E", "/api/groups/COW", "/api/groups/%00", "/api/x/y", "/api/x"],
)
@pytest.mark.usefixtures("world")
def test_whatever_is_not_there_is_a_problem_detail(program: Program, path: str) -> None:
    for method in ("GET", "HEAD"):
        told = program.ask(method, path)

        assert told.status == 404
        assert told.headers["Content-Type"] == "application/problem+json"
        assert told.headers["Access-Control-Allow-Origin"] == "*"
    assert program.get(path).json["instance"] == path


def test_reading_changes_nothing(world: World, code: str, program: Program) -> None:
    before = world.rows()

    for path in ("/api/actions", f"/api/actions/{code}", "/api/groups/DIG", "/api/actions/DIG9", "/openapi.json"):
        assert program.get(path).raw
        assert program.ask("HEAD", path).status in {200, 404}

    assert world.rows() == before


def test_what_has_not_changed_is_not_sent_again(world: World, code: str, program: Program) -> None:
    path = f"/api/actions/{code}"
    first = program.get(path)

    again = program.get(path, If_None_Match=first.headers["ETag"])
    world.text("ann", "IN")
    changed = program.get(path, If_None_Match=first.headers["ETag"])

    assert first.headers["Cache-Control"] == "public, max-age=10"
    assert (again.status, again.raw, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert (changed.status, changed.json["coming"]) == (200, 1)


def test_a_script_in_an_actions_words_is_plain_text_to_programs(world: World, program: Program) -> None:
    world.found_group()
    code = world.raise_action("3 shovels <script>alert(1)</script> 🙂")

    told = program.get(f"/api/actions/{code}")

    assert told.json["words"] == "3 shovels <script>alert(1)</script> 🙂"
    assert told.headers["X-Content-Type-Options"] == "nosniff"


# --- a pledge --------------------------------------------------------------------------------------------


def test_a_pledge_by_an_alerts_token_is_in_and_is_taken_back(world: World, code: str, program: Program) -> None:
    told = program.pledge(code, token_of(world, "ann"), {"party": 2})

    assert told.status == 200
    assert (told.json["answer"], told.json["seats"], told.json["action"]["coming"]) == ("in", 2, 2)
    assert told.headers["Cache-Control"] == "no-store"
    assert answers(world, code) == {"ann": ("in", 2)}
    world.work()
    assert [name for name, body in world.new_texts() if "You're in" in body] == ["ann"]

    back = program.take_back(code, told.json["undo"])

    assert (back.status, back.json["answer"], back.json["seats"], back.json["undo"]) == (200, "out", 0, None)
    assert back.json["action"]["coming"] == 0
    assert answers(world, code)["ann"][0] == "out"


def test_a_token_that_took_a_pledge_back_takes_no_later_one_back(world: World, code: str, program: Program) -> None:
    token = token_of(world, "ann")
    undo = program.pledge(code, token).json["undo"]
    program.take_back(code, undo)
    assert program.take_back(code, undo).json["answer"] == "out"
    program.pledge(code, token)

    told = program.take_back(code, undo)

    assert (told.status, told.json["answer"]) == (200, "in")


def test_a_pledge_without_a_body_is_alone(world: World, code: str, program: Program) -> None:
    told = program.pledge(code.lower(), token_of(world, "ann"))

    assert (told.json["answer"], told.json["seats"]) == ("in", 1)


def test_a_pledge_when_it_is_full_is_a_place_in_line(world: World, code: str, program: Program) -> None:
    world.text("ben", "IN +2")

    told = program.pledge(code, token_of(world, "ann"))
    back = program.take_back(code, told.json["undo"])

    assert (told.json["answer"], told.json["seats"], told.json["action"]["free"]) == ("waiting", 1, 0)
    assert back.json["answer"] == "out"


def test_a_private_action_can_be_answered_by_its_token(world: World, code: str, program: Program) -> None:
    world.text("olga", f"PRIVATE {code}")

    assert program.pledge(code, token_of(world, "ann")).json["answer"] == "in"


def test_the_same_key_again_brings_nothing_about_twice(world: World, code: str, program: Program) -> None:
    token = token_of(world, "ann")
    first = program.pledge(code, token, {"party": 2}, Idempotency_Key="once")
    program.take_back(code, first.json["undo"])

    again = program.pledge(code, token, {"party": 2}, Idempotency_Key="once")
    another = program.pledge(code, token, {"party": 3}, Idempotency_Key="twice")

    assert (again.status, again.json["answer"]) == (200, "out")
    assert (another.json["answer"], another.json["seats"]) == ("in", 3)


def test_one_key_of_two_people_is_two_pledges(world: World, code: str, program: Program) -> None:
    for name in ("ann", "ben"):
        program.pledge(code, token_of(world, name), Idempotency_Key="once")

    assert answers(world, code) == {"ann": ("in", 1), "ben": ("in", 1)}


def test_the_ledger_says_that_it_came_through_the_api(world: World, code: str, program: Program) -> None:
    program.pledge(code, token_of(world, "ann"))

    kept = [row["channel"]["S"] for row in world.rows() if row.get("did", {}).get("S") == "In"]
    assert kept == ["api"]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda token: token[:-1], id="cut short"),
        pytest.param(lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"), id="one letter another"),
        pytest.param(lambda token: token.replace("DIG1", "DIG2"), id="of another action"),
        pytest.param(lambda _: "eyJuIjoiMSJ9.c2lnbmVk", id="a forged form's"),
        pytest.param(lambda _: "x" * 6000, id="enormous"),
        pytest.param(lambda _: "é\x7f", id="no ASCII"),
    ],
)
def test_a_token_that_is_none_of_ours_does_nothing(world: World, code: str, program: Program, spoil: Any) -> None:
    bad = spoil(token_of(world, "ann"))

    told = [program.pledge(code, bad), program.take_back(code, bad)]

    assert [one.status for one in told] == [401, 401]
    assert {one.headers["WWW-Authenticate"] for one in told} == {'Bearer realm="giddyup", error="invalid_token"'}
    assert answers(world, code) == {}


def test_a_token_counts_for_its_own_action_and_its_own_verb_alone(world: World, code: str, program: Program) -> None:
    old = token_of(world, "ann")
    other = world.raise_action("5 people to cook")
    undo = program.pledge(code, old).json["undo"]

    told = [
        program.pledge(other, old),
        program.take_back(code, old),
        program.pledge(code, undo),
        program.take_back(other, undo),
    ]

    assert [one.status for one in told] == [401, 401, 401, 401]
    assert answers(world, code) == {"ann": ("in", 1)}


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Basic YTpi", "DIG1"])
def test_without_a_token_one_is_asked_for(world: World, code: str, program: Program, sent: str) -> None:
    before = world.rows()

    told = program.ask("POST", f"/api/actions/{code}/pledge", Authorization=sent)

    assert (told.status, told.headers["WWW-Authenticate"]) == (401, 'Bearer realm="giddyup"')
    assert world.rows() == before


def test_a_token_to_take_back_is_too_old_after_half_a_day(world: World, program: Program) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("3 shovels tomorrow 6pm")
    undo = program.pledge(code, token_of(world, "ann")).json["undo"]
    set_clock(now() + timedelta(hours=12.1))

    told = program.take_back(code, undo)

    assert told.status == 401
    assert answers(world, code) == {"ann": ("in", 1)}


def test_after_its_end_an_action_is_gone_and_it_is_said_what_is_open(world: World, code: str, program: Program) -> None:
    token = token_of(world, "ann")
    undo = program.pledge(code, token).json["undo"]
    world.text("olga", f"CALL OFF {code}")
    other = world.raise_action("5 people to cook")
    detail = f"{code} is over. Open now: {other}. Reply IN and the code."

    told = [program.pledge(code, token), program.take_back(code, undo)]

    gone = wrong("Over", 410, "The action is over", detail, f"/api/actions/{code}/pledge")
    assert [one.json for one in told] == [gone, gone]


def test_a_refusal_is_told_in_the_callers_language_and_nobody_is_texted(
    world: World, code: str, program: Program
) -> None:
    world.new_texts()

    english = program.pledge(code, token_of(world, "ann"), {"party": 9})
    spanish = program.pledge(code, token_of(world, "ann"), {"party": 9}, Accept_Language="es-MX, en;q=0.5")
    world.work()

    assert english.status == 409
    assert english.json["detail"] == (
        "For DIG1 a party is 3 at most. Send fewer, or ask the others to text IN DIG1 too."
    )
    assert english.json["detail"] != spanish.json["detail"]
    assert (english.headers["Content-Language"], spanish.headers["Content-Language"]) == ("en", "es")
    assert answers(world, code) == {}
    assert world.new_texts() == []


def test_a_bigger_party_than_there_is_room_for_keeps_what_it_has(world: World, code: str, program: Program) -> None:
    world.text("ben", "IN")
    program.pledge(code, token_of(world, "ann"), {"party": 2})

    told = program.pledge(code, token_of(world, "ann"), {"party": 3})

    assert (told.status, told.json["detail"]) == (409, "DIG1 has no room for more. You keep your 2.")
    assert answers(world, code) == {"ann": ("in", 2), "ben": ("in", 1)}


def test_who_said_stop_is_refused_and_told_how_to_come_back(world: World, code: str, program: Program) -> None:
    token = token_of(world, "ann")
    world.text("ann", "STOP")
    world.new_texts()

    told = program.pledge(code, token)
    world.work()

    assert told.status == 409
    assert "Reply START to come back" in told.json["detail"]
    assert answers(world, code) == {}
    assert world.new_texts() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        pytest.param(b"[" * 16_000, 400, id="too deep"),
        (b"\xff\xfe", 400),
        (b'{"party": 1e999999}', 422),
        (b'{"party": NaN}', 422),
        pytest.param(b"9" * 10_000, 400, id="a number too long"),
        ([], 422),
        ("in", 422),
        ({"party": "2"}, 422),
        ({"party": True}, 422),
        ({"party": 0}, 422),
        ({"party": -1}, 422),
        ({"party": 21}, 422),
        ({"party": 1.5}, 422),
        ({"party": None}, 422),
        ({"party": 1, "person": "ben"}, 422),
        pytest.param(b" " * 16_385, 413, id="a byte too many"),
        pytest.param(b"x" * 5_000_000, 413, id="5 MB"),
    ],
)
def test_a_body_that_is_no_party_does_nothing(
    world: World, code: str, program: Program, body: Any, status: int
) -> None:
    told = program.pledge(code, token_of(world, "ann"), body)

    assert told.status == status
    assert told.headers["Content-Type"] == "application/problem+json"
    assert answers(world, code) == {}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_a_body_that_is_not_said_to_be_json_does_nothing(world: World, code: str, program: Program, kind: str) -> None:
    told = program.pledge(code, token_of(world, "ann"), {"party": 1}, Content_Type=kind)

    assert (told.status, told.headers["Content-Type"]) == (415, "application/problem+json")
    assert answers(world, code) == {}


@pytest.mark.parametrize("key", ["", "a b", "x" * 65, "ñ"])
def test_a_key_that_is_none_is_said(world: World, code: str, program: Program, key: str) -> None:
    told = program.pledge(code, token_of(world, "ann"), Idempotency_Key=key)

    assert told.status == 400
    assert answers(world, code) == {}


# --- who may ask, and how much ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/actions", "GET, HEAD, OPTIONS"),
        ("DELETE", "/api/actions/DIG1", "GET, HEAD, OPTIONS"),
        ("PUT", "/api/groups/DIG", "GET, HEAD, OPTIONS"),
        ("GET", "/api/actions/DIG1/pledge", "POST, DELETE, OPTIONS"),
        ("PATCH", "/api/actions/DIG1/pledge", "POST, DELETE, OPTIONS"),
    ],
)
def test_another_method_is_told_which_there_are(program: Program, method: str, path: str, allowed: str) -> None:
    told = program.ask(method, path, b"x", Content_Type="text/plain")

    assert (told.status, told.headers["Allow"]) == (405, allowed)
    assert told.json == wrong("NoSuchMethod", 405, "Not this way", f"This path answers to {allowed}.", path)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/actions", {"GET", "HEAD", "OPTIONS"}),
        ("/api/actions/DIG1", {"GET", "HEAD", "OPTIONS"}),
        ("/api/groups/DIG", {"GET", "HEAD", "OPTIONS"}),
        ("/openapi.json", {"GET", "HEAD", "OPTIONS"}),
        ("/api/actions/DIG1/pledge", {"POST", "DELETE", "OPTIONS"}),
    ],
)
def test_browsers_are_told_that_pages_of_any_site_may_ask(program: Program, path: str, methods: set[str]) -> None:
    told = program.ask("OPTIONS", path, Origin="https://elsewhere.example", Access_Control_Request_Method="POST")

    assert told.status == 200
    assert told.headers["Access-Control-Allow-Origin"] == "*"
    assert set(told.headers["Access-Control-Allow-Methods"].split(",")) == methods
    asked = {"Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"}
    assert asked <= set(told.headers["Access-Control-Allow-Headers"].split(","))
    assert "Access-Control-Allow-Credentials" not in told.headers


def test_whatever_is_answered_may_be_read_by_pages_of_any_site(world: World, code: str, program: Program) -> None:
    tag = program.get("/api/actions").headers["ETag"]

    told = [
        program.get("/api/actions", If_None_Match=tag),
        program.get("/api/actions?limit=x"),
        program.get("/api/actions/DIG9"),
        program.pledge(code, "forged"),
        program.pledge(code, token_of(world, "ann")),
    ]

    assert [one.status for one in told] == [304, 400, 404, 401, 200]
    assert {one.headers["Access-Control-Allow-Origin"] for one in told} == {"*"}
    assert all("RateLimit" in one.headers["Access-Control-Expose-Headers"] for one in told)
    assert all("Set-Cookie" not in one.headers for one in told)


@pytest.mark.usefixtures("world")
def test_a_network_that_asks_too_much_has_to_wait_and_others_do_not(program: Program) -> None:
    first = program.get("/api/actions")
    told = [program.get("/api/actions") for _ in range(150)]
    too_many = next(one for one in told if one.status == 429)

    assert first.headers["RateLimit-Policy"] == '"at-once";q=60;w=30'
    assert first.headers["RateLimit"] == '"at-once";r=59;t=1'
    assert too_many.headers["Retry-After"] == "1"
    assert too_many.json == wrong("TooMany", 429, "Too many requests", "Ask again in 1 s.", "/api/actions")
    assert Program("198.51.100.200").get("/api/actions").status == 429
    assert Program("203.0.113.1").get("/api/actions").status == 200
    set_clock(now() + timedelta(seconds=31))
    assert program.get("/api/actions").status == 200


def test_tokens_are_tried_only_so_often_an_hour(world: World, code: str, program: Program) -> None:
    for _ in range(121):
        REQUESTS.filled.clear()
        told = program.pledge(code, "DIG1" + "a" * 15)
    REQUESTS.filled.clear()

    assert told.status == 429
    assert 0 < int(told.headers["Retry-After"]) <= 3600
    assert program.pledge(code, token_of(world, "ann")).status == 429
    assert program.get("/api/actions").status == 200
    assert Program("203.0.113.1").pledge(code, token_of(world, "ann")).status == 200


def test_a_bucket_gives_what_it_holds_and_fills_again() -> None:
    buckets, noon = Buckets(most=2, a_second=0.5), datetime(2026, 11, 23, 12, tzinfo=UTC)

    taken = [buckets.take("a", noon + timedelta(seconds=seconds)) for seconds in (0, 0, 0, 1, 2, 60, -5)]

    assert buckets.window == 4
    assert taken == [
        Left(1, 2, 0),
        Left(0, 4, 0),
        Left(0, 4, 2),
        Left(0, 3, 1),
        Left(0, 4, 0),
        Left(1, 2, 0),
        Left(1, 2, 0),
    ]


def test_buckets_keep_only_so_many_networks() -> None:
    buckets, noon = Buckets(most=2, a_second=1), datetime(2026, 11, 23, 12, tzinfo=UTC)

    for n in range(10_000):
        buckets.take(str(n), noon)

    assert len(buckets.filled) <= 4096


# --- the description -------------------------------------------------------------------------------------


def test_the_description_is_served_with_a_tag_and_is_the_same_in_every_language(program: Program) -> None:
    told = program.get("/openapi.json", Accept_Language="es")

    assert told.json == program.get("/openapi.json").json
    assert told.json["openapi"] == "3.1.1"
    assert told.json["servers"] == [{"url": BASE}]
    assert program.get("/openapi.json", If_None_Match=told.headers["ETag"]).status == 304


def test_the_description_and_the_routes_name_the_same_paths_and_methods() -> None:
    routes = {
        path: set(methods) - {"HEAD"}
        for path, methods in app.app.routes.items()
        if path.startswith("/api/") and "+" not in path
    }

    assert routes == {path: {method.upper() for method in each} for path, each in openapi.PATHS.items()}


def test_all_that_the_description_refers_to_is_in_it() -> None:
    described = openapi.described(BASE, "Giddyup", "help@giddyup.example")
    wanted = set(re.findall(r'"\$ref": "#/components/(\w+)/([\w-]+)"', json.dumps(described)))

    assert {one for one in wanted if one[1] not in described["components"][one[0]]} == set()
    kept = {(part, name) for part in ("schemas", "headers", "parameters") for name in described["components"][part]}
    assert kept - wanted == set()


def test_every_example_fits_its_schema() -> None:
    import jsonschema_rs

    described = openapi.described(BASE, "Giddyup", "help@giddyup.example")
    for schema in each_schema(described):
        whole = {**schema, "components": described["components"]}
        for example in schema["examples"]:
            jsonschema_rs.validator_for(whole).validate(example)


def each_schema(part: Any) -> Iterator[dict[str, Any]]:
    """Every schema that has examples."""
    if isinstance(part, dict):
        if isinstance(part.get("examples"), list):
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from each_schema(one)
