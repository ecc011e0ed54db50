"""Makes the table of chalicelib/core/zips.py anew from a list of all ZIPs, and prints it.

pip install zipcodes==3.0.0     # where else than in the project: nothing of it is shipped
python -m infra.zips
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from itertools import pairwise
from textwrap import fill
from zoneinfo import ZoneInfo, available_timezones

from chalicelib.core.zips import LETTERS

# What the list has wrong, by people who live there.
MISTAKES: dict[str, tuple[str, str]] = {
    "374": ("TN", "E"),  # Chattanooga: one ZIP of it is said to be in Chicago's zone
    "799": ("TX", "M"),  # El Paso: one ZIP of it is said to be in Crockett County
    "898": ("NV", "MP"),  # West Wendover keeps Denver's time (since 1999), and Jackpot does as it does
}
ALONE = frozenset({"96799", "99546", "99547"})  # American Samoa among Hawaii's, Adak and Atka among Anchorage's
MILITARY = frozenset({"AA", "AE", "AP"})  # as if in a state, wherever in the world
WITHOUT_PLACE = ("-", "-")


def main() -> None:
    found: dict[str, tuple[set[str], set[str]]] = {}
    for row in import_module("zipcodes").list_all():
        prefix = row["zip_code"] if row["zip_code"] in ALONE else row["zip_code"][:3]
        states, letters = found.setdefault(prefix, (set(), set()))
        states.add(row["state"])
        if row["timezone"] in available_timezones():  # not all of them are
            letters.add(letter_of(row["timezone"]))
    kept = {prefix: MISTAKES.get(prefix) or written(*places) for prefix, places in sorted(found.items())}
    start, runs = "", list[str]()
    for prefix, after in pairwise([*kept, ""]):
        start = start or prefix
        if not after or int(after) != int(prefix) + 1 or kept[after] != kept[prefix]:
            runs.append(f"{start}{'' if start == prefix else f'-{prefix}'} {' '.join(kept[prefix])};")
            start = ""
    unbroken = " ".join(run.replace(" ", "_") for run in runs).rstrip(";")
    print(fill(unbroken, 118, break_on_hyphens=False).replace("_", " "))


def written(states: set[str], letters: set[str]) -> tuple[str, str]:
    if states & MILITARY:
        return WITHOUT_PLACE
    return ",".join(sorted(states)), "".join(letter for letter in LETTERS if letter in letters) or "-"


@cache
def letter_of(zone: str) -> str:
    """Our letter for the zone of ours that keeps the same time, in winter and in summer, for the years to come."""
    winter = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [winter + timedelta(days=day) for day in range(3 * 365)]

    def offsets(name: str) -> list[timedelta | None]:
        return [moment.astimezone(ZoneInfo(name)).utcoffset() for moment in moments]

    theirs = offsets(zone)
    return next(letter for letter, ours in LETTERS.items() if offsets(ours) == theirs)


if __name__ == "__main__":
    main()
