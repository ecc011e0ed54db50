"""Every door: who may come in, and that looking changes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chalice.test import Client

import app
from infra.resources import QUEUES
from tests.browsing import FORM, Browsing, Form
from tests.world import SCREENS, World

CARRIERS = {("POST", "/sms"), ("POST", "/sms/status")}
REST = "/{rest+}"  # what no other route is for: it answers 404, as tests/local/test_town_gateway.py shows
DESK = "/dashboard"  # tests/house/test_dashboard_routes.py walks these
ROUTES = sorted(
    (method, path)
    for path, methods in app.app.routes.items()
    for method in methods
    if REST not in path and not path.startswith(DESK)
)
LOOKS = sorted({path for method, path in ROUTES if method in {"GET", "HEAD"}})
PRESSES = sorted({(method, path) for method, path in ROUTES if method not in {"GET", "HEAD"}} - CARRIERS)
SIGNATURES = [
    pytest.param({}, id="none"),
    pytest.param({"X-Twilio-Signature": ""}, id="an empty one"),
    pytest.param({"X-Twilio-Signature": "Zm9yZ2Vk"}, id="a forged one"),
]
# Who opens links that nobody pressed: previews in chats and mail, scanners, search engines.
BOTS = (
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (Applebot/0.1)",
    "Mozilla/5.0 (compatible; SkypeUriPreview Preview/0.5)",
    "BarracudaCentral/1.0 link scanner",
)


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("route", sorted(CARRIERS), ids=" ".join)
def test_what_is_for_the_carrier_wants_its_signature(
    world: World, route: tuple[str, str], signature: dict[str, str]
) -> None:
    method, path = route
    body = b"MessageSid=SM1&From=%2B15550100001&To=%2B15550100000&Body=DIG&MessageStatus=failed"

    with Client(app.app) as client:
        answer = client.http.request(method, path, headers={"Content-Type": FORM, **signature}, body=body)

    assert answer.status_code == 403
    world.work()
    assert (world.rows(), world.new_texts()) == ([], [])


@pytest.fixture
def town(world: World) -> dict[str, str]:
    """What stands for each name in a route's path, in a town where something is going on."""
    world.found_group(members=("ann", "ben"))
    code = world.raise_action("3 shovels at 5th & Main 6pm #flood")
    world.text("ben", "IN")
    world.new_texts()
    token = re.findall(r"/p/(\S+)", [one["body"] for one in SCREENS.sent if one["to"] == world.number("ann")][-1])[0]
    return {"keyword": "DIG", "code": code, "token": token, "tag": "flood", "file": "style.css"}


def filled(path: str, names: dict[str, str]) -> str:
    names = {**names, "file": "htmx.min.js"} if "vendor" in path else names
    return re.sub(r"\{(\w+)\}", lambda found: names[found[1]], path)


@pytest.mark.parametrize("path", LOOKS)
def test_looking_changes_nothing_whoever_looks(world: World, town: dict[str, str], path: str) -> None:
    before, browser = world.rows(), Browsing()
    address = filled(path, town) + (f"?url=https://giddyup.example/a/{town['code']}" if path == "/oembed" else "")

    for bot in BOTS:
        assert browser.get(address, User_Agent=bot).status_code == 200
        assert browser.get(address, "HEAD", User_Agent=bot).status_code in {200, 405}

    world.work()
    assert world.rows() == before
    assert world.new_texts() == []


@pytest.mark.parametrize("route", PRESSES, ids=" ".join)
@pytest.mark.parametrize("token", ["", "forged", "eyJuIjoiMSJ9.c2lnbmVk"])
def test_pressing_without_a_form_of_ours_changes_nothing(
    world: World, town: dict[str, str], route: tuple[str, str], token: str
) -> None:
    before, browser = world.rows(), Browsing()
    method, path = route

    fields: dict[str, Any] = {"token": token, "number": "+15550100099", "answer": "in", "party": "1"}
    browser.send(Form(filled(path, town), "post", fields))
    browser.ask(method, filled(path, town), b'{"party": 1}', {"Content-Type": "application/json"})

    world.work()
    assert world.rows() == before
    assert world.new_texts() == []


@pytest.mark.parametrize("path", LOOKS)
def test_every_page_says_what_browsers_may_do_with_it(town: dict[str, str], path: str) -> None:
    headers = Browsing().get(filled(path, town)).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"]
    assert "max-age" in headers["Strict-Transport-Security"]
    if headers["Content-Type"].startswith("text/html"):
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert ("frame-ancestors *" in headers["Content-Security-Policy"]) == path.startswith("/embed/")
        assert is_framed_by_nobody(headers) != path.startswith("/embed/")
    if path.startswith("/p/"):
        assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")


def test_whatever_is_shown_is_framed_by_nobody_but_a_card(town: dict[str, str]) -> None:
    """Also what was not found, a form that cannot count, and a piece that has not changed since."""
    framed = set()
    for names in (town, {"token": "none"}):
        for method, path in ROUTES:
            address = filled(path, {name: names.get(name, "none") for name in town})
            sent = {"Content-Type": FORM} if method == "POST" else {"If-None-Match": "*"}
            answer = Browsing().ask(method, address, b"token=forged", sent)
            is_html = answer.headers.get("Content-Type", "").startswith("text/html")
            if is_html and answer.status_code != 303 and not is_framed_by_nobody(answer.headers):
                framed.add(path)

    assert framed == {"/embed/{code}"}


def is_framed_by_nobody(headers: dict[str, str]) -> bool:
    policy = headers.get("Content-Security-Policy", "")
    return "frame-ancestors 'none'" in policy and headers.get("X-Frame-Options") == "DENY"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "PURGE"])
@pytest.mark.parametrize("path", sorted(app.app.routes))
@pytest.mark.usefixtures("world")
def test_no_method_is_an_error_of_ours(path: str, method: str) -> None:
    with Client(app.app) as client:
        assert client.http.request(method, path).status_code < 500


def test_every_queue_has_its_handler() -> None:
    assert [queue.name for queue in QUEUES if not hasattr(app, queue.name)] == []
