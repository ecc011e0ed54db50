"""The operator's corner: who may see it, what it tells of the whole installation, and what can be pressed there."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator

import boto3
import pytest

from chalicelib.runtime import runtime
from infra.resources import QUEUES
from tests.browsing import Browsing, Form
from tests.desk import signed_in
from tests.house.source import ROOT
from tests.world import SCREENS, World

CORNER = "/dashboard/operator"
Make = Callable[..., None]


@pytest.fixture
def operators(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes operators of these, who have texted us; other settings as they are named in the environment."""

    def make(*names: str, **settings: str) -> None:
        monkeypatch.setenv("OPERATORS", ",".join(world.number(name) for name in names))
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        runtime.cache_clear()
        for name in names:
            world.text(name, "HELP")
        world.new_texts()

    yield make
    monkeypatch.undo()
    runtime.cache_clear()


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0]).split())


def section(page: str, title: str) -> str:
    """What one part of the page says, without its markup."""
    return plain("<main>" + page.partition(f'aria-labelledby="{title}"')[2].partition("</section>")[0] + "</main>")


def put_dead(queue: str, body: dict[str, object]) -> None:
    sqs = boto3.client("sqs")
    one = next(each for each in QUEUES if each.name == queue)
    url = sqs.get_queue_url(QueueName=one.full_name("giddyup", "-dlq"))["QueueUrl"]
    order = {"MessageGroupId": "a", "MessageDeduplicationId": "a"} if one.is_fifo else {}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), **order)


# --- who may see it -----------------------------------------------------------------------------------


