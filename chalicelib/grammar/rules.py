"""Which words mean which command, each with examples in both languages; the order of the table is meaning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta

from chalicelib.core.commands import (
    Add,
    AddOrganizer,
    Again,
    Alert,
    AllHere,
    AskAll,
    AutoReply,
    Begin,
    ByText,
    CallOff,
    Close,
    Done,
    Drop,
    Give,
    Go,
    GoOnSending,
    Help,
    Here,
    HoldSending,
    In,
    Join,
    Late,
    Leave,
    Maybe,
    Me,
    More,
    Move,
    MoveTo,
    Mute,
    NewGroup,
    NextPage,
    NoShow,
    Out,
    Pick,
    RemoveOrganizer,
    SendAgain,
    SetGroup,
    SetLang,
    SetName,
    SetPublic,
    SetQuiet,
    SetZip,
    SetZone,
    ShowName,
    Speak,
    Start,
    Stop,
    Take,
    Tasks,
    Tell,
    TellAsked,
    Unmute,
    Update,
    Who,
)  # fmt: skip
from chalicelib.grammar import answering, building, crewing, dividing, group_settings, organizing, settings
from chalicelib.grammar.building import Heard
from chalicelib.grammar.vocabulary import Pattern, any_of, phrases

Build = Callable[[Heard], ByText | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A command's name, the pattern that texts to it begin with (folded), and what makes the command of them.

    `build` answers None when the text only begins like the command; the next rule has its turn then.
    """

    name: str
    pattern: Pattern
    build: Build
    examples: tuple[tuple[str, ByText], ...]
    first_words: frozenset[str] | None = None  # None: tried for every text


ATTACHED = r" |\d{1,2}(?![\w:/.,'-])|$"  # "done2", as in GO47


def spoken(
    name: str, build: Build, *examples: tuple[str, ByText], words: tuple[str, ...] = (), ends: str = " |$"
) -> Rule:
    """A rule for texts that begin with one of WORDS[name] (or of the `words` named), with anything after it."""
    names = words or (name,)
    firsts = {phrase.split(" ")[0].replace("'", "") for each in names for phrase in phrases(each)}
    pattern = Pattern(lambda: rf"(?P<words>{any_of(*names, end='')})(?={ends})")
    return Rule(name, pattern, build, examples, frozenset(firsts))


SOON = timedelta(0)

