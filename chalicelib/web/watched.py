"""What the page of an action that is watched says: its time in words, how many came how far as bars, how it fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from chalicelib.core import watching
from chalicelib.core.model import Action, Group
from chalicelib.core.showing import ActionShown, shown
from chalicelib.core.watching import Step, Watched
from chalicelib.web import charts, words
from chalicelib.web.charts import Bar, Mark, Series

MINUTES_ONLY = 90  # minutes, to which no hours are spoken of
HOURS_ONLY = 48 * 60
MOST_WAVES = 60  # marks in one chart


def say(lang: str, key: str, **fills: str | int) -> str:
    """One of the action page's own words."""
    return words.desk_say(lang, f"action_{key}", **fills)


def as_shown(action: Action) -> ActionShown:
    """As pages for all show it; its group's name is not read for it."""
    return shown(action, Group(action.keyword, action.keyword, action.zone, ()))


def status(seen: Watched, lang: str) -> str:
    """What a reader of the page is told of as it changes, in one short line."""
    shown_now = as_shown(seen.action)
    line = f"{words.state(shown_now, lang)}. {words.numbers(shown_now, lang)}."
    return f"{line} {say(lang, 'words_wait', n=seen.waiting)}" if seen.waiting else line


def amounts(action: Action, told: Mapping[str, float], lang: str) -> str:
    return ", ".join(words.amounts(replace(as_shown(action), amounts=told), lang))


def moments(action: Action, lang: str) -> Iterator[tuple[set[str], datetime, str]]:
    """What the action's own row tells of its life, each with the acts that tell the same: once is enough."""
    if action.opened_at:
        yield {"Go"}, action.opened_at, say(lang, "opened")
    if action.filled_at:
        yield {"Filled"}, action.filled_at, say(lang, "filled")
    if action.ended_at:
        yield {"Close", "CallOff", "EndTime"}, action.ended_at, say(lang, "over")


# --- time -----------------------------------------------------------------------------------------------


def clock(zone: str, now: datetime, lang: str) -> Callable[[datetime], str]:
    """Writes moments on the clocks of `zone`: of today the hour alone."""
    here, language = ZoneInfo(zone), words.speaking(lang)
    today = now.astimezone(here).date()

    def written(at: datetime) -> str:
        local = at.astimezone(here)
        text = words.accented(language, language.moment(local))
        return text.split(" ")[-1] if local.date() == today else text

    return written


def tick(lang: str) -> Callable[[datetime, timedelta], str]:
    """Writes the moments under a chart: hours, or days where these are a day or more apart."""
    language = words.speaking(lang)

    def written(at: datetime, step: timedelta) -> str:
        _, *date, hour = words.accented(language, language.moment(at)).split(" ")
        return " ".join(date) if step >= charts.DAY else hour

    return written


def long(minutes: int, lang: str) -> str:
    """So many minutes as people say them."""
    if minutes < 1:
        return say(lang, "a_moment")
    if minutes < MINUTES_ONLY:
        return say(lang, "minutes", n=minutes)
    if minutes < HOURS_ONLY:
        return say(lang, "hours", hours=minutes // 60, minutes=minutes % 60)
    return say(lang, "days", n=minutes // (24 * 60))


def countdown(action: Action, now: datetime, lang: str) -> str:
    left = watching.countdown(action, now)
    return say(lang, left.key, long=long(left.minutes, lang))


# --- charts ---------------------------------------------------------------------------------------------


def funnel(seen: Watched, lang: str) -> Markup:
    """A bar for each step; of who was texted also what share was reached and has answered."""
    steps = watching.funnel(seen)
    texted = steps[Step.TEXTED]

    def share(step: Step, n: int) -> str:
        is_of_texted = step in {Step.DELIVERED, Step.ANSWERED} and texted
        return say(lang, "percent", n=min(100, round(100 * n / texted))) if is_of_texted else ""

    rows = [Bar(say(lang, f"step_{step}"), n, share(step, n), str(step)) for step, n in steps.items()]
    said = ", ".join(f"{row.label}: {n}" for row, n in zip(rows, steps.values(), strict=True))
    return charts.bars(say(lang, "funnel"), said, rows)


def curve(seen: Watched, waves: Sequence[datetime], now: datetime, lang: str) -> Markup:
    """Seats against time, with each wave, the start and the need."""
    action, drawn = seen.action, watching.drawn(seen, now)
    if drawn.since is None or drawn.until is None:
        return Markup("")
    marks = [Mark(at, say(lang, "wave", n=n), "wave") for n, at in enumerate(waves, 1)]
    marks += [Mark(action.starts_at, say(lang, "start"), "start")] if action.starts_at else []
    described = say(
        lang,
        "curve_is_of" if action.need else "curve_is",
        n=action.tally.coming,
        need=action.need or 0,
        waves=len(waves),
        when=clock(action.zone, now, lang)(drawn.since),
    )
    return charts.line_chart(
        say(lang, "curve"),
        described,
        [Series(drawn.points, "main", is_stepped=True)],
        drawn.since,
        drawn.until,
        action.zone,
        tick(lang),
        marks,
        action.need,
    )


# --- the moments of its waves, as the piece that is looked at again is told them ----------------------------


def waves_out(action: Action, waves: Iterable[datetime]) -> str:
    """Whole seconds since it opened."""
    opened_at = action.opened_at
    return "-".join(str(int((at - opened_at).total_seconds())) for at in waves) if opened_at else ""


def waves_in(action: Action, text: str) -> tuple[datetime, ...]:
    """The same read back; what is no number is left out, for anybody can write an address."""
    if action.opened_at is None:
        return ()
    found = [int(one) for one in text.split("-")[:MOST_WAVES] if one.isdecimal() and len(one) < 8]
    return tuple(sorted(action.opened_at + timedelta(seconds=one) for one in found))
