"""The start of the dashboard: what is open, what needs its organizer, what was done lately."""

from __future__ import annotations

import re

from tests.browsing import Browsing
from tests.desk import signed_in
from tests.world import SCREENS, World


def plain(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0]).split())


def needs(page: str) -> str:
    return plain("<main" + page.partition('id="needs"')[2].partition("</section>")[0].partition(">")[2] + "</main>")


def test_an_open_action_is_shown_with_its_numbers_as_they_are_now(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    code = world.raise_action("3 shovels at 5th & Main 6pm")
    world.text("ann", "IN +1")
    world.text("ann", "HERE")

    page = plain(signed_in(world, "olga").page)

    assert "3 shovels at 5th &amp; Main 6pm" in page
    assert f"{code} Mon Nov 23 6pm" in page
    assert "in of 3 2 here 2 asked 3" in page
    assert "1 more wanted Open" in page


def test_what_comes_soonest_is_first(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("3 shovels at the levee 8pm")
    world.raise_action("2 pumps at the levee 6pm")

    page = plain(signed_in(world, "olga").page)

    assert page.index("2 pumps") < page.index("3 shovels")


def test_of_an_open_ended_action_all_who_are_in_are_counted(world: World) -> None:
    world.found_group(members=("ann", "bob", "cat"))
    world.raise_action("everyone to the levee")
    for name in ("ann", "bob", "cat"):
        world.text(name, "IN")

    page = plain(signed_in(world, "olga").page)

    assert "in 3 here 0 asked" in page
    assert "As many as can come" in page


def test_what_the_crew_wrote_needs_an_answer_until_it_has_one(world: World) -> None:
    code = world.crew("3 shovels", "ann")
    world.text("ann", "Which gate do we meet at?")
    browser = signed_in(world, "olga")
    before = needs(browser.page)

    world.text("olga", "@ann Gate B")

    assert f"Ann {code} Which gate do we meet at? Answer Ann" in before
    assert f'href="/dashboard/a/{code}#inbox"' in browser.page
    assert "Which gate" not in needs(browser.open("/dashboard"))


def test_tasks_that_nobody_took_are_named(world: World) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("3 shovels at the levee\n- coffee\n- the key")
    world.text("ann", "IN")
    browser = signed_in(world, "olga")
    before = needs(browser.page)

    world.text("ann", "TAKE 1")

    assert f"{code}: nobody has taken 2 tasks coffee · the key" in before
    assert f"{code}: nobody has taken a task the key" in needs(browser.open("/dashboard"))


def test_texts_that_failed_lately_are_counted_by_group(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    code = world.raise_action("3 shovels")
    to_ann = [one for one in SCREENS.sent if one["to"] == world.number("ann") and one["body"].startswith(code)]
    world.receipt(to_ann[-1], "undelivered", ErrorCode="30003")
    world.work()
    browser = signed_in(world, "olga")

    assert "DIG: 1 text did not arrive in the last 24 hours" in needs(browser.page)
    world.advance(hours=25)
    assert "did not arrive" not in needs(browser.open("/dashboard"))


def test_an_alert_that_was_shown_and_not_sent_is_one_press_away(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("olga", "ALERT DIG 3 shovels")
    browser = signed_in(world, "olga")

    assert "DIG1 waits for your GO" in needs(browser.page)
    assert 'href="/dashboard/g/DIG/compose/confirm"' in browser.page
    world.advance(minutes=20)
    assert "waits for your GO" not in browser.open("/dashboard")


def test_when_nothing_needs_anybody_that_is_said(world: World) -> None:
    world.found_group(members=("ann",))

    browser = signed_in(world, "olga")

    assert needs(browser.page) == "What needs you Nothing just now: no open question, no text that failed."
    assert "Nothing is open in DIG." in plain(browser.page)
    assert 'href="/dashboard/g/DIG/compose"' in browser.page


def test_several_groups_are_shown_apart_and_nobody_elses_at_all(world: World) -> None:
    world.found_group("DIG", members=("ann",))
    world.text("olga", "NEW GROUP ELM Elm street")
    world.text("otto", "NEW GROUP OAK Oak street")
    world.raise_action("3 shovels", "DIG")
    world.raise_action("2 pumps", "ELM")
    world.raise_action("9 saws", "OAK", "otto")

    browser = signed_in(world, "olga")
    page = plain(browser.page)

    assert page.index("Riverbank diggers DIG") < page.index("3 shovels") < page.index("Elm street ELM")
    assert page.index("Elm street ELM") < page.index("2 pumps")
    assert "9 saws" not in page
    assert "OAK" not in browser.page


def test_what_was_done_lately_is_told_in_words(world: World) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("3 shovels")

    page = plain(signed_in(world, "olga").page)

    assert f"GO: {code}" in page.partition("Lately")[2]


def test_in_spanish_it_says_the_same(world: World) -> None:
    code = world.crew("3 shovels", "ann")
    world.text("ann", "¿En qué puerta?")
    browser = signed_in(world, "olga")

    page = plain(browser.open("/dashboard?lang=es"))

    assert f"Lo que te espera Ann {code} ¿En qué puerta? Responder a Ann" in page
    assert "van, de 3 1 llegaron 0 avisados" in page


def test_the_piece_that_is_looked_at_again_is_the_pages_own_and_unchanged_while_nothing_happens(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("3 shovels")
    browser = signed_in(world, "olga")

    first = browser.get("/dashboard/now")
    again = browser.get("/dashboard/now", If_None_Match=first.headers["ETag"])
    world.text("ann", "IN")
    changed = browser.get("/dashboard/now", If_None_Match=first.headers["ETag"])

    assert first.body.decode().strip() in browser.page
    assert (again.status_code, again.body) == (304, b"")
    assert "in of 3 1" in plain("<main" + changed.body.decode())


def test_what_somebody_wrote_is_never_markup(world: World) -> None:
    world.crew("3 shovels", "ann")
    world.text("ann", "look <script>alert(1)</script> there")

    browser = signed_in(world, "olga")

    assert "<script>alert" not in browser.page
    assert "&lt;script&gt;alert(1)" in browser.page


def test_a_stranger_is_asked_to_sign_in_and_shown_nothing(world: World) -> None:
    world.found_group(members=("ann",))
    browser = Browsing()

    for path in ("/dashboard", "/dashboard/now"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/signin")
