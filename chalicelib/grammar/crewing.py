"""From what a rule matched to the command it means: the crew, on the way, at work and among itself."""

from __future__ import annotations

from datetime import time, timedelta

from chalicelib.core import commands as ask
from chalicelib.grammar.building import Heard, prose
from chalicelib.grammar.details import after_for, is_plain, number_said, read_close_code, read_code
from chalicelib.grammar.fold import Said
from chalicelib.grammar.times import read_arrival, read_length
from chalicelib.grammar.units import read_amount, read_amounts
from chalicelib.grammar.vocabulary import Hinted, Pattern, any_of, last_words

HERE_PROSE, HERE_NOTE, DONE_PROSE, LATE_PROSE = map(prose, ("here_prose", "here_note", "done_prose", "late_prose"))
SAY_PROSE = prose("say_prose")

# DONE 2, DONE #2, done two
_TASK = Pattern(
    lambda: rf" ?(?P<named>{any_of('task_number')} #?|#)?(?P<number>[1-9]\d{{0,2}}|{any_of('numerals')})(?![\w:/.,%'-])"
)
# What may follow it: "done 2 thanks", "done 2 and 3", "done 2 done 3". The rest of it is the note.
_AFTER_TASK = Pattern(
    lambda: (
        rf" {any_of('done', 'take', 'drop')}"
        rf"|(?: (?:and|y|&) #?\d{{1,3}}(?![\w:/.,%'-]))*+(?: {any_of('polite', 'courtesy')})*+$"
    )
)
# "late, be there about 6:20": what stands before the time, and says nothing more.
_BEFORE_ARRIVAL = Pattern(lambda: rf"(?: {any_of('arriving', 'about')})*+")
_LAST_HOUR = timedelta(minutes=12)  # "late around 6" may be a clock's hour, "late around 20" is none
_MINUTES_ALONE = Pattern(lambda: r" (?P<minutes>[1-9]\d{0,2})(?![\w:/.,%'-])")

LATE_BY = Hinted(
    lambda: (
        rf"(?P<words>(?:{any_of('late_by')} )?(?:{any_of('about')} )*(?P<length>{any_of('half_hour', 'an_hour')}"
        rf"|[1-9]\d{{0,2}}(?: ?{any_of('hours', 'minutes')})?)(?: or so)? {any_of('late_ends')})(?= |$)"
    ),
    hints=last_words("late_ends"),
)
# Whoever has no name yet is addressed by two digits; "@ 6pm", "@ the church" and "@home" address nobody.
_TELL = Pattern(
    lambda: (
        rf"@(?: ?(?!{any_of('not_keyword', 'at_prose', 'courtesy', 'weekday')})[^\W\d_][\w'-]*"
        r"|\d\d(?:-\d{1,2})?)(?= |$)"
    )
)


# --- here, late, done -------------------------------------------------------------------------------


def build_here(heard: Heard) -> ask.Here | None:
    code, end = read_code(heard.said, heard.end)
    if not code and not is_plain(heard.said, end, also=HERE_NOTE, prose=HERE_PROSE):
        return None
    return ask.Here(code, heard.said.after(end))


def build_late(heard: Heard) -> ask.Late | None:
    return _late(heard, None)


def build_late_by(heard: Heard) -> ask.Late | None:
    """How long, in the middle of it: "running 20 min late"."""
    found = read_length(heard.match["length"], 0)
    return _late(heard, found[0] if found else timedelta(minutes=int(heard.match["length"])))


def _late(heard: Heard, arrives: time | timedelta | None) -> ask.Late | None:
    """Code and arrival, in any order, and plainly a note: "late last night the pump failed" is none."""
    said, end = heard.said, heard.end
    code: str | None = None
    while end < len(said.folded):
        if arrives is None and (found := _arrival(said, end)):
            arrives, end = found
        elif code is None and (coded := read_code(said, after_for(said, end)))[0]:
            code, end = coded
        else:
            break
    if end == heard.end and not is_plain(said, end, prose=LATE_PROSE):
        return None
    return ask.Late(code, arrives, said.after(end))


