"""From the previous release to this one with data in the table, and back: nobody notices.

The town is made by the previous release's own code, in a process of its own (tests/aws/carried.py).
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.model import Person
from chalicelib.store.codec import IN, value_of
from chalicelib.store.dashboard.operator import groups_after
from chalicelib.store.tables import CONNECTION, Row
from chalicelib.store.values import get, person_key
from infra.local.settings import ROOT
from infra.migrate import migrate
from infra.vendor import HTMX
from tests.aws.carried import Held, carry_in, go, held
from tests.browsing import Browsing
from tests.desk import signed_in
from tests.world import SCREENS, World, runtime

RELEASED = ROOT / "infra" / "released.txt"
MEMBERS = tuple(f"m{n:02}" for n in range(1, 61))

# fmt: off
STEPS: list[list[Any]] = [
    ["texts", "olga", "NEW GROUP DIG Riverbank diggers"],
    ["texts", "otto", "NEW GROUP LEV Levee watch"],
    *(["texts", name, "JOIN DIG"] for name in ("ann", "ben", "eve", "stan", "ruth", *MEMBERS)),
    *(["texts", name, "JOIN LEV"] for name in ("lea", "lou", "lin")),
    ["texts", "olga", "ORGANIZER {ruth}"],
    ["texts", "ann", "NAME Ann"],
    # one that has ended and dissolved, and one that has ended and will dissolve within the hour
    ["texts", "otto", "ALERT LEV Look at the gauge 2pm"], ["go", "otto"],
    ["texts", "lea", "IN LEV1"], ["texts", "otto", "CLOSE LEV1"], ["passes", 60],
    ["texts", "otto", "ALERT LEV Carry the pump 4pm"], ["go", "otto"],
    ["texts", "lou", "IN LEV2"], ["texts", "otto", "CLOSE LEV2"], ["passes", 23 * 60 + 5],
    # one with a need, halfway in its waves, with tasks, talk, a seat taken and a MAYBE
    ["texts", "olga", "ALERT DIG 4 shovels at 5th & Main tomorrow 6pm #flood\n- bring gloves x2"], ["go", "olga"],
    ["texts", "ann", "IN DIG1 with a spade"], ["texts", "ben", "MAYBE DIG1"],
    ["texts", "m02", "IN DIG1"], ["texts", "ann", "SAY see you at the gate"],
    ["texts", "ann", "TAKE 1"], ["texts", "ann", "where do we meet?"],
    # one that is full, with somebody in line
    ["texts", "olga", "ALERT DIG 1 driver at the depot tomorrow 7pm"], ["go", "olga"],
    ["texts", "ben", "IN DIG2"], ["texts", "eve", "IN DIG2"],
    # one that is drafted
    ["texts", "olga", "ALERT DIG 2 rakes at the park tomorrow 5pm"],
    # somebody who stopped, somebody who is waited for
    ["texts", "stan", "STOP"], ["typed", "tess", "DIG"],
    # an open-ended one whose alert lies on a queue, and a text that nobody has read yet
    ["texts", "otto", "ALERT LEV Watch the levee until 9pm"], ["go", "otto", "half"],
    ["only queued", "m01", "IN DIG1"],
]
# fmt: on


def git(*asked: str) -> bytes:
    return subprocess.run(["git", *asked], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603, S607


def told(*asked: str) -> str:
    """What git answers; nothing where there is no git or no such thing."""
    try:
        return git(*asked).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def previous_release() -> str:
    """Its tag, or else the commit that infra/released.txt names."""
    lines = [line.split() for line in RELEASED.read_text().splitlines() if not line.startswith("#")]
    return told("describe", "--tags", "--abbrev=0", "HEAD^") or lines[-1][1]


@pytest.fixture(scope="session")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The previous release's code, in a folder of its own."""
    release = previous_release()
    if not told("rev-parse", "--verify", "--quiet", f"{release}^{{commit}}"):
        pytest.skip(f"the previous release, {release}, is not in this clone's history: git fetch --unshallow --tags")
    folder = tmp_path_factory.mktemp("previous")
    with tarfile.open(fileobj=io.BytesIO(git("archive", release))) as archive:
        archive.extractall(folder, filter="data")
    (folder / HTMX).parent.mkdir(parents=True, exist_ok=True)  # git does not keep it
    shutil.copy(ROOT / HTMX, folder / HTMX)
    return folder


def played(folder: Path, steps: list[list[Any]], town: Held | None = None) -> Held:
    """What a town holds when the code in this folder has played these steps."""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-P", str(Path(__file__).with_name("carried.py"))],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "POWERTOOLS_LOG_LEVEL": "CRITICAL"},
        input=json.dumps({"town": town, "steps": steps}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: Held = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="session")
