"""Pages from templates: one environment, and what templates may call: words of the site's language, times, results."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup, escape

from chalicelib.core.model import Person
from chalicelib.core.names import called
from chalicelib.core.showing import ActionShown
from chalicelib.languages import LANGUAGES
from chalicelib.web import addresses, desk_addresses, words
from chalicelib.web.views import Part, Site, Ways

TEMPLATES = Path(__file__).parent / "templates"
COMPILED = Path(__file__).parent / "compiled"  # the same as Python: packaging leaves it there, for a faster start

# What a template may do without; anything else that it is not given is a mistake, and StrictUndefined says so.
WITHOUT: Mapping[str, object] = {
    "said": "",
    "typed": "",
    "part": Part(),
    "ways": Ways(""),
    "form": None,
    "open_now": (),
    "suggestions": (),
    "is_card": False,
    "not_you": "",
}


def page(template: str, site: Site, **context: object) -> str:
    """The template filled. What it needs and is not given raises jinja2.UndefinedError."""
    return environment().get_template(template).render({**WITHOUT, **context, "site": site})


@cache
def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.ModuleLoader(COMPILED) if COMPILED.exists() else jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(
        addresses=addresses,
        desk=desk_addresses,
        t=t,
        plural=plural,
        when=when,
        state=state,
        result=result,
        language_name=language_name,
        whose=whose,
    )
    return made


def language(context: Context) -> ModuleType:
    site: Site = context["site"]
    return words.speaking(site.lang)


@jinja2.pass_context
def t(context: Context, key: str, **fills: object) -> Markup:
    """The page's words, escaped as each fill is, unless it is markup of our own. `brand` is always there to fill in."""
    spoken = language(context)
    text = spoken.PAGES[key] if key in spoken.PAGES else spoken.DASHBOARD[key]
    return escape(text).format(**{"brand": context["site"].brand, **fills})


@jinja2.pass_context
def plural(context: Context, key: str, n: int, **fills: object) -> Markup:
    """`key`_one for one of it, else `key`_many; both may be filled with `n`."""
    return t(context, f"{key}_one" if n == 1 else f"{key}_many", **{"n": n, **fills})


@jinja2.pass_context
def when(context: Context, action: ActionShown) -> Markup:
    """Its time as people and programs read it."""
    at = action.starts_at or (action.ends_at if action.is_open else action.ended_at or action.ends_at)
    written = words.when(action, context["site"].lang)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="minutes"), written)


@jinja2.pass_context
def state(context: Context, action: ActionShown) -> str:
    return words.state(action, context["site"].lang)


@jinja2.pass_context
def result(context: Context, action: ActionShown) -> str:
    return words.result(action, context["site"].lang)


def whose(person: Person) -> str:
    """As much of somebody as an organizer knows them by: a first name, or the last two digits of their number."""
    return person.name.split()[0] if person.name else called(person)


def language_name(lang: str) -> str:
    """As those who speak it call it."""
    return str(LANGUAGES[lang].PAGES["language"])
