"""Pages as they are written: nothing inline, all that others wrote escaped, words in both languages, and small."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from string import Formatter

import jinja2
import pytest
from jinja2 import nodes

from chalicelib.core.model import Answer, State
from chalicelib.core.showing import GroupShown
from chalicelib.languages import LANGUAGES
from chalicelib.web import addresses, render
from chalicelib.web.texting import qr_svg, sms_link
from chalicelib.web.views import Form, Part, Site, Ways
from tests.web.shown_actions import BASE, DONE, an_action

MOST_BYTES = 60_000  # compressed, with everything that a page loads
HARM = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
TOKEN = "DIG4abcdefghijklmno"
NUMBER = "+15550100000"
VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "path", "circle"})


# --- what is shown -----------------------------------------------------------------------------------


def site(lang: str, path: str) -> Site:
    other = "es" if lang == "en" else "en"
    return Site("Giddyup", BASE, "help@giddyup.example", "(555) 010-0000", lang, other, path, f"{path}?lang={other}")


def ways(words: str) -> Ways:
    return Ways(words, sms_link(NUMBER, words, "Android"), qr_svg(NUMBER, words, "A code"))


def forms(*verbs: str, action: str = "/a/DIG4/pledge") -> dict[str, Form]:
    return {verb: Form(action, f"token-{verb}") for verb in verbs}


STRANGER = Part(forms=forms("number"))
PARTS = {
    "stranger": STRANGER,
    "asked": Part(is_asked=True, forms=forms("forget")),
    "known": Part("Ann, …05", forms=forms("in", "maybe", "out", "forget")),
    "in": Part("Ann, …05", Answer.IN, 3, forms=forms("in", "out", "forget")),
    "waiting": Part("Ann, …05", Answer.WAITING, 1, forms=forms("in", "out", "forget")),
    "maybe": Part("Ann, …05", Answer.MAYBE, forms=forms("in", "out", "forget")),
    "out": Part("Ann, …05", Answer.OUT, forms=forms("in", "forget")),
    "stopped": Part("…05", is_stopped=True, forms=forms("forget")),
}
ACTION = an_action(names=("Ann", "Sam"))
HARMFUL = an_action(words=HARM, place=HARM, group=HARM, tags=(HARM,), names=(HARM,))
BIG = an_action(code="DIG5", need=120, coming=81, place="", tags=())
OPEN_ENDED = an_action(code="DIG6", need=None, starts_at=None)
FULL = an_action(code="DIG7", state=State.FILLED, coming=10)
UNDER_WAY = an_action(code="DIG8", state=State.UNDER_WAY, here=4)
CALLED_OFF = replace(DONE, code="DIG2", state=State.CALLED_OFF, came=0, amounts={})
EXPIRED = replace(CALLED_OFF, code="DIG1", state=State.EXPIRED)
GROUP = GroupShown("DIG", HARM, "America/New_York", open=(HARMFUL, BIG, FULL), past=(DONE, CALLED_OFF))
BARE_GROUP = GroupShown("DIG", "Diggers", "America/New_York", is_public=False, is_emergency=True)
NO_SEARCH = {"words": "", "tag": "", "zip": "", "is_search": False}
SEARCH = {"words": HARM, "tag": HARM, "zip": HARM, "is_search": True}

# What is given to each page, by a name for it: the template, its path, and the rest.
SCENES: dict[str, tuple[str, str, dict[str, object]]] = {
    "home": ("home.html", "/", {"actions": [HARMFUL, BIG, OPEN_ENDED, FULL, UNDER_WAY], **NO_SEARCH}),
    "home with nothing open": ("home.html", "/", {"actions": [], **NO_SEARCH}),
    "found": ("home.html", "/", {"actions": [HARMFUL], **SEARCH}),
    "nothing found": ("home.html", "/", {"actions": [], **SEARCH}),
    "group": ("group.html", "/g/DIG", {"group": GROUP, "ways": ways("DIG"), "form": Form("/g/DIG/join", "token")}),
    "bare group": ("group.html", "/g/DIG", {"group": BARE_GROUP, "ways": Ways("DIG"), "form": None, "said": HARM}),
    **{
        f"action, {name}": ("action.html", "/a/DIG4", {"action": ACTION, "part": part, "ways": ways("IN DIG4")})
        for name, part in PARTS.items()
    },
    **{
        f"action {one.state}": ("action.html", f"/a/{one.code}", {"action": one, "part": Part(), "open_now": [BIG]})
        for one in (DONE, CALLED_OFF, EXPIRED, FULL, UNDER_WAY)
    },
    "action with no number to text": ("action.html", "/a/DIG6", {"action": OPEN_ENDED, "part": STRANGER}),
    "action, harmful": (
        "action.html",
        "/a/DIG4",
        {"action": HARMFUL, "part": replace(PARTS["in"], who=HARM), "said": HARM, "open_now": [HARMFUL]},
    ),
    "personal": (
        "personal.html",
        f"/p/{TOKEN}",
        {
            "action": HARMFUL,
            "part": Part(HARM, forms=forms("in", "maybe", "out", action=f"/p/{TOKEN}")),
            "ways": ways("IN DIG4"),
            "not_you": "/a/DIG4",
        },
    ),
    **{
        f"card, {name}": ("embed.html", "/embed/DIG4", {"action": HARMFUL, "part": part, "ways": ways("IN DIG4")})
        for name, part in PARTS.items()
    },
    "card of what is over": ("embed.html", "/embed/DIG3", {"action": DONE, "part": Part()}),
    "numbers": ("_live.html", "/a/DIG4/live", {"action": HARMFUL}),
    "numbers of what is over": ("_live.html", "/a/DIG3/live", {"action": DONE}),
    "part": ("_part.html", "/a/DIG4/mine", {"action": HARMFUL, "part": PARTS["asked"], "ways": ways("IN DIG4")}),
    "share": (
        "share.html",
        "/a/DIG4/share",
        {"action": HARMFUL, "snippets": [(HARM, HARM), ("Link", "https://x")], "preview": "/embed/DIG4"},
    ),
    "terms": ("terms.html", "/terms", {}),
    "privacy": ("privacy.html", "/privacy", {}),
    "missing": ("missing.html", "/a/DGI4", {"what": HARM, "suggestions": ["DIG4"]}),
    "missing, and nothing like it": ("missing.html", "/", {"what": "", "suggestions": []}),
    "sorry": ("sorry.html", "/a/DIG4/pledge", {"title": HARM, "words": HARM}),
}
WHOLE = sorted(name for name, (template, _, _) in SCENES.items() if not template.startswith("_"))


def shown(name: str, lang: str = "en") -> str:
    template, path, context = SCENES[name]
    return render.page(template, site(lang, path), **context)


# --- a page as it is looked at here ------------------------------------------------------------------


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")


@dataclass
class Page(HTMLParser):
    """Its elements in their order, each with all the text in it."""

    html: str
    elements: list[Element] = field(default_factory=list)
    within: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.within.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            closed = self.within.pop()
            assert closed.tag == tag, f"{closed} is closed by {tag}"

    def handle_data(self, data: str) -> None:
        for element in self.within:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [one for one in self.elements if one.tag in tags]

    def pressed(self) -> list[str]:
        """The buttons and what looks like one, as they are read."""
        return [
            " ".join(one.text.split())
            for one in self.elements
            if one.tag in {"button", "summary"} or (one.tag == "a" and {"button", "bubble"} & {*one["class"].split()})
        ]


# --- safe --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SCENES)
def test_a_page_has_no_script_or_style_but_those_from_our_own_files(name: str, lang: str) -> None:
    page = Page(shown(name, lang))

    forbidden = [
        one
        for one in page.elements
        if one.tag == "style"
        or (one.tag == "script" and (one.text.strip() or not one["src"].startswith("/static/")))
        or any(attribute == "style" or attribute.startswith(("on", "hx-on")) for attribute in one.attributes)
        or any(re.match(r"\s*(javascript|data):", one[of], re.IGNORECASE) for of in ("href", "src", "action"))
        or "[" in one["hx-trigger"]
    ]

    assert forbidden == []


@pytest.mark.parametrize("name", [name for name in SCENES if HARM in repr(SCENES[name]) or "card, " in name])
def test_what_others_wrote_stays_text(name: str) -> None:
    html = shown(name)

    assert "alert(1)" in html
    assert "<script>" not in html
    assert "<img src=x" not in html


def test_a_personal_links_token_is_in_its_own_forms_and_the_switch_of_language_and_nowhere_else() -> None:
    page = Page(shown("personal"))

    places = Counter(
        (one.tag, name) for one in page.elements for name, value in one.attributes.items() if TOKEN in value
    )

    assert places == {("form", "action"): 3, ("form", "hx-post"): 3, ("a", "href"): 1}
    assert [one["content"] for one in page.all("meta") if one["name"] == "robots"] == ["noindex, nofollow"]


@pytest.mark.parametrize("name", WHOLE)
def test_every_form_that_changes_something_carries_its_token(name: str) -> None:
    page = Page(shown(name))

    posts = [one for one in page.all("form") if one["method"] == "post"]
    tokens = [one["value"] for one in page.all("input") if one["name"] == "token"]

    assert all(one["action"].startswith("/") and one["action"] == one["hx-post"] for one in posts)
    assert len(tokens) == len(posts)
    assert all(tokens)


# --- usable by everybody -----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", WHOLE)
def test_headings_are_in_order_and_every_field_has_a_label(name: str, lang: str) -> None:
    page = Page(shown(name, lang))

    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3", "h4")]
    ids = Counter(one["id"] for one in page.elements if one["id"])
    labelled = {one["for"] for one in page.all("label")}
    fields = [one for one in page.all("input", "select", "textarea") if one["type"] != "hidden"]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert max(ids.values()) == 1
    assert all(one["id"] in labelled or one["aria-labelledby"] in ids for one in fields)
    assert all(one["alt"] or "alt" in one.attributes for one in page.all("img"))
    assert all(one["title"] for one in page.all("iframe"))
    assert page.all("html")[0]["lang"] == lang


@pytest.mark.parametrize("name", WHOLE)
def test_what_an_attribute_points_to_is_on_the_page(name: str) -> None:
    page = Page(shown(name))
    ids = {one["id"] for one in page.elements}

    pointed = {
        one
        for element in page.elements
        for attribute in ("aria-labelledby", "aria-describedby", "for", "data-copy")
        for one in element[attribute].split()
    } | {one["href"][1:] for one in page.all("a") if one["href"].startswith("#")}

    assert pointed <= ids


# --- what a visitor can press ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "buttons"),
    [
        ("stranger", ["I'm in", "IN DIG4", "Text me to confirm"]),
        ("asked", ["Check again", "Another number"]),
        ("known", ["I'm in", "Maybe", "I can't", "Not you? Forget me here"]),
        ("in", ["Change", "I can't", "Not you? Forget me here"]),
        ("waiting", ["Change", "Leave the line", "Not you? Forget me here"]),
        ("maybe", ["I'm in", "I can't", "Not you? Forget me here"]),
        ("out", ["I'm in after all", "Not you? Forget me here"]),
        ("stopped", ["Not you? Forget me here"]),
    ],
)
def test_each_visitor_has_their_own_buttons(who: str, buttons: list[str]) -> None:
    page = Page(shown(f"action, {who}"))

    assert page.pressed() == [*buttons, "Add to calendar", "Share", "Send to a friend"]


def test_a_full_action_says_line_up() -> None:
    context = {"action": FULL, "part": PARTS["known"], "ways": ways("IN DIG7")}

    page = Page(render.page("action.html", site("en", "/a/DIG7"), **context))

    assert page.pressed()[:3] == ["Line up", "Maybe", "I can't"]


@pytest.mark.parametrize("name", ["action done", "action called_off", "action expired"])
def test_what_is_over_has_nothing_to_press_but_where_to_go_on(name: str) -> None:
    page = Page(shown(name))

    assert page.pressed() == ["Share", "Send to a friend"]
    assert page.all("form") == []
    assert [one["href"] for one in page.all("a") if one["href"] == "/a/DIG5"] == ["/a/DIG5"]


@pytest.mark.parametrize("where", ["action", "card"])
def test_only_who_was_asked_by_text_is_looked_after_every_few_seconds(where: str) -> None:
    polled = [
        who
        for who in PARTS
        if any(one["id"] == "part" and one["hx-trigger"] for one in Page(shown(f"{where}, {who}")).elements)
    ]

    assert polled == ["asked"]


def test_numbers_are_looked_at_again_until_it_is_over() -> None:
    triggers = {
        name: [one["hx-get"] for one in Page(shown(name)).elements if one["id"] == "live" and one["hx-get"]]
        for name in ("action, stranger", "action done", "card, stranger", "card of what is over")
    }

    assert triggers == {
        "action, stranger": ["/a/DIG4/live"],
        "action done": [],
        "card, stranger": ["/a/DIG4/live"],
        "card of what is over": [],
    }


def test_a_cards_links_leave_the_frame() -> None:
    page = Page(shown("card, stranger"))

    own = [one for one in page.all("a") if not one["href"].startswith("sms:")]

    assert own
    assert {one["target"] for one in own} == {"_blank"}


def test_a_private_group_is_not_for_search_engines_and_has_no_feeds() -> None:
    page = Page(shown("bare group"))

    assert [one["content"] for one in page.all("meta") if one["name"] == "robots"] == ["noindex"]
    assert not [one for one in page.elements if "feed" in one["href"] or ".ics" in one["href"]]


def test_who_is_invited_to_join_reads_what_carriers_require() -> None:
    text = " ".join(Page(shown("group")).all("main")[0].text.split())

    wanted = ("Message frequency varies", "Msg & data rates may apply", "STOP to stop", "HELP for help")
    assert [one for one in wanted if one not in text] == []
    assert {"/terms", "/privacy"} <= {one["href"] for one in Page(shown("group")).all("a")}


# --- words -------------------------------------------------------------------------------------------


def fills(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def keys_used() -> set[str]:
    """Of PAGES and DASHBOARD, as templates name them: t('key'), or plural('key', n) for key_one and key_many."""
    environment = render.environment()
    loader = environment.loader
    assert isinstance(loader, jinja2.FileSystemLoader)
    used = {"language"}  # of the other language, in its own
    for name in loader.list_templates():
        for call in environment.parse(loader.get_source(environment, name)[0]).find_all(nodes.Call):
            used |= set(keys_of(call))
    return used


def keys_of(call: nodes.Call) -> Iterator[str]:
    if not isinstance(call.node, nodes.Name) or call.node.name not in {"t", "plural"}:
        return
    key = call.args[0]
    assert isinstance(key, nodes.Const), f"line {call.lineno}: a key is written out, so that it can be found"
    yield from (f"{key.value}_one", f"{key.value}_many") if call.node.name == "plural" else (key.value,)


def test_every_key_that_templates_name_exists_and_none_is_left_over() -> None:
    english = LANGUAGES["en"]

    assert keys_used() == {*english.PAGES, *english.DASHBOARD}
    assert not set(english.PAGES) & set(english.DASHBOARD)


@pytest.mark.parametrize("words", ["PAGES", "DASHBOARD", "DESK_SAID"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_have_the_same_words_with_the_same_fills_in_every_language(lang: str, words: str) -> None:
    english = {key: fills(text) for key, text in getattr(LANGUAGES["en"], words).items()}

    assert {key: fills(text) for key, text in getattr(LANGUAGES[lang], words).items()} == english


def test_every_page_is_among_those_looked_at_here() -> None:
    written = {file.name for file in render.TEMPLATES.glob("*.html") if not file.name.startswith("_")}

    assert written - {template for template, _, _ in SCENES.values()} == {"layout.html"}


# --- small -------------------------------------------------------------------------------------------


@pytest.mark.skipif(
    not (addresses.STATIC / "vendor/htmx.min.js").exists(),
    reason="htmx is not here: `python -m infra.vendor` fetches it",
)
@pytest.mark.parametrize("name", WHOLE)
def test_a_page_with_all_that_it_loads_is_under_60_kilobytes(name: str) -> None:
    html = shown(name)

    loaded = set(re.findall(r'(?:src|href)="/static/([^"?]+)', html))
    sizes = {file: len(gzip.compress((addresses.STATIC / file).read_bytes())) for file in loaded}
    sizes["the page"] = len(gzip.compress(html.encode()))

    assert {"vendor/htmx.min.js", "app.js", "style.css", "icon.svg"} <= loaded
    assert sum(sizes.values()) < MOST_BYTES