def old_town(previous: Path) -> Held:
    return played(previous, STEPS)


@pytest.fixture
def upgraded(world: World, old_town: Held) -> World:
    """This release's code, with what the previous one left, brought to what this one looks for."""
    carry_in(world, old_town)
    migrate()
    return world


def asked(code: str) -> list[str]:
    """The numbers that got the alert of an action, as often as they got it."""
    return [one["to"] for one in SCREENS.sent if one["body"].startswith(f"{code}: ")]


def link_of(world: World, name: str, code: str) -> str:
    bodies = [one["body"] for one in SCREENS.sent if one["to"] == world.number(name) and one["body"].startswith(code)]
    found: str = re.findall(r"https://giddyup\.example(/p/\S+)", bodies[-1])[-1]
    return found


# --- on to this release ------------------------------------------------------------------------------------


def test_the_old_town_has_in_it_what_an_upgrade_can_break(old_town: Held) -> None:
    kinds = {row["kind"]["S"] for row in old_town["rows"]}
    assert kinds >= {
        "person", "group", "member", "action", "pledge", "line", "task", "name", "talk", "tally", "timer", "wanted",
        "text", "did", "listed", "spent", "round", "pace",
    }  # fmt: skip
    waiting = {one["queue"] for one in old_town["messages"]}
    assert waiting >= {"giddyup-inbound.fifo", "giddyup-bulk"}


def test_every_row_that_the_previous_release_wrote_is_read(upgraded: World) -> None:
    rows = [Row.from_raw_data(item) for item in upgraded.rows()]
    values = [value_of(row) for row in rows if type(row) in IN and not row.sk.startswith("spent#")]

    assert len(values) > len(MEMBERS) * 3


def test_a_wave_goes_on_where_it_was_and_asks_nobody_twice(upgraded: World) -> None:
    before = asked("DIG1")
    upgraded.advance(hours=1)

    after = asked("DIG1")
    assert len(before) < len(after)
    assert len(after) == len(set(after))
    assert upgraded.number("stan") not in after[len(before) :]


def test_what_lay_on_the_queues_is_done_once(upgraded: World) -> None:
    upgraded.work()
    upgraded.advance(minutes=30)

    assert sorted(asked("LEV3")) == sorted(upgraded.number(name) for name in ("otto", "lea", "lou", "lin"))
    assert upgraded.got("m01")[-1].startswith("You're in for DIG1: 3 of 4 coming.")


def test_whoever_has_stopped_stays_stopped_and_start_still_counts(upgraded: World) -> None:
    upgraded.text("olga", "UPDATE DIG1 bring water")
    upgraded.advance(hours=1)
    quiet = upgraded.got("stan")[-1]
    upgraded.text("stan", "START")

    assert "no more" in quiet
    assert upgraded.got("stan")[-1] != quiet


def test_the_line_the_tasks_and_the_draft_go_on(upgraded: World) -> None:
    upgraded.text("ben", "OUT DIG2")
    upgraded.text("ann", "DONE DIG1 2h")
    draft = next(body for body in reversed(upgraded.got("olga")) if "GO " in body)
    upgraded.text("olga", draft[draft.rindex("GO ") :])

    assert any("DIG2" in text for text in upgraded.got("eve")[-2:])
    assert "DIG3 is on its way" in "\n".join(upgraded.got("olga"))
    assert asked("DIG3")


def test_a_link_that_was_texted_before_is_still_its_persons(upgraded: World) -> None:
    upgraded.work()
    browser = Browsing()
    browser.open(link_of(upgraded, "lea", "LEV3"))
    browser.press("I'm in")

    assert browser.status == 200
    assert "You&#39;re in" in browser.page


def test_a_yes_to_a_number_typed_before_makes_a_member_and_its_browser_is_known(
    upgraded: World, old_town: Held
) -> None:
    upgraded.text("tess", "YES")

    browser = Browsing(cookies=dict(old_town["cookies"]["tess"]))
    browser.open("/a/DIG1")
    browser.press("I'm in")
    assert "DIG" in "\n".join(upgraded.got("tess"))
    assert "You&#39;re in" in browser.page


def test_receipts_of_texts_sent_before_are_taken(upgraded: World) -> None:
    statuses = [upgraded.receipt(one, "delivered") for one in SCREENS.sent if one["callback"]]

    assert set(statuses) == {204}
    states = {row["state"]["S"] for row in upgraded.rows() if row["kind"]["S"] == "text" and "sid" in row}
    assert states == {"delivered"}


