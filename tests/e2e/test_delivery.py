"""An alert under fire on a whole town: each member gets it once, by the carrier's list, and never too fast."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.crashes import FAULTS, ORGANIZER, STOPPED, counted, filled_town, fire, run
from tests.town import running_town

pytestmark = pytest.mark.town


def test_an_alert_whose_senders_are_killed_again_and_again_reaches_each_member_once(tmp_path: Path) -> None:
    with running_town(tmp_path) as town:
        filled_town(town, 400)

        counts = run(town, 1, 400, fire(random.Random(7), kills=6, seconds=6), ())

        assert counts == {1: 400 - STOPPED}


def test_whatever_the_carrier_does_each_member_gets_it_once(tmp_path: Path) -> None:
    once = {"500", "garbage_lost"}  # each costs a minute: only then is it sure that the carrier has not got it
    few = [{**one, "times": "1" if one["mode"] in once else "5"} for one in FAULTS if one["mode"] != "down"]
    with running_town(tmp_path) as town:
        filled_town(town, 125)

        counts = run(town, 1, 125, (), few)

        assert counts == {1: 125 - STOPPED}


def test_all_workers_together_stay_below_the_senders_rate(tmp_path: Path) -> None:
    # Twice the sender's rate: on a busy machine texts that left one by one arrive in bunches. Workers that minded no
    # rate would bring all of these in the first seconds.
    with running_town(tmp_path, SENDER_RATE="30", BULK_SHARE="0.8", CARRIER_RATE="60") as town:
        filled_town(town, 225)

        counts = run(town, 1, 225, (), ())

        assert counts == {1: 225 - STOPPED}
        assert town.people.ask("GET", "/refusals") == {}, "the carrier had to tell nobody to wait"


def test_who_says_stop_while_their_text_waits_for_its_turn_does_not_get_it(tmp_path: Path) -> None:
    with running_town(tmp_path, SENDER_RATE="5", BULK_SHARE="0.8") as town:
        filled_town(town, 125)
        town.text(ORGANIZER, "ALERT DIG everyone to levee 1")
        draft = town.wait_for(ORGANIZER, "levee 1.")
        town.text(ORGANIZER, draft[draft.rindex("GO ") :])
        assert town.wait_until(lambda: any(counted(town, "levee 1", 125).values()), 30)

        # The carrier may already have the text of those whose turn it is: STOP is promised to those further down.
        late = [n for n, texts in counted(town, "levee 1", 125).items() if n >= STOPPED and not texts][-40:]
        for n in reversed(late):
            town.text(f"+1212{2_000_000 + n}", "STOP")
        said_stop = {n for n in late if town.wait_for(f"+1212{2_000_000 + n}", "unsubscribed", 60)}
        town.advance(60)

        order = [text for text in town.people.texts if text.is_to_phone]
        for n in said_stop:
            mine = [text.body for text in order if text.phone == f"+1212{2_000_000 + n}"]
            assert "unsubscribed" in mine[-1], "nothing comes after the confirmation"
        assert (
            sum(any("levee 1" in b for b in town.got(f"+1212{2_000_000 + n}")) for n in said_stop) < len(said_stop) / 2
        )
