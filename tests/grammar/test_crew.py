"""What a crew writes to each other and to its organizers: whole texts to whole commands, in both languages."""

from datetime import time, timedelta

import pytest

from chalicelib.core.commands import (
    Add,
    Again,
    AllHere,
    ByText,
    Done,
    Drop,
    Give,
    In,
    Late,
    More,
    Move,
    MoveTo,
    Mute,
    NextPage,
    NoShow,
    Out,
    Speak,
    Take,
    Tasks,
    Tell,
    Unclear,
    Unmute,
    Words,
)
from chalicelib.grammar.parse import parse


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("late 20", Late(arrives=minutes(20)), id="minutes without a word for them"),
        pytest.param("late 20, traffic", Late(arrives=minutes(20), note="traffic"), id="how long, and why"),
        pytest.param("Late by about 20 minutes DIG4", Late("DIG4", minutes(20)), id="about how long, and for what"),
        pytest.param("LATE 6:20pm", Late(arrives=time(18, 20)), id="until when"),
        pytest.param("late but coming", Late(note="but coming"), id="late, and what else"),
        pytest.param("running 20 min late", Late(arrives=minutes(20)), id="how long in the middle"),
        pytest.param("half an hour late sorry", Late(arrives=minutes(30), note="sorry"), id="how long in words"),
        pytest.param("sorry, running late", Late(), id="an excuse first"),
        pytest.param("DIG4 running late", Late("DIG4"), id="the code first"),
        pytest.param("voy a llegar tarde", Late(), id="in Spanish, and no pledge"),
        pytest.param("llego con 20 minutos de retraso", Late(arrives=minutes(20)), id="how long in Spanish"),
        pytest.param("tarde, llego a las 6:20", Late(arrives=time(18, 20)), id="until when in Spanish"),
        pytest.param("late by 20", Late(arrives=minutes(20)), id="by how many minutes"),
        pytest.param("late by 20 min", Late(arrives=minutes(20)), id="by how many minutes, with a word for them"),
        pytest.param("late by 6:20", Late(arrives=time(18, 20)), id="by a clock time"),
        pytest.param("late by 6pm", Late(arrives=time(18)), id="by an hour"),
        pytest.param("late, around 6", Late(arrives=time(18)), id="around an hour"),
        pytest.param("tardo 20", Late(arrives=minutes(20)), id="minutes in Spanish"),
        pytest.param("me tardo 20", Late(arrives=minutes(20)), id="minutes in Spanish, as others say it"),
        pytest.param("tardo 20 min DIG4", Late("DIG4", minutes(20)), id="minutes in Spanish, and for what"),
        pytest.param("tardo media hora", Late(arrives=minutes(30)), id="half an hour in Spanish"),
        pytest.param("no tardo", Words("no tardo"), id="not for long is neither late nor out"),
        pytest.param("IN late", In(note="late"), id="in is still in"),
        pytest.param("late?", Words("late?"), id="whoever asks is not late"),
    ],
)
def test_who_comes_late_is_understood(text: str, command: ByText) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("DONE 12", Done(task=12), id="a lone number is a task"),
        pytest.param("done #2", Done(task=2), id="with its sign"),
        pytest.param("Done DIG4 2", Done("DIG4", task=2), id="after the code"),
        pytest.param("done 2 dig4", Done("DIG4", task=2), id="before the code"),
        pytest.param("listo la tarea 2", Done(task=2), id="in Spanish"),
        pytest.param("done 2, gloves are in the van", Done(task=2, note="gloves are in the van"), id="and a note"),
        pytest.param("DONE 2 5 boxes", Done(amounts={"boxes": 5.0}, task=2), id="a task and an amount"),
        pytest.param("DONE 2 hours", Done(amounts={"hours": 2.0}), id="with a unit it is an amount"),
        pytest.param("done 3 boxes and 2 hours", Done(amounts={"boxes": 3.0, "hours": 2.0}), id="two amounts"),
        pytest.param("done 2h 90 min", Done(amounts={"hours": 3.5}), id="one unit twice is added up"),
        pytest.param("done 12 people-hours", Done(amounts={"hours": 12.0}), id="people's hours are hours"),
        pytest.param("hecho 12 horas persona", Done(amounts={"hours": 12.0}), id="in Spanish, too"),
        pytest.param("done 1 wheelbarrow", Done(amounts={"wheelbarrows": 1.0}), id="a unit we don't know"),
        pytest.param(
            "done 12 boxes 3 left", Done(amounts={"boxes": 12.0}, note="3 left"), id="what is left is no unit"
        ),
        pytest.param(
            "done 12 boxes 2 guys helped",
            Done(amounts={"boxes": 12.0}, note="2 guys helped"),
            id="nor is what somebody did",
        ),
        pytest.param("DONE 0 boxes", Done(note="0 boxes"), id="nothing is no amount"),
        pytest.param("done -3 boxes", Done(note="3 boxes"), id="nor is less than nothing"),
        pytest.param("done 1000000 boxes", Done(note="1000000 boxes"), id="nor is a million"),
        pytest.param("DONE 1000", Done(note="1000"), id="nor is it a task's number"),
        pytest.param("done 2 of 5 boxes", Words("done 2 of 5 boxes"), id="two of five are neither"),
        pytest.param("done 2 out of 5 boxes", Words("done 2 out of 5 boxes"), id="nor are two out of five"),
        pytest.param("done 2 and a half hours", Words("done 2 and a half hours"), id="nor are two and a half"),
        pytest.param("done 3 good bags", Words("done 3 good bags"), id="nor are three of a kind"),
        pytest.param("DONE 2 thanks", Done(task=2, note="thanks"), id="thanks are no unit"),
        pytest.param("done 2 please", Done(task=2, note="please"), id="nor is please"),
        pytest.param("done 3 gracias", Done(task=3, note="gracias"), id="nor are thanks in Spanish"),
        pytest.param("done 2 today", Done(task=2, note="today"), id="nor is a note's first word"),
        pytest.param("done 2 done 3", Done(task=2, note="done 3"), id="nor is a command"),
        pytest.param("done 2 boxes 3 thanks", Done(amounts={"boxes": 2.0}, note="3 thanks"), id="nor the second"),
        pytest.param("done 2 and 3", Done(task=2, note="and 3"), id="two at once are one and a note"),
        pytest.param("done 2 tasks", Done(amounts={"tasks": 2.0}), id="tasks may be counted"),
        pytest.param("done two", Done(task=2), id="a task's number in words"),
        pytest.param("listo la dos", Done(task=2), id="a task's number in Spanish words"),
        pytest.param("done2 5 boxes", Done(amounts={"boxes": 5.0}, task=2), id="a task in one word"),
        pytest.param("done123", Words("done123"), id="no task has three digits in one word"),
    ],
)
def test_what_was_done_is_understood(text: str, command: ByText) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("SAY Gate B, by the “old” pump 👍", Speak("Gate B, by the “old” pump 👍"), id="as written"),
        pytest.param("DIG4 say hi", Speak("hi", "DIG4"), id="the code first"),
        pytest.param("say need 4 more", Speak("need 4 more"), id="a number that is no code"),
        pytest.param("SAY 👍", Speak("👍"), id="an emoji is a message"),
        pytest.param("di que ya vamos", Speak("que ya vamos"), id="in Spanish"),
        pytest.param("SAY", Unclear("say", "SAY"), id="nothing to say"),
        pytest.param("say DIG4", Unclear("say", "say DIG4"), id="nothing to say to a crew"),
        pytest.param("@Ana María, we’re here", Tell("Ana María, we’re here"), id="to one, as written"),
        pytest.param("@sam 👍", Tell("sam 👍"), id="to one, in an emoji"),
        pytest.param("@05-2 hi", Tell("05-2 hi"), id="to one without a name"),
        pytest.param("@sam", Unclear("tell", "@sam"), id="nothing to tell"),
        pytest.param("MUTE @ana maria", Mute("ana maria"), id="one muted, by two names"),
        pytest.param("mute sam DIG4", Mute("sam", "DIG4"), id="one muted in one crew"),
        pytest.param("callar", Mute(), id="mute in Spanish"),
        pytest.param("escuchar DIG4", Unmute(code="DIG4"), id="unmute in Spanish"),
        pytest.param("what tasks are left?", Tasks(), id="tasks asked for"),
        pytest.param("mute all", Mute(), id="all muted"),
        pytest.param("unmute all DIG4", Unmute(code="DIG4"), id="all unmuted in one crew"),
        pytest.param("lista de tareas", Tasks(), id="a list in Spanish"),
        pytest.param("ver tareas", Tasks(), id="a list to be seen in Spanish"),
        pytest.param("siguiente tarea", NextPage(), id="the next task in Spanish"),
        pytest.param("siguientes tareas", NextPage(), id="the next tasks in Spanish"),
        pytest.param("next please", NextPage(), id="the next page"),
        pytest.param("next wave", More(), id="the next wave is another thing"),
    ],
)
def test_the_crews_talk_is_understood(text: str, command: ByText) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("add 3x Bring gloves", Add("Bring gloves", 3), id="how many, first"),
        pytest.param("ADD bring gloves (3)", Add("bring gloves", 3), id="how many, in brackets"),
        pytest.param("add bring gloves x3 at 6pm", Add("bring gloves at 6pm", 3), id="how many, and when"),
        pytest.param("add bring 3 gloves", Add("bring 3 gloves"), id="how many things"),
        pytest.param("add cut 2 x 4 boards", Add("cut 2 x 4 boards"), id="boards of two by four"),
        pytest.param("add bring gloves x100", Add("bring gloves x100"), id="more than there can be"),
        pytest.param("ADD DIG4 bring gloves x3", Add("bring gloves", 3, "DIG4"), id="to an action"),
        pytest.param("añadir: llevar agua x2", Add("llevar agua", 2), id="in Spanish"),
        pytest.param("agrega guantes x3", Add("guantes", 3), id="asked for in Spanish"),
        pytest.param("añade traer agua", Add("traer agua"), id="asked for in other Spanish"),
        pytest.param("agregar tarea traer agua", Add("traer agua"), id="a task, in Spanish"),
        pytest.param("ADD", Unclear("add", "ADD"), id="nothing to add"),
        pytest.param("I take #2!", Take(2), id="taken in a sentence"),
        pytest.param("ok I'll take 2", Take(2), id="after a greeting"),
        pytest.param("DIG4 take 2", Take(2, "DIG4"), id="the code first"),
        pytest.param("TAKE DIG4 2", Take(2, "DIG4"), id="the code in the middle"),
        pytest.param("yo hago la 2", Take(2), id="taken in Spanish"),
        pytest.param("take two", Take(2), id="its number in words"),
        pytest.param("tomo la dos", Take(2), id="its number in Spanish words"),
        pytest.param("take2 DIG4", Take(2, "DIG4"), id="in one word"),
        pytest.param("take 2 and 3", Unclear("take", "take 2 and 3"), id="two at once"),
        pytest.param("TAKE 2, 3", Unclear("take", "TAKE 2, 3"), id="two with a comma"),
        pytest.param("tomo la 2 y la 3", Unclear("take", "tomo la 2 y la 3"), id="two in Spanish"),
        pytest.param("drop 2 & 3", Unclear("drop", "drop 2 & 3"), id="two dropped at once"),
        pytest.param("drop2", Drop(2), id="dropped in one word"),
        pytest.param("no puedo la 2", Drop(2), id="what one can't do"),
        pytest.param("no puedo hacer la 2", Drop(2), id="what one can't do, at length"),
        pytest.param("ya no puedo con la tarea 2", Drop(2), id="what one can't do any more"),
        pytest.param("no puedo con la dos, perdón", Drop(2), id="what one can't do, with an excuse"),
        pytest.param("i cant do number 2", Drop(2), id="what one can't do in English"),
        pytest.param("no puedo con la 2 y la 3", Unclear("drop", "no puedo con la 2 y la 3"), id="both of them"),
        pytest.param("no puedo el 2", Out(note="puedo el 2"), id="a day on which one can't"),
        pytest.param("no puedo a las 2", Out(note="puedo a las 2"), id="an hour at which one can't"),
        pytest.param("TAKE", Unclear("take", "TAKE"), id="nothing to take"),
        pytest.param("take banana", Unclear("take", "take banana"), id="what is no number"),
        pytest.param("take 2?", Words("take 2?"), id="asked"),
        pytest.param("drop 2 sam", Drop(2, "sam"), id="another's"),
        pytest.param("DROP 2 @ana maria DIG4", Drop(2, "ana maria", "DIG4"), id="another's, of an action"),
        pytest.param("SUELTO LA 2", Drop(2), id="dropped in Spanish"),
        pytest.param("drop", Unclear("drop", "drop"), id="nothing to drop"),
        pytest.param("give @sam task 2", Give(2, "sam"), id="to whom first"),
        pytest.param("give 2 to O'Neil", Give(2, "O'Neil"), id="to whom last"),
        pytest.param("dar a Ana la 2", Give(2, "Ana"), id="given in Spanish"),
        pytest.param("give two to sam", Give(2, "sam"), id="given in words"),
        pytest.param("dale la 2 a sam", Give(2, "sam"), id="given in everyday Spanish"),
        pytest.param("asigna la 2 a sam", Give(2, "sam"), id="assigned in Spanish"),
        pytest.param("give sam", Unclear("give", "give sam"), id="nothing to give"),
    ],
)
def test_tasks_are_understood(text: str, command: ByText) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("@ana maria didn't show up", NoShow("ana maria"), id="who did not come"),
        pytest.param("no llegó @ana", NoShow("ana"), id="in Spanish"),
        pytest.param("no llego @ana", Out(note="llego @ana"), id="without its accent the speaker does not"),
        pytest.param("NO SHOW @ana @bob", NoShow("ana"), id="the first of two"),
        pytest.param("no show @ana maria and @bob", NoShow("ana maria"), id="the first of two by two names"),
        pytest.param("no shows: ana", NoShow("ana"), id="in the plural"),
        pytest.param("no vinieron @ana y @bob", NoShow("ana"), id="the first of two in Spanish"),
        pytest.param("DIG4 no vino ana", NoShow("ana", "DIG4"), id="without the sign, the code first"),
        pytest.param("NO SHOW", Unclear("noshow", "NO SHOW"), id="nobody named"),
        pytest.param("FALTÓ", Unclear("noshow", "FALTÓ"), id="nobody named in Spanish"),
        pytest.param("ok, everyone's here", AllHere(), id="all came"),
        pytest.param("ya están todos", AllHere(), id="all came, in Spanish"),
        pytest.param("all here?", Words("all here?"), id="asked whether all came"),
        pytest.param("move it to 7pm please", Move("7pm"), id="another hour"),
        pytest.param("reschedule DIG4 tomorrow 9", Move("tomorrow 9", "DIG4"), id="another day"),
        pytest.param("MOVER DIG4 a las 7", Move("a las 7", "DIG4"), id="another hour in Spanish"),
        pytest.param("MOVE", Unclear("move", "MOVE"), id="no time"),
        pytest.param("MOVE DIG4 banana", Unclear("move", "MOVE DIG4 banana"), id="what is no time"),
        pytest.param("AT DIG4", Unclear("at", "AT DIG4"), id="no place"),
        pytest.param("at dig4 5th & main", MoveTo("5th & main", "DIG4"), id="a corner"),
        pytest.param("AT DIG4 I-95 exit 4", MoveTo("I-95 exit 4", "DIG4"), id="a road"),
        pytest.param("EN DIG4 la puerta norte", MoveTo("la puerta norte", "DIG4"), id="a gate in Spanish"),
        pytest.param("PLACE DIG4 in the park", MoveTo("in the park", "DIG4"), id="a place in another"),
        pytest.param("place: at St. Mary's", MoveTo("St. Mary's"), id="another place"),
        pytest.param("LUGAR DIG4 la iglesia", MoveTo("la iglesia", "DIG4"), id="another place in Spanish"),
        pytest.param("again DIG4", Again(code="DIG4"), id="once more"),
        pytest.param("otra vez el sábado a las 9", Again("el sábado a las 9"), id="once more in Spanish"),
        pytest.param("AGAIN DIG4 saturday 9am", Again("saturday 9am", "DIG4"), id="once more, and when"),
        pytest.param("repetir DIG4 sábado 9:00", Again("sábado 9:00", "DIG4"), id="once more, and when, in Spanish"),
        pytest.param("again?", Words("again?"), id="once more?"),
    ],
)
def test_what_organizers_say_of_a_crew_is_understood(text: str, command: ByText) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "say what?", "say again", "di una vuelta por el puente",
        "@ 6pm", "@ the church", "@home now", "@everyone hi", "@5th & Main", "sam@example.org", "@ church we meet",
        "mute the chat", "the mute button is broken", "tasks: dig, carry", "task force is here", "task 2",
        "next week works", "next to the church", "siguiente calle a la derecha",
        "add me to the list", "add water to the list", "add it up", "agregar a Juan al grupo",
        "take the bridge road", "take 2 pills", "take care", "thanks, take care!", "take it easy",
        "I'll take the truck",
        "tomar agua", "tomo el autobús", "me encargo de la comida",
        "drop the shovels by the door", "drop 2 bags at the pier", "drop 2 boxes", "drop off is at the gate",
        "dejo las palas en la puerta",
        "give me a minute", "give me 2", "give 2 shovels", "give 2 to them", "give up", "dar la vuelta en la esquina",
        "late last night the pump failed", "late tonight", "late for the party", "2 late arrivals need parking",
        "tarde o temprano", "tarde de lluvia",
        "the truck no show", "la bomba no llegó", "faltó agua",
        "everyone here is tired", "all here have boots", "todos están cansados",
        "move the truck", "move the truck at 6pm", "move your car please", "move now", "mover el camión",
        "no show ana and bob", "no shows ana, bob", "no vino el camión", "no vino nadie", "no vino todavía",
        "no vinieron ana y bob", "no llegó ana", "no llegó el camión", "no se presentó ana", "falto ana",
        "DIG4 no vino el camión", "no puedo la 2 porque estoy enfermo",
        "I'll take one", "take two pills", "drop one bag", "give me two", "take 2 and 3 pills", "dale gas al camión",
        "at dig4 we need help", "en dig4 hace falta agua", "place dig4 is flooded", "at dig4 now", "at dig4 6pm",
        "at dig4 nobody is here", "at dig4 the pump is broken", "en dig4 la bomba está rota", "at dig4 help!",
        "at the church", "at 6", "at gate 4", "en la iglesia", "en casa enfermo",
        "place the bags by the door", "place is flooded", "lugar de reunión?",
        "again the pump failed", "again at 6 the pump failed", "otra vez se fue la luz",
    ],
)  # fmt: skip
def test_prose_that_begins_like_a_command_is_for_the_organizer(text: str) -> None:
    assert parse(text) == Words(text)
