"""Every setting, typed, read once from the environment; all that is missing is named together."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core.hours import ALL_STATES, CONTIGUOUS


class SettingsWrong(Exception):
    """Some settings are missing or unreadable; the message names each and says what to set."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the README's table of settings."""

    name: str
    read: Callable[[str], Any]
    default: str | None
    meaning: str


def words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def zone(text: str) -> str:
    ZoneInfo(text)
    return text


# Twilio's, as of November 2026: a long code's is 1 to 225 by its trust score, so the least is what nobody was granted.
RATES = {"short_code": 100.0, "toll_free": 3.0, "long_code": 1.0}


def rate(text: str) -> float:
    """0: as is usual for the sender's type."""
    if text == "by type":
        return 0.0
    if not float(text) > 0:
        raise ValueError(text)
    return float(text)


def lead_times(text: str) -> tuple[int, ...]:
    """In minutes; `never`: no reminders."""
    if text == "never":
        return ()
    found = [re.fullmatch(r"(\d{1,4})([hm])", word) for word in words(text.lower())]
    if not all(found):
        raise ValueError(text)
    return tuple(int(one[1]) * (60 if one[2] == "h" else 1) for one in found if one)


def visibility(text: str) -> str:
    if text not in {"public", "private"}:
        raise ValueError(text)
    return text


def states(text: str) -> tuple[str, ...]:
    known = {"contiguous": CONTIGUOUS, "all": ALL_STATES}
    named = known.get(text) or words(text.upper())
    if not set(named) <= set(ALL_STATES):
        raise ValueError(text)
    return tuple(named)


SETTINGS = (
    Setting("TWILIO_ACCOUNT_SID", str, None, "the Twilio account that texts come from and go through"),
    Setting("TWILIO_AUTH_TOKEN", words, None, "its auth token; two, with a comma between, while one is being rotated"),
    Setting("TWILIO_API_BASE", str, "https://api.twilio.com", "where Twilio's API is"),
    Setting("TWILIO_FROM", str, "", "the number people text, if no messaging service is named"),
    Setting("TWILIO_MESSAGING_SERVICE_SID", str, "", "the messaging service to send with"),
    Setting("PUBLIC_URL", lambda text: text.rstrip("/"), None, "the address at which Twilio and browsers reach us"),
    Setting("NUMBER_KEY", str, None, "the secret that numbers are hashed with; never changed once people have joined"),
    Setting("LINK_KEYS", words, None, "what links, forms and cookies are signed with: the first signs, all count"),
    Setting("TEXT_NUMBER", str, "", "the number that pages tell people to text; by default `TWILIO_FROM`"),
    Setting("TABLE_NAME", str, "giddyup", "the DynamoDB table"),
    Setting("QUEUE_PREFIX", str, "giddyup", "what the names of our queues begin with"),
    Setting("PROXIES", int, "0", "how many proxies are passed before API Gateway is reached; CloudFront is one"),
    Setting("BRAND", str, "Giddyup", "the name in the texts that carriers ask for"),
    Setting("CONTACT", str, "help@giddyup.example", "where HELP sends people with questions"),
    Setting("ZONE", zone, "America/New_York", "the time zone of a group whose founder's number does not tell"),
    Setting("COUNTRIES", words, "US,CA", "countries whose numbers may be texted"),
    Setting("FOUNDERS", words, "anyone", "who may found groups: `anyone`, or numbers"),
    Setting("SENDER_TYPE", str, "long_code", "`long_code`, `toll_free` or `short_code`; on the first YES undoes STOP"),
    Setting("SEGMENT_PRICE", float, "1.2", "what one segment costs, in cents, carrier's fees included"),
    Setting("SENDER_RATE", rate, "by type", "segments a second granted to the sender; by type 100, 3 or 1"),
    Setting("BULK_SHARE", float, "0.8", "the part of that rate which alerts may take, so that replies find room"),
    Setting("TEXTS_A_DAY", int, "6", "how many alerts one person gets in 24 hours, at most"),
    Setting("DAILY_CENTS", int, "20000", "what a day's texts may cost in all, in cents; then only replies go out"),
    Setting("DAILY_SEGMENTS", int, "20000", "the same in segments"),
    Setting("GROUP_DAILY_CENTS", int, "10000", "what a day's alerts and news of one group may cost, in cents"),
    Setting("GROUP_DAILY_SEGMENTS", int, "10000", "the same in segments"),
    Setting("OPERATORS", words, "", "numbers told when a limit is near or sending stood still; each has texted us"),
    Setting("UNKNOWN_STATES", states, "contiguous", "of a number that tells no place: `contiguous`, `all`, or states"),
    Setting("ACTION_HOURS", float, "8", "how long after its start an action ends by itself"),
    Setting("CONFIRMATIONS_A_DAY", int, "500", "texts a day that ask numbers typed on pages for a YES, by country"),
    Setting("GROUPS_ARE", visibility, "public", "new groups are `public`, or `private`: for whoever has a link"),
    Setting("DISSOLVE_HOURS", float, "24", "how long after its end a crew dissolves"),
    Setting("REMINDERS", lead_times, "24h,1h", "how long before its start a crew is reminded: 24h, 90m, or several"),
    Setting("BIG_CREW", int, "25", "from how many hearers on an organizer is told what a crew's talk costs"),
    Setting("GIDDYUP_CLOCK", str, "", "a file with the seconds that a local town's clock is ahead; never set on AWS"),
)  # fmt: skip
# On AWS kept in SSM as SecureStrings (chalicelib/secrets.py); the last two are people's numbers.
SECRETS = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "NUMBER_KEY", "LINK_KEYS", "OPERATORS", "FOUNDERS")


