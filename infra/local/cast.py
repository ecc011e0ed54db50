"""Who lives in the demo's town, and what each of them texts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """`joins` on the first, the second or the third day."""

    name: str
    zip: str
    joins: int = 1
    language: str = "EN"
    first: str = ""  # the answer to the first action
    now: str = ""  # the answer to the one that is open
    quiet: str = ""


ORGANIZER = "Ruth"
SECOND = "Keisha"  # who organizes the second group too

MEMBERS = (
    Member("Ana", "78701", language="ES", first="VOY", now="SI"),
    Member("Sam", "78702", first="in +1", now="in +1"),
    Member("Mei", "78704", first="Yep 👍", now="maybe"),
    Member("Luis", "78702", language="ES", first="voy", now="voy en 20 min"),
    Member("Jo", "78703", first="maybe", now="maybe"),
    Member("Priya", "78705", first="out", now="IN 6:15"),
    Member("Carmen", "78741", language="ES", now="no puedo"),
    Member("Dale", "78745", first="in", now="out"),
    Member("Ingrid", "78701"),
    Member("Tomás", "78744", language="ES"),
    Member("Keisha", "78723", now="no"),
    Member("Walt", "78704"),
    Member("Noor", "78758", first="in w/ the big truck"),
    Member("Hector", "78741", language="ES", first="no puedo"),
    Member("Bea", "78722"),
    Member("Gus", "78757"),
    Member("Otis", "78721", 2, first="Maybe!", now="Maybe!"),
    Member("Lucía", "78744", 2, "ES", now="quizás"),
    Member("Finn", "78703", 2),
    Member("Grace", "78756", 2, first="no"),
    Member("Marcus", "78723", 2, quiet="QUIET 7-16"),
    Member("Yuki", "78751", 2),
    Member("Wren", "78745", 2),
    Member("Rosa", "78741", 3, "ES", now="no"),
    Member("Ed", "78757", 3),
    Member("Nadia", "78702", 3, now="omw"),
    Member("Pablo", "78744", 3, "ES"),
    Member("Sue", "78745", 3, quiet="QUIET 7-16"),
    Member("Amir", "78758", 3, now="in w/ 3 shovels"),
    Member("Clara", "78705", 3, "ES"),
    Member("Theo", "78702", 3),
    Member("Big Mike", "78704", 3),
)
SETTLING_IN = ("JOIN {keyword}", "NAME {member.name}", "ZIP {member.zip}", "LANG {member.language}", "{member.quiet}")

# What the carrier says to some of the texts of each alert: phones that are off, and a number that is nobody's.
OFF, NOBODY = 30003, 30005
FAULTS_FIRST = {"Walt": OFF, "Bea": OFF, "Finn": NOBODY}
FAULTS_NOW = {"Ed": OFF, "Clara": OFF}

WATCHERS = ("Walt", "Noor", "Keisha", "Otis", "Hector", "Bea")  # the second group

# Those on the list that the organizer brings, who are not asked before she says so.
LISTED = ("Vera", "Ian", "Lena", "Omar")
