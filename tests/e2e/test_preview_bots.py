"""Programs that open links before people do: nothing comes of it, however often and however they ask."""

from __future__ import annotations

import http.client

import pytest

from tests.browser import fresh_group, fresh_number
from tests.town import Town

pytestmark = pytest.mark.town

BOTS = (
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "facebookcatalog/1.0",
    "Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0 A",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Applebot/0.1",
    "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 (KHTML, like Gecko) Safari/601.2.4 facebookexternalhit/1.1 Facebot",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0 OneOutlook",
    "Microsoft Office/16.0 (Microsoft Outlook 16.0.17126; Pro)",
    "Mozilla/5.0 (Windows NT 6.1) BarracudaSentinel (EE)",
    "Mozilla/5.0 (compatible; proofpoint-urldefense)",
    "Mimecast-URL-Protect/1.0",
    "SkypeUriPreview Preview/0.5",
    "Iframely/1.3.1 (+https://iframely.com/docs/about)",
    "Viber/13.3.0 (link preview)",
)
METHODS = ("GET", "HEAD")


def ask(town: Town, method: str, path: str, agent: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", town.port, timeout=30)
    try:
        connection.request(method, path, headers={"User-Agent": agent, "Accept": "*/*"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_two_hundred_looks_by_preview_bots_at_every_link_pledge_nothing_and_text_nobody(town: Town) -> None:
    group, ann, ben = fresh_group(town), fresh_number(), fresh_number()
    group.add(ann, ben)
    code = group.ask("3 shovels at 5th & Main 6pm #flood")
    links = [group.link_of(phone, code) for phone in (ann, ben)]
    action, keyword = f"/a/{code}", group.keyword
    paths = [
        *(link + more for link in links for more in ("", "?lang=es")),
        *(action + more for more in ("", "/live", "/mine", "/share", "/card.png", "/event.ics")),
        *(f"/embed/{code}", "/embed.js", f"/oembed?url={group.address}{action}"),
        *(f"/g/{keyword}" + more for more in ("", "/feed.atom", "/feed.json", "/calendar.ics")),
        *("/t/flood/feed.atom", "/t/flood/feed.json", "/"),
    ]
    phones = (ann, ben, group.organizer)
    town.wait_until(lambda: all(any(body.startswith(f"{code}: ") for body in town.got(one)) for one in phones))
    before = {phone: town.got(phone) for phone in phones}
    looks = [(METHODS[n % 2], path, bot) for bot in BOTS for n, path in enumerate(paths)]
    looks += [(METHODS[1 - n % 2], link, bot) for n, bot in enumerate(BOTS) for link in links]
    assert len(looks) >= 200

    statuses = {ask(town, *look) for look in looks}

    assert statuses == {200}
    town.text(ben, f"WHO {code}")
    assert "0 of 3 in" in group.next_text_to(ben, len(before[ben]))
    assert town.got(ann) == before[ann]
    assert town.got(group.organizer) == before[group.organizer]
    assert len(town.got(ben)) == len(before[ben]) + 1
