"""What the doctor looks at in the account at Twilio: is it ours, do texts come to us, may they go out?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from chalicelib.settings import Settings
from infra.doctor.finding import Finding, compared, look, ok, warning, wrong
from infra.twilio_account import Account, NotAnswered, Refused, is_short

RETRIES = "#rc=2&rp=all"  # twice more, also after a 5xx and a time-out; by default only after a refused connection
TOLL_FREE = tuple(f"+1{code}" for code in (800, 833, 844, 855, 866, 877, 888))
CONSOLE = "Console → "
# Twilio's names for one thing at a number and at a messaging service: where texts go, how, and where else if that fails
OF_NUMBER = ("SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod")
OF_SERVICE = ("InboundRequestUrl", "InboundMethod", "FallbackUrl", "FallbackMethod")
CAMPAIGN = {
    "PENDING": "is being looked at",
    "IN_PROGRESS": "is being looked at",
    "FAILED": "was refused",
    "SUSPENDED": "is suspended",
}
VERIFICATION = {"PENDING_REVIEW": "waits to be looked at", "IN_REVIEW": "is being looked at",
                "TWILIO_REJECTED": "was refused"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Door:
    """Where Twilio is told what to do with a text to us: at the number, or at the messaging service that it is in."""

    name: str
    state: dict[str, Any]
    fields: tuple[str, str, str, str]
    put: Callable[..., None]

    def value(self, field: str) -> str:
        """As its answers name it: sms_url for SmsUrl."""
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field).lstrip("_")
        return str(self.state.get(name) or "")


@dataclass(frozen=True)
class TwilioDoctor:
    settings: Settings
    token: str

    @cached_property
    def account(self) -> Account:
        return Account(self.settings.twilio_account_sid, self.token, self.settings.twilio_api_base)

    def findings(self) -> Iterator[Finding]:
        """In the order in which one would mend them. What cannot be asked about is said to be so."""
        checks = (self.accounts, self.senders, self.webhooks, self.receipts, self.opt_out, self.sender_type,
                  self.registration, self.countries)  # fmt: skip
        for check in checks:
            yield from told(check)

    # --- the account ----------------------------------------------------------------------------------

    def accounts(self) -> Iterator[Finding]:
        facts = self.account.account()
        status = str(facts.get("status"))
        yield compared(
            "Twilio: the account", status == "active", "active", status,
            f"Nothing is sent or received while it is {status}: see {CONSOLE}Billing, or write to Twilio's support.",
        )  # fmt: skip
        if facts.get("type") == "Trial":
            yield warning(
                "Twilio: what kind of account", "a trial",
                "It texts only numbers that you have verified, and writes its own words before ours: upgrade it"
                f" ({CONSOLE}Billing) before anybody else joins.",
            )  # fmt: skip

    # --- who sends ------------------------------------------------------------------------------------

    @cached_property
    def number(self) -> dict[str, Any] | None:
        return self.account.number(self.settings.number_to_text) if self.settings.number_to_text else None

    @cached_property
    def service(self) -> dict[str, Any] | None:
        """The messaging service that we send with, or in whose pool our number is."""
        named = self.settings.twilio_messaging_service_sid
        if named:
            return self.account.service(named)
        services = self.account.services()
        return next((one for one in services if self.settings.twilio_from in self.account.senders(one["sid"])), None)

    @cached_property
    def pool(self) -> list[str]:
        return self.account.senders(str(self.service["sid"])) if self.service else []

    def senders(self) -> Iterator[Finding]:
        settings = self.settings
        if settings.twilio_messaging_service_sid:
            yield from self.pooled()
        if not settings.number_to_text:
            yield warning(
                "Twilio: the number", "pages know no number to text",
                "Set TEXT_NUMBER to the one of the messaging service that people are to text.",
            )  # fmt: skip
            return
        name = settings.number_to_text
        if self.number is None:
            yield wrong(
                "Twilio: the number", f"{name} is no number of this account",
                f"Set TWILIO_FROM or TEXT_NUMBER to one that is ({CONSOLE}Phone Numbers → Active numbers), or buy it.",
            )  # fmt: skip
            return
        may_text = self.number.get("capabilities", {}).get("sms", True)
        yield compared(
            "Twilio: the number", bool(may_text), f"{name}, ours", f"{name} cannot text",
            "Take a number that has the capability SMS.",
        )  # fmt: skip

    def pooled(self) -> Iterator[Finding]:
        service, settings = self.service or {}, self.settings
        name = f"{service.get('friendly_name') or service.get('sid')}: {', '.join(self.pool) or 'no sender'}"
        yield compared(
            "Twilio: the messaging service", bool(self.pool), name, name,
            f"Put a number in its pool ({CONSOLE}Messaging → Services → Sender Pool): nothing can be sent (21704).",
        )  # fmt: skip
        if settings.text_number and self.pool and settings.text_number not in self.pool:
            yield wrong(
                "Twilio: the number in the pool", f"{settings.text_number} is not in the messaging service's pool",
                "People would text one number and be answered from another: put it in the pool, or correct"
                " TEXT_NUMBER.",
            )  # fmt: skip

    # --- where texts come in --------------------------------------------------------------------------

    def door(self) -> Door | None:
        """A service's own address counts for all in its pool, unless it leaves that to the number."""
        service, number = self.service, self.number
        if service and not service.get("use_inbound_webhook_on_number"):
            put = partial(self.account.set_service, str(service["sid"]))
            return Door(f"messaging service {service['sid']}", service, OF_SERVICE, put)
        if number:
            name = self.settings.number_to_text
            return Door(name, number, OF_NUMBER, partial(self.account.set_number, name, str(number["sid"])))
        return None

    @property
    def wanted(self) -> str:
        return f"{self.settings.public_url}/sms{RETRIES}"

    def webhooks(self) -> Iterator[Finding]:
        door = self.door()
        if door is None:
            return
        url, method, fallback, fallback_method = (door.value(field) for field in door.fields)
        names, wanted = door.fields, self.wanted
        yield self.at_door(door, "Twilio: where texts come in", url, method, names[:2], why_not(url, wanted))
        also = why_not(fallback, wanted) and f"the fallback: {why_not(fallback, wanted)}"
        yield self.at_door(door, "Twilio: where they come if not", fallback, fallback_method, names[2:], also)
        if door.state.get("sms_application_sid"):
            yield wrong(
                "Twilio: an application", f"{door.name} gives its texts to {door.state['sms_application_sid']}",
                f"A TwiML application's address counts more than the number's: take it away ({CONSOLE}Phone Numbers).",
            )  # fmt: skip

    def at_door(self, door: Door, what: str, url: str, method: str, names: tuple[str, ...], why: str) -> Finding:
        if not why and method != "POST":
            why = f"by {method}"
        if not why:
            return ok(what, url)
        return wrong(
            what, f"{door.name}: {why}",
            f"Set {names[0]} to {self.wanted} and {names[1]} to POST.", partial(self.set_door, door, names),
        )  # fmt: skip

    def set_door(self, door: Door, names: tuple[str, ...]) -> str:
        door.put(**{names[0]: self.wanted, names[1]: "POST"})
        return f"set to POST {self.wanted}"

    def receipts(self) -> Iterator[Finding]:
        """Each text of ours names its own address: the service's is not used for those."""
        set_there = str((self.service or {}).get("status_callback") or "")
        more = f"; the service's own, {set_there}, is told of none of them" if set_there else ""
        yield ok("Twilio: status callbacks", f"each text names {self.settings.public_url}/sms/status…{more}")

    # --- STOP -----------------------------------------------------------------------------------------

    def opt_out(self) -> Iterator[Finding]:
        """What an operator has to know: no interface of Twilio's tells whether it is on."""
        settings = self.settings
        is_short_code = settings.sender_type == "short_code"
        without = (
            "Twilio does nothing by itself on a short code: all of STOP, START and HELP is ours, and is done"
            if is_short_code
            else "Twilio answers STOP, START and HELP in its own words and blocks whoever has stopped; we note it all"
            " the same, and our own confirmation is refused (21610), which is counted as their STOP"
        )
        if self.service is None:
            yield ok("Twilio: Advanced Opt-Out", f"not on, as the number is in no messaging service. {without}")
            return
        yield look(
            "Twilio: Advanced Opt-Out", "no interface of Twilio's tells whether it is on",
            f"Look at {CONSOLE}Messaging → Services → {self.service['sid']} → Opt-Out Management. On: Twilio answers"
            " those words itself and tells us which (OptOutType); we record it and answer nothing. Its STOP words must"
            f" be those that carriers ask for, and START must be among the others. Off: {without}.",
        )  # fmt: skip

    def sender_type(self) -> Iterator[Finding]:
        known = self.settings.number_to_text or next(iter(self.pool), "")
        if not known:
            return
        kind = kind_of(known)
        follows = {
            "long_code": "On a long code YES undoes a STOP, and START does.",
            "toll_free": "On a toll-free number only START and UNSTOP undo a STOP; the network itself keeps it.",
            "short_code": "On a short code all of STOP and START is ours.",
        }[kind]
        yield compared(
            "Twilio: SENDER_TYPE", self.settings.sender_type == kind, f"{kind}, as {known} is",
            f"{self.settings.sender_type}, but {known} is a {kind}",
            f"Set SENDER_TYPE to {kind}: {follows}",
        )  # fmt: skip

    # --- may we send ----------------------------------------------------------------------------------

    def registration(self) -> Iterator[Finding]:
        known = self.settings.number_to_text or next(iter(self.pool), "")
        kind = kind_of(known) if known else self.settings.sender_type
        if kind == "toll_free":
            yield from self.toll_free(known)
        elif kind == "short_code":
            yield ok("Twilio: registration", "a short code is leased with its campaign: nothing else is registered")
        elif "US" in self.settings.countries:
            yield from self.campaign()
        else:
            yield ok("Twilio: registration", "texts to the US alone need A2P 10DLC, and COUNTRIES has no US")

    def campaign(self) -> Iterator[Finding]:
        what, register = "Twilio: registration (A2P 10DLC)", f"{CONSOLE}Messaging → Regulatory Compliance → A2P 10DLC"
        if self.service is None:
            yield wrong(
                what, f"{self.settings.twilio_from} is in no messaging service, so in no registered campaign",
                f"US carriers block it (30034). Register a brand and a campaign ({register}), put the number in its"
                " messaging service, and set TWILIO_MESSAGING_SERVICE_SID.",
            )  # fmt: skip
            return
        statuses = [str(one.get("campaign_status")) for one in self.account.campaigns(str(self.service["sid"]))]
        if "VERIFIED" in statuses:
            yield ok(what, "the campaign is verified")
        elif not statuses:
            yield wrong(what, "no campaign", f"US carriers block texts without one (30034): register it, {register}.")
        else:
            said = CAMPAIGN.get(statuses[0], statuses[0].lower())
            yield wrong(what, f"the campaign {said} ({statuses[0]})",
                        f"Until it is verified US carriers block texts (30034): see {register}.")  # fmt: skip

    def toll_free(self, known: str) -> Iterator[Finding]:
        what, where = "Twilio: verification (toll-free)", f"{CONSOLE}Phone Numbers → Active numbers → {known}"
        number = self.number or self.account.number(known)
        if number is None:
            return
        statuses = [str(one.get("status")) for one in self.account.verifications(str(number["sid"]))]
        if "TWILIO_APPROVED" in statuses:
            yield ok(what, "approved")
        elif not statuses:
            yield wrong(
                what, "none", f"Texts of an unverified toll-free number are blocked (30032): ask for it, {where}."
            )
        else:
            said = VERIFICATION.get(statuses[0], statuses[0].lower())
            yield wrong(what, f"it {said} ({statuses[0]})", f"Until it is approved texts are blocked (30032): {where}.")

    def countries(self) -> Iterator[Finding]:
        opened, wanted = self.account.open_countries(), set(self.settings.countries)
        closed, more = sorted(wanted - opened), sorted(opened - wanted)
        also = f"; open too, though we text nobody there: {', '.join(more)}" if more else ""
        yield compared(
            "Twilio: where texts may go", not closed, f"{', '.join(sorted(wanted))}{also}",
            f"{', '.join(closed)} closed, and in COUNTRIES",
            f"Open them ({CONSOLE}Messaging → Settings → Geo permissions), or take them out of COUNTRIES: texts there"
            " are refused (21408).",
        )  # fmt: skip


