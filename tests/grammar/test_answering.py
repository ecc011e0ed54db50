"""What a phone answers by itself, told apart from what people write."""

import pytest

from chalicelib.core.commands import AutoReply, Out, Stop, Words
from chalicelib.grammar.parse import parse


@pytest.mark.parametrize(
    "text",
    [
        "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get where I'm going.",
        "I’m driving with Focus turned on. I’ll see your message when I get where I’m going.",
        "(I'm not receiving notifications. If this is urgent, reply \"urgent\" to send a notification through with your"
        " original message.)",
        "Ana has notifications silenced", "Auto-reply: away", "[Auto] away until 6", "AUTOMATIC REPLY: back Monday",
        "Automated response. Thank you.", "auto response: closed", "Out of office until Monday",
        "This is an automated message.", "This mailbox is not monitored.", "This number isn't monitored",
        "I'm driving right now, I'll get back to you later.", "I am driving. I'll text you when I get there",
        "Sorry, I'm driving and can't talk. I'll call you later!",
        "Respuesta automática: estoy de viaje", "Este es un mensaje automático.", "Fuera de la oficina",
        "Estoy conduciendo con la función “No molestar al conducir” activada. Veré tu mensaje al llegar.",
        "estoy manejando, te llamo cuando llegue",
    ],
)  # fmt: skip
def test_what_only_machines_write_is_an_automatic_reply(text: str) -> None:
    assert parse(text) == AutoReply(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm driving", "I am driving right now", "Sorry, I'm driving", "driving, can't talk", "Can't talk right now...",
        "Can't talk now. What's up?", "Can't talk right now. I'll call you right back", "I'm in a meeting",
        "I'll call you later", "Call you later", "estoy manejando", "No puedo hablar ahora. ¿Qué pasa?",
        "te llamo luego", "Estoy en una reunión",
    ],
)  # fmt: skip
def test_what_a_person_may_have_written_is_not_sure_to_be_one(text: str) -> None:
    assert parse(text) == AutoReply(text, is_sure=False)


@pytest.mark.parametrize(
    "text",
    [
        "I'm driving, be there in 10", "I'm driving to the site with 3 shovels", "driving the truck over now",
        "can't talk to the driver, phone off", "I'm in a meeting until 5 then I'll come", "call me later",
        "I'm not receiving notifications", "out of office chairs", "automatic doors are stuck",
        "auto rojo en la puerta",
        "estoy manejando el camión grande", "I'll call the plumber later",
    ],
)  # fmt: skip
def test_what_a_person_says_besides_is_theirs(text: str) -> None:
    assert parse(text) == Words(text)


@pytest.mark.parametrize("text", ["can't make it", "can't now", "can't", "no puedo"])
def test_who_can_not_come_is_no_machine(text: str) -> None:
    assert isinstance(parse(text), Out)


def test_whoever_asks_for_silence_while_driving_is_heard() -> None:
    assert parse("I'm driving, stop texting me") == Stop()
