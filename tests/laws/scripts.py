"""Conversations by chance: three people and an organizer say what people say, in any order."""

from __future__ import annotations

from hypothesis import strategies as st

PEOPLE = ("ann", "bob", "cat")
STOPS = ("STOP", "please stop texting me", "Unsubscribe", "no me escriban más")
STARTS = ("START", "YES")
CREW = (
    "SAY hello",
    "@sam hi",
    "MUTE",
    "UNMUTE",
    "NAME Sam",
    "TASKS",
    "ADD gloves x2",
    "TAKE 1",
    "DROP 1",
    "LATE 6:30pm",
)
SAID = ("dig", "IN", "in +1", "OUT", "maybe", "WHO", "where is it?", "HERE", "DONE 2h", "DONE 1", "LEAVE DIG")
SAID += (*CREW, *STOPS, *STARTS)
LED = (
    "ALERT DIG 2 shovels\n- dig",
    "GO",
    "UPDATE bring water",
    "WHO DIG1",
    "CLOSE DIG1",
    "CALL OFF DIG1",
    "BEGIN DIG1",
)
LED += ("MOVE DIG1 9pm", "AT DIG1 the church", "GIVE 1 @sam", "MUTE @sam", "NOSHOW @sam", "ALL HERE", "AGAIN DIG1")

SCRIPTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(PEOPLE), st.sampled_from(SAID)),
        st.tuples(st.just("olga"), st.sampled_from(LED)),
    ),
    min_size=4,
    max_size=10,
)
