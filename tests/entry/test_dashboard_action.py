"""An action's page on the dashboard: it is watched while it fills, and steered; each press is what a text would be."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode

import pytest

from bench.meter import batch_units
from chalicelib.core.kept import Word
from chalicelib.core.model import Answer, Pledge
from chalicelib.store.codec import row_of
from chalicelib.store.tables import CONNECTION
from tests.browsing import FORM, Browsing, Form
from tests.desk import signed_in
from tests.world import NOON, SCREENS, World

CREW = ("ann", "ben", "cal")


def opened(
    world: World, words: str = "5 shovels at the levee 6pm", names: tuple[str, ...] = CREW
) -> tuple[str, Browsing]:
    """An action that these are in, and its page, with its organizer signed in."""
    code = world.crew(words, *names)
    return code, signed_in(world, "olga", f"/dashboard/a/{code}")


def numbers(page: str) -> dict[str, str]:
    """The steps by what they are called."""
    steps = page.partition('class="nums steps"')[2].partition("</dl>")[0]
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", steps))


def without_tokens(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


def form_of(browser: Browsing, verb: str) -> Form:
    """The form with this id: several have the same button."""
    ids = re.findall(r'<form id="f-([^"]+)"', browser.page)
    desk = [one for one in browser.forms() if one.action.endswith("/do")]
    return next(one for name, one in zip(ids, desk, strict=True) if name.startswith(verb))


# --- what is watched -------------------------------------------------------------------------------------


def test_an_action_is_watched_while_it_fills(world: World) -> None:
    _, browser = opened(world)

    assert "5 shovels at the levee" in browser.page
    assert numbers(browser.page) == {
        "texted": "4", "delivered": "0", "answered": "3", "in": "3", "here": "0", "done": "0",
    }  # fmt: skip


def test_receipts_of_alerts_are_counted_on_the_page(world: World) -> None:
    code, browser = opened(world)
    alerts = [one for one in SCREENS.sent if one["body"].startswith(f"{code}: 5 shovels")]
    for message, status in zip(alerts, ("delivered", "delivered", "undelivered", "sent"), strict=True):
        world.receipt(message, status, **({"ErrorCode": "30003"} if status == "undelivered" else {}))
    world.work()

    browser.open(f"/dashboard/a/{code}/live")

    assert numbers(browser.page)["delivered"] == "2"
    assert "1 text did not arrive" in browser.page


def test_the_numbers_are_not_sent_again_while_they_are_as_they_were(world: World) -> None:
    code, browser = opened(world)
    first = browser.get(f"/dashboard/a/{code}/live")

    again = browser.get(f"/dashboard/a/{code}/live", If_None_Match=first.headers["ETag"])
    world.text("dee", "JOIN DIG")
    world.text("dee", f"IN {code}")
    changed = browser.get(f"/dashboard/a/{code}/live", If_None_Match=first.headers["ETag"])

    assert (again.status_code, again.body) == (304, b"")
    assert changed.status_code == 200
    assert numbers(changed.body.decode())["in"] == "4"


def test_waves_and_the_start_are_drawn_on_the_curve(world: World) -> None:
    code, browser = opened(world)

    asked = re.search(r'id="waves" name="waves" value="([^"]*)"', browser.page)
    browser.open(f"/dashboard/a/{code}/live?waves={asked[1] if asked else ''}")

    assert 'class="mark wave"' in browser.page
    assert "wave 1" in browser.page


def test_waves_that_somebody_made_up_in_the_address_break_nothing(world: World) -> None:
    code, browser = opened(world)

    answer = browser.get(f"/dashboard/a/{code}/live?waves=x--9999999999-<b>-3")

    assert answer.status_code == 200
    assert b"<b>-3" not in answer.body


def test_an_open_ended_action_has_its_sums_from_all_parts_of_its_crew(world: World) -> None:
    names = tuple(f"vol{n}" for n in range(9))
    code, browser = opened(world, "All hands at the levee", names)
    world.text("vol1", f"OUT {code}")
    world.text("vol2", f"IN {code} +2")
    world.text("vol3", f"HERE {code}")
    world.text("vol3", f"DONE {code} 4 boxes")

    browser.open(f"/dashboard/a/{code}/live")

    assert numbers(browser.page) == {
        "texted": "10", "delivered": "0", "answered": "9", "in": "10", "here": "1", "done": "0",
    }  # fmt: skip
    assert "Done so far: 4 boxes" in browser.page


# --- what it costs to look again --------------------------------------------------------------------------


@dataclass
class Reads:
    """What is read of the table: units by AWS's rule, and how often the one who waits asks."""

    units: float = 0
    trips: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked"] = params

    def answered(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        with self.lock:
            self.count(model.name, parsed, context)

    def count(self, name: str, parsed: dict[str, Any], context: dict[str, Any]) -> None:
        self.trips += threading.current_thread() is threading.main_thread()
        if name == "BatchGetItem":
            self.units += batch_units(context["asked"], parsed)
        else:
            assert name == "Query"
            each = 1.0 if context["asked"].get("ConsistentRead") else 0.5
            self.units += each * max(1, ceil(len(json.dumps(parsed["Items"])) / 4096))


@contextmanager
def reading() -> Iterator[Reads]:
    reads, events = Reads(), CONNECTION.client.meta.events
    events.register("before-parameter-build.dynamodb", reads.asked)
    events.register("after-call.dynamodb", reads.answered)
    yield reads
    events.unregister("before-parameter-build.dynamodb", reads.asked)
    events.unregister("after-call.dynamodb", reads.answered)


@pytest.mark.parametrize("words", ["300 shovels at the levee 6pm", "All hands at the levee 6pm"])
def test_looking_again_takes_two_round_trips_and_three_units_however_large_the_crew(world: World, words: str) -> None:
    code, browser = opened(world, words)
    costs = []
    for some in (range(10), range(10, 200)):
        fill(code, some)
        with reading() as reads:
            answer = browser.get(f"/dashboard/a/{code}/live")
        assert answer.status_code == 200
        costs.append((reads.trips, reads.units))

    assert costs == [(2, 3.0), (2, 3.0)]


def fill(code: str, some: range) -> None:
    """So many pledges, straight into the crew."""
    for n in some:
        row_of(Pledge(code, f"{n:026}", Answer.IN, name=f"Vol{n}", note="with a shovel")).save()
        row_of(
            Word(code, f"{n:026}", NOON + timedelta(seconds=n), f"Vol{n}", "where is it that we are to meet?")
        ).save()


# --- the crew ---------------------------------------------------------------------------------------------


def test_the_crew_is_listed_with_what_each_has_said(world: World) -> None:
    code = world.crew("2 shovels at the levee 6pm", "ann")
    for name in ("ben", "cal"):
        world.text(name, "JOIN DIG")
    world.text("ben", f"IN {code} with two spades")
    world.text("cal", f"IN {code}")
    world.text("olga", f"ADD {code} bring gloves")

    page = without_tokens(signed_in(world, "olga", f"/dashboard/a/{code}").page)

    crew = page.partition("Crew")[2]
    assert re.search(r"Ann\s+1\s.*by text", crew, re.S)
    assert f"…{world.number('ben')[-2:]}" in crew
    assert "with two spades" in crew
    assert f"…{world.number('cal')[-2:]}" in crew.partition("In line")[2]


def test_a_crew_of_many_is_shown_some_at_a_time(world: World) -> None:
    code, browser = opened(world, "300 shovels at the levee 6pm")
    fill(code, range(120))
    seen: list[str] = []
    browser.open(f"/dashboard/a/{code}/crew")
    for _ in range(5):
        seen += re.findall(r'<th scope="row">(Vol\d+)</th>', browser.page)
        more = re.search(r"\?crew=(\w+)#", browser.page)
        if not more:
            break
        browser.open(f"/dashboard/a/{code}?crew={more[1]}")

    assert sorted(seen) == sorted({f"Vol{n}" for n in range(120)})


def test_names_and_words_with_markup_are_shown_as_they_are_written(world: World) -> None:
    code = world.crew("5 <b>shovels</b> at the levee 6pm", "ann")
    world.text("ann", "NAME <img src=x>")
    world.text("ann", f"IN {code} <script>alert(1)</script>")
    world.text("ann", "where do <i>we</i> meet?")

    page = signed_in(world, "olga", f"/dashboard/a/{code}").page

    assert "&lt;b&gt;shovels&lt;/b&gt;" in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<(b>shovels|img src=x|script>alert|i>we)", page)


# --- the inbox --------------------------------------------------------------------------------------------


def test_a_word_is_answered_on_the_page_and_the_phone_gets_it(world: World) -> None:
    code, browser = opened(world)
    world.text("ann", "where do we meet?")
    browser.open(f"/dashboard/a/{code}")
    assert "1 word waits for an answer" in browser.page
    world.new_texts()

    browser.send(form_of(browser, "tell-"), text="2 steps from the gate")
    world.work()

    olga = f"...{world.number('olga')[-2:]}"
    assert ("ann", f"{olga}, organizing {code}: 2 steps from the gate") in world.new_texts()
    browser.open(f"/dashboard/a/{code}")
    assert "Nobody waits for an answer" in browser.page
    assert "Answered by" in browser.page


def test_an_answer_that_begins_with_a_number_goes_to_nobody_else(world: World) -> None:
    """There is a second Ann, whom the crew knows as Ann2."""
    code = world.crew("5 shovels at the levee 6pm", "ann")
    world.text("bea", "JOIN DIG")
    world.text("bea", "NAME Ann")
    world.text("bea", f"IN {code}")
    world.text("ann", "where do we meet?")
    browser = signed_in(world, "olga", f"/dashboard/a/{code}")
    world.new_texts()

    browser.send(form_of(browser, "tell-"), text="2 steps from the gate")
    world.work()

    assert [name for name, body in world.new_texts() if "2 steps" in body or "steps from" in body] == ["ann"]


def test_an_answer_without_words_is_asked_for_again(world: World) -> None:
    code, browser = opened(world)
    world.text("ann", "where do we meet?")
    browser.open(f"/dashboard/a/{code}")

    browser.send(form_of(browser, "tell-"), text="  ")

    assert browser.status == 422
    assert "nothing in it to send" in browser.page


# --- steering ---------------------------------------------------------------------------------------------


def test_it_is_moved_and_the_crew_is_told(world: World) -> None:
    _, browser = opened(world)

    browser.send(form_of(browser, "move"), words="7pm")
    world.work()

    assert {name for name, body in world.new_texts() if "7pm" in body} == set(CREW)
    assert "7pm" in browser.page.partition('class="facts slim"')[2].partition("</dl>")[0]


def test_a_time_that_is_none_is_said_and_kept(world: World) -> None:
    _, browser = opened(world)

    browser.send(form_of(browser, "move"), words="when the cows come home")

    assert browser.status == 409
    assert 'value="when the cows come home"' in browser.page


def test_news_goes_to_the_crew(world: World) -> None:
    _, browser = opened(world)

    browser.send(form_of(browser, "update"), text="bring water")
    world.work()

    assert {name for name, body in world.new_texts() if "bring water" in body} == set(CREW)


def test_it_is_begun_and_closed_with_a_word_of_thanks(world: World) -> None:
    _, browser = opened(world)
    browser.send(form_of(browser, "begin"))
    assert "Under way" in browser.page
    browser.send(form_of(browser, "no_show"))
    assert "did not come" in browser.page
    world.new_texts()

    browser.send(form_of(browser, "close"), note="Great work")
    world.work()

    assert {name for name, body in world.new_texts() if "Great work" in body} == set(CREW)
    assert numbers(browser.page)["done"] == "2"
    assert "Close and thank" not in browser.page


def test_nothing_is_called_off_by_the_first_press(world: World) -> None:
    _, browser = opened(world)
    world.new_texts()

    browser.send(form_of(browser, "call_off"), note="Too much rain")
    world.work()
    first = world.new_texts()
    asked = "Sure?" in browser.page
    browser.send(form_of(browser, "call_off_sure"))
    world.work()

    assert first == []
    assert asked
    assert {name for name, body in world.new_texts() if "Too much rain" in body} == set(CREW)
    assert "Called off" in browser.page


def test_the_same_press_again_does_nothing_more(world: World) -> None:
    _, browser = opened(world)
    form = form_of(browser, "update")

    browser.send(form, text="bring water")
    browser.send(form, text="bring water")
    world.work()

    assert len([body for _, body in world.new_texts() if "bring water" in body]) == len(CREW)


def test_in_an_old_tab_a_closed_action_says_so_and_keeps_what_was_typed(world: World) -> None:
    code, browser = opened(world)
    form = form_of(browser, "update")
    world.text("olga", f"CLOSE {code}")
    world.new_texts()

    browser.send(form, text="bring <water> & boots")
    world.work()

    assert browser.status == 409
    assert f"{code} is over" in browser.page
    assert "bring &lt;water&gt; &amp; boots" in browser.page
    assert world.new_texts() == []


def test_again_leads_to_the_draft_that_is_to_be_confirmed(world: World) -> None:
    _, browser = opened(world)

    form = form_of(browser, "again")
    body = urlencode({**form.fields, "words": "tomorrow 9am"}).encode()
    answer = browser.ask("POST", form.action, body, {"Content-Type": FORM})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard/g/DIG/compose/confirm")


# --- tasks ------------------------------------------------------------------------------------------------


def test_tasks_are_added_given_taken_away_and_done(world: World) -> None:
    _, browser = opened(world)

    browser.send(form_of(browser, "add"), text="bring the pump", many="2")
    browser.send(form_of(browser, "give-1"), name="Ann")
    given = browser.page
    browser.send(form_of(browser, "drop-1"))
    taken = browser.page
    browser.send(form_of(browser, "done-1"))
    world.work()

    assert "bring the pump" in given
    assert "1 place free" in given
    assert "2 places free" in taken
    assert "done</span>" in browser.page.partition("bring the pump")[2]
    assert any("bring the pump" in body for name, body in world.new_texts() if name == "ann")


# --- who is asked next -------------------------------------------------------------------------------------


def test_who_is_asked_next_is_told_with_the_reason(world: World) -> None:
    world.found_group(members=tuple(f"vol{n}" for n in range(60)))
    code = world.raise_action("3 shovels at the levee 6pm")
    browser = signed_in(world, "olga", f"/dashboard/a/{code}")

    browser.open(f"/dashboard/a/{code}/next")

    assert "members were looked at" in browser.page
    assert "61 members were looked at" in browser.page
    assert re.search(r'<th scope="row">…\d\d</th><td class="n">\d+%</td>', browser.page)


def test_nobody_is_next_when_it_is_full(world: World) -> None:
    code, browser = opened(world, "3 shovels at the levee 6pm")

    browser.open(f"/dashboard/a/{code}/next")

    assert "nobody is asked" in browser.page


# --- its end, and whose it is ------------------------------------------------------------------------------


def test_a_dissolved_action_has_its_record_and_no_people(world: World) -> None:
    code, browser = opened(world)
    world.text("olga", f"CLOSE {code}")
    world.advance(hours=25)

    browser.open(f"/dashboard/a/{code}")

    assert "Its record" in browser.page
    assert "Sent out" in browser.page or "GO" in browser.page
    assert not re.search("Ann|Ben|Cal", without_tokens(browser.page.partition("<main")[2]))


PIECES = ("", "/live", "/crew", "/inbox", "/tasks", "/timeline", "/buttons", "/next")


def test_another_groups_organizer_finds_nothing(world: World) -> None:
    code, browser = opened(world)
    form = form_of(browser, "close")
    world.text("zoe", "NEW GROUP ZOO Zookeepers")
    stranger = signed_in(world, "zoe")
    world.new_texts()

    looked = [stranger.get(f"/dashboard/a/{code}{piece}").status_code for piece in PIECES]
    stranger.send(form)
    world.work()

    assert looked == [404] * len(PIECES)
    assert stranger.status == 404
    assert world.new_texts() == []


def test_what_is_no_code_and_what_was_never_sent_is_nothing(world: World) -> None:
    _, browser = opened(world)
    world.text("olga", "ALERT DIG 3 shovels 8pm")

    found = [browser.get(f"/dashboard/a/{code}").status_code for code in ("DIG99", "DIG2", "x", "DIG1%27")]

    assert found == [404] * 4


def test_a_stranger_is_asked_to_sign_in(world: World) -> None:
    code, _ = opened(world)

    answer = Browsing().get(f"/dashboard/a/{code}")

    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/signin")


def test_looking_changes_nothing(world: World) -> None:
    code, browser = opened(world)
    before = world.rows()

    for piece in PIECES:
        browser.get(f"/dashboard/a/{code}{piece}")

    assert world.rows() == before


@pytest.mark.parametrize("lang", ["en", "es"])
def test_each_piece_speaks_both_languages(world: World, lang: str) -> None:
    code, browser = opened(world)

    shown = [browser.open(f"/dashboard/a/{code}{piece}?lang={lang}") for piece in PIECES]

    assert ("Crew" if lang == "en" else "Equipo") in shown[0]
    assert all("{" not in without_tokens(page) for page in shown)
