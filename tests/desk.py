"""Signed in to the dashboard, in this process: as an organizer does it, by the code that their phone is texted."""

from __future__ import annotations

import re

from tests.browsing import Browsing
from tests.world import World


def signed_in(world: World, name: str, path: str = "/dashboard") -> Browsing:
    """A browser in which this organizer has signed in, and which has then opened a page."""
    browser = Browsing()
    sign_in(world, name, browser)
    browser.open(path)
    return browser


def sign_in(world: World, name: str, browser: Browsing) -> None:
    browser.open("/signin")
    browser.press("code", number=world.number(name))
    browser.press("Sign in", digits=code_of(world, name))


def code_of(world: World, name: str) -> str:
    """The last six digits that this phone was texted."""
    world.work()
    return [digits for text in world.got(name) for digits in re.findall(r"\b\d{6}\b", text)][-1]