def _arrival(said: Said, begin: int) -> tuple[time | timedelta, int] | None:
    """A length of time, a clock time, or minutes without a word for them: "late 20", "late by 20"."""
    folded = said.folded
    before = _BEFORE_ARRIVAL.match(folded, begin)
    after = before.end() if before else begin
    length = read_length(folded, begin + 1) or read_length(folded, after + 1)
    minutes = _minutes_alone(said, after)
    is_by = folded.startswith(" by ", begin) and not said.is_broken_after(begin)
    if length or (minutes and (is_by or minutes[0] > _LAST_HOUR)):
        return length or minutes
    return read_arrival(folded, begin + 1) or read_arrival(folded, after + 1) or minutes


def _minutes_alone(said: Said, begin: int) -> tuple[timedelta, int] | None:
    found = _MINUTES_ALONE.match(said.folded, begin)
    if not found or not (is_plain(said, found.end()) or read_code(said, found.end())[0]):
        return None
    return timedelta(minutes=int(found["minutes"])), found.end()


def build_done(heard: Heard) -> ask.Done | None:
    """Amounts, or the number of a task, which is a lone one: "DONE 2" and "DONE 2 5 boxes", but not "DONE 2 hours".

    An amount that cannot be (none, or a million) is kept as the note.
    """
    said = heard.said
    code, end = read_code(said, heard.end)
    amounts, end = read_amounts(said, end)
    task, end = (None, end) if amounts else _task(said, end)
    if not code:
        code, end = read_close_code(said, end)
    if task:
        amounts, end = read_amounts(said, end)
    is_counted = said.folded[end:].strip().isdigit() or read_amount(said, end)[2] > end
    if end == heard.end and not is_counted and not is_plain(said, end, prose=DONE_PROSE):
        return None
    return ask.Done(code, amounts, task, said.after(end))


def _task(said: Said, begin: int) -> tuple[int | None, int]:
    found = _TASK.match(said.folded, begin)
    if not found:
        return None, begin
    end = found.end()
    is_followed = _AFTER_TASK.match(said.folded, end) or read_amounts(said, end)[0] or read_close_code(said, end)[0]
    is_task = found["named"] or is_plain(said, end) or is_followed
    return (number_said(found["number"]), end) if is_task else (None, begin)


def build_who(heard: Heard) -> ask.Who | None:
    code, end = read_code(heard.said, heard.end)
    return ask.Who(code) if end == len(heard.said.folded) else None


# --- among itself -----------------------------------------------------------------------------------


def build_say(heard: Heard) -> ask.Speak | ask.Unclear | None:
    """Whatever follows, as written, but for what people say to each other: "say what?"."""
    said = heard.said
    code, end = read_close_code(said, heard.end)
    if not code and SAY_PROSE.match(said.folded, end) and not said.is_broken_after(end):
        return None
    text = said.written_after(end)
    return ask.Speak(text, code) if text else ask.Unclear(heard.name, said.original)


def build_tell(heard: Heard) -> ask.Tell | ask.Unclear | None:
    said = heard.said
    found = _TELL.match(said.folded)
    if not found:
        return None
    if not said.written_after(found.end()):
        return ask.Unclear(heard.name, said.original)
    return ask.Tell(said.original[said.places[0] + 1 :].strip())


def build_all_here(heard: Heard) -> ask.AllHere | None:
    code, is_all = heard.only_code()
    return ask.AllHere(code) if is_all else None


def build_tasks(heard: Heard) -> ask.Tasks | None:
    code, is_all = heard.only_code()
    return ask.Tasks(code) if is_all else None


def build_next(heard: Heard) -> ask.NextPage | None:
    code, is_all = heard.only_code()
    return ask.NextPage() if is_all and not code else None
