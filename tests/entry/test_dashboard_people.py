"""A group's people on the dashboard: who they are, why one got a text, their consent, and their list as a file."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest

from chalicelib.store.dashboard.exports import export_plan, exported
from chalicelib.store.tables import PersonRow, person_pk
from tests.browsing import Browsing
from tests.desk import code_of, signed_in
from tests.world import SCREENS, World

LIST = "/dashboard/g/DIG/people"
EXPORT = "/dashboard/g/DIG/export"


def read(page: str) -> str:
    """What a page says, without its tags."""
    return without_tags(page.partition("<main")[2].partition(">")[2])


def without_tags(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def rows(page: str) -> list[str]:
    """What each line of its tables says, but for the first one's head."""
    return [without_tags(one) for one in re.findall(r"<tr>(.*?)</tr>", page, re.S)[1:]]


def named(town: World, name: str, called: str) -> None:
    """With a name that no text could give, as one from elsewhere may be."""
    PersonRow.get(person_pk(town.person(name)), "you").update(actions=[PersonRow.name.set(called)])


@pytest.fixture
def town(world: World) -> World:
    """DIG with olga, ann and ben, COOK with carla, and ann in both."""
    world.found_group(members=("ann", "ben"))
    world.text("carla", "NEW GROUP COOK Soup kitchen")
    world.text("ann", "JOIN COOK")
    world.text("ann", "NAME Ann Lee")
    world.text("carla", "NAME Carla")
    world.new_texts()
    return world


def page_of(town: World, name: str) -> str:
    return f"{LIST}/{town.person(name)}"


# --- the list ---------------------------------------------------------------------------------------------


def test_the_list_shows_first_names_and_two_digits_and_no_number(town: World) -> None:
    browser = signed_in(town, "olga", LIST)

    said = " | ".join(sorted(rows(browser.page)))

    assert len(rows(browser.page)) == 3
    assert f"Ann …{town.number('ann')[-2:]} in new never yet Nov 23, 2026" in said
    assert "organizer" in said
    assert "Lee" not in said
    assert town.number("ann")[-7:] not in browser.page


def test_somebody_is_found_by_number_which_no_address_holds(town: World) -> None:
    browser = signed_in(town, "olga", LIST)

    browser.press("Find the number", number="(555) 010-" + town.number("ann")[-4:])

    assert (browser.path, browser.status) == (page_of(town, "ann"), 200)


@pytest.mark.parametrize("number", ["12", "+1 555 010 0999"])
def test_a_number_of_nobodys_is_shown_again_with_what_is_wrong(town: World, number: str) -> None:
    browser = signed_in(town, "olga", LIST)

    page = browser.press("Find the number", number=number)

    assert browser.status == 422
    assert f'value="{number}"' in page
    assert 'role="alert"' in page


def test_a_number_that_is_only_another_groups_is_nobodys(town: World) -> None:
    browser = signed_in(town, "olga", LIST)

    browser.press("Find the number", number=town.number("carla"))

    assert browser.status == 422


def test_names_are_found_by_a_part_of_them_in_any_writing(town: World) -> None:
    browser = signed_in(town, "olga", f"{LIST}?name=%C3%81N")

    assert [one.split(" ")[0] for one in rows(browser.page)] == ["Ann"]
    assert "That was the last of them." in read(browser.page)


def test_only_those_of_one_state_are_shown(town: World) -> None:
    town.text("ben", "STOP")
    browser = signed_in(town, "olga", f"{LIST}?state=stopped")

    assert [f"…{town.number('ben')[-2:]}" in one and "said STOP" in one for one in rows(browser.page)] == [True]


