"""The account at the carrier: its state, where its number's texts go, what it is registered for, where it may send.

All as it should be, until somebody sets it otherwise: only that is written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urldefrag

from infra.local.carrier.database import Database
from infra.local.carrier.settings import Settings

RETRIES = "#rc=2&rp=all"
TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
KNOWN_COUNTRIES = {"US": "+1", "CA": "+1", "MX": "+52", "GB": "+44", "IN": "+91", "PK": "+92"}
SCHEMA = "CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, value TEXT NOT NULL)"


def sid(prefix: str, of: str) -> str:
    """The same for the same thing, as Twilio's sids look."""
    return prefix + blake2b(of.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Account:
    settings: Settings
    db: Database

    def __post_init__(self) -> None:
        self.db.execute(SCHEMA)

    def as_made(self) -> dict[str, str]:
        """What a new account of a town is like. Numbers' own fields and the service's have Twilio's names for them."""
        webhook = self.settings.webhook_url + RETRIES
        has_service = bool(self.settings.messaging_service_sid)
        return {
            "Status": "active",
            "Type": "Full",
            "HasNumber": "true",
            "SmsUrl": webhook,
            "SmsMethod": "POST",
            "SmsFallbackUrl": webhook,
            "SmsFallbackMethod": "POST",
            "StatusCallback": "",
            "IsInPool": "true",
            "InboundRequestUrl": webhook if has_service else "",
            "InboundMethod": "POST",
            "FallbackUrl": webhook if has_service else "",
            "FallbackMethod": "POST",
            "ServiceStatusCallback": "",
            "UseInboundWebhookOnNumber": "false" if has_service else "true",
            "Campaign": "VERIFIED",
            "Verification": "TWILIO_APPROVED",
            "Countries": "US,CA",
        }

    def now(self) -> dict[str, str]:
        changed = {row["name"]: row["value"] for row in self.db.execute("SELECT name, value FROM account")}
        return self.as_made() | changed

    def change(self, fields: Mapping[str, str]) -> None:
        """Nothing is safe before `Database.saved`. What is as it was made is not written down."""
        made = self.as_made()
        for name, value in fields.items():
            self.db.execute("DELETE FROM account WHERE name = ?", (name,))
            if value != made[name]:
                self.db.execute("INSERT INTO account (name, value) VALUES (?, ?)", (name, value))

    # --- what follows from it -------------------------------------------------------------------------

    @property
    def number_sid(self) -> str:
        return sid("SC" if self.is_short_code else "PN", self.settings.number)

    @property
    def service_sid(self) -> str:
        """There is a messaging service in any case; settings may name it."""
        return self.settings.messaging_service_sid or sid("MG", self.settings.number)

    @property
    def is_short_code(self) -> bool:
        return len(self.settings.number) < 8

    @property
    def is_toll_free(self) -> bool:
        return self.settings.number.startswith(tuple(f"+1{code}" for code in TOLL_FREE))

    def webhook_url(self) -> str:
        """Where a text to the number is told, as Twilio decides it, without how often to try; nothing: nobody is."""
        is_of_service = self.now()["IsInPool"] == "true" and self.now()["UseInboundWebhookOnNumber"] == "false"
        return urldefrag(self.now()["InboundRequestUrl" if is_of_service else "SmsUrl"]).url
