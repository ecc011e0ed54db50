"""Read, decide, commit: the one road that every command takes, and the table of what each command does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from chalicelib import metrics
from chalicelib.core import commands as ask_for
from chalicelib.core.acts import states_of, with_acts, with_growth
from chalicelib.core.alerting import decide_again, decide_alert, decide_draft_ends, decide_go
from chalicelib.core.attending import decide_done, decide_here, decide_late
from chalicelib.core.changing import decide_move, decide_move_to, decide_still_wanted
from chalicelib.core.choosing import picked
from chalicelib.core.closing import (
    decide_all_here,
    decide_call_off,
    decide_close,
    decide_dissolve,
    decide_end_time,
    decide_no_show,
    decide_rest_here,
    decide_start_time,
)
from chalicelib.core.consent import (
    answers_left,
    decide_help,
    decide_restore,
    decide_start,
    decide_stop,
    decide_suspend,
    heard,
)
from chalicelib.core.counting import counted_up, with_how
from chalicelib.core.crew import decide_mute, decide_unmute
from chalicelib.core.drafting import decide_drop_draft, decide_save_draft
from chalicelib.core.grouping import (
    decide_delete_group,
    decide_export_people,
    decide_group_ends,
    decide_remove_organizer,
    decide_set_group,
    decide_show_number,
)
from chalicelib.core.inviting import (
    decide_bring_people,
    decide_check_people,
    decide_drop_people,
    decide_invite,
)
from chalicelib.core.joining import (
    decide_add_organizer,
    decide_join,
    decide_leave,
    decide_new_group,
    decide_set_public,
    decide_tell_asked,
)
from chalicelib.core.leading import decide_begin, decide_update, decide_who
from chalicelib.core.listing import decide_next, decide_tasks
from chalicelib.core.model import Channel, Consent, Contribution, Me, Person
from chalicelib.core.notices import decide_notice
from chalicelib.core.operating import decide_go_on_sending, decide_hold_sending
from chalicelib.core.outcome import (
    Outcome,
    Round,
    Say,
    Text,
    with_answer_taken,
    with_answers_held,
    with_person,
    with_reach_again,
)
from chalicelib.core.pledging import decide_in, decide_maybe, decide_out
from chalicelib.core.received import Received
from chalicelib.core.reminding import decide_remind
from chalicelib.core.resending import decide_send_again
from chalicelib.core.seats import decide_release, decide_seats_open
from chalicelib.core.settling_in import (
    decide_lang,
    decide_me,
    decide_name,
    decide_pick,
    decide_quiet,
    decide_zip,
    decide_zone,
)
from chalicelib.core.signing_in import decide_ask_code, decide_sign_in, decide_sign_out
from chalicelib.core.signing_up import (
    confirmed,
    decide_forget_browser,
    decide_no,
    decide_show_name,
    decide_sign_up,
    is_no_to_question,
    with_confirmed,
    with_question_over,
)
from chalicelib.core.talking import (
    decide_auto_reply,
    decide_speak,
    decide_tell,
    decide_unclear,
    decide_words,
    with_words,
)
from chalicelib.core.tasks import (
    decide_add,
    decide_drop,
    decide_give,
    decide_take,
    decide_task_due,
    decide_tasks_free,
)
from chalicelib.core.waving import decide_ask_all, decide_learn, decide_more, decide_next_wave
from chalicelib.log import TRACE, log, trace_of, tracing
from chalicelib.runtime import Runtime
from chalicelib.store import crewing, drafts, grouping, lists, operating, resending, signing_in, timing, views
from chalicelib.store.commit import AlreadyHandled, Nudge, Raced, commit

TRIES = 20
LONGEST_PAUSE = 0.03  # seconds, before deciding again; grows with each try: six in all at the very worst


class Handled(NamedTuple):
    """The keys of what is now to be delivered; and what a page says: why nothing came of its command, or what did.

    `refusals` are for whoever pressed a button; the dashboard shows an organizer all `answers`, which are not texted.
    """

    nudges: list[Nudge]
    refusals: tuple[Say, ...] = ()
    answers: tuple[Say, ...] = ()
    code: str = ""


Read = Callable[[Any, Received, Me, Runtime], Any]
Decide = Callable[[Any, Any, Any], Outcome]

HANDLERS: dict[type, tuple[Read, Decide]] = {
    # what anybody may text
    ask_for.Stop: (views.for_consent, decide_stop),
    ask_for.Start: (views.for_consent, decide_start),
    ask_for.Help: (views.for_consent, decide_help),
    ask_for.Join: (views.for_join, decide_join),
    ask_for.Leave: (views.for_join, decide_leave),
    ask_for.In: (views.for_pledge, decide_in),
    ask_for.Maybe: (views.for_pledge, decide_maybe),
    ask_for.Out: (views.for_pledge, decide_out),
    ask_for.Here: (views.for_action, decide_here),
    ask_for.Late: (views.for_action, decide_late),
    ask_for.Done: (crewing.for_report, decide_done),
    ask_for.Who: (views.for_who, decide_who),
    ask_for.SetName: (views.for_name, decide_name),
    ask_for.ShowName: (views.for_pledged, decide_show_name),
    ask_for.SetZip: (views.for_place, decide_zip),
    ask_for.SetZone: (views.for_place, decide_zone),
    ask_for.SetLang: (views.for_person, decide_lang),
    ask_for.SetQuiet: (views.for_person, decide_quiet),
    ask_for.Me: (views.for_mine, decide_me),
    ask_for.Pick: (views.for_pick, decide_pick),
    ask_for.Words: (views.for_words, decide_words),
    ask_for.Unclear: (views.for_mine, decide_unclear),
    ask_for.AutoReply: (views.for_words, decide_auto_reply),
    # the crew among itself
    ask_for.Speak: (crewing.for_talk, decide_speak),
    ask_for.Tell: (crewing.for_talk, decide_tell),
    ask_for.Mute: (crewing.for_talk, decide_mute),
    ask_for.Unmute: (crewing.for_talk, decide_unmute),
    ask_for.Tasks: (crewing.for_tasks, decide_tasks),
    ask_for.NextPage: (crewing.for_next, decide_next),
    ask_for.Add: (crewing.for_tasks, decide_add),
    ask_for.Take: (crewing.for_tasks, decide_take),
    ask_for.Drop: (crewing.for_tasks, decide_drop),
    # what organizers text
    ask_for.NewGroup: (views.for_new_group, decide_new_group),
    ask_for.Alert: (views.for_alert, decide_alert),
    ask_for.Go: (views.for_go, decide_go),
    ask_for.More: (views.for_more, decide_more),
    ask_for.AskAll: (views.for_more, decide_ask_all),
    ask_for.TellAsked: (views.for_tell, decide_tell_asked),
    ask_for.Update: (views.for_lead, decide_update),
    ask_for.Begin: (views.for_lead, decide_begin),
    ask_for.Close: (views.for_lead, decide_close),
    ask_for.CallOff: (views.for_lead, decide_call_off),
    ask_for.Give: (crewing.for_tasks, decide_give),
    ask_for.NoShow: (crewing.for_tasks, decide_no_show),
    ask_for.AllHere: (crewing.for_all_here, decide_all_here),
    ask_for.Move: (crewing.for_change, decide_move),
    ask_for.MoveTo: (crewing.for_change, decide_move_to),
    ask_for.Again: (views.for_again, decide_again),
    ask_for.AddOrganizer: (views.for_organizer, decide_add_organizer),
    ask_for.RemoveOrganizer: (grouping.for_organizer, decide_remove_organizer),
    ask_for.SetGroup: (grouping.for_group, decide_set_group),
    ask_for.SendAgain: (resending.for_send_again, decide_send_again),
    ask_for.HoldSending: (operating.for_operator, decide_hold_sending),
    ask_for.GoOnSending: (operating.for_operator, decide_go_on_sending),
    ask_for.SetPublic: (views.for_public, decide_set_public),
    # what pages ask
    ask_for.SignUp: (views.for_sign_up, decide_sign_up),
    ask_for.ForgetBrowser: (views.for_person, decide_forget_browser),
    ask_for.AskCode: (signing_in.for_code, decide_ask_code),
    ask_for.SignIn: (signing_in.for_code, decide_sign_in),
    ask_for.SignOut: (views.for_person, decide_sign_out),
    ask_for.SaveDraft: (drafts.for_draft, decide_save_draft),
    ask_for.DropDraft: (drafts.for_draft, decide_drop_draft),
    ask_for.CheckPeople: (lists.for_list, decide_check_people),
    ask_for.BringPeople: (lists.for_list, decide_bring_people),
    ask_for.DropPeople: (lists.for_list, decide_drop_people),
    ask_for.Invite: (lists.for_invite, decide_invite),
    ask_for.ShowNumber: (grouping.for_member, decide_show_number),
    ask_for.ExportPeople: (grouping.for_group, decide_export_people),
    ask_for.DeleteGroup: (grouping.for_delete, decide_delete_group),
    # what time says
    ask_for.DraftEnds: (timing.for_draft, decide_draft_ends),
    ask_for.NextWave: (timing.for_next_wave, decide_next_wave),
    ask_for.StartTime: (timing.for_time, decide_start_time),
    ask_for.EndTime: (timing.for_time, decide_end_time),
    ask_for.SeatsOpen: (timing.for_line, decide_seats_open),
    ask_for.Release: (timing.for_release, decide_release),
    ask_for.Learn: (timing.for_learn, decide_learn),
    ask_for.Dissolve: (timing.for_time, decide_dissolve),
    ask_for.Remind: (timing.for_time, decide_remind),
    ask_for.TaskDue: (crewing.for_task_due, decide_task_due),
    ask_for.TasksFree: (crewing.for_tasks_free, decide_tasks_free),
    ask_for.RestHere: (crewing.for_rest_here, decide_rest_here),
    ask_for.StillWanted: (crewing.for_still_wanted, decide_still_wanted),
    ask_for.GroupEnds: (grouping.for_group_ends, decide_group_ends),
    # what delivery finds out
    ask_for.Suspend: (timing.for_reach, decide_suspend),
    ask_for.Restore: (timing.for_reach, decide_restore),
    ask_for.Notice: (timing.for_notice, decide_notice),
}


def handle(got: Received, world: Runtime) -> Handled:
    """Brings one command about, once.

    The same cause again changes nothing, and nothing is to be delivered: what a crash left undelivered is found by the
    clock. Raises Raced after TRIES: the queue brings the command back.
    """
    with tracing(TRACE.get() or trace_of(got.cause)):  # what comes of something else has that one's
        return handle_traced(got, world)


def handle_traced(got: Received, world: Runtime) -> Handled:
    for attempt in range(1, TRIES + 1):
        who = views.me(got) if got.person else Me(Person("", ""))
        command, outcome = decide(got, who, world)
        outcome = counted_up(with_how(outcome, got, who), got.at)
        outcome, refusals, answers = shown(outcome, got)
        outcome = with_answers_held(outcome, answers_left(who))
        try:
            nudges = commit(contribution(got, command, outcome), outcome, deeds_told(got, outcome))
        except AlreadyHandled:
            log("handled before", command=type(command).__name__, cause=got.cause)
            return Handled([])
        except Raced:
            if attempt == TRIES:
                raise
            time.sleep(world.chance.uniform(0, LONGEST_PAUSE * attempt))
            continue
        log("handled", command=type(command).__name__, cause=got.cause, tries=attempt, effects=len(outcome.effects))
        metrics.count("Commands", by=type(command).__name__)
        return Handled(nudges, refusals, answers, outcome.code)
    raise AssertionError("unreachable: the last try returns or raises")


def shown(outcome: Outcome, got: Received) -> tuple[Outcome, tuple[Say, ...], tuple[Say, ...]]:
    """The outcome without the texts that a page says instead: refusals, and on the dashboard any other answer.

    Where nothing came of what a page or a program asked, that says why, and nobody is texted.
    """
    answers = tuple(effect for effect in outcome.effects if isinstance(effect, Text) and effect.is_answer)
    left = tuple(effect for effect in outcome.effects if effect not in answers)
    said = tuple(one.say for one in answers)
    is_refused = not outcome.saves and not any(isinstance(one, Text | Round) for one in left)
    if got.channel in {Channel.DASHBOARD, Channel.IMPORT}:
        quiet = replace(outcome, effects=left)
        return (quiet, said, ()) if is_refused else (quiet, (), said)
    if got.channel not in {Channel.WEB, Channel.API} or outcome.saves:
        return outcome, (), ()
    return replace(outcome, effects=left), said, ()


def decide(got: Received, who: Me, world: Runtime) -> tuple[ask_for.Command, Outcome]:
    """The command as it counts, and what comes of it; of somebody who stopped, nothing does but START."""
    command = got.command
    if got.person:
        counts = heard(command, who.person, does_yes_start=world.settings.sender_type == "long_code")
        if counts is None:
            return command, Outcome()
        command = (
            picked(counts, who, got.at)
            if isinstance(counts, ask_for.Pick)
            else confirmed(counts, who, got.words, got.at)
        )
    read, decide_it = HANDLERS[type(command)]
    if got.person and is_no_to_question(command, who, got.words, got.at):
        read, decide_it = views.for_person, decide_no
    view = read(command, got, who, world)
    outcome = decide_it(command, view, got.at)
    outcome = with_acts(outcome, got, command, states_of(view), who.person.organizes)
    outcome = with_growth(outcome, got.at)
    outcome = with_words(outcome, command, got.person, got.at)
    if not got.person:
        return command, outcome
    if isinstance(command, ask_for.SignUp | ask_for.Invite | ask_for.ForgetBrowser):
        return command, outcome  # somebody who may not have said a word yet
    if isinstance(got.command, ask_for.In) and command is not got.command and not isinstance(command, ask_for.Start):
        outcome = with_confirmed(outcome, who.person, Consent(got.at, got.words, got.channel, is_given=True))
    if isinstance(got.command, ask_for.Pick) and command is not got.command:
        outcome = with_answer_taken(outcome, who.person)
    if who.person.bad_at and got.channel is Channel.TEXT:
        outcome = with_reach_again(outcome, who.person, got.at)
    is_consent = isinstance(command, ask_for.In | ask_for.Maybe)
    consent = Consent(got.at, got.words, got.channel, is_given=True) if is_consent else None
    outcome = with_person(outcome, who, consent)
    return command, with_question_over(outcome, who.person)


def deeds_told(got: Received, outcome: Outcome) -> list[Contribution]:
    """What others did, as this command tells it: an entry in the ledger of each."""
    return [
        Contribution(deed.person, f"{got.cause}#{n}", deed.kind, got.at, got.channel, outcome.code, seats=deed.seats)
        for n, deed in enumerate(outcome.deeds)
    ]


def contribution(got: Received, command: ask_for.Command, outcome: Outcome) -> Contribution:
    """What the ledger keeps of a command, whatever it was and whatever came of it."""
    return Contribution(
        person=got.person or (command.person if isinstance(command, ask_for.OfPerson) else ""),
        cause=got.cause,
        kind=type(command).__name__,
        at=got.at,
        channel=got.channel,
        code=outcome.code or str(getattr(command, "code", None) or ""),
        keyword=outcome.keyword,
        seats=outcome.seats,
        amounts=dict(outcome.amounts),
    )