def test_a_group_of_many_is_shown_fifty_at_a_time_each_member_once(world: World) -> None:
    world.found_group()
    for n in range(69):
        world.webhook(world.number(f"member {n}"), "JOIN DIG")
    world.work()
    browser = signed_in(world, "olga", LIST)

    first = re.findall(rf"{LIST}/([a-z0-9]{{26}})", browser.page)
    browser.open(html.unescape(re.findall(r'href="([^"]+)" rel="next"', browser.page)[0]))
    second = re.findall(rf"{LIST}/([a-z0-9]{{26}})", browser.page)

    assert (len(first), len(second)) == (50, 20)
    assert len({*first, *second}) == 70
    assert 'rel="next"' not in browser.page


def test_whoever_was_just_asked_was_last_asked_for_that(town: World) -> None:
    code = town.raise_action("10 shovels at 5th & Main 6pm")
    browser = signed_in(town, "olga", LIST)

    assert [f"{code} Nov 23, 2026" in one for one in rows(browser.page) if one.startswith("Ann")] == [True]


def test_a_name_with_markup_is_shown_as_it_was_written(town: World) -> None:
    named(town, "ben", "<b>Ben</b>")
    browser = signed_in(town, "olga")

    seen = [browser.open(path) for path in (LIST, page_of(town, "ben"), f"{page_of(town, 'ben')}/consent")]

    assert ["<b>Ben" in page for page in seen] == [False] * 3
    assert ["&lt;b&gt;Ben&lt;/b&gt;" in page for page in seen] == [True] * 3


# --- one person -------------------------------------------------------------------------------------------


def test_why_she_got_that_text_is_answered_for_each(town: World) -> None:
    code = town.raise_action("10 shovels at 5th & Main 6pm")
    town.text("ann", "IN +1")
    town.text("olga", "UPDATE bring boots")
    browser = signed_in(town, "olga", page_of(town, "ann"))

    texts = rows(browser.page.partition('id="actions"')[0])

    assert [re.sub(r"^Mon Nov 23 12pm ", "", one) for one in texts] == [
        f"News {code} News of {code} for those who were in or in line: they were. the carrier has it",
        f"Answer {code} Answer to what they texted: IN. the carrier has it",
        f"Alert {code} Member by consent of Nov 23, 2026: texted “JOIN DIG”. Asked in wave 1. the carrier has it",
        "Answer Answer to what they texted: JOIN. the carrier has it",
    ]


def test_what_became_of_a_text_is_said_in_words(town: World) -> None:
    code = town.raise_action("10 shovels at 5th & Main 6pm")
    alert = [one for one in SCREENS.sent if one["to"] == town.number("ann")][-1]
    town.receipt(alert, "undelivered", ErrorCode="30003")
    browser = signed_in(town, "olga", page_of(town, "ann"))

    found = [one for one in rows(browser.page) if f"Alert {code}" in one]

    assert ["failed: the phone was off" in one and "30003" in one for one in found] == [True]


def test_a_person_of_two_groups_shows_only_this_groups_texts_and_actions(town: World) -> None:
    ours = town.raise_action("10 shovels at 5th & Main 6pm")
    theirs = town.raise_action("cooks tomorrow 9am", "COOK", "carla")
    town.text("ann", f"IN {theirs}")
    browser = signed_in(town, "olga", page_of(town, "ann"))

    seen = [browser.page, browser.open(f"{page_of(town, 'ann')}/consent")]

    assert ours in seen[0]
    assert ["COOK" in page for page in seen] == [False, False]


def test_an_action_is_listed_with_what_they_answered_and_whether_they_came(town: World) -> None:
    code = town.raise_action("10 shovels at 5th & Main 6pm")
    town.text("ann", "IN +1")
    town.text("ann", "HERE")
    browser = signed_in(town, "olga", page_of(town, "ann"))

    actions = rows("<tr></tr>" + browser.page.partition('id="actions"')[2].partition("<tbody>")[2])

    assert [one.startswith(code) and one.endswith("asked in +1 yes") for one in actions] == [True]