# --- one by one -------------------------------------------------------------------------------------------


def told(check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """A check whose question Twilio does not answer is a finding too."""
    try:
        return list(check())
    except (Refused, NotAnswered) as error:
        name = check.__name__.replace("_", " ")
        return [wrong(f"Twilio: {name}", f"it does not tell: {error}", "Try again; see https://status.twilio.com.")]


def why_not(url: str, wanted: str) -> str:
    """What is not as it should be about an address of ours; nothing: all is."""
    if url == wanted:
        return ""
    if not url:
        return "none is set"
    if url.partition("#")[0] != wanted.partition("#")[0]:
        return f"it is {url}"
    return f"without {RETRIES}, so a text is lost when we answer an error once"


def kind_of(number: str) -> str:
    if is_short(number):
        return "short_code"
    return "toll_free" if number.startswith(TOLL_FREE) else "long_code"


def look_at_twilio(settings: Settings) -> Iterator[Finding]:
    """All of it, with the first token that Twilio takes."""
    what, good = "Twilio: credentials", list[str]()
    for n, token in enumerate(settings.twilio_auth_token):
        name = "the auth token" if len(settings.twilio_auth_token) == 1 else f"auth token {n + 1}"
        try:
            Account(settings.twilio_account_sid, token, settings.twilio_api_base).account()
        except NotAnswered as error:
            yield wrong(
                what, f"no answer ({error})", f"Is {settings.twilio_api_base} up? See https://status.twilio.com."
            )
            return
        except Refused as error:
            yield not_taken(what, name, n, error)
        else:
            yield ok(what, f"{name} is taken")
            good.append(token)
    if good:
        yield from TwilioDoctor(settings, good[0]).findings()
    else:
        yield wrong("Twilio: all the rest", "cannot be looked at without a token that is taken", "See the line above.")


def not_taken(what: str, name: str, n: int, error: Refused) -> Finding:
    if n == 0:
        return wrong(
            what, f"{name} is not taken ({error})",
            f"Nothing can be sent. Take TWILIO_ACCOUNT_SID and the token from {CONSOLE}Account → API keys & tokens, and"
            " put them: make rotate-keys KEY=TWILIO_AUTH_TOKEN, or delete the parameter and make secrets.",
        )  # fmt: skip
    return warning(
        what, f"{name} is not taken any more ({error})",
        "It is the old one, and the new one is promoted: make rotate-keys KEY=TWILIO_AUTH_TOKEN DROP=1.",
    )  # fmt: skip
