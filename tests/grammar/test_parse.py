"""What people write, and what it means: whole texts to whole commands, in both languages."""

from datetime import time, timedelta

import pytest

from chalicelib.core.commands import (
    AddOrganizer,
    Alert,
    ByText,
    CallOff,
    Close,
    Done,
    Go,
    Here,
    In,
    Join,
    Leave,
    Maybe,
    NewGroup,
    Out,
    Pick,
    SetLang,
    SetName,
    SetQuiet,
    SetZip,
    Stop,
    Unclear,
    Update,
    Who,
    Words,
)
from chalicelib.grammar.parse import parse

NOW = timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        *[
            "STOP",
            "STOPALL",
            "UNSUBSCRIBE",
            "CANCEL",
            "END",
            "QUIT",
            "OPTOUT",
            "REVOKE",
            "ALTO",
            "PARAR",
            "CANCELAR",
            "BAJA",
            "BASTA",
        ],
        "opt out",
        "Opt-out",
        "STOP!!",
        "stop stop",
        "cancel my subscription",
        "stop please",
        "ok stop",
        "STOP ALL",
        "stop these texts",
        "Stop it. Now!",
        "unsubscribe me",
        "Unsubscribe dig",
        "STOP DIG",
        "please stop texting me",
        "Can you stop texting me?",
        "I asked you to stop texting me",
        "quit messaging me",
        "don't text me again",
        "Do not contact me anymore",
        "take me off this list",
        "hi, please remove me from your list!",
        "Lose my number.",
        "no more texts",
        "I don't want any more messages",
        "I moved away. Take me off your list please",
        "leave me alone",
        "I want to opt out",
        "no me escriban más",
        "Ya no me manden mensajes",
        "ya no quiero mensajes",
        "déjenme en paz",
        "Por favor, dejen de escribirme",
        "dame de baja",
        "sáquenme de esta lista",
        "borren mi número",
        "alto por favor",
        "dejen de contactarme",
        "sáqueme por favor",
        "no more notifications",
        "get me off this thread",
    ],
)
def test_whoever_asks_for_silence_is_heard(text: str) -> None:
    assert parse(text) == Stop()


FALSE_ALARMS = [
    # that hold a stop word
    "Stop by at 6?",
    "can't stop laughing",
    "bus stop is flooded",
    "stop the water at the valve",
    "cancel my 3pm I'm coming",
    "end of the road",
    "quit smoking lol",
    "don't stop texting me",
    "tell bob to stop texting me",
    "STOP HERE",
    "cancel dig4",
    "end the alert",
    "take me off the list for saturday",
    "Liked “Reply STOP to end texts”",
    "is there a list of what to bring?",
    "what number do I call?",
    "paren el agua en la llave",
    "alto voltaje en la esquina",
    "baja el nivel del río",
    # that begin with a command
    "go around the back",
    "go ahead",
    "name of the street is wrong?",
    "who let the dogs out",
    "who has a truck?",
    "done deal! see you there",
    "here we go again",
    "here is the address",
    "update on the pump?",
    "update?",
    "close the valve first",
    "close enough",
    "call off the dogs",
    "begin at the corner",
    "alert the neighbors",
    "join us at 6",
    "leave the shovels by the door",
    "leave it",
    "zip ties needed at the fence",
    "language barrier here is hard",
    "quiet here tonight",
    "new group of volunteers at 6",
    "organizer is where?",
    "help me move the couch",
    "help me",
    "info on the bridge?",
    "start at 6?",
    "call me at 5",
    "call me later",
    "dale gas al camión",
    "va a llover",
    "aviso del banco?",
    "cerrar la llave",
    "salir por la puerta de atrás",
    # that begin with a pledge
    "in the house next door there's water",
    "in and out traffic",
    "out of gas can someone help",
    "out there now",
    "can't find the place",
    "not sure where to park",
    "maybe we should bring pumps",
    "on my way home",
    "sure hope it does not rain",
    "yes or no?",
    "no problem",
    "no worries",
    "no idea",
    "no one is here",
    "no hay agua",
    "no sé dónde es",
    "no dejen las palas",
    "Oh no the water is rising",
    "si llueve se cancela?",
    "y a qué hora?",
    "voy a preguntar",
    "fuera de servicio el puente",
    "aquí hay agua",
    # that look like a code, a list's place or a keyword
    "need 4",
    "room 12",
    "10001",
    "10",
    "0",
    "thanks",
    "ok",
    "gracias",
    "DIG4: water rising",
    "привет",
    # that say nothing
    "",
    " ",
    "\n",
    "?!",
    "🎉",
    "👍👎",
    "\x00",
    "\ud83d",
    "a" * 1600,
    "x",
]


