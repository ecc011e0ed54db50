"""A group's webhook: what it is told, how that is signed, and what comes of one that does not hear."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
import standardwebhooks

import app
from chalicelib.delivery import carrier, hooks, outward
from chalicelib.delivery.rounds import bring_about
from chalicelib.runtime import Runtime, runtime
from chalicelib.store import hooks as hook_rows
from chalicelib.store.codec import row_of
from chalicelib.store.values import get, person_key
from infra import operate
from tests.delivery.test_limits import logged
from tests.world import World, now, set_clock

WARNING = 30


class Heard(NamedTuple):
    """One request to a receiver, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.said["data"]
        return data


class Receiver:
    """Somebody's program that is told. It answers what it is set to, or nothing for as long as it `hangs`."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.statuses: list[int] = []
        self.location = ""
        self.hangs = threading.Event()
        self.hangs.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    @property
    def events(self) -> list[str]:
        return [one.said["type"] for one in self.heard]

    @property
    def data(self) -> list[dict[str, Any]]:
        return [one.data for one in self.heard]

    def handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.heard.append(Heard(self.path, headers, body))
                receiver.hangs.wait(20)
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

        return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.hangs.set()
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of a town on one machine, whose receivers are on it too."""
    usual = runtime()
    there = Runtime(replace(usual.settings, public_url="http://127.0.0.1:8000"), usual.now, usual.chance)
    monkeypatch.setattr(app, "runtime", lambda: there)


@pytest.fixture
def told(world: World, receiver: Receiver, one_machine: None) -> Receiver:  # noqa: ARG001 - for what it does
    """A receiver of DIG's webhook, with the group and three members."""
    world.found_group(members=("ann", "bob", "cat"))
    assert hook_rows.set_webhook("DIG", receiver.url, SECRET)
    return receiver


SECRET = "whsec_" + base64.b64encode(b"the secret of all the tests here").decode()


def waiting(world: World) -> list[dict[str, Any]]:
    return [row for row in world.rows() if row["kind"]["S"] == "hook"]


# --- what it is told --------------------------------------------------------------------------------------


def test_an_answer_is_told_with_counts_and_a_mark_of_the_person(world: World, told: Receiver) -> None:
    code = world.raise_action("3 shovels at 5th & Main 6pm")

    world.text("ann", "IN +1")

    (heard,) = told.heard
    assert heard.said["type"] == "pledge"
    assert now() - timedelta(minutes=1) < datetime.fromisoformat(heard.said["timestamp"]) <= now()
    person, count = heard.data["person"], heard.data["count"]
    assert heard.data == {
        "group": "DIG",
        "code": code,
        "state": "open",
        "need": 3,
        "coming": 2,
        "count": count,
        "person": person,
        "person_count": 1,
        "answer": "in",
        "seats": 2,
    }
    assert len(person) == 16


