"""Where everything of the dashboard is: one function for each address, as web/addresses.py has them for all others."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

DESK = "/dashboard"


def home() -> str:
    return DESK


def now() -> str:
    """What is open and what needs an organizer, as a piece of the start page: looked at again and again."""
    return f"{DESK}/now"


def sign_in(after: str = "") -> str:
    """`after` is the page that somebody wanted."""
    return "/signin" + (f"?{urlencode({'after': after})}" if after and after != DESK else "")


def sign_in_code() -> str:
    return "/signin/code"


def sign_out() -> str:
    return f"{DESK}/signout"


def action(code: str) -> str:
    return f"{DESK}/a/{code}"


def action_part(code: str, part: str) -> str:
    """A piece of its page: live, crew, next, timeline, inbox, tasks, buttons; and `do`, where what is pressed goes."""
    return f"{DESK}/a/{code}/{part}"


def group(keyword: str) -> str:
    return f"{DESK}/g/{keyword}"


def finding(path: str, find: Mapping[str, str]) -> str:
    """The page with what to find there, if anything."""
    wanted = {name: text for name, text in find.items() if text}
    return path + (f"?{urlencode(wanted)}" if wanted else "")


def people(keyword: str, **find: str) -> str:
    """With what to find, and after which place: name, state, after."""
    return finding(f"{DESK}/g/{keyword}/people", find)


def person(keyword: str, person: str) -> str:
    return f"{DESK}/g/{keyword}/people/{person}"


def consent(keyword: str, person: str) -> str:
    """Their consent, as a page to show to a carrier."""
    return f"{DESK}/g/{keyword}/people/{person}/consent"


def export(keyword: str) -> str:
    return f"{DESK}/g/{keyword}/export"


def export_file(keyword: str, part: str) -> str:
    """`part` is a signed word for one file of an export."""
    return f"{DESK}/g/{keyword}/export/file?{urlencode({'part': part})}"


def settings(keyword: str) -> str:
    return f"{DESK}/g/{keyword}/settings"


def poster(keyword: str) -> str:
    return f"{DESK}/g/{keyword}/poster"


def lists(keyword: str) -> str:
    return f"{DESK}/g/{keyword}/lists"


def people_list(keyword: str, name: str) -> str:
    return f"{lists(keyword)}/{name}"


def list_progress(keyword: str, name: str) -> str:
    return f"{people_list(keyword, name)}/progress"


def list_refused(keyword: str, name: str) -> str:
    """What is wrong with which row, as a file."""
    return f"{people_list(keyword, name)}/refused"


def list_ask(keyword: str, name: str) -> str:
    return f"{people_list(keyword, name)}/ask"


def list_drop(keyword: str, name: str) -> str:
    return f"{people_list(keyword, name)}/drop"


def list_sample(keyword: str) -> str:
    """A list as it should be, to be filled in."""
    return f"{DESK}/g/{keyword}/lists-sample"


def delivery(keyword: str) -> str:
    return f"{DESK}/g/{keyword}/delivery"


def audit(keyword: str, **find: str) -> str:
    """With what to find: the code of an action, who, and after which."""
    return finding(f"{DESK}/g/{keyword}/audit", find)


def compose(keyword: str, draft: str = "") -> str:
    return f"{DESK}/g/{keyword}/compose" + (f"/{draft}" if draft else "")


def compose_again(keyword: str, code: str) -> str:
    """With the words of an alert that was drafted before."""
    return f"{DESK}/g/{keyword}/compose?{urlencode({'words': code})}"


def compose_preview(keyword: str) -> str:
    return f"{DESK}/g/{keyword}/compose/preview"


def compose_reach(keyword: str) -> str:
    return f"{DESK}/g/{keyword}/compose/reach"


def compose_save(keyword: str) -> str:
    return f"{DESK}/g/{keyword}/compose/save"


def compose_drop(keyword: str) -> str:
    return f"{DESK}/g/{keyword}/compose/drop"


def confirm(keyword: str, draft: str = "") -> str:
    """The alert that waits for its GO; `draft` is what it was written in."""
    return f"{DESK}/g/{keyword}/compose/confirm" + (f"?{urlencode({'draft': draft})}" if draft else "")


def operator(after: str = "") -> str:
    """`after` is the keyword after which groups are listed."""
    return f"{DESK}/operator" + (f"?{urlencode({'after': after})}" if after else "")


def operator_now() -> str:
    """Whether texts go out and what waits, as a piece of the page: looked at again and again."""
    return f"{DESK}/operator/now"


def operator_do() -> str:
    return f"{DESK}/operator/do"