@pytest.mark.parametrize("text", FALSE_ALARMS)
def test_prose_is_for_the_organizer_as_it_came(text: str) -> None:
    assert parse(text) == Words(text)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("yesterday", Join("YESTERDAY", is_sure=False, words="yesterday"), id="yesterday is not yes"),
        pytest.param("now on my way", In(arrives=NOW), id="now on my way is not no"),
        pytest.param("no problem, I'm in", In(), id="no problem is no refusal"),
        pytest.param("no worries I'll be there", In(), id="nor is no worries"),
        pytest.param("Ok, I'm in!", In(), id="a greeting may come first"),
        pytest.param("hola, voy", In(), id="a greeting in Spanish, too"),
        pytest.param("sorry can't make it", Out(), id="an excuse may come first"),
        pytest.param("me too!", In(), id="me too is in"),
        pytest.param("👍", In(), id="a thumb up"),
        pytest.param("👍🏽", In(), id="of any color"),
        pytest.param("👎", Out(), id="a thumb down"),
        pytest.param("YES", In(is_yes=True), id="yes alone is consent, too"),
        pytest.param("yeah", In(), id="yeah is not"),
        pytest.param("DIG4 yes", In("DIG4"), id="nor is yes with a code"),
        pytest.param("IN,DIG4", In("DIG4"), id="a code after a comma"),
        pytest.param("in dig 4", In("DIG4"), id="a code in two words"),
        pytest.param("dig4 in", In("DIG4"), id="the code first"),
        pytest.param("in+2", In(party=3), id="a party without a space"),
        pytest.param("IN +25", In(party=26), id="a party too big is kept, to be refused"),
        pytest.param("in with 2 friends", In(party=3), id="a party in words"),
        pytest.param("voy con 2 amigos", In(party=3), id="a party in Spanish"),
        pytest.param("IN +1 6:15 DIG4", In("DIG4", 2, time(18, 15)), id="all in one"),
        pytest.param("in 6pm", In(arrives=time(18)), id="a clock time"),
        pytest.param("IN 20 min", In(arrives=timedelta(minutes=20)), id="in a while"),
        pytest.param("sí, en media hora", In(arrives=timedelta(minutes=30)), id="in a while in Spanish"),
        pytest.param(
            "yes in 2 hours with my truck", In(arrives=timedelta(hours=2), note="with my truck"), id="time, then note"
        ),
        pytest.param("In, bringing Ana’s PUMP", In(note="bringing Ana’s PUMP"), id="a note as it was written"),
        pytest.param("si puedo ir", In(note="puedo ir"), id="si without its accent"),
        pytest.param("omw in 20 min", In(arrives=timedelta(minutes=20)), id="on the way, later"),
        pytest.param("voy para allá", In(arrives=NOW), id="on the way in Spanish"),
        pytest.param("no but I can at 8", Out(note="but I can at 8"), id="no, and what else"),
        pytest.param("no the kids are sick", Out(note="the kids are sick"), id="no, and why"),
        pytest.param("no puedo, lo siento", Out(note="lo siento"), id="no in Spanish, and sorry"),
        pytest.param("out sick", Out(note="sick"), id="out, and why"),
        pytest.param("cant make it", Out(), id="an apostrophe may be missing"),
        pytest.param("I can’t", Out(), id="or be a smart one"),
        pytest.param("not sure yet", Maybe(), id="not sure is maybe"),
        pytest.param("Quizás más tarde", Maybe(note="más tarde"), id="maybe in Spanish, and when"),
        pytest.param("here at the gate", Here(note="at the gate"), id="here, and where"),
        pytest.param("I’m here DIG4", Here("DIG4"), id="here with a code"),
        pytest.param("DONE 2.5 h", Done(amounts={"hours": 2.5}), id="a decimal"),
        pytest.param("listo 2,5 horas", Done(amounts={"hours": 2.5}), id="a decimal comma"),
        pytest.param("done 1,000 sandbags", Done(amounts={"sandbags": 1000.0}), id="a thousand"),
        pytest.param("done 90 min", Done(amounts={"hours": 1.5}), id="minutes are hours"),
        pytest.param(
            "done 3h moving sand", Done(amounts={"hours": 3.0}, note="moving sand"), id="an amount and a note"
        ),
        pytest.param("Done dig4 12 Boxes", Done("DIG4", {"boxes": 12.0}), id="code, amount and unit"),
        pytest.param("DONE 2", Done(task=2), id="a lone number is a task"),
        pytest.param("status DIG4", Who("DIG4"), id="status of one"),
        pytest.param("1️⃣", Pick(1, words="1️⃣"), id="a keycap picks"),
        pytest.param("Join Dig, please", Join("DIG"), id="courtesy after a keyword"),
        pytest.param("yeah no", Words("yeah no"), id="yes and no"),
        pytest.param("unirse a dig", Join("DIG"), id="join in Spanish"),
        pytest.param("Ríos", Join("RIOS", is_sure=False, words="Ríos"), id="a keyword with its accent"),
        pytest.param("salir", Leave(), id="leave alone"),
    ],
)
def test_members_are_understood(text: str, command: ByText) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("my name is Ana María", SetName("Ana María"), id="a name of two words"),
        pytest.param("NAME: Ana 🙂", SetName("Ana"), id="a name without its trimmings"),
        pytest.param("name 12345", Unclear("name", "name 12345"), id="a number is no name"),
        pytest.param("zip 10001-1234", SetZip("10001"), id="nine digits are five"),
        pytest.param("zip 1000", Unclear("zip", "zip 1000"), id="four digits are none"),
        pytest.param("idioma Español", SetLang("es"), id="a language by name"),
        pytest.param("LANG Français", SetLang("français"), id="a language we do not speak"),
        pytest.param("quiet 10pm-7am", SetQuiet(22, 7), id="hours with am and pm"),
        pytest.param("quiet from 22:00 to 7:00", SetQuiet(22, 7), id="hours with minutes"),
        pytest.param("silencio de 22 a 7", SetQuiet(22, 7), id="hours in Spanish"),
        pytest.param("quiet 22-24", SetQuiet(22, 0), id="24 is midnight"),
        pytest.param("quiet 22-25", Unclear("quiet", "quiet 22-25"), id="25 is no hour"),
        pytest.param("quiet 7-7", Unclear("quiet", "quiet 7-7"), id="no hours at all"),
        pytest.param("QUIET banana", Unclear("quiet", "QUIET banana"), id="no hours"),
        pytest.param("NAME", Unclear("name", "NAME"), id="no name"),
        pytest.param("JOIN", Unclear("join", "JOIN"), id="no group"),
        pytest.param("JOIN D1G", Unclear("join", "JOIN D1G"), id="what can be no group"),
    ],
)
def test_settings_are_understood(text: str, command: ByText) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("ALERT dig 10 palas\n“ya” 👍", Alert("DIG", "10 palas\n“ya” 👍"), id="words stay as written"),
        pytest.param("alert Ríos: agua", Alert("RIOS", "agua"), id="a keyword with its accent"),
        pytest.param("ALERT", Unclear("alert", "ALERT"), id="an alert without anything"),
        pytest.param("ALERT DIG", Unclear("alert", "ALERT DIG"), id="an alert without words"),
        pytest.param("ALERT DIG4 shovels", Unclear("alert", "ALERT DIG4 shovels"), id="an alert to no group"),
        pytest.param("GO", Unclear("go", "GO"), id="go without its number"),
        pytest.param("GO47", Go(47), id="go and its number in one"),
        pytest.param("GO 47 todos", Go(47, is_all=True), id="go to all"),
        pytest.param("GO 123", Go(123), id="a number that cannot be right is kept, to count as wrong"),
        pytest.param("UPDATE", Unclear("update", "UPDATE"), id="no news"),
        pytest.param("UPDATE Can anyone bring WATER?", Update("Can anyone bring WATER?"), id="news that ask"),
        pytest.param("update need 4 more", Update("need 4 more"), id="news with a number"),
        pytest.param("DIG4 update gate B", Update("gate B", "DIG4"), id="news after the code"),
        pytest.param("close dig4 the pier is done", Close("DIG4", "the pier is done"), id="a code makes it plain"),
        pytest.param("CLOSE 400 bags placed", Close(None, "400 bags placed"), id="a result"),
        pytest.param("call off, too windy", CallOff(None, "too windy"), id="called off, and why"),
        pytest.param("NEW GROUP", Unclear("new_group", "NEW GROUP"), id="no keyword"),
        pytest.param("NEW GROUP DIG", Unclear("new_group", "NEW GROUP DIG"), id="no name"),
        pytest.param("new group d1g Diggers", NewGroup("D1G", "Diggers"), id="a keyword that cannot be"),
        pytest.param("new group STOP Stoppers", NewGroup("STOP", "Stoppers"), id="a keyword that must not be"),
        pytest.param("ORGANIZER", Unclear("organizer", "ORGANIZER"), id="no number"),
        pytest.param(
            "organizer DIG +1 (555) 010-0002", AddOrganizer("+1 (555) 010-0002", "DIG"), id="a number as written"
        ),
    ],
)
def test_organizers_are_understood(text: str, command: ByText) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("said", "party"),
    [
        pytest.param("Yes, 3 of us", 3, id="of us counts the speaker"),
        pytest.param("yes for 2", 2, id="for two"),
        pytest.param("in for 3 people", 3, id="for three people"),
        pytest.param("in, party of 4", 4, id="a party of four"),
        pytest.param("IN plus 2", 3, id="plus two are others"),
        pytest.param("in plus one", 2, id="in words"),
        pytest.param("in +two", 3, id="a plus and a word"),
        pytest.param("voy con dos amigos", 3, id="with two friends, in Spanish"),
        pytest.param("voy, somos 3", 3, id="we are three, in Spanish"),
        pytest.param("in for 2 hours", 1, id="hours are no people"),
        pytest.param("yes for 20 min", 1, id="nor are minutes"),
    ],
)
def test_a_party_is_read_as_people_say_it(said: str, party: int) -> None:
    found = parse(said)

    assert isinstance(found, In)
    assert found.party == party