@dataclass(frozen=True, slots=True)
class Settings:
    """What SETTINGS says, by the same names in lower case."""

    twilio_account_sid: str
    twilio_auth_token: tuple[str, ...]
    twilio_api_base: str
    twilio_from: str
    twilio_messaging_service_sid: str
    public_url: str
    number_key: str
    link_keys: tuple[str, ...]
    text_number: str
    table_name: str
    queue_prefix: str
    proxies: int
    brand: str
    contact: str
    zone: str
    countries: tuple[str, ...]
    founders: tuple[str, ...]
    sender_type: str
    segment_price: float
    sender_rate: float
    bulk_share: float
    texts_a_day: int
    daily_cents: int
    daily_segments: int
    group_daily_cents: int
    group_daily_segments: int
    operators: tuple[str, ...]
    unknown_states: tuple[str, ...]
    action_hours: float
    confirmations_a_day: int
    groups_are: str
    dissolve_hours: float
    reminders: tuple[int, ...]
    big_crew: int
    giddyup_clock: str

    @property
    def number_to_text(self) -> str:
        """What pages show; empty where only a messaging service is known."""
        return self.text_number or self.twilio_from

    @property
    def links(self) -> str:
        """What personal links begin with."""
        return f"{self.public_url}/p/"

    @property
    def action_length(self) -> timedelta:
        return timedelta(hours=self.action_hours)

    @property
    def bulk_rate(self) -> float:
        """Segments a second for alerts and news."""
        return (self.sender_rate or RATES.get(self.sender_type, 1.0)) * self.bulk_share

    @property
    def daily_limit(self) -> int:
        """Segments that a day may take in all, money and segments both minded."""
        return min(self.daily_segments, floor(self.daily_cents / self.segment_price))

    @property
    def group_daily_limit(self) -> int:
        """Segments that one group's alerts and news may take a day."""
        return min(self.group_daily_segments, floor(self.group_daily_cents / self.segment_price))

    def limit_of(self, daily_cents: int | None) -> int:
        """The same for a group whose organizers let a day cost so much, and no more."""
        if daily_cents is None:
            return self.group_daily_limit
        return min(self.group_daily_limit, floor(daily_cents / self.segment_price))


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises SettingsWrong with one line for each setting that is missing or cannot be read."""
    wrong: list[str] = []
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = environment.get(setting.name, "") or setting.default
        if text is None:
            wrong.append(f"{setting.name} is missing: set it to {setting.meaning}")
            continue
        try:
            values[setting.name.lower()] = setting.read(text)
        except (ValueError, KeyError, OSError):
            wrong.append(f"{setting.name}={text!r} cannot be read: it is {setting.meaning}")
    if not values.get("twilio_from") and not values.get("twilio_messaging_service_sid"):
        wrong.append("TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID is missing: set one of them")
    if wrong:
        raise SettingsWrong("\n".join(wrong))
    return Settings(**values)
