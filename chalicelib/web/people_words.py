"""What pages about a group's people say, in the words of a language: why a text came, what became of it, who agreed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from chalicelib.core.model import Consent, Member, Person
from chalicelib.core.people import (
    Asking,
    Because,
    ConsentKept,
    History,
    Standing,
    TextKept,
    Whereabouts,
    because,
    kind_of,
)
from chalicelib.core.people import standing as standing_of
from chalicelib.web.words import accented, desk_say, line, speaking

OWN_WORDS = frozenset({"Words", "Unclear", "Pick", "AutoReply"})  # no command that a text could name
HELD = frozenset(
    {"stopped", "left", "bad number", "country", "too late", "over", "out since", "muted", "handed on"}
    | {"not needed any more", "cap"}
)
DONE_BADLY = frozenset({"failed", "undelivered"})


def say(lang: str, key: str, **fills: str | int) -> str:
    """One of the words of the pages of people."""
    return desk_say(lang, f"people_{key}", **fills)


def day(at: datetime, zone: str, lang: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return say(lang, "day", day=local.day, month=speaking(lang).MONTHS[local.month - 1], year=local.year)


def moment(at: datetime, zone: str, lang: str) -> str:
    language = speaking(lang)
    return accented(language, language.moment(at.astimezone(ZoneInfo(zone))))


def called(person: Person) -> str:
    """A first name, or the last two digits of the number."""
    return person.name.split()[0] if person.name else masked(person)


def masked(person: Person) -> str:
    return f"…{person.phone[-2:]}"


def ready(history: History, lang: str) -> str:
    return say(lang, f"ready_{history.ready}")


def standing(one: Standing, lang: str) -> str:
    return say(lang, f"standing_{one}")


def where(there: Whereabouts, lang: str) -> str:
    """As far as ZIP, zone or number tell; "" if they tell nothing."""
    zones = ", ".join(zone.rpartition("/")[2].replace("_", " ") for zone in there.zones)
    known = ", ".join(one for one in (there.zip, "/".join(there.states) or there.country, zones) if one)
    return say(lang, f"where_{there.told_by}", place=known) if known else ""


# --- texts ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextShown:
    """One text as its row in the table says it; `why` are whole sentences."""

    at: datetime
    when: str
    code: str
    kind: str
    state: str
    is_bad: bool
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speaking:
    """The language and the clock in which a page speaks; `meaning` names what a carrier's code means."""

    lang: str
    zone: str
    meaning: Callable[[int], str]

    def text(self, text: TextKept, member: Member, asking: Asking | None) -> TextShown:
        return TextShown(
            at=text.at,
            when=moment(text.at, self.zone, self.lang),
            code=text.code,
            kind=say(self.lang, f"kind_{kind_of(text)}"),
            state=self.state(text),
            is_bad=text.state in DONE_BADLY or text.state == "withheld",
            why=tuple(self.reason(one, member.keyword) for one in because(text, member, asking)),
        )

    def state(self, text: TextKept) -> str:
        if text.state in DONE_BADLY:
            reason = say(self.lang, f"error_{self.meaning(text.error)}")
            return say(self.lang, "state_failed", reason=reason, error=text.error or "-")
        if text.state == "withheld":
            key = f"held_{text.why.replace(' ', '_')}" if text.why in HELD else "held_other"
            return say(self.lang, "state_withheld", reason=say(self.lang, key, why=line(text.why)))
        if text.state == "pending" and text.why == "quiet hours":
            return say(self.lang, "state_quiet")
        return say(self.lang, f"state_{text.state}")

    def reason(self, one: Because, keyword: str) -> str:
        fills = {name: self.fill(name, fill) for name, fill in one.fills.items()}
        key = one.key
        if key == "answers":
            key = f"answers_{one.fills['door']}" if fills["did"] else "answers_words"
        if key == "member":
            fills["consent"] = self.by(str(one.fills["door"]), str(one.fills["words"]))
        return say(self.lang, f"why_{key}", **{"keyword": keyword, **fills})

    def fill(self, name: str, fill: str | int | datetime) -> str | int:
        if isinstance(fill, datetime):
            return day(fill, self.zone, self.lang)
        if name == "did":
            return "" if fill in OWN_WORDS else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(fill)).upper()
        return fill

    def by(self, door: str, words: str) -> str:
        """How a consent was given: "texted “DIG”"."""
        return say(self.lang, f"by_{door}", words=line(words))

    def consent(self, kept: ConsentKept) -> ConsentShown:
        one = kept.consent
        what = "proof" if kept.is_proof else "given" if one.is_given else "taken"
        return ConsentShown(
            say(self.lang, f"consent_{what}"),
            utc(one.at),
            f"{day(one.at, self.zone, self.lang)}, {moment(one.at, self.zone, self.lang)}",
            self.by(str(one.channel), one.words),
            tuple(self.receipt(kept.answered)) if kept.answered else (),
            one.is_given,
        )

    def receipt(self, text: TextKept) -> Iterator[str]:
        """What is kept of the text that answered a consent: when it went out, and what became of it."""
        yield self.state(text)
        if text.sent_at:
            yield say(self.lang, "receipt_sent", at=utc(text.sent_at))
        if text.told_at:
            yield say(self.lang, "receipt_told", at=utc(text.told_at))
        if text.sid:
            yield say(self.lang, "receipt_sid", sid=text.sid)


@dataclass(frozen=True, slots=True)
class ConsentShown:
    """One consent as a page for a carrier says it."""

    what: str
    utc: str
    local: str
    by: str
    receipt: tuple[str, ...]
    is_given: bool


def utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


# --- the list as a file -------------------------------------------------------------------------------------

COLUMNS = ("name", "number", "language", "zip", "since", "state", "consent_at", "consent_by", "consent_words")


def header(lang: str) -> list[str]:
    return [say(lang, f"column_{name}") for name in COLUMNS]


def exported(member: Member, person: Person, number: str, lang: str) -> list[str]:
    """One member's line: moments in UTC, as programs read them; the consent is the last one given."""
    given = [one for one in member.consents if one.is_given]
    last: Consent | None = given[-1] if given else None
    return [
        line(person.name.split()[0] if person.name else ""),
        number,
        person.lang,
        person.zip,
        f"{member.consents[0].at.astimezone(UTC):%Y-%m-%d}" if member.consents else "",
        standing(standing_of(member.is_in, member.out), lang),
        utc(last.at) if last else "",
        say(lang, f"door_{last.channel}") if last else "",
        line(last.words) if last else "",
    ]