def test_every_change_of_an_answer_is_told_once_and_the_same_answer_again_is_not(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels")

    for body in ("maybe", "maybe", "IN", "IN", "yes", "IN +1", "OUT", "OUT"):
        world.text("ann", body)

    answers = [(one["answer"], one["seats"], one["coming"]) for one in told.data]
    assert answers == [("maybe", 0, 0), ("in", 1, 1), ("in", 2, 2), ("out", 0, 0)]
    assert len({one["person"] for one in told.data}) == 1
    for count in ("count", "person_count"):
        counts = [one[count] for one in told.data]
        assert counts == sorted(set(counts))


def test_a_crew_that_fills_is_told_and_again_when_the_line_moves_up(world: World, told: Receiver) -> None:
    world.raise_action("2 shovels")

    for name in ("ann", "bob", "cat"):
        world.text(name, "IN")
    world.text("ann", "OUT")

    short = [(one.said["type"], one.data.get("answer"), one.data["state"], one.data["coming"]) for one in told.heard]
    assert sorted(short[:3]) == [
        ("filled", None, "filled", 2),
        ("pledge", "in", "filled", 2),
        ("pledge", "in", "open", 1),
    ]
    assert short[3:5] == [("pledge", "waiting", "filled", 2), ("pledge", "out", "open", 1)]
    assert sorted(short[5:]) == [("filled", None, "filled", 2), ("pledge", "in", "filled", 2)]
    by_person: dict[str, list[str]] = {}
    for one in told.data:
        if "person" in one:
            by_person.setdefault(one["person"], []).append(one["answer"])
    assert list(by_person.values()) == [["in", "out"], ["in"], ["waiting", "in"]]


@pytest.mark.parametrize("goodbye", ["STOP", "LEAVE DIG"])
def test_who_stops_or_leaves_has_a_free_seat_told(world: World, told: Receiver, goodbye: str) -> None:
    world.raise_action("2 shovels")
    world.text("ann", "IN")

    world.text("ann", goodbye)

    assert [(one["answer"], one["coming"]) for one in told.data] == [("in", 1), ("out", 0)]


def test_when_it_is_done_it_is_told_how_many_came(world: World, told: Receiver) -> None:
    code = world.raise_action("3 shovels")
    for name in ("ann", "bob"):
        world.text(name, "IN")
    world.text("ann", "HERE")

    world.text("olga", "CLOSE You saved the levee.")

    last = told.heard[-1].said
    assert last["type"] == "done"
    count = last["data"]["count"]
    assert last["data"] == {
        "group": "DIG", "code": code, "state": "done", "need": 3, "coming": 2, "count": count, "came": 1,
    }  # fmt: skip
    assert count > max(one["count"] for one in told.data[:-1])


def test_an_open_ended_actions_whole_crew_is_counted_when_it_is_done(world: World, told: Receiver) -> None:
    world.raise_action("everyone to the levee")
    for name in ("ann", "bob", "cat"):
        world.text(name, "IN +1")

    world.text("olga", "CLOSE")

    assert [one["coming"] for one in told.data] == [None, None, None, 6]
    assert told.data[-1]["came"] == 6


def test_one_that_is_called_off_is_told_no_done(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels")
    world.text("ann", "IN")

    world.text("olga", "CALL OFF")

    assert told.events == ["pledge"]


def test_what_is_told_holds_no_number_no_id_no_words_and_no_name(world: World, told: Receiver) -> None:
    world.raise_action("2 shovels")
    world.text("ann", "NAME Annabella")
    world.text("ann", "yes, bringing spades")
    world.text("bob", "IN")
    world.text("cat", "IN")
    world.text("ann", "OUT")
    world.text("olga", "CLOSE thanks to you all")

    everything = b" ".join(one.body + repr(one.headers).encode() for one in told.heard).decode()

    assert {*told.events} == {"pledge", "filled", "done"}
    people = ("ann", "bob", "cat", "olga")
    secrets = [world.number(name)[-7:] for name in people] + [world.person(name) for name in people]
    assert [one for one in (*secrets, "Annabella", "spades", "thanks") if one in everything] == []


def test_a_first_name_is_told_of_whoever_agreed_and_only_while_they_are_in(world: World, told: Receiver) -> None:
    world.raise_action("2 shovels")
    world.text("ann", "NAME Ann")
    agree_to_show(world, "ann")

    world.text("ann", "IN")
    world.text("ann", "OUT")

    assert [one.get("name") for one in told.data] == ["Ann", None]


def agree_to_show(world: World, name: str) -> None:
    key = person_key(world.person(name))
    row_of(replace(get([key])[key], shows_name=True)).save()


@pytest.mark.usefixtures("one_machine")
def test_an_action_that_was_open_already_is_told_of_too(world: World, receiver: Receiver) -> None:
    world.found_group(members=("ann", "bob"))
    world.raise_action("3 shovels")
    world.text("ann", "IN")

    hook_rows.set_webhook("DIG", receiver.url, SECRET)
    world.text("bob", "IN")

    assert [(one["answer"], one["coming"]) for one in receiver.data] == [("in", 2)]


# --- and where there is none ------------------------------------------------------------------------------


@pytest.mark.usefixtures("one_machine")
def test_a_group_without_a_webhook_writes_nothing_for_one(world: World, receiver: Receiver) -> None:
    world.found_group("DIG", members=("ann",))
    world.found_group("TREE", founder="otto", members=("bob",))
    hook_rows.set_webhook("TREE", receiver.url, SECRET)
    world.raise_action("1 shovel")

    before = {row["sk"]["S"] for row in world.rows()}
    world.webhook(world.number("ann"), "IN")
    world.work_once("inbound")

    made = sorted(row["sk"]["S"].split("#")[0] for row in world.rows() if row["sk"]["S"] not in before)
    assert [kind for kind in made if kind == "hook"] == []
    world.work()
    world.text("olga", "CLOSE")
    assert receiver.heard == []


@pytest.mark.usefixtures("told")
def test_an_in_writes_one_row_more_where_there_is_one(world: World) -> None:
    def rows_made_by(name: str) -> list[str]:
        before = {row["sk"]["S"] for row in world.rows()}
        world.webhook(world.number(name), "IN")
        world.work_once("inbound")
        made = sorted(row["sk"]["S"].split("#")[0] for row in world.rows() if row["sk"]["S"] not in before)
        world.work()
        return made

    world.raise_action("5 shovels")
    with_one = rows_made_by("ann")
    hook_rows.remove_webhook("DIG")
    without = rows_made_by("bob")

    assert with_one == sorted([*without, "hook"])


def test_what_has_been_told_is_kept_nowhere(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels")

    world.text("ann", "IN")

    assert len(told.heard) == 1
    assert waiting(world) == []


# --- signed -----------------------------------------------------------------------------------------------


def test_it_is_signed_as_the_standards_own_library_checks_it(world: World, told: Receiver) -> None:
    set_clock(datetime.now(UTC))  # the library has a clock of its own
    code = world.raise_action("3 shovels")

    world.text("ann", f"maybe {code}")

    (heard,) = told.heard
    checked = standardwebhooks.Webhook(SECRET).verify(heard.body, heard.headers)
    assert checked == heard.said
    assert heard.headers["content-type"] == "application/json"
    assert "." not in heard.headers["webhook-id"]
    other = standardwebhooks.Webhook(base64.b64encode(b"another secret than the receiver's").decode())
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        other.verify(heard.body, heard.headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(heard.body.replace(b"maybe", b"out"), heard.headers)


# --- told again -------------------------------------------------------------------------------------------


def test_what_was_not_taken_is_told_again_under_the_same_id_and_newly_signed(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels")
    told.statuses = [500, 302]

    world.text("ann", "IN")
    assert len(told.heard) == 1
    world.advance(seconds=10)
    assert len(told.heard) == 2
    world.advance(seconds=30)
    assert len(told.heard) == 2
    world.advance(seconds=60)

    assert len(told.heard) == 3
    assert len({one.headers["webhook-id"] for one in told.heard}) == 1
    assert len({one.body for one in told.heard}) == 1
    stamps = [int(one.headers["webhook-timestamp"]) for one in told.heard]
    assert stamps == sorted(set(stamps))
    for one, stamp in zip(told.heard, stamps, strict=True):
        moment = datetime.fromtimestamp(stamp, UTC)
        signed = standardwebhooks.Webhook(SECRET).sign(one.headers["webhook-id"], moment, one.body.decode())
        assert one.headers["webhook-signature"] == signed
    assert waiting(world) == []


def test_after_eight_tries_it_is_given_up_the_log_says_so_and_the_row_stays(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels tomorrow 6pm")
    told.statuses = [500] * 20
    began = now()

    world.text("ann", "IN")
    with logged(WARNING) as lines:
        world.advance(hours=24)

    assert len(told.heard) == 8
    since = [int(one.headers["webhook-timestamp"]) - began.timestamp() for one in told.heard]
    waits = [after - before for before, after in pairwise(since)]
    for waited, asked in zip(waits, hooks.AGAIN, strict=True):
        assert asked.total_seconds() - 2 <= waited <= asked.total_seconds() * hooks.SPREAD + 65
    (row,) = waiting(world)
    assert ("failed_at" in row, "due" in row, row["tries"]["N"]) == (True, False, "8")
    assert [line for line in lines if "webhook" in line] == ["webhook given up: ask its owner why it does not answer"]


def test_one_that_is_out_of_reach_is_told_when_it_is_back(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels")
    hook_rows.set_webhook("DIG", "http://127.0.0.1:9/hook", SECRET)
    world.text("ann", "IN")
    assert [row["tries"]["N"] for row in waiting(world)] == ["1"]

    hook_rows.set_webhook("DIG", told.url, SECRET)
    world.advance(seconds=10)

    assert told.events == ["pledge"]
    assert waiting(world) == []


def test_a_redirect_is_not_followed(world: World, told: Receiver) -> None:
    other = Receiver()
    world.raise_action("3 shovels")
    told.statuses, told.location = [307], other.url

    world.text("ann", "IN")

    assert (len(told.heard), other.heard) == (1, [])
    assert [row["tries"]["N"] for row in waiting(world)] == ["1"]
    other.server.shutdown()


def test_one_that_says_it_is_gone_is_removed(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels")
    told.statuses = [500, 410]
    world.text("ann", "IN")

    with logged(WARNING) as lines:
        world.text("bob", "IN")
    world.text("cat", "IN")
    world.advance(hours=1)

    assert len(told.heard) == 2
    assert waiting(world) == []
    assert [row["sk"]["S"] for row in world.rows() if "has_webhook" in row or row["kind"]["S"] == "webhook"] == []
    assert [line for line in lines if "webhook" in line] == [
        "a webhook said that it is gone, and was removed: `make webhook` sets another"
    ]


def test_a_webhook_set_anew_is_not_removed_because_the_old_one_was_gone(told: Receiver) -> None:
    old = hook_rows.webhook_of("DIG")
    hook_rows.set_webhook("DIG", told.url, "whsec_" + base64.b64encode(b"n" * 24).decode())

    removed = hook_rows.remove_webhook("DIG", old)

    assert removed is False
    kept = hook_rows.webhook_of("DIG")
    assert kept is not None
    assert kept.url == told.url


# --- crashes, repeats, dissolving -------------------------------------------------------------------------


def test_the_same_text_twice_is_told_once(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels")

    sid = world.text("ann", "IN")
    world.text("ann", "IN", sid=sid)
    world.advance(minutes=5)

    assert told.events == ["pledge"]


def test_a_row_whose_teller_died_is_told_again_under_the_same_id(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels")
    told.statuses = [500]
    world.text("ann", "IN")
    (row,) = waiting(world)
    key = row["pk"]["S"], row["sk"]["S"]
    leased = hook_rows.row_at(*key)
    assert leased is not None
    assert hook_rows.changed(leased, [type(leased).due.set("2026-11-23T17:05:00.000000Z")], type(leased).due.exists())

    bring_about(*key, runtime())  # while another has it
    assert len(told.heard) == 1
    world.advance(minutes=6)

    assert len(told.heard) == 2
    assert len({one.headers["webhook-id"] for one in told.heard}) == 1


def test_what_a_dissolved_crew_did_is_told_to_nobody_any_more(world: World, told: Receiver) -> None:
    world.raise_action("3 shovels")
    world.text("ann", "IN")
    told.statuses = [500] * 50
    world.text("olga", "CLOSE")

    world.advance(hours=30)

    assert waiting(world) == []
    assert told.events == ["pledge"] + ["done"] * 8


# --- one that hangs ---------------------------------------------------------------------------------------


def test_one_that_hangs_holds_a_worker_up_once_and_is_left_alone_then(
    world: World, told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outward, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(hooks, "SLOW_SECONDS", 0.2)
    monkeypatch.setattr(hooks, "RESTS", 100)
    world.raise_action("everyone to the levee")
    told.hangs.clear()

    for name in ("ann", "bob", "cat"):
        world.webhook(world.number(name), "IN")
    world.work()

    assert len(told.heard) == 1  # the other two were not even tried
    assert [row["tries"]["N"] for row in waiting(world)] == ["1", "1", "1"]
    told.hangs.set()
    world.advance(minutes=10)
    assert len(told.heard) == 4
    assert waiting(world) == []
    kept = hook_rows.webhook_of("DIG")
    assert kept is not None
    assert kept.rests_until is None


@pytest.mark.usefixtures("told")
def test_of_all_who_would_try_it_again_one_does() -> None:
    rested = hook_rows.webhook_of("DIG")
    assert rested is not None
    hook_rows.rest(rested, now() - timedelta(seconds=1))
    first, second = hook_rows.webhook_of("DIG"), hook_rows.webhook_of("DIG")
    assert first is not None
    assert second is not None

    tries = [hook_rows.may_try(one, now(), now() + hooks.LEASED) for one in (first, second)]

    assert tries == [True, False]


# --- addresses --------------------------------------------------------------------------------------------

PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"]
NOT_PUBLIC = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1",
    "ff02::1", "0.0.0.0",  # noqa: S104 - nothing is bound
    "64:ff9b::7f00:1", "2002:7f00:1::", "127.1", "soup",
]  # fmt: skip


def test_addresses_are_public_or_not() -> None:
    assert [one for one in PUBLIC if not outward.is_public(one)] == []
    assert [one for one in NOT_PUBLIC if outward.is_public(one)] == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://8.8.8.8/hook", "it does not begin with https://"),
        ("ftp://8.8.8.8/hook", "it does not begin with https://"),
        ("8.8.8.8", "it does not begin with https://"),
        ("https:///hook", "it needs a plain host, without a user's name or password before it"),
        ("https://me:secret@8.8.8.8/", "it needs a plain host, without a user's name or password before it"),
        ("https://%3127.0.0.1/", "it needs a plain host, without a user's name or password before it"),
        ("https://１２７.0.0.1/", "it is longer than 500 characters, or has some that belong in no address"),
        ("https://8.8.8.8/a\r\nX: y", "it is longer than 500 characters, or has some that belong in no address"),
        ("https://8.8.8.8/" + "a" * 500, "it is longer than 500 characters, or has some that belong in no address"),
        ("https://8.8.8.8:99999/", "it cannot be read"),
        ("https://[::1/", "it cannot be read"),
        ("https://127.0.0.1/", "127.0.0.1 is not on the public internet"),
        ("https://127.1/", "127.1 is not on the public internet"),
        ("https://2130706433/", "2130706433 is not on the public internet"),
        ("https://0x7f.1/", "0x7f.1 is not on the public internet"),
        ("https://[::1]:8443/", "::1 is not on the public internet"),
        ("https://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1 is not on the public internet"),
        ("https://169.254.169.254/latest/meta-data", "169.254.169.254 is not on the public internet"),
        ("https://localhost/hook", "localhost is not on the public internet"),
        ("https://nobody.invalid/hook", "nobody.invalid cannot be found"),
        (f"https://{'a' * 64}.example/", f"{'a' * 64}.example cannot be found"),
        ("https://8.8.8.8/hook?a=b", ""),
        ("https://[2606:4700::1111]/", ""),
    ],
)
def test_an_address_that_is_not_anybodys_on_the_internet_is_refused(url: str, why: str) -> None:
    assert outward.why_not(url, is_town=False) == why


def test_a_town_on_one_machine_may_tell_itself(receiver: Receiver) -> None:
    assert outward.why_not(receiver.url, is_town=True) == ""
    assert outward.why_not("file:///etc/passwd", is_town=True) == "it does not begin with https://"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "localhost", "[::1]", "0x7f.1", "a" * 64 + ".example"])
def test_an_address_that_leads_home_by_now_is_not_called_either(receiver: Receiver, host: str) -> None:
    url = f"https://{host}:{receiver.server.server_port}/hook"

    status = carrier.wait_for(outward.post(url, b"{}", {}, is_town=False))

    assert status is None
    assert receiver.heard == []


# --- what an operator types -------------------------------------------------------------------------------


def test_an_operator_sets_a_webhook_sees_its_secret_once_and_removes_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.found_group()

    operate.webhook("dig", "https://8.8.8.8/hook")
    secret = capsys.readouterr().out.split()[-1]

    kept = hook_rows.webhook_of("DIG")
    assert kept is not None
    assert (kept.url, kept.secret) == ("https://8.8.8.8/hook", secret)
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32

    operate.webhook("DIG")
    operate.webhook("DIG")
    assert capsys.readouterr().out == "DIG tells nobody any more.\nDIG has no webhook.\n"
    assert hook_rows.webhook_of("DIG") is None


@pytest.mark.usefixtures("world")
def test_an_operator_is_told_what_is_wrong_and_nothing_is_set(world: World) -> None:
    world.found_group()

    with pytest.raises(operate.Wrong, match="not on the public internet"):
        operate.webhook("DIG", "https://10.0.0.1/hook")
    with pytest.raises(operate.Wrong, match="which group"):
        operate.webhook("https://8.8.8.8/hook")  # as it comes when GROUP is forgotten
    with pytest.raises(operate.Wrong, match="no group 'SOUP'"):
        operate.webhook("SOUP", "https://8.8.8.8/hook")

    assert [row for row in world.rows() if row["kind"]["S"] == "webhook" or "has_webhook" in row] == []
