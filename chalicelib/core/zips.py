"""US ZIPs: the states and zones of a place by its first three digits."""

from __future__ import annotations

import re
from functools import lru_cache

from chalicelib.core.hours import ALASKA, ALEUTIAN, ARIZONA, CENTRAL, EASTERN, HAWAII, MOUNTAIN, PACIFIC

# The zones of the table below, each for all that keep the same time: E is Detroit's too, and M Boise's.
LETTERS = {
    "E": EASTERN,
    "C": CENTRAL,
    "M": MOUNTAIN,
    "P": PACIFIC,
    "Z": ARIZONA,
    "K": ALASKA,
    "L": ALEUTIAN,
    "H": HAWAII,
    "R": "America/Puerto_Rico",
    "S": "Pacific/Pago_Pago",
    "G": "Pacific/Guam",
    "W": "Pacific/Palau",
    "J": "Pacific/Majuro",
}
# First digits, states, zones; "-" where a ZIP tells no place, as those of the military. Printed by infra/zips.py from
# the list in zipcodes 3.0.0 (PyPI, MIT), November 2026.
TABLE = """
005 NY E; 006-007 PR R; 008 VI R; 009 PR R; 010-027 MA E; 028-029 RI E; 030-038 NH E; 039-049 ME E; 050-054 VT E;
055 MA E; 056-059 VT E; 060-062 CT E; 063 CT,NY E; 064-069 CT E; 070-089 NJ E; 090-099 - -; 100-149 NY E;
150-196 PA E; 197-199 DE E; 200 DC E; 201 VA E; 202-204 DC E; 205 DC,MD,VA E; 206-212 MD E; 214-219 MD E;
220-246 VA E; 247-268 WV E; 270-289 NC E; 290-299 SC E; 300-319 GA E; 320-323 FL E; 324 FL EC; 325 FL C; 326-339 FL E;
340 - -; 341-342 FL E; 344 FL E; 346-347 FL E; 349 FL E; 350-352 AL C; 354-369 AL C; 370-372 TN C; 373 TN EC;
374 TN E; 375 TN C; 376 TN E; 377 TN EC; 378-379 TN E; 380-385 TN C; 386-397 MS C; 398-399 GA E; 400 KY E; 401 KY EC;
402-418 KY E; 420-424 KY C; 425 KY E; 426-427 KY EC; 430-459 OH E; 460-462 IN E; 463-464 IN C; 465 IN EC;
466-468 IN E; 469 IN EC; 470-474 IN E; 475 IN EC; 476-477 IN C; 478 IN E; 479 IN EC; 480-497 MI E; 498-499 MI EC;
500-516 IA C; 520-528 IA C; 530-532 WI C; 534-535 WI C; 537-549 WI C; 550-551 MN C; 553-567 MN C; 569 DC E;
570-574 SD C; 575-576 SD CM; 577 SD M; 580-584 ND C; 585-586 ND CM; 587-588 ND C; 590-599 MT M; 600-620 IL C;
622-629 IL C; 630-631 MO C; 633-641 MO C; 644-658 MO C; 660-662 KS C; 664-676 KS C; 677-678 KS CM; 679 KS C;
680-681 NE C; 683-689 NE C; 690-692 NE CM; 693 NE M; 700-701 LA C; 703-708 LA C; 710-714 LA C; 716-725 AR C;
726 AR,MO C; 727-729 AR C; 730-731 OK C; 733 TX C; 734-738 OK C; 739 OK,TX C; 740-741 OK C; 743-749 OK C;
750-770 TX C; 772-797 TX C; 798 TX CM; 799 TX M; 800-816 CO M; 820-831 WY M; 832-833 ID M; 834 ID,WY M; 835 ID MP;
836-837 ID M; 838 ID P; 840-847 UT M; 850-853 AZ Z; 855-857 AZ Z; 859 AZ Z; 860 AZ MZ; 863-864 AZ Z; 865 AZ MZ;
870-871 NM M; 873-884 NM M; 885 TX M; 888 DC E; 889-891 NV P; 893-895 NV P; 897 NV P; 898 NV MP; 900-908 CA P;
910-928 CA P; 930-961 CA P; 962-966 - -; 967 HI H; 96799 AS S; 968 HI H; 969 FM,GU,MH,MP,PW GWJ; 970-978 OR P;
979 OR MP; 980-986 WA P; 988-994 WA P; 995 AK K; 99546-99547 AK L; 996-999 AK K
"""


def place_of_zip(zip: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """(zones, states) of a US ZIP or ZIP+4 by its first three digits, all of several; None if none begins so.

    Both empty for a ZIP that is no place: the military's, wherever in the world they are. Territories are as states.
    """
    written = re.fullmatch(r"([0-9]{5})(?:-[0-9]{4})?", zip.strip())
    return (places().get(written[1]) or places().get(written[1][:3])) if written else None


@lru_cache(1)
def places() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The table, spread: by three digits, and by all five for a ZIP that lies elsewhere than its neighbours."""
    found = {}
    for line in TABLE.split(";"):
        span, states, letters = line.split()
        first, _, last = span.partition("-")
        place = (
            tuple(LETTERS[letter] for letter in letters if letter != "-"),
            tuple(state for state in states.split(",") if state != "-"),
        )
        for prefix in range(int(first), int(last or first) + 1):
            found[str(prefix).zfill(len(first))] = place
    return found