@pytest.mark.parametrize(
    "said",
    ["no, stop", "who is this? stop", "I'm not interested, please stop", "unsub", "STPO", "wrong number",
     "opt out of DIG", "no longer want these messages", "Please take my number off"],
)  # fmt: skip
def test_a_revocation_in_other_words_is_one(said: str) -> None:
    assert parse(said) == Stop()


@pytest.mark.parametrize(
    "said", ["Stop! Gas leak!", "no, stop by later", "No stop signs there", "house 14, wrong number on the door"]
)
def test_what_only_sounds_like_a_revocation_is_none(said: str) -> None:
    assert parse(said) != Stop()


@pytest.mark.parametrize("said", ["yeah no", "Yeah, nah", "sí, mejor no"])
def test_a_yes_taken_back_at_once_is_no_pledge(said: str) -> None:
    assert parse(said) == Words(said)


@pytest.mark.parametrize(
    "said",
    [
        "no I'm in", "no, I'm already in", "no traigo palas, pero voy", "No kids allowed?", "no dogs?",
        "no hablo inglés",
        "close?", "done yet?", "check in at 6?", "can't make it til 7", "in total 12 bags", "call me tonight",
        "well done", "Dont call me, text instead", "my name is not important",
    ],
)  # fmt: skip
def test_what_only_begins_like_a_command_is_for_the_organizer(said: str) -> None:
    assert parse(said) == Words(said)


@pytest.mark.parametrize(("said", "code"), [("in for dig1", "DIG1"), ("yes to dig1", "DIG1"), ("voy a dig1", "DIG1")])
def test_a_code_after_for_is_the_one_meant(said: str, code: str) -> None:
    assert parse(said) == In(code)


@pytest.mark.parametrize("said", ["I won't be there", "I have to cancel", "unable to come"])
def test_who_cannot_come_says_so_in_many_ways(said: str) -> None:
    assert parse(said) == Out()