def test_once_the_crew_has_dissolved_what_it_taught_still_tells(town: World) -> None:
    code = town.raise_action("2 shovels at 5th & Main 6pm")
    town.text("ann", "IN")
    town.text("ann", "HERE")
    town.text("olga", f"CLOSE {code}")
    town.advance(hours=30)
    browser = signed_in(town, "olga", page_of(town, "ann"))

    actions = rows("<tr></tr>" + browser.page.partition('id="actions"')[2].partition("<tbody>")[2])

    assert [one.endswith("asked in yes") for one in actions] == [True]
    assert "in 1 of 1 times" in read(browser.page)


@pytest.mark.parametrize("tail", ["", "/consent"])
@pytest.mark.parametrize("who", ["another group's", "nobody's", "no id"])
def test_whoever_is_no_member_of_the_group_has_no_page(town: World, who: str, tail: str) -> None:
    ids = {"another group's": town.person("carla"), "nobody's": "a" * 26, "no id": "..%2F.."}
    browser = signed_in(town, "olga")

    browser.open(f"{LIST}/{ids[who]}{tail}")

    assert browser.status == 404


def test_another_groups_pages_are_nothing_to_an_organizer(town: World) -> None:
    browser = signed_in(town, "carla")

    statuses = []
    for path in (LIST, page_of(town, "ann"), f"{page_of(town, 'ann')}/consent", EXPORT, f"{EXPORT}/file?part=x"):
        browser.open(path)
        statuses.append(browser.status)

    assert statuses == [404] * 5


def test_its_pages_speak_spanish_too(town: World) -> None:
    town.raise_action("10 shovels at 5th & Main 6pm")
    browser = signed_in(town, "olga", "/dashboard?lang=es")

    seen = [browser.open(path) for path in (LIST, page_of(town, "ann"), f"{page_of(town, 'ann')}/consent", EXPORT)]

    words = ("Gente de DIG", "Se le preguntó en la tanda 1.", "escribió «JOIN DIG»", "Sacar a la gente de DIG")
    assert [said in read(page) for said, page in zip(words, seen, strict=True)] == [True] * 4


# --- the number, on demand --------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["", "/consent"])
def test_a_number_is_shown_once_and_that_is_kept(town: World, tail: str) -> None:
    browser = signed_in(town, "olga", page_of(town, "ann") + tail)
    hidden = town.number("ann")[-4:] in browser.page

    shown = browser.press("Show the number")
    again = browser.open(page_of(town, "ann") + tail)

    number = f"(555) 010-{town.number('ann')[-4:]}"
    assert (hidden, number in shown, number in again) == (False, True, False)
    acts = [row for row in town.rows() if row["kind"]["S"] == "act" and row["did"]["S"] == "ShowNumber"]
    assert [row["note"]["S"] for row in acts] == [town.person("ann")]
    assert [town.number("ann") in str(row) for row in acts] == [False]


def test_a_form_made_for_one_person_shows_nobody_elses_number(town: World) -> None:
    browser = signed_in(town, "olga", page_of(town, "ann"))
    form = browser.form("Show the number")
    form.action = page_of(town, "ben")

    page = browser.send(form)

    assert browser.status == 409
    assert town.number("ben")[-4:] not in page


# --- consent ----------------------------------------------------------------------------------------------


def test_the_page_for_a_carrier_shows_each_consent_and_the_wording(town: World) -> None:
    town.advance(minutes=1)
    town.text("ann", "STOP")
    town.text("ann", "START")
    browser = signed_in(town, "olga", f"{page_of(town, 'ann')}/consent")

    found, said = rows(browser.page), read(browser.page)

    assert [one.split(" ")[0] for one in found] == ["Given", "Taken", "Given"]
    assert "texted “JOIN DIG”" in found[0]
    assert re.search(r"2026-11-23 17:00:\d\d UTC Nov 23, 2026, Mon Nov 23 12pm", found[0])
    assert ["carrier’s id SM" in one for one in found] == [True, True, True]
    assert "HELP for help, STOP to stop." in said
    assert "Riverbank diggers (DIG)" in said