def test_what_was_spent_before_is_in_the_record_of_an_action(upgraded: World) -> None:
    upgraded.advance(minutes=70)
    upgraded.text("otto", "WHO LEV2")

    record = upgraded.got("otto")[-1]
    assert record == "LEV2: 1 came. 9 texts, $0.11."


# --- what is changed in the table for it ---------------------------------------------------------------------


def test_what_is_missing_is_made_once_and_nothing_else_is_touched(world: World, old_town: Held) -> None:
    carry_in(world, old_town)
    before = by_key(world)

    assert migrate() == {"organizers": 3, "groups listed": 2, "sums moved": 4}
    after = by_key(world)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert {after.get(key, before.get(key))["kind"]["S"] for key in changed} == {"person", "founded", "spent"}
    assert migrate() == {}
    assert by_key(world) == after


def test_an_organizer_whose_row_is_written_meanwhile_is_read_again(world: World, old_town: Held) -> None:
    carry_in(world, old_town)
    olga, writes = world.person("olga"), []

    def meanwhile(params: dict[str, Any], **_: Any) -> None:
        """Between the reading and the first writing of her row she gives her name."""
        if f"person#{olga}".encode() in params["body"] and not writes:
            writes.append(olga)
            world.text("olga", "NAME Olga")

    client = CONNECTION.client
    client.meta.events.register("before-call.dynamodb.PutItem", meanwhile)
    try:
        migrate()
    finally:
        client.meta.events.unregister("before-call.dynamodb.PutItem", meanwhile)

    person: Person = get([person_key(olga)])[person_key(olga)]
    assert (writes, person.name, person.organizes) == ([olga], "Olga", ("DIG",))


def test_an_organizer_from_before_signs_in_to_the_dashboard(upgraded: World) -> None:
    for name in ("olga", "ruth"):
        browser = signed_in(upgraded, name)

        assert "Riverbank diggers" in browser.page
        assert "Levee watch" not in browser.page


def test_what_an_organizer_from_before_sees_there(upgraded: World) -> None:
    browser = signed_in(upgraded, "olga")
    for path in ("/g/DIG", "/g/DIG/people", "/g/DIG/audit", "/g/DIG/delivery", "/g/DIG/settings", "/a/DIG1", "/a/DIG2"):
        browser.open(f"/dashboard{path}")
        assert browser.status == 200, path

    page = " ".join(re.sub(r"<[^>]*>", " ", browser.open("/dashboard/a/DIG1")).split())
    assert "3 of 4 in" in page
    assert "Ann" in page
    assert "bring gloves" in page


@pytest.mark.usefixtures("upgraded")
def test_operators_see_the_groups_that_were_founded_before() -> None:
    groups, more = groups_after("", runtime())

    assert ([(one.keyword, one.organizers) for one in groups], more) == ([("DIG", 2), ("LEV", 1)], "")


def by_key(world: World) -> dict[tuple[str, str], Any]:
    return {(row["pk"]["S"], row["sk"]["S"]): row for row in world.rows()}


# --- and back, if this release should have to be taken back -----------------------------------------------------


@pytest.fixture
def taken_back(world: World, old_town: Held, previous: Path) -> Callable[[list[list[Any]]], Held]:
    """The previous release's code again, with what this one has written meanwhile."""
    carry_in(world, old_town)
    migrate()
    world.work()
    for name, body in (
        ("nina", "JOIN DIG"), ("olga", "SET DIG hours 9-20"), ("m05", "IN DIG1"), ("m05", "what do we bring?"),
        ("olga", "ALERT DIG 2 boats at the weir tomorrow 4pm"),
    ):  # fmt: skip
        world.text(name, body)
    go(world, "olga")
    signed_in(world, "olga")
    return lambda steps: played(previous, steps, held(world))


def test_the_previous_release_goes_on_with_what_this_one_wrote(
    taken_back: Callable[[list[list[Any]]], Held], old_town: Held
) -> None:
    town = taken_back([
        ["texts", "nina", "IN DIG4"], ["texts", "ben", "OUT DIG2"], ["texts", "m05", "OUT DIG1"],
        ["texts", "stan", "START"], ["texts", "nina", "STOP"], ["texts", "newt", "JOIN DIG"],
    ])  # fmt: skip

    sent = town["sent"][len(old_town["sent"]) :]
    last = {name: [one["body"] for one in sent if one["to"] == number] for name, number in town["numbers"].items()}
    assert "You're in for DIG4" in "".join(last["nina"])
    assert "no more" in last["nina"][-1]
    assert "DIG2" in last["eve"][-1]
    assert "out of DIG1" in "".join(last["m05"])
    assert "you're in DIG" in last["newt"][0]
    alerts = [one["to"] for one in town["sent"] if one["body"].startswith("DIG1: ")]
    assert len(alerts) == len(set(alerts))