# STOP is first because it wins over everything. The longer names come before the shorter ones that they begin with;
# what has no word of its own (a number, a code, a group's keyword) comes last.
RULES: tuple[Rule, ...] = (
    # --- consent -----------------------------------------------------------------------------------
    Rule("stop", Pattern(str), building.build_stop, (
        ("STOP", Stop()), ("opt out", Stop()), ("Stop!! 🛑", Stop()), ("please stop texting me", Stop()),
        ("Take me off this list.", Stop()), ("ALTO", Stop()), ("no me escriban más", Stop()),
        ("déjenme en paz", Stop()),
    )),
    spoken("start", building.build_start, ("START", Start()), ("Unstop", Start()), ("reanudar", Start())),
    spoken("help", building.build_help, ("HELP", Help()), ("info?", Help()), ("Ayuda", Help())),
    Rule("auto_reply", answering.HINTED, answering.build_auto_reply, (
        ("I'm driving with Focus turned on. I'll see your message when I get where I'm going.",
            AutoReply("I'm driving with Focus turned on. I'll see your message when I get where I'm going.")),
        ("Out of office until Monday", AutoReply("Out of office until Monday")),
        ("Sorry, I'm driving", AutoReply("Sorry, I'm driving", is_sure=False)),
        ("Can't talk now. What's up?", AutoReply("Can't talk now. What's up?", is_sure=False)),
        ("Respuesta automática: estoy de viaje", AutoReply("Respuesta automática: estoy de viaje")),
        ("Estoy manejando", AutoReply("Estoy manejando", is_sure=False)),
    )),
    # --- organizers --------------------------------------------------------------------------------
    spoken("new_emergency_group", organizing.build_new_group,
        ("NEW EMERGENCY GROUP LEVEE Levee watch", NewGroup("LEVEE", "Levee watch", is_emergency=True)),
        ("nuevo grupo de emergencia RIO Vecinos del río", NewGroup("RIO", "Vecinos del río", is_emergency=True))),
    spoken("new_group", organizing.build_new_group,
        ("NEW GROUP DIG Riverbank diggers", NewGroup("DIG", "Riverbank diggers")),
        ("Nuevo grupo palas Las palas", NewGroup("PALAS", "Las palas"))),
    spoken("alert", organizing.build_alert,
        ("ALERT DIG 10 shovels at 5th & Main 6pm #flood", Alert("DIG", "10 shovels at 5th & Main 6pm #flood")),
        ("alerta dig: 10 palas\na las 6", Alert("DIG", "10 palas\na las 6"))),
    spoken("hold_sending", organizing.build_hold_sending,
        ("HOLD SENDING", HoldSending()), ("Hold all sending.", HoldSending()), ("pausar envíos", HoldSending()),
        ("RETENER ENVIOS", HoldSending())),
    spoken("go_on_sending", organizing.build_go_on_sending,
        ("GO ON SENDING", GoOnSending()), ("Resume sending!", GoOnSending()), ("Seguir envios", GoOnSending())),
    spoken("go", organizing.build_go,
        ("GO 47", Go(47)), ("go47", Go(47)), ("Go 47 all", Go(47, is_all=True)), ("dale 47", Go(47)),
        ("VA 47 todos", Go(47, is_all=True)), ends=r" |\d|$"),
    spoken("all_here", crewing.build_all_here,
        ("ALL HERE", AllHere()), ("everybody came", AllHere()), ("all here dig4", AllHere("DIG4")),
        ("Todos llegaron", AllHere()), ("vinieron todos", AllHere())),
    spoken("next_page", crewing.build_next, ("NEXT", NextPage()), ("Siguiente", NextPage()),
        ("más tareas", NextPage())),
    spoken("more", organizing.build_more, ("MORE", More()), ("more dig4", More("DIG4")), ("Más", More())),
    spoken("ask_all", organizing.build_ask_all,
        ("ALL", AskAll()), ("ask everyone dig4", AskAll("DIG4")), ("todos DIG4", AskAll("DIG4"))),
    spoken("resend", organizing.build_send_again,
        ("RESEND", SendAgain()), ("resend DIG4", SendAgain("DIG4")), ("reenviar DIG4", SendAgain("DIG4")),
        ("Volver a enviar DIG4", SendAgain("DIG4"))),
    spoken("tell_all", organizing.build_tell,
        ("TELL ALL", TellAsked(True)), ("tell everyone dig", TellAsked(True, "DIG")),
        ("avisar a todos", TellAsked(True))),
    spoken("tell_few", organizing.build_tell, ("TELL FEW", TellAsked(False)), ("avisar a pocos", TellAsked(False))),
    spoken("update", organizing.build_update,
        ("UPDATE bring water", Update("bring water")), ("update DIG4: Gate B!", Update("Gate B!", "DIG4")),
        ("aviso traigan agua", Update("traigan agua"))),
    spoken("begin", organizing.build_begin, ("BEGIN", Begin()), ("begin dig4", Begin("DIG4")), ("Empezar", Begin())),
    spoken("close", organizing.build_close,
        ("CLOSE", Close()), ("close dig4 Great work", Close("DIG4", "Great work")),
        ("cerrar, ¡gracias!", Close(None, "¡gracias!"))),
    spoken("move", organizing.build_move,
        ("MOVE 7pm", Move("7pm")), ("move dig4 to Saturday 9am", Move("Saturday 9am", "DIG4")),
        ("mover DIG4 al sábado a las 9", Move("sábado a las 9", "DIG4")), words=("move", "move_said")),
    spoken("at", organizing.build_at,
        ("AT DIG4 the church", MoveTo("the church", "DIG4")), ("en DIG4 la iglesia", MoveTo("la iglesia", "DIG4"))),
    spoken("place", organizing.build_place,
        ("PLACE the church", MoveTo("the church")), ("place dig4 5th & Main", MoveTo("5th & Main", "DIG4")),
        ("lugar: la iglesia", MoveTo("la iglesia"))),
    spoken("again", organizing.build_again,
        ("AGAIN", Again()), ("again DIG4 Saturday 9am", Again("Saturday 9am", "DIG4")),
        ("Otra vez sábado 9am", Again("sábado 9am")), ("repetir DIG4", Again(code="DIG4"))),
    spoken("give", dividing.build_give,
        ("GIVE 2 @sam", Give(2, "sam")), ("give sam 2", Give(2, "sam")), ("give dig4 2 to Ana", Give(2, "Ana", "DIG4")),
        ("DAR 2 @ana", Give(2, "ana")), ("dale la 2 a Ana", Give(2, "Ana")), words=("give", "give_said")),
    spoken("noshow", dividing.build_noshow,
        ("NOSHOW @ana", NoShow("ana")), ("no show Ana", NoShow("Ana")), ("ausente @ana DIG4", NoShow("ana", "DIG4")),
        ("FALTÓ @ana", NoShow("ana")), ("no vino ana", NoShow("ana")), words=("noshow", "noshow_said")),
    Rule("noshow_after", dividing.NOSHOW_AFTER, dividing.build_noshow_after,
        (("@ana no show", NoShow("ana")), ("ana no-show", NoShow("ana")), ("@ana no vino", NoShow("ana")))),
    spoken("public", organizing.build_public,
        ("PUBLIC DIG", SetPublic(True, "DIG")), ("public dig4", SetPublic(True, "DIG4")),
        ("publico DIG4", SetPublic(True, "DIG4")), ("Público Dig", SetPublic(True, "DIG"))),
    spoken("private", organizing.build_public,
        ("PRIVATE DIG", SetPublic(False, "DIG")), ("private dig4", SetPublic(False, "DIG4")),
        ("privado DIG4", SetPublic(False, "DIG4"))),
    spoken("call_off", organizing.build_call_off,
        ("CALL OFF", CallOff()), ("call off dig4 too much wind", CallOff("DIG4", "too much wind")),
        ("suspender DIG4", CallOff("DIG4"))),
    spoken("organizer", organizing.build_organizer,
        ("ORGANIZER +1 555 010 0002", AddOrganizer("+1 555 010 0002")),
        ("organizador dig +15550100002", AddOrganizer("+15550100002", "DIG"))),
    spoken("remove_organizer", organizing.build_remove_organizer,
        ("REMOVE ORGANIZER +1 555 010 0002", RemoveOrganizer("+1 555 010 0002")),
        ("remove organizer dig +15550100002", RemoveOrganizer("+15550100002", "DIG")),
        ("quitar organizadora +15550100002", RemoveOrganizer("+15550100002"))),
    spoken("set", group_settings.build_set_group,
        ("SET DIG hours 9-20", SetGroup("hours", "9-20", "DIG")), ("set cap 2", SetGroup("cap", "2")),
        ("Set dig welcome: Glad you're here!", SetGroup("welcome", "Glad you're here!", "DIG")),
        ("set DIG limit $25", SetGroup("limit", "$25", "DIG")),
        ("ajustar dig horas 9-20", SetGroup("hours", "9-20", "DIG")),
        ("Ajustar Dig límite 25", SetGroup("limit", "25", "DIG"))),
    # --- groups ------------------------------------------------------------------------------------
    spoken("join", building.build_join, ("JOIN DIG", Join("DIG")), ("Unirme a Dig", Join("DIG"))),
    spoken("leave", building.build_leave, ("LEAVE DIG", Leave("DIG")), ("leave", Leave()),
        ("salir de dig", Leave("DIG"))),
    # --- late: before the pledges, for "voy tarde" is more than "voy" -------------------------------
    spoken("late", crewing.build_late,
        ("LATE", Late()), ("late 20 min", Late(arrives=timedelta(minutes=20))), ("I'm late, sorry", Late(note="sorry")),
        ("late, be there 6:20", Late(arrives=time(18, 20))), ("TARDE", Late()), ("llego tarde DIG4", Late("DIG4")),
        words=("late", "late_said")),
    Rule("late_by", crewing.LATE_BY, crewing.build_late_by,
        (("running 20 min late", Late(arrives=timedelta(minutes=20))), ("15 late", Late(arrives=timedelta(minutes=15))),
        ("llego 20 minutos tarde", Late(arrives=timedelta(minutes=20))))),
    # "no puedo con la 2" is more than "no puedo", too
    spoken("drop_cant", dividing.build_cant,
        ("I can't do task 2", Drop(2)), ("no puedo con la 2", Drop(2)), ("ya no puedo la tarea 2", Drop(2))),
    # --- pledges -----------------------------------------------------------------------------------
    spoken("out", building.build_out,
        ("OUT", Out()), ("out dig4", Out("DIG4")), ("can't make it, sorry", Out(note="sorry")),
        ("No puedo", Out()), ("fuera DIG4", Out("DIG4"))),
    spoken("maybe", building.build_maybe,
        ("MAYBE", Maybe()), ("not sure", Maybe()), ("maybe after 8", Maybe(note="after 8")), ("Quizás", Maybe()),
        ("tal vez", Maybe())),
    spoken("no", building.build_no,
        ("NO", Out()), ("nope 👎", Out()), ("no but I can at 8", Out(note="but I can at 8")), ("No, gracias", Out())),
    spoken("on_my_way", building.build_on_my_way,
        ("OMW", In(arrives=SOON)), ("on my way with 2 shovels", In(arrives=SOON, note="with 2 shovels")),
        ("Voy en camino", In(arrives=SOON))),
    Rule("yes_alone", Pattern(lambda: "(?:yes)$"), building.build_yes_alone,
        (("YES", In(is_yes=True)), ("Yes.", In(is_yes=True)))),
    spoken("yes", building.build_yes,
        ("Yep 👍", In()), ("yes in 2 hours", In(arrives=timedelta(hours=2))),
        ("yes I can come", In(note="I can come")), ("¡Sí!", In()), ("SI", In()),
        ("sí, llevo palas", In(note="llevo palas"))),
    spoken("in", building.build_in,
        ("IN", In()), ("In +2", In(party=3)), ("in dig4", In("DIG4")), ("IN DIG4 +1", In("DIG4", party=2)),
        ("IN 6:15", In(arrives=time(18, 15))), ("in +2 w/ shovels", In(party=3, note="w/ shovels")),
        ("voy a las 6", In(arrives=time(18))), ("cuenta conmigo", In())),
    # --- the crew ----------------------------------------------------------------------------------
    spoken("here", crewing.build_here,
        ("HERE", Here()), ("I'm here", Here()), ("here dig4", Here("DIG4")), ("Ya llegué", Here()),
        ("estoy aquí", Here())),
    spoken("tasks", crewing.build_tasks,
        ("TASKS", Tasks()), ("what tasks?", Tasks()), ("tasks dig4", Tasks("DIG4")), ("¿Qué tareas?", Tasks()),
        ("tareas", Tasks())),
    spoken("done", crewing.build_done,
        ("DONE", Done()), ("done 3h", Done(amounts={"hours": 3.0})), ("DONE 12 boxes", Done(amounts={"boxes": 12.0})),
        ("DONE 2", Done(task=2)), ("done task 2: 5 boxes", Done(amounts={"boxes": 5.0}, task=2)),
        ("DONE DIG4 1h30", Done("DIG4", {"hours": 1.5})), ("listo 3 horas", Done(amounts={"hours": 3.0})),
        ("hecho 12 cajas y 2 horas", Done(amounts={"boxes": 12.0, "hours": 2.0})), ("listo la 2", Done(task=2)),
        ("done2", Done(task=2)), ends=ATTACHED),
    spoken("who", crewing.build_who, ("WHO", Who()), ("status dig4", Who("DIG4")), ("¿Quién?", Who()),
        ("estado", Who())),
    spoken("say", crewing.build_say,
        ("SAY on our way", Speak("on our way")), ("say DIG4 Gate B!", Speak("Gate B!", "DIG4")),
        ("decir ya vamos", Speak("ya vamos"))),
    Rule("tell", Pattern(lambda: "@"), crewing.build_tell,
        (("@sam on our way", Tell("sam on our way")), ("@ Sam, hi", Tell("Sam, hi")), ("@05 hi", Tell("05 hi")),
        ("@ana ya voy en camino", Tell("ana ya voy en camino")))),
    spoken("mute", dividing.build_mute,
        ("MUTE", Mute()), ("mute dig4", Mute(code="DIG4")), ("mute @sam", Mute("sam")), ("silenciar", Mute())),
    spoken("unmute", dividing.build_mute,
        ("UNMUTE", Unmute()), ("unmute @sam", Unmute("sam")), ("activar DIG4", Unmute(code="DIG4"))),
    spoken("add", dividing.build_add,
        ("ADD bring gloves x3", Add("bring gloves", 3)), ("add dig4 2x truck", Add("truck", 2, "DIG4")),
        ("agregar traer guantes", Add("traer guantes"))),
    spoken("take", dividing.build_take,
        ("TAKE 2", Take(2)), ("I'll take #2 please", Take(2)), ("take 2 dig4", Take(2, "DIG4")), ("tomar 2", Take(2)),
        ("me encargo de la 2", Take(2)), ("take2", Take(2)), ("tomo la dos", Take(2)), words=("take", "take_said"),
        ends=ATTACHED),
    spoken("drop", dividing.build_drop,
        ("DROP 2", Drop(2)), ("drop 2 @sam", Drop(2, "sam")), ("drop dig4 2", Drop(2, code="DIG4")),
        ("soltar 2", Drop(2)), ("dejo la 2", Drop(2)), ("drop2", Drop(2)), words=("drop", "drop_said"), ends=ATTACHED),
    # --- settings ----------------------------------------------------------------------------------
    spoken("name", settings.build_name,
        ("NAME Ana", SetName("Ana")), ("my name is Ana.", SetName("Ana")), ("me llamo José", SetName("José"))),
    spoken("show_name", settings.build_show_name,
        ("SHOW NAME", ShowName(True)), ("mostrar nombre", ShowName(True))),
    spoken("hide_name", settings.build_show_name,
        ("HIDE NAME", ShowName(False)), ("ocultar nombre", ShowName(False))),
    spoken("zip", settings.build_zip, ("ZIP 10001", SetZip("10001")), ("código postal 10001", SetZip("10001"))),
    spoken("zone", settings.build_zone,
        ("ZONE Central", SetZone("America/Chicago")), ("my time zone is pacific", SetZone("America/Los_Angeles")),
        ("zone Atlantis", SetZone("atlantis", is_known=False)), ("zona horaria del este", SetZone("America/New_York"))),
    spoken("lang", settings.build_lang,
        ("LANG ES", SetLang("es")), ("language French", SetLang("french")), ("idioma inglés", SetLang("en"))),
    spoken("language_name", settings.build_language_name, ("English", SetLang("en")), ("ESPAÑOL", SetLang("es")),
        words=("speak_english", "speak_spanish")),
    spoken("quiet", settings.build_quiet,
        ("QUIET 22-7", SetQuiet(22, 7)), ("quiet 10pm to 7am", SetQuiet(22, 7)), ("Quiet off", SetQuiet(None, None)),
        ("silencio 22 a 7", SetQuiet(22, 7))),
    spoken("me", settings.build_me, ("ME", Me()), ("yo", Me())),
    # --- no word of their own ----------------------------------------------------------------------
    Rule("number", Pattern(lambda: rf"(?:#|{any_of('option')} )?(?P<number>[1-9])$"), building.build_number,
        (("2", Pick(2, words="2")), ("2.", Pick(2, words="2.")), ("opción 2", Pick(2, words="opción 2")))),
    Rule("code", Pattern(lambda: r"#?[a-z]{2,12} ?[1-9]\d{0,4}$"), building.build_code,
        (("DIG4", Pick(None, "DIG4", "DIG4")), ("#dig4", Pick(None, "DIG4", "#dig4")),
        ("dig 4", Pick(None, "DIG4", "dig 4")))),
    Rule("keyword", Pattern(lambda: r"[a-z]{2,12}$"), building.build_lone_word,
        (("Dig!", Join("DIG", is_sure=False, words="Dig!")), ("ríos", Join("RIOS", is_sure=False, words="ríos")))),
)  # fmt: skip
