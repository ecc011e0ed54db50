"""Every sentence fits one segment with its longest fills, in every language, unless LONGER says why not."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core.outcome import Say
from chalicelib.grammar.reserved import LONGEST
from chalicelib.grammar.segments import measure
from chalicelib.languages import LANGUAGES, en, render
from chalicelib.settings import SETTINGS
from tests.house.test_commands import fills

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
KEYWORD = "M" * LONGEST
CODE = KEYWORD + "99999"  # 17 characters, the longest that the grammar reads

# The longest that each fill can be where the sentence is ours alone. "words" and the like are others' own words, as
# many as they please: every sentence with one of those is in LONGER, and these here show that it needs to be.
LONGEST_FILLS: dict[str, object] = {
    "brand": DEFAULTS["BRAND"],
    "contact": DEFAULTS["CONTACT"],
    "keyword": KEYWORD,
    "code": CODE,
    "name": "Wilhelmina Montgomery-Ma",  # 24, core/settling_in.py LONGEST_NAME
    "place": "behind the old mill at 1234 Riverbank Rd",  # 40, core/leading.py
    "when": datetime(2026, 11, 25, 22, 45, tzinfo=ZoneInfo("America/New_York")),  # Wed Nov 25 10:45pm; mié 25 nov 22:45
    "coming": 999_999,
    "seats": 20,
    "more": 12,
    "need": 999,
    "came": 999_999,
    "people": 999_999,
    "held": 20,
    "most": 999,
    "length": 1600,
    "left": 2,
    "digits": "123456",
    "amount": 999.5,
    "total": 9999.5,
    "unit": "wheelbarrows",
    "zip": "10001",
    "lang": "x" * 20,  # core/settling_in.py
    "start": 23,
    "end": 22,
    "confirm": "47",
    "segments": 9,
    "takes": "59 min",
    "plan": "p" * 160,
    "first": 99_999,
    "stopped": 99_999,
    "bad": 99_999,
    "asked": 99_999,
    "error": 30034,
    "zone": "x" * 20,  # core/settling_in.py
    "dollars": "99999.99",
    "hint": "",  # there only where it fits: core/pledging.py
    "tail": " It went to the organizer instead.",
    "other": "Wilhelmina Montgomery-Ma2",
    "said": "s" * 100,  # as much as fits with the name: core/talking.py measures it
    "task": "t" * 40,  # core/tasks.py
    "number": 30,
    "many": 99,
    "last": 30,
    "tasks": "t" * 60,
    "missing": 9_999,
    "minutes": 9_999,
    "what": CODE,
    "link": "https://giddyup.example/p/" + CODE + "x" * 15,  # chalicelib/links.py; only there where it fits
    "finished": 30,
    "texts": 999_999,
    "free": "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12...",  # core/tasks.py
    "welcome": "w" * 140,  # core/grouping.py
    # others' own words, and lists of any length
    "words": "w" * 160,
    "text": "w" * 160,
    "read": "w" * 160,
    "names": "Wilhelmina Montgomery-Ma, " * 12,
    "groups": ", ".join([KEYWORD] * 20),
    "pledges": ", ".join([f"{CODE} waiting"] * 8),
    # five to choose from (core/choosing.py), of groups with words as long as they come
    "listed": ", ".join(f"{n} {CODE}" for n in range(1, 6)),
    "done": "999.5 wheelbarrows, 999.5 sandbags, 999.5 hours, 999.5 boxes of bottled water!!!",  # 80, core/leading.py
}  # fmt: skip

# Where one fill is something else in this sentence.
IN_THIS: dict[str, dict[str, object]] = {
    "keyword_too_long": {"keyword": "M" * 20},  # core/joining.py
    "keyword_not_letters": {"keyword": "M" * 20},
    # as many as store/views.py MOST_LISTED
    **{key: {"listed": ", ".join([CODE] * 4)} for key in ("open_now", "over_but_open")},
    "set_name": {"name": "n" * 60},  # core/grouping.py
    "group_still_live": {"listed": ", ".join([CODE] * 4)},
    **{key: {"listed": "US, CA, MX, GB, DE"} for key in ("set_countries", "set_countries_off", "wrong_countries")},
    "confirm_in": {"task": "t" * 30},  # core/signing_up.py
    "plan_limit": {"left": 99_999},
    **{key: {"people": 80} for key in ("sending_again", "sending_again_more")},  # core/resending.py
    "who_asked": {"people": 99_999},
    "sent_waves": {"people": 99_999},
    "name_which": {"names": "@" + "n" * 79},  # core/crew.py
    "waiting_party": {"free": 19},
    "who_missed": {"names": "n" * 40},  # core/closing.py
    **{key: {"names": "n" * 40} for key in ("task_full", "task_full_others", "task_of_others", "task_line_taken")},
    **{key: {"done": "d" * 36, "total": "t" * 36} for key in ("done_amount", "task_finished_amount")},
    **{key: {"task": "t" * 60} for key in ("task_line", "task_line_many", "task_line_left", "task_line_done")},
    "alert_task_too_long": {"task": "t" * 30, "length": 480},
    **{key: {"listed": "l" * 100} for key in ("tasks", "tasks_more")},  # core/tasks.py measures each page
    "tasks_free": {"listed": "l" * 80},
    "plan_tasks": {"listed": "l" * 200},
    "plan_again": {"people": 99_999},
    "record_tasks": {"tasks": 30},
    "leave_which": {"listed": ", ".join([KEYWORD] * 20)},
}


def longest(lang: str, key: str) -> str:
    wanted = fills(LANGUAGES[lang].SENTENCES[key])
    chosen = {**LONGEST_FILLS, **IN_THIS.get(key, {})}
    return render(lang, Say(key, {name: chosen[name] for name in wanted}))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", [key for key in en.SENTENCES if key not in en.LONGER])
def test_a_sentence_fits_one_segment_with_its_longest_fills(lang: str, key: str) -> None:
    text = longest(lang, key)

    found = measure(text)

    assert (found.encoding, found.count) == ("GSM-7", 1), f"{found.units} units of {found.encoding}: {text}"


@pytest.mark.parametrize("key", en.LONGER)
def test_a_sentence_that_may_be_longer_can_indeed_be(key: str) -> None:
    counts = [measure(longest(lang, key)).count for lang in LANGUAGES]

    assert max(counts) > 1


def test_every_reason_to_be_longer_is_of_a_sentence_that_there_is() -> None:
    assert en.LONGER.keys() <= en.SENTENCES.keys()
    assert all(en.LONGER.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_our_own_words_never_turn_a_text_into_ucs_2(lang: str) -> None:
    odd = {
        key: sorted(set(bare) - set("{}"))
        for key, sentence in LANGUAGES[lang].SENTENCES.items()
        if measure(bare := sentence.replace("{", "").replace("}", "")).encoding != "GSM-7"
    }

    assert odd == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_day_and_no_month_turns_a_text_into_ucs_2(lang: str) -> None:
    zone = ZoneInfo("America/New_York")
    moments = [datetime(2026, month, day, 22, 45, tzinfo=zone) for month in range(1, 13) for day in range(1, 8)]

    odd = [text for one in moments if measure(text := LANGUAGES[lang].moment(one)).encoding != "GSM-7"]

    assert odd == []