def test_who_joined_on_a_page_consented_by_their_yes(town: World) -> None:
    visitor = Browsing()
    visitor.open("/g/DIG")
    visitor.press("Text me", number=town.number("dan"))
    town.work()
    town.text("dan", "YES")
    browser = signed_in(town, "olga", page_of(town, "dan"))

    found = [one for one in rows(browser.page) if "Question for a YES" in one or "Answer" in one]

    assert "texted “YES”" in read(browser.open(f"{page_of(town, 'dan')}/consent"))
    assert ["Answer to what they texted" in one for one in found] == [True]


# --- the list as a file -----------------------------------------------------------------------------------


def files_of(town: World, browser: Browsing) -> list[str]:
    """The addresses of the files, after the code."""
    browser.open(EXPORT)
    browser.press("Make the files")
    page = browser.press("Go on", code=code_of(town, "olga"))
    return [html.unescape(one) for one in re.findall(r'href="([^"]+)" download', page)]


def test_the_list_as_a_file_holds_members_and_what_is_the_groups(town: World) -> None:
    town.text("ann", "ZIP 10001")
    named(town, "ben", "=1+1")
    town.text("eve", "JOIN DIG")
    town.text("eve", "LEAVE DIG")
    town.text("ben", "STOP")
    browser = signed_in(town, "olga")

    (link,) = files_of(town, browser)
    answer = browser.get(link)

    assert "3 people in all." in read(browser.page)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="DIG-people-1-of-1.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    lines = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    ann = next(one for one in lines if one["First name"] == "Ann")
    ben = next(one for one in lines if one["State"] == "said STOP")
    assert len(lines) == 3
    assert "COOK" not in answer.body.decode()
    assert {name: ann[name] for name in ("Number", "Language", "ZIP", "Since", "State", "Consent by")} == {
        "Number": f"(555) 010-{town.number('ann')[-4:]}",
        "Language": "en",
        "ZIP": "10001",
        "Since": "2026-11-23",
        "State": "in",
        "Consent by": "text",
    }
    assert (ann["Consent in the words"], ben["First name"]) == ("JOIN DIG", "'=1+1")
    acts = [row["did"]["S"] for row in town.rows() if row["kind"]["S"] == "act"]
    assert acts.count("ExportPeople") == 1


def test_without_the_code_there_are_no_links(town: World) -> None:
    browser = signed_in(town, "olga", EXPORT)

    browser.press("Make the files")
    page = browser.press("Go on", code="000000" if code_of(town, "olga") != "000000" else "111111")

    assert "download" not in page
    assert [row for row in town.rows() if row["kind"]["S"] == "act" and row["did"]["S"] == "ExportPeople"] == []


def test_a_link_is_good_for_ten_minutes_and_for_who_made_it(town: World) -> None:
    town.text("olga", f"ORGANIZER DIG {town.number('ann')}")
    browser, other = signed_in(town, "olga"), signed_in(town, "ann")
    elsewhere = signed_in(town, "olga")
    (link,) = files_of(town, browser)

    refused = [one.get(link).status_code for one in (other, elsewhere, Browsing())]
    forged = browser.get(link + "x").status_code
    good = browser.get(link).status_code
    town.advance(minutes=11)
    old = browser.open(link)

    assert (refused, forged, good) == ([404, 404, 303], 404, 200)
    assert "That link was old." in old


def test_a_group_of_many_is_in_several_files_each_member_in_one(world: World) -> None:
    world.found_group()
    for n in range(40):
        world.webhook(world.number(f"member {n}"), "JOIN DIG")
    world.work()

    plan = export_plan("DIG", in_part=15)
    files = [[person.id for _, person in exported("DIG", start, 15)] for start in plan.starts]

    assert (plan.people, [len(one) for one in files]) == (41, [15, 15, 11])
    assert len({one for each in files for one in each}) == 41
