"""Every setting, typed, read once from the environment; all that is missing is named together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo


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


SETTINGS = (
    Setting("TWILIO_ACCOUNT_SID", str, None, "the Twilio account that texts come from and go through"),
    Setting("TWILIO_AUTH_TOKEN", words, None, "its auth token; two, with a comma between, while one is being rotated"),
    Setting("TWILIO_API_BASE", str, "https://api.twilio.com", "where Twilio's API is"),
    Setting("TWILIO_FROM", str, "", "the number people text, if no messaging service is named"),
    Setting("TWILIO_MESSAGING_SERVICE_SID", str, "", "the messaging service to send with"),
    Setting("PUBLIC_URL", lambda text: text.rstrip("/"), None, "the address at which Twilio and browsers reach us"),
    Setting("NUMBER_KEY", str, None, "the secret that numbers are hashed with; never changed once people have joined"),
    Setting("TABLE_NAME", str, "giddyup", "the DynamoDB table"),
    Setting("QUEUE_PREFIX", str, "giddyup", "what the names of our queues begin with"),
    Setting("BRAND", str, "Giddyup", "the name in the texts that carriers ask for"),
    Setting("CONTACT", str, "help@giddyup.example", "where HELP sends people with questions"),
    Setting("ZONE", zone, "America/New_York", "the time zone of a group whose founder's number does not tell"),
    Setting("COUNTRIES", words, "US,CA", "countries whose numbers may be texted"),
    Setting("FOUNDERS", words, "anyone", "who may found groups: `anyone`, or numbers"),
    Setting("SENDER_TYPE", str, "long_code", "`long_code`, `toll_free` or `short_code`; on the first YES undoes STOP"),
    Setting("SEGMENT_PRICE", float, "1.2", "what one segment costs, in cents, carrier's fees included"),
    Setting("ACTION_HOURS", float, "8", "how long after its start an action ends by itself"),
    Setting("DISSOLVE_HOURS", float, "24", "how long after its end a crew dissolves"),
    Setting("GIDDYUP_CLOCK", str, "", "a file with the seconds that a local town's clock is ahead; never set on AWS"),
)  # fmt: skip


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
    table_name: str
    queue_prefix: str
    brand: str
    contact: str
    zone: str
    countries: tuple[str, ...]
    founders: tuple[str, ...]
    sender_type: str
    segment_price: float
    action_hours: float
    dissolve_hours: float
    giddyup_clock: str

    @property
    def action_length(self) -> timedelta:
        return timedelta(hours=self.action_hours)


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