def test_to_an_organizer_who_is_no_operator_there_is_nothing(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group()
    browser = signed_in(world, "olga")

    for path in (CORNER, f"{CORNER}/now"):
        assert browser.get(path).status_code == 404
    assert "Operator" not in browser.page


def test_a_form_of_an_operators_is_no_use_to_anybody_else(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group()
    of_opal = signed_in(world, "opal", CORNER).form("Hold all sending")
    browser = signed_in(world, "olga")
    before = world.rows()

    browser.send(of_opal)
    browser.send(Form(f"{CORNER}/do", "post", {"token": "forged"}))

    assert browser.status in {404, 409}
    assert world.rows() == before


def test_a_stranger_is_asked_to_sign_in(world: World) -> None:
    assert Browsing().get(CORNER).headers["Location"].partition("?")[0] == "/signin"
    assert world.rows() == []


def test_an_operator_of_no_group_gets_in_and_is_told_how_to_found_one(world: World, operators: Make) -> None:
    operators("opal")

    browser = signed_in(world, "opal")

    assert "You organize no group yet" in plain(browser.page)
    assert f'href="{CORNER}"' in browser.page


# --- what it tells --------------------------------------------------------------------------------------


def test_every_group_is_there_with_what_it_spent_of_its_limit(world: World, operators: Make) -> None:
    operators("opal", GROUP_DAILY_SEGMENTS="8")
    world.found_group("DIG", members=("ann", "bob", "cat"))
    world.found_group("ELM", founder="otto")
    world.raise_action("everyone to the levee", "DIG")

    told = section(signed_in(world, "opal", CORNER).page, "groups")

    assert "DIG Riverbank diggers 1 1 $0.05 50 % 2026-11-23" in told
    assert "ELM Riverbank diggers 0 1 $0.00 0 % 2026-11-23" in told


def test_more_groups_than_fit_a_page_are_one_press_further(world: World, operators: Make) -> None:
    operators("opal")
    words = [f"G{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(52)]
    for word in words:
        world.text(f"o{word}", f"NEW GROUP {word} Some people")
    browser = signed_in(world, "opal", CORNER)
    first = re.findall(r"<th scope=\"row\">(G\w\w) ", browser.page)

    browser.open(f"{CORNER}?after={first[-1]}")
    second = re.findall(r"<th scope=\"row\">(G\w\w) ", browser.page)

    assert (len(first), first + second) == (50, words)


def test_what_was_spent_is_told_day_by_day_in_segments_and_money(world: World, operators: Make) -> None:
    operators("opal", DAILY_SEGMENTS="100")
    world.found_group(members=("ann",))
    world.advance(hours=24)
    browser = signed_in(world, "opal", CORNER)

    told = section(browser.page, "days")

    assert "Tue Nov 24 1 $0.01 1 % Mon Nov 23 3 $0.04 3 % Sun Nov 22 0 $0.00 0 %" in told
    assert told.count("%") == 14


def test_settings_that_matter_are_told_and_no_secret_and_no_number(world: World, operators: Make) -> None:
    operators("opal")

    page = signed_in(world, "opal", CORNER).page

    assert "SENDER_RATE 225" in plain(page)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"Version {version}, running here since" in plain(page)
    for secret in ("a-token-of-the-tests", "a-key-of-the-tests", "a-link-key-of-the-tests", world.number("opal")):
        assert secret not in page


def test_what_is_overdue_is_counted_since_when(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann",))
    browser = signed_in(world, "opal", CORNER)
    before = plain(browser.page)
    SCREENS.faults.extend({"mode": "refuse", "code": 20429} for _ in range(50))
    world.text("ann", "ME")
    world.advance(minutes=5)

    after = plain(browser.open(CORNER))

    assert "Nothing is overdue." in before
    assert "1 thing should have been done by now, since Mon Nov 23 12pm." in after


def test_in_spanish_it_tells_the_same(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group()

    page = plain(signed_in(world, "opal", f"{CORNER}?lang=es").page)

    assert "El rincón de quien opera" in page
    assert "Los textos salen" in page
    assert "lun 23 nov" in page


# --- what can be pressed ----------------------------------------------------------------------------------


def test_sending_is_held_and_goes_on_by_a_press(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann",))
    browser = signed_in(world, "opal", CORNER)
    world.new_texts()

    held = plain(browser.press("Hold all sending"))
    world.text("ann", "ME")
    while_held = world.new_texts()
    gone_on = plain(browser.press("Let sending go on"))
    world.tick()

    assert "Sending is held from now on" in held
    assert "Nothing goes out Held by …01 since Mon Nov 23 12pm. Nothing tries by itself." in held
    assert while_held == []
    assert "Texts go out" in gone_on
    assert [name for name, _ in world.new_texts()] == ["ann"]


def test_the_same_press_twice_does_not_hold_again_what_was_let_go_on(world: World, operators: Make) -> None:
    operators("opal")
    browser = signed_in(world, "opal", CORNER)
    press = browser.form("Hold all sending")
    browser.send(press)
    browser.press("Let sending go on")

    browser.send(press)

    assert "Texts go out" in plain(browser.page)


def test_what_the_carrier_causes_is_told_and_can_be_let_go_on(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann",))
    browser = signed_in(world, "opal", CORNER)
    SCREENS.faults.append({"mode": "refuse", "code": 20003})
    world.text("ann", "ME")
    world.new_texts()

    told = plain(browser.open(CORNER))
    browser.press("Let sending go on")
    world.tick()

    assert "because of the carrier’s error 20003" in told
    assert [name for name, _ in world.new_texts()] == ["ann"]


def test_dead_letters_are_counted_looked_at_without_words_or_numbers_and_stay(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann",))
    code = world.raise_action("3 shovels")
    a_round = next(row for row in world.rows() if row["sk"]["S"].startswith("round#"))
    put_dead("bulk", {"pk": a_round["pk"]["S"], "sk": a_round["sk"]["S"], "to": ["a", "b"]})
    put_dead("due", {"pk": "action#GONE1", "sk": "timer#end"})
    put_dead("inbound", {"from": "+15550100077", "sid": "SM1", "at": "2026-11-23T17:00:00+00:00", "body": "secret"})
    browser = signed_in(world, "opal", CORNER)

    looked = browser.press("Look at them")

    told = section(looked, "letters")
    assert "3 messages were tried in vain" in told
    assert f"bulk “alert” of {code} to 2 people" in told
    assert "due about something that is no more (timer): nothing is lost" in told
    assert "inbound a text from …77 to us, not handled" in told
    assert "secret" not in looked
    assert "5550100077" not in looked
    assert "3 messages were tried in vain" in section(browser.open(CORNER), "letters")


def test_dead_letters_are_sent_on_their_way_again_by_a_press(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann",))
    sent = {"from": world.number("ann"), "sid": "SM77", "at": "2026-11-23T17:00:00+00:00", "body": "ME", "opt_out": ""}
    put_dead("inbound", sent)
    browser = signed_in(world, "opal", CORNER)
    world.new_texts()

    page = plain(browser.press("Send them on their way again"))
    world.work()

    assert "1 dead letter is on its way again." in page
    assert [name for name, _ in world.new_texts()] == ["ann"]


def test_the_piece_that_is_looked_at_again_is_unchanged_while_nothing_happens(world: World, operators: Make) -> None:
    operators("opal")
    browser = signed_in(world, "opal", CORNER)

    first = browser.get(f"{CORNER}/now")
    again = browser.get(f"{CORNER}/now", If_None_Match=first.headers["ETag"])
    world.text("opal", "HOLD SENDING")
    changed = browser.get(f"{CORNER}/now", If_None_Match=first.headers["ETag"])

    assert first.body.decode().strip() in browser.page
    assert (again.status_code, again.body) == (304, b"")
    assert "Nothing goes out" in changed.body.decode()
