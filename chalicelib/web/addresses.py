"""Where everything is on the web: one function for each address. `base` is PUBLIC_URL, or nothing for a path alone."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote, urlencode

STATIC = Path(__file__).parent / "static"


def home(base: str = "", **find: str) -> str:
    """With what to find: words, tag, zip."""
    wanted = {name: text for name, text in find.items() if text}
    return f"{base}/" + (f"?{urlencode(wanted)}" if wanted else "")


def group(keyword: str, base: str = "") -> str:
    return f"{base}/g/{keyword}"


def join(keyword: str) -> str:
    return f"/g/{keyword}/join"


def action(code: str, base: str = "") -> str:
    return f"{base}/a/{code}"


def live(code: str) -> str:
    """The numbers of an action, as a piece of its page."""
    return f"/a/{code}/live"


def mine(code: str) -> str:
    """What the visitor has to do with it, as a piece of its page: looked at again while a YES is waited for."""
    return f"/a/{code}/mine"


def pledge(code: str) -> str:
    return f"/a/{code}/pledge"


def share(code: str, base: str = "") -> str:
    return f"{base}/a/{code}/share"


def picture(code: str, base: str = "") -> str:
    return f"{base}/a/{code}/card.png"


def event(code: str, base: str = "") -> str:
    return f"{base}/a/{code}/event.ics"


def personal(token: str, base: str = "") -> str:
    return f"{base}/p/{token}"


def embed(code: str, base: str = "") -> str:
    return f"{base}/embed/{code}"


def embed_script(base: str = "") -> str:
    return f"{base}/embed.js"


def oembed(url: str, form: str, base: str = "") -> str:
    """`form` is json or xml."""
    return f"{base}/oembed?{urlencode({'url': url, 'format': form})}"


def calendar(keyword: str, base: str = "") -> str:
    return f"{base}/g/{keyword}/calendar.ics"


def feed(keyword: str, kind: str, base: str = "") -> str:
    """`kind` is atom or json."""
    return f"{base}/g/{keyword}/feed.{kind}"


def tag_feed(tag: str, kind: str, base: str = "") -> str:
    return f"{base}/t/{quote(tag)}/feed.{kind}"


def static(name: str) -> str:
    """With a mark of what is in the file, so that it may be kept for ever."""
    return f"/static/{name}?v={mark_of(name)}"


@cache
def mark_of(name: str) -> str:
    return blake2b((STATIC / name).read_bytes(), digest_size=4).hexdigest()


def pledge_card(code: str) -> str:
    return f"/embed/{code}/pledge"


def openapi(base: str = "") -> str:
    return f"{base}/openapi.json"


def api_actions(base: str = "", **find: str) -> str:
    """With what to find, how many and after which: words, tag, zip, limit, cursor."""
    wanted = {name: text for name, text in find.items() if text}
    return f"{base}/api/actions" + (f"?{urlencode(wanted)}" if wanted else "")


def api_action(code: str, base: str = "") -> str:
    return f"{base}/api/actions/{code}"
