"""What pressing a button on a page does: in with one click, and nobody signed up by somebody else."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.browsing import FORM, Browsing, Form
from tests.world import OURS, SCREENS, World, now, set_clock

WANTED = "3 shovels at 5th & Main 6pm #flood"


def link_of(world: World, name: str, which: int = -1) -> str:
    """The path of a personal link that this phone got: the last, if none is named."""
    texts = [one["body"] for one in SCREENS.sent if one["to"] == world.number(name)]
    found: str = re.findall(r"https://giddyup\.example(/p/\S+)", "\n".join(texts))[which]
    return found


def answers(world: World, code: str) -> dict[str, str]:
    """What everybody has answered, by name."""
    ids = {world.person(name): name for name in world.numbers}
    rows = [row for row in world.rows() if row["pk"]["S"].startswith(f"crew#{code}#") and "answer" in row]
    return {ids[row["sk"]["S"].removeprefix("pledge#")]: row["answer"]["S"] for row in rows}


@pytest.fixture
def code(world: World) -> str:
    """An open action of a group with ann and ben in it."""
    world.found_group(members=("ann", "ben"))
    return world.raise_action(WANTED)


# --- a personal link -----------------------------------------------------------------------------------


def test_from_an_alerts_link_one_press_is_in_and_another_is_out(world: World, code: str) -> None:
    browser = Browsing()
    page = browser.open(link_of(world, "ann"))
    assert "…02" in page

    browser.press("I'm in")

    assert "You&#39;re in" in browser.page
    assert answers(world, code) == {"ann": "in"}
    world.work()
    assert world.new_texts()[-1] == (
        "ann",
        f"You're in for {code}: 1 of 3 coming. OUT if that changes, HERE when you're there. "
        "Who are you? NAME Ana tells the crew.",
    )

    browser.press("I can't")

    assert answers(world, code) == {"ann": "out"}


@pytest.mark.usefixtures("code")
def test_an_alert_with_its_link_stays_one_segment_and_every_link_is_somebody_elses(world: World) -> None:
    texts = [one for one in SCREENS.sent if "/p/" in one["body"] and "GO " not in one["body"]]

    assert {one["num_segments"] for one in texts} == {"1"}
    assert len({link_of(world, name) for name in ("olga", "ann", "ben")}) == 3


def test_an_alert_that_would_be_longer_has_no_link(world: World) -> None:
    world.found_group(members=("ann",))

    world.raise_action("3 people with boots and gloves to carry sandbags from the truck to the wall behind the church")

    assert [one["body"] for one in SCREENS.sent if "/p/" in one["body"]] == []


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(lambda link: link[:-1], id="cut short"),
        pytest.param(lambda link: link[:-1] + ("a" if link[-1] != "a" else "b"), id="one letter another"),
        pytest.param(lambda link: link.replace("DIG1", "DIG2"), id="of another action"),
        pytest.param(lambda _: "/p/DIG1", id="a code alone"),
        pytest.param(lambda _: "/p/%F0%9F%98%80", id="an emoji"),
        pytest.param(lambda _: "/p/" + "x" * 3000, id="enormous"),
        pytest.param(lambda link: link + "<script>", id="with a script"),
    ],
)
def test_a_link_that_is_none_of_ours_shows_nothing_and_does_nothing(world: World, code: str, spoilt: object) -> None:
    link = link_of(world, "ann")
    browser = Browsing()
    browser.open(link)
    form = browser.form("I'm in")
    bad = spoilt(link)  # type: ignore[operator]

    browser.open(bad)
    shown = browser.status
    browser.send(Form(bad, "post", form.fields))

    assert (shown, browser.status) == (404, 404)
    assert "…02" not in browser.page
    assert answers(world, code) == {}


def test_somebody_elses_form_behind_ones_own_link_does_nothing(world: World, code: str) -> None:
    ann, ben = Browsing(), Browsing()
    ann.open(link_of(world, "ann"))
    ben.open(link_of(world, "ben"))

    ben.send(Form(link_of(world, "ben"), "post", ann.form("I'm in").fields))

    assert "That page was old" in ben.page
    assert answers(world, code) == {}


def test_a_link_made_with_an_older_key_still_counts(world: World, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.runtime import runtime

    link = link_of(world, "ann")
    monkeypatch.setenv("LINK_KEYS", "a-new-key,a-link-key-of-the-tests")
    runtime.cache_clear()
    try:
        browser = Browsing()
        browser.open(link)
        browser.press("I'm in")
        assert answers(world, code) == {"ann": "in"}

        monkeypatch.setenv("LINK_KEYS", "a-new-key")
        runtime.cache_clear()
        browser.open(link)
        assert browser.status == 404
    finally:
        monkeypatch.undo()
        runtime.cache_clear()


def test_a_link_is_dead_when_its_action_has_ended_and_says_what_is_open(world: World, code: str) -> None:
    world.text("olga", f"CLOSE {code}")
    other = world.raise_action("2 people to cook")
    browser = Browsing()

    browser.open(link_of(world, "ann", 0))

    assert browser.status == 410
    assert browser.forms() == []
    assert "…02" not in browser.page
    assert other in browser.page


def test_a_press_after_the_end_says_so_and_changes_nothing(world: World, code: str) -> None:
    browser = Browsing()
    browser.open(link_of(world, "ann"))
    form = browser.form("I'm in")
    world.text("olga", f"CALL OFF {code}")

    browser.send(form)

    assert f"{code} is over" in browser.page
    assert answers(world, code) == {}


@pytest.mark.usefixtures("code")
def test_a_double_press_and_the_back_button_count_once(world: World) -> None:
    browser = Browsing()
    browser.open(link_of(world, "ann"))
    form = browser.form("I'm in")

    for _ in range(3):
        browser.send(form, party="2")
    world.work()

    assert "2 places" in browser.page
    told = [body for name, body in world.new_texts() if name == "ann" and "You're in" in body]
    assert len(told) == 1


def test_after_it_has_filled_a_press_lines_up(world: World, code: str) -> None:
    browser = Browsing()
    browser.open(link_of(world, "ann"))
    form = browser.form("I'm in")
    world.text("ben", "IN +2")

    browser.send(form)

    assert "in line" in browser.page
    assert answers(world, code) == {"ann": "waiting", "ben": "in"}


def test_a_party_too_big_is_refused_on_the_page_and_nobody_is_texted(world: World, code: str) -> None:
    browser = Browsing()
    browser.open(link_of(world, "ann"))
    world.new_texts()

    browser.press("I'm in", party="9")
    world.work()

    assert "role=" in browser.page
    assert answers(world, code) == {}
    assert world.new_texts() == []


def test_what_one_page_says_cannot_be_put_on_another(world: World, code: str) -> None:
    form = {"token": "none of ours"}
    there = Browsing().ask("POST", f"/a/{code}/pledge", urlencode(form).encode(), {"Content-Type": FORM})
    path, _, said = there.headers["Location"].partition("?")
    other = world.raise_action("2 people to cook")

    shown = {page: 'id="said"' in Browsing().open(f"{page}?{said}") for page in (path, f"/a/{other}", "/g/DIG")}

    assert shown == {f"/a/{code}": True, f"/a/{other}": False, "/g/DIG": False}


def test_a_party_can_be_made_larger_and_smaller_on_the_page(world: World, code: str) -> None:
    browser = Browsing()
    browser.open(link_of(world, "ann"))
    browser.press("I'm in", party="3")
    seats = [re.search(r"<b>(\d+)</b> of 3", browser.page)]

    browser.press("Change", party="1")

    seats.append(re.search(r"<b>(\d+)</b> of 3", browser.page))
    assert [found and found[1] for found in seats] == ["3", "1"]
    assert answers(world, code) == {"ann": "in"}


def test_who_said_stop_is_told_so_behind_their_link_and_can_press_nothing(world: World, code: str) -> None:
    link = link_of(world, "ann")
    browser = Browsing()
    browser.open(link)
    form = browser.form("I'm in")
    world.text("ann", "STOP")
    world.new_texts()

    browser.open(link)
    assert "START" in browser.page
    assert browser.forms() == []
    browser.send(form)
    world.work()

    assert answers(world, code) == {}
    assert world.new_texts() == []


# --- by number -----------------------------------------------------------------------------------------


def test_by_number_nobody_is_in_before_the_phone_says_yes_and_then_the_browser_is_known(
    world: World, code: str
) -> None:
    browser = Browsing()
    browser.open(f"/a/{code}")
    browser.press("Text me", number="(555) 010-0099", party="2")
    world.numbers["newt"] = "+15550100099"
    world.work()
    assert answers(world, code) == {}
    assert world.new_texts() == [
        (
            "newt",
            f"Giddyup: reply YES to be in for {code} (3 shovels at 5th & Main 6pm...). Not you? Ignore this. "
            "Msg&data rates may apply. HELP for help, STOP to stop.",
        )
    ]
    assert "Look at your phone" in browser.page

    world.text("newt", "YES")

    assert answers(world, code) == {"newt": "in"}
    assert [body.split(":")[0] for _, body in world.new_texts()] == [f"You're in for {code}, 2 of you", "Giddyup"]
    browser.open(f"/a/{code}")
    assert "You&#39;re in" in browser.page
    assert "…99" in browser.page

    another = world.raise_action("5 people to cook")
    browser.open(f"/a/{another}")
    browser.press("I'm in")

    assert answers(world, another) == {"newt": "in"}


@pytest.mark.parametrize("said", ["IN", "IN DIG1", "yes", "count me in"])
def test_who_answers_an_alert_does_not_confirm_a_browser_in_which_their_number_was_typed_before_it(
    world: World, said: str
) -> None:
    world.found_group(members=("ann", "ben"))
    code = world.raise_action(WANTED)
    stranger = Browsing()
    stranger.open(f"/a/{code}")
    stranger.press("Text me", number=world.number("ann"))
    world.work()
    other = world.raise_action("5 people to cook")

    world.text("ann", said if said != "yes" else f"yes {other}")
    world.text("ann", said)

    assert "…02" not in stranger.open(f"/a/{code}")
    assert "…02" not in stranger.open(f"/a/{other}")


@pytest.mark.parametrize("said", ["IN", "IN DIG1", "in +1"])
def test_only_a_yes_confirms_a_browser(world: World, code: str, said: str) -> None:
    stranger = Browsing()
    stranger.open(f"/a/{code}")
    stranger.press("Text me", number=world.number("ann"))
    world.work()

    world.text("ann", said)

    assert answers(world, code) == {"ann": "in"}
    assert "…02" not in stranger.open(f"/a/{code}")


def typed(path: str, number: str) -> Browsing:
    """A browser in which somebody has typed this number on that page."""
    browser = Browsing()
    browser.open(path)
    browser.press("Text me", number=number)
    return browser


def test_yes_answers_the_alert_that_came_after_the_question_though_its_action_opened_before(world: World) -> None:
    world.numbers |= {"nell": "+12125550101", "fay": "+12125550102"}  # New York
    world.found_group()
    world.found_group("FUD", "fay", members=("nell",))
    dig = world.raise_action("3 people at Main tomorrow 8pm")
    world.until("2026-11-23T22:00")
    fud = world.raise_action("3 people pack boxes at Elm tomorrow 6pm", "FUD", "fay")
    stranger = typed(f"/a/{dig}", world.number("nell"))
    world.until("2026-11-24T08:30")
    assert world.new_texts()[-1] == ("nell", f"{fud}: 3 people pack boxes at Elm tomorrow 6pm. Reply IN, MAYBE or OUT.")

    world.text("nell", "YES")

    assert (answers(world, dig), answers(world, fud)) == ({}, {"nell": "in"})
    assert "…01" not in stranger.open(f"/a/{dig}")


def test_yes_answers_the_question_while_an_alert_waits_for_the_morning(world: World) -> None:
    world.numbers |= {"nell": "+12125550101", "fay": "+12125550102"}  # New York
    world.found_group()
    world.found_group("FUD", "fay", members=("nell",))
    dig = world.raise_action("3 people at Main tomorrow 8pm")
    world.until("2026-11-23T22:00")
    typed(f"/a/{dig}", world.number("nell"))
    fud = world.raise_action("3 people pack boxes at Elm tomorrow 6pm", "FUD", "fay")

    world.text("nell", "YES")

    assert (answers(world, dig), answers(world, fud)) == ({"nell": "in"}, {})


def test_yes_answers_what_is_open_in_the_group_that_somebody_has_joined_since(world: World, code: str) -> None:
    world.found_group("FUD", "fay")
    fud = world.raise_action("3 people to pack boxes", "FUD", "fay")
    typed(f"/a/{code}", world.number("newt"))
    world.work()
    world.text("newt", "JOIN FUD")

    world.text("newt", "YES")

    assert (answers(world, code), answers(world, fud)) == ({}, {"newt": "in"})


@pytest.mark.parametrize("said", ["NO", "No, gracias", "not today"])
def test_no_to_the_question_ends_it_and_gives_up_no_seat_elsewhere(world: World, code: str, said: str) -> None:
    world.found_group("FUD", "fay")
    world.text("ann", "IN")
    typed("/g/FUD", world.number("ann"))
    world.work()
    world.new_texts()

    world.text("ann", said)
    assert world.new_texts() == [("ann", "OK, not FUD. Nothing else has changed.")]
    assert answers(world, code) == {"ann": "in"}
    world.text("ann", "YES")

    assert not [body for _, body in world.new_texts() if "you're in FUD" in body]


def test_no_about_the_action_that_a_number_was_typed_for_gives_up_the_seat_in_it(world: World, code: str) -> None:
    world.text("ann", "IN")
    typed(f"/a/{code}", world.number("ann"))
    world.work()

    world.text("ann", "NO")

    assert answers(world, code) == {"ann": "out"}


def test_no_after_a_reminder_is_for_what_it_reminds_of(world: World) -> None:
    world.found_group(members=("ann",))
    world.found_group("FUD", "fay")
    code = world.raise_action("3 people at Main tomorrow 6pm")
    world.text("ann", "IN")
    world.until("2026-11-24T16:00")
    typed("/g/FUD", world.number("ann"))
    world.until("2026-11-24T17:30")
    assert world.got("ann")[-1].startswith(f"{code} is Tue Nov 24 6pm")

    world.text("ann", "NO")

    assert answers(world, code) == {"ann": "out"}


def test_yes_brings_about_nothing_that_somebody_was_never_asked(world: World, code: str) -> None:
    world.raise_action("2 boats")
    SCREENS.faults.extend({"mode": "refuse", "code": 20003} for _ in range(50))
    stranger = typed(f"/a/{code}", world.number("ann"))
    world.work()
    set_clock(now() + timedelta(minutes=70))
    SCREENS.faults.clear()
    world.advance(minutes=2)
    assert not [body for body in world.got("ann") if "Reply YES" in body]

    world.text("ann", "YES")

    assert world.got("ann")[-1].startswith("Which one?")
    assert answers(world, code) == {}
    assert "…02" not in stranger.open(f"/a/{code}")


def test_a_zip_between_the_question_and_its_yes_changes_nothing(world: World, code: str) -> None:
    mine = typed(f"/a/{code}", world.number("ann"))
    world.work()
    world.text("ann", "ZIP 78701")

    world.text("ann", "YES")

    assert answers(world, code) == {"ann": "in"}
    assert "…02" in mine.open(f"/a/{code}")


def test_a_cookie_that_was_copied_before_a_number_was_typed_again_knows_nobody(world: World, code: str) -> None:
    browser = typed(f"/a/{code}", world.number("newt"))
    copied = Browsing(cookies=dict(browser.cookies))
    browser.open("/g/DIG")
    browser.press("Text me", number=world.number("newt"))
    world.work()

    world.text("newt", "YES")

    assert 'class="whose"' in browser.open("/g/DIG") + browser.open(f"/a/{code}")
    assert 'class="whose"' not in copied.open(f"/a/{code}")


def test_another_number_takes_the_first_one_back(world: World, code: str) -> None:
    browser = typed(f"/a/{code}", world.number("newt"))
    browser.press("Another number")
    browser.press("Text me", number=world.number("newt"))
    world.work()

    world.text("newt", "YES")

    assert answers(world, code) == {"newt": "in"}
    assert 'class="whose"' in browser.open(f"/a/{code}")


def test_out_and_a_second_no_are_about_the_action_that_somebody_is_in(world: World, code: str) -> None:
    world.found_group("FUD", "fay")
    for name in ("ann", "ben"):
        world.text(name, "IN")
        typed("/g/FUD", world.number(name))
    world.work()

    world.text("ann", "OUT")
    for _ in range(2):
        world.text("ben", "NO")

    assert answers(world, code) == {"ann": "out", "ben": "out"}


def test_no_of_somebody_new_is_answered_by_silence_and_a_later_yes_by_a_hint(world: World, code: str) -> None:
    typed(f"/a/{code}", world.number("newt"))
    world.work()
    world.new_texts()

    world.text("newt", "NO")
    kept = [row for row in world.rows() if row.get("phone", {}).get("S") == world.number("newt")]
    assert ["expires" in row for row in kept] == [True], "forgotten, as if they had said nothing"
    assert world.new_texts() == []
    world.text("newt", "yes")

    assert answers(world, code) == {}
    assert [body[:34] for _, body in world.new_texts()] == ["Giddyup: text a group's word to jo"]


@pytest.mark.parametrize("said", [("STOP", "START"), ("JOIN DIG", "LEAVE DIG"), ("IN DIG1", "OUT DIG1")])
@pytest.mark.parametrize("path", ["/g/DIG", "/a/DIG1"])
def test_what_somebody_says_about_it_themselves_ends_the_question(
    world: World, code: str, path: str, said: tuple[str, str]
) -> None:
    stranger = typed(path, world.number("newt"))
    world.work()
    for words in said:
        world.text("newt", words)
    before = answers(world, code)
    world.new_texts()

    world.text("newt", "yes")

    is_other = path == "/g/DIG" and said[0].startswith("IN")  # of the action, where the group was asked about
    joined = [body for _, body in world.new_texts() if "you're in DIG" in body]
    assert (answers(world, code), len(joined)) == (before, int(is_other))
    assert is_other or "…01" not in stranger.open(f"/a/{code}")


def test_where_a_number_is_typed_in_two_browsers_its_yes_counts_and_neither_is_known(world: World, code: str) -> None:
    mine = typed(f"/a/{code}", world.number("newt"))
    strangers = typed(f"/a/{code}", world.number("newt"))
    strangers.press("Another number")
    strangers.press("Text me", number=world.number("newt"))
    world.work()

    world.text("newt", "YES")

    assert answers(world, code) == {"newt": "in"}
    for browser in (mine, strangers):
        page = browser.open(f"/a/{code}")
        assert "whose" not in page
        assert "neither is remembered: what we text you counts" in page


def test_a_browser_in_which_a_number_is_typed_again_is_one_browser(world: World, code: str) -> None:
    browser = typed("/g/DIG", world.number("newt"))
    for _ in range(2):
        browser.open("/g/DIG")
        browser.press("Text me", number=world.number("newt"))
    browser.open(f"/a/{code}")
    world.work()

    world.text("newt", "YES")

    assert 'class="whose"' in browser.open(f"/a/{code}")


def test_a_browser_that_was_typed_in_before_a_no_or_a_day_ago_is_no_other(world: World, code: str) -> None:
    strangers = typed(f"/a/{code}", world.number("newt"))
    typed(f"/a/{code}", world.number("lou"))
    world.work()
    world.text("newt", "NO")
    mine = typed(f"/a/{code}", world.number("newt"))
    world.work()
    world.text("newt", "YES")
    world.advance(hours=25)
    later = world.raise_action(WANTED)
    hers = typed(f"/a/{later}", world.number("lou"))
    world.work()

    world.text("lou", "YES")

    known = ['class="whose"' in one.open(f"/a/{later}") for one in (strangers, mine, hers)]
    assert known == [False, True, True]


def test_a_browser_can_forget_and_then_knows_nobody(world: World, code: str) -> None:
    browser = Browsing()
    browser.open(f"/a/{code}")
    browser.press("Text me", number=world.number("ann"))
    world.work()
    world.text("ann", "yes")
    browser.open(f"/a/{code}")
    kept = dict(browser.cookies)

    browser.press("Not you")

    assert "…02" not in browser.page
    assert "giddyup" not in browser.cookies
    stolen = Browsing(cookies=kept)
    assert "…02" not in stolen.open(f"/a/{code}")


def test_the_page_says_the_same_of_every_number_known_stopped_or_new(world: World, code: str) -> None:
    world.text("ben", "STOP")
    world.new_texts()
    pages = []

    for number in (world.number("ann"), world.number("ben"), "+15550100077"):
        browser = Browsing()
        browser.open(f"/a/{code}")
        pages.append(re.sub(r'value="[^"]*"', "", browser.press("Text me", number=number)))
    world.work()

    assert len(set(pages)) == 1
    assert sorted(name for name, _ in world.new_texts()) == ["+15550100077", "ann"]


def test_a_number_is_asked_three_times_a_day_at_most(world: World, code: str) -> None:
    for _ in range(6):
        browser = Browsing()
        browser.open(f"/a/{code}")
        browser.press("Text me", number="+15550100077")
    world.work()

    assert len(world.new_texts()) == 3
    assert "Look at your phone" in browser.page


def test_a_network_cannot_have_many_strangers_texted(world: World, code: str) -> None:
    for last in range(30):
        browser = Browsing()
        browser.open(f"/a/{code}")
        browser.press("Text me", number=f"+155501002{last:02}")
    world.work()

    assert browser.status == 429
    assert len(world.new_texts()) == 20


@pytest.mark.parametrize(
    "number",
    ["", "12", "911", "+44 20 7946 0000", "+1 900 555 0100", "+1 800 555 0100", "call me", "🙂" * 50, "1" * 5000],
)
def test_what_is_no_number_that_may_be_texted_is_said_at_once(world: World, code: str, number: str) -> None:
    browser = Browsing()
    browser.open(f"/a/{code}")

    browser.press("Text me", number=number)
    world.work()

    assert "no mobile number" in browser.page
    assert browser.status == 422
    assert not number or html.escape(number[:40]) in browser.page
    assert world.new_texts() == []


@pytest.mark.parametrize(
    "number", ["5550100088", "(555) 010-0088", "1-555-010-0088", "+1 555.010.0088", " 555 0100088 "]
)
def test_a_number_may_be_written_in_every_national_form(world: World, code: str, number: str) -> None:
    browser = Browsing()
    browser.open(f"/a/{code}")

    browser.press("Text me", number=number)
    world.work()

    assert [to for to, _ in world.new_texts()] == ["+15550100088"]


def test_an_unconfirmed_number_is_nobody_who_could_be_alerted_and_is_forgotten(world: World, code: str) -> None:
    browser = Browsing()
    browser.open(f"/a/{code}")
    browser.press("Text me", number="+15550100077")
    world.work()
    world.new_texts()

    world.raise_action("9 people to sing")
    kept = [row for row in world.rows() if row.get("phone", {}).get("S") == "+15550100077"]

    assert "+15550100077" not in [to for to, _ in world.new_texts()]
    assert ["expires" in row for row in kept] == [True]


def test_yes_a_day_later_confirms_nothing(world: World, code: str) -> None:
    browser = Browsing()
    browser.open(f"/a/{code}")
    browser.press("Text me", number="+15550100077")
    world.numbers["newt"] = "+15550100077"
    world.work()
    world.advance(hours=25)

    world.text("newt", "YES")

    assert answers(world, code) == {}


@pytest.mark.usefixtures("code")
def test_a_group_is_joined_by_number_only_with_a_yes(world: World) -> None:
    browser = Browsing()
    browser.open("/g/DIG")
    browser.press("Text me", number="+15550100077")
    world.numbers["newt"] = "+15550100077"
    world.work()
    assert "reply YES to join DIG" in world.new_texts()[-1][1]

    world.text("newt", "Yes")

    assert "you're in DIG" in world.new_texts()[0][1]


def test_spanish_browsers_get_spanish_pages_and_texts(world: World, code: str) -> None:
    browser = Browsing({"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})

    browser.open(f"/a/{code}")
    form = browser.forms()[0]
    browser.send(form, number="+15550100077")
    world.work()

    assert 'lang="es"' in browser.page
    assert "responde SI para ir" in world.new_texts()[-1][1]


# --- what is no form of ours ---------------------------------------------------------------------------


def test_a_form_without_our_token_or_from_another_site_does_nothing(world: World, code: str) -> None:
    browser = Browsing()
    browser.open(f"/a/{code}")
    form = browser.form("Text me")

    browser.send(Form(form.action, "post", {"number": "+15550100077", "token": "forged"}))
    browser.send(Form(form.action, "post", {"number": "+15550100077"}))
    foreign = Browsing({"Sec-Fetch-Site": "cross-site"})
    foreign.send(form, number="+15550100077")
    world.work()

    assert foreign.status == 403
    assert world.new_texts() == []


def test_a_form_is_too_old_after_half_a_day(world: World, code: str) -> None:
    browser = Browsing()
    browser.open(f"/a/{code}")
    form = browser.form("Text me")
    world.advance(hours=6.9)
    world.advance(hours=6)

    browser.send(form, number="+15550100077")

    assert [to for to, _ in world.new_texts() if to == "+15550100077"] == []


def test_five_megabytes_are_refused(code: str) -> None:
    browser = Browsing()

    browser.send(Form(f"/a/{code}/pledge", "post", {"number": "1" * 5_000_000}))

    assert browser.status == 413


def test_a_script_as_a_name_is_shown_as_what_it_is(world: World, code: str) -> None:
    world.text("ann", "NAME <script>alert(1)</script>")
    world.text("ann", "SHOW NAME")
    world.text("ann", "IN")

    page = Browsing().open(f"/a/{code}")

    assert "<script>alert" not in page


def test_names_are_shown_of_those_alone_who_agreed(world: World, code: str) -> None:
    for name in ("ann", "ben"):
        world.text(name, f"NAME {name.title()}")
        world.text(name, "IN")
    assert "Ann" not in Browsing().open(f"/a/{code}")

    world.text("ann", "SHOW NAME")

    page = Browsing().open(f"/a/{code}")
    assert "Ann" in page
    assert "Ben" not in page
    world.text("ann", "HIDE NAME")
    assert "Ann" not in Browsing().open(f"/a/{code}")


def test_our_number_is_where_texting_links_go(code: str) -> None:
    android, iphone = Browsing(), Browsing({"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"})

    assert f"sms:{OURS}?body=IN%20{code}" in android.open(f"/a/{code}")
    assert f"sms:{OURS}&amp;body=IN%20{code}" in iphone.open(f"/a/{code}")
